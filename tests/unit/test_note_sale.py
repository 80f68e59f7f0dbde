"""Loans meet lots of client money: notes add up, nobody is overdrawn, draws decide the order."""

from pathlib import Path

import numpy as np
import pytest
from by_hand import emptied, ids
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels import group_sum
from sim.model import MicroFinance
from sim.note_sale import sell_notes
from sim.scenario import load

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"
FACE = 100  # a share of one yuan
FACED = {"note_face": 1.0}


def sold(hands, *loans):
    """Fund loans given as (platform, firm, fen); return notes as (loan, account, fen)."""
    world = hands.world
    rows = ids(*(hands.matched(platform, firm) for platform, firm, _ in loans))
    amount = ids(*(fen for *_, fen in loans))
    sell_notes(world, hands.scenario, rows, amount)
    hands.checked()
    notes = world.notes
    columns = (notes.loan, notes.account, notes.shares * FACE)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def draws(hands, *lots):
    """The place in the queue of (investor, platform, lot)."""
    owner, platform, which = (ids(*column) for column in zip(*lots, strict=True))
    return hands.world.draws.uniform("lot", hands.world.month, owner, platform * 8 + which)


def test_one_saver_funds_one_loan():
    hands = emptied(1, 0, 0, 1, 1, platform={"origination_fee": 0.02, "notes_per_loan": 1, **FACED})
    hands.deposits(0, 0, 3050)
    assert sold(hands, (0, 0, 3000)) == [(0, 0, 3000)]
    world = hands.world
    assert world.accounts.balance[0] == 50
    assert world.accounts.invested[0] == 3000
    assert (world.loans.principal[0], world.loans.shares[0]) == (3000, 30)
    assert world.platforms.client_cash.tolist() == [50]
    assert hands.holds("enterprise") == [2940]
    assert hands.holds("platform") == [60]
    assert world.platforms.fee_income.tolist() == [60]


def one_lot_each(n, loans=1, platforms=1):
    """Savers whose balance is a single lot: loans are cut into one lot only."""
    return emptied(loans, 0, 0, platforms, n, platform={"notes_per_loan": 1, **FACED})


def test_who_draws_lowest_is_first():
    hands = one_lot_each(4)
    for investor in range(4):
        hands.deposits(4 * investor, 0, 1000)
    order = np.argsort(draws(hands, *((i, 0, 0) for i in range(4))))
    first, second = 4 * order[:2]
    assert sold(hands, (0, 0, 1400)) == [(0, first, 1000), (0, second, 400)]


def test_loans_are_served_in_their_order_on_one_line():
    hands = one_lot_each(3, loans=2)
    for investor in range(3):
        hands.deposits(4 * investor, 0, 1000)
    a, b, c = 4 * np.argsort(draws(hands, *((i, 0, 0) for i in range(3))))
    found = sold(hands, (0, 1, 1500), (0, 0, 1200))
    assert found == [(0, a, 1000), (0, b, 500), (1, b, 500), (1, c, 700)]


def test_what_is_no_whole_share_stays_in_the_balance():
    hands = one_lot_each(2)
    hands.deposits(0, 0, 1099)
    hands.deposits(4, 0, 199)
    assert sorted(sold(hands, (0, 0, 1100))) == [(0, 0, 1000), (0, 4, 100)]
    assert hands.world.accounts.balance[[0, 4]].tolist() == [99, 99]


def test_a_balance_is_cut_into_five_lots_at_most():
    hands = emptied(1, 0, 0, 1, 1, platform=FACED)
    hands.deposits(0, 0, 101 * FACE)
    found = sold(hands, (0, 0, 101 * FACE))
    assert sorted(fen for *_, fen in found) == [20 * FACE] * 4 + [21 * FACE]


def test_large_loans_are_cut_into_lots_of_a_twentieth():
    hands = emptied(1, 0, 0, 1, 8, platform={"notes_per_loan": 20, **FACED})
    for investor in range(8):
        hands.deposits(4 * investor, 0, 30_000)
    # A lot is 200,000 / 20 = 10,000: three lots of each balance, not five.
    found = sold(hands, (0, 0, 200_000))
    assert [fen for *_, fen in found] == [10_000] * 20


def test_platforms_do_not_mix():
    hands = one_lot_each(2, loans=2, platforms=3)
    hands.deposits(0, 0, 1000)
    hands.deposits(1, 2, 1000)
    hands.deposits(4, 1, 1000)
    found = sold(hands, (2, 0, 900), (0, 1, 400))
    assert {(loan, account) for loan, account, _ in found} == {(0, 1), (1, 0)}
    assert hands.world.accounts.balance[[0, 1, 4]].tolist() == [600, 100, 1000]


def test_the_rate_shown_moves_towards_new_loans():
    hands = emptied(1, 0, 0, 2, 1, platform={"rate_smoothing": 0.5, **FACED})
    hands.world.platforms.posted_rate[:] = 0.10
    hands.deposits(0, 0, 4000)
    rows = ids(hands.matched(0, 0, rate=0.12), hands.matched(0, 0, rate=0.20))
    sell_notes(hands.world, hands.scenario, rows, ids(3000, 1000))
    # By amount the new loans cost 14 %.
    assert hands.world.platforms.posted_rate.tolist() == pytest.approx([0.12, 0.10])


@pytest.mark.property
@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 40_000), min_size=1, max_size=24),
    st.lists(st.tuples(st.integers(0, 1), st.integers(1, 900)), min_size=1, max_size=6),
    st.integers(1, 40),
)
def test_notes_add_up_to_loans_and_no_account_is_overdrawn(balances, wishes, per_loan):
    terms = {"notes_per_loan": per_loan, **FACED}
    hands = emptied(firms=1, platforms=2, investors=6, platform=terms)
    for account, fen in enumerate(balances):
        hands.deposits(account, account % 2, fen)
    offered = [sum(fen // FACE for fen in balances[start::2]) for start in (0, 1)]
    loans = []
    for platform, shares in wishes:
        if shares <= offered[platform]:
            offered[platform] -= shares
            loans.append((platform, 0, shares * FACE))
    if not loans:
        return
    found = sold(hands, *loans)
    world = hands.world
    by_loan = FACE * group_sum(world.notes.loan, world.notes.shares, world.loans.n)
    assert by_loan.tolist() == [fen for *_, fen in loans]
    assert world.loans.principal.tolist() == by_loan.tolist()
    assert world.loans.n_notes.tolist() == np.bincount(world.notes.loan).tolist()
    assert (world.accounts.balance >= 0).all()
    assert all(fen > 0 for *_, fen in found)
    assert (np.diff(world.notes.loan) >= 0).all()
    platform = world.accounts.platform[world.notes.account]
    assert (platform == world.loans.holder_row[world.notes.loan]).all()
    used = FACE * np.bincount(world.notes.account, world.notes.shares, world.accounts.n)
    assert (used + world.accounts.balance)[: len(balances)].tolist() == balances


def test_loans_have_ten_to_thirty_notes_and_savers_many_at_default_scale():
    model = MicroFinance(load(BASELINE))
    counts = []
    while model.month < -4:
        model.step()
        world = model.world
        mine = np.bincount(world.notes.loan, minlength=world.loans.n)
        new = (world.loans.granted == world.month) & (mine > 0)
        counts += mine[new].tolist() if world.month > -12 else []
    assert len(counts) > 500
    assert 10 <= np.mean(counts) <= 30
    owed = world.loans.principal[world.notes.loan] > 0
    held = world.notes.account[owed & world.notes.is_open]
    assert np.median(np.bincount(held // world.slots, minlength=world.investors.n)) >= 6
