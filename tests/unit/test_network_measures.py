"""Measures of networks against networkx and numpy; core and periphery against counting."""

import itertools
from dataclasses import asdict

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from analysis import core_periphery as cores
from analysis.network_measures import binary, network_measures, spectral_radius

few = settings(max_examples=30, deadline=None)


def networks(most):
    """Networks of whole claims up to 4, half of them or more absent."""
    return st.integers(1, most).flatmap(
        lambda n: arrays(np.int64, (n, n), elements=st.integers(-5, 4)).map(
            lambda x: np.maximum(x, 0) * (1 - np.eye(n, dtype=int))
        )
    )


@few
@given(networks(8))
@pytest.mark.filterwarnings("ignore")  # of networkx, where a degree does not vary
@pytest.mark.property
def test_measures_are_those_of_networkx(claims):
    found = asdict(network_measures(claims.tolist()))
    graph = nx.from_numpy_array(claims, create_using=nx.DiGraph)
    n, m = len(claims), graph.number_of_edges()
    strong = list(nx.strongly_connected_components(graph))
    expected = {
        "n_edges": m,
        "density": nx.density(graph),
        "reciprocity": nx.overall_reciprocity(graph) if m else 0.0,
        "transitivity_undirected": nx.transitivity(graph.to_undirected()),
        "n_weak_components": nx.number_weakly_connected_components(graph),
        "n_strong_components": len(strong),
        "largest_scc": max(map(len, strong)),
        "hhi_out_strength": sum((claims.sum(1) / max(claims.sum(), 1)) ** 2),
        "hhi_in_strength": sum((claims.sum(0) / max(claims.sum(), 1)) ** 2),
        "mean_degree": m / n,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    theirs = nx.degree_pearson_correlation_coefficient(graph, "out", "in") if m > 1 else np.nan
    assert found["assortativity_out_in"] == pytest.approx(theirs, nan_ok=True, abs=1e-9)
    for name, matrix in (("binary", claims > 0), ("weighted", claims)):
        # Eigenvalues of one chain of claims come out as roots of rounding errors: hence the limit.
        radius = abs(np.linalg.eigvals(matrix.astype(float))).max()
        assert found[f"spectral_radius_{name}"] == pytest.approx(radius, rel=1e-6, abs=0.02)


def test_the_radius_of_large_components_and_of_none():
    ring = sparse.csr_array(np.roll(np.eye(400), 1, axis=1))  # all its eigenvalues have modulus 1
    assert spectral_radius(3 * ring) == pytest.approx(3)
    both = sparse.csr_array(ring + ring.T)
    assert spectral_radius(sparse.block_diag([both, ring, np.zeros((2, 2))], "csr")) == (
        pytest.approx(2)
    )
    assert spectral_radius(sparse.csr_array(np.triu(np.ones((500, 500)), 1))) == 0.0


def test_measures_of_nobody_and_of_no_claims():
    nobody, idle = network_measures([]), network_measures(np.zeros((3, 3)))
    assert (nobody.n_edges, nobody.mean_degree, nobody.n_weak_components) == (0, 0.0, 0)
    assert (idle.n_weak_components, idle.n_strong_components, idle.largest_scc) == (3, 3, 1)
    assert (idle.density, idle.hhi_in_strength, idle.spectral_radius_weighted) == (0, 0, 0)


def errors_by_counting(links, core):
    """Errors of a division, entry by entry."""
    rest = [i for i in range(len(links)) if i not in core]
    count = sum(not links[i, j] for i in core for j in core if i != j)
    count += sum(links[i, j] for i in rest for j in rest)
    lonely = sum(not links[i, rest].any() for i in core)
    lonely += sum(not links[rest, i].any() for i in core)
    return int(count + len(rest) * lonely)


@few
@given(networks(6))
@pytest.mark.property
def test_the_division_is_the_best_of_all_and_the_first_of_the_smallest(claims):
    links = claims > 0
    n, m = len(links), int(links.sum())
    found = cores.core_periphery(claims)
    divisions = (core for k in range(n + 1) for core in itertools.combinations(range(n), k))
    least, _, core = min((errors_by_counting(links, core), len(core), core) for core in divisions)
    assert found.error == pytest.approx(least / m if m else 0.0)
    assert tuple(found.core) == (core if m else ())


@few
@given(networks(9), st.randoms(use_true_random=False))
@pytest.mark.property
def test_changes_of_a_division_are_what_they_are_said_to_be(claims, chance):
    links = binary(sparse.csr_array(claims.astype(float)))
    state = cores.State(links, np.array([chance.random() < 0.5 for _ in claims]))
    for node in range(len(claims)):
        before, change = state.errors, state.changes()
        assert before == errors_by_counting(claims > 0, np.flatnonzero(state.in_core).tolist())
        state.flip(node)
        assert state.errors - before == change[node]


def test_the_search_finds_what_trying_all_finds():
    rng = np.random.default_rng(3)
    for size in (2, 3, 4, 5):
        chance = np.full((13, 13), 0.08)
        chance[:size], chance[:, :size] = 0.4, 0.4
        chance[:size, :size] = 0.8
        links = sparse.csr_array((rng.random((13, 13)) < chance * (1 - np.eye(13))).astype(float))
        _, least = cores.try_all(links.toarray() > 0)
        in_core, found = cores.search(links)
        assert found == least == errors_by_counting(links.toarray() > 0, np.flatnonzero(in_core))


def test_a_planted_core_is_found_in_a_large_network():
    n, size = 120, 6
    links = np.zeros((n, n))
    links[:size, :size] = 1 - np.eye(size)
    links[np.arange(size, n) % size, np.arange(size, n)] = 1
    links[np.arange(size, n), np.arange(size, n) % size] = 1
    shuffled = np.random.default_rng(1).permutation(n)
    found = cores.core_periphery(links[np.ix_(shuffled, shuffled)])
    assert found.error == 0.0
    assert not found.is_exact
    assert set(shuffled[found.core]) == set(range(size))


def test_claims_on_oneself_are_refused_by_name():
    with pytest.raises(ValueError, match=r"adjacency\[1, 1\] is 1"):
        cores.core_periphery([[0, 1], [1, 1]])
    with pytest.raises(ValueError, match=r"exposures\[0, 1\] is -2"):
        network_measures([[0, -2], [1, 0]])
    with pytest.raises(ValueError, match=r"exposures has shape \(1, 2\)"):
        network_measures([[0, 1]])
