"""Scenarios: merging, dated values, arms and points, presets, variants."""

import pickle
from copy import deepcopy
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest

from sim.channels import CHANNELS
from sim.credit.base import Source
from sim.limits import CREDIT_KINDS
from sim.scenario import Scenario, ScenarioError, load
from sim.shocks.demand import Demand
from sim.supervision.base import Instrument
from sim.supervision.loan_cap import LoanCap


def kinds(sources):
    return {kind: [source.kind for source in held] for kind, held in sources.items()}


def in_force(scenario, month):
    return {i.kind: i for i in scenario.policy(month).instruments}


def test_defaults_are_level_one_and_private_records():
    scenario = Scenario()
    assert (scenario.time.months, scenario.time.burn_in) == (96, 24)
    assert scenario.population.enterprises == 5000
    policy = scenario.policy(1)
    assert kinds(policy.sources) == {
        "bank": ["application", "collateral", "relationship"],
        "micro_lender": ["application", "relationship"],
        "platform": ["application"],
        "ecommerce_lender": ["application"],
        "crowdfunding_platform": ["application", "review"],
    }
    assert [i.kind for i in policy.instruments] == ["registration"]
    assert (policy.sharing, policy.off, policy.shocks) == (False, frozenset(), ())


def test_same_object_while_nothing_changes():
    scenario = Scenario(supervision={"level": {"at": {13: 0}}})
    assert scenario.policy(1) is scenario.policy(12)
    assert scenario.policy(13) is scenario.policy(96)
    assert scenario.policy(-5) is scenario.policy(0)
    assert in_force(scenario, 12) != in_force(scenario, 13) == {}


def test_dotted_and_nested_names_say_the_same():
    dotted = Scenario(**{"credit.preset": "none", "parameters.enterprise.margin": 0.2})
    nested = Scenario(credit={"preset": "none"}, parameters={"enterprise": {"margin": 0.2}})
    assert dotted == nested
    assert dotted.parameters.enterprise.margin == 0.2
    assert not any(dotted.policy(1).sources.values())


def test_preset_none_shows_nobody_anything():
    policy = Scenario(credit={"preset": "none"}).policy(1)
    assert set(policy.sources) == set(CREDIT_KINDS)
    assert not any(policy.sources.values())


def test_sources_for_all_and_for_one_kind():
    credit = {
        "sources": {"application": {"auc": 0.7}},
        "providers": {
            "bank": {"sources": {"collateral": None}},
            "platform": {"sources": {"relationship": True}},
            "micro_lender": {"preset": "none", "sources": {"application": False}},
        },
    }
    sources = Scenario(credit=credit).policy(1).sources
    assert kinds(sources) == {
        "bank": ["application", "relationship"],
        "platform": ["application", "relationship"],
        "micro_lender": [],
        "ecommerce_lender": ["application"],
        "crowdfunding_platform": ["application", "review"],
    }
    assert sources["bank"][0].auc == 0.7


def test_null_and_false_take_back_what_the_level_gives():
    for nothing in (None, False):
        assert in_force(Scenario(supervision={"registration": nothing}), 1) == {}


@pytest.mark.parametrize(
    "name", ["population", "parameters.enterprise", "credit", "supervision", "credit.providers"]
)
def test_null_for_a_whole_section_is_refused(name):
    scenario = Scenario(population={"banks": 3}, arms={"a": {}})
    for changes in ({name: None}, {f"arms.a.{name}": None}):
        with pytest.raises(ScenarioError, match=rf"{name}: null would drop all that is inherited"):
            scenario.but(changes)


def test_the_only_arm_of_a_file_without_arms_is_called_base():
    assert Scenario().resolve("base") == Scenario().resolve()
    with pytest.raises(ScenarioError, match="there is no arm 'bas'; did you mean 'base'"):
        Scenario().resolve("bas")
    with pytest.raises(ScenarioError, match="there is no arm 'base'; known are a"):
        Scenario(arms={"a": {}}).resolve("base")


def test_true_switches_on_what_is_already_described():
    scenario = Scenario(supervision={"loan_cap": {"amount": 50_000.0}})
    variant = scenario.but({"supervision.loan_cap": True})
    assert in_force(variant, 1)["loan_cap"].amount == 50_000.0


def test_dated_instrument_and_dated_parameter():
    scenario = Scenario(
        supervision={
            "loan_cap": {"at": {24: {"amount": 50_000.0}, 48: None}},
            "rate_ceiling": {"rate": {"undated": 0.3, "at": {10: 0.2}}},
        }
    )
    assert ["loan_cap" in in_force(scenario, m) for m in (0, 1, 23, 24, 47, 48)] == [
        False, False, False, True, True, False,
    ]  # fmt: skip
    assert [in_force(scenario, m)["rate_ceiling"].rate for m in (0, 9, 10)] == [0.3, 0.3, 0.2]


def test_dates_keep_the_undated_value_before_them():
    scenario = Scenario(supervision={"level": 0})
    later = scenario.but({"supervision": {"level": {"at": {48: 1}}}})
    assert [list(in_force(later, m)) for m in (0, 1, 47, 48)] == [[], [], [], ["registration"]]


def test_arm_acts_from_month_one_and_not_in_the_burn_in():
    scenario = Scenario(
        credit={"preset": "private"},
        arms={"none": {"credit.preset": "none", "supervision": {"level": 0}}, "as is": {}},
    )
    arm = scenario.resolve("none")
    assert arm.policy(0) == scenario.policy(0) == scenario.resolve("as is").policy(1)
    assert not any(arm.policy(1).sources.values())
    assert arm.policy(1).instruments == ()
    assert not arm.arms
    assert arm.resolve() is arm


def test_arm_lays_dates_over_the_undated_value():
    scenario = Scenario(arms={"later": {"supervision": {"level": {"at": {48: 0}}}}})
    arm = scenario.resolve("later")
    assert [list(in_force(arm, m)) for m in (0, 1, 48)] == [["registration"]] * 2 + [[]]


def test_arms_add_change_and_remove_shocks():
    scenario = Scenario(
        shocks={"slump": {"kind": "demand", "month": 5, "size": -0.1}},
        arms={
            "none": {"shocks": {"slump": None}},
            "worse": {"shocks": {"slump": {"size": -0.3}}},
            "more": {"shocks": {"squeeze": {"kind": "funding", "month": 6, "size": 0.03}}},
        },
    )
    assert scenario.policy(1).shocks == (Demand(month=5, size=-0.1),)
    assert scenario.policy(0).shocks == ()
    assert scenario.resolve("none").policy(1).shocks == ()
    assert scenario.resolve("worse").policy(1).shocks == (Demand(month=5, size=-0.3),)
    assert [s.kind for s in scenario.resolve("more").policy(1).shocks] == ["demand", "funding"]


def test_points_lie_over_arms():
    scenario = Scenario(
        arms={"a": {"credit.preset": "none"}},
        design={"population.platforms": [3, 5], "credit.preset": ["private"]},
    )
    run = scenario.resolve("a", {"population.platforms": 5, "credit.preset": "private"})
    assert run.population.platforms == 5
    assert any(run.policy(1).sources.values())
    assert scenario.changes_population(None, {"population.platforms": 5})


def test_a_point_may_reach_into_a_shock():
    shock = {"kind": "demand", "month": 5, "size": -0.1}
    scenario = Scenario(shocks={"slump": shock}, design={"shocks.slump.size": [-0.1, -0.2]})
    run = scenario.resolve(point={"shocks.slump.size": -0.2})
    assert run.policy(1).shocks[0].size == -0.2


def test_changes_population():
    scenario = Scenario(
        arms={
            "policy": {"credit.preset": "none"},
            "more": {"population.banks": 7},
            "same": {"population.banks": 4},
            "other": {"parameters.enterprise.margin": 0.2},
        }
    )
    changed = {arm: scenario.changes_population(arm) for arm in scenario.arms}
    assert changed == {"policy": False, "more": True, "same": False, "other": True}


def test_but_makes_a_variant_and_leaves_the_first_alone():
    scenario = Scenario()
    variant = scenario.but({"credit.preset": "none"}, replications=np.int64(3))
    assert variant.replications == 3
    assert not any(variant.policy(0).sources.values())
    assert any(scenario.policy(1).sources.values())


def test_channels_go_off_from_month_one():
    scenario = Scenario(channels={"trade": {"at": {50: False}}})
    assert [scenario.policy(m).off for m in (0, 49, 50)] == [set(), set(), {"trade"}]
    twin = scenario.resolve().with_channels_off("all")
    assert twin.policy(0).off == frozenset()
    assert twin.policy(1).off == frozenset(CHANNELS)
    assert scenario.with_channels_off(["notes"]).policy(1).off == {"notes"}


class Rumour(Source):
    """Show what the neighbours say."""

    kind: ClassVar[str] = "rumour"


class Freeze(Instrument):
    """Forbid all new loans."""

    kind: ClassVar[str] = "freeze"

    def may_lend(self, view):
        return False


def test_plug_ins_from_python():
    scenario = Scenario().with_plugins(
        instruments=[Freeze(), LoanCap(amount=3.0)],
        sources=[Rumour(auc=0.6)],
        shocks=[Demand(month=3, size=-0.1)],
    )
    run = scenario.resolve().but({"time.months": 12})
    policy = run.policy(1)
    assert [i.kind for i in policy.instruments] == ["registration", "freeze", "loan_cap"]
    assert all(held[-1].kind == "rumour" for held in policy.sources.values())
    assert policy.sources["bank"][-1].p > 0
    assert [s.kind for s in policy.shocks] == ["demand"]
    assert len(run.extra_plugins) == 4
    with pytest.raises(TypeError, match="SimpleNamespace"):
        Scenario().with_plugins(instruments=[SimpleNamespace()])


def test_a_resolved_scenario_tells_apart_what_differs():
    scenario = Scenario(arms={"a": {"credit.preset": "none"}, "b": {"credit.preset": "none"}})
    assert scenario.resolve("a") == scenario.resolve("b") != scenario.resolve()
    other = scenario.but({"credit.preset": "none"})
    assert scenario.resolve("a").model_dump() != other.resolve("a").model_dump()


def test_scenarios_travel():
    scenario = Scenario(
        arms={"a": {"credit.preset": "none"}}, supervision={"level": {"at": {3: 0}}}
    )
    run = scenario.resolve("a")
    for twin in (pickle.loads(pickle.dumps(run)), deepcopy(run)):
        assert twin == run
        assert twin.policy(5) == run.policy(5)
        assert twin.policy(0) == run.policy(0)


def test_scenarios_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        Scenario().seed = 3


def test_python_mistakes_name_the_field():
    with pytest.raises(ScenarioError, match=r"population\.enterprizes: unknown field; did you"):
        Scenario(population={"enterprizes": 3})
    with pytest.raises(ScenarioError, match="there is no arm 'b'"):
        Scenario(arms={"a": {}}).resolve("b")
    with pytest.raises(ScenarioError, match="no value of a scenario"):
        Scenario(title=object())


def test_extends_merges_maps_replaces_lists_and_null_takes_back(tmp_path):
    (tmp_path / "parent.yaml").write_text(
        "name: parent\n"
        "population: {banks: 3, platforms: 7}\n"
        "expects: [{metric: x, arm: a, sign: lower}]\n"
        "arms: {a: {}, b: {}}\n"
        "shocks: {s: {kind: demand, month: 3, size: -0.1}}\n"
    )
    (tmp_path / "child.yaml").write_text(
        "extends: parent.yaml\n"
        "name: child\n"
        "population.banks: 9\n"
        "expects: []\n"
        "arms: {b: null, c: {}}\n"
        "shocks: {s: null}\n"
    )
    child = load(tmp_path / "child.yaml")
    assert (child.name, child.population.banks, child.population.platforms) == ("child", 9, 7)
    assert child.expects == ()
    assert list(child.arms) == ["a", "c"]
    assert child.policy(1).shocks == ()


def test_numbers_are_read_as_yaml_1_2(tmp_path):
    file = tmp_path / "n.yaml"
    file.write_text("parameters.enterprise.margin: 5e-2\npopulation.banks: 010\nseed: 0x10\n")
    scenario = load(file, ["replications=3", "credit.preset=none"])
    assert scenario.parameters.enterprise.margin == 0.05
    assert (scenario.population.banks, scenario.seed, scenario.replications) == (10, 16, 3)
    assert not any(scenario.policy(1).sources.values())
