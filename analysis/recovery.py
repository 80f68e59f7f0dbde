"""How long it takes until things are as they would have been: an arm and its paired baseline.

Every replication of an arm has a twin in every other arm with the same draws. Its baseline is the
arm most like it in which fewer incidents happen. What still differs after an incident has to be
told from chaos: one firm's cash raised by 1 % (the placebo arm) also moves everything a little.
Responsible for that choice, for the difference by month, for that floor and for the return.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.factorial import CROSS
from analysis.paired import arms_of
from analysis.results import AS_SET, PLACEBO, Results, ResultsError, unknown

# What is blocked, stolen or lost, who is late, who takes money off and what is lent.
METRICS = (
    "uncollectable", "cash_stolen", "records_lost", "par30", "withdrawn_money",
    "new_loans_platform", "defaults", "platform_failures",
)  # fmt: skip
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
    baseline: str
    since: int
    depth: float
    worst: int
    floor: float
    months: float
    told_months: float


def incidents_by_arm(results: Results) -> dict[str, int]:
    """Count incidents of each arm over all replications, as set and without the placebo."""
    counts = dict.fromkeys((arm for arm in arms_of(results) if arm != PLACEBO), 0)
    if "events" in results.tables and "event" in results.events:
        events = results.events
        mine = results.with_labels(events[events["event"] == "incident"])
        mine = mine[mine["channels"] == AS_SET]
        counts |= {arm: int(n) for arm, n in mine["arm"].value_counts().items() if arm in counts}
    return counts


def baseline_of(results: Results, arm: str) -> str:
    """Name the arm that shows an arm without its incidents: most like it, with the fewest.

    Of arms with the fewest incidents the one whose settings differ least from the arm's (of
    factors: in one level alone); of several the reference arm, then the first of the file. The
    reference arm where no arm has fewer incidents.
    """
    counts = incidents_by_arm(results)
    if arm not in counts:
        raise unknown("arm", arm, counts)
    calmer = [name for name in counts if counts[name] < counts[arm]]
    if not calmer:
        return results.reference_arm
    apart = {name: _distance(results, arm, name) for name in calmer}
    if results.manifest.get("factors"):  # every arm has its own calm one
        nearest = min(apart.values())
        calmer = [name for name in calmer if apart[name] == nearest]
    return min(calmer, key=lambda name: (counts[name], apart[name], name != results.reference_arm))


def _distance(results: Results, arm: str, other: str) -> int:
    """Count the settings in which two arms differ: levels of factors, else fields of the file."""
    if results.manifest.get("factors"):
        pairs = zip(arm.split(CROSS), other.split(CROSS), strict=True)
        return sum(a != b for a, b in pairs)
    arms = results.scenario.get("arms") or {}
    mine, others = (dict(_fields(arms.get(name) or {})) for name in (arm, other))
    return sum(mine.get(field) != others.get(field) for field in {*mine, *others})


def _fields(said: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in said.items():
        if isinstance(value, Mapping) and value:
            yield from _fields(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def differences(
    results: Results, metric: str, arm: str, point: str = "", baseline: str | None = None
) -> pd.DataFrame:
    """Return an arm less another with the same draws: (months, replications).

    baseline : the other arm; the reference arm if None
    Raises ResultsError where they have no replication in common, or a name is not there.
    """
    rows, other = results.macro, results.reference_arm if baseline is None else baseline
    arms = arms_of(results)
    for what, name, known in (
        ("metric", metric, results.metrics), ("arm", arm, arms), ("arm", other, arms)
    ):  # fmt: skip
        if name not in known:
            raise unknown(what, name, known)
    rows = rows[(rows["channels"] == AS_SET) & (rows["point"] == point)]
    wide = {
        name: rows[rows["arm"] == name].pivot(index="month", columns="replication", values=metric)
        for name in (arm, other)
    }
    found = (wide[arm] - wide[other]).dropna(axis=1, how="all")
    if found.empty:
        raise ResultsError(f"{arm!r} and {other!r} have no replication in common")
    return found


def placebo_floor(results: Results, metric: str, since: int, point: str = "") -> float:
    """Return the floor below which a mean difference says nothing; NaN without a placebo arm.

    The 95 % quantile, over months from `since`, of the placebo's absolute mean difference over as
    many replications as the arms have. Raises ResultsError where `since` is no month of the run.
    """
    if not (results.runs["arm"] == PLACEBO).any():
        return float("nan")
    found = _from(differences(results, metric, PLACEBO, point), since)
    return float(found.mean(axis=1).abs().quantile(FLOOR_SHARE))


def _from(found: pd.DataFrame, since: int) -> pd.DataFrame:
    """Give the rows from a month of the run on."""
    months = found.index
    if not float(since).is_integer() or since not in months:
        raise ResultsError(
            f"since: month {since} is none of the run's, which are {months.min()}..{months.max()}"
        )
    return found[months >= since]


def recovery(
    results: Results,
    metric: str,
    arm: str,
    since: int,
    point: str = "",
    baseline: str | None = None,
) -> Recovery:
    """Return how far a metric of an arm was thrown from `since` on, and when it was back.

    baseline : the arm it returns to; the reference arm if None
    Without a placebo the floor is nothing, so that only what is equal is back. Raises ResultsError
    for a name or month that is not there, and where the metric has no value from then on.
    """
    baseline = results.reference_arm if baseline is None else baseline
    found, since = _from(differences(results, metric, arm, point, baseline), since), int(since)
    mean = found.mean(axis=1)
    if mean.isna().all():
        raise ResultsError(f"{metric} of {arm!r} has no value from month {since} on")
    floor = placebo_floor(results, metric, since, point)
    away = mean.abs().to_numpy() > (0.0 if np.isnan(floor) else floor)
    worst = int(mean.index[int(np.nanargmax(mean.abs().to_numpy()))])
    return Recovery(
        metric, arm, baseline, since, float(mean.loc[worst]), worst, floor, months_until_back(away),
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

    Raises ResultsError where nothing was hit, or the arm is not there.
    """
    if arm not in arms_of(results):
        raise unknown("arm", arm, arms_of(results))
    if "events" in results.tables:
        events = results.with_labels(results.events)
        mine = events[(events["event"] == "incident") & (events["arm"] == arm)]
        if len(mine):
            return int(mine["month"].min())
    raise ResultsError(f"no incident is on record in the arm {arm!r}")


def recoveries(results: Results) -> pd.DataFrame:
    """Return the return of each of `METRICS` in each arm that had incidents, after its first.

    One row each with the fields of `Recovery`, where the arm has a calmer one to return to and the
    metric ever differed from it; empty where nobody was hit, where points are swept, and of
    factors, whose arms are too many to be read.
    """
    rows = []
    if len(results.runs["point"].unique()) == 1 and not results.manifest.get("factors"):
        counts, point = incidents_by_arm(results), str(results.runs["point"].iloc[0])
        for arm in (name for name, n in counts.items() if n):
            baseline = baseline_of(results, arm)
            if counts[baseline] >= counts[arm]:
                continue
            since = first_incident(results, arm)
            for metric in (name for name in METRICS if name in results.metrics):
                found = recovery(results, metric, arm, since, point, baseline)
                rows += [asdict(found) | {"unit": results.unit(metric)}] if found.depth else []
    return pd.DataFrame(rows)
