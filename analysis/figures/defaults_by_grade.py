"""Do the lenders' grades order risk: loans gone bad a year, by grade at the grant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.bands import FEW
from analysis.figures import _style as style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

ENOUGH = 12 * 50  # loan-months; a grade with less says nothing
REALITY = (5, 13)  # odds ratio of the worst to the best grade; LendingClub 2015, resolved loans
GAP = 0.11  # distance of arms beside each other, in widths of a grade


def data(results: Results) -> pd.DataFrame:
    """Return loans going bad a year by arm, point and grade, with the band of replications.

    loan_months : loans performing at the end of a month, summed over months and replications
    rate : 12 x gone bad / loan_months; low, high : 5-95 % of replications, ends of a few
    """
    grades = results.with_labels(results.grades)
    if not len(grades):
        return pd.DataFrame()
    mine = style.as_set(grades)
    by = ["arm", "point", "grade"]
    runs = mine.groupby([*by, "replication"])[["performing", "gone_bad"]].sum()
    runs = runs.rename(columns={"performing": "loan_months"})
    each = 12.0 * runs["gone_bad"] / runs["loan_months"].where(runs["loan_months"] > 0)
    outer = 0.05 if results.runs["replication"].nunique() >= FEW else 0.0
    sums = runs.groupby(level=by).sum()
    found = sums[["loan_months", "gone_bad"]].assign(
        rate=12.0 * sums["gone_bad"] / sums["loan_months"].where(sums["loan_months"] > 0),
        low=each.groupby(level=by).quantile(outer),
        high=each.groupby(level=by).quantile(1.0 - outer),
    )
    return found.reset_index()


def odds_ratio(found: pd.DataFrame) -> tuple[str, str, float]:
    """Return best grade, worst grade and the ratio of their odds to go bad within a year.

    found : rows of one arm and point; grades with fewer than `ENOUGH` loan-months are passed over
    odds = rate / (1 - rate). NaN with fewer than two grades, or no default in the best.
    """
    enough = found[found["loan_months"] >= ENOUGH].sort_values("grade")
    if len(enough) < 2:
        return "", "", float("nan")
    rate = enough["rate"].to_numpy(dtype=float)
    odds = rate / (1.0 - rate)
    ratio = float(odds[-1] / odds[0]) if odds[0] > 0 else float("nan")
    return str(enough["grade"].iloc[0]), str(enough["grade"].iloc[-1]), ratio


def draw(results: Results) -> Figure:
    """Draw the yearly rate of loans going bad by grade and arm."""
    style.need("grades" in results.tables, "the run wrote no table of grades")
    found = data(results)
    style.need(len(found) > 0 and found["loan_months"].sum() > 0, "no loan was ever granted")
    note = (
        "Points: loans gone bad per 100 loan-years, all lenders and months; bars: "
        f"{style.band_words(results)}. Grade as given by the lender itself at the grant."
        + (f" Hollow: fewer than {ENOUGH // 12} loan-years." if _some_thin(found) else "")
        + (" Arms lend to different firms." if found["arm"].nunique() > 1 else "")
        + style.left_out(results)
    )
    figure = style.new_figure(8, 5.2, _message(found, results), note)
    axes = figure.subplots()
    shown = style.looks(results)
    letters = sorted(found["grade"].unique())
    for i, (cell, look) in enumerate(shown.items()):
        part = found[(found["arm"] == cell[0]) & (found["point"] == cell[1])]
        _points(axes, part, letters, look, (i - (len(shown) - 1) / 2) * GAP)
    reference = found[found["arm"] == results.reference_arm]
    share = reference.groupby("grade")["loan_months"].sum()
    share = (100.0 * share / max(float(share.sum()), 1.0)).reindex(letters, fill_value=0.0)
    axes.set_xticks(range(len(letters)), [f"{g}\n{share[g]:.0f} %" for g in letters])
    axes.set_xlim(-0.6, len(letters) - 0.4)
    axes.set_ylim(bottom=0)
    whose = f" in {results.reference_arm}" if len(shown) > 1 else ""
    axes.set_xlabel(f"grade of the loan, A = safest, and its share of all loans{whose}")
    axes.set_ylabel("loans gone bad, % a year")
    style.tidy(axes)
    style.key(figure, list(shown.values()), with_marker=True)
    return figure


def _some_thin(found: pd.DataFrame) -> bool:
    return bool(found["loan_months"].between(1, ENOUGH - 1).any())


def _points(
    axes: Axes, part: pd.DataFrame, letters: list[str], look: style.Look, shift: float
) -> None:
    """Draw one arm's points with their bars, beside those of other arms."""
    some = part[part["loan_months"] > 0]
    x = np.array([letters.index(g) for g in some["grade"]]) + shift
    rate, low, high = (100.0 * some[name].to_numpy(dtype=float) for name in ("rate", "low", "high"))
    axes.vlines(x, low, high, color=look.colour, linewidth=1.6, alpha=0.7)
    is_thin = (some["loan_months"] < ENOUGH).to_numpy()
    for mask, face in ((~is_thin, look.colour), (is_thin, "white")):
        axes.plot(
            x[mask], rate[mask], linestyle="none", marker=look.marker, markersize=7,
            markeredgecolor=look.colour, markerfacecolor=face,
        )  # fmt: skip


def _message(found: pd.DataFrame, results: Results) -> str:
    """Say whether grades order risk, by the odds ratio of the worst to the best."""
    point = str(results.runs["point"].iloc[0])
    mine = found[(found["arm"] == results.reference_arm) & (found["point"] == point)]
    best, worst, ratio = odds_ratio(mine)
    if not np.isfinite(ratio):
        return "Do lenders' grades order risk? (too few loans to tell)"
    where = f" ({results.reference_arm})" if found["arm"].nunique() > 1 else ""
    low, high = REALITY
    return (
        f"Do lenders' grades order risk? The odds of going bad are {ratio:.1f} times higher in "
        f"{worst} than in {best}{where}; {low} to {high} times in reality"
    )
