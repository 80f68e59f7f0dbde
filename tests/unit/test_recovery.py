"""Recovery after an incident by hand: differences, the placebo's floor and the month of return."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.recovery import (
    baseline_of,
    differences,
    first_incident,
    months_until_back,
    placebo_floor,
    recoveries,
    recovery,
)
from analysis.results import ResultsError

MONTHS = np.arange(1, 13)


def results(hit, placebo=None):
    """Two replications: baselines of 100 and 200, what `hit` adds by month to both."""
    arms = {"calm": np.zeros(12), "hit": np.asarray(hit, dtype=float)}
    arms |= {} if placebo is None else {"placebo": np.asarray(placebo, dtype=float)}
    parts = [
        pd.DataFrame({"arm": arm, "point": "", "channels": "as set", "replication": r,
                      "month": MONTHS, "x": 100.0 * (r + 1) + more})
        for arm, more in arms.items() for r in range(2)
    ]  # fmt: skip
    macro = pd.concat(parts, ignore_index=True)
    return SimpleNamespace(macro=macro, runs=macro[["arm"]], reference_arm="calm", metrics=["x"])


@pytest.mark.parametrize(
    ("away", "months"),
    [
        ("......", 0),
        ("x.....", 1),
        ("xx.x...", 4),
        ("..x...", 3),
        ("xx", np.nan),
        ("x..", np.nan),
    ],
)
def test_back_is_back_for_three_months(away, months):
    found = months_until_back(np.array([letter == "x" for letter in away]))
    assert found == pytest.approx(months, nan_ok=True)


def test_a_dip_is_measured_against_the_paired_baseline_and_the_placebo():
    hit = np.zeros(12)
    hit[4:8] = [-30.0, -12.0, -3.0, 1.0]
    found = results(hit, placebo=[0, 0, 0, 0, 2, -2, 2, -2, 2, -2, 2, -2])
    assert differences(found, "x", "hit").to_numpy() == pytest.approx(np.stack([hit, hit], axis=1))
    assert placebo_floor(found, "x", 5) == 2.0
    back = recovery(found, "x", "hit", since=5)
    assert (back.depth, back.worst, back.floor, back.months) == (-30.0, 5, 2.0, 3.0)
    bare = recovery(results(hit), "x", "hit", since=5)
    assert np.isnan(bare.floor)
    assert bare.months == 4.0


def test_arms_that_share_no_replication_are_refused():
    found = results(np.zeros(12))
    found.macro = found.macro[~((found.macro["arm"] == "hit") & (found.macro["replication"] == 0))]
    found.macro = found.macro[~((found.macro["arm"] == "calm") & (found.macro["replication"] == 1))]
    with pytest.raises(ResultsError, match="no replication in common"):
        differences(found, "x", "hit")


def test_an_effect_is_told_as_long_as_its_interval_leaves_zero_out():
    """With two replications the half width is 12.706 times half their distance, here 3."""
    found = results(np.zeros(12))
    mine = found.macro["arm"] == "hit"
    for replication, sign in ((0, 2.0), (1, -1.0)):
        at = mine & (found.macro["replication"] == replication) & (found.macro["month"] >= 5)
        found.macro.loc[at, "x"] += 30.0 * (found.macro.loc[at, "month"] < 7) + sign
    back = recovery(found, "x", "hit", since=5)
    assert np.isnan(back.months)  # without a placebo only equal is back, and runs have parted
    assert back.told_months == 2.0  # 30.5 > 19.1 in months 5 and 6, 0.5 after them
    one = results(np.zeros(12))
    one.macro = one.macro[one.macro["replication"] == 0]
    assert np.isnan(recovery(one, "x", "hit", since=5).told_months)


@pytest.mark.parametrize(("metric", "arm"), [("y", "hit"), ("x", "hot")])
def test_names_that_are_not_there_are_refused(metric, arm):
    with pytest.raises(ResultsError, match=r"no (metric|arm)"):
        differences(results(np.zeros(12)), metric, arm)


def several(incidents, arms=None, factors=None, reference="a"):
    """Results with so many incidents by arm, all in month 5, each costing 10 of `par30` then."""
    order = list(incidents)
    rows = [
        {"arm": arm, "point": "", "channels": "as set", "replication": r, "month": m,
         "par30": 100.0 + r + 10.0 * incidents[arm] * (m == 5)}
        for arm in order for r in range(2) for m in range(1, 13)
    ]  # fmt: skip
    macro = pd.DataFrame(rows)
    hits = [{"event": "incident", "channels": "as set", "arm": arm, "month": 5}
            for arm in order for _ in range(incidents[arm])]  # fmt: skip
    return SimpleNamespace(
        macro=macro,
        runs=macro[["arm", "point"]].drop_duplicates(),
        reference_arm=reference,
        metrics=["par30"],
        tables=["events"],
        events=pd.DataFrame(hits, columns=["event", "channels", "arm", "month"]),
        with_labels=lambda events: events,
        manifest={"factors": factors} if factors else {},
        scenario={"arms": arms or {}},
        unit=lambda metric: "count",
    )


def test_the_baseline_is_the_calm_arm_that_differs_least():
    custody = {"supervision": {"custody": True}}
    theft = {"shocks": {"x": {"kind": "theft"}}}
    arms = {"a": theft, "b": {**theft, **custody}, "none": {}, "custody alone": custody}
    found = several({"a": 3, "b": 3, "none": 0, "custody alone": 0}, arms)
    assert baseline_of(found, "a") == "none"
    assert baseline_of(found, "b") == "custody alone"
    with pytest.raises(ResultsError, match="no arm 'c'"):
        baseline_of(found, "c")


def test_of_factors_the_baseline_differs_in_one_level():
    incidents = {"p / calm": 0, "q / calm": 0, "p / hit": 2, "q / hit": 2, "q / slight": 1}
    found = several(incidents, factors={"x": ["p", "q"], "y": ["calm", "hit", "slight"]},
                    reference="p / calm")  # fmt: skip
    assert baseline_of(found, "q / hit") == "q / calm"
    assert baseline_of(found, "p / hit") == "p / calm"
    assert recoveries(found).empty


def test_without_a_calmer_arm_the_reference_arm_is_the_baseline_and_nothing_returns():
    found = several({"a": 2, "b": 2})
    assert baseline_of(found, "b") == "a"
    assert recoveries(found).empty


def test_returns_are_told_for_each_arm_that_was_hit():
    found = recoveries(several({"a": 0, "b": 1, "c": 2}, {"a": {}, "b": {}, "c": {}}))
    assert found[
        ["arm", "baseline", "metric", "since", "depth", "worst", "months"]
    ].to_numpy().tolist() == [
        ["b", "a", "par30", 5, 10.0, 5, 1.0],
        ["c", "a", "par30", 5, 20.0, 5, 1.0],
    ]


def test_an_arm_without_incidents_is_told_from_one_that_is_not_there():
    found = several({"a": 0, "b": 1})
    assert first_incident(found, "b") == 5
    with pytest.raises(ResultsError, match="no incident is on record in the arm 'a'"):
        first_incident(found, "a")
    with pytest.raises(ResultsError, match="no arm 'c'"):
        first_incident(found, "c")


@pytest.mark.parametrize("since", [99, 13, 0, -5, 5.5, np.nan])
def test_months_that_are_none_of_the_run_are_refused(since):
    found = results(np.ones(12), placebo=np.zeros(12))
    for asked in (lambda: recovery(found, "x", "hit", since=since),
                  lambda: placebo_floor(found, "x", since)):  # fmt: skip
        with pytest.raises(ResultsError, match=rf"month {since} is none of the run's, .* 1\.\.12"):
            asked()
    assert recovery(found, "x", "hit", since=12.0).since == 12


def test_a_metric_without_values_has_no_recovery():
    found = results(np.zeros(12))
    late = found.macro["month"] >= 5
    found.macro.loc[late, "x"] = np.nan
    with pytest.raises(ResultsError, match="no value from month 5 on"):
        recovery(found, "x", "hit", since=5)
