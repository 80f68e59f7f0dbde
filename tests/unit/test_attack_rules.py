"""Attacks by hand: how many arrive, how long systems are down, which scenarios are refused."""

import numpy as np
import pytest

from sim.attacks import arrival_rates, poisson_counts, victims
from sim.contracts.incidents import MONTH_HOURS, merge_spells
from sim.parameters.cyber import CyberParameters
from sim.scenario_errors import ScenarioError
from sim.shocks.outage import Outage
from sim.strikes import outage_lengths
from tests.worlds import run, small

P = CyberParameters()
U = (np.arange(20_000) + 0.5) / 20_000


@pytest.mark.parametrize("mean", [0.0, 0.01, 0.7, 3.0])
def test_arrivals_are_poisson_by_inverse_distribution_function(mean):
    found = poisson_counts(U, np.full(len(U), mean))
    assert found.mean() == pytest.approx(mean, abs=2e-3)
    assert found.var() == pytest.approx(mean, abs=1e-2)
    assert (np.diff(found) >= 0).all()
    assert (poisson_counts(U, np.full(len(U), mean + 0.5)) >= found).all()


def test_the_large_and_the_modern_are_attacked_more_and_the_mean_is_the_rate():
    rates = arrival_rates(np.array([1.0, 4.0, 1.0]), 0.0, 0.1, P)
    assert rates == pytest.approx([0.075, 0.15, 0.075])
    skewed = arrival_rates(1.0 / np.arange(1, 200) ** 2, 0.0, 0.025, P)
    assert skewed.mean() == pytest.approx(0.025)
    assert arrival_rates(np.ones(2), 1.0, 0.1, P) == pytest.approx([0.15, 0.15])
    assert (arrival_rates(np.zeros(2), 0.0, 0.1, P) == 0.1).all()
    assert (arrival_rates(np.array([0.0, 2.0]), 0.0, 0.1, P) == [0.0, 0.2]).all()


def test_outages_last_a_day_and_one_in_twenty_three_or_more():
    hours = outage_lengths(U, P)
    assert np.median(hours) == pytest.approx(24.0, rel=1e-3)
    assert np.mean(hours > 72.0) == pytest.approx(0.05, abs=1e-3)


def test_spells_of_one_party_are_joined_and_others_left_alone():
    party, begin = np.array([20, 4, 4, 4, 20]), np.array([0.0, 10.0, 15.0, 30.0, 700.0])
    found = merge_spells(party, begin, begin + np.array([5.0, 10.0, 2.0, 1.0, 20.0]), np.arange(5))
    assert found.party.tolist() == [4, 4, 20, 20]
    assert found.begin.tolist() == [10.0, 30.0, 0.0, 700.0]
    assert found.end.tolist() == [20.0, 31.0, 5.0, 720.0]
    assert found.serial.tolist() == [1, 3, 0, 4]
    asked = np.array([4, 4, 4, 20, 20, 5]), np.array([10.0, 20.0, 9.9, 719.0, 6.0, 12.0])
    assert found.covers(*asked).tolist() == [True, False, False, True, False, False]
    shares = found.share_of(np.array([3, 4, 20])) * MONTH_HOURS
    assert shares.tolist() == [0.0, 11.0, 25.0]


def test_who_is_hit_of_a_kind():
    world = run(small(40), 2).world
    loans = world.loans
    lent = np.bincount(loans.provider, loans.principal, world.n_providers)
    order = np.argsort(-lent[world.first_number("platform") :], kind="stable")
    order = order[world.platforms.alive[order]]
    outage = {"kind": "outage", "month": 1}
    assert victims(world, Outage(**outage)).tolist() == [order[0]]
    assert victims(world, Outage(**outage, target="platform:3")).tolist() == [order[2]]
    assert victims(world, Outage(**outage, count=3)).tolist() == sorted(order[:3])
    assert len(victims(world, Outage(**outage, target="random", count=99))) == len(order)
    drawn = [victims(world, Outage(**outage, target="random"))[0] for world.month in range(2, 40)]
    assert len(set(drawn)) > 2


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        ({"target": "crowdfunding_platform"}, "an outage cannot strike a crowdfunding_platform"),
        ({"month": 13}, "month 13 is outside the run, which has months 1..12"),
        ({"hours": -5}, "-5"),
    ],
)
def test_impossible_attacks_are_refused_in_a_line(attack, said):
    with pytest.raises(ScenarioError) as error:
        small(40, shocks={"a": {"kind": "outage", "month": 3, **attack}})
    assert len(error.value.mistakes) == 1
    assert said in str(error.value)
    assert next(iter(attack)) in str(error.value)


def test_outages_cannot_mostly_be_longer_than_all_but_a_few():
    with pytest.raises(ScenarioError, match=r"outage_p95.* must not be below outage_median"):
        small(40, parameters={"cyber": {"outage_median": 80.0}})
