"""Every shipped scenario, shrunk, balances in every month, by its two tables alone."""

from pathlib import Path

import pytest

from analysis.audit import audit_folder
from sim.experiment.study import conduct
from sim.scenario import Scenario, load

SHIPPED = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))
SIZE = {
    "population": {"enterprises": 120, "investors": 100, "platforms": 6, "micro_lenders": 3,
                   "banks": 2},
    "time.burn_in": 3,
}  # fmt: skip
LEAST, AFTER = 12, 4  # months in all, and months after the last change of policy
# Expectations may name months beyond those run.
DROPPED = ("twins", "expects", "primary", "attribution")
MOST = 4  # arms of a file that are run in the fast test; the slow one runs all


def months_needed(scenario):
    """Months in which everything that the arms say has begun."""
    begun = [LEAST]
    for arm in scenario.arms or [None]:
        seen = scenario.resolve(arm)
        months = range(2, seen.time.months + 1)
        begun += [m + AFTER for m in months if seen.policy(m) is not seen.policy(m - 1)]
        begun += [shock.month + AFTER for shock in seen.policy(1).shocks]
    return min(scenario.time.months, max(begun))


def brought_forward(scenario):
    """The same, nothing expected and no twins, with what is dated later begun in month 3 or soon.

    Of a design the last point alone, of a sample the upper ends of its ranges.
    """
    body = {name: item for name, item in scenario.written().items() if name not in DROPPED}
    if "design" in body:
        body["design"] = {path: values[-1:] for path, values in body["design"].items()}
    if "sample" in body:
        ends = {path: high for path, (_, high) in body.pop("sample")["over"].items()}
        body["design"] = {k: [int(end) if end == int(end) else end] for k, end in ends.items()}
    return Scenario(**_fewer(_sooner(body)))


def with_few_arms(scenario):
    """The same with its reference and last arms alone, and nothing expected."""
    body = {name: item for name, item in scenario.written().items() if name != "factors"}
    every, reference = scenario.arms, body.get("reference_arm")
    others = [label for label in every if label != reference]
    if len(others) < MOST or reference is None:
        return scenario
    kept = {label: every[label] for label in (reference, *others[1 - MOST :])}
    return Scenario(**{**body, "arms": kept, "expects": []})


def _fewer(item):
    """The same with attacks on no more institutions than there are in the shrunk economy."""
    if not isinstance(item, dict):
        return item
    body = {name: _fewer(value) for name, value in item.items()}
    there = SIZE["population"].get(f"{body.get('target')}s")
    return {**body, "count": min(body["count"], there)} if there and "count" in body else body


def _sooner(item):
    if not isinstance(item, dict):
        return item
    if set(item) == {"at"}:
        months = [1, *range(3, 3 + len(item["at"]))]
        later = {int(month): value for month, value in item["at"].items()}
        places = months if 1 in later else months[1:]
        return {"at": {m: later[old] for m, old in zip(places, sorted(later), strict=False)}}
    body = {name: _sooner(value) for name, value in item.items()}
    return {**body, "month": min(body["month"], 3)} if {"kind", "month"} <= set(body) else body


def assert_balanced(scenario, months, out):
    done = conduct(
        scenario.but({**SIZE, "time.months": months}), replications=1, workers=1, out=out
    )
    wrong = audit_folder(done.folder)
    assert wrong.empty, wrong.head()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_arm_balances_from_outside(path, tmp_path):
    """A year of each arm, without twins; what is dated later begins in the first months."""
    scenario = with_few_arms(brought_forward(load(path)))
    assert_balanced(scenario, LEAST, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_month_of_every_run_balances_from_outside(path, tmp_path):
    scenario = Scenario(**_fewer(load(path).written()))
    assert_balanced(scenario, months_needed(scenario), tmp_path)
