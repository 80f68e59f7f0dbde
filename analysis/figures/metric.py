"""One metric over time: median and band over replications, one colour per arm."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.bands import band_of
from analysis.figures import _style as style
from analysis.figures._marks import draw_marks, marks_by_arm

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

# Flows and counts of one month, said beside the unit; stocks and rates are not.
COUNTED = ("closures", "defaults", "cohort_defaults", "attributed_defaults", "new_loans",
           "investor_loss", "output")  # fmt: skip
MOST_LINES = 5  # of a note inside a panel


def data(results: Results, metric: str | None = None, over: int = 1) -> pd.DataFrame:
    """Return median and band over replications (`band_of`) by arm, point and month.

    over : months of the trailing mean taken in each replication first
    """
    metric = metric or results.headline[0]
    rows = style.as_set(results.macro)
    wide = rows.pivot_table(
        index=["arm", "point", "replication"], columns="month", values=metric, sort=False,
        dropna=False,
    )  # fmt: skip
    smooth = wide.T.rolling(over, min_periods=1).mean().T
    parts = []
    for (arm, point), part in smooth.groupby(level=["arm", "point"], sort=False):
        values = part.to_numpy(dtype=float)
        some = np.isfinite(values).any(axis=0)
        months = part.columns[some]
        low, high = band_of(values[:, some], axis=0)
        middle = np.nanmedian(values[:, some], axis=0)
        columns = {"month": months, "low": low, "median": middle, "high": high}
        parts.append(pd.DataFrame({"arm": arm, "point": point, "metric": metric, **columns}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def draw(results: Results, metric: str | None = None) -> Figure:
    """Draw a metric (the first headline metric if none is named) by arm and point."""
    metric = metric or results.headline[0]
    title = f"{results.label(metric)}: {results.manifest.get('title') or 'how does it develop?'}"
    figure = style.new_figure(8.5, 4.8, title, band_note(results))
    axes = figure.subplots()
    fan(axes, results, metric, data(results, metric))
    axes.set_ylabel(f"{axes.get_title(loc='left')}, {axes.get_ylabel()}")
    axes.set_title("", loc="left")
    stand_on_zero(axes, results, metric)
    draw_marks(axes, marks_by_arm(results))
    style.key(figure, list(style.looks(results).values()))
    return figure


def fan(axes: Axes, results: Results, metric: str, found: pd.DataFrame) -> None:
    """Draw the fans of one metric, one per arm and point, with units on both axes."""
    numbers = found[["low", "median", "high"]].to_numpy() if len(found) else np.zeros((1, 3))
    factor, unit = style.reading(results.unit(metric), float(np.nanmax(np.abs(numbers))))
    with_band = banded(results)
    for i, (cell, look) in enumerate(style.looks(results).items()):
        part = found[(found["arm"] == cell[0]) & (found["point"] == cell[1])]
        if cell in with_band:
            axes.fill_between(
                part["month"], part["low"] * factor, part["high"] * factor, color=look.colour,
                alpha=0.22, linewidth=0,
            )  # fmt: skip
        axes.plot(
            part["month"], part["median"] * factor, color=look.colour, linestyle=look.dash,
            linewidth=1.8, zorder=3 + 0.01 * i,
        )  # fmt: skip
    axes.set_xlim(1, max(results.months, 2))
    axes.set_xlabel("month")
    axes.set_ylabel(f"{unit} a month" if metric in COUNTED and "month" not in unit else unit)
    _name_the_hidden(axes, results, found)
    axes.set_title(results.label(metric), loc="left", fontsize=style.TEXT + 0.5, color=style.INK)
    style.tidy(axes)


def _name_the_hidden(axes: Axes, results: Results, found: pd.DataFrame) -> None:
    """Name arms whose line lies on that of an earlier arm in every month; count them if many."""
    first: dict[tuple[float, ...], str] = {}
    same: dict[str, list[str]] = {}
    for cell, look in style.looks(results).items():
        part = found[(found["arm"] == cell[0]) & (found["point"] == cell[1])]
        line = tuple(part["median"].round(9))
        if line in first:
            same.setdefault(first[line], []).append(look.name)
        else:
            first[line] = look.name
    words = [f"{' and '.join(names)}: same as {whose}" for whose, names in same.items()]
    lines = [line for text in words for line in textwrap.wrap(text, 44)]
    if len(lines) > MOST_LINES:
        hidden = sum(len(names) for names in same.values())
        lines = [f"{hidden} of {hidden + len(first)} lines lie on others"]
    if lines:
        axes.annotate("\n".join(lines), (0.02, 0.03),
                      xycoords="axes fraction", fontsize=style.SMALL, color=style.GREY)  # fmt: skip


def stand_on_zero(axes: Axes, results: Results, metric: str) -> None:
    """Begin the axis at zero, so that heights can be compared; below where a metric is negative."""
    if not results.macro[metric].min() < 0:
        axes.set_ylim(bottom=0.0)


def banded(results: Results) -> list[style.Cell]:
    """Return the arms and points whose band is drawn: more than two bands cannot be told apart."""
    if results.runs["replication"].nunique() < 2:
        return []
    shown = list(style.looks(results))
    reference = [cell for cell in shown if cell[0] == results.reference_arm]
    return shown if len(shown) < 3 else (reference or shown)[:1]


def band_note(results: Results) -> str:
    """Say what lines and bands are."""
    with_band, shown = banded(results), style.looks(results)
    if not with_band:
        return "One replication, so there is no band." + style.left_out(results)
    whose = "" if len(with_band) == len(shown) else f" (of {shown[with_band[0]].name} only)"
    return f"Lines: median, band{whose}: {style.band_words(results)}." + style.left_out(results)
