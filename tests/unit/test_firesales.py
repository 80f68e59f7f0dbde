import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import brentq

from analysis.firesales import fire_sale
from sim.clearing import clearing_vector

NONE = np.zeros((2, 2))


def test_without_impact_a_bank_sells_just_enough_to_keep_its_ratio():
    # holdings 100, deposits 96: equity 4 may carry 50 of risky assets at 8 %
    found = fire_sale([[0]], [0], [100], 0.0, 0.08, [96])
    assert found.sold == pytest.approx([0.5])
    assert found.ratio == pytest.approx([0.08])
    assert found.prices.tolist() == [1]


def test_whoever_keeps_its_ratio_sells_nothing():
    found = fire_sale(NONE, [0, 5], [100, 50], 0.01, 0.08, [92, 20])
    assert found.sold.tolist() == [0, 0]
    assert found.prices.tolist() == [1]
    assert found.equity.tolist() == [8, 35]


def test_the_price_with_one_bank_solves_one_equation():
    held, deposits, impact, ratio = 100.0, 91.0, 0.0004, 0.1
    found = fire_sale([[0]], [0], [held], impact, ratio, [deposits])

    def off(p):
        equity = held * p - deposits
        return p - np.exp(-impact * (held - equity / ratio / p))

    assert found.prices[0] == pytest.approx(brentq(off, 0.98, 1.0), abs=1e-10)
    assert 0 < found.sold[0] < 1
    assert found.ratio == pytest.approx([ratio])


def test_losses_reach_a_bank_without_any_claim_through_the_price():
    alone = fire_sale(NONE, [0, 0], [0, 100], 0.002, 0.07, [0, 92])
    assert alone.sold.tolist() == [0, 0]
    found = fire_sale(NONE, [0, 0], [100, 100], 0.002, 0.07, [97, 92])
    assert (found.sold == 1).all()
    assert found.defaulted.all()
    assert found.prices[0] == pytest.approx(np.exp(-0.4))
    # in assets that they do not share the second is safe
    apart = fire_sale(NONE, [0, 0], [[100, 0], [0, 100]], 0.002, 0.07, [97, 92])
    assert apart.sold == pytest.approx([1, 0])
    assert apart.prices == pytest.approx([np.exp(-0.2), 1])
    assert fire_sale(NONE, [0, 0], sparse.csr_array([[100.0, 0], [0, 100]]), 0.002, 0.07,
                     [97, 92]).prices.tolist() == apart.prices.tolist()  # fmt: skip


def test_an_unpaid_claim_makes_the_creditor_sell():
    owes = [[0, 10], [0, 0]]
    found = fire_sale(owes, [0, 0], [4, 50], 0.0, 0.2, [0, 46])
    # 0 pays 4 of 10; 1 has 50 + 4 - 46 = 8 to carry 40, 4 of them a claim
    assert found.payments.tolist() == [4, 0]
    assert found.equity.tolist() == [-6, 8]
    assert found.sold == pytest.approx([1, 1 - 36 / 50])


def test_a_shock_to_the_price_starts_the_spiral():
    calm = fire_sale([[0]], [0], [100], 0.0004, 0.1, [90])
    assert calm.sold.tolist() == [0]
    hit = fire_sale([[0]], [0], [100], 0.0004, 0.1, [90], price_shock=0.01)
    assert 0 < hit.sold[0] < 1
    assert hit.prices[0] < 0.99
    assert hit.ratio == pytest.approx([0.1])


@pytest.mark.property
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.02, 0.1]), st.sampled_from([0.05, 0.3]))
def test_it_is_an_equilibrium_keeps_value_and_ignores_the_order_of_parties(seed, impact, ratio):
    dice = np.random.default_rng(seed)
    n, k = 6, 3
    owed = dice.random((n, n)) * (dice.random((n, n)) < 0.4)
    np.fill_diagonal(owed, 0)
    cash, deposits = dice.random(n), 2 * dice.random(n)
    units = dice.random((n, k)) * (dice.random((n, k)) < 0.7)
    found = fire_sale(owed, cash, units, impact, ratio, deposits)
    assert found.prices == pytest.approx(np.exp(-impact * units.T @ found.sold), abs=1e-9)
    cleared = clearing_vector(owed, cash + units @ found.prices, deposits, "senior")
    assert found.equity == pytest.approx(cleared.equity, abs=1e-8)
    some = (found.sold > 1e-9) & (found.sold < 1)
    assert found.ratio[some] == pytest.approx(ratio)
    assert (found.ratio[found.sold == 0] >= ratio - 1e-9).all() or (units.sum(axis=1) == 0).any()
    # what is not paid within the network is lost by somebody in it: values add up
    claims = cash.sum() + (units @ found.prices).sum() - deposits.sum()
    assert found.equity.sum() == pytest.approx(claims - (owed.sum() - cleared.received.sum()))
    order = dice.permutation(n)
    again = fire_sale(
        owed[np.ix_(order, order)], cash[order], units[order], impact, ratio, deposits[order]
    )
    assert again.prices == pytest.approx(found.prices, abs=1e-9)
    milder = fire_sale(owed, cash + 0.1, units, impact, ratio, deposits)
    assert (milder.prices >= found.prices - 1e-9).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"holdings": [[1], [-1]]}, r"holdings\[1, 0\] is -1"),
        ({"holdings": [1, 2, 3]}, "holdings have shape"),
        ({"min_ratio": 0}, "min_ratio"),
        ({"price_shock": 1.0}, r"price_shock\[0\] is 1"),
        ({"price_impact": [0.1, 0.1]}, "price_impact has shape"),
        ({"liabilities": [[0, -1], [0, 0]]}, r"liabilities\[0, 1\]"),
    ],
)
def test_nonsense_is_refused(wrong, message):
    right = {"liabilities": NONE, "cash": [0, 0], "holdings": [1, 1], "price_impact": 0.1}
    with pytest.raises(ValueError, match=message):
        fire_sale(**{**right, "min_ratio": 0.1, **wrong})
