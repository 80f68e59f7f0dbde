"""Who matters most to a network: by hand, against networkx, and how far measures agree."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from analysis import systemic
from analysis.debtrank import debtrank_losses
from analysis.systemic import Systemic, systemic_importance


@pytest.fixture(scope="module")
def claims():
    rng = np.random.default_rng(11)
    found = np.floor(rng.lognormal(2, 1, (15, 15)) + 1) * (rng.random((15, 15)) < 0.35)
    np.fill_diagonal(found, 0)
    return found


def test_what_a_default_costs_others_by_hand():
    """2 owes 1, who owes 0: the second default follows where the loss exceeds equity."""
    chain = [[0, 7, 0], [0, 0, 5], [0, 0, 0]]
    assert systemic.furfine_losses(chain, [10, 3, 1]).tolist() == [0, 7, 12]
    assert systemic.furfine_losses(chain, [10, 6, 1]).tolist() == [0, 7, 5]
    assert systemic.furfine_losses(chain, [10, 3, 1], lgd=0.5).tolist() == [0, 3.5, 2.5]


def test_what_is_lost_anyway_counts_for_nobody():
    """3 has no equity: what it owes 0 is lost whoever falls, and 0 is the closer to its end."""
    claims = [[0, 4, 0, 2], [0, 0, 5, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    worth = [10.0, 10.0, 10.0, -1.0]
    assert systemic.furfine_losses(claims, worth).tolist() == [0, 4, 5, 0]
    found = debtrank_losses(claims, worth)
    np.testing.assert_allclose(found, [0, 0.4 / 3, (0.5 + 0.2) / 3, 0], atol=1e-12)
    both = [[0, 9, 0, 2], [0, 0, 9, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert systemic.furfine_losses(both, worth).tolist() == [0, 9, 9, 0]
    deep = debtrank_losses(both, worth)
    np.testing.assert_allclose(deep, [0, 0.8 / 3, (0.9 + 0.8) / 3, 0], atol=1e-12)


def test_centralities_are_those_of_networkx(claims):
    graph = nx.from_numpy_array(claims, create_using=nx.DiGraph)
    theirs = nx.betweenness_centrality(graph)
    np.testing.assert_allclose(systemic.betweenness(claims), list(theirs.values()))
    theirs = np.array(list(nx.eigenvector_centrality_numpy(graph, "weight").values()))
    np.testing.assert_allclose(systemic.eigenvector(claims), theirs / theirs.sum(), rtol=1e-9)
    radius = abs(np.linalg.eigvals(claims)).max()
    theirs = nx.katz_centrality_numpy(graph, alpha=0.5 / radius, weight="weight")
    theirs = np.array(list(theirs.values()))
    np.testing.assert_allclose(systemic.katz(claims), theirs / theirs.sum(), rtol=1e-9)


def test_without_cycles_chains_still_count_and_eigenvectors_do_not():
    chain = sparse.csr_array(np.diag([2.0, 2.0, 2.0], 1))  # 3 owes 2 owes 1 owes 0
    assert np.isnan(systemic.eigenvector(chain)).all()
    assert (np.diff(systemic.katz(chain)) > 0).all()
    assert systemic.katz(np.zeros((2, 2))).tolist() == [0.5, 0.5]


def test_a_hub_comes_first_by_every_measure_and_they_agree_on_it():
    n = 12
    star = np.zeros((n, n))
    star[1:, 0], star[0, 1:] = np.arange(20, 20 + n - 1), 1  # all have a claim on the hub
    found = systemic_importance(star, np.full(n, 30.0), names=[f"b{i}" for i in range(n)])
    assert list(found.scores) == list(systemic.MEASURES)
    for measure in found.scores:
        assert found.top(measure, 1) == ["b0"], measure
        assert found.ranks().loc["b0", measure] == 1.0
    pairs = found.agreement(1)
    assert (pairs["overlap"] == 1.0).all()
    assert len(pairs) == 15


def test_agreement_is_one_with_oneself_and_minus_one_upside_down():
    values = np.arange(20.0)
    found = Systemic(pd.DataFrame({"a": values, "b": 3 * values, "c": -values, "d": 1.0}))
    pairs = found.agreement(10).set_index(["first", "second"])
    assert pairs.loc[("a", "b")].tolist() == [1.0, 1.0]
    assert pairs.loc[("a", "c")].tolist() == [-1.0, 0.0]
    assert np.isnan(pairs.loc[("a", "d"), "kendall"])
    assert found.top("d", 3) == [0, 1, 2]


def test_bad_input_is_named(claims):
    with pytest.raises(ValueError, match="names are 2; the network has 15"):
        systemic_importance(claims, np.ones(15), names=["a", "b"])
    with pytest.raises(ValueError, match=r"equity has shape \(3,\)"):
        systemic_importance(claims, np.ones(3))
    with pytest.raises(ValueError, match="attenuation is 1"):
        systemic.katz(claims, 1)
    with pytest.raises(ValueError, match="not 'size'"):
        systemic_importance(claims, np.ones(15)).top("size")
