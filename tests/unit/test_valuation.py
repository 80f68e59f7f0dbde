import numpy as np
import plain_contagion as plain
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from analysis.valuation import exante_merton
from sim.clearing import clearing_vector

RING = [[0, 0.5, 0], [0, 0, 0.5], [0.5, 0, 0]]
WEAK = [[0, 0, 3.0], [4.0, 0, 0], [1.0, 2.0, 0]]  # of three, 0 has lent least and owes most


def test_without_volatility_and_with_full_recovery_it_is_clearing():
    dice = np.random.default_rng(1)
    for _ in range(20):
        n = 6
        owed = dice.integers(0, 9, (n, n)) * (dice.random((n, n)) < 0.5) * 1.0
        np.fill_diagonal(owed, 0)
        assets, outside = dice.integers(0, 25, n), dice.integers(0, 12, n)
        for base, rank in (("total", "pari_passu"), ("interbank", "senior")):
            valued = exante_merton(owed.T, assets, outside, 0.0, 1.0, base)
            cleared = clearing_vector(owed, assets, outside, rank)
            assert valued.equity == pytest.approx(cleared.equity, abs=1e-8)
            assert (valued.default_probability == (cleared.equity < -1e-8)).all()


def test_just_solvent_without_volatility_is_no_default_whatever_rounding_says():
    found = exante_merton([[0, 0.3], [0.1, 0]], [0.0, 0.2], [0.2, 0.0], 0.0, 0.1)
    assert found.equity == pytest.approx([0, 0], abs=1e-15)
    assert found.value.tolist() == [1, 1]


@pytest.mark.parametrize("base", ["total", "interbank"])
@pytest.mark.parametrize("recovery", [0.0, 0.6, 1.0])
def test_values_are_those_added_up_over_what_assets_may_become(base, recovery):
    assets, outside, sigma = [9.0, 6.0, 4.0], [7.0, 5.0, 3.0], [0.1, 0.2, 0.3]
    found = exante_merton(WEAK, assets, outside, sigma, recovery, base)
    owed = np.array(WEAK).sum(axis=0)
    spread = owed + outside if base == "total" else owed
    values = [
        plain.merton_value(found.equity[i], assets[i], sigma[i], spread[i], recovery)
        for i in range(3)
    ]
    assert found.value == pytest.approx(values, abs=5e-5)
    own = np.array(assets) - outside - owed
    assert found.equity == pytest.approx(own + np.array(WEAK) @ found.value, abs=1e-12)
    assert (found.equity < own + np.array(WEAK).sum(axis=1)).all()


def test_the_greatest_of_several_valuations_is_found():
    # without recovery both defaulting is a fixed point too
    pair = [[0, 5.0], [5.0, 0]]
    found = exante_merton(pair, [1.0, 1.0], [1.0, 1.0], 0.0, 0.0)
    assert found.equity.tolist() == [0, 0]
    assert found.value.tolist() == [1, 1]


def test_who_owns_nothing_risky_or_owes_nobody_is_valued_for_certain():
    found = exante_merton([[0, 2.0], [0, 0]], [0.0, 0.0], [0.0, 0.0], 0.5, 0.5)
    assert found.default_probability.tolist() == [0, 1]
    assert found.equity.tolist() == [0, -2]
    nobody = exante_merton(np.zeros((2, 2)), [3, 0], [1, 0], 0.2)
    assert nobody.equity.tolist() == [2, 0]
    assert exante_merton([], [], [], 0.1).equity.tolist() == []


@pytest.mark.property
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.05, 0.4]), st.sampled_from([0.3, 1.0]))
def test_equity_rises_with_assets_and_recovery_and_ignores_the_order(seed, sigma, recovery):
    dice = np.random.default_rng(seed)
    n = 5
    claims = dice.random((n, n)) * (dice.random((n, n)) < 0.6)
    np.fill_diagonal(claims, 0)
    assets, outside, order = dice.random(n), dice.random(n), dice.permutation(n)
    found = exante_merton(claims, assets, outside, sigma, recovery)
    assert ((found.value >= 0) & (found.value <= 1)).all()
    moved = sparse.csr_array(claims[np.ix_(order, order)])
    again = exante_merton(moved, assets[order], outside[order], sigma, recovery)
    assert again.equity == pytest.approx(found.equity[order], abs=1e-9)
    if sigma == 0:  # richer parties are not always worth more where assets may move
        richer = exante_merton(claims, assets + 0.1, outside, sigma, recovery)
        assert (richer.equity >= found.equity + 0.1 - 1e-12).all()
    better = exante_merton(claims, assets, outside, sigma, min(1.0, recovery + 0.2))
    assert (better.equity >= found.equity - 1e-12).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"recovery": 1.5}, r"recovery\[0\] is 1.5"),
        ({"sigma": [0.1, -0.1]}, r"sigma\[1\]"),
        ({"external_assets": [-1, 1]}, r"external_assets\[0\]"),
        ({"liability_base": "all"}, "liability_base"),
        ({"exposures": [[1, 0], [0, 0]]}, "itself"),
    ],
)
def test_nonsense_is_refused(wrong, message):
    right = {"exposures": [[0, 1], [0, 0]], "external_assets": [1, 1]}
    right |= {"external_liabilities": [0, 0], "sigma": 0.1}
    with pytest.raises(ValueError, match=message):
        exante_merton(**{**right, **wrong})
