"""How loans age: cumulative default by months since the grant, by grade and kind of lender."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.lines import Line2D

from analysis.figures import _dots
from analysis.figures import _style as style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

ENOUGH = 25  # loans still followed, of a curve; below it ends
BY = ["arm", "point", "kind", "grade"]


def data(results: Results, first_year: int = 1) -> pd.DataFrame:
    """Return cumulative default by arm, point, kind of lender, grade and months since the grant.

    first_year : of the grants or renewals that count; 0 with those of the burn-in
    at_risk : loans of that age, summed over months and replications; hazard : gone bad over
    at_risk; defaulted : 1 - product of (1 - hazard) up to that age, so loans repaid drop out
    without bias. Source: Kaplan, Meier (1958), with monthly steps.
    """
    vintages = style.as_set(results.with_labels(results.vintages))
    if not len(vintages):
        return pd.DataFrame()
    vintages.attrs = {}  # which pandas would copy with every step
    mine = vintages[vintages["year"] >= first_year]
    sums = mine.groupby([*BY, "age"])[["performing", "gone_bad"]].sum().reset_index()
    sums["at_risk"] = sums.pop("performing") + sums["gone_bad"]
    sums["hazard"] = sums["gone_bad"] / sums["at_risk"]
    alive = 1.0 - sums["hazard"]
    sums["defaulted"] = 1.0 - alive.groupby([sums[name] for name in BY]).cumprod()
    return sums


def draw(results: Results) -> Figure:
    """Draw a panel for each kind of lender, a curve for each grade, of the reference arm."""
    style.need("vintages" in results.tables, "the run wrote no table of vintages")
    found = data(results)
    arm, point = results.reference_arm, str(results.runs["point"].iloc[0])
    mine = found[(found["arm"] == arm) & (found["point"] == point)] if len(found) else found
    style.need(len(mine) > 0, "no loan was granted in any month of policy")
    note = (
        f"Loans granted or renewed from month 1 on, arm {arm}, {style.replications(results)} "
        "together; loans repaid drop out of those at risk. A renewal begins a new curve. Curves "
        f"end below {ENOUGH} loans at risk. Grade as given by the lender itself at the grant."
    )
    kinds = list(dict.fromkeys(mine["kind"]))
    title = f"How do loans age? {_message(mine)}"
    figure = style.new_figure(3.6 * len(kinds) + 0.6, 4.6, title, note)
    panels = figure.subplots(1, len(kinds), sharey=True, sharex=True, squeeze=False)[0]
    grades = sorted(mine["grade"].unique())
    for axes, kind in zip(panels, kinds, strict=True):
        _curves(axes, mine[mine["kind"] == kind], grades)
        axes.set_title(_dots.words(kind), loc="left", fontsize=style.TEXT, color=style.INK)
        axes.set_xlabel("months since the grant")
        style.tidy(axes)
    panels[0].set_ylabel("cumulative default, % of loans")
    panels[0].set_ylim(bottom=0)
    panels[0].set_xlim(0, max(int(mine["age"].max()), 2))
    handles = [
        Line2D([], [], color=_colour(grades, grade), linestyle=_dash(grades, grade), linewidth=2,
               label=f"grade {grade}")
        for grade in grades
    ]  # fmt: skip
    style.legend_below_title(figure, handles, [style.INK] * len(handles))
    return figure


def _colour(grades: list[str], grade: str) -> tuple[float, float, float, float]:
    """Shade grades in order from light to dark, told apart also in grey."""
    place = grades.index(grade) / max(len(grades) - 1, 1)
    red, green, blue, alpha = colormaps["viridis_r"](0.15 + 0.85 * place)
    return float(red), float(green), float(blue), float(alpha)


def _dash(grades: list[str], grade: str) -> Any:
    return style.DASHES[grades.index(grade) % len(style.DASHES)]


def _curves(axes: Axes, part: pd.DataFrame, grades: list[str]) -> None:
    for grade in grades:
        curve = part[part["grade"] == grade]
        thin = (curve["at_risk"] < ENOUGH).to_numpy()
        curve = curve[: int(np.argmax(thin))] if thin.any() else curve
        axes.plot(curve["age"], 100.0 * curve["defaulted"], color=_colour(grades, grade),
                  linestyle=_dash(grades, grade), linewidth=1.8)  # fmt: skip


def _message(mine: pd.DataFrame) -> str:
    """Say how much of a year's loans is in default a year after the grant."""
    sums = mine[mine["age"] <= 12].groupby("age")[["gone_bad", "at_risk"]].sum()
    hazard = (sums["gone_bad"] / sums["at_risk"]).to_numpy(dtype=float)
    share = 1.0 - float(np.prod(1.0 - hazard))
    return f"{100 * share:.1f} of 100 loans go bad within a year of the grant"
