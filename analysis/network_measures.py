"""What a network of claims looks like: density, reciprocity, components, concentration, radius.

Responsible for numbers of the network as a whole, on sparse matrices in time about proportional to
its links. Its core is found by `analysis.core_periphery`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import ArpackError, eigs

from analysis.networks import checked_column, checked_exposures, floats_of

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]
DENSE = 300  # nodes of a component whose eigenvalues are all worked out


@dataclass(frozen=True)
class NetworkMeasures:
    """Measures of a directed network whose links i -> j are i's claims on j.

    n_edges, mean_degree : links; links / n
    density              : links / (n (n - 1))
    reciprocity          : share of links that are answered; 0 without links
    assortativity_out_in : correlation over links of the creditor's number of claims with the
        debtor's number of debts; NaN where one of them does not vary
    transitivity_undirected : three times the triangles over the pairs of links that share a node,
        of the network without directions; 0 where there is no such pair
    n_weak_components, n_strong_components, largest_scc : a node alone is a component
    spectral_radius_binary, spectral_radius_weighted : largest modulus of an eigenvalue
    hhi_out_strength, hhi_in_strength : sum of squared shares in all claims, and in all debts, from
        1/n to 1; 0 without claims
    """

    n_edges: int
    density: float
    reciprocity: float
    assortativity_out_in: float
    transitivity_undirected: float
    n_weak_components: int
    n_strong_components: int
    largest_scc: int
    spectral_radius_binary: float
    spectral_radius_weighted: float
    hhi_out_strength: float
    hhi_in_strength: float
    mean_degree: float


def network_measures(exposures: Any) -> NetworkMeasures:
    """Measure a network of claims.

    exposures : (n, n) money from 0, dense or sparse - [i, j] is i's claim on j
    Source: Newman (2010) for the definitions, as networkx computes them.
    """
    claims = checked_exposures(exposures)
    n, m = claims.shape[0], int(claims.nnz)
    links = binary(claims)
    n_weak, _ = components(links, "weak")
    n_strong, strong = components(links, "strong")
    return NetworkMeasures(
        n_edges=m,
        density=m / (n * (n - 1)) if n > 1 else 0.0,
        reciprocity=links.multiply(links.T).nnz / m if m else 0.0,
        assortativity_out_in=_assortativity(links),
        transitivity_undirected=_transitivity(links),
        n_weak_components=n_weak,
        n_strong_components=n_strong,
        largest_scc=int(np.bincount(strong).max(initial=0)),
        spectral_radius_binary=spectral_radius(links, strong),
        spectral_radius_weighted=spectral_radius(claims, strong),
        hhi_out_strength=hhi(np.asarray(claims.sum(axis=1))),
        hhi_in_strength=hhi(np.asarray(claims.sum(axis=0))),
        mean_degree=m / n if n else 0.0,
    )


def components(links: Any, connection: Literal["weak", "strong"]) -> tuple[int, Ids]:
    """Return how many components hang together, and the component of each node, (n,)."""
    links = checked_exposures(links, "links")
    if connection not in ("weak", "strong"):
        raise ValueError(f"connection is 'weak' or 'strong', not {connection!r}")
    if not links.shape[0]:
        return 0, np.zeros(0, dtype=np.int64)
    number, which = connected_components(links, connection=connection)
    return int(number), np.asarray(which, dtype=np.int64)


def binary(claims: Any) -> Any:
    """Return the links of a network as a matrix of ones."""
    claims = checked_exposures(claims, "claims")
    return sparse.csr_array(
        (np.ones(claims.nnz), claims.indices, claims.indptr), shape=claims.shape
    )


def hhi(sizes: Any) -> float:
    """Return the sum of squared shares of some sizes, (n,) from 0; 0 where all are 0."""
    sizes = floats_of(sizes, "sizes")
    if sizes.ndim != 1:
        raise ValueError(f"sizes has shape {sizes.shape}; it must be (n,)")
    sizes = checked_column(sizes, len(sizes), "sizes", 0.0)
    total = float(sizes.sum())
    return float(np.square(sizes / total).sum()) if total else 0.0


def _assortativity(links: Any) -> float:
    out = np.diff(links.indptr).astype(np.float64)
    into = np.bincount(links.indices, minlength=links.shape[0]).astype(np.float64)
    x, y = np.repeat(out, np.diff(links.indptr)), into[links.indices]
    if not len(x) or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    x, y = x - x.mean(), y - y.mean()
    return float((x @ y) / np.sqrt((x @ x) * (y @ y)))


def _transitivity(links: Any) -> float:
    """Count triangles by looking, from each link, along links to nodes of larger degree only."""
    both = binary(sparse.csr_array(links + links.T))
    degree = np.diff(both.indptr).astype(np.int64)
    pairs = float((degree * (degree - 1)).sum()) / 2.0
    if not pairs:
        return 0.0
    rank = np.empty(len(degree), dtype=np.int64)
    rank[np.argsort(degree, kind="stable")] = np.arange(len(degree))
    whole = both.tocoo()
    up = rank[whole.row] < rank[whole.col]
    above = sparse.csr_array((whole.data[up], (whole.row[up], whole.col[up])), shape=both.shape)
    triangles = float((above @ above).multiply(above).sum())
    return 3.0 * triangles / pairs


def spectral_radius(matrix: Any, strong: Ids | None = None) -> float:
    """Return the largest modulus of an eigenvalue of a matrix without negative entries.

    matrix : csr_array (n, n) without claims on oneself
    strong : (n,) - strongly connected component of each node, where it is known already

    It is the largest over the strongly connected components, in each of which it is a simple real
    eigenvalue (Perron, Frobenius) between the smallest and the largest sum of a row. Components are
    looked at by falling bound until no other can hold more.
    """
    matrix = checked_exposures(matrix, "matrix")
    component = components(matrix, "strong")[1] if strong is None else strong
    size = np.bincount(component)
    if not (size > 1).any():
        return 0.0
    rows = np.repeat(component, np.diff(matrix.indptr))
    inner = sparse.csr_array(matrix.copy())
    inner.data = np.where(rows == component[inner.indices], inner.data, 0.0)
    bounds = np.zeros((2, len(size)))
    for axis in (0, 1):
        sums = np.asarray(inner.sum(axis=axis))
        order = np.lexsort((sums, component))
        bounds[axis] = sums[order[np.cumsum(size) - 1]]
    bound = bounds.min(axis=0)
    order = np.argsort(component, kind="stable")
    ends = np.cumsum(size)
    best = 0.0
    for part in np.argsort(-bound, kind="stable"):
        if bound[part] <= best:
            break
        nodes = order[ends[part] - size[part] : ends[part]]
        best = max(best, _perron_root(inner[nodes][:, nodes], float(bound[part])))
    return best


def _perron_root(matrix: Any, bound: float) -> float:
    """Return the spectral radius of a matrix whose nodes all reach each other."""
    n = matrix.shape[0]
    if n == 2:
        return float(np.sqrt(matrix[0, 1] * matrix[1, 0]))
    if n <= DENSE:
        return float(np.abs(np.linalg.eigvals(matrix.toarray())).max())
    try:
        found = eigs(matrix, k=1, which="LR", v0=np.ones(n), return_eigenvectors=False)
        return float(found.real.max())
    except ArpackError:
        return _by_iteration(matrix, bound)


def _by_iteration(matrix: Any, bound: float, rounds: int = 100_000) -> float:
    """Iterate matrix + shift, until the bounds of Collatz and Wielandt on its root meet."""
    shift = bound / 2.0  # so that no other eigenvalue has the same modulus
    x = np.ones(matrix.shape[0])
    low, high = 0.0, bound
    for _ in range(rounds):
        y = matrix @ x + shift * x
        ratio = y / x - shift
        low, high = max(low, float(ratio.min())), min(high, float(ratio.max()))
        if high - low <= 1e-13 * high:
            break
        x = np.maximum(y / y.max(), 1e-300)
    return (low + high) / 2.0
