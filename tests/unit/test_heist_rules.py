"""Theft and breaches by hand: who loses what, what custody keeps, and what becomes of loans in
stolen names."""

from dataclasses import replace

import numpy as np
import pytest
from by_hand import YUAN, emptied, ids

from sim.breaches import open_breaches, pay_compensation
from sim.contracts.breaches import Breach, precision_kept
from sim.estates import pay_lender_estates
from sim.fraud_estates import expose_claims, pay_fraud_estates
from sim.identity_fraud import age_identity_loans, lend_to_nobody
from sim.ledger import LedgerError
from sim.liquidations import fail_platforms, pay_savers
from sim.phases.move_savings import _take_out
from sim.pools import pool_assets, subscribe
from sim.ransom import ALWAYS, BY_OWN_SIGHT, NEVER, answer_ransoms
from sim.table import Book
from sim.theft import repay_robbed, rob

POOL = {"pooling_share": 1.0, "liquidation_cost": 0.0}
NO_NEWS = dict.fromkeys(("trust_lost", "compensation", "identity_share", "identity_months"), 0.0)


def covered(hands, *channels):
    hands.world.policy = replace(hands.world.policy, off=frozenset(channels))
    return hands


def matching(own=0, balances=(600, 400), **fields):
    """A platform that matches loans, with own cash and idle money of two savers."""
    hands = emptied(1, 0, 0, 1, len(balances), platform=fields)
    for saver, fen in enumerate(balances):
        hands.deposits(saver * hands.world.slots, 0, fen)
    hands.cash("platform", own)
    hands.checked()
    return hands


def pool(own=0, claims=(600, 400)):
    hands = emptied(1, 0, 0, 1, len(claims), platform=POOL)
    hands.cash("investor", *claims)
    rows = np.arange(len(claims)) * hands.world.slots
    hands.world.accounts.platform[rows] = 0
    subscribe(hands.world, rows, ids(*claims))
    hands.cash("platform", own)
    hands.checked()
    return hands


def robbed(hands, share, kind="platform"):
    found = rob(hands.world, kind, ids(0), np.array([share]), ids(77))
    hands.checked()
    return [fen.tolist() for fen in found]


def ended(hands):
    """Let the month end for a platform: it fails if it has to, and its estate pays."""
    world, scenario = hands.world, hands.scenario
    fail_platforms(world, scenario)
    expose_claims(world)
    pay_savers(world, scenario)
    pay_fraud_estates(world, scenario)
    pay_lender_estates(world, scenario)
    hands.checked()


# ---------------------------------------------------------------- theft
@pytest.mark.parametrize("make", [matching, pool])
def test_a_theft_takes_nothing_from_custody(make):
    hands = make(own=200)
    hands.world.ledger.in_custody = np.array([True])
    assert robbed(hands, 0.5) == [[100], [0]]
    assert hands.world.platforms.client_cash.tolist() == [1000]


def test_the_ledger_refuses_a_theft_from_custody():
    hands = matching()
    hands.world.ledger.in_custody = np.array([True])
    with pytest.raises(LedgerError, match="in custody"):
        hands.world.ledger.pay("theft", "platform", ids(0), "outside", None, ids(1),
                               payer_account="client_cash")  # fmt: skip


def test_a_lender_loses_own_cash_and_nothing_else():
    hands = emptied(1, 0, 1)
    hands.cash("micro_lender", 1001)
    assert robbed(hands, 0.5, "micro_lender") == [[500], [0]]
    assert hands.world.micro_lenders.net_worth.tolist() == [501]
    memory = hands.world.impairments
    assert (memory.sources.tolist(), memory.amounts.tolist()) == ([77], [500])


def test_own_cash_replaces_what_clients_lost():
    hands = matching(own=1000)
    assert robbed(hands, 0.5) == [[500], [500]]
    world = hands.world
    assert world.accounts.balance[[0, world.slots]].tolist() == [600, 400]
    assert world.platforms.client_cash.tolist() == [1000]
    assert world.platforms.net_worth.tolist() == [0]
    assert not world.fraud_claims.n


def test_what_own_cash_cannot_replace_stays_owed_and_is_paid_later():
    hands = matching(own=200)
    assert robbed(hands, 0.5) == [[100], [500]]
    world = hands.world
    assert world.fraud_claims.owed.tolist() == [240, 160]  # of 500 taken, 100 replaced
    assert world.accounts.balance[[0, world.slots]].tolist() == [360, 240]
    assert world.platforms.net_worth.tolist() == [-400]
    assert world.investors.net_worth.tolist() == [600, 400]
    hands.world.ledger.pay("entry_equity", "outside", None, "platform", ids(0), ids(100))
    repay_robbed(world)
    hands.checked()
    assert world.fraud_claims.owed.tolist() == [180, 120]
    assert hands.holds("investor") == [60, 40]


def test_clients_of_a_robbed_platform_that_fails_lose_what_is_gone():
    hands = matching()
    robbed(hands, 0.5)
    world = hands.world
    ended(hands)
    assert not world.platforms.alive[0]
    assert world.investors.loss_total.tolist() == [300, 200]
    assert world.desk.tally["theft_loss"] == 500
    assert not world.desk.tally.get("fraud_loss")
    # Once clients have the money that is left, the rest is written off and the estate closes.
    _take_out(world, ids(0, world.slots))
    ended(hands)
    assert not world.fraud_claims.is_open.any()
    assert not world.platforms.is_in_estate[0]
    assert world.investors.net_worth.tolist() == [300, 200]


def test_where_cyber_is_covered_outside_is_the_one_whose_money_is_gone():
    hands = covered(matching(own=200), "cyber")
    assert robbed(hands, 0.5) == [[100], [500]]
    world = hands.world
    assert world.accounts.balance[[0, world.slots]].tolist() == [600, 400]
    assert world.platforms.client_cash.tolist() == [1000]
    assert world.platforms.net_worth.tolist() == [-400]  # as if nothing were covered
    assert world.fraud_claims.owed.tolist() == [400]
    assert world.desk.cover == {"cyber": 500, "cyber_back": 100}
    assert not world.impairments.keys.size
    ended(hands)
    assert not world.investors.loss_total.any()


def test_a_pool_has_less_to_redeem_from():
    hands = pool(own=100)
    assert robbed(hands, 0.5) == [[50], [500]]
    world = hands.world
    assert pool_assets(world).tolist() == [500]
    assert world.platforms.net_worth.tolist() == [-450]
    ended(hands)
    assert hands.holds("investor") == [330, 220]  # its own 50 and the 500 that are left
    assert world.platforms.is_in_estate.tolist() == [False]


def test_savers_of_a_covered_pool_come_before_outside_when_it_ends():
    hands = covered(pool(own=100), "cyber")
    robbed(hands, 0.5)
    world = hands.world
    assert world.platforms.net_worth.tolist() == [-450]
    ended(hands)
    assert hands.holds("investor") == [600, 400]
    assert not world.fraud_claims.is_open.any()
    assert world.platforms.is_in_estate.tolist() == [False]


# ---------------------------------------------------------------- ransom
def asked_of_a_lender(ransom, cash, how=BY_OWN_SIGHT, lost_clients=0.5):
    """Ask ransom of a lender that earns 100 a month and would be down for a fifth of it."""
    hands = emptied(1, 0, 1, platform={"franchise_months": 8})
    hands.lends("micro_lender", 0, 0, 10_000, rate=0.12)
    hands.cash("micro_lender", cash)
    pays = answer_ransoms(hands.world, hands.scenario, "micro_lender", ids(0), ids(ransom),
                          np.array([0.2]), np.array([lost_clients]), ids(how), ids(77))  # fmt: skip
    hands.checked()
    return bool(pays[0]), hands.holds("micro_lender")[0]


def test_an_owner_pays_ransom_where_being_down_costs_more():
    # 0.2 x 100 x (1 + 0.5 x 8) = 100
    assert asked_of_a_lender(100, 300) == (True, 200)
    assert asked_of_a_lender(101, 300) == (False, 300)
    assert asked_of_a_lender(21, 300, lost_clients=0.0) == (False, 300)


def test_a_scenario_may_say_whether_ransom_is_paid():
    assert asked_of_a_lender(200, 300, ALWAYS) == (True, 100)
    assert asked_of_a_lender(1, 300, NEVER) == (False, 300)
    assert asked_of_a_lender(301, 300, ALWAYS) == (False, 300)  # who lacks the cash cannot


# ---------------------------------------------------------------- breaches
def test_precision_is_less_until_sources_are_renewed():
    book = Book(Breach)
    book.append(3, {"provider": [2, 2, 0], "month": [3, 5, 4], "renewed": [6, 9, 5],
                    "precision_lost": [0.5, 0.2, 1.0]})  # fmt: skip
    provider = ids(2, 2, 2, 2, 2, 0, 0, 0, 1)
    month = ids(2, 3, 5, 6, 9, 3, 4, 5, 4)
    kept = precision_kept(book, 4, provider, month)
    assert kept.tolist() == pytest.approx([1, 0.5, 0.4, 0.8, 1, 1, 0, 1, 1])
    assert (kept[[0, 4, 5, 7, 8]] == 1.0).all()  # to the bit
    assert precision_kept(book, 4, provider[:0], month[:0]).tolist() == []


def breached(hands, number, **terms):
    one = {name: np.array([float(v)]) for name, v in {**NO_NEWS, "precision_lost": 0.0, "months": 0,
                                                      **terms}.items()}  # fmt: skip
    return open_breaches(hands.world, ids(number), ids(5), np.array([1.0]), one).tolist()


THIEVES = {"identity_share": 1.0, "identity_months": 1}


def test_records_are_those_of_borrowers_and_savers():
    hands = emptied(3, 1, 0, 2, 3)
    hands.lends("bank", 0, 0, 100)
    hands.lends("bank", 0, 0, 100)
    hands.lends("bank", 0, 2, 100)
    hands.funds(0, 1, (0, 300), (4, 300))
    hands.deposits(8, 1, 50)
    start = hands.world.first_number("platform")
    assert [breached(hands, n)[0] for n in (0, start, start + 1)] == [2, 3, 1]


def test_a_loan_in_a_stolen_name_is_lost_after_its_months():
    hands = emptied(1, 0, 1)
    hands.lends("micro_lender", 0, 0, 100 * YUAN)
    hands.cash("micro_lender", 500 * YUAN)
    world, scenario = hands.world, hands.scenario
    number = world.first_number("micro_lender")
    world.micro_lenders.initial_capital[:] = 0.0
    assert breached(hands, number, **THIEVES) == [1]
    lend_to_nobody(world, scenario)
    hands.checked()
    assert hands.holds("micro_lender") == [400 * YUAN]
    firms = scenario.parameters.enterprise
    for month in range(2, 3 + firms.arrears_months + firms.estate_months):
        world.month = month
        lend_to_nobody(world, scenario)  # nothing is asked for any more
        age_identity_loans(world, scenario)
        hands.checked()
        bad, gone = 1 + firms.arrears_months, 1 + firms.arrears_months + firms.estate_months
        provision = 50 * YUAN if bad <= month < gone else 0
        assert world.micro_lenders.provisions.tolist() == [provision], month
        worth = (500 if month >= gone else 600) * YUAN
        assert world.micro_lenders.net_worth.tolist() == [worth], month
    assert world.impairments.amounts.tolist() == [50 * YUAN]
    assert not world.identity_loans.is_open.any()


@pytest.mark.parametrize("channel", ["cyber", "funding"])
def test_covered_loans_in_stolen_names_cost_a_lender_nothing(channel):
    hands = covered(emptied(1, 1), channel)
    hands.lends("bank", 0, 0, 100 * YUAN)
    hands.cash("bank", 500 * YUAN)
    world, scenario = hands.world, hands.scenario
    breached(hands, 0, **THIEVES)
    lend_to_nobody(world, scenario)
    world.month += scenario.parameters.enterprise.arrears_months
    age_identity_loans(world, scenario)
    hands.checked()
    assert hands.holds("bank") == [500 * YUAN]
    assert world.desk.cover == {channel: 100 * YUAN}
    assert not world.identity_loans.is_open.any()
    assert not world.impairments.keys.size


def test_savers_lend_to_thieves_through_a_platform_and_lose_it():
    hands = emptied(1, 0, 0, 1, 2)
    hands.funds(0, 0, (0, 300), (4, 100), amount=400)
    hands.deposits(0, 0, 300)
    hands.deposits(4, 0, 500)
    world, scenario = hands.world, hands.scenario
    number = world.first_number("platform")
    breached(hands, number, identity_share=1 / 3, identity_months=1)
    lend_to_nobody(world, scenario)
    hands.checked()
    assert world.identity_loans.principal.tolist() == [150, 250]
    assert world.accounts.invested[[0, 4]].tolist() == [450, 350]
    firms = scenario.parameters.enterprise
    world.month += firms.arrears_months + firms.estate_months
    age_identity_loans(world, scenario)
    hands.checked()
    assert world.investors.loss_total.tolist() == [150, 250]
    assert world.accounts.invested[[0, 4]].tolist() == [300, 100]
    assert not world.impairments.keys.size, "it is no loss of the platform"


def test_an_estate_stays_open_for_loans_in_stolen_names():
    hands = emptied(1, 0, 1)
    row = hands.lends("micro_lender", 0, 0, 100 * YUAN)
    world, scenario = hands.world, hands.scenario
    hands.cash("micro_lender", 500 * YUAN)
    world.micro_lenders.initial_capital[:] = 0.0
    breached(hands, world.first_number("micro_lender"), **THIEVES)
    lend_to_nobody(world, scenario)
    world.loans.holder[row] = 0  # as if taken over: only the loan to nobody is left
    world.micro_lenders.alive[0], world.micro_lenders.is_in_estate[0] = False, True
    pay_lender_estates(world, scenario)
    assert world.micro_lenders.is_in_estate[0]
    world.month += 99
    age_identity_loans(world, scenario)
    pay_lender_estates(world, scenario)
    assert not world.micro_lenders.is_in_estate[0]


@pytest.mark.parametrize(("own", "each"), [(1000, 100), (240, 80)])
def test_all_clients_are_paid_alike_as_far_as_cash_goes(own, each):
    hands = emptied(1, 0, 0, 1, 2)
    hands.funds(0, 0, (0, 300), (4, 100))
    hands.cash("enterprise", 0)
    hands.cash("platform", own)
    breached(hands, hands.world.first_number("platform"), compensation=100)
    pay_compensation(hands.world, hands.scenario)
    hands.checked()
    assert hands.holds("investor") == [each, each]
    assert hands.holds("enterprise") == [each]
    assert hands.holds("platform") == [own - 3 * each]
