"""How long it takes until things are as they would have been: an arm and its paired baseline.

Every replication of an arm has a twin in the reference arm with the same draws. What still differs
after an incident has to be told from chaos: one firm's cash raised by 1 % (the placebo arm) also
moves everything a little. Responsible for the difference by month, for that floor and for the month
of return.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.paired import arms_of
from analysis.results import AS_SET, PLACEBO, Results, ResultsError, unknown

FLOOR_SHARE = 0.95  # of the placebo's months that lie within the floor
STAYS_MONTHS = 3  # in a row within the floor, before a metric is back


@dataclass(frozen=True)
class Recovery:
    """The return of one metric after a month.

    depth : largest mean difference from the baseline, with its sign, and `worst`, its month
    floor : size of mean differences that the placebo shows in 95 % of the months from then on
    months : from `since` to the first of three months in a row within the floor; 0 where it never
        leaves it, NaN where it does not return before the run ends
    told_months : the same with months as away in which the 95 % t interval of the mean difference
        leaves zero out: after it, more replications would be needed to tell an effect. Pairs of
        runs that an incident has parted never meet again, so `months` is often NaN where this is
        short. NaN with a single replication
    """

    metric: str
    arm: str
    since: int
    depth: float
    worst: int
    floor: float
    months: float
    told_months: float


def differences(results: Results, metric: str, arm: str, point: str = "") -> pd.DataFrame:
    """Return an arm less the reference arm with the same draws: (months, replications).

    Raises ResultsError where they have no replication in common, or a name is not there.
    """
    rows = results.macro
    for what, name, known in (("metric", metric, results.metrics), ("arm", arm, arms_of(results))):
        if name not in known:
            raise unknown(what, name, known)
    rows = rows[(rows["channels"] == AS_SET) & (rows["point"] == point)]
    wide = {
        name: rows[rows["arm"] == name].pivot(index="month", columns="replication", values=metric)
        for name in (arm, results.reference_arm)
    }
    found = (wide[arm] - wide[results.reference_arm]).dropna(axis=1, how="all")
    if found.empty:
        raise ResultsError(f"{arm!r} and {results.reference_arm!r} have no replication in common")
    return found


def placebo_floor(results: Results, metric: str, since: int, point: str = "") -> float:
    """Return the floor below which a mean difference says nothing; NaN without a placebo arm.

    The 95 % quantile, over months from `since`, of the placebo's absolute mean difference over as
    many replications as the arms have.
    """
    if not (results.runs["arm"] == PLACEBO).any():
        return float("nan")
    found = differences(results, metric, PLACEBO, point).mean(axis=1)
    return float(found[found.index >= since].abs().quantile(FLOOR_SHARE))


def recovery(results: Results, metric: str, arm: str, since: int, point: str = "") -> Recovery:
    """Return how far a metric of an arm was thrown from `since` on, and when it was back.

    Without a placebo the floor is nothing, so that only what is equal is back.
    """
    found = differences(results, metric, arm, point)
    found = found[found.index >= since]
    mean = found.mean(axis=1)
    floor = placebo_floor(results, metric, since, point)
    away = mean.abs().to_numpy() > (0.0 if np.isnan(floor) else floor)
    worst = int(mean.index[int(np.nanargmax(mean.abs().to_numpy()))])
    return Recovery(
        metric, arm, since, float(mean.loc[worst]), worst, floor, months_until_back(away),
        _months_told(found),
    )  # fmt: skip


def _months_told(differences: pd.DataFrame) -> float:
    n = differences.notna().sum(axis=1).to_numpy()
    if (n < 2).any():
        return float("nan")
    half = stdtrit(n - 1, 0.975) * differences.std(axis=1).to_numpy() / np.sqrt(n)
    return months_until_back(np.abs(differences.mean(axis=1).to_numpy()) > half)


def months_until_back(away: np.ndarray) -> float:
    """Return the months until a series is back for `STAYS_MONTHS` months; NaN if it never is.

    away : (n_months,) outside the floor. 0 where it is never away; before it first leaves it is not
    back, for an effect may come late.
    """
    if not away.any():
        return 0.0
    first = int(np.argmax(away))
    for month in range(first + 1, len(away) - STAYS_MONTHS + 1):
        if not away[month : month + STAYS_MONTHS].any():
            return float(month)
    return float("nan")


def first_incident(results: Results, arm: str) -> int:
    """Return the month of the first incident of an arm, in any replication.

    Raises ResultsError where nothing was hit.
    """
    if "events" in results.tables:
        events = results.with_labels(results.events)
        mine = events[(events["event"] == "incident") & (events["arm"] == arm)]
        if len(mine):
            return int(mine["month"].min())
    raise ResultsError(f"no incident is on record in the arm {arm!r}")
