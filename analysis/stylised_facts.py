"""What reality asks of the baseline, as data: a statistic, a band and its source.

Each fact reads a results folder of the baseline and returns one number; `check` makes the
table. Responsible for targets only; estimates of policy effects are `analysis.paired`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from analysis.drift import drift
from analysis.results import Results

HORIZON = 36


@dataclass(frozen=True)
class Fact:
    """One target: what it is, the band, where the band comes from, and how it is computed."""

    name: str
    unit: str
    low: float
    high: float
    source: str
    compute: Callable[[Results], float]


def _macro(results: Results, first: int = 1) -> pd.DataFrame:
    frame = results.macro
    keep = (frame["channels"] == "as set") & (frame["month"] >= first)
    return frame[keep & (frame["arm"] == results.reference_arm)]


def _ratio(name: str, over: str, factor: float = 1.0) -> Callable[[Results], float]:
    def compute(results: Results) -> float:
        frame = _macro(results)
        return float(factor * frame[name].sum() / frame[over].sum())

    return compute


def _mean(name: str) -> Callable[[Results], float]:
    return lambda results: float(_macro(results)[name].mean())


def _lgd(kind: str) -> Callable[[Results], float]:
    def compute(results: Results) -> float:
        frame = _macro(results)
        return float(1.0 - frame[f"recovered_{kind}"].sum() / frame[f"claims_{kind}"].sum())

    return compute


def _gap(results: Results) -> float:
    frame = _macro(results)
    met = frame["met_working"].sum() + frame["met_investment"].sum()
    return float(1.0 - met / (frame["need_working"].sum() + frame["need_investment"].sum()))


def _survivors(alive: str, failures: str) -> Callable[[Results], float]:
    """Share of runs in which some of a population fail and some are left at the end."""

    def compute(results: Results) -> float:
        frame = _macro(results)
        left = frame[frame["month"] == results.months].groupby("run_id")[alive].max()
        failed = frame.groupby("run_id")[failures].sum()
        return float(((left > 0) & (failed > 0)).mean())

    return compute


def entrants_survival(results: Results) -> float:
    """Kaplan-Meier share of entrants still trading after 36 months, all exits counted.

    Source: Kaplan, Meier (1958).
    """
    firms = _firms(results)
    born = firms[firms["entered"] >= 1]
    months = results.months
    age = np.minimum(born["ended"], months) - born["entered"]
    gone = born["ended"] <= months
    share = 1.0
    for month in range(HORIZON + 1):
        at_risk = int((age >= month).sum())
        share *= 1.0 - int(((age == month) & gone).sum()) / max(at_risk, 1)
    return share


def mature_exits(results: Results) -> float:
    """Exits of firms older than 36 months, closures and defaults, per firm-year."""
    firms = _firms(results)
    start = np.maximum(firms["born"] + HORIZON, 1)
    stop = np.minimum(firms["ended"], results.months)
    years = np.maximum(stop - start, 0).sum() / 12.0
    exits = ((firms["ended"] <= results.months) & (firms["ended"] > start)).sum()
    return float(exits / years)


def _firms(results: Results) -> pd.DataFrame:
    keep = results.runs[
        (results.runs["channels"] == "as set") & (results.runs["arm"] == results.reference_arm)
    ]
    firms = results.firms[results.firms["run_id"].isin(keep["run_id"])]
    return firms.assign(ended=firms["ended"].fillna(np.inf))  # a firm still there has no end


def size_exponent(results: Results) -> float:
    """Hill exponent of the largest 10 % of firms by normal revenue at entry.

    Source: Hill (1975).
    """
    sizes = np.sort(_firms(results)["scale"].to_numpy())[::-1]
    top = sizes[: max(len(sizes) // 10, 2)]
    return float(1.0 / np.mean(np.log(top[:-1] / top[-1])))


def single_cascades(results: Results) -> float:
    """Share of default cascades that consist of one default."""
    from analysis.genealogy import cascade_sizes

    sizes = cascade_sizes(results)
    return float((np.asarray(sizes) == 1).mean())


def median_platform_return(results: Results) -> float:
    """Return of the median platform's savers: interest less write-offs over loans serviced."""
    frame = results.with_labels(results.institutions)
    frame = frame[
        (frame["kind"] == "platform")
        & (frame["channels"] == "as set")
        & (frame["arm"] == results.reference_arm)
    ]
    sums = frame.groupby(["run_id", "row"])[["saver_interest", "saver_loss", "loans"]].sum()
    sums = sums[sums["loans"] > 0]
    return float((12.0 * (sums["saver_interest"] - sums["saver_loss"]) / sums["loans"]).median())


def odds_ratio_of_grades(results: Results) -> float:
    """Odds of default within the book of the worst well-filled grade over those of the best."""
    rates = intensity_by_grade(results)
    odds = rates / (1.0 - rates)
    return float(odds.iloc[-1] / odds.iloc[0])


def grades_monotone(results: Results) -> float:
    """Rank correlation of default intensity with grade; 1 is monotone."""
    rates = intensity_by_grade(results)
    return float(rates.reset_index(drop=True).corr(pd.Series(range(len(rates))), method="spearman"))


def intensity_by_grade(results: Results, least: float = 50.0) -> pd.Series:
    """Annual default intensity of loans by the provider's own grade at the grant.

    least : loan-years below which a grade is too thin to be shown
    """
    frame = results.with_labels(results.table("grades"))
    frame = frame[(frame["channels"] == "as set") & (frame["arm"] == results.reference_arm)]
    sums = frame.groupby("grade")[["performing", "gone_bad"]].sum()
    sums = sums[sums["performing"] / 12.0 >= least]
    return 12.0 * sums["gone_bad"] / sums["performing"]


TARGETS = "target of the model"
FACTS: tuple[Fact, ...] = (
    Fact(
        "platforms: neither all nor none survive",
        "share of runs",
        0.5,
        1,
        TARGETS,
        _survivors("platforms_alive", "platform_failures"),
    ),
    Fact(
        "lenders: neither all nor none survive",
        "share of runs",
        0.5,
        1,
        TARGETS,
        _survivors("lenders_alive", "lender_failures"),
    ),
    Fact(
        "firms: neither all nor none survive",
        "share of runs",
        0.5,
        1,
        TARGETS,
        _survivors("firms_alive", "defaults"),
    ),
    *(
        Fact(
            f"drift of {what}{sector}",
            "share of output a year",
            -0.01,
            0.01,
            TARGETS,
            partial(drift, sector=sector, instrument=instrument),
        )
        for what, instrument in (("", None), ("cash of ", "cash"))
        for sector in ("enterprise", "bank", "micro_lender", "platform", "investor")
    ),
    Fact(
        "default rate of firms",
        "1/year",
        0.03,
        0.06,
        TARGETS,
        _ratio("defaults", "firms_alive", 12.0),
    ),
    Fact("exits of mature firms", "1/year", 0.04, 0.07, TARGETS, mature_exits),
    Fact(
        "entrants trading after 36 months",
        "share",
        0.28,
        0.40,
        "Yi Gang 2018: one third",
        entrants_survival,
    ),
    Fact(
        "default intensity of bank loans",
        "1/year",
        0.015,
        0.03,
        TARGETS,
        _ratio("bad_bank", "loans_bank", 12.0),
    ),
    Fact(
        "default intensity of platform loans",
        "1/year",
        0.04,
        0.07,
        TARGETS,
        _ratio("bad_platform", "loans_platform", 12.0),
    ),
    Fact(
        "default intensity of micro loans",
        "1/year",
        0.045,
        0.075,
        TARGETS,
        _ratio("bad_micro_lender", "loans_micro_lender", 12.0),
    ),
    Fact("rate of bank loans", "1/year", 0.04, 0.08, "Yi Gang 2018: 6 %", _mean("mean_rate_bank")),
    Fact(
        "rate of platform loans",
        "1/year",
        0.11,
        0.15,
        "Yi Gang 2018: 13 %",
        _mean("mean_rate_platform"),
    ),
    Fact(
        "rate of micro loans",
        "1/year",
        0.15,
        0.19,
        "Yi Gang 2018: 15-20 %",
        _mean("mean_rate_micro_lender"),
    ),
    Fact(
        "loss given default, unsecured",
        "share",
        0.75,
        0.90,
        "LendingClub 2015: mean 0.89",
        _lgd("unsecured"),
    ),
    Fact("return of banks", "1/year", 0, 1, TARGETS, _mean("return_bank")),
    Fact("return of micro lenders", "1/year", 0, 1, TARGETS, _mean("return_micro_lender")),
    Fact(
        "return of savers on the median platform", "1/year", 0, 1, TARGETS, median_platform_return
    ),
    Fact(
        "debt over revenue of non-core firms", "share", 0.08, 0.20, "assumed", _mean("debt_ratio")
    ),
    Fact("oracle financing gap, new credit", "share", 0.20, 0.50, "assumed", _gap),
    Fact(
        "non-performing loans",
        "share",
        0.02,
        0.04,
        "Yi Gang 2018: 2.75 %; industry 2019: 3.2 %",
        _mean("npl_ratio"),
    ),
    Fact(
        "default rises with grade",
        "rank correlation",
        0.95,
        1,
        "LendingClub 2015: monotone",
        grades_monotone,
    ),
    Fact(
        "odds ratio, worst to best grade",
        "ratio",
        5,
        13,
        "LendingClub 2015: 5.5 % to 44 %",
        odds_ratio_of_grades,
    ),
    Fact("size exponent of firms", "exponent", 0.8, 1.4, "Axtell 2001: about 1", size_exponent),
    Fact("cascades of size one", "share", 0.5, 1, TARGETS, single_cascades),
)


def check(results: Results) -> pd.DataFrame:
    """Compute all facts; one row each: value, band, met or not, source."""
    rows = []
    for fact in FACTS:
        value = fact.compute(results)
        rows.append(
            {
                "target": fact.name,
                "unit": fact.unit,
                "value": value,
                "low": fact.low,
                "high": fact.high,
                "met": fact.low <= value <= fact.high,
                "source": fact.source,
            }
        )
    return pd.DataFrame(rows)


def as_markdown(table: pd.DataFrame) -> str:
    """Write the table of facts as Markdown."""
    lines = ["| target | band | found | met | source |", "|---|---|---|---|---|"]
    for row in table.itertuples():
        lines.append(
            f"| {row.target}, {row.unit} | {row.low:g} .. {row.high:g} | {row.value:.3g} "
            f"| {'yes' if row.met else '**no**'} | {row.source} |"
        )
    return "\n".join(lines)
