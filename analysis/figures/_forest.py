"""Estimates with their intervals, one row each, around a line of no effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.figures import _style as style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.results import Results

BAR = "#DADADA"


@dataclass(frozen=True)
class Row:
    """One estimate: difference, 95 % interval, and what could have been detected."""

    name: str
    value: float
    low: float
    high: float
    detectable: float
    colour: str = style.INK
    marker: str = "o"
    note: str = ""


def rows_by_arm(
    found: pd.DataFrame, results: Results, name_of: Callable[[Any], str], value: str
) -> list[Row]:
    """Return a row per estimate in the colour of its arm, which is named where there are several.

    found : columns arm, point, `value`, low, high, detectable; name_of : words a row by its dict
    """
    looks = style.looks(results)
    several = found[["arm", "point"]].drop_duplicates().shape[0] > 1
    rows = []
    for row in found.to_dict("records"):
        look = looks.get((row["arm"], row["point"]))
        if look is not None:
            name = f"{look.name}: {name_of(row)}" if several else name_of(row)
            numbers = (row[value], row["low"], row["high"], row["detectable"])
            rows.append(Row(name, *numbers, look.colour, look.marker))
    return rows


def forest(axes: Axes, rows: Sequence[Row], factor: float, with_names: bool) -> None:
    """Draw the rows from top to bottom; pale bars reach to the detectable effect."""
    for i, row in enumerate(rows):
        y = len(rows) - 1 - i
        if not np.isfinite(row.value):
            axes.annotate(row.note or "no estimate", (0.02, y), va="center", fontsize=style.SMALL,
                          xycoords=("axes fraction", "data"), color=style.GREY, zorder=5,
                          bbox={"color": "white", "pad": 1.5})  # fmt: skip
            continue
        if np.isfinite(row.detectable):
            axes.barh(y, 2 * row.detectable * factor, 0.56, -row.detectable * factor, color=BAR,
                      linewidth=0, zorder=1)  # fmt: skip
        is_clear = row.low > 0 or row.high < 0
        axes.plot([row.low * factor, row.high * factor], [y, y], color=row.colour, linewidth=2,
                  zorder=3, solid_capstyle="butt")  # fmt: skip
        ends = [row.low * factor, row.high * factor]  # caps show where the marker covers the bar
        axes.plot(ends, [y, y], color=row.colour, marker="|", markersize=14, markeredgewidth=1.2,
                  linestyle="none", zorder=5)  # fmt: skip
        axes.plot([row.value * factor], [y], marker=row.marker, color=row.colour, markersize=7,
                  markerfacecolor=row.colour if is_clear else "white", zorder=4)  # fmt: skip
    axes.use_sticky_edges = False
    axes.locator_params(axis="x", nbins=6)
    axes.axvline(0.0, color=style.INK, linewidth=0.9, zorder=2)
    if largest(rows) == 0.0:
        axes.set_xlim(-1.0, 1.0)
        axes.set_xticks([0.0])
        if any(np.isfinite(row.value) for row in rows):
            # Left of the markers, which all stand on the line of zero.
            axes.annotate("no difference in any replication", (0.03, 0.5), ha="left", va="center",
                          xycoords="axes fraction", color=style.GREY, fontsize=style.SMALL,
                          bbox={"color": "white", "pad": 1.0})  # fmt: skip
    axes.set_ylim(-0.6, len(rows) - 0.4)
    names = [row.name for row in rows][::-1] if with_names else []
    axes.set_yticks(range(len(names)), names)
    style.tidy(axes)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0, labelsize=style.TEXT)
    if with_names:
        for label, row in zip(axes.get_yticklabels(), rows[::-1], strict=True):
            label.set_color(row.colour)


def largest(rows: Sequence[Row]) -> float:
    """Return the largest number a forest shows, for the choice of its unit."""
    numbers = [abs(v) for row in rows for v in (row.low, row.high, row.detectable, row.value)]
    return max((v for v in numbers if np.isfinite(v)), default=0.0)


READING = (
    "Points: mean paired difference, bars: 95 % interval; hollow where it holds zero. Pale: too "
    "small to be found with these replications (80 % power)."
)
