"""Receivables on a core firm sold to a bank: price, books, who bears the buyer's default."""

from dataclasses import replace

import numpy as np
import pytest
from by_hand import emptied, ids

from sim.chart import OUTSIDE
from sim.contracts.receivables import discount, sold_for_need
from sim.factoring import sell_receivables
from sim.phases.adapt import adapt
from sim.phases.allocate_losses import allocate_losses
from sim.phases.resolve_failures import resolve_failures
from sim.phases.seek_credit import seek_credit
from sim.phases.settle import settle

YUAN = 100
CORE, SUPPLIER = 0, 1
PD = 1.0 / (1.0 + np.exp(3.3))  # of the pooled scorecard for a firm it knows nothing of
FACE = 10_000 * YUAN
# 10,000 x (0.046 + 0.85 PD) x 2/12 and 50 yuan for the decision, PD = 0.03557
DISCOUNT_2 = 17_706


def owing(*ages, face=FACE, **parameters):
    """Let core firm 0 owe firm 1 the face for each age; bank 0 may buy and knows nothing."""
    bank = {"pd_cutoff": 1.0, **parameters.pop("bank", {})}
    hands = emptied(firms=3, banks=1, bank=bank, **parameters)
    world = hands.world
    world.enterprises.is_core[CORE] = True
    world.policy = replace(world.policy, factors=("bank",), sources={})
    hands.cash("bank", 100 * FACE)
    for age in ages:
        hands.buys(CORE, SUPPLIER, face, f"due_in_{age}" if age else "due")
    world.ledger.open_month()
    return hands


def sell(hands, wish=FACE / 2, firm=SUPPLIER):
    """Let one firm sell for the cash it wishes for; return what it got."""
    wishes = np.zeros(hands.world.enterprises.n)
    wishes[firm] = wish
    got = sell_receivables(hands.world, hands.scenario, wishes,
                           lambda kind, firms: np.zeros(len(firms), np.int64))  # fmt: skip
    hands.checked()
    return got


def worth(hands, kind, row):
    return int(hands.world.tables[kind].net_worth[row])


# ------------------------------------------------------------ rules
def test_the_discount_is_simple_interest_expected_loss_and_the_decision():
    face, months, pd = ids(1_000_000, 1_000_000), ids(3, 1), np.array([0.02, 0.0])
    # 1,000,000 x (0.046 + 0.02 x 0.85) x 3/12 + 5000 and 1,000,000 x 0.046 / 12 + 5000
    assert discount(face, months, 0.046, pd, 0.85, 5000.0) == pytest.approx([20_750, 8_833.333])


def test_whole_invoices_are_sold_the_soonest_due_first_until_the_need_is_met():
    supplier, months = ids(1, 2, 1, 1, 0), ids(3, 1, 1, 2, 1)
    price, need = ids(50, 50, 30, 30, 50), np.array([0.0, 40.0, 500.0])
    # Firm 1: 30 due in a month, 30 in two, then 60 are enough; firm 2 sells all; firm 0 nothing.
    assert sold_for_need(supplier, months, price, need).tolist() == [
        False, True, True, True, False]  # fmt: skip


# ------------------------------------------------------------ a sale
def test_a_sale_moves_cash_and_the_claim_and_nothing_else():
    hands = owing(2)
    assert sell(hands).tolist() == [0, FACE - DISCOUNT_2, 0]
    world = hands.world
    assert hands.holds("enterprise") == [0, FACE - DISCOUNT_2, 0]
    assert hands.holds("bank") == [99 * FACE + DISCOUNT_2]
    assert world.links.due_in_2.tolist() == [0]
    book = world.receivables
    assert (book.amount.tolist(), book.months_left.tolist()) == ([FACE], [2])
    assert (book.buyer.tolist(), book.supplier.tolist()) == ([CORE], [SUPPLIER])
    assert book.pd.tolist() == pytest.approx([PD])
    assert worth(hands, "enterprise", CORE) == -FACE
    assert worth(hands, "enterprise", SUPPLIER) == FACE - DISCOUNT_2
    assert worth(hands, "bank", 0) == 100 * FACE + DISCOUNT_2
    paid = {k[0]: fen for k, fen in world.ledger.flows.items() if k[1] == "payment" and fen}
    assert paid == {"receivable_sale": FACE - DISCOUNT_2}
    assert world.banks.decision_cost.tolist() == [50 * YUAN]


def test_what_is_due_already_is_not_sold():
    hands = owing(0, 1)
    sell(hands, 10 * FACE)
    assert hands.world.links.due.tolist() == [FACE, 0]
    assert hands.world.receivables.months_left.tolist() == [1]


def test_the_soonest_due_is_sold_first_and_no_more_than_needed():
    hands = owing(4, 1, 3)
    sell(hands, FACE)
    assert sorted(hands.world.receivables.months_left.tolist()) == [1, 3]
    assert hands.world.links.due_in_4.tolist() == [FACE, 0, 0]


def no_core(world):
    world.enterprises.is_core[CORE] = False


def late_core(world):
    world.enterprises.months_late[CORE] = 1


def dead_core(world):
    world.enterprises.alive[CORE], world.enterprises.is_in_estate[CORE] = False, True


def dead_bank(world):
    world.banks.alive[0] = False


def nobody_may(world):
    world.policy = replace(world.policy, factors=())


@pytest.mark.parametrize("change", [no_core, late_core, dead_core, dead_bank, nobody_may])
def test_nothing_is_sold_where(change):
    hands = owing(2)
    change(hands.world)
    assert not sell(hands).any()
    assert not hands.world.receivables.n


@pytest.mark.parametrize(("fields", "sold"), [
    ({}, True),
    ({"bank": {"pd_cutoff": 0.035}}, False),  # PD is 0.0356
    ({"bank": {"pd_cutoff": 0.036}}, True),
    ({"market": {"factoring_minimum": 10_001.0}}, False),
    ({"market": {"factoring_minimum": 10_000.0}}, True),
    ({"market": {"rate_cap": 0.106}}, False),  # 17,706 fen on 1,000,000 in two months: 0.10624
    ({"market": {"rate_cap": 0.107}}, True),
])  # fmt: skip
def test_cut_off_minimum_and_dearest_price(fields, sold):
    hands = owing(2, **fields)
    assert sell(hands).any() == sold


def test_a_bank_buys_as_far_as_its_capital_goes_and_takes_deposits_for_it():
    hands = owing(2, 2, 2, bank={"capital_ratio": 0.5})
    # Capital of 8,000 carries claims of 16,000: one invoice of 10,000, not two.
    hands.cash("bank", FACE * 8 // 10)
    got = sell(hands, 3 * FACE)
    assert got[SUPPLIER] == FACE - DISCOUNT_2
    assert hands.holds("bank") == [0]
    assert hands.world.banks.deposits.tolist() == [FACE * 2 // 10 - DISCOUNT_2]
    assert sell(hands, 3 * FACE)[SUPPLIER] == 0, "what it bought counts among its claims"


@pytest.mark.parametrize(("face", "left"), [(100_000, None), (40_000, 90_000)])
def test_a_firm_applies_for_what_it_could_not_raise_by_selling(face, left):
    hands = owing(2, face=face * YUAN, enterprise={"investment_hazard": 0.0})
    world = hands.world
    world.enterprises.outflow[:] = 0.0
    # No cash for a buffer of 27 days: a gap of 90,000, and 65,000 more as a cushion.
    world.enterprises.outflow[SUPPLIER] = 100_000 * YUAN
    seek_credit(world, hands.scenario)
    hands.checked()
    price = hands.holds("enterprise")[SUPPLIER]
    assert 0 < price < face * YUAN
    assert world.desk.gap[SUPPLIER] == (0.0 if left is None else left * YUAN - price)
    papers = world.desk.applications
    if left is None:
        assert not len(papers), "more than the gap was raised; the rest is a cushion"
    else:
        assert papers.firm.tolist() == [SUPPLIER]
        assert papers.amount.tolist() == [155_000 * YUAN - price]


def test_what_a_factor_holds_costs_it_as_a_loan_does_and_keeps_its_estate_open():
    hands = owing(2, bank={"fixed_cost_share": 0.0, "variable_cost": 0.12})
    sell(hands)
    world = hands.world
    adapt(world, hands.scenario)
    key = ("institution_arrears_grant", "entry", "institution_arrears", "bank", "outside", "")
    # 1 % of 10,000 for the month, and 50 for the decision.
    assert world.ledger.flows[key] == 150 * YUAN
    world.banks.alive[0], world.banks.is_in_estate[0] = False, True
    resolve_failures(world, hands.scenario)
    assert world.banks.is_in_estate[0], "a claim is still to come in"
    hands.cash("enterprise", FACE, 0, 0)
    world.receivables.months_left[:] = 0
    settle(world, hands.scenario)
    resolve_failures(world, hands.scenario)
    assert not world.banks.is_in_estate[0]
    hands.checked()


# ------------------------------------------------------------ the buyer pays
def test_a_buyer_forecasts_what_it_owes_the_factor():
    hands = owing(1)
    sell(hands)
    hands.world.enterprises.outflow[:] = 0.0
    seek_credit(hands.world, hands.scenario)
    assert hands.world.desk.gap[CORE] == 0, "not due yet"
    hands.world.receivables.months_left[:] = 0
    seek_credit(hands.world, hands.scenario)
    assert hands.world.desk.gap[CORE] == FACE


def test_the_buyer_pays_the_factor_when_due():
    hands = owing(1)
    sell(hands)
    hands.cash("enterprise", FACE, 0, 0)
    settle(hands.world, hands.scenario)
    assert hands.holds("enterprise")[CORE] == FACE, "it is not due yet"
    hands.world.receivables.months_left[:] = 0
    settle(hands.world, hands.scenario)
    hands.checked()
    assert hands.holds("enterprise") == [0, 0, 0]
    assert hands.world.receivables.amount.tolist() == [0]
    assert not hands.world.enterprises.months_late.any()


def test_a_buyer_who_is_short_is_late_with_the_factor_and_its_supplier_alike():
    hands = owing(0, 1)
    sell(hands)
    hands.world.receivables.months_left[:] = 0
    hands.cash("enterprise", FACE, 0, 0)
    before = hands.holds("bank")[0]
    settle(hands.world, hands.scenario)
    hands.checked()
    assert hands.holds("enterprise") == [0, FACE // 2, 0]
    assert hands.holds("bank") == [before + FACE // 2]
    assert hands.world.receivables.amount.tolist() == [FACE // 2]
    assert hands.world.enterprises.months_late.tolist() == [1, 0, 0]


# ------------------------------------------------------------ the buyer defaults
def defaulted(hands):
    """Let the core firm default, and firm 1 be a month late with little net worth."""
    world = hands.world
    world.enterprises.months_late[:] = [3, 1, 0]
    allocate_losses(world, hands.scenario)
    hands.checked()
    return world


def thin(*ages):
    """Leave firm 1 with a net worth below half of what the core firm owes it."""
    hands = owing(*ages)
    hands.costs(SUPPLIER, FACE * 6 // 10)
    return hands


def test_without_a_sale_the_buyers_default_brings_down_its_supplier():
    world = defaulted(thin(2))
    assert world.enterprises.alive.tolist() == [False, False, True]
    assert world.links.provision.tolist() == [FACE / 2]
    assert world.banks.provisions.tolist() == [0]


def test_with_a_sale_it_hits_the_factor_instead():
    hands = thin(2)
    sell(hands)
    hands.cash("enterprise", 0, FACE - DISCOUNT_2, 0)
    world = defaulted(hands)
    assert world.enterprises.alive.tolist() == [False, True, True]
    assert not world.links.provision.any()
    assert world.banks.provisions.tolist() == [FACE / 2]
    assert world.banks.excess_loss.tolist() == [FACE / 2]
    memory = world.impairments
    assert memory.victims.tolist() == [3], "the bank, whose losses may make it refuse credit"
    assert memory.sources.tolist() == [1], "the core firm"


def test_the_factor_ranks_with_other_creditors_and_loses_the_rest():
    hands = owing(0, 2)
    sell(hands)
    hands.cash("enterprise", FACE * 8 // 10, 0, 0)
    world = defaulted(hands)
    world.month = int(world.enterprises.estate_until[CORE])
    bank, supplier = worth(hands, "bank", 0), worth(hands, "enterprise", SUPPLIER)
    resolve_failures(world, hands.scenario)
    hands.checked()
    # A quarter of 8,000 is the cost of the estate; 6,000 for two claims of 10,000.
    assert worth(hands, "bank", 0) == bank - FACE * 7 // 10
    assert worth(hands, "enterprise", SUPPLIER) == supplier - FACE * 7 // 10
    assert world.banks.provisions.tolist() == [0]
    assert world.receivables.amount.tolist() == [0]
    assert world.desk.tally["factoring_loss"] == FACE * 7 // 10
    # 5,000 provisioned and 2,000 more lost, less a fade and the loss priced, which are small here.
    assert world.banks.excess_loss.tolist() == pytest.approx([FACE * 7 / 10])


def test_with_funding_covered_outside_takes_the_claim_over_at_face():
    hands = owing(2)
    sell(hands)
    hands.world.policy = replace(hands.world.policy, off=frozenset(["funding"]))
    before = hands.holds("bank")[0]
    world = defaulted(hands)
    assert hands.holds("bank") == [before + FACE]
    assert world.desk.cover["funding"] == FACE
    assert world.receivables.holder.tolist() == [OUTSIDE]
    assert not world.banks.provisions.any()
    assert not world.banks.excess_loss.any()
    assert world.banks.premium_due.tolist() == pytest.approx([PD * 0.85 / 12 * FACE])


def test_with_trade_covered_outside_pays_what_was_kept_and_not_what_was_sold():
    hands = owing(0, 1)
    sell(hands)
    hands.world.receivables.months_left[:] = 0
    hands.world.policy = replace(hands.world.policy, off=frozenset(["trade"]))
    settle(hands.world, hands.scenario)
    hands.checked()
    assert hands.world.desk.cover["trade"] == FACE
    assert hands.world.links.covered.tolist() == [FACE, 0]
    assert hands.world.receivables.amount.tolist() == [FACE]


def test_an_owner_who_closes_pays_the_factor_first():
    hands = owing(2, enterprise={"young_closure": 1.0, "mature_closure": 1.0})
    sell(hands)
    hands.cash("enterprise", FACE - 1, 0, 0)
    before = hands.holds("bank")[0]
    resolve_failures(hands.world, hands.scenario)
    assert hands.world.enterprises.alive[CORE], "it cannot pay all it owes"
    hands.cash("enterprise", FACE, 0, 0)
    resolve_failures(hands.world, hands.scenario)
    hands.checked()
    assert not hands.world.enterprises.alive[CORE]
    assert hands.holds("bank") == [before + FACE]
