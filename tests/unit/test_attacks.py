"""Attacks of the timeline: whom they strike, whether they succeed, and what a file may not say."""

from dataclasses import replace

import numpy as np
import pytest
from by_hand import emptied, ids

from sim.attacks import strike_attacks, victims
from sim.scenario import ScenarioError
from sim.scenario_checks import notes
from sim.shocks.breach import Breach
from sim.shocks.theft import Theft
from tests.worlds import small


@pytest.mark.parametrize(
    ("shock", "said"),
    [
        ({"kind": "theft", "target": "enterprise"}, "there is no institution 'enterprise'; known"),
        ({"kind": "theft", "target": "platfrom"}, "did you mean 'platform'?"),
        ({"kind": "breach", "target": "crowdfunding_platform"},
         "a breach cannot strike a crowdfunding_platform; it strikes bank, micro_lender"),
        ({"kind": "theft", "target": "ecommerce_lender"}, "population.ecommerce_lenders is 0"),
        ({"kind": "ransom", "target": "bank:x"}, "'x' is no rank: give bank:1 for the largest"),
        ({"kind": "ransom", "target": "bank:0"}, "'0' is no rank"),
        ({"kind": "theft", "target": "bank"},
         "a theft cannot strike a bank, which keeps no cash overnight: it pays deposits back"),
        ({"kind": "outage", "target": "vendor"}, "cannot strike a vendor; it strikes bank"),
        ({"kind": "vendor", "target": "platform"},
         "an attack on a vendor cannot strike a platform; it strikes vendor"),
        ({"kind": "vendor"}, "there is nobody to attack: population.vendors is 0"),
        ({"kind": "theft", "target": "random:2"}, "'random' has no ranks; give a kind"),
        ({"kind": "theft", "target": ":2"}, "there is no institution ''; known are"),
        ({"kind": "theft", "count": 1000},
         "count: 1000 is more than there are: population.platforms is 6; give 1..6"),
        ({"kind": "outage", "target": "bank", "count": 3}, "population.banks is 2; give 1..2"),
        ({"kind": "theft", "target": "platform:1", "count": 2},
         "count: 2 cannot be attacked: platform:1 is one platform; name platform for several"),
        ({"kind": "theft", "target": "platform:1", "choice": "random"},
         "choice: 'random' does not go with target: platform:1 is one platform"),
        ({"kind": "theft", "target": "random", "choice": "largest"},
         "choice: 'largest' contradicts target 'random'; say one of them"),
        ({"kind": "breach", "target": "bank:3"}, "no bank of rank 3: population.banks is 2"),
        ({"kind": "theft", "share": 1.5}, "share: 1.5 is out of bounds: must be at most 1"),
        *[({"kind": kind, "start": 720}, "start: 720 is out of bounds: must be below 720")
          for kind in ("outage", "ransom", "vendor")],
        ({"kind": "theft", "target": None}, "target: null is nobody; leave it out for 'platform'"),
        ({"kind": "wave", "rate": 1, "target": None}, "null is nobody; leave it out for 'all'"),
        ({"kind": "wave", "rate": 1, "target": "vendor"}, "'vendor' is not one of all, bank,"),
    ],
)  # fmt: skip
def test_an_impossible_attack_is_refused_in_a_line(shock, said):
    with pytest.raises(ScenarioError) as error:
        small(shocks={"x": {"month": 2, **shock}})
    assert len(error.value.mistakes) == 1
    assert said in str(error.value)
    assert "shocks.x." in str(error.value)


def test_as_many_as_there_are_can_be_attacked_and_arms_count_for_themselves():
    small(shocks={"x": {"kind": "theft", "month": 2, "count": 6}})
    five = {"x": {"kind": "vendor", "month": 2, "count": 5}}
    small(arms={"few": {}, "many": {"population.vendors": 5, "shocks": five}})
    with pytest.raises(ScenarioError, match=r"arms\.few\.shocks\.x\.count: 5 is more"):
        small(arms={"few": {"population.vendors": 4, "shocks": five}})


@pytest.mark.parametrize(
    ("shock", "said"),
    [
        ({"kind": "theft", "share": 0}, "the theft of month 2 takes nothing; share is 0"),
        ({"kind": "ransom", "amount": 0, "hours": 0}, "takes nothing; amount is 0 and hours is 0"),
        ({"kind": "wave", "rate": 0, "vendor_rate": 0.1},
         "attacks arrive at vendors, and there are none; population.vendors is 0"),
        ({"kind": "wave", "rate": 0.1, "target": "ecommerce_lender"},
         "attacks arrive at ecommerce_lenders, and there are none; population.ecommerce_lenders"),
        ({"kind": "outage", "months": 50},
         "shocks.x: it would last until month 51; the run ends in month 12"),
        ({"kind": "demand", "size": -0.1, "months": 12},
         "shocks.x: it would last until month 13; the run ends in month 12"),
    ],
)  # fmt: skip
def test_attacks_without_effect_are_noted(shock, said):
    noted = notes(small(shocks={"x": {"month": 2, **shock}}))
    assert len(noted) == 1
    assert said in noted[0]
    assert notes(small(shocks={"x": {"kind": "theft", "month": 2}})) == []


def test_a_shock_that_lasts_to_the_end_or_for_good_is_not_noted():
    for months in (11, 12_000):
        slump = {"kind": "demand", "month": 2, "size": -0.1, "months": months}
        assert notes(small(shocks={"x": slump})) == []


NO_KIND = dict.fromkeys(("outage_weight", "breach_weight", "theft_weight", "ransom_weight"), 0.0)


@pytest.mark.parametrize(
    ("parameters", "wave", "said"),
    [
        ({"cyber": {**NO_KIND, "attack_rate": 0.1}}, None, "none does harm; their weights in"),
        ({"cyber": NO_KIND}, {"rate": 0.1}, "none does harm; their weights in"),
        ({"cyber": {**NO_KIND, "theft_weight": 0.1}}, {"rate": 0.1, "target": "bank"},
         "none does harm; their weights in"),
        ({"cyber": NO_KIND}, None, ""),
        ({"cyber": {**NO_KIND, "theft_weight": 0.1, "attack_rate": 0.1}}, None, ""),
    ],
)  # fmt: skip
def test_attacks_of_no_kind_are_noted(parameters, wave, said):
    shocks = {"x": {"kind": "wave", "month": 2, **wave}} if wave else {}
    noted = notes(small(parameters=parameters, shocks=shocks))
    assert len(noted) == bool(said)
    assert all(said in note for note in noted)


def test_a_second_vendor_where_there_is_one_is_noted():
    both = {"vendor": {"second_share": 1.0}}
    noted = notes(small(population={"vendors": 1}, parameters=both))
    assert noted == [
        "parameters.vendor.second_share: there is no second vendor; population.vendors is 1"
    ]
    assert notes(small(population={"vendors": 2}, parameters=both)) == []


@pytest.mark.parametrize("name", ["", "  "])
def test_a_shock_needs_a_name(name):
    nameless = {"shocks": {name: {"kind": "outage", "month": 2}}}
    for fields in (nameless, {"arms": {"a": nameless, "b": {}}}):
        with pytest.raises(ScenarioError, match="a shock needs a name"):
            small(**fields)


def test_an_arm_cannot_aim_an_attack_at_null():
    shocks = {"x": {"kind": "outage", "month": 2, "target": "bank"}}
    over = {"shocks": {"x": {"kind": "outage", "month": 2, "target": None}}}
    with pytest.raises(ScenarioError, match=r"arms\.b\.shocks\.x\.target: null is nobody"):
        small(shocks=shocks, arms={"a": {}, "b": over})


def platforms(*sizes, **parameters):
    hands = emptied(1, 2, 0, len(sizes), **parameters)
    table = hands.world.platforms
    table.prominence[:] = sizes
    hands.cash("platform", *[100] * table.n)
    return hands


def test_an_attack_strikes_the_largest_or_the_one_of_a_rank_or_some_at_random():
    world = platforms(3.0, 9.0, 1.0, 5.0).world
    world.platforms.alive[1] = False
    aim = {"month": 1}
    assert victims(world, Theft(**aim)).tolist() == [3]
    assert victims(world, Theft(count=2, **aim)).tolist() == [0, 3]
    assert victims(world, Theft(target="platform:3", count=9, **aim)).tolist() == [2]
    assert victims(world, Theft(target="platform:4", **aim)).tolist() == []
    drawn = set()
    for month in range(1, 40):
        world.month = month
        drawn |= set(victims(world, Breach(choice="random", **aim)).tolist())
    assert drawn == {0, 2, 3}


def struck(hands, *attacks):
    hands.world.policy = replace(hands.world.policy, shocks=attacks)
    strike_attacks(hands.world, hands.scenario)
    hands.checked()
    return hands.world.incidents


def test_an_attack_that_succeeds_is_an_incident_on_record():
    hands = platforms(1.0, 2.0, 3.0)
    hands.matched(2, 0)  # a client whose record can be stolen
    theft, late = Theft(month=1, count=2, share=0.3, certain=True), Theft(month=2, certain=True)
    book = struck(hands, theft, late, Breach(month=1, share=1.0, certain=True))
    assert book.kind.tolist() == [0, 0, 2]
    assert book.row.tolist() == [1, 2, 2]
    assert book.population.tolist() == [4, 4, 4]
    assert book.stolen.tolist() == [30, 30, 0]
    assert book.cause.tolist() == [0, 0, 2]  # the first of the same attack
    assert hands.holds("platform") == [100, 70, 70]
    assert hands.world.desk.tally["incidents"] == hands.world.desk.tally["attacks"] == 3


def test_a_theft_that_finds_nothing_is_no_incident():
    hands = emptied(1, 0, 0, 3, 2)
    hands.cash("platform", 0, 0, 100)
    hands.deposits(0, 0, 50)
    hands.deposits(hands.world.slots, 1, 50)
    hands.world.ledger.in_custody = np.array([True, False, False])
    book = struck(hands, Theft(month=1, count=3, share=0.5, certain=True))
    assert book.row.tolist() == [1, 2], "the first has no cash, and its clients' lies with a bank"
    assert book.stolen.tolist() == [25, 50]
    tally = hands.world.desk.tally
    assert (tally["attacks"], tally["incidents"]) == (3, 2)


@pytest.mark.parametrize(("vulnerability", "taken"), [(0.0, 0), (1.0, 6)])
def test_an_attack_succeeds_as_often_as_security_lets_it(vulnerability, taken):
    hands = platforms(*[1.0] * 6, security={"vulnerability": vulnerability})
    assert struck(hands, Theft(month=1, count=6)).n == taken


def test_spending_on_security_keeps_attacks_out():
    hands = platforms(*[1.0] * 6, security={"vulnerability": 1.0, "productivity": 10.0})
    hands.world.platforms.security_spending[:3] = 1e12
    assert struck(hands, Theft(month=1, count=6)).row.tolist() == [3, 4, 5]


def test_what_an_incident_cost_is_remembered_as_its_doing():
    hands = platforms(1.0)
    struck(hands, Theft(month=1, share=0.5, certain=True))
    memory = hands.world.impairments
    assert memory.victims.tolist() == [4]
    assert memory.sources.tolist() == [15]  # the first incident
    assert memory.amounts.tolist() == [50]
    assert np.array_equal(ids(*memory.channels), ids(7))
