"""How platforms end: hazards, modes of exit, spans of life, concentration, beside what is reported.

Responsible for numbers of `platforms.parquet` and `institutions.parquet`; what an arm changes in
counts of exits is a matter of `analysis.paired`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.figures import NotApplicable
from analysis.portfolio import kaplan_meier
from analysis.results import AS_SET, PLACEBO

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.results import Results

MODES = {1: "wound down", 5: "frozen by order", 2: "frozen", 3: "absconded", 4: "police case"}
PROBLEMS = (2, 3, 4)  # modes that statistics of the industry call problems
LARGEST = 25  # platforms that a tail is measured on


@dataclass(frozen=True)
class Target:
    """A number reported of unsupervised platforms: its band, and where that comes from."""

    name: str
    unit: str
    low: float
    high: float
    source: str


TARGETS = (
    Target("problem_hazard", "1/year", 0.15, 0.30, "WDZJ 2014: 275 problems of 1,188 platforms"),
    Target("wound down", "share of exits", 0.38, 0.62, "WDZJ to August 2018: 50 % of 4,758"),
    Target("frozen", "share of exits", 0.11, 0.35, "the same: 23 %"),
    Target("absconded", "share of exits", 0.13, 0.37, "the same: 25 %"),
    Target("police case", "share of exits", 0.0, 0.13, "the same: 1 %"),
    Target("mean_life", "months, of those that ended", 24.0, 36.0, "two to three years"),
    Target("fraud_life", "months, median", 12.0, 24.0, "Ezubao lived 18 months; band assumed"),
    Target("tail_exponent", "Hill, largest 25", 0.7, 1.1, "WDZJ May 2018: 0.95; band assumed"),
    Target("hhi", "normalised", 0.02, 0.08, "WDZJ May 2018: 0.034-0.057; band assumed"),
)


def platforms(results: Results) -> pd.DataFrame:
    """Return the platforms of runs with channels as set, with arm, point and replication.

    Columns of `platforms.parquet`; `ended` is NaN where a platform lives at the end of the run.
    """
    if "platforms" not in results.tables:
        raise NotApplicable("these results have no platforms.parquet")
    labels = results.runs[["run_id", "arm", "point", "replication", "channels"]]
    found = results.table("platforms").merge(labels, on="run_id")
    return found[(found["channels"] == AS_SET) & (found["arm"] != PLACEBO)]


def by_run(results: Results) -> pd.DataFrame:
    """Return one row per run, as set: hazards, modes as shares of exits, and lives.

    hazard, problem_hazard : exits over platform-years of months 1 to the end, 1/year
    wound down, frozen by order, frozen, absconded, police case : share of exits
    mean_life : months, of platforms that ended; fraud_life : median of planned frauds that ended
    tail_exponent, hhi : of loans in the last month
    Raises NotApplicable where no run had a platform.
    """
    last = results.months
    rows = []
    keys: Any = ["arm", "point", "replication", "run_id"]
    sizes = _loans_at_the_end(results)
    for key, group in platforms(results).groupby(keys, sort=False):
        named: dict[str, Any] = dict(zip(keys, key, strict=True))
        size = sizes.get(str(named["run_id"]), np.zeros(0))
        end = group["ended"].fillna(last + 1).clip(upper=last + 1)
        years = (end - group["born"].clip(lower=1)).clip(lower=0).sum() / 12.0
        gone = group[group["ended"].between(1, last)]
        life = gone["ended"] - gone["born"]
        counts = gone["exit_mode"].value_counts()
        problems = counts.reindex(PROBLEMS).sum()
        rows.append({
            **named, "exits": len(gone), "platform_years": years,
            "hazard": len(gone) / years if years else np.nan,
            "problem_hazard": problems / years if years else np.nan,
            **{name: counts.get(mode, 0) / len(gone) if len(gone) else np.nan
               for mode, name in MODES.items()},
            "mean_life": life.mean(), "fraud_life": life[gone["is_fraud"]].median(),
            "tail_exponent": hill(size), "hhi": normalised_hhi(size),
        })  # fmt: skip
    if not rows:
        raise NotApplicable("there was no platform in these runs")
    return pd.DataFrame(rows)


def _loans_at_the_end(results: Results) -> dict[str, NDArray[np.float64]]:
    """Loans of each platform alive in the last month that has any, by run."""
    every = results.table("institutions")
    mine = every[(every["kind"] == "platform") & (every["month"] == results.months)]
    mine = mine[(mine["state"] == "alive") & (mine["loans"] > 0)]
    return {str(run): group["loans"].to_numpy() for run, group in mine.groupby("run_id")}


def hill(sizes: NDArray[np.float64], k: int = LARGEST) -> float:
    """Return the exponent of a Pareto tail from the k largest of some sizes, NaN below ten.

    sizes : (n,) positive. Source: Hill (1975).
    """
    top = np.sort(np.asarray(sizes, dtype=float))[::-1][: k + 1]
    if len(top) < 10:
        return float("nan")
    return float((len(top) - 1) / np.log(top[:-1] / top[-1]).sum())


def normalised_hhi(sizes: NDArray[np.float64]) -> float:
    """Return the Herfindahl index less its least for that many: 0 all equal, 1 one has all.

    sizes : (n,) positive; NaN for fewer than two
    """
    n, total = len(sizes), float(np.sum(sizes))
    if n < 2 or total <= 0:
        return float("nan")
    return float((np.square(sizes / total).sum() - 1.0 / n) / (1.0 - 1.0 / n))


def survival(results: Results, is_fraud: bool) -> pd.DataFrame:
    """Return the Kaplan-Meier share of platforms that live to an age, by arm.

    Platforms that open in months 1 to the end, all replications together. Columns arm, point, age
    (months), at_risk, alive. Source: Kaplan and Meier (1958).
    """
    found = platforms(results)
    found = found[(found["born"] >= 1) & (found["is_fraud"] == is_fraud)]
    rows = []
    for (arm, point), group in found.groupby(["arm", "point"], sort=False):
        has_ended = group["ended"].between(1, results.months)
        age = (group["ended"].where(has_ended, results.months) - group["born"]).to_numpy(
            dtype=float
        )
        months = np.arange(int(age.max()) + 1)
        alive = kaplan_meier(age, has_ended).beyond(months)
        at_risk = len(age) - np.searchsorted(np.sort(age), months)
        rows += [(arm, point, *row) for row in zip(months, at_risk, alive, strict=True)]
    return pd.DataFrame(rows, columns=["arm", "point", "age", "at_risk", "alive"])


def table(results: Results) -> pd.DataFrame:
    """Set what is found in the reference arm beside what is reported of unsupervised platforms.

    Columns name, unit, found (mean of replications), low, high (the band), is_met, source.
    """
    runs = by_run(results)
    mine = runs[runs["arm"] == results.reference_arm] if results.reference_arm else runs
    rows = []
    for target in TARGETS:
        found = float(mine[target.name].mean())
        low, high = target.low, target.high
        is_met = bool(low <= found <= high)
        rows.append((target.name, target.unit, found, low, high, is_met, target.source))
    columns = ["name", "unit", "found", "low", "high", "is_met", "source"]
    return pd.DataFrame(rows, columns=columns)
