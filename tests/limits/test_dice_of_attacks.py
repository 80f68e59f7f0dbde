"""Every attack of the timeline has dice of its own, by its name; arms that share it share them."""

import numpy as np
import pytest

from sim.experiment.plan import what_is_seen
from sim.scenario_policy import unnamed
from sim.shocks.outage import Outage
from sim.strikes import number_of, option_of
from tests.worlds import run, small

SIZE = {"time": {"months": 3, "burn_in": 2}, "population": {"platforms": 12, "vendors": 8}}
DOWN = {"kind": "outage", "month": 3, "target": "random", "count": 3, "hours": 9.0}


def told(**fields):
    """Incidents: kind, victim, when it began, when it becomes known, and by which attack."""
    economy = small(60, **{**SIZE, "parameters": {"platform": {"start_share": 1.0}}, **fields})
    book = run(economy, 3).world.incidents
    names = ("kind", "population", "row", "vendor", "start", "hours", "found", "known")
    return list(zip(*(book.column(name).tolist() for name in names), strict=True))


@pytest.mark.parametrize("kind", ["outage", "theft", "ransom", "breach", "vendor"])
def test_two_attacks_of_a_kind_have_dice_of_their_own(kind):
    attack = {k: v for k, v in DOWN.items() if k != "hours"} | {"kind": kind, "certain": True}
    alone, other = (told(shocks={name: attack}) for name in ("a", "b"))
    assert alone != other
    start = 4
    assert {one[start] for one in alone}.isdisjoint({one[start] for one in other})


def test_an_attack_keeps_its_dice_whatever_else_is_added():
    uncertain = {**DOWN, "count": 6}
    alone = told(shocks={"m": uncertain})
    assert alone
    more = told(shocks={"a": uncertain, "m": uncertain, "z": uncertain})
    assert set(alone) < set(more)
    assert len(more) > len(alone)
    assert {one[2] for one in alone} != {one[2] for one in more}, "they succeed by their own dice"


def test_arms_that_share_an_attack_share_its_dice():
    arms = {"one": {}, "two": {"shocks": {"b": DOWN}}}
    economy = small(60, **SIZE, shocks={"a": {**DOWN, "certain": True}}, arms=arms)
    books = [run(economy.resolve(arm), 3).world.incidents for arm in arms]
    n = books[0].n
    assert n > 0
    for name in ("row", "start", "known"):
        assert books[0].column(name).tolist() == books[1].column(name)[:n].tolist(), name


def test_arms_differ_by_the_name_of_an_attack_and_not_by_that_of_other_shocks():
    slump = {"kind": "demand", "month": 2, "size": -0.1}
    same, other = (
        [what_is_seen(small(60, **SIZE, shocks={name: shock})) for name in ("a", "b")]
        for shock in (slump, DOWN)
    )
    assert same[0] == same[1]
    assert other[0] != other[1]


def test_numbers_are_apart_from_those_of_attacks_that_arrive():
    numbers = {number_of(name) for name in ("a", "b", "flood", "")}
    assert len(numbers) == 4
    assert all(1 << 23 <= number < 1 << 24 for number in numbers)
    options = option_of("vendor", "platform", np.array([0, 1, *numbers]))
    assert len(set(options.tolist())) == 6
    given = [Outage(month=1), Outage(month=2)]
    assert unnamed(given) == ("given outage 1", "given outage 2")
