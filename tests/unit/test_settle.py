"""Two firms and a bank settle: who pays what, who is late, and what is remembered."""

import numpy as np
import pytest
from by_hand import emptied, ids

from sim.channels import CHANNELS as SWITCHES
from sim.contracts.impairments import CHANNELS
from sim.ledger import Claim
from sim.note_posting import accrue_on_notes
from sim.phases.settle import settle

YUAN = 100
FIRST, SECOND = 1, 16 + 1  # party ids of the two firms


def settled(hands):
    settle(hands.world, hands.scenario)
    hands.checked()


def remembered(hands):
    """List (victim, channel, source, yuan) of the memory."""
    m = hands.world.impairments
    names = [CHANNELS[number] for number in m.channels]
    yuan = (m.amounts / YUAN).tolist()
    return list(zip(m.victims.tolist(), names, m.sources.tolist(), yuan, strict=True))


def late(hands):
    return hands.world.enterprises.months_late.tolist()


@pytest.fixture
def short():
    """Firm 0 has 1000 yuan for costs of 600, 500 to firm 1 and 300 to the bank."""
    hands = emptied(firms=2, banks=1)
    loan = hands.lends("bank", 0, 0, 5000 * YUAN, interest=100 * YUAN)
    hands.world.loans.principal_due[loan] = 200 * YUAN
    hands.costs(0, 600 * YUAN)
    hands.buys(0, 1, 500 * YUAN)
    hands.cash("enterprise", 1000 * YUAN, 0)
    return hands


def test_costs_come_first_and_the_rest_is_shared_by_what_is_due(short):
    settled(short)
    # 400 yuan for 800: 250 to firm 1, 150 to the bank, of which 100 interest.
    assert short.holds("enterprise") == [0, 250 * YUAN]
    assert short.holds("bank") == [150 * YUAN]
    loans, links = short.world.loans, short.world.links
    assert loans.interest_due.tolist() == [0]
    assert loans.principal.tolist() == [4950 * YUAN]
    assert loans.principal_due.tolist() == [150 * YUAN]
    assert links.due.tolist() == [250 * YUAN]
    assert links.overdue.tolist() == [250.0 * YUAN]
    assert short.world.enterprises.operating_arrears.tolist() == [0, 0]


def test_who_is_short_is_late_and_who_is_paid_late_is_not(short):
    settled(short)
    firms = short.world.enterprises
    assert late(short) == [1, 0]
    assert firms.short_by.tolist() == [400.0 * YUAN, 0.0]
    assert firms.is_short_by_others.tolist() == [False, False]
    assert firms.months_calm.tolist() == [0, 1]
    assert short.world.loans.late_months.tolist() == [1]


def test_arrears_age_and_end(short):
    settled(short)
    settled(short)
    assert late(short) == [2, 0]
    short.cash("enterprise", 400 * YUAN, 250 * YUAN)
    settled(short)
    assert late(short) == [0, 0]
    assert short.world.loans.late_months.tolist() == [0]
    assert short.holds("enterprise") == [0, 500 * YUAN]


def test_costs_alone_can_make_late(short):
    short.cash("enterprise", 599 * YUAN)
    settled(short)
    assert short.world.enterprises.operating_arrears.tolist() == [YUAN, 0]
    assert short.holds("enterprise") == [0, 0]
    assert short.holds("bank") == [0]
    assert late(short) == [1, 0]


def test_a_supplier_pays_with_what_its_customer_pays(short):
    short.costs(1, 250 * YUAN)
    settled(short)
    assert late(short) == [1, 0]
    assert short.holds("enterprise") == [0, 0]


def test_a_supplier_short_because_of_its_customer_is_marked(short):
    short.costs(1, 500 * YUAN)
    settled(short)
    assert late(short) == [1, 1]
    assert short.world.enterprises.is_short_by_others.tolist() == [False, True]


def test_a_ring_of_debts_clears_without_cash():
    hands = emptied(firms=2)
    hands.buys(0, 1, 70 * YUAN)
    hands.buys(1, 0, 70 * YUAN)
    settled(hands)
    assert late(hands) == [0, 0]
    assert not hands.world.links.due.any()


@pytest.mark.parametrize(("unpaid", "months"), [(99, 0), (100, 1)])
def test_less_than_a_yuan_is_not_late(unpaid, months):
    hands = emptied(firms=2)
    hands.buys(0, 1, 50 * YUAN)
    hands.cash("enterprise", 50 * YUAN - unpaid, 0)
    settled(hands)
    assert late(hands) == [months, 0]
    assert hands.world.links.due.tolist() == [unpaid], "it stays due all the same"


# ------------------------------------------------------------ what is remembered
def test_what_is_overdue_is_remembered_and_taken_back_when_paid(short):
    settled(short)
    assert remembered(short) == [(SECOND, "trade", FIRST, 250.0)]
    settled(short)
    assert remembered(short) == [(SECOND, "trade", FIRST, 250.0)], "counted once"
    # 160 yuan for 250 and 150: a hundred go to firm 1.
    short.cash("enterprise", 160 * YUAN, 0)
    settled(short)
    assert remembered(short) == [(SECOND, "trade", FIRST, 150.0)]
    short.cash("enterprise", 1000 * YUAN, 0)
    settled(short)
    assert remembered(short) == []


def test_new_arrears_add_to_old_ones(short):
    settled(short)
    links = short.world.links
    short.world.ledger.shift(links, ("due", "due_in_1"))
    short.buys(0, 1, 40 * YUAN)
    settled(short)
    assert remembered(short) == [(SECOND, "trade", FIRST, 290.0)]
    assert links.overdue.tolist() == [250.0 * YUAN, 40.0 * YUAN]


def test_what_was_paid_on_time_is_not_remembered():
    hands = emptied(firms=2)
    hands.buys(0, 1, 50 * YUAN)
    hands.cash("enterprise", 50 * YUAN, 0)
    settled(hands)
    assert remembered(hands) == []


def test_who_was_impaired_is_calm_for_the_first_month_only(short):
    calm = short.world.enterprises.months_calm
    calm[:] = 9
    settled(short)
    assert calm.tolist() == [0, 1]
    settled(short)
    assert calm.tolist() == [0, 2]


def test_with_trade_covered_outside_pays_the_supplier(short):
    world = short.world
    world.policy = short.scenario.with_channels_off(set(SWITCHES)).policy(1)
    settled(short)
    assert short.holds("enterprise") == [0, 500 * YUAN]
    assert short.holds("bank") == [150 * YUAN]
    assert world.links.covered.tolist() == [250 * YUAN]
    assert (world.desk.cover["trade"], world.desk.cover["trade_back"]) == (50_000, 25_000)
    assert remembered(short) == []


# ------------------------------------------------------------ lenders
def test_the_dead_and_bad_loans_are_left_out(short):
    world = short.world
    world.enterprises.alive[0], world.enterprises.is_in_estate[0] = False, True
    world.loans.is_bad[:] = True
    settled(short)
    assert short.holds("enterprise") == [1000 * YUAN, 0]
    assert late(short) == [0, 0]
    assert world.loans.late_months.tolist() == [1], "its loan grows older in default"


def test_wholesale_interest_and_the_matured_part_fall_due():
    hands = emptied(firms=1, banks=1, micro_lenders=1)
    hands.wholesale(0, 0, 1200 * YUAN, rate=0.10, months_left=2)
    hands.cash("micro_lender", 1210 * YUAN)
    settled(hands)
    assert hands.holds("bank") == [10 * YUAN]
    settled(hands)
    assert hands.holds("bank") == [1210 * YUAN]
    assert hands.world.micro_lenders.months_late.tolist() == [1], "ten yuan are lacking"
    book = hands.world.wholesale
    assert (book.principal[0], book.interest_due[0], book.is_open[0]) == (10 * YUAN, 0, True)
    hands.cash("micro_lender", 11 * YUAN)
    settled(hands)
    assert hands.world.micro_lenders.months_late.tolist() == [0]
    assert book.is_open.tolist() == [False]


def test_banks_pay_interest_on_deposits():
    hands = emptied(firms=1, banks=1, bank={"deposit_rate": 0.012})
    banks, fen = hands.world.banks, ids(10_000 * YUAN)
    claim = Claim("deposits", banks, "deposits", ids(0), fen, "bank", "outside")
    hands.world.ledger.pay("deposit_take", "outside", None, "bank", ids(0), fen, claim)
    settled(hands)
    assert hands.holds("bank") == [10_000 * YUAN - 10 * YUAN]


def test_interest_a_bank_cannot_pay_stays_owed_as_deposits():
    hands = emptied(firms=1, banks=1, bank={"deposit_rate": 0.012})
    banks, fen = hands.world.banks, ids(10_000 * YUAN)
    claim = Claim("deposits", banks, "deposits", ids(0), fen, "bank", "outside")
    hands.world.ledger.pay("deposit_take", "outside", None, "bank", ids(0), fen, claim)
    hands.cash("bank", 4 * YUAN)
    settled(hands)
    assert hands.holds("bank") == [0]
    assert banks.deposits.tolist() == [10_006 * YUAN], "six of ten yuan are credited"


def test_notes_collect_by_share_less_the_fee_on_interest():
    hands = emptied(firms=1, platforms=1, investors=2, platform={"service_fee": 0.1})
    row = hands.funds(0, 0, (0, 600), (4, 400))
    world = hands.world
    accrue_on_notes(world, ids(row), ids(100))
    world.loans.principal_due[row] = 500
    hands.cash("enterprise", 10_000)
    settled(hands)
    assert world.accounts.balance[[0, 4]].tolist() == [300 + 54, 200 + 36]
    assert world.loans.principal[row] == 500
    assert hands.holds("platform") == [10]
    assert world.platforms.client_cash.tolist() == [590]
    assert np.array_equal(world.investors.interest, [54, 36])
