"""What savers believe and what they do about it, in the run in which most of them ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.figures import _style as style
from analysis.figures._marks import draw_marks, marks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

# All ends are news to savers, by order too.
ENDS = ("exits_wind_down", "exits_ordered", "exits_liquidation", "exits_absconding",
        "exits_police")  # fmt: skip
NEEDED = ("hazard_perceived", "loss_perceived", "new_money", "withdrawn_money")
RUN = ["arm", "point", "replication"]
USUAL = 12  # months before a month with which it is compared; fewer at the start
BELIEFS = {"hazard_perceived": ("failure of a platform", "#D55E00"),
           "loss_perceived": ("loss on notes", "#0072B2")}  # fmt: skip
FLOWS = {"new_money": ("put on", "#009E73"), "withdrawn_money": ("taken off", "#000000")}


def data(results: Results) -> pd.DataFrame:
    """Return beliefs and flows by month of one run, and withdrawals over those usual before.

    The run is the one, of all arms, points and replications, with the month in which savers took
    off most compared with the mean of the `USUAL` months before.
    """
    macro = style.as_set(results.macro).sort_values([*RUN, "month"])
    ends = [name for name in ENDS if name in macro]  # older results have no `exits_ordered`
    macro = macro[[*RUN, "month", *NEEDED, *ends]].reset_index(drop=True)
    macro["platforms_ended"] = macro[ends].sum(axis=1)
    taken = macro.groupby(RUN, sort=False)["withdrawn_money"]
    usual = taken.transform(lambda fen: fen.shift(1).rolling(USUAL, min_periods=3).mean())
    macro["times_usual"] = macro["withdrawn_money"] / usual.where(usual > 0)
    if not macro["times_usual"].notna().any():
        return macro.iloc[:0]
    peak = macro.iloc[int(macro["times_usual"].argmax())]
    return macro[(macro[RUN] == peak[RUN]).all(axis=1)].reset_index(drop=True)


def draw(results: Results) -> Figure:
    """Draw beliefs above and flows below, months in which platforms ended marked between them."""
    style.need(set(NEEDED) <= set(results.metrics), "the metrics of savers are missing")
    found = data(results)
    style.need(len(found) > 0, "no saver took money off a platform")
    first = found.iloc[0]
    arm, point, replication = str(first["arm"]), str(first["point"]), int(first["replication"])
    note = (
        "Beliefs: posterior means, averaged over the platforms watched by savers who chose in the "
        "month. Bars: platforms that ended, also by order; savers know the month after. Of all "
        f"runs the one with the largest rise of withdrawals over the {USUAL} months before: "
        f"{style.run_name(results, arm, point, replication)}."
    )
    figure = style.new_figure(9.0, 6.4, _message(found), note)
    above, below = figure.subplots(2, 1, sharex=True)
    percent = found.assign(**{name: 100.0 * found[name] for name in BELIEFS})
    _lines(above, percent, BELIEFS)
    _ends(above, found)
    above.set_ylabel("as savers see it, % a year")
    factor, unit = style.reading("yuan", float(found[list(FLOWS)].max().max()))
    _lines(below, found.assign(**{name: factor * found[name] for name in FLOWS}), FLOWS)
    below.set_ylabel(f"{unit} a month")
    below.set_xlabel("month")
    for axes, names in ((above, True), (below, False)):
        draw_marks(axes, marks(results, arm), names)
        axes.set_xlim(0.5, max(int(found["month"].max()), 2) + 0.5)  # with whole bars
    return figure


def _lines(axes: Axes, found: pd.DataFrame, shown: dict[str, tuple[str, str]]) -> None:
    """Draw lines from zero and name them at their ends."""
    for name, (_, colour) in shown.items():
        axes.plot(found["month"], found[name], color=colour, linewidth=1.8)
    top = float(np.nanmax(found[list(shown)].to_numpy())) * 1.12 or 1.0
    axes.set_ylim(0.0, top)
    last = found[list(shown)].ffill().iloc[-1] / top
    ends = [(float(last[name]), word, colour) for name, (word, colour) in shown.items()]
    style.label_ends(axes, [end for end in ends if np.isfinite(end[0])])
    style.tidy(axes)


def _ends(axes: Axes, found: pd.DataFrame) -> None:
    """Draw platforms that ended as bars on the right-hand axis, in the lower part."""
    most, last = float(found["platforms_ended"].max()), int(found["month"].max())
    if most <= 0:
        return
    bars = axes.twinx()
    bars.bar(found["month"], found["platforms_ended"], 0.8, color=style.PALE)
    bars.set_ylim(0, 3.5 * most)
    bars.set_yticks([])
    bars.spines[:].set_visible(False)
    month = int(found["month"].iloc[int(found["platforms_ended"].argmax())])
    side = "left" if month < 0.1 * last else "right" if month > 0.9 * last else "center"
    shift = {"left": -0.4, "right": 0.4, "center": 0.0}[side]  # the edge of its bar
    bars.annotate(
        f"{most:.0f} ended", (month + shift, most), xytext=(0, 2), textcoords="offset points",
        ha=side, va="bottom", fontsize=style.SMALL, color=style.GREY,
    )  # fmt: skip
    axes.set_zorder(bars.get_zorder() + 1)
    axes.patch.set_visible(False)


def _message(found: pd.DataFrame) -> str:
    """Say when most was taken off, and what savers believed then."""
    peak = found.iloc[int(found["times_usual"].argmax())]
    fear = 100.0 * peak["hazard_perceived"]
    return (
        f"In month {peak['month']:.0f} savers took off {peak['times_usual']:.1f} times the usual, "
        f"at a perceived hazard of {fear:.0f} % a year"
    )
