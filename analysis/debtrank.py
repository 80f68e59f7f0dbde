"""DebtRank: distress that travels before anybody fails.

Responsible for the share of equity that each party of a network of claims loses when others lose
theirs, in the original form, the linear one and the non-linear one, and for the DebtRank of every
party: what the rest of the system would lose with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.capped import comes_to_rest, least_capped, relative_growth
from analysis.networks import (
    checked_column,
    checked_count,
    checked_exposures,
    checked_nodes,
    checked_number,
    floats_of,
)

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]

_PATIENCE = 40  # rounds before steps of Newton are taken
_MOST_STEPS = 200
_RIGHT = 1e-14  # relative growth after a step of Newton that is rounding
_DIGITS = 12  # to which values that are ranked are told apart


@dataclass(frozen=True)
class DebtRank:
    """Distress after a shock.

    h        : (n,) share of equity lost, 0 to 1, the shock included
    debtrank : share of the system's weight that is lost beyond the shock
    rounds   : of the iteration
    """

    h: Floats
    debtrank: float
    rounds: int


def debtrank_linear(
    exposures: Any, equity: Any, initial_loss: Any, weights: Any = None
) -> DebtRank:
    """Follow distress that is passed on as long as it grows, in proportion to losses of equity.

    exposures    : (n, n) money from 0 - [i, j] is i's claim on j
    equity       : (n,) money; whoever has none is in default from the start, which costs nothing
        beyond the shock
    initial_loss : (n,) share of equity lost in the shock, from 0, capped at 1; one for all, or a
        dict of node to share
    weights      : (n,) from 0, not all 0, what each party counts for; its equity by default

    h(t+1) = min(1, h(1) + Lambda h(t)), Lambda_ij = exposures_ij / equity_i, not capped: the least
    fixed point. debtrank = sum w h - sum w h(1), weights scaled to sum 1; 0 where they are equity
    and nobody has any.
    Raises ValueError that names a bad entry.
    Source: Bardoscia, Battiston, Caccioli, Caldarelli (2015), equation 7.
    """
    leverage, shock, weight = _prepared(exposures, equity, initial_loss, weights)
    h, rounds = least_capped(leverage, shock, np.ones(len(shock)))
    return DebtRank(h, float(weight @ (h - shock)), rounds)


def debtrank_nonlinear(
    exposures: Any, equity: Any, initial_loss: Any, alpha: float, weights: Any = None
) -> DebtRank:
    """Follow distress of which small losses pass on less than their share.

    As `debtrank_linear`, with h(t+1) = min(1, h(1) + Lambda p(h(t))), p(h) = min(1, h exp(alpha
    (h - 1))). With alpha 0 this is the linear form; as alpha grows only defaults count.
    Where rounds are slow, steps of Newton are taken: p is convex, so they stay below the least
    fixed point.
    Source: Bardoscia, Caccioli, Perotti, Vivaldo, Caldarelli (2016), equation 4.
    """
    alpha = checked_number(alpha, "alpha", 0.0)
    leverage, shock, weight = _prepared(exposures, equity, initial_loss, weights)
    h, rounds, last = shock, 0, 1.0
    while rounds < _PATIENCE + _MOST_STEPS:
        rounds += 1
        grows = np.exp(alpha * (h - 1.0))
        gap = shock + leverage @ (h * grows) - h
        up = np.clip(gap, 0.0, 1.0 - h)
        growth = float(relative_growth(h, h + up).max(initial=0.0))
        h = h + up
        by_newton = rounds > _PATIENCE
        if growth <= _RIGHT if by_newton else comes_to_rest(growth, last):
            break
        last = growth
        if rounds >= _PATIENCE:
            grows = np.exp(alpha * (h - 1.0))
            gap = np.maximum(shock + leverage @ (h * grows) - h, 0.0)
            steep = leverage.copy()
            steep.data *= (grows * (1.0 + alpha * h))[leverage.indices]
            up, _ = least_capped(steep, gap, 1.0 - h)
            h = np.minimum(h + up, 1.0)
    return DebtRank(h, float(weight @ (h - shock)), rounds)


def debtrank_original(
    exposures: Any, equity: Any, initial_loss: Any, weights: Any = None
) -> DebtRank:
    """Follow distress that each party passes on once, in the round after it is first hit.

    As `debtrank_linear`, with impacts W_ij = min(1, exposures_ij / equity_i). Parties hit before
    lose more when others are hit later, but do not pass that on.
    Source: Battiston, Puliga, Kaushik, Tasca, Caldarelli (2012), equations 2 to 5.
    """
    leverage, shock, weight = _prepared(exposures, equity, initial_loss, weights)
    np.minimum(leverage.data, 1.0, out=leverage.data)
    h, was_hit, rounds = shock.copy(), np.zeros(len(shock), dtype=np.bool_), 0
    while True:
        passing = (h > 0.0) & ~was_hit
        if not passing.any():
            break
        rounds += 1
        was_hit |= passing
        h = np.minimum(1.0, h + leverage @ np.where(passing, h, 0.0))
    return DebtRank(h, float(weight @ (h - shock)), rounds)


def debtrank_of_all(exposures: Any, equity: Any, weights: Any = None) -> Floats:
    """Return `debtrank_linear` of the loss of each party's equity, one shock at a time, (n,).

    exposures, equity, weights : as in `debtrank_linear`
    Whoever has no equity is in default in each of these shocks, so what others lose to such parties
    counts in the number of every party; `debtrank_losses` leaves it out. Where all have equity the
    two are equal.
    One solution after the other: memory grows with claims, time with parties times claims.
    """
    leverage, no_shock, weight = _prepared(exposures, equity, 0.0, weights)
    found = np.zeros(len(no_shock))
    for node in range(len(found)):
        h, shock = _without(node, leverage, no_shock)
        found[node] = weight @ (h - shock)
    return found


def debtrank_losses(exposures: Any, equity: Any, weights: Any = None, nodes: Any = None) -> Floats:
    """Return the share of all weight that others lose only because a party loses its equity.

    exposures, equity, weights : as in `debtrank_linear`
    nodes : the parties asked about, as numbers or a mask (n,); all by default
    Returns (m,), in the order of node numbers. What is lost anyway, to parties that have no equity
    from the start, does not count: who has none, or owes nothing, scores 0. By differences, so
    rounding does not add up.
    """
    leverage, no_shock, weight = _prepared(exposures, equity, 0.0, weights)
    n = len(no_shock)
    asked = np.ones(n, dtype=np.bool_) if nodes is None else checked_nodes(nodes, n, "nodes")
    anyway, _ = least_capped(leverage, no_shock, np.ones(n))
    owes = np.bincount(leverage.indices, minlength=n) > 0
    found = np.zeros(n)
    for node in np.flatnonzero(asked & owes & (no_shock < 1.0)).tolist():
        h, _ = _without(node, leverage, no_shock)
        lost = np.maximum(h - anyway, 0.0)
        lost[node] = 0.0
        found[node] = weight @ lost
    return found[asked]


def _without(node: int, leverage: Any, no_shock: Floats) -> tuple[Floats, Floats]:
    """Return distress after one party loses its equity, and that shock, (n,) each."""
    shock = no_shock.copy()
    shock[node] = 1.0
    h, _ = least_capped(leverage, shock, np.ones(len(shock)))
    return h, shock


def highest(values: Any, count: int) -> Ids:
    """Number the nodes of the highest values, highest first; of equal ones the first.

    values : (n,), none of them NaN or above all bounds; count : how many are asked for
    Values that agree to 12 digits of the largest are equal: they differ by rounding only.
    """
    found = floats_of(values, "values")
    count = checked_count(count, "count")
    if found.ndim != 1:
        raise ValueError(f"values has shape {found.shape}; it must be (n,)")
    wrong = np.isnan(found) | (found == np.inf)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise ValueError(f"values[{at}] is {found[at]:g}; it cannot be ranked")
    some = found[np.isfinite(found)]
    scale = float(np.abs(some).max(initial=0.0)) or 1.0
    return np.argsort(-np.round(found / scale, _DIGITS), kind="stable")[:count].astype(np.int64)


def _prepared(exposures: Any, equity: Any, initial_loss: Any, weights: Any) -> tuple[Any, ...]:
    """Check a network and return leverage (csr), the shock and weights that sum to 1."""
    claims = checked_exposures(exposures)
    n = claims.shape[0]
    capital = checked_column(equity, n, "equity")
    lives = capital > 0.0
    shock = np.minimum(checked_column(initial_loss, n, "initial_loss", 0.0), 1.0)
    shock = np.where(lives, shock, 1.0)
    weight = np.maximum(capital, 0.0) if weights is None else weights
    weight = checked_column(weight, n, "weights", 0.0)
    total = float(weight.sum())
    if weights is not None and n and not total:
        raise ValueError("weights sum to 0; at least one must be above 0")
    with np.errstate(over="ignore"):
        per_equity = np.divide(1.0, capital, out=np.zeros(n), where=lives)
        claims.data *= np.repeat(per_equity, np.diff(claims.indptr))
    np.minimum(claims.data, np.finfo(float).max, out=claims.data)
    return claims, shock, weight / total if total else weight
