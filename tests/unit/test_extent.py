"""What `check` says of a sound file: how much it asks for, and what no result could judge."""

from pathlib import Path

import pytest

from sim.experiment import extent
from sim.experiment.plan import _cells, plan
from sim.scenario import Scenario, load

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SHIPPED = sorted(SCENARIOS.glob("*.yaml"))
TINY = {"population": {"enterprises": 30}, "time": {"months": 6, "burn_in": 2}}
SHRUNK = {"population.enterprises": 40}
DEAR = {"parameters.bank.price_base": 0.09}


@pytest.mark.parametrize("file", SHIPPED, ids=lambda f: f.stem)
def test_every_expectation_of_a_shipped_scenario_can_be_judged(file):
    scenario = load(file)
    assert extent.beyond_judgement(scenario) == []
    if scenario.expects or scenario.primary:
        assert scenario.replications >= 2
    assert scenario.title.endswith("?"), "a scenario asks a question"


def judged(metric, arms, **fields):
    wish = {"metric": metric, "arm": "b", "sign": "higher", "why": "so", "source": "assumed"}
    scenario = Scenario(**TINY, arms=arms, reference_arm="a", expects=[wish], **fields)
    return extent.beyond_judgement(scenario)


@pytest.mark.parametrize("change", [SHRUNK, DEAR])
def test_the_cohorts_of_arms_that_burn_in_apart_cannot_be_compared(change):
    (said,) = judged("cohort_default_rate", {"a": {}, "b": change})
    assert said.startswith("expects: cohort_default_rate of arm 'b' cannot be judged: ")
    assert "default_rate counts all living firms" in said
    assert judged("default_rate", {"a": {}, "b": change}) == []
    assert judged("cohort_default_rate", {"a": change, "b": change}) == []
    # Both have a burn-in of their own, and not the same one.
    other = {"a": change, "b": {"parameters.bank.price_base": 0.05}}
    assert len(judged("cohort_default_rate", other)) == 1
    assert judged("cohort_default_rate", {"a": {}, "b": {"supervision.level": 3}}) == []


def test_contagious_defaults_need_twins_of_both_arms_with_all_channels_off():
    arms = {"a": {}, "b": {"supervision.level": 3}}
    ask = "contagious_defaults", arms
    lacking = "cannot be judged: arm '{}' has no twin with all channels off"
    assert lacking.format("b") in judged(*ask)[0]
    assert lacking.format("b") in judged(*ask, twins={"off": ["trade"]})[0]
    assert lacking.format("b") in judged(*ask, twins={"off": "all", "arms": ["a"]})[0]
    assert lacking.format("a") in judged(*ask, twins={"off": "all", "arms": ["b"]})[0]
    assert judged(*ask, twins={"off": "each"}) == []
    assert judged(*ask, attribution={"channels": "groups"}) == []


def test_an_arm_cannot_differ_from_itself():
    wish = {"metric": "npl_ratio", "arm": "a", "sign": "none", "why": "so", "source": "assumed"}
    scenario = Scenario(**TINY, arms={"a": {}, "b": {}}, reference_arm="a", expects=[wish])
    assert "it is the arm that others are compared with" in extent.beyond_judgement(scenario)[0]


def test_primary_contrasts_are_looked_at_too():
    aim = {"metric": "cohort_default_rate", "arm": "b", "against": "a", "sign": "higher",
           "why": "so", "source": "assumed"}  # fmt: skip
    scenario = Scenario(**TINY, arms={"a": {}, "b": DEAR}, reference_arm="a", primary=[aim])
    assert extent.beyond_judgement(scenario)[0].startswith("primary: cohort_default_rate of arm")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"arms": {"a": {}, "b": {}}, "placebo": True, "reference_arm": "a"},
        {"arms": {"a": {}, "b": {}}, "twins": {"off": "each", "arms": ["b"]}},
        {"arms": {"a": {}}, "attribution": {"channels": "groups"}, "twins": {"off": "all"}},
        {"design": {"supervision.level": [0, 1, 2], "parameters.bank.price_base": [0.05, 0.06]}},
        {"sample": {"method": "lhs", "n": 5, "over": {"parameters.bank.price_base": [0.04, 0.08]}}},
    ],
)
def test_as_many_runs_are_told_as_are_planned(fields):
    scenario = Scenario(**TINY, replications=3, **fields)
    assert extent.n_runs(scenario) == len(plan(scenario)) == 3 * len(list(_cells(scenario)))
    assert extent.size_of(scenario).endswith(f"3 replications; {extent.n_runs(scenario)} runs")


def test_what_is_told_of_a_study():
    told = {name: extent.size_of(load(SCENARIOS / f"{name}.yaml"))
            for name in ("belief_grid", "crowdfunding", "morris", "robustness_scale", "factorial",
                         "custody", "trade_degree")}  # fmt: skip
    assert "2 arms: fear, calm; 12 points (all combinations of 3 fields)" in told["belief_grid"]
    assert "; 2 twins with channels off; a placebo; 30 rep" in told["crowdfunding"]
    assert "260 points (morris of 25 fields); 2 replications; 2080 runs" in told["morris"]
    assert "2500 to 20000 enterprises" in told["robustness_scale"]
    assert "100 arms: 5 credit x 5 supervision x 4 cyber; 7 twins" in told["factorial"]
    assert "4 arms: no custody, custody, custody from month 25, 'custody, nobody" in told["custody"]
    assert "7 points (all values of 1 field)" in told["trade_degree"]
