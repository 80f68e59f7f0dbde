"""Attacks of the timeline: whom they strike, whether they succeed, and what a file may not say."""

from dataclasses import replace

import numpy as np
import pytest
from by_hand import emptied, ids

from sim.attacks import strike_attacks, victims
from sim.scenario import ScenarioError
from sim.shocks.breach import Breach
from sim.shocks.theft import Theft
from tests.worlds import small

BANKS = {"target": "bank"}


@pytest.mark.parametrize(
    ("shock", "said"),
    [
        ({"kind": "theft", "target": "enterprise"}, "there is no institution 'enterprise'; known"),
        ({"kind": "theft", "target": "platfrom"}, "did you mean 'platform'?"),
        ({"kind": "breach", "target": "crowdfunding_platform"},
         "a breach cannot strike a crowdfunding_platform; it strikes bank, micro_lender"),
        ({"kind": "theft", "target": "ecommerce_lender"}, "population.ecommerce_lenders is 0"),
        ({"kind": "theft", "target": "bank:x"}, "'x' is no rank: give bank:1 for the largest"),
        ({"kind": "theft", "target": "bank:0"}, "'0' is no rank"),
        ({"kind": "breach", "target": "bank:3"}, "no bank of rank 3: population.banks is 2"),
        ({"kind": "theft", "share": 1.5}, "share: 1.5 is out of bounds: must be at most 1"),
    ],
)  # fmt: skip
def test_an_impossible_attack_is_refused_in_a_line(shock, said):
    with pytest.raises(ScenarioError) as error:
        small(shocks={"x": {"month": 2, **shock}})
    assert len(error.value.mistakes) == 1
    assert said in str(error.value)
    assert "shocks.x." in str(error.value)


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
    theft, late = Theft(month=1, count=2, share=0.3, certain=True), Theft(month=2, certain=True)
    book = struck(hands, theft, late, Breach(month=1, certain=True))
    assert book.kind.tolist() == [0, 0, 2]
    assert book.row.tolist() == [1, 2, 2]
    assert book.population.tolist() == [4, 4, 4]
    assert book.stolen.tolist() == [30, 30, 0]
    assert book.cause.tolist() == [0, 0, 2]  # the first of the same attack
    assert hands.holds("platform") == [100, 70, 70]
    assert hands.world.desk.tally["incidents"] == hands.world.desk.tally["attacks"] == 3


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
