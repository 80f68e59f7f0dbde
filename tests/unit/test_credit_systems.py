"""Credit systems in scenario files: presets, dates, and what is refused with which words."""

import pytest

from sim.credit.base import precision_tables
from sim.credit.registry import Registry
from sim.credit.review import Review
from sim.limits import PROVIDER_KINDS
from sim.scenario import Scenario, ScenarioError, load
from sim.scenario_checks import notes

PRIVATE = {
    "bank": ["application", "collateral", "relationship"],
    "micro_lender": ["application", "relationship"],
    "platform": ["application"],
}


def held(scenario, month=1):
    return {kind: [s.kind for s in held] for kind, held in scenario.policy(month).sources.items()}


def test_presets_lay_sources_on_private_records():
    for name, more in (
        ("private", []),
        ("ecommerce", []),
        ("registry", ["registry"]),
        ("integrated", ["logistics", "registry", "telecom", "transactions"]),
    ):
        scenario = Scenario(credit={"preset": name}, population={"ecommerce_lenders": 1})
        found = held(scenario)
        for kind, own in PRIVATE.items():
            assert sorted(found[kind]) == sorted([*own, *more])
        assert scenario.policy(1).sharing == (name in ("registry", "integrated"))


def test_a_registry_can_open_in_a_month_with_what_a_scenario_says_of_it():
    half = {"registry": {"reports": 0.5}}
    credit = {"preset": {"at": {48: "registry"}}, "providers": {"bank": {"sources": {}}}}
    scenario = Scenario(credit=credit)
    assert held(scenario, 47)["bank"] == PRIVATE["bank"]
    assert "registry" in held(scenario, 48)["platform"]
    assert [scenario.policy(m).sharing for m in (0, 47, 48)] == [False, False, True]
    members = Scenario(credit={"preset": "registry", "sources": half}).policy(1).sources["bank"]
    assert {s.kind: s for s in members}["registry"].reports == 0.5


def test_kinds_of_provider_may_differ():
    found = held(Scenario(credit={"providers": {"platform": {"preset": "integrated"}}}))
    assert found["bank"] == PRIVATE["bank"]
    assert "transactions" in found["platform"]


ORACLE = precision_tables()["oracle_auc"]
BEST = precision_tables()["sources"]["application"][-1][0]
BETWEEN = round((BEST + ORACLE) / 2, 4)
REFUSED = {
    "sources: {review: true}": "credit.sources.review: may be held by crowdfunding_platform only",
    "providers: {bank: {sources: {review: {auc: 0.6}}}}": (
        "credit.providers.bank.sources.review: may be held by crowdfunding_platform only"
    ),
    "sources: {telecom: {auc: 0.45}}": (
        "credit.sources.telecom.auc: 0.45 is out of bounds: must be at least 0.5"
    ),
    "sources: {telecom: {auc: 0.95}}": (
        f"credit.sources.telecom.auc: 0.95 is above {ORACLE}, the AUC of the oracle"
    ),
    f"sources: {{application: {{auc: {BETWEEN}}}}}": (
        f"credit.sources.application.auc: {BETWEEN} is above {BEST}, the best AUC calibrated"
    ),
    "sources: {telecom: {cost: -1}}": "credit.sources.telecom.cost: -1 is out of bounds",
    "sources: {telecom: {delay: 13}}": "credit.sources.telecom.delay: 13 is out of bounds",
    "sources: {registry: {reports: 1.5}}": "credit.sources.registry.reports: 1.5 is out of bounds",
    "sources: {registri: true}": "unknown field; did you mean 'registry'?",
    "sources: {logistics: true}, providers: {bank: {sources: {logistics: null}}, micro_lender: "
    "{sources: {logistics: null}}, platform: {sources: {logistics: null}}}": (
        "credit.sources.logistics: nobody holds it"
    ),
    "providers: {micro_lender: {sources: {registry: true}}}": (
        "a registry without members: population.micro_lenders is 0"
    ),
    "providers: {micro_lender: {sources: {transactions: true}}}": (
        "credit.providers.micro_lender.sources.transactions: nobody holds transactions: "
        "population.micro_lenders is 0"
    ),
    "preset: ecommerce": (
        "credit.preset: nobody holds transactions: population.ecommerce_lenders is 0"
    ),
    "providers: {micro_lender: {preset: integrated}}": (
        "credit.providers.micro_lender.preset: nobody holds logistics: population.micro_lenders"
    ),
    "sharing: true": "credit.sharing: only members of a registry can share, and nobody holds",
}


@pytest.mark.parametrize("credit", REFUSED)
def test_what_is_refused_is_said_in_a_line_with_its_place(credit, tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text(f"population: {{micro_lenders: 0}}\ncredit: {{{credit}}}\n")
    with pytest.raises(ScenarioError) as caught:
        load(file)
    said = str(caught.value)
    assert REFUSED[credit] in said
    assert said.startswith(f"{file}:2: ")
    assert len(said.splitlines()) == (4 if "integrated" in credit else 1)  # one a source


def test_what_only_absent_kinds_hold_by_default_is_no_mistake():
    assert Scenario(population={"banks": 0}).policy(1)
    assert Scenario(population={"banks": 0}, credit={"preset": "registry"}).policy(1)
    telecom = {"providers": {"platform": {"sources": {"telecom": True}}}}
    with pytest.raises(ScenarioError, match=r"nobody holds telecom: population.platforms is 0"):
        Scenario(population={"platforms": 0}, credit=telecom)
    assert Scenario(population={"platforms": 0}, credit={**telecom, "sources": {"telecom": True}})


def test_a_preset_whose_registry_is_taken_back_shares_nothing():
    policy = Scenario(credit={"preset": "registry", "sources": {"registry": None}}).policy(1)
    assert policy == Scenario().policy(1)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"credit": {"guarantees": True}}, "there are no circles to give guarantees"),
        ({"credit": {"providers": {"bank": {"sources": {"registry": True}}}},
          "population": {"banks": 1}}, "the registry has one member"),
        ({"credit": {"preset": "registry", "sources": {"registry": {"reports": 0.0}}}},
         "no member of the registry reports anything"),
    ],
)  # fmt: skip
def test_what_does_nothing_is_noted(fields, words):
    assert not notes(Scenario())
    (note,) = notes(Scenario(**fields))
    assert words in note
    (note,) = notes(Scenario(arms={"a": {}, "b": {"credit": {"guarantees": True}}}))
    assert note.startswith("arm 'b': credit.guarantees: ")


def test_what_is_taken_back_in_a_later_month_is_refused_there(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("credit:\n  sharing: {at: {12: true}}\n")
    with pytest.raises(ScenarioError, match=r"a.yaml:2: credit.sharing.at.12: only members"):
        load(file)


def test_sources_given_from_python_meet_the_same_holders():
    plain = Scenario()
    owned = type("Owned", (Review,), {"kind": "owned", "holders": ("vendor",)})
    with pytest.raises(ScenarioError, match="owned: may be held by vendor only"):
        plain.with_plugins(sources=[owned()])
    reviewed = plain.with_plugins(sources=[Review(auc=0.7)]).policy(1).sources
    assert Review(auc=0.7) in reviewed["crowdfunding_platform"]
    assert not any(Review(auc=0.7) in reviewed[kind] for kind in PROVIDER_KINDS)
    joined = plain.with_plugins(sources=[Registry(reports=0.3)]).policy(1).sources
    assert all(joined[kind][-1] == Registry(reports=0.3) for kind in PROVIDER_KINDS)
