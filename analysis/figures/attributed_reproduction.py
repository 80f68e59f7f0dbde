"""How many others each fall brings down: the attributed reproduction number over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis import blame
from analysis.bands import band_of
from analysis.figures import _marks as marks
from analysis.figures import _style as style
from analysis.results import ResultsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

PANELS = {
    "all": "by any party that fell,\nof any party",
    "firms": "by firms, of firms\n(through institutions too)",
}
NOTE = (
    "Falls: defaults of firms, failures of lenders and platforms. Each fall has a contagious "
    "weight, shared over those who cost it money or credit; R is what falls of 12 months around "
    "bear of others' weights, by fall. Below 1 contagion dies out. What lenders bear that cut "
    "credit but live on is not in it, and the last months lack those that would have followed. "
    "Line: median over replications; band: "
)


def data(results: Results) -> pd.DataFrame:
    """Return median and band over replications of R by point, arm, month and kind of parent."""
    monthly = blame.rolling(blame.reproduction(results))
    named = results.with_labels(monthly)
    rows = []
    for (arm, point, month), mine in named.groupby(["arm", "point", "month"], sort=False):
        for kind in PANELS:
            values = mine[kind].dropna()
            if len(values):
                low, high = band_of(values)
                rows.append((arm, point, month, kind, values.median(), low, high, len(values)))
    columns = ["arm", "point", "month", "of", "median", "low", "high", "runs"]
    return pd.DataFrame(rows, columns=columns)


def draw(results: Results) -> Figure:
    """Draw the reproduction number over time, of all parties and of firms alone."""
    try:
        found = data(results)
    except ResultsError as error:
        raise style.NotApplicable(str(error)) from error
    style.need(bool(found["median"].notna().any()), "nobody fell, so nobody brought down others")
    shown = style.looks(results)
    note = NOTE + style.band_words(results) + "." + style.left_out(results)
    figure = style.new_figure(9, 4.6, _message(found, results), note)
    panels = style.grid(figure, len(PANELS), 2, sharex=True, sharey=True)
    for axes, (kind, words) in zip(panels, PANELS.items(), strict=True):
        for cell, look in shown.items():
            mine = found[
                (found["arm"] == cell[0]) & (found["point"] == cell[1]) & (found["of"] == kind)
            ].sort_values("month")
            axes.plot(mine["month"], mine["median"], color=look.colour, linestyle=look.dash)
            if (mine["runs"] > 1).any():
                axes.fill_between(
                    mine["month"], mine["low"], mine["high"], color=look.colour, alpha=0.15, lw=0
                )
        _axes(axes, words, found)
        marks.draw_marks(axes, marks.marks_by_arm(results), with_names=axes is panels[0])
    panels[0].set_ylabel("others brought down\nper fall (R)")
    style.key(figure, list(shown.values()))
    return figure


def _axes(axes: Axes, words: str, found: pd.DataFrame) -> None:
    """Begin at nothing, and show the line of 1 where numbers come near it."""
    top = max(1.15 * float(found[["median", "high"]].max().max()), 0.05)
    axes.set_ylim(0, top)
    if top > 0.6:
        axes.axhline(1.0, color=style.GREY, linewidth=0.9)
    axes.set_title(words, fontsize=style.TEXT, loc="left", color=style.INK)
    axes.set_xlabel("month of the fall")
    style.tidy(axes)


def _message(found: pd.DataFrame, results: Results) -> str:
    """Say the number of the reference arm over the whole run."""
    spread = blame.spread_by_arm(results)
    mine = spread[spread["arm"] == results.reference_arm]
    if not len(mine):
        return "How many others does a fall bring down?"
    r, firms = (float(mine[name].iloc[0]) for name in ("r", "r_firms"))
    where = f" ({results.reference_arm})" if found["arm"].nunique() > 1 else ""
    return (
        f"100 falls bring down {100 * r:.0f} others by the weights on record; "
        f"100 firms bring down {100 * firms:.0f} firms{where}"
    )
