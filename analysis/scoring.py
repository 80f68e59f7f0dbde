"""How well sources and scorecards tell good from bad: AUC, KS, Brier score and calibration.

All numbers are taken from counts by bins of risk, which add up over years and replications.
Responsible for the statistics of `scoring.parquet`; not for pictures of them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from analysis.results import AS_SET, PLACEBO, ResultsError

if TYPE_CHECKING:
    from analysis.results import Results

Floats = NDArray[np.float64]
NONE_WRITTEN = (
    "outputs.scoring is none, or runs are shorter than 19 months, the first judgements and their "
    "outcomes"
)
ORACLE, TOGETHER, ANY = "oracle", "together", "any"
# Firms with debt or an application, refused ones included; of these the clients of a provider of
# the kind; and those on whom the source is as precise as the AUC asked supposes.
POPULATIONS = ("all", "accepted", "as asked")
BY = ["arm", "point", "kind", "source"]
NORMAL = 1.959964  # 97.5 % quantile, where the error does not come from replications
GROUPS = 10  # of a calibration table


@dataclass(frozen=True)
class Quality:
    """Quality of one source or scorecard on one population.

    se : of the AUC, from replications left out one by one; from DeLong where there is only one
    se_delong : of the AUC as if all judgements were independent, which they are not: firms are
        judged twice a year, and outcomes of a year overlap
    """

    n: int
    bad: int
    auc: float
    se: float
    low: float
    high: float
    se_delong: float
    ks: float
    brier: float


def auc_of_counts(good: Floats, bad: Floats) -> Floats:
    """Return the chance that a bad one lies in a riskier bin than a good one, ties counting half.

    good, bad : (..., n_bins) counts by bin, risk ascending; returns (...), NaN without both
    Source: Hanley, McNeil (1982).
    """
    below = np.cumsum(good, axis=-1) - 0.5 * good
    with np.errstate(divide="ignore", invalid="ignore"):
        pairs = (bad.sum(axis=-1) * good.sum(axis=-1)).astype(float)
        return np.asarray((bad * below).sum(axis=-1) / pairs)


def ks_of_counts(good: Floats, bad: Floats) -> float:
    """Return the largest gap between the distributions of good and bad over bins; NaN without both.

    good, bad : (n_bins,) counts by bin, risk ascending
    """
    if not (good.sum() and bad.sum()):
        return float("nan")
    return float(np.abs(np.cumsum(bad) / bad.sum() - np.cumsum(good) / good.sum()).max())


def delong_error(good: Floats, bad: Floats) -> float:
    """Return the standard error of the AUC of independent judgements; NaN below two of either.

    good, bad : (n_bins,) counts by bin, risk ascending
    Source: DeLong, DeLong, Clarke-Pearson (1988), with placements shared inside a bin.
    """
    n_good, n_bad = float(good.sum()), float(bad.sum())
    if n_good < 2 or n_bad < 2:
        return float("nan")
    of_bad = (np.cumsum(good) - 0.5 * good) / n_good
    of_good = 1.0 - (np.cumsum(bad) - 0.5 * bad) / n_bad
    auc = float(auc_of_counts(good, bad))
    spread_bad = float((bad * (of_bad - auc) ** 2).sum()) / (n_bad - 1.0)
    spread_good = float((good * (of_good - auc) ** 2).sum()) / (n_good - 1.0)
    return float(np.sqrt(spread_bad / n_bad + spread_good / n_good))


def jackknife(pooled: float, without: Floats) -> tuple[float, float]:
    """Return the standard error of a pooled number and the factor of its 95 % interval.

    without : (n_replications,) the number with each replication left out; NaN below two
    Source: Quenouille, Tukey: se^2 = (n - 1) / n x sum of squared deviations.
    """
    n = len(without)
    if n < 2 or not np.isfinite([pooled, *without]).all():
        return float("nan"), float("nan")
    error = np.sqrt((n - 1.0) / n * ((without - without.mean()) ** 2).sum())
    return float(error), float(stdtrit(n - 1, 0.975))


def counts(results: Results, years: tuple[int, int] | None = None) -> pd.DataFrame:
    """Return the counts of runs with the channels as set, without the placebo.

    years : first and last policy year of the judgements, both included; None for all
    Raises ResultsError where no judgement was written.
    """
    if not len(results.scoring):
        raise ResultsError(f"these results have no judgements of firms: {NONE_WRITTEN}")
    found = results.with_labels(results.scoring)
    mine = found[(found["channels"] == AS_SET) & (found["arm"] != PLACEBO)]
    mine.attrs = {}  # which pandas would copy with every step
    return mine if years is None else mine[mine["year"].between(*years)]


def quality(results: Results, years: tuple[int, int] | None = None) -> pd.DataFrame:
    """Return AUC, KS and Brier score of each source and scorecard, pooled over replications.

    One row by arm, point, kind of provider, source (`together`: all of the kind and the debts it
    sees; `oracle`) and population; the kind `any` adds up a source over all kinds. `asked` is the
    field `auc` of the source, NaN where there is none or it differs. The Brier score of a source is
    that of the provider's scorecard fed by this source alone.
    """
    rows = []
    found = counts(results, years)
    alone = found[~found["source"].isin((ORACLE, TOGETHER))]
    found = pd.concat([found, alone.assign(kind=ANY)])
    replications = np.sort(results.runs["replication"].unique())
    for key, part in found.groupby(BY, sort=False):
        names = dict(zip(BY, key, strict=True))
        asked = part["auc_asked"].unique()
        is_source = names["source"] not in (ORACLE, TOGETHER)
        for population in POPULATIONS if is_source else POPULATIONS[:2]:
            mine = part[_belongs(part, population)]
            if len(mine):
                row = {**names, "population": population}
                row["asked"] = float(asked[0]) if len(asked) == 1 else np.nan
                rows.append(row | asdict(_quality_of(mine, replications)))
    return pd.DataFrame(rows)


def _belongs(part: pd.DataFrame, population: str) -> pd.Series:
    if population == "accepted":
        return part["is_client"]
    return part["is_as_asked"] if population == "as asked" else part["bin"].notna()


def _quality_of(part: pd.DataFrame, replications: NDArray[np.int64]) -> Quality:
    """Judge the counts of one source and population; part : rows of `counts`."""
    bins, at = np.unique(part["bin"].to_numpy(), return_inverse=True)
    place = np.searchsorted(replications, part["replication"].to_numpy())
    shape = len(replications), len(bins)
    flat = place * len(bins) + at
    good, bad = (
        np.bincount(flat, part[name].to_numpy(dtype=float), shape[0] * shape[1]).reshape(shape)
        for name in ("good", "bad")
    )
    some = (good + bad).sum(axis=1) > 0
    good, bad = good[some], bad[some]
    all_good, all_bad = good.sum(axis=0), bad.sum(axis=0)
    auc = float(auc_of_counts(all_good, all_bad))
    alone = delong_error(all_good, all_bad)
    error, factor = jackknife(auc, auc_of_counts(all_good - good, all_bad - bad))
    se, factor = (error, factor) if np.isfinite(error) else (alone, NORMAL)
    n, n_bad = float((all_good + all_bad).sum()), float(all_bad.sum())
    brier = (part["pd_squared"].sum() - 2.0 * part["pd_of_bad"].sum() + n_bad) / n
    low, high = max(auc - factor * se, 0.0), min(auc + factor * se, 1.0)
    ks = ks_of_counts(all_good, all_bad)
    return Quality(int(n), int(n_bad), auc, se, low, high, alone, ks, float(brier))


def calibration(results: Results, years: tuple[int, int] | None = None) -> pd.DataFrame:
    """Return forecast and observed default by tenths of risk, for each scorecard and the oracle.

    One row by arm, point, kind, and group of about equal numbers, risk ascending: `forecast` is
    the mean probability of default, `observed` the share in default within 12 months, `low` and
    `high` its 95 % interval over replications (of independent firms where there is only one).
    """
    found = counts(results, years)
    rows = []
    for (arm, point, kind), part in found[found["source"].isin((ORACLE, TOGETHER))].groupby(
        ["arm", "point", "kind"], sort=False
    ):
        names = {"arm": arm, "point": point, "kind": kind}
        rows += [names | row for row in _calibrated(part)]
    return pd.DataFrame(rows)


def _calibrated(part: pd.DataFrame) -> list[dict[str, float]]:
    """Set forecast against observed default by tenths of risk; part : rows of `counts`."""
    _, run = np.unique(part["replication"].to_numpy(), return_inverse=True)
    n_runs, place = int(run.max()) + 1, run * GROUPS + _tenths(part)
    good, bad, pd_sum = (
        np.bincount(place, part[name].to_numpy(dtype=float), n_runs * GROUPS).reshape(-1, GROUPS)
        for name in ("good", "bad", "pd")
    )
    every = good + bad
    found = []
    for group in np.flatnonzero(every.sum(axis=0)):
        n = float(every[:, group].sum())
        low, high = _interval(bad[:, group], every[:, group])
        found.append(
            {"group": int(group), "n": int(n), "forecast": float(pd_sum[:, group].sum()) / n,
             "observed": float(bad[:, group].sum()) / n, "low": low, "high": high}
        )  # fmt: skip
    return found


def _tenths(part: pd.DataFrame) -> NDArray[np.int64]:
    """Return the tenth of risk of each row: that of the middle of its bin."""
    bins, at = np.unique(part["bin"].to_numpy(), return_inverse=True)
    size = np.bincount(at, (part["good"] + part["bad"]).to_numpy(dtype=float), len(bins))
    middle = (np.cumsum(size) - 0.5 * size) / size.sum()
    return np.minimum(middle * GROUPS, GROUPS - 1).astype(np.int64)[at]


def _interval(bad: NDArray[Any], n: NDArray[Any]) -> tuple[float, float]:
    """Return the 95 % interval of the share in default; bad, n : (n_replications,) counts."""
    some = n > 0
    bad, n = bad[some], n[some]
    rate = bad.sum() / n.sum()
    if len(n) > 1:
        error, factor = jackknife(rate, (bad.sum() - bad) / (n.sum() - n))
    else:
        error, factor = np.sqrt(rate * (1.0 - rate) / n.sum()), NORMAL
    return float(max(rate - factor * error, 0.0)), float(min(rate + factor * error, 1.0))
