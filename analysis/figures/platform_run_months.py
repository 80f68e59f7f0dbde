"""The run on one pooling platform, month by month: fear, notice, money there and money paid.

Shown is the pool with the largest run: of which, being at least as large as pools are on average,
savers asked back the largest share in a month. Python can ask for any other by run and row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.exits import MODES
from analysis.figures import _style as style
from analysis.figures._marks import draw_marks, marks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

RUN = ["arm", "point", "replication"]
BEFORE, AFTER = 24, 12  # months shown around the run
FEAR, NOTICE, PAID, CASH, CLAIMS = "#D55E00", "#E69F00", "#009E73", "#0072B2", "#000000"


def data(results: Results, run_id: str | None = None, row: int | None = None) -> pd.DataFrame:
    """Return the months around the largest run: columns of `pools.parquet`, and `asked_share`.

    run_id, row : the pool to show instead, if given
    asked_share : claims given notice of in the month over claims at the end of the month before
    """
    style.need("pools" in results.tables, "no platform pooled its clients' money in these runs")
    labels = results.runs[["run_id", "channels", *RUN]]
    every = style.as_set(results.table("pools").merge(labels, on="run_id"))
    every = every.sort_values(["run_id", "row", "month"]).reset_index(drop=True)
    before = every.groupby(["run_id", "row"])["claims"].shift(1)
    every["asked_share"] = every["notice_given"] / before.where(before > 0)
    open_then = every["claims"].where(every["exit_mode"] == 0)
    shown = before >= float(open_then.mean())
    if run_id is not None or row is not None:
        shown = ((every["run_id"] == run_id) | (run_id is None)) & (
            (every["row"] == row) | (row is None)
        )
    candidates = every["asked_share"].where(shown)
    style.need(bool(candidates.notna().any()), "no such pool had claims to run on")
    peak = every.iloc[int(candidates.argmax())]
    mine = every[(every["run_id"] == peak["run_id"]) & (every["row"] == peak["row"])]
    around = mine["month"].between(peak["month"] - BEFORE, peak["month"] + AFTER)
    moves = (mine[["claims", "client_cash", "loans", "notice_given"]] != 0).any(axis=1)
    return mine[around & moves.cummax()].reset_index(drop=True)  # from when the pool has money


def draw(results: Results, run_id: str | None = None, row: int | None = None) -> Figure:
    """Draw fear and notice above, money due, paid and there below, and how it ended."""
    found = data(results, run_id, row)
    first = found.iloc[0]
    replication = int(first["replication"])
    named = style.run_name(results, str(first["arm"]), str(first["point"]), replication)
    why = (
        ""
        if row is not None
        else "Of pools of average size or more, the one with the largest run: "
    )
    note = (
        f"{why}{named}, platform {int(first['row'])}. Chance "
        "of failing: mean over holders of claims of which no notice runs. Redemptions are due "
        "when their notice has run out; after the end savers are paid as loans come in."
    )
    figure = style.new_figure(9.0, 6.8, _message(found), note)
    above, below = figure.subplots(2, 1, sharex=True)
    _shares(above, found)
    _money(below, found)
    for axes, names in ((above, True), (below, False)):
        draw_marks(axes, marks(results, str(first["arm"])), names)
        _end(axes, found, names)
        axes.set_xlim(float(found["month"].min()) - 0.6, float(found["month"].max()) + 0.6)
        axes.xaxis.get_major_locator().set_params(integer=True)
        style.tidy(axes)
    below.set_xlabel("month")
    return figure


def _shares(axes: Axes, found: pd.DataFrame) -> None:
    """Draw what holders fear, and the share of claims they ask back."""
    fear = 100.0 * found["hazard_seen"].where(found["hazard_seen"] > 0)
    asked = 100.0 * found["asked_share"]
    axes.bar(found["month"], asked, 0.8, color=NOTICE, alpha=0.6)
    axes.plot(found["month"], fear, color=FEAR, linewidth=1.8, marker="o", markersize=2.5)
    top = 1.3 * float(np.nanmax([fear.max(), asked.max(), 1.0]))
    axes.set_ylim(0.0, top)
    axes.set_ylabel("%")
    handles = [
        axes.plot([], [], color=FEAR, label="chance of failing, as holders see it, a year")[0],
        axes.bar([0], [0], color=NOTICE, alpha=0.6, label="of claims, asked back in the month"),
    ]
    axes.legend(handles=handles, frameon=False, fontsize=style.SMALL, loc="upper left", ncols=2)


def _money(axes: Axes, found: pd.DataFrame) -> None:
    """Draw claims and cash as lines; what is due, and what is paid of it, as bars."""
    factor, unit = style.reading("yuan", float(found["claims"].max()))
    month = found["month"]
    axes.bar(month, factor * found["redemption_due"], 0.8, color=style.PALE, label="due")
    axes.bar(month, factor * found["redemption_paid"], 0.8, color=PAID, alpha=0.7, label="paid")
    for name, colour, label in (
        ("claims", CLAIMS, "claims of savers"),
        ("client_cash", CASH, "client cash"),
    ):
        axes.plot(month, factor * found[name], color=colour, linewidth=1.8, label=label)
    axes.set_ylim(0.0, 1.3 * max(factor * float(found["claims"].max()), 1e-9))
    axes.set_ylabel(unit)
    axes.legend(frameon=False, fontsize=style.SMALL, loc="upper left", ncols=4)


def _end(axes: Axes, found: pd.DataFrame, names: bool) -> None:
    """Mark the month in which the platform ended, and say how."""
    gone = found[found["exit_mode"] > 0]
    if not len(gone):
        return
    month = float(gone["month"].iloc[0])
    axes.axvline(month, color=style.INK, linewidth=1.0, linestyle=(0, (3, 2)))
    if names:
        axes.annotate(
            MODES[int(gone["exit_mode"].iloc[0])], (month, axes.get_ylim()[1]), xytext=(4, -30),
            textcoords="offset points", va="top", fontsize=style.SMALL, color=style.INK,
        )  # fmt: skip


def _message(found: pd.DataFrame) -> str:
    """Say when most was asked back, how much of what fell due was paid, and how it ended."""
    peak = found.iloc[int(found["asked_share"].argmax())]
    gone = found[found["exit_mode"] > 0]
    due, paid = found["redemption_due"].sum(), found["redemption_paid"].sum()
    said = (
        f"In month {peak['month']:.0f} savers asked back {100 * peak['asked_share']:.0f} % of a "
        f"pool; {100 * paid / due if due else 100:.0f} % of what fell due was paid"
    )
    if not len(gone):
        return f"{said}, and it went on"
    mode, month = MODES[int(gone["exit_mode"].iloc[0])], int(gone["month"].iloc[0])
    ended = {"absconded": "its owner absconded", "police case": "it became a police case"}
    return f"{said}, and {ended.get(mode, f'it was {mode}')} in month {month}"
