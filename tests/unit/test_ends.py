"""Why institutions end, by hand: what they lack, and what of it others did to them."""

import numpy as np
import pytest
from by_hand import emptied, ids

from sim.contracts.impairments import CHANNELS
from sim.crowdfunding import end_campaigns
from sim.emergency import _lacking
from sim.phases.allocate_losses import _provision_loans
from sim.phases.resolve_failures import _fail_providers
from sim.postings import institution_due, party, unpaid_dues

LENDERS = ("micro_lender", "ecommerce_lender", "platform")


def one_of_each():
    hands = emptied(2, banks=1, micro_lenders=1, platforms=1, investors=2, ecommerce_lenders=1,
                    crowdfunding_platforms=1)  # fmt: skip
    hands.cash("bank", 5_000)
    return hands


def remember(hands, kind, fen):
    victim, source = party(kind, ids(0)), party("enterprise", ids(1))
    hands.world.impairments.record(victim, "funding", source, np.array([float(fen)]))


def owes_costs(hands, kind, fen):
    """Let running costs stand unpaid for long; other assets keep its capital up."""
    hands.cash(kind, 10 * fen)
    institution_due(hands.world, kind, ids(fen))
    hands.world.tables[kind].cost_late[:] = 99


@pytest.mark.parametrize("kind", LENDERS)
def test_who_fails_by_unpaid_costs_lacks_them(kind):
    hands = one_of_each()
    owes_costs(hands, kind, 400)
    remember(hands, kind, 100)
    _fail_providers(hands.world, hands.scenario)
    (event,) = hands.world.desk.events
    assert (event["kind"].tolist(), event["shortfall"].tolist()) == ([kind], [400])
    assert event["weight"] == pytest.approx([0.25])
    assert event["cause"].tolist() == ["mixed"]


def test_a_crowdfunding_platform_lacks_its_unpaid_costs_too():
    hands = one_of_each()
    owes_costs(hands, "crowdfunding_platform", 400)
    remember(hands, "crowdfunding_platform", 100)
    end_campaigns(hands.world, hands.scenario)
    (event,) = hands.world.desk.events
    assert event["shortfall"].tolist() == [400]
    assert event["weight"] == pytest.approx([0.25])


@pytest.mark.parametrize(("provisions", "lacking"), [(1_300, 400), (3_000, 1_400)])
def test_where_capital_is_gone_too_the_larger_counts(provisions, lacking):
    hands = one_of_each()
    owes_costs(hands, "ecommerce_lender", 400)  # of capital 3 600
    hands.cash("ecommerce_lender", 2_000)  # of capital 1 600
    hands.world.ecommerce_lenders.provisions[:] = provisions
    _fail_providers(hands.world, hands.scenario)
    assert hands.world.desk.events[0]["shortfall"].tolist() == [lacking]


def test_dues_of_a_micro_lender_hold_its_late_wholesale_debts():
    hands = one_of_each()
    world = hands.world
    institution_due(world, "micro_lender", ids(30))
    hands.wholesale(0, 0, 500, interest=7, months_left=0)
    hands.wholesale(0, 0, 800, interest=5, months_left=9)
    number = world.first_number("micro_lender")
    assert unpaid_dues(world)[number] == 30, "what is not late is not unpaid"
    world.micro_lenders.months_late[:] = 1
    assert unpaid_dues(world)[number] == 30 + 500 + 7 + 5
    hands.cash("micro_lender", 40)
    assert _lacking(world)[number] == 542 - 40


def test_an_end_that_lacks_nothing_is_still_divided_by_something():
    hands = one_of_each()
    hands.cash("platform", 1_000)
    hands.world.platforms.cost_late[:] = 99
    remember(hands, "platform", 100)
    _fail_providers(hands.world, hands.scenario)
    assert hands.world.desk.events[0]["shortfall"].tolist() == [1]


# ------------------------------------------------------------ what savers lose
def noted(reserve, is_promised):
    """A loan of 1000 through notes of 600 and 400 has just failed; the reserve holds so much."""
    hands = emptied(1, 0, 0, 1, 2)
    hands.funds(0, 0, (0, 600), (4, 400), is_promised=is_promised)
    hands.cash("platform", reserve)
    hands.world.ledger.pay("reserve_fill", "platform", ids(0), "platform", ids(0), ids(reserve),
                           payer_account="cash", receiver_account="reserve_cash")  # fmt: skip
    _provision_loans(hands.world, hands.scenario, ids(0))
    hands.checked()
    memory = hands.world.impairments
    assert set(memory.victims) <= set(party("platform", ids(0)))
    assert {CHANNELS[number] for number in memory.channels} <= {"notes"}
    return hands, memory.amounts.tolist()


@pytest.mark.parametrize(("reserve", "paid"), [(0, []), (700, [600]), (1_000, [1_000])])
def test_a_platform_remembers_what_its_reserve_paid_and_not_what_savers_lose(reserve, paid):
    hands, amounts = noted(reserve, is_promised=False)
    assert amounts == paid
    assert hands.world.platforms.excess_loss[0] > 0, "new money stays away all the same"


def test_a_platform_that_promised_remembers_what_it_owes_and_no_more_than_the_face():
    share = noted(0, is_promised=True)[0].scenario.parameters.market.provision_share
    assert noted(0, is_promised=True)[1] == [1_000 * share]
    assert noted(600, is_promised=True)[1] == pytest.approx([1_000 * share + 600 * (1 - share)])
    assert noted(1_000, is_promised=True)[1] == pytest.approx([1_000])
