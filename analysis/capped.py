"""The least solution of a linear system whose unknowns have ceilings.

Responsible for x = min(ceiling, base + links x) with links and base from 0, sparse, which is what
distress on a network of claims comes to.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order

from sim.descent import solve_linked

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_STILL = 1e-14  # relative growth still to come that is rounding
_TINY = 1e-15
_PATIENCE = 12  # rounds before the system is solved instead; doubles
_MANY = 40  # rounds that cost about as much as solving it
_MOST_ROUNDS = 1_000_000
_CLEARLY = 1e-13  # relative: below its ceiling by more than rounding
_RIGHT = 1e-12


def least_capped(links: Any, base: Floats, ceiling: Floats) -> tuple[Floats, int]:
    """Return the least x from 0 with x = min(ceiling, base + links x), and the rounds it took.

    links : (n, n) csr from 0; base, ceiling : (n,) from 0

    Rounds from 0 upwards come to rest there; where they are slow the solution is looked for from
    the ceilings downwards, by linear systems of those that are below theirs. Among nodes that
    something reaches it is unique, since the map is concave and positive there; others are 0.
    """
    x = np.minimum(base, ceiling)
    patience, rounds, last = _PATIENCE, 0, 1.0
    while rounds < _MOST_ROUNDS:
        rounds += 1
        grown = np.minimum(ceiling, base + links @ x)
        growth = float(relative_growth(x, grown).max(initial=0.0))
        x = np.maximum(grown, x)
        if comes_to_rest(growth, last):
            break
        rate, last = growth / last, growth
        if rounds == patience:
            patience *= 2
            if _rounds_left(growth, rate) > _MANY:
                found = _solution(links, base, ceiling, x)
                if found is not None:
                    return found, rounds
    return x, rounds


def relative_growth(x: Floats, grown: Floats) -> Floats:
    """Return how much each number grew, as a share of itself; 1 for those first reached."""
    growth = grown - x
    return np.divide(growth, grown, out=np.zeros_like(growth), where=growth > 0.0)


def comes_to_rest(growth: float, last: float) -> bool:
    """Tell whether all growth still to come is rounding.

    growth, last : largest relative growth of this round and of the one before. It never rises from
    round to round, however large links are, and what is left is about a geometric series.
    """
    return growth <= _TINY or (growth < last and growth * growth <= _STILL * (last - growth))


def _rounds_left(growth: float, rate: float) -> float:
    """Guess how many rounds it takes at this rate until growth is rounding."""
    return float(np.log(_TINY / growth) / np.log(rate)) if rate < 1.0 else np.inf


def _solution(links: Any, base: Floats, ceiling: Floats, least: Floats) -> Floats | None:
    """Solve for the solution; None if a linear system is out of reach.

    least : (n,) at or below the solution

    Tried first: those at their ceilings now are all there will be. If that fails, x is lowered from
    the ceilings: whoever is below its own when all others stand at theirs is below it for good,
    each system lowers others further, so their number only grows.
    """
    reached = least > 0.0
    if np.count_nonzero(base + links @ least > 0.0) > np.count_nonzero(reached):
        reached = _reached(links, base > 0.0)
    top = np.where(reached, ceiling, 0.0)
    x = _with_ceilings(links, base, top, reached & (least < ceiling), least)
    if x is not None and _is_right(links, base, ceiling, x):
        return x
    x, below = top, np.zeros(len(base), dtype=np.bool_)
    while True:
        newly = reached & ~below & (base + links @ x < ceiling * (1.0 - _CLEARLY))
        if not newly.any():
            return x if _is_right(links, base, ceiling, x) else None
        below |= newly
        lower = _with_ceilings(links, base, top, below, least)
        if lower is None:
            return None
        x = lower


def _with_ceilings(
    links: Any, base: Floats, top: Floats, below: Mask, guess: Floats
) -> Floats | None:
    """Solve for those `below` with all others at the top; None if they do not end below it."""
    x = top.copy()
    if below.all():
        inner = solve_linked(links, base, guess)
    else:
        part = links[below]
        at_top = base[below] + part @ np.where(below, 0.0, top)
        inner = solve_linked(part[:, below], at_top, guess[below])
    if inner is None or not ((inner >= 0.0) & (inner <= top[below] * (1.0 + _RIGHT))).all():
        return None
    x[below] = np.minimum(inner, top[below])
    return x


def _is_right(links: Any, base: Floats, ceiling: Floats, x: Floats) -> bool:
    """Tell whether x is a solution."""
    off = np.abs(np.minimum(ceiling, base + links @ x) - x).max(initial=0.0)
    return bool(off <= _RIGHT * ceiling.max(initial=0.0))


def _reached(links: Any, first: Mask) -> Mask:
    """Return whom anything of `first` reaches along links, j before i where links[i, j] > 0."""
    n = len(first)
    starts = np.flatnonzero(first)
    onward = links.tocoo()
    ends = np.concatenate((onward.col, np.full(len(starts), n)))
    heads = np.concatenate((onward.row, starts))
    graph = sparse.csr_array((np.ones(len(ends)), (ends, heads)), shape=(n + 1, n + 1))
    found = np.zeros(n + 1, dtype=np.bool_)
    found[breadth_first_order(graph, n, return_predecessors=False)] = True
    return found[:n]
