"""The scenarios that ship, their schema, and the light commands."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sim.describe import tables
from sim.experiment.plan import what_is_seen
from sim.limits import CREDIT_KINDS
from sim.scenario import Scenario, load
from sim.scenario_course import everything_in_force
from sim.scenario_plugins import plugins
from sim.scenario_schema import metric_names, unknown_metrics
from sim.scenario_text import as_yaml, schema, schema_text

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "scenarios").glob("*.yaml"))


def call(*words, cwd=ROOT):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"}
    return subprocess.run(
        [sys.executable, str(ROOT / "run.py"), *words],
        capture_output=True, text=True, cwd=cwd, env=environment, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("file", SHIPPED, ids=lambda f: f.stem)
def test_shipped_scenarios_are_valid_and_say_what_they_expect(file):
    scenario = load(file)
    assert scenario.name == file.stem.replace("_", "-")
    if len(scenario.arms) > 1:
        assert scenario.expects or scenario.primary, "signs written before running"
        assert scenario.reference_arm
    for arm in [None, *scenario.arms]:
        assert scenario.resolve(arm).policy(1)


def test_every_instrument_and_shock_is_named_by_a_shipped_scenario():
    found = set()
    for file in SHIPPED:
        scenario = load(file)
        for arm in [None, *scenario.arms]:
            run = scenario.resolve(arm)
            for month in range(run.time.months + 1):
                policy = run.policy(month)
                used = [*policy.instruments, *policy.shocks, *sum(policy.sources.values(), ())]
                found |= {plugin.kind for plugin in used}
    every = {kind for family in ("credit", "supervision", "shocks") for kind in plugins(family)}
    assert found == every


@pytest.mark.parametrize("file", SHIPPED, ids=lambda f: f.stem)
def test_merged_text_is_the_same_scenario(file, tmp_path):
    scenario = load(file)
    (tmp_path / "merged.yaml").write_text(as_yaml(scenario.written()))
    assert load(tmp_path / "merged.yaml") == scenario


def seen(run):
    """All that a run reads of a scenario, but for what kinds hold that are not there."""
    facts = what_is_seen(run)
    absent = [kind for kind in CREDIT_KINDS if not getattr(run.population, f"{kind}s")]
    for _, (sources, *_) in facts["policy"]:
        for kind in absent:
            sources.pop(kind)
    return facts


@pytest.mark.parametrize("file", SHIPPED, ids=lambda f: f.stem)
def test_what_show_prints_of_an_arm_is_a_scenario_with_the_same_run(file, tmp_path):
    scenario = load(file)
    for arm in scenario.arms or [None]:
        run = scenario.resolve(arm)
        meant = seen(run)
        for data in (run.written(), everything_in_force(run)):
            (tmp_path / "shown.yaml").write_text(as_yaml(data))
            again = load(tmp_path / "shown.yaml")
            assert seen(again) == meant
            assert (again.seed, again.replications) == (run.seed, run.replications)


@pytest.mark.parametrize("name", ["supply_chain_finance", "credit_none_vs_private"])
def test_all_that_show_prints_of_a_file_with_arms_is_the_same_file(name, tmp_path):
    scenario = load(ROOT / "scenarios" / f"{name}.yaml")
    (tmp_path / "all.yaml").write_text(as_yaml(everything_in_force(scenario)))
    again = load(tmp_path / "all.yaml")
    assert list(again.arms) == list(scenario.arms)
    for arm in scenario.arms:
        assert seen(again.resolve(arm)) == seen(scenario.resolve(arm))


def test_one_month_can_be_shown_as_if_it_never_changed():
    reform = load(ROOT / "scenarios" / "registry_reform.yaml").resolve("registry from month 48")
    for month, has_registry in ((47, False), (48, True)):
        bank = everything_in_force(reform, month)["credit"]["providers"]["bank"]
        assert ("registry" in bank["sources"]) == has_registry
    whole = everything_in_force(reform)["credit"]
    assert list(whole["sharing"]["at"].items()) == [(48, True)]
    assert whole["providers"]["bank"]["sources"]["registry"].keys() == {"at"}


def test_schema_is_current():
    written = (ROOT / "scenarios" / "schema.json").read_text(encoding="utf-8")
    assert written == schema_text(), "run: python run.py schema"


def test_schema_accepts_what_ships_and_refuses_mistakes():
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(schema())
    validator.check_schema(schema())
    for file in SHIPPED:
        assert not list(validator.iter_errors(json.loads(json.dumps(load(file).written()))))
    right = [
        {"supervision": {"level": {"at": {"3": 0}}, "loan_cap": True, "registration": None}},
        {
            "credit": {
                "providers": {"bank": {"sources": {"collateral": {"auc": {"at": {"3": 0.6}}}}}}
            }
        },
        {"credit.preset": "none", "arms": {"a": {"credit.preset": "none"}, "b": None}},
        {"shocks": {"s": {"size": -0.1, "kind": "demand"}, "t": None}},
        {"arms": {"a": {"shocks": {"s": {"rank": 2}}}, "b": {"shocks.s.rank": 2}}},
    ]
    wrong = [
        {"supervision": {"level": 9}},
        {"supervision": {"level": {"at": {"3": 9}}}},
        {"populations": {}},
        {"arms": {"a": {"seed": 3}}},
        {"replications": "24%"},
        {"population": None},
        {"shocks": {"s": {"kind": "storm"}}},
        {"arms": {"a": {"shocks": {"s": {"rang": 2}}}}},
    ]
    assert all(validator.is_valid(data) for data in right)
    assert not any(validator.is_valid(data) for data in wrong)


def test_check_and_help_load_nothing_heavy():
    heavy = "mesa|pandas|scipy|pyarrow|joblib|matplotlib|networkx"
    for words in (["check", "scenarios/quick.yaml"], ["--help"], ["show", "scenarios/quick.yaml"]):
        code = (
            f"import sys, re; sys.argv = ['run.py', *{words!r}]\n"
            "import run\n"
            "try:\n    run.main()\nexcept SystemExit:\n    pass\n"
            f"print([m for m in sys.modules if re.fullmatch({heavy!r}, m)], file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stderr.strip() == "[]"


def test_check_says_valid_or_all_that_is_wrong(tmp_path):
    good = call("check", "scenarios/quick.yaml")
    assert (good.returncode, good.stderr) == (0, "")
    assert "valid" in good.stdout
    (tmp_path / "a.yaml").write_text("seed: -1\n")
    (tmp_path / "b.yaml").write_text("replications: 0\n")
    bad = call("check", "a.yaml", "b.yaml", cwd=tmp_path)
    assert bad.returncode == 2
    assert [line.split(": ")[0] for line in bad.stderr.splitlines()] == ["a.yaml:1", "b.yaml:1"]
    assert "Traceback" not in bad.stderr


def test_show_prints_a_scenario(tmp_path):
    shown = call("show", "scenarios/rate_cap.yaml", "--arm", "cap 15 %", "--set", "seed=7")
    assert shown.returncode == 0
    (tmp_path / "shown.yaml").write_text(shown.stdout)
    again = load(tmp_path / "shown.yaml")
    assert again.seed == 7
    assert {i.kind: i for i in again.policy(1).instruments}["rate_ceiling"].rate == 0.15
    late = call("show", "scenarios/quick.yaml", "--all", "--month", "25")
    assert (late.returncode, late.stderr) == (2, "--month: 25 is not one of months -11..24\n")
    base = call("show", "scenarios/quick.yaml", "--arm", "base")
    assert (base.returncode, base.stderr) == (0, "")
    unknown = call("show", "scenarios/rate_cap.yaml", "--arm", "cap 15%")
    assert unknown.returncode == 2
    assert "did you mean 'cap 15 %'" in unknown.stderr


def test_schema_command_writes_or_prints_or_says_why_not(tmp_path):
    assert call("schema", "--out", "-").stdout == schema_text()
    assert call("schema", "--out", str(tmp_path / "s.json")).returncode == 0
    assert (tmp_path / "s.json").read_text() == schema_text()
    nowhere = call("schema", "--out", str(tmp_path / "no" / "s.json"))
    assert nowhere.returncode == 3
    assert "No such file" in nowhere.stderr


def test_describe():
    text = call("describe", "platform").stdout
    assert "entrants_per_month" in text
    markdown = call("describe", "limits", "--markdown").stdout
    assert "| loan_cap | yuan per borrower | min | inf |" in markdown
    sources = tables("sources")
    assert re.search(r"^review +crowdfunding_platform +no ", sources, re.M)
    assert re.search(r"^registry +every kind +yes +the same +debts to other", sources, re.M)
    assert tables("registry").count("Source: ") == tables("rate_ceiling").count("Instrument") == 1
    for words in ("credit.guarantees ", "credit.lines.mobile ", "ecommerce ", "telecom "):
        assert f"\n{words}" in tables("credit")
    for unset in ("sharing", "providers.*.preset", "providers.*.factoring"):
        assert re.search(rf"^credit\.{re.escape(unset)} +not set ", tables("credit"), re.M)
    assert "did you mean 'platform'" in call("describe", "platfrom").stderr
    assert "parts are phases, parameters, credit" in call("describe", "supervision").stderr
    everything = call("describe").stdout
    assert "settle" in everything
    assert "npl_ratio" in everything


def test_metrics_that_may_be_expected_are_those_that_results_have():
    from analysis import paired, tails
    from sim.model import MicroFinance

    columns = list(MicroFinance(SHIPPED[0], **{"population.enterprises": 20}).metric_info)
    assert set(metric_names()) == {
        *columns, paired.COHORT, paired.CONTAGIOUS, *tails.MEASURES
    }  # fmt: skip
    assert not unknown_metrics(metric_names())
    assert list(unknown_metrics(["defaults", "default"])) == ["default"]


def test_default_scenario_is_the_baseline():
    baseline = load(ROOT / "scenarios" / "baseline.yaml")
    assert baseline.policy(1) == Scenario().policy(1)
    assert baseline.population == Scenario().population


def test_where_all_platforms_must_close_in_a_month_the_budget_pays_for_all():
    file = load(ROOT / "scenarios" / "wind_down_vs_abrupt.yaml")
    for arm in ("in order", "at once"):
        run = file.resolve(arm)
        p, n = run.parameters.regulator, run.population
        watched = n.platforms + n.banks + n.micro_lenders
        assert p.budget >= n.platforms * p.closure_cost + watched * p.registration_cost
