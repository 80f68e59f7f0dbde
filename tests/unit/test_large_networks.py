"""Networks too large for a dense matrix are followed in memory that grows with claims."""

import numpy as np
import pytest
from scipy import sparse

from analysis.cascades import furfine_cascade
from analysis.debtrank import debtrank_linear, debtrank_nonlinear, debtrank_original
from analysis.firesales import fire_sale
from analysis.valuation import exante_merton

N = 40_000


@pytest.fixture(scope="module")
def claims():
    dice = np.random.default_rng(6)
    where = dice.integers(0, N, (2, 4 * N))
    found = sparse.coo_array((dice.lognormal(0, 1, 4 * N), where), shape=(N, N)).tocsr()
    found.setdiag(0)
    return found


def test_distress_and_cascades(claims):
    equity = np.maximum(claims.sum(axis=1), 0.5) / 0.97
    shock = dict.fromkeys(range(0, N, 400), 0.5)
    linear = debtrank_linear(claims, equity, shock)
    first = np.zeros(N)
    first[list(shock)] = 0.5
    again = np.minimum(1, first + (claims @ linear.h) / equity)
    assert linear.h == pytest.approx(again, abs=1e-10)
    mild = debtrank_nonlinear(claims, equity, shock, 2.0).debtrank
    assert 0 < mild < linear.debtrank
    assert 0 < debtrank_original(claims, equity, shock).debtrank < linear.debtrank
    fallen = furfine_cascade(claims, 0.2 * equity, [0, 1, 2]).fallen
    assert 3 < fallen.sum() < N


def test_values_and_fire_sales(claims):
    owed, due = claims.sum(axis=0), claims.sum(axis=1)
    assets = owed + 1.0
    valued = exante_merton(claims, assets, 0.8 * due, 0.2, 0.5)
    face = assets + due - 0.8 * due - owed
    assert (valued.equity <= face + 1e-9).all()
    assert (valued.equity < face - 1e-3).any()
    sale = fire_sale(claims.T.tocsr(), 0.2 * owed, 0.9 * owed + 1, 1e-7, 0.12, 0.9 * due)
    assert 0.5 < sale.prices[0] < 1
    assert 0 < (sale.sold > 0).mean() < 1
