"""Calibration on synthetic records: precisions, log odds, and what is reported."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import ndtr

from sim.credit.base import precision_tables
from sim.experiment import calibrate
from sim.experiment.manifest import calibration_of
from sim.kernels import auc, logistic
from sim.scenario import Scenario
from sim.scenario_plugins import plugins
from tests.worlds import small

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.fixture(scope="module")
def data():
    """Firms whose odds of default follow index and debt, with unit noise of two sources."""
    random = np.random.default_rng(7)
    n = 20_000
    parts = {name: random.standard_normal(n) for name in ("quality", "liquidity", "trading")}
    index = (parts["quality"] + parts["liquidity"] + parts["trading"]) / np.sqrt(3)
    debt = random.random(n)
    odds = -3.0 - 2.0 * index + 2.0 * debt
    return {
        **parts, "index": index, "debt": debt,
        "is_bad": random.random(n) < logistic(odds),
        "replication": np.arange(n) % 5,
        "noise_application": random.standard_normal(n),
        "noise_collateral": random.standard_normal(n),
        "covered_application": np.ones(n, dtype=bool),
        "covered_collateral": random.random(n) < 0.5,
    }  # fmt: skip


# ------------------------------------------------------------ precisions
@pytest.mark.parametrize("kind", ["application", "collateral"])
@pytest.mark.parametrize("target", [0.55, 0.67, 0.80])
def test_a_signal_of_the_precision_found_has_the_auc_asked_for(kind, target, data):
    p = calibrate.precision_for(target, kind, data)
    rows = data[f"covered_{kind}"]
    signal = data["index"] + data[f"noise_{kind}"] / np.sqrt(p)
    assert auc(data["is_bad"][rows], -signal[rows]) == pytest.approx(target, abs=0.001)


def test_a_source_is_judged_alone_and_two_together_on_fresh_replications(data, monkeypatch):
    asked = {"application": 0.62, "collateral": 0.7}
    known = {(k, a): calibrate.precision_for(a, k, data) for k, a in asked.items()}
    monkeypatch.setattr(calibrate, "calibrated_precision", lambda kind, auc: known[kind, auc])
    monkeypatch.setattr(calibrate, "TOGETHER", tuple(asked.items()))
    monkeypatch.setattr(calibrate, "plugins", lambda family: {
        k: lambda a=a: SimpleNamespace(auc=a) for k, a in asked.items()
    })  # fmt: skip
    one, two, both = calibrate.checked(data)
    for row in (one, two):
        assert row["auc"] == pytest.approx(asked[row["source"]], abs=0.001)
    assert both["source"] == "application and collateral"
    assert both["auc"] > two["auc"] + 0.01
    assert 0 < both["se"] < 0.02
    assert both["allowed"] == pytest.approx(0.02 + 2 * both["se"], abs=1e-4)


def test_fresh_replications_begin_after_those_of_every_table():
    stored = precision_tables()
    assert calibrate.first_fresh() == max(stored["replications"], *stored["added"].values())


def test_a_higher_auc_needs_a_higher_precision(data):
    found = [calibrate.precision_for(a, "application", data) for a in (0.52, 0.6, 0.7, 0.8, 0.84)]
    assert found == sorted(found)
    assert found[0] > 0
    assert found[-1] > 10 * found[1]


def test_precision_of_normal_signals_is_where_theory_puts_it():
    # Two normal groups d apart: AUC is Phi(d / sqrt 2 / sd), here with sd^2 = 1 + 1 / p.
    random = np.random.default_rng(1)
    n, d = 40_000, 1.5
    bad = np.arange(n) < n // 2
    record = {"index": random.standard_normal(n) - d * bad, "is_bad": bad,
              "covered_application": np.ones(n, dtype=bool),
              "noise_application": random.standard_normal(n)}  # fmt: skip
    target = float(ndtr(d / np.sqrt(2 * (1 + 1 / 0.5))))
    assert calibrate.precision_for(target, "application", record) == pytest.approx(0.5, rel=0.08)


def test_a_table_ends_where_the_index_itself_ends(data):
    points = np.array(calibrate.table_of("collateral", data))
    rows = data["covered_collateral"]
    best = auc(data["is_bad"][rows], -data["index"][rows])
    assert best - 0.03 < points[-1, 0] < best - 0.005
    assert (np.diff(points, axis=0) > 0).all()


def test_every_source_is_recorded_held_or_not_with_whom_it_covers():
    fields = {"time": {"months": 27, "burn_in": 4}, "population": {"investors": 200}}
    found = calibrate.record(small(200, **fields), 1)
    n = len(found["index"])
    for kind in plugins("credit"):
        assert found[f"noise_{kind}"].shape == found[f"covered_{kind}"].shape == (n,)
    share = {kind: found[f"covered_{kind}"].mean() for kind in plugins("credit")}
    assert share["application"] == share["relationship"] == share["review"] == 1.0
    assert all(0.0 < share[kind] < 1.0 for kind in ("registry", "telecom", "transactions"))
    # Whoever owes has borrowed before; who only asks may not have.
    assert found["covered_registry"][found["debt"] > 0].mean() > 0.8


def test_adding_a_table_leaves_the_others_as_they_are(tmp_path, monkeypatch):
    before = json.loads(calibrate.PRECISION_FILE.read_text(encoding="utf-8"))
    lacking = {**before, "sources": {**before["sources"]}}
    table = lacking["sources"].pop("telecom")
    file = tmp_path / "precision.json"
    file.write_text(calibrate.as_text(lacking))
    monkeypatch.setattr(calibrate, "PRECISION_FILE", file)
    monkeypatch.setattr(calibrate, "record", lambda scenario, n: {"replications": n})
    monkeypatch.setattr(calibrate, "table_of", lambda kind, data: table)
    found = calibrate.added(None, 3)
    assert found["sources"] == before["sources"]
    assert found["added"]["telecom"] == 3
    file.write_text(calibrate.as_text(found))
    monkeypatch.setattr(calibrate, "record", None)  # nothing is missing, so nothing is run
    assert calibrate.added(None, 9) == found


# ------------------------------------------------------------ log odds
def test_fit_logit_recovers_coefficients(data):
    # The widest standard error, of debt, is near 0.1.
    x = np.column_stack([data["index"], data["debt"]])
    assert calibrate.fit_logit(x, data["is_bad"]) == pytest.approx([-3.0, -2.0, 2.0], abs=0.3)
    random = np.random.default_rng(0)
    x = random.standard_normal((60_000, 2))
    bad = random.random(60_000) < logistic(-1.0 + x @ [0.5, -2.0])
    assert calibrate.fit_logit(x, bad) == pytest.approx([-1.0, 0.5, -2.0], abs=0.05)


def test_fit_logit_without_a_column_that_tells_gives_the_log_odds():
    bad = np.array([True, False, False, False, True])
    assert calibrate.fit_logit(np.zeros((5, 1)), bad) == pytest.approx(
        [np.log(2 / 3), 0.0], abs=1e-5
    )


def test_the_report_says_what_parameters_would_be(data):
    found = calibrate.report(data)
    assert found["firm_months"] == 20_000
    assert found["share_bad"] == pytest.approx(data["is_bad"].mean(), abs=1e-4)
    # The three parts weigh alike: 2 / sqrt 3 each.
    assert found["index_weights"] == pytest.approx([2 / np.sqrt(3)] * 3, abs=0.2)
    assert found["oracle"] == pytest.approx([-3.0, -2.0, 2.0], abs=0.3)
    assert 0.5 < found["index_auc"] < found["oracle_auc"] < 1.0


# ------------------------------------------------------------ the file
def test_the_file_is_json_with_one_line_per_entry():
    found = {"note": "x", "sources": {"a": [[0.5, 0.0]], "b": [[0.5, 0.0], [0.6, 0.1]]}}
    text = calibrate.as_text(found)
    assert json.loads(text) == found
    assert text.count("\n") == 7


def test_shipped_precisions_are_those_of_the_baseline():
    """A new parameter that is off in the baseline changes the hash alone: write the new one."""
    assert calibration_of(Scenario.load(SCENARIOS / "baseline.yaml")) == "same"


def test_shipped_precisions_rise_with_auc_and_the_oracle_is_keen():
    tables = precision_tables()
    assert tables["oracle_auc"] >= 0.88
    assert set(tables["sources"]) == set(plugins("credit"))
    for points in tables["sources"].values():
        columns = np.array(points)
        assert columns[0].tolist() == [0.5, 0.0]
        assert (np.diff(columns, axis=0) > 0).all()
