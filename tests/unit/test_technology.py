"""What a decision costs, how it sets the smallest loan, and what technology changes of both."""

import numpy as np
import pytest
from slow_market import EASY, YUAN, lend, market

from sim.agents.provider import decision_months
from sim.contracts.loans import WORKING
from sim.phases.adapt import adapt
from sim.phases.fund_loans import fund_loans
from sim.phases.underwrite import underwrite
from sim.world import Applications


# ------------------------------------------------------------ the smallest loan worth making
def test_cost_makes_small_loans_dearer_than_the_law_allows():
    """(0.046 + cost / amount + PD x 0.45) / (1 - PD) <= 0.24, with the PD of estimate 0."""
    cost = 2000.0
    hands = market(firms=3, delay=0, cost=cost)
    world = hands.world
    blind = {"application": {"auc": 0.5, "cost": cost}}
    hands.scenario = hands.scenario.but({"credit.providers": {"bank": {"sources": blind}}})
    pd = 1.0 / (1.0 + np.exp(3.3))
    smallest = cost / (0.24 * (1.0 - pd) - 0.046 - pd * 0.45)
    assert smallest == pytest.approx(11_802, abs=1)
    world.month, world.policy = 1, hands.scenario.policy(1)
    amounts = np.array([smallest - 10, smallest + 10, 100_000]) * YUAN
    world.desk.gap = np.zeros(3)
    world.desk.applications = Applications(
        firm=np.arange(3), purpose=np.full(3, WORKING), amount=amounts.astype(np.int64),
        loan=np.full(3, -1), candidates=np.zeros((3, 1), dtype=np.int64),
    )  # fmt: skip
    world.desk.sound_rollover = np.zeros(3, dtype=np.bool_)
    underwrite(world, hands.scenario)
    assert world.desk.offers.is_accepted.tolist() == [False, True, True]
    fund_loans(world, hands.scenario)
    # A refusal costs a fifth of a decision.
    assert world.banks.decision_cost.tolist() == [(2 + 0.2) * cost * YUAN]


# ------------------------------------------------------------ technology
@pytest.mark.parametrize(("level", "months", "left"), [(0, 3, 1), (0.5, 2, 0.501), (1, 0, 0.002)])
def test_technology_makes_decisions_quick_and_cheap(level, months, left):
    hands = market(delay=3, bank={**EASY, "technology": level})
    lend(hands, 1)
    offers = hands.world.desk.offers
    assert offers.months.tolist() == [months]
    assert offers.cost == pytest.approx([2000 * YUAN * left])


def test_months_are_rounded_up_and_no_further():
    found = [decision_months(s, t) for s, t in ((0, 0.0), (1, 0.99), (10, 0.7), (12, 1.0))]
    assert found == [0, 1, 3, 0]


def test_technology_sharpens_signals():
    found = []
    for level in (0.0, 1.0):
        hands = market(bank={**EASY, "technology": level})
        source = hands.scenario.policy(1).sources["bank"][0]
        lend(hands, 1)
        found.append(float(hands.world.desk.offers.estimate[0]))
    index = float(hands.world.enterprises.index[0])
    p = np.array([source.p, 1.5 * source.p])
    # estimate = (p y + sqrt(p) e) / (1 + p): the same noise e under both.
    noise = (np.array(found) * (1 + p) - p * index) / np.sqrt(p)
    assert noise[0] == pytest.approx(noise[1])


def test_technology_is_paid_for():
    paid = []
    for level in (0.0, 1.0):
        hands = market(delay=0, cost=0.0, bank={**EASY, "technology": level, "variable_cost": 0.0})
        hands.cash("enterprise", 100_000 * YUAN)  # nobody borrows
        lend(hands, 1)
        before = hands.world.banks.net_worth[0]
        hands.world.banks.initial_capital[:] = before  # nothing above it to pay out
        adapt(hands.world, hands.scenario)
        paid.append(before - hands.world.banks.net_worth[0])
    assert paid[0] == 0.002 * 100_000_000 * YUAN
    assert paid[1] == 1.3 * paid[0]


def test_the_slowest_source_sets_the_pace():
    hands = market(delay=1)
    more = {"collateral": {"delay": 2}, "relationship": {"delay": 0}}
    hands.scenario = hands.scenario.but({"credit.providers": {"bank": {"sources": more}}})
    lend(hands, 1)
    assert hands.world.decisions.due.tolist() == [3]
