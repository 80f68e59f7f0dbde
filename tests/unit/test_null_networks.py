"""Networks drawn anew share what they should with the given one, and nothing else."""

import numpy as np
import pytest
from scipy import sparse

from analysis.network_measures import network_measures
from analysis.null_networks import against_null, reassigned, rewired, with_sums_of


@pytest.fixture(scope="module")
def claims():
    rng = np.random.default_rng(7)
    found = np.floor(rng.lognormal(3, 1, (30, 30))) * (rng.random((30, 30)) < 0.3)
    np.fill_diagonal(found, 0)
    return sparse.csr_array(found)


def degrees(network):
    return [np.diff(network.tocsr().indptr).tolist(), np.diff(network.tocsc().indptr).tolist()]


def test_swaps_keep_degrees_and_total_and_move_most_links(claims):
    drawn = rewired(claims, seed=1)
    assert degrees(drawn) == degrees(claims)
    assert drawn.sum() == claims.sum()
    np.testing.assert_array_equal(drawn.sum(axis=1), claims.sum(axis=1))
    assert not drawn.diagonal().any()
    assert ((drawn > 0).multiply(claims > 0)).nnz < 0.5 * claims.nnz
    assert (rewired(claims, seed=1) != drawn).nnz == 0
    assert (rewired(claims, seed=2) != drawn).nnz > 0


def test_swaps_reach_every_network_with_the_degrees():
    """Four nodes that lend to one each: the nine pairings without claims on oneself come up."""
    ring = sparse.csr_array(np.roll(np.eye(4), 1, axis=1))
    seen = {tuple(rewired(ring, seed).tocsr().indices.tolist()) for seed in range(400)}
    assert len(seen) == 9


def test_amounts_are_dealt_out_over_the_same_links(claims):
    for within in ("all", "creditor"):
        drawn = reassigned(claims, 3, within)
        assert ((drawn > 0) != (claims > 0)).nnz == 0
        assert sorted(drawn.data) == sorted(claims.data)
        assert (drawn != claims).nnz > 0.5 * claims.nnz
    np.testing.assert_array_equal(drawn.sum(axis=1), claims.sum(axis=1))


def test_sums_are_restored_on_swapped_links(claims):
    drawn = with_sums_of(rewired(claims, seed=5), claims)
    np.testing.assert_allclose(drawn.sum(axis=1), claims.sum(axis=1), rtol=1e-6)
    np.testing.assert_allclose(drawn.sum(axis=0), claims.sum(axis=0), rtol=1e-6)
    assert degrees(drawn) == degrees(claims)


def test_a_network_of_mutual_claims_stands_out_from_its_draws(claims):
    mutual = sparse.csr_array(claims + claims.T)
    found = against_null(mutual, lambda x: network_measures(x).reciprocity, draws=19, seed=1)
    assert found.observed == 1.0
    assert found.z > 5
    assert found.share_at_least == pytest.approx(1 / 20)
    for model in ("amounts", "both", "sums"):
        same = against_null(claims, lambda x: x.nnz, draws=2, model=model)
        assert same.values.tolist() == [claims.nnz] * 2
        assert np.isnan(same.z)


def test_what_cannot_be_drawn_is_said(claims):
    assert rewired(np.zeros((3, 3)), 1).nnz == 0
    with pytest.raises(ValueError, match="model is"):
        against_null(claims, lambda x: 0.0, model="other")
    with pytest.raises(ValueError, match="draws is 0"):
        against_null(claims, lambda x: 0.0, draws=0)
    with pytest.raises(ValueError, match="within is"):
        reassigned(claims, 1, "debtor")
    with pytest.raises(ValueError, match=r"exposures\[0, 0\] is 1"):
        rewired([[1]], 1)
