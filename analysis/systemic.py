"""Which parties matter most to a network of claims, by measures that need not agree.

Responsible for scoring nodes by what their fall would cost others and by where they stand, and for
how far the rankings agree. The cascades are those of `analysis.cascades` and `analysis.debtrank`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import spsolve
from scipy.stats import kendalltau

from analysis.cascades import furfine_cascade
from analysis.debtrank import debtrank_losses, highest
from analysis.network_measures import binary, spectral_radius
from analysis.networks import (
    checked_count,
    checked_exposures,
    checked_names,
    checked_number,
)

Floats = NDArray[np.float64]
TOP = 10
SOURCES = 1000  # nodes from which shortest paths are followed at most
# Measure -> what it is.
MEASURES = {
    "debtrank": "share of all equity that others lose if it loses its own (linear DebtRank)",
    "furfine": "money that others lose if it defaults, defaults that follow included",
    "exposure": "money that it owes the others",
    "betweenness": "share of shortest chains of claims that pass through it",
    "eigenvector": "owed to those who are themselves owed to such",
    "katz": "the same, where each step along a chain of claims counts half of what it could",
}


@dataclass(frozen=True)
class Systemic:
    """Scores of nodes, higher is more important.

    scores : one row per node, one column per measure of `MEASURES`
    """

    scores: pd.DataFrame

    def ranks(self) -> pd.DataFrame:
        """Return ranks, 1 for the most important; ties share the mean of their ranks."""
        return self.scores.rank(ascending=False)

    def top(self, measure: str, count: int = TOP) -> list[Any]:
        """Return the names of the most important nodes; equal ones in the order of the network."""
        if measure not in self.scores:
            known = ", ".join(map(str, self.scores.columns))
            raise ValueError(f"measure is one of {known}, not {measure!r}")
        values = self.scores[measure].fillna(-np.inf).to_numpy(dtype=np.float64)
        return [self.scores.index[i] for i in highest(values, min(count, len(values)))]

    def agreement(self, count: int = TOP) -> pd.DataFrame:
        """Tell how far each two measures agree: columns first, second, kendall, overlap.

        kendall : Kendall's tau-b, NaN where a measure does not vary
        overlap : share of the `count` most important nodes that both name
        Source: Kendall (1945).
        """
        rows = []
        for first, second in combinations(self.scores.columns, 2):
            both = self.scores[[first, second]].dropna()
            varies = bool((both.nunique() > 1).all()) and len(both) > 1
            tau = float(kendalltau(both[first], both[second]).statistic) if varies else float("nan")
            shared = set(self.top(first, count)) & set(self.top(second, count))
            rows.append((first, second, tau, len(shared) / max(min(count, len(self.scores)), 1)))
        return pd.DataFrame(rows, columns=["first", "second", "kendall", "overlap"])


def systemic_importance(
    exposures: Any,
    equity: Any,
    names: Sequence[Any] | None = None,
    lgd: Any = 1.0,
    weights: Any = None,
) -> Systemic:
    """Score every node by all measures.

    exposures : (n, n) money from 0, dense or sparse - [i, j] is i's claim on j
    equity    : (n,) money
    names     : of the nodes; numbers by default
    lgd       : loss given default of Furfine's cascades; one for all, or (n,) by debtor
    weights   : (n,) what each node counts for in DebtRank; its equity by default
    Time grows with the square of n, for the cascades of all: a minute for some thousand nodes.
    Source: Battiston et al. (2012); Furfine (2003); Freeman (1977); Bonacich (1972); Katz (1953).
    """
    claims = checked_exposures(exposures)
    n = claims.shape[0]
    index = None if names is None else checked_names(names, "names")
    if index is not None and len(index) != n:
        raise ValueError(f"names are {len(index)}; the network has {n} nodes")
    scores = {
        "debtrank": debtrank_losses(claims, equity, weights),
        "furfine": furfine_losses(claims, equity, lgd),
        "exposure": np.asarray(claims.sum(axis=0)),
        "betweenness": betweenness(claims),
        "eigenvector": eigenvector(claims),
        "katz": katz(claims),
    }
    return Systemic(pd.DataFrame(scores, index=index))


def furfine_losses(exposures: Any, equity: Any, lgd: Any = 1.0) -> Floats:
    """Return what all others lose if a node defaults, for each node, (n,) money.

    Losses of nodes that default too count in full, those of the first node do not, nor what is lost
    anyway, to parties whose equity is below 0 from the start.
    """
    claims = checked_exposures(exposures)
    anyway = furfine_cascade(claims, equity, [], lgd).losses
    found = np.zeros(claims.shape[0])
    for node in range(len(found)):
        losses = furfine_cascade(claims, equity, [node], lgd).losses - anyway
        found[node] = losses.sum() - losses[node]
    return found


def betweenness(exposures: Any) -> Floats:
    """Return the share of shortest chains of claims between others that pass through each node.

    Amounts are left out. Above 1,000 nodes chains are followed from a sample of 1,000, always the
    same. Source: Freeman (1977); Brandes (2001), as networkx has it.
    """
    claims = checked_exposures(exposures)
    n = claims.shape[0]
    graph = nx.from_scipy_sparse_array(binary(claims), create_using=nx.DiGraph)
    found = nx.betweenness_centrality(graph, k=SOURCES if n > SOURCES else None, seed=0)
    return np.array([found[node] for node in range(n)], dtype=np.float64)


def eigenvector(exposures: Any, rounds: int = 20_000) -> Floats:
    """Return x with x_j proportional to the sum over i of exposures_ij x_i, of sum 1.

    What a node owes counts the more, the more its creditors matter. NaN where claims form no
    cycle, so that only x = 0 solves it, or where iteration does not settle.
    Source: Bonacich (1972).
    """
    claims, rounds = checked_exposures(exposures), checked_count(rounds, "rounds")
    n = claims.shape[0]
    radius = spectral_radius(claims)
    if not radius:
        return np.full(n, np.nan)
    owed = claims.T.tocsr() / radius
    x = np.full(n, 1.0 / n)
    for _ in range(rounds):
        after = owed @ x + x  # the added 1 keeps rings from turning for ever
        after /= after.sum()
        if np.abs(after - x).max() <= 1e-14:
            return np.asarray(after, dtype=np.float64)
        x = after
    return np.full(n, np.nan)


def katz(exposures: Any, attenuation: float = 0.5) -> Floats:
    """Return x = 1 + a exposures' x, scaled to sum 1: all chains of claims that end at a node.

    attenuation : above 0, below 1 - a times the spectral radius; where claims form no cycle, times
        the largest sum that a node owes
    Source: Katz (1953).
    """
    found = checked_number(attenuation, "attenuation", 0.0, 1.0)
    if found in (0.0, 1.0):
        raise ValueError(f"attenuation is {attenuation!r}; it must lie between 0 and 1")
    claims = checked_exposures(exposures)
    n = claims.shape[0]
    scale = spectral_radius(claims) or float(np.max(claims.sum(axis=0), initial=0.0)) or 1.0
    if not n:
        return np.zeros(0)
    system = sparse.eye_array(n, format="csc") - (attenuation / scale) * claims.T.tocsc()
    chains = np.asarray(spsolve(system, np.ones(n)), dtype=np.float64).reshape(n)
    return chains / chains.sum()
