"""Circles and what their members sign: the rules alone, and by hand; amounts in fen."""

import numpy as np
import pytest
from by_hand import emptied, ids

from sim.chart import MICRO_LENDER
from sim.contracts import guarantees as rules
from sim.guaranteeing import guarantors_of, sign_guarantees


# ------------------------------------------------------------ rules
def test_a_neighbourhood_holds_one_circle_of_each_sector():
    assert rules.neighbourhood(0.5, 8) == 88
    assert rules.neighbourhood(1.0, 2) == 11
    assert rules.neighbourhood(1e-9, 8) == rules.WIDEST


def test_circles_have_three_to_eight_members_of_one_sector_and_neighbourhood():
    #                 block 0: 3 of sector 0, 2 of sector 1    block 1: 9 of sector 0
    joins = np.array([1, 1, 0, 1, 1, 1, *[1] * 9], dtype=bool)
    sector = ids(0, 1, 0, 0, 0, 1, *[0] * 9)
    block = ids(*[0] * 6, *[1] * 9)
    found = rules.circles(joins, sector, block, 2, 10)
    # Group 0 is circle 0; sector 1 has two, too few; nine part into five and four.
    assert found.tolist() == [0, -1, -1, 0, 0, -1, 20, 21, 20, 21, 20, 21, 20, 21, 20]


@pytest.mark.parametrize("count", range(3, 60))
def test_many_part_evenly(count):
    nought = np.zeros(count, dtype=np.int64)
    found = rules.circles(np.ones(count, dtype=np.bool_), nought, nought, 1, count)
    sizes = np.unique(found, return_counts=True)[1]
    assert rules.SMALLEST <= sizes.min() <= sizes.max() <= rules.LARGEST
    assert sizes.max() - sizes.min() <= 1
    assert sizes.sum() == count


def test_shares_are_equal_up_to_limits_and_lose_no_fen():
    amount, at = ids(1001, 500, 10), ids(0, 0, 0, 2, 2, 2, 2)
    free = rules.several_shares(amount, at, np.full(7, 10_000))
    assert free.tolist() == [333, 334, 334, 2, 3, 2, 3]
    cut = rules.several_shares(amount, at, ids(100, 1000, 0, 9, 9, 9, 1))
    assert cut.tolist() == [100, 334, 0, 2, 3, 2, 1]


def test_the_loss_priced_falls_with_collateral_and_guarantees():
    found = rules.priced_loss(np.array([1.0, 0.0, 0.5]), np.array([0.0, 1.0, 0.5]), 0.4, 0.8, 0.5)
    assert found == pytest.approx([0.4, 0.4, 0.6 * 0.75])


# ------------------------------------------------------------ signing
def lender_of(hands, guarantees=True):
    hands.world.policy = hands.scenario.but({"credit.guarantees": guarantees}).policy(1)
    firms = hands.world.enterprises
    firms.circle[:4], firms.circle[4:] = 7, -1
    firms.scale[:] = 10_000.0
    return hands


def sign(hands, fresh=(), taken_over=()):
    sign_guarantees(hands.world, hands.scenario, ids(*fresh), ids(*taken_over))


def test_members_sign_equal_shares_up_to_a_tenth_of_their_revenue():
    hands = lender_of(emptied(firms=5, banks=1, micro_lenders=1))
    loan = hands.lends("micro_lender", 0, 0, 1000)
    other = hands.lends("bank", 0, 4, 1000)
    big = hands.lends("bank", 0, 1, 100_000)
    world = hands.world
    world.loans.granted[:] = world.month
    world.enterprises.scale[3] = 100.0  # may answer for 120 fen
    sign(hands)
    book = world.guarantees
    found = {tuple(pair): fen for *pair, fen in zip(book.loan.tolist(), book.guarantor.tolist(),
                                                    book.limit.tolist(), strict=True)}  # fmt: skip
    serial = world.loans.serial
    assert not np.isin(serial[other], book.loan), "firm 4 has no circle"
    assert {k[1]: v for k, v in found.items() if k[0] == serial[loan]} == {1: 333, 2: 333, 3: 120}
    assert {k[1]: v for k, v in found.items() if k[0] == serial[big]} == {
        0: 12_000, 2: 12_000, 3: 120}  # fmt: skip
    # What was signed leaves less room for the next loan.
    room = guarantors_of(world, hands.scenario, ids(3), np.array([True]), ids(-1))
    assert dict(zip(room.member.tolist(), room.room.tolist(), strict=True)) == {
        0: 0, 1: 12_000 - 333, 2: 0}  # fmt: skip


def test_a_renewal_is_signed_anew_by_those_who_live():
    hands = lender_of(emptied(firms=5, micro_lenders=1))
    hands.lends("micro_lender", 0, 0, 900)
    world = hands.world
    world.loans.granted[:] = world.month
    sign(hands)
    world.month += 1
    sign(hands)
    assert world.guarantees.n == 3, "nothing was granted this month"
    world.loans.granted[:], world.loans.amount[:] = world.month, 600
    world.enterprises.circle[4] = 7
    world.enterprises.alive[1] = False
    sign(hands)
    book = world.guarantees
    mine = book.is_open
    assert book.guarantor[mine].tolist() == [2, 3, 4]
    assert book.limit[mine].tolist() == [200, 200, 200]
    assert not mine[:3].any()


def test_what_was_signed_on_a_loan_takes_no_room_when_it_is_renewed():
    hands = lender_of(emptied(firms=5, banks=1))
    world = hands.world
    loan = hands.lends("bank", 0, 0, 100_000)
    other = hands.lends("bank", 0, 1, 900)
    world.loans.granted[[loan, other]] = world.month - 1, world.month
    sign(hands)
    for _ in range(2):  # granted, then renewed
        world.loans.granted[loan] = world.month
        sign(hands)
        book = world.guarantees
        mine = book.is_open & (book.loan == world.loans.serial[loan])
        assert dict(zip(book.guarantor[mine].tolist(), book.limit[mine].tolist(), strict=True)) == {
            1: 12_000, 2: 12_000 - 300, 3: 12_000 - 300}  # fmt: skip
        world.month += 1

    def room(renewed):
        found = guarantors_of(world, hands.scenario, ids(0), np.array([True]), ids(renewed))
        return dict(zip(found.member.tolist(), found.room.tolist(), strict=True))

    assert room(loan) == {1: 12_000, 2: 12_000 - 300, 3: 12_000 - 300}
    assert room(-1) == {1: 0, 2: 0, 3: 0}


def test_what_was_signed_on_a_loan_takes_no_room_when_another_lender_takes_it_over():
    hands = lender_of(emptied(firms=5, banks=2))
    world = hands.world
    loan = hands.lends("bank", 0, 0, 100_000)
    world.loans.granted[loan] = world.month
    sign(hands)
    world.month += 1
    new = hands.lends("bank", 1, 0, 100_000)
    world.loans.granted[new] = world.month
    sign(hands, [new], [loan])
    book = world.guarantees
    mine = book.is_open & (book.loan == world.loans.serial[new])
    assert book.guarantor[mine].tolist() == [1, 2, 3]
    assert book.limit[mine].tolist() == [12_000] * 3
    assert book.is_open.sum() == 6, "the old loan is not paid yet"


@pytest.mark.parametrize("why", ["not accepted", "too few", "no circle"])
def test_who_signs_for_nobody(why):
    hands = lender_of(emptied(firms=5, micro_lenders=1), guarantees=why != "not accepted")
    world = hands.world
    hands.lends("micro_lender", 0, 0, 900)
    world.loans.granted[:] = world.month
    if why == "too few":
        world.enterprises.alive[2:4] = False
    if why == "no circle":
        world.enterprises.circle[:] = -1
    sign(hands)
    assert not world.guarantees.n


def test_a_platform_takes_no_guarantee():
    hands = lender_of(emptied(firms=5, platforms=1, investors=1))
    loan = hands.funds(0, 0, (0, 500))
    hands.world.loans.granted[loan] = hands.world.month
    assert hands.world.loans.holder[loan] != MICRO_LENDER
    sign(hands)
    assert not hands.world.guarantees.n
