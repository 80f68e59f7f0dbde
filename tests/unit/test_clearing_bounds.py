"""What holds of every clearing vector: a linear program, bounds, order, more from more assets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from sim.clearing import clearing_vector

small = st.integers(2, 6).flatmap(
    lambda n: st.tuples(
        st.lists(
            st.lists(st.just(0) | st.integers(0, 20), min_size=n, max_size=n),
            min_size=n,
            max_size=n,
        ),
        st.lists(st.just(0) | st.integers(0, 25), min_size=n, max_size=n),
        st.lists(st.just(0) | st.integers(0, 8), min_size=n, max_size=n),
    )
)


def without_diagonal(debts):
    return [[0 if i == j else x for j, x in enumerate(row)] for i, row in enumerate(debts)]


@pytest.mark.property
@settings(max_examples=30, deadline=None)
@given(small)
def test_without_costs_it_is_the_largest_sum_of_payments_of_a_linear_program(network):
    debts, assets = np.array(without_diagonal(network[0]), float), np.array(network[1], float)
    owed = debts.sum(axis=1) + network[2]
    shares = np.divide(debts, owed[:, None], out=np.zeros_like(debts), where=owed[:, None] > 0)
    best = linprog(
        -np.ones(len(owed)),
        A_ub=np.eye(len(owed)) - shares.T,
        b_ub=assets,
        bounds=[(0, due) for due in owed],
    )
    found = clearing_vector(debts, assets, network[2])
    assert found.payments == pytest.approx(best.x, abs=1e-6)


@pytest.mark.property
@settings(max_examples=30, deadline=None)
@given(small, st.sampled_from([(1, 1), (0.6, 0.4), (0, 0)]), st.booleans(), st.randoms())
def test_bounds_more_assets_no_lower_payments_and_no_order_of_nodes(network, costs, first, dice):
    debts, assets, outside = without_diagonal(network[0]), network[1], network[2]
    rank = "senior" if first else "pari_passu"
    terms = {"seniority": rank, "alpha": costs[0], "beta": costs[1]}
    found = clearing_vector(debts, assets, outside, **terms)
    owed = np.array(debts).sum(axis=1) + (0 if first else np.array(outside))
    assert ((found.payments >= 0) & (found.payments <= owed)).all()
    assert (found.payments[~found.defaulted] == owed[~found.defaulted]).all()
    # what is received is what others paid to the network, and nothing comes from nowhere
    inside = np.divide(np.sum(debts, axis=1), owed, out=np.zeros(len(owed)), where=owed > 0)
    assert found.received.sum() == pytest.approx((found.payments * inside).sum(), abs=1e-8)
    richer = clearing_vector(debts, [a + 1 for a in assets], outside, **terms)
    assert (richer.payments >= found.payments - 1e-9).all()
    order = list(range(len(assets)))
    dice.shuffle(order)
    moved = np.array(debts)[np.ix_(order, order)]
    again = clearing_vector(moved, np.array(assets)[order], np.array(outside)[order], **terms)
    assert again.payments == pytest.approx(found.payments[order], abs=1e-8)
