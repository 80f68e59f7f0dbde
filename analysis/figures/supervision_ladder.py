"""What supervision buys and what it costs: failures, defaults and losses against access."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import paired
from analysis.bands import band_of
from analysis.figures import _rules as rules
from analysis.figures import _style as style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

ACCESS = "access"
# Panel -> label of its axis.
PANELS = {
    "failures": "platform failures per 100 platform-years",
    "defaults": "defaults of firms per 100 firm-years",
    "losses": "savers' losses, thousand yuan a month",
    "cost": "cost of supervision, thousand yuan a month",
}
NEAR = 0.03  # of an axis: levels as near as that share a name
WORDS = {ACCESS: "sound new requests met, %"}


def _numbers(results: Results) -> dict[str, pd.Series]:
    """Return one number per run and axis."""
    alive = results.per_run("platforms_alive")
    failed = results.per_run("platform_failures")
    return {
        ACCESS: 100.0 * (1.0 - results.per_run("financing_gap")),
        "failures": 1200.0 * failed / alive.where(alive > 0),
        "defaults": paired.values_of(results, paired.COHORT),
        "losses": results.per_run("saver_losses") / 1e3,
        "cost": results.per_run("supervision_cost") / 1e3,
    }


def data(results: Results) -> pd.DataFrame:
    """Return mean and band over replications of every axis, by arm and point."""
    rows = []
    for axis, values in _numbers(results).items():
        mine = style.as_set(values.rename("value").reset_index()).dropna()
        for (arm, point), part in mine.groupby(["arm", "point"], sort=False):
            low, high = band_of(part["value"])
            rows.append((arm, point, axis, part["value"].mean(), float(low), float(high)))
    return pd.DataFrame(rows, columns=["arm", "point", "axis", "value", "low", "high"])


def draw(results: Results) -> Figure:
    """Draw each arm by access and what it pays for it; levels are joined by a line."""
    rules.need_rules(results)
    every = list(style.looks(results).items())
    cells = every[: len(style.COLOURS)]  # points have no dashes to tell more apart
    style.need(len(cells) > 1, "there is only one arm, so nothing to trade off")
    found = data(results)
    joined = rules.is_ladder(results)
    if joined:
        cells.sort(key=lambda cell: rules.level_of(results, cell[0][0]))
    note = (
        f"Points: mean, bars: {style.band_words(results)}. Arms share their draws, so that "
        "differences are surer than the bars: see the figure instrument_effects. "
        + ("The line joins levels from the lowest to the highest. " if joined else "")
        + "Better is to the right and, in all panels, below. Closures by order are no failures."
        + (f" The first {len(cells)} arms and points are shown." if len(every) > len(cells) else "")
    )
    figure = style.new_figure(11.0, 8.2, _message(found, results), note)
    for axes, (axis, label) in zip(style.grid(figure, 4, 2), PANELS.items(), strict=True):
        _panel(axes, found, axis, cells, joined)
        if joined:
            _name_levels(axes, found, axis, [(rules.level_of(results, c[0]), c) for c, _ in cells])
        axes.set_ylabel(label)
        axes.set_xlabel(WORDS[ACCESS])
    style.key(figure, [look for _, look in cells], with_marker=True)
    return figure


def _panel(
    axes: Axes, found: pd.DataFrame, axis: str, cells: list[tuple[style.Cell, style.Look]],
    joined: bool,
) -> None:  # fmt: skip
    path = []
    for i, ((arm, point), look) in enumerate(cells):
        mine = found[(found["arm"] == arm) & (found["point"] == point)].set_index("axis")
        if axis not in mine.index or ACCESS not in mine.index:
            continue
        x, y = mine.loc[ACCESS], mine.loc[axis]
        axes.hlines(y["value"], x["low"], x["high"], color=look.colour, linewidth=1.2, alpha=0.5)
        axes.vlines(x["value"], y["low"], y["high"], color=look.colour, linewidth=1.2, alpha=0.5)
        axes.plot(x["value"], y["value"], marker=look.marker, color=look.colour, markersize=12 - i,
                  linestyle="none", zorder=4, clip_on=False)  # fmt: skip
        path.append((x["value"], y["value"]))
    if joined and path:
        axes.plot(*np.array(path).T, color=style.GREY, linewidth=1.0, zorder=1)
    axes.margins(0.08)
    if axis in ("failures", "cost"):
        axes.set_ylim(bottom=0.0, top=max(axes.get_ylim()[1], 1.0))
    style.tidy(axes)


def _name_levels(
    axes: Axes, found: pd.DataFrame, axis: str, levels: list[tuple[int, style.Cell]]
) -> None:
    """Write the numbers of levels beside their marks; levels in one place share a name."""
    names: dict[tuple[float, float], list[str]] = {}
    wide, high = np.ptp(axes.get_xlim()), np.ptp(axes.get_ylim())
    for level, (arm, point) in levels:
        mine = found[(found["arm"] == arm) & (found["point"] == point)].set_index("axis")["value"]
        if axis in mine.index and ACCESS in mine.index:
            x, y = mine[ACCESS], mine[axis]
            near = [a for a in names if abs(a[0] - x) < NEAR * wide and abs(a[1] - y) < NEAR * high]
            names.setdefault(near[0] if near else (x, y), []).append(str(level))
    for place, here in names.items():
        axes.annotate(", ".join(here), place, xytext=(8, 6), textcoords="offset points", zorder=5,
                      fontsize=style.TEXT, color=style.INK, fontweight="bold")  # fmt: skip


def _message(found: pd.DataFrame, results: Results) -> str:
    """Say which arm has the fewest platform failures, and what its access is."""
    n = int(results.runs["replication"].nunique())
    title = "What supervision buys, and what it costs in access"
    if style.few(n):
        return f"{title} ({style.few(n)})"
    wide = found[found["point"] == found["point"].iloc[0]].pivot(
        index="arm", columns="axis", values="value"
    )
    if "failures" not in wide or wide["failures"].isna().all():
        return title
    best, base = wide["failures"].idxmin(), wide.loc[results.reference_arm]
    mine = wide.loc[best]
    return (
        f"Fewest platform failures: {best}, {mine['failures']:.1f} per 100 platform-years "
        f"(in {results.reference_arm} {base['failures']:.1f}), with {mine[ACCESS]:.0f} % of sound "
        f"requests met ({base[ACCESS]:.0f} %)"
    )
