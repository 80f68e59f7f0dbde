"""Do scores tell good from bad: AUC asked and realised by source, and calibration of the PD."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D

from analysis import scoring
from analysis.figures import _dots
from analysis.figures import _style as style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results


def data(results: Results) -> pd.DataFrame:
    """Return the table of `analysis.scoring.quality`."""
    return scoring.quality(results) if len(results.scoring) else results.scoring


def draw(results: Results) -> Figure:
    """Draw AUC by source and by kind of lender, and forecast against observed default."""
    style.need("scoring" in results.tables, "the run wrote no table scoring (outputs.scoring), or "
               "had no 19 months, the first judgements and their outcomes")  # fmt: skip
    found = data(results)
    style.need(len(found) > 0, "no firm with debt or an application was judged")
    note = (
        "AUC: chance that a firm which defaults within 12 months was judged riskier than one which "
        "does not, over firms with debt or an application, refused ones included; hollow: only "
        "clients of the kind of lender, who are a selection. relationship: clients of about 12 "
        "months, as asked. Several marks of one source: lenders, arms or months ask differently. "
        "Bars: 95 % interval over "
        f"{style.replications(results)}. Right: tenths of risk, arm {results.reference_arm}."
        + style.left_out(results)
    )
    above, below = _above(found), _below(found)
    n = len(style.looks(results))
    height = 2.9 + (len(_places(above)) + len(_places(below))) * (0.22 + 0.12 * n)
    figure = style.new_figure(11.5, max(height, 5.6), _message(above, results), note)
    grid: Any = figure.add_gridspec(
        2, 2, width_ratios=[1.35, 1], height_ratios=[len(_places(above)), len(_places(below))]
    )
    sources = figure.add_subplot(grid[0, 0])
    _aucs(sources, above, results)
    _mark_asked(sources, above, results)
    sources.set_title("each source alone", loc="left", fontsize=style.TEXT, color=style.INK)
    cards = figure.add_subplot(grid[1, 0])
    _aucs(cards, below, results)
    ends = [*sources.get_xlim(), *cards.get_xlim()]
    for axes in (sources, cards):
        axes.set_xlim(min(ends), max(ends))
    cards.set_title("all sources of a lender and the debts it sees", loc="left",
                    fontsize=style.TEXT, color=style.INK)  # fmt: skip
    cards.set_xlabel("AUC; 0.5 is chance")
    _calibration(figure.add_subplot(grid[:, 1]), results)
    _name_all(figure, results)
    return figure


def _above(found: pd.DataFrame) -> pd.DataFrame:
    """Rows of sources, added up over kinds of lender, at the precision asked; and their clients."""
    mine = found[(found["kind"] == scoring.ANY) & (found["population"] != "all")]
    return mine.assign(place=[_dots.words(name) for name in mine["source"]])


def _below(found: pd.DataFrame) -> pd.DataFrame:
    mine = found[found["source"].isin((scoring.TOGETHER, scoring.ORACLE))]
    return mine.assign(place=[_dots.words(name) for name in mine["kind"]])


def _places(part: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(part["place"])) or ["no source"]


def _aucs(axes: Axes, part: pd.DataFrame, results: Results) -> None:
    places = _places(part)
    drawn = part.rename(columns={"auc": "value"}).dropna(subset=["value"])
    for cell, look, shift in _dots.shown_cells(results):
        mine = _dots.of_cell(drawn, cell)
        is_hollow = mine["population"] == "accepted"
        _dots.dots(axes, mine[is_hollow], places, look, shift, hollow=True, across=True)
        _dots.dots(axes, mine[~is_hollow], places, look, shift, across=True)
    _dots.name_places(axes, places, across=True)
    axes.axvline(0.5, color=style.INK, linewidth=0.9, zorder=1)
    if len(drawn):
        bars = drawn[drawn["population"] != "accepted"]  # the others have none
        ends = np.concatenate([drawn["value"], bars["low"].dropna(), bars["high"].dropna()])
        axes.set_xlim(min(0.45, float(ends.min()) - 0.02), max(0.8, float(ends.max()) + 0.02))


def _mark_asked(axes: Axes, part: pd.DataFrame, results: Results) -> None:
    """Draw each AUC asked, which may differ by lender, arm and month, as a tall line."""
    places = _places(part)
    given = scoring.counts(results)[["source", "auc_asked"]].dropna().drop_duplicates()
    for source, asked in zip(given["source"], given["auc_asked"].to_numpy(float), strict=True):
        if (place := _dots.words(source)) in places:
            y = places.index(place)
            axes.vlines(asked, y - 0.42, y + 0.42, color=style.INK, linewidth=2.4, zorder=2)


def _calibration(axes: Axes, results: Results) -> None:
    """Draw observed against forecast default of each kind of lender and the oracle."""
    found = scoring.calibration(results)
    point = str(results.runs["point"].iloc[0])
    mine = _dots.of_cell(found, (results.reference_arm, point))
    top = float(np.nanmax(mine[["forecast", "high"]].to_numpy(), initial=0.01)) * 105.0
    axes.plot([0, top], [0, top], color=style.INK, linewidth=0.9, zorder=1)
    for i, (kind, part) in enumerate(mine.groupby("kind", sort=False)):
        colour = style.INK if kind == scoring.ORACLE else style.COLOURS[(i + 2) % 6]
        x, y = 100.0 * part["forecast"], 100.0 * part["observed"]
        axes.vlines(x, 100.0 * part["low"], 100.0 * part["high"], color=colour, linewidth=1.2,
                    alpha=0.6)  # fmt: skip
        axes.plot(x, y, color=colour, marker=style.MARKERS[i % len(style.MARKERS)], markersize=5,
                  linestyle=style.DASHES[i % len(style.DASHES)], linewidth=1.2,
                  label=_dots.words(str(kind)))  # fmt: skip
    for scale in (axes.set_xscale, axes.set_yscale):
        scale("function", functions=(lambda v: np.sqrt(np.maximum(v, 0.0)), np.square))
    ticks = [t for t in (0, 1, 2, 5, 10, 20, 40, 60, 80, 100) if t <= top]
    axes.set_xticks(ticks, [str(t) for t in ticks])
    axes.set_yticks(ticks, [str(t) for t in ticks])
    axes.set_xlim(0, top)
    axes.set_ylim(0, top)
    axes.set_xlabel("forecast default within a year, % (root scale)")
    axes.set_ylabel("observed default within a year, % (root scale)")
    axes.legend(frameon=False, fontsize=style.TEXT, loc="upper left", handlelength=3.0)
    axes.set_title("forecast and observed", loc="left", fontsize=style.TEXT, color=style.INK)
    style.tidy(axes)


def _name_all(figure: Figure, results: Results) -> None:
    """Name arms and marks in one row below the title."""
    looks = list(style.looks(results).values())
    shown = looks if len(looks) > 1 else []
    handles = [
        Line2D([], [], color=look.colour, linestyle="none", marker=look.marker, label=look.name)
        for look in shown
    ]
    handles.append(Line2D([], [], color=style.INK, linestyle="none", marker="|", markersize=13,
                          markeredgewidth=2.4, label="AUC asked"))  # fmt: skip
    style.legend_below_title(figure, handles, [*(look.colour for look in shown), style.INK])


def _message(above: pd.DataFrame, results: Results) -> str:
    """Say which source, of all arms shown, is farthest from what was asked of it."""
    looks = style.looks(results)
    mine = above[above["population"] == "as asked"]
    cells = zip(mine["arm"], mine["point"], strict=True)
    mine = mine[np.array([cell in looks for cell in cells], dtype=np.bool_)]
    mine = mine.assign(gap=(mine["auc"] - mine["asked"]).abs()).dropna(subset=["gap"])
    if not len(mine):
        return "Do scores tell good from bad?"
    row = mine.sort_values("gap", kind="stable").iloc[-1]
    where = f" (arm {looks[row['arm'], row['point']].name})" if len(looks) > 1 else ""
    return (
        f"Do scores tell good from bad as asked? Farthest off: {row['place']}{where}, asked "
        f"{row['asked']:.2f}, realised {row['auc']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
    )
