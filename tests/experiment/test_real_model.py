"""The same with the real economy: a few firms, a few months."""

from dataclasses import fields

import pandas as pd
import pytest

from sim.experiment.plan import plan
from sim.scenario import Scenario
from sim.scenario_policy import Policy

MicroFinance = pytest.importorskip("sim.model").MicroFinance

SMALL = {
    "name": "small",
    "time": {"months": 6, "burn_in": 3},
    "population": {"enterprises": 80, "investors": 60, "platforms": 4, "micro_lenders": 2},
    "arms": {"free": {}, "capped": {"supervision": {"loan_cap": {"amount": 50000}}}},
    "twins": {"off": "all", "arms": ["free"]},
    "replications": 2,
}
# For every part of policy, a scenario that differs from another in nothing else.
POLICY = {
    "sources": {"credit": {"preset": "registry"}},
    "sharing": {"credit": {"preset": "registry", "sharing": False}},
    "guarantees": {"credit": {"guarantees": True}},
    "factors": {"credit": {"providers": {"bank": {"factoring": True}}}},
    "instruments": {"supervision": {"level": 0}},
    "shocks": {"shocks": {"slump": {"kind": "demand", "month": 2, "months": 2, "size": -0.2}}},
    "shock_names": {"shocks": {"flood": {"kind": "outage", "month": 2}}},
    "off": {"channels": {"trade": False}},
    "lines": {"credit": {"lines": {"mobile": False}}},
    "grace": {"credit": {"grace": False}},
    "crowdfunding": {"credit": {"crowdfunding": {"open": False}}},
}
TIMING = ["seconds", "peak_memory_mb"]


def test_every_part_of_policy_is_in_the_name_of_a_run():
    assert set(POLICY) == {field.name for field in fields(Policy)}
    runs = {name: plan(Scenario(**body))[0].run_id for name, body in {"": {}, **POLICY}.items()}
    assert len(set(runs.values())) == len(runs)
    renamed = {"shocks": {"storm": POLICY["shock_names"]["shocks"]["flood"]}}
    assert plan(Scenario(**renamed))[0].run_id != runs["shock_names"], "attacks draw by name"


@pytest.fixture(scope="module")
def scenario():
    return Scenario(**SMALL)


@pytest.fixture(scope="module")
def one_pass(scenario, tmp_path_factory):
    from sim import simulate

    out = tmp_path_factory.mktemp("one")
    return simulate(scenario, workers=1, out=out, progress=False)


def assert_same(one, other):
    assert one.tables == other.tables
    for name in one.tables:
        a, b = (r.table(name).drop(columns=TIMING, errors="ignore") for r in (one, other))
        pd.testing.assert_frame_equal(a, b, check_exact=True)


def test_every_run_is_done_and_every_table_is_there(one_pass):
    assert one_pass.runs["status"].tolist() == ["done"] * 6
    assert {"runs", "macro", "institutions", "balances", "flows"} <= set(one_pass.tables)
    assert len(one_pass.macro) == 6 * 6
    assert sorted(one_pass.balances["month"].unique()) == list(range(7))
    for metric in one_pass.metrics:
        assert one_pass.label(metric)
    assert one_pass.headline[0] == "default_rate"


def test_two_workers_give_the_same(scenario, one_pass, tmp_path):
    from sim import simulate

    assert_same(one_pass, simulate(scenario, workers=2, out=tmp_path, progress=False))


def test_resumed_is_the_same_as_left_alone(scenario, one_pass, tmp_path):
    from sim import simulate

    half = simulate(scenario, replications=1, workers=1, out=tmp_path, progress=False)
    options = {"workers": 1, "out": tmp_path, "progress": False}
    whole = simulate(scenario, replications=2, resume=half.folder, **options)
    assert_same(one_pass, whole)


def test_a_model_stepped_by_hand_is_the_run(scenario, one_pass):
    model = MicroFinance(scenario.resolve("capped"), seed=scenario.seed, replication=1)
    by_hand = []
    for _ in model.months:
        model.step()
        by_hand += list(model.records().get("macro", {}).get("default_rate", []))
    macro = one_pass.macro.query("arm == 'capped' and replication == 1")
    assert macro["default_rate"].tolist() == by_hand
