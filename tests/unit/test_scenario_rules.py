"""Rules that contradict each other, or that nobody could keep, are refused in one line."""

from itertools import pairwise
from types import SimpleNamespace

import pytest

from sim import scenario_rules
from sim.scenario import Scenario
from sim.scenario_checks import notes
from sim.scenario_errors import ScenarioError
from sim.scenario_plugins import plugins

REFUSED = {
    "a cap below the smallest loan": (
        {"supervision": {"loan_cap": {"amount": 9_000.0}}},
        "supervision.loan_cap.amount: 9,000 yuan is below the smallest loan of all it binds "
        "(platform 10,000)",
    ),
    "a total below the smallest loan": (
        {"supervision": {"total_debt_cap": {"amount": 100.0, "kinds": ["bank", "platform"]}}},
        "supervision.total_debt_cap.amount: 100 yuan is below the smallest loan of all it binds "
        "(bank 80,000, platform 10,000)",
    ),
    "a licence nobody gives": (
        {"supervision": {"closure_order": {"at": {49: {"unlicensed_only": True}}}}},
        "supervision.closure_order.at.49.unlicensed_only: no rule gives a platform a licence",
    ),
    "loans out of nothing": (
        {"supervision": {"emergency_liquidity": True}, "parameters": {"regulator": {"budget": 0}}},
        "supervision.emergency_liquidity: parameters.regulator.budget is 0",
    ),
    "examinations for nothing": (
        {"supervision": {"licence": True}, "parameters": {"regulator": {"budget": 0}}},
        "parameters.regulator.budget is 0, so nobody could be examined",
    ),
    "inspections for nothing": (
        {"supervision": {"inspection": True}, "parameters": {"regulator": {"budget": 0}}},
        "supervision.inspection.cost: parameters.regulator.budget is 0, so nobody could be",
    ),
    "alarms for nothing": (
        {"supervision": {"alarm_channel": True}, "parameters": {"regulator": {"budget": 0}}},
        "supervision.alarm_channel.cost: parameters.regulator.budget is 0, so no alarm could be",
    ),
    "an arm without a name": ({"arms": {"": {}, "other": {}}}, "an arm needs a name"),
    "a registry without members": (
        {"supervision": {"mandatory_registry": {"kinds": ["ecommerce_lender"]}}},
        "supervision.mandatory_registry.kinds: a registry without members: "
        "population.ecommerce_lenders are 0",
    ),
    "custody of nobody's money": (
        {"supervision": {"custody": {"kinds": ["bank"]}}},
        "supervision.custody.kinds: none of 'bank' keeps money of clients; only 'platform' does",
    ),
    "custody with pooling required": (
        {"supervision": {"custody": True, "pooling": "required"}},
        "supervision.pooling: unknown field; did you mean 'pooling_ban'?",
    ),
    "an end before the start": (
        {"supervision": {"licence": {"at": {5: False, 9: True}}}},
        "supervision.licence.at.5: ends in month 5 what has not begun",
    ),
    "precision beyond the oracle for all kinds": (
        {"credit": {"sources": {"application": {"auc": 0.9}}}},
        "credit.sources.application.auc: 0.9 is above",
    ),
    "a level there is not": ({"supervision": {"level": 5}}, "supervision.level: 5 is not"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_a_line(name):
    fields, said = REFUSED[name]
    with pytest.raises(ScenarioError) as caught:
        Scenario(**fields)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value).strip()


POOLED = {"platform": {"pooling_share": 1.0}}
IDLE = {
    "custody where nobody keeps money": (
        {"supervision": {"custody": {}}, "population": {"platforms": 0}},
        "supervision: nobody keeps money of clients, whom custody would concern",
    ),
    "a level where nobody keeps money": (
        {"supervision": {"level": {"at": {5: 4}}}, "population": {"platforms": 0}},
        "reserve_requirement would concern; population.platforms is 0",
    ),
    "custody where all pool": (
        {"supervision": {"custody": {}}, "parameters": POOLED},
        "supervision.custody: all platforms pool",
    ),
    "a shock to money funds that there are not": (
        {"shocks": {"yields": {"kind": "money_market", "month": 3}}},
        "shocks: there are no money funds to feel money_market; population.money_funds is 0",
    ),
    "an owner made to run where there is no platform": (
        {"shocks": {"fraud": {"kind": "absconding", "month": 3}}, "population": {"platforms": 0}},
        "shocks: there is no platform whose owner could run",
    ),
    "lines that nobody offers": (
        {"credit": {"lines": {"mobile": False}}}, "credit.lines: nobody offers lines of credit",
    ),
    "members who do not share, unknowingly": (
        {"credit": {"providers": {"bank": {"preset": "registry"},
                                  "micro_lender": {"preset": "registry"}}}},
        "credit.providers.bank.preset: members of the registry share no scorecards",
    ),
    "a preset of one kind, and sharing left open": (
        {"credit": {"sharing": None, "providers": {"bank": {"preset": "integrated"},
                                                   "micro_lender": {"preset": "private"}}}},
        "credit.providers.bank.preset: members of the registry share no scorecards",
    ),
    "a preset of one kind from a month on": (
        {"credit": {"at": {5: {"providers": {"bank": {"preset": "registry"},
                                             "micro_lender": {"preset": "registry"}}}}}},
        "credit.providers.bank.preset: members of the registry share no scorecards",
    ),
    "factoring without banks": (
        {"credit": {"providers": {"bank": {"factoring": True}}}, "population": {"banks": 0}},
        "credit.providers.bank.factoring: nobody could buy receivables: population.banks is 0",
    ),
    "campaigns without platforms": (
        {"credit": {"crowdfunding": {"open": True}}},
        "credit.crowdfunding: there are no crowdfunding platforms",
    ),
    "a ban that guarantees of projects do not meet": (
        {"supervision": {"guarantee_ban": {}}, "credit": {"crowdfunding": {"guarantee": 0.5}},
         "population": {"crowdfunding_platforms": 2}},
        "supervision.guarantee_ban: it binds lending platforms",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", IDLE)
def test_what_is_right_and_does_nothing_is_noted(name):
    fields, said = IDLE[name]
    (note,) = notes(Scenario(**fields))
    assert said in note


def test_nothing_is_noted_of_rules_that_concern_somebody():
    ban = {"custody": {}, "pooling_ban": {}}
    for fields in ({"supervision": {"level": 4}}, {"supervision": ban, "parameters": POOLED}):
        assert notes(Scenario(**fields)) == []


def test_members_who_share_or_not_on_purpose_are_not_noted():
    kinds = {"bank": {"preset": "registry"}, "micro_lender": {"preset": "registry"}}
    for sharing in (True, False):
        assert notes(Scenario(credit={"sharing": sharing, "providers": kinds})) == []


def test_members_whose_presets_share_nothing_are_not_noted():
    kinds = {kind: {"preset": "private", "sources": {"registry": True}}
             for kind in ("bank", "micro_lender")}  # fmt: skip
    assert notes(Scenario(credit={"providers": kinds})) == []


def test_banks_that_are_not_there_are_not_asked_to_buy():
    fields = {"preset": "integrated", "providers": {"bank": {"preset": "none"}}}
    assert notes(Scenario(credit=fields, population={"banks": 0})) == []
    fields = {"preset": "integrated"}
    assert notes(Scenario(credit=fields, population={"banks": 0})) == []


def test_each_level_has_all_that_the_one_below_it_has():
    def rules(level):
        policy = Scenario(supervision={"level": {"at": {1: level}}}).policy
        assert [i.kind for i in policy(0).instruments] == ["registration"], "one burn-in for all"
        return {i.kind for i in policy(1).instruments}

    found = [rules(level) for level in range(5)]
    assert found[0] == set()
    assert all(lower < higher for lower, higher in pairwise(found))
    assert {"custody", "pooling_ban", "disclosure"} <= found[2]
    assert {"minimum_capital", "reserve_requirement", "inspection"} <= found[3] - found[2]
    assert {"licence", "closure"} <= found[4] - found[3]


def test_what_a_level_began_may_end():
    dated = {"level": 1, "registration": {"at": {5: False}}}
    policy = Scenario(supervision=dated).policy
    assert [i.kind for i in policy(4).instruments] == ["registration"]
    assert not policy(5).instruments
    at_once = {"level": {"at": {2: 1}, "undated": 0}, "registration": {"at": {2: False}}}
    assert not Scenario(supervision=at_once).policy(2).instruments


def test_a_new_rule_on_money_of_clients_says_so_itself(monkeypatch):
    shipped = plugins("supervision")
    assert {name for name, rule in shipped.items() if rule.for_clients} == {
        "custody", "pooling_ban", "guarantee_ban", "disclosure", "reserve_requirement",
        "inspection", "alarm_channel",
    }  # fmt: skip
    monkeypatch.setattr(scenario_rules, "plugins", lambda family: {"escrow": object})
    rules = SimpleNamespace(escrow=SimpleNamespace(kinds=("bank",), for_clients=True))
    ((path, said),) = scenario_rules._without_clients(rules)
    assert path == ("escrow", "kinds")
    assert said.startswith("none of 'bank' keeps money of clients")
    rules.escrow.for_clients = False
    assert not [*scenario_rules._without_clients(rules)]
