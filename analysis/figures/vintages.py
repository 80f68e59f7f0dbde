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

ENOUGH = 25  # loans of a curve; of fewer it ends
LEAST = 3  # months; loans followed for less have hardly had time to go bad
BY = ["arm", "point", "kind", "grade"]


def data(results: Results, first_year: int = 1) -> pd.DataFrame:
    """Return cumulative default by arm, point, kind of lender, grade and months since the grant.

    first_year : of the grants or renewals that count; 0 with those of the burn-in
    granted : loans of the years of grant that are followed to that age in full; gone_bad : those of
    them that went bad at that age; defaulted : sum of gone_bad / granted up to it. A loan that was
    repaid or renewed stays among those granted.
    """
    vintages = style.as_set(results.with_labels(results.vintages))
    vintages.attrs = {}  # which pandas would copy with every step
    mine = vintages[vintages["year"] >= first_year]
    bad = mine.pivot_table(index=[*BY, "year"], columns="age", values="gone_bad", aggfunc="sum")
    new = mine[mine["age"] == 0].groupby([*BY, "year"])[["performing", "gone_bad"]].sum()
    granted = new.sum(axis=1).reindex(bad.index, fill_value=0)
    last = 12 * bad.index.get_level_values("year").to_numpy(dtype=int)
    parts = []
    for age in bad.columns:
        followed = last + int(age) <= results.months
        both = pd.DataFrame({"granted": granted, "gone_bad": bad[age].fillna(0)})[followed]
        parts.append(both.groupby(level=BY).sum().assign(age=int(age)).reset_index())
    if not parts or not sum(map(len, parts)):
        return pd.DataFrame()
    sums = pd.concat(parts, ignore_index=True).query("granted > 0")
    rate = sums["gone_bad"] / sums["granted"]
    return sums.assign(defaulted=rate.groupby([sums[name] for name in BY]).cumsum())


def draw(results: Results) -> Figure:
    """Draw a panel for each kind of lender, a curve for each grade, of the reference arm."""
    style.need("vintages" in results.tables, "the run wrote no table of vintages")
    found = data(results)
    arm, point = results.reference_arm, str(results.runs["point"].iloc[0])
    mine = found[(found["arm"] == arm) & (found["point"] == point)] if len(found) else found
    style.need(len(mine) > 0, "no loan was granted in a year of policy that is over")
    followed = int(mine.loc[mine["granted"] >= ENOUGH, "age"].to_numpy().max(initial=0))
    style.need(
        followed >= LEAST,
        f"loans of a year of policy that is over are followed for {followed} months, which is too "
        f"short to see them age: it takes {ENOUGH} loans of a grade for {LEAST} months",
    )
    note = (
        f"Of all loans granted or renewed from month 1 on, arm {arm}, "
        f"{style.replications(results)} together; each age from the years of grant that are "
        "followed so far. A renewal counts as a new loan; lines of credit are left out, and curves "
        f"of fewer than {ENOUGH} loans. Grade as given by the lender itself at the grant."
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
        thin = (curve["granted"] < ENOUGH).to_numpy()
        curve = curve[: int(np.argmax(thin))] if thin.any() else curve
        axes.plot(curve["age"], 100.0 * curve["defaulted"], color=_colour(grades, grade),
                  linestyle=_dash(grades, grade), linewidth=1.8)  # fmt: skip


def _message(mine: pd.DataFrame) -> str:
    """Say how many loans go bad within a year of the grant, as far as they are followed."""
    months = min(int(mine["age"].max()), 12)
    sums = mine[mine["age"] <= months].groupby("age")[["gone_bad", "granted"]].sum()
    share = float((sums["gone_bad"] / sums["granted"]).sum())
    return f"{100 * share:.1f} of 100 go bad within {months} months of the grant"
