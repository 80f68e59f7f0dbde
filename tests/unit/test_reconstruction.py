"""Networks from row and column sums, against iterated scaling and integer programmes."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from analysis.reconstruction import max_entropy, min_density

few = settings(max_examples=30, deadline=None)


def networks(most, largest):
    """Networks of whole claims, many of them absent, from which sums are taken."""
    sides = st.integers(2, most)
    return sides.flatmap(
        lambda n: arrays(np.int64, (n, n), elements=st.integers(-largest, largest)).map(
            lambda x: np.maximum(x, 0) * (1 - np.eye(n, dtype=int))
        )
    )


def has_sums(found, claims, debts):
    dense = found.toarray()
    size = max(float(claims.sum()), 1.0)
    np.testing.assert_allclose(dense.sum(1), claims, rtol=0, atol=1e-11 * size)
    np.testing.assert_allclose(dense.sum(0), debts, rtol=0, atol=1e-11 * size)
    assert (dense >= 0).all()
    assert not dense.diagonal().any()
    return dense


@few
@given(networks(6, 30), st.sampled_from([1, 1, 40]))
@pytest.mark.property
def test_most_entropy_is_what_scaling_rows_and_columns_in_turn_tends_to(network, weight):
    network[0] *= weight  # at times one node has most of all claims
    claims, debts = network.sum(1), network.sum(0)
    found = has_sums(max_entropy(claims, debts), claims, debts)
    total = claims.sum()
    assume(total and (total - claims - debts).min() > 0.02 * total)  # else the scaling is too slow
    even = np.ones(network.shape)
    fitted = max_entropy(claims, debts, even, rtol=1e-13).toarray()
    np.testing.assert_allclose(found, fitted, rtol=0, atol=1e-9 * total)


def test_a_node_that_is_party_to_all_claims_leaves_one_network():
    found = has_sums(max_entropy([9, 1, 2], [3, 4, 5]), np.array([9, 1, 2]), np.array([3, 4, 5]))
    assert found.tolist() == [[0, 4, 5], [1, 0, 0], [2, 0, 0]]
    for gap in (1e-3, 1e-6, 1e-9):  # and just before it is
        debts = np.array([3 * (1 - gap), 2, 4, 4 + 3 * gap])
        has_sums(max_entropy([10, 1, 1, 1], debts), np.array([10, 1, 1, 1]), debts)


def test_a_prior_says_where_claims_may_lie_and_in_which_proportion():
    prior = np.array([[5, 1, 3], [1, 5, 1], [1, 0, 5]])
    found = has_sums(max_entropy([4, 2, 1], [2, 2, 3], prior), np.array([4, 2, 1]),
                     np.array([2, 2, 3]))  # fmt: skip
    assert found[2, 1] == 0
    odds = found[0, 1] * found[1, 2] * found[2, 0] / (found[0, 2] * found[1, 0])
    assert np.isfinite(odds)
    with pytest.raises(ValueError, match=r"row_sums\[2\] is 1, but the prior has no link"):
        max_entropy([4, 2, 1], [2, 2, 3], np.triu(np.ones((3, 3)), 1) + np.eye(3))
    with pytest.raises(ValueError, match="perhaps no network"):  # 0 may only lend to 1, who owes 1
        max_entropy([2, 1, 0], [0, 1, 2], [[0, 1, 0], [0, 0, 1], [0, 0, 0]])
    with pytest.raises(ValueError, match=r"prior\[1, 0\] is -1"):
        max_entropy([1, 1], [1, 1], [[0, 1], [-1, 0]])


@few
@given(networks(5, 4))
@pytest.mark.property
def test_no_network_has_fewer_links(network):
    claims, debts = network.sum(1), network.sum(0)
    found = min_density(claims, debts)
    has_sums(found, claims, debts)
    assert found.nnz == (least_links(claims, debts) if claims.sum() else 0)


def least_links(claims, debts):
    """The least number of links by an integer programme."""
    n = len(claims)
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j and claims[i] and debts[j]]
    m = len(pairs)
    sums, caps = np.zeros((2 * n, 2 * m)), np.zeros((m, 2 * m))
    for k, (i, j) in enumerate(pairs):
        sums[i, k] = sums[n + j, k] = caps[k, k] = 1
        caps[k, m + k] = -min(claims[i], debts[j])
    both = np.concatenate((claims, debts))
    is_link = np.arange(2 * m) >= m
    rules = [LinearConstraint(sums, both, both), LinearConstraint(caps, -np.inf, 0)]
    most = Bounds(0, np.where(is_link, 1, np.inf))
    answer = milp(is_link * 1.0, integrality=is_link, bounds=most, constraints=rules)
    return round(answer.fun)


@few
@given(networks(20, 9))
@pytest.mark.property
def test_larger_networks_are_forests(network):
    claims, debts = network.sum(1), network.sum(0)
    found = min_density(claims, debts)
    has_sums(found, claims, debts)
    assert found.nnz <= max((claims > 0).sum() + (debts > 0).sum() - 1, 0)
    again = min_density(claims, debts)
    assert (found != again).nnz == 0


def test_groups_are_found_where_the_best_cut_is_out_of_reach():
    """Twenty rings of three with sums of their own are put back into rings."""
    rng = np.random.default_rng(5)
    size = np.repeat(rng.permutation(np.arange(101, 121)), 3)
    assert min_density(size, size).nnz == 60
    parts = rng.integers(1, 10**9, (15, 2))  # each sum is owed in two parts
    claims = np.concatenate((parts.sum(1), np.zeros(30, dtype=int)))
    debts = np.concatenate((np.zeros(15, dtype=int), parts.ravel()))
    assert min_density(claims, debts).nnz == 30


def test_a_dense_answer_for_too_many_parties_is_refused_with_what_to_do_instead():
    sums = np.zeros(10_001)
    sums[:3] = 1.0
    with pytest.raises(ValueError, match=r"are 10001: .* 800,160,008 bytes.* min_density or a"):
        max_entropy(sums, sums)
    rows, columns = [0, 1, 2], [1, 2, 0]
    prior = sparse.csr_array((np.ones(3), (rows, columns)), shape=(10_001, 10_001))
    assert max_entropy(sums, sums, prior).nnz == 3
    assert min_density(sums, sums).nnz == 3


@pytest.mark.parametrize("method", [max_entropy, min_density])
def test_sums_that_no_network_has_are_refused_by_name(method):
    for sums, says in (
        (([1, 2], [1, 2, 0]), r"row_sums have shape \(2,\)"),
        (([1, -2], [1, -2]), r"row_sums\[1\] is -2"),
        (([1, 2], [1, np.nan]), r"col_sums\[1\] is nan"),
        (([1, 2], [2, 2]), "row_sums add up to 3 and col_sums to 4"),
        (([3, 0], [1, 2]), "node 0 claims 3 and owes 1"),
        (([3], [3]), "node 0 claims 3"),
    ):
        with pytest.raises(ValueError, match=says):
            method(*sums)
    assert method([0, 0], [0, 0]).nnz == 0
    assert method([], []).shape == (0, 0)
