"""Points with bars for several arms beside each other, at named places on one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.bands import band_of
from analysis.figures import _style as style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.results import Results

GAP = 0.16  # distance of arms beside each other, in widths of a place; at most
SPREAD = 0.72  # of a place that all arms take together


def shifts(n: int) -> list[float]:
    """Return where each of `n` arms stands beside the middle of a place."""
    gap = min(GAP, SPREAD / max(n - 1, 1))
    return [(i - (n - 1) / 2) * gap for i in range(n)]


def dots(
    axes: Axes,
    found: pd.DataFrame,
    places: list[str],
    look: style.Look,
    shift: float,
    hollow: bool = False,
    across: bool = False,
) -> None:
    """Draw one arm's points with bars from `low` to `high`.

    found : columns place, value, low, high; places : names in order along the axis
    hollow : empty markers, without bars
    across : places stand below each other, numbers run to the right
    """
    at = np.array([places.index(name) for name in found["place"]], dtype=float) + shift
    value, low, high = (found[name].to_numpy(dtype=float) for name in ("value", "low", "high"))
    bars = axes.hlines if across else axes.vlines
    if not hollow:
        bars(at, low, high, color=look.colour, linewidth=1.6, alpha=0.7)
    x, y = (value, at) if across else (at, value)
    axes.plot(
        x, y, linestyle="none", marker=look.marker, markersize=6.5, markeredgecolor=look.colour,
        markerfacecolor="white" if hollow else look.colour,
    )  # fmt: skip


def of_cell(found: pd.DataFrame, cell: style.Cell) -> pd.DataFrame:
    """Return the rows of one arm and point."""
    return found[(found["arm"] == cell[0]) & (found["point"] == cell[1])]


def name_places(axes: Axes, places: list[str], across: bool = False) -> None:
    """Write the names of places on their axis, from top to bottom or left to right."""
    if across:
        axes.set_yticks(range(len(places)), places)
        axes.set_ylim(len(places) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color=style.PALE, linewidth=0.8, zorder=0)
    else:
        axes.set_xticks(range(len(places)), places)
        axes.set_xlim(-0.6, len(places) - 0.4)
    axes.set_axisbelow(True)
    style.tidy(axes)


def over_replications(runs: pd.Series, by: list[str]) -> pd.DataFrame:
    """Return mean and band over replications (`band_of`) of one number per run.

    runs : values with the levels `by` and `replication`
    """
    some = runs.dropna()
    rows = []
    for key, part in some.groupby(level=by, sort=False):
        low, high = band_of(part.to_numpy(dtype=float))
        names = key if isinstance(key, tuple) else (key,)
        rows.append((*names, float(part.mean()), float(low), float(high)))
    return pd.DataFrame(rows, columns=[*by, "value", "low", "high"])


def words(name: str) -> str:
    """Write a kind, source or term as people read it."""
    return name.replace("_", " ")


def shown_cells(results: Results) -> list[tuple[style.Cell, style.Look, float]]:
    """Return each arm and point shown, its look and where it stands beside the others."""
    looks = style.looks(results)
    return [
        (cell, look, shift)
        for (cell, look), shift in zip(looks.items(), shifts(len(looks)), strict=True)
    ]
