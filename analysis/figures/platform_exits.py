"""How platforms end: how many live, how they leave, and how long frauds and others last."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import exits
from analysis.figures import _style as style
from analysis.figures import metric as one
from analysis.figures._marks import draw_marks, marks_by_arm

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

# Modes of exit from harmless to harmful, told apart in grey too.
COLOURS = {1: "#9ECAE1", 5: "#CC79A7", 2: "#E69F00", 3: "#D55E00", 4: "#000000"}
FEWEST = 5  # platforms at risk below which a share is not drawn


def data(results: Results) -> pd.DataFrame:
    """Return exits per run by arm, point and mode, with platform-years and the hazard."""
    runs = exits.by_run(results)
    style.need(bool(runs["exits"].sum()), "no platform ended in these runs")
    rows = []
    for (arm, point), group in runs.groupby(["arm", "point"], sort=False):
        years = group["platform_years"].sum()
        for mode, name in exits.MODES.items():
            count = float((group[name].fillna(0.0) * group["exits"]).sum())
            rows.append((arm, point, mode, name, count / len(group), years, count / years))
    columns = ["arm", "point", "mode", "name", "exits_a_run", "platform_years", "hazard"]
    return pd.DataFrame(rows, columns=columns)


def draw(results: Results) -> Figure:
    """Draw platforms alive, the yearly hazard of each mode of exit, and survival."""
    found = data(results)
    note = (
        "Exits: per platform and year, all months and replications; wound down: by own decision, "
        "costs or order; frozen by order: solvent, closed at once; frozen: it could not pay, or a "
        "shock closed it; absconded: the owner ran. Survival: "
        "Kaplan-Meier, platforms that opened after the burn-in, where five or more are at risk."
        + style.left_out(results)
    )
    figure = style.new_figure(12, 4.6, _message(found, results), note)
    left, middle, right = figure.subplots(1, 3)
    one.fan(left, results, "platforms_alive", one.data(results, "platforms_alive", over=1))
    left.set_ylim(bottom=0.0)
    draw_marks(left, marks_by_arm(results))
    _bars(middle, found, results)
    _lives(right, results)
    style.key(figure, list(style.looks(results).values()))
    return figure


def _message(found: pd.DataFrame, results: Results) -> str:
    mine = found[found["arm"] == results.reference_arm]
    total = float(mine["hazard"].sum())
    if not total > 0:
        return "How do platforms end?"
    most = mine.sort_values("hazard").iloc[-1]
    where = f" ({results.reference_arm})" if found["arm"].nunique() > 1 else ""
    share = 100 * most["hazard"] / total
    return (
        f"How do platforms end? {100 * total:.0f} in a hundred a year{where}; "
        f"{share:.0f} % of them: {most['name']}"
    )


def _bars(axes: Axes, found: pd.DataFrame, results: Results) -> None:
    """Stack the hazards of the modes, one bar for each arm."""
    looks = style.looks(results)
    names = [textwrap.fill(look.name, 24) for look in looks.values()]
    bottom = np.zeros(len(looks))
    for mode, name in exits.MODES.items():
        heights = np.array([
            100.0 * found[(found["arm"] == arm) & (found["point"] == point)
                          & (found["mode"] == mode)]["hazard"].sum()
            for arm, point in looks
        ])  # fmt: skip
        if not heights.any():
            continue
        axes.bar(range(len(looks)), heights, bottom=bottom, color=COLOURS[mode], label=name,
                 width=0.7)  # fmt: skip
        bottom += heights
    axes.set_xticks(range(len(looks)), names, rotation=0 if len(looks) < 4 else 30,
                    ha="center" if len(looks) < 4 else "right")  # fmt: skip
    axes.set_ylabel("exits, % of platforms a year")
    axes.set_ylim(top=1.35 * max(float(bottom.max()), 1.0))
    axes.legend(frameon=False, fontsize=style.SMALL, loc="upper left", ncols=2)
    axes.set_title("How they leave", loc="left", fontsize=style.TEXT + 0.5, color=style.INK)
    style.tidy(axes)


def _lives(axes: Axes, results: Results) -> None:
    """Draw survival by age: full lines honest founders, broken lines planned frauds."""
    looks = style.looks(results)
    for is_fraud, dash in ((False, "-"), (True, (0, (2, 1.5)))):
        table = exits.survival(results, is_fraud)
        table = table[table["at_risk"] >= FEWEST]
        for cell, look in looks.items():
            mine = table[(table["arm"] == cell[0]) & (table["point"] == cell[1])]
            axes.step(mine["age"], 100.0 * mine["alive"], where="post", color=look.colour,
                      linestyle=dash, linewidth=1.6)  # fmt: skip
        # A line of one age would not be seen, nor is one named that is not drawn.
        if table.groupby(["arm", "point"]).size().max() > 1:
            name = "planned fraud" if is_fraud else "others"
            axes.plot([], [], color=style.GREY, linestyle=dash, label=name)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(frameon=False, fontsize=style.SMALL, loc="lower left")
    axes.set_ylim(0.0, 102.0)
    axes.set_xlabel("months since it opened")
    axes.set_ylabel("alive, % of those that opened")
    axes.set_title("How long they last", loc="left", fontsize=style.TEXT + 0.5, color=style.INK)
    style.tidy(axes)
