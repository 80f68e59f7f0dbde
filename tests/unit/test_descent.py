"""How the descent to a clearing vector goes: few waves, and sums that are the same to the bit."""

import numpy as np
import pytest
from scipy import sparse

from sim.clearing import clearing_vector
from sim.descent import Debts


def random_debts(seed, n, degree):
    dice = np.random.default_rng(seed)
    where = dice.integers(0, n, (2, n * degree))
    debts = sparse.coo_array((dice.lognormal(0, 1, n * degree), where), shape=(n, n)).tocsr()
    debts.setdiag(0)
    return debts


def test_where_most_are_short_few_waves_go_before_and_between_solutions():
    debts = random_debts(1, 5000, 10)
    assets = 0.05 * np.random.default_rng(1).random(5000) * debts.sum(axis=1)
    found = clearing_vector(debts, assets)
    assert found.defaulted.mean() > 0.8
    assert found.rounds <= 20


def test_what_creditors_receive_is_the_same_to_the_bit_by_columns_and_by_rows():
    matrix = random_debts(2, 400, 10)
    shares = np.random.default_rng(2).random(400)
    debts = Debts(matrix.indptr, matrix.indices, matrix.data)
    first, *others = (debts.received(shares) for _ in range(6))
    assert first == pytest.approx(matrix.T @ shares)
    assert all((other == first).all() for other in others)
