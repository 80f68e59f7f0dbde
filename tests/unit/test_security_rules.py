"""Security: the breach function, what pays for an owner, and its bound."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.parameters.security import SecurityParameters
from sim.reporting import NEVER, months_until_found, months_until_known
from sim.security import best_spending, success_probability

P = SecurityParameters(vulnerability=0.6, productivity=0.001, elasticity=1.0)


def test_spending_lowers_the_chance_of_success():
    found = success_probability(np.array([0.0, 100_000.0, 300_000.0]), P)
    assert found == pytest.approx([0.6, 0.3, 0.15])


def test_best_spending_by_hand():
    # 0.05 x 0.6 x 0.001 x 300,000 yuan = 9, its root 3, so (3 - 1) / 0.001 = 2,000 yuan.
    found = best_spending(np.array([0.05, 0.0]), np.array([3e7, 3e7]), P)
    assert found == pytest.approx([200_000.0, 0.0])
    nothing = SecurityParameters(productivity=0.0)
    assert best_spending(np.array([0.05]), np.array([1e9]), nothing).tolist() == [0.0]


@pytest.mark.property
@given(
    rate=st.floats(0, 5),
    loss=st.floats(-1e6, 1e13),
    v=st.floats(0, 1),
    a=st.floats(1e-6, 1.0),
    b=st.floats(0.05, 5.0),
)
def test_best_spending_respects_its_bound_and_is_best(rate, loss, v, a, b):
    p = SecurityParameters(vulnerability=v, productivity=a, elasticity=b)
    best = best_spending(np.array([rate]), np.array([loss]), p)
    assert best[0] <= rate * v * max(loss, 0.0) / np.e * (1 + 1e-9) + 1e-6
    cost = [
        rate * success_probability(z, p)[0] * max(loss, 0.0) + z[0]
        for z in (best, best * 1.1 + 1, best * 0.9)
    ]
    assert cost[0] <= min(cost[1:]) * (1 + 1e-9) + 1e-6


def test_records_copied_are_missed_after_months_and_the_rest_at_once():
    u = (np.arange(20_000) + 0.5) / 20_000
    waits = months_until_found(np.ones(20_000, dtype=bool), u, P)
    # Whole months lose half a month of the mean of six.
    assert waits.mean() == pytest.approx(5.5, abs=0.05)
    assert not months_until_found(np.zeros(3, dtype=bool), np.full(3, 0.5), P).any()


def test_who_must_report_does_and_of_others_a_few_are_found_out_late():
    u, none = np.array([0.1, 0.9]), np.full(2, np.inf)
    quiet = np.zeros(2, dtype=bool)
    assert months_until_known(none, quiet, u, P).tolist() == [6, NEVER]
    assert months_until_known(np.array([2.0, 2.0]), quiet, u, P).tolist() == [2, 2]
    assert months_until_known(none, ~quiet, u, P).tolist() == [1, 1]
    assert months_until_known(np.zeros(2), ~quiet, u, P).tolist() == [0, 0]
