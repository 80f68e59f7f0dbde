"""The core of a network: few nodes that all lend to each other, and to and from the rest.

Responsible for the division into core and periphery with the least error. Up to 20 nodes every
division is tried; beyond, the search starts from several orders of nodes and ends at divisions that
no change of one node, or of two in networks of up to 300, improves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.network_measures import binary
from analysis.networks import checked_exposures

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]
ALL = 20  # nodes of which every division is tried
PAIRS = 300  # nodes up to which changes of two are tried


@dataclass(frozen=True)
class CorePeriphery:
    """A division of a network.

    error    : errors over the number of links; 0 without links
    core     : node numbers, ascending
    is_exact : whether every division was tried
    """

    error: float
    core: Ids
    is_exact: bool


def core_periphery(adjacency: Any) -> CorePeriphery:
    """Divide a directed network into a core and a periphery with the least error.

    adjacency : (n, n) from 0, dense or sparse - any entry above 0 is a link; none to oneself

    errors = links missing inside the core + links inside the periphery + (n - c) for each of the c
    core nodes without a link to the periphery, and for each without one from it. Of several best
    divisions the one with the smallest core is taken, of these the first by node numbers.
    Source: Craig, von Peter (2014), equations 1-4; Borgatti, Everett (1999) for the idea.
    """
    links = binary(checked_exposures(adjacency, "adjacency"))
    n = links.shape[0]
    if not links.nnz:
        return CorePeriphery(0.0, np.zeros(0, dtype=np.int64), True)
    if n <= ALL:
        in_core, least = try_all(links.toarray() > 0)
    else:
        in_core, least = search(links)
    return CorePeriphery(least / links.nnz, np.flatnonzero(in_core), n <= ALL)


def try_all(links: Mask) -> tuple[Mask, int]:
    """Count errors of all 2^n divisions at once; bit i of a division's number: is i in the core."""
    n = len(links)
    weight = 1 << np.arange(n, dtype=np.int64)
    out, into = links @ weight, links.T @ weight
    codes = np.arange(1 << n, dtype=np.uint32)
    inside = np.zeros(1 << n, dtype=np.int32)
    for i in range(n):
        rest = codes[: 1 << i]
        both = np.bitwise_count(rest & np.uint32(out[i])) + np.bitwise_count(
            rest & np.uint32(into[i])
        )
        inside[1 << i : 2 << i] = inside[: 1 << i] + both
    c = np.bitwise_count(codes).astype(np.int32)
    lonely = np.zeros(1 << n, dtype=np.int32)
    for i in range(n):
        is_core = (codes >> np.uint32(i)) & 1 == 1
        for mine in (out[i], into[i]):
            lonely += is_core & ((np.uint32(mine) & ~codes) == 0)
    errors = c * (c - 1) - inside + inside[::-1] + (n - c) * lonely
    best = np.flatnonzero(errors == errors.min())
    best = best[c[best] == c[best].min()]
    # Of equal size, the first by node numbers holds the lowest numbers where they differ.
    members = (best[:, None] >> np.arange(n)) & 1
    first = members[np.lexsort(-members.T[::-1])[0]]
    return first == 1, int(errors.min())


class State:
    """A division, and by how much the errors change with each node; links : csr_array of ones."""

    def __init__(self, links: Any, in_core: Mask) -> None:
        self.links, self.reverse = links, links.T.tocsr()
        reverse = self.reverse
        self.in_core = in_core.copy()
        core = in_core.astype(np.float64)
        self.to_core, self.from_core = links @ core, reverse @ core
        self.to_rest, self.from_rest = links @ (1.0 - core), reverse @ (1.0 - core)

    @property
    def errors(self) -> int:
        """Errors of the division as it stands."""
        core = self.in_core
        c = int(core.sum())
        missing = c * (c - 1) - self.to_core[core].sum()
        lonely = (self.to_rest[core] == 0).sum() + (self.from_rest[core] == 0).sum()
        return int(missing + self.to_rest[~core].sum() + (len(core) - c) * lonely)

    def changes(self) -> Floats:
        """Return by how much the errors change where one node changes sides, (n,)."""
        core, n = self.in_core, len(self.in_core)
        c = int(core.sum())
        ones, none = np.zeros(n), np.zeros(n)  # core neighbours that a move makes lonely, or not
        sides = ((self.to_rest, self.reverse), (self.from_rest, self.links))
        for count, towards in sides:
            ones += towards @ (core & (count == 1)).astype(float)
            none += towards @ (core & (count == 0)).astype(float)
        own = (self.to_rest == 0).astype(float) + (self.from_rest == 0)
        lonely = float(own[core].sum())
        core_links, rest_links = self.to_core + self.from_core, self.to_rest + self.from_rest
        enters = 2 * c - core_links - rest_links
        enters += (n - c - 1) * (lonely + ones + own) - (n - c) * lonely
        leaves = -2 * (c - 1) + core_links + rest_links
        leaves += (n - c + 1) * (lonely - own - none) - (n - c) * lonely
        return np.where(core, leaves, enters)

    def flip(self, node: int) -> None:
        """Let a node change sides."""
        sign = -1.0 if self.in_core[node] else 1.0
        self.in_core[node] = not self.in_core[node]
        debtors, creditors = _row(self.links, node), _row(self.reverse, node)
        self.from_core[debtors] += sign
        self.from_rest[debtors] -= sign
        self.to_core[creditors] += sign
        self.to_rest[creditors] -= sign


def _row(matrix: Any, node: int) -> Any:
    return matrix.indices[matrix.indptr[node] : matrix.indptr[node + 1]]


def search(links: Any) -> tuple[Mask, int]:
    """Improve the best cuts of several orders of nodes, and return the best division found."""
    reverse = links.T.tocsr()
    n = links.shape[0]
    out, into = np.diff(links.indptr).astype(float), np.diff(reverse.indptr).astype(float)
    strength = links @ into + reverse @ out  # of nodes linked to well linked ones
    starts = [_best_prefix(links, order) for order in (
        np.argsort(-score, kind="stable")
        for score in (out + into, np.minimum(out, into), out, into, out * into, strength)
    )]  # fmt: skip
    best, least = starts[0], links.nnz + n * n
    for start in {start.tobytes(): start for start in starts}.values():
        state = State(links, start)
        _descend(state, n <= PAIRS)
        key = (state.errors, int(state.in_core.sum()))
        if key < (least, int(best.sum())):
            best, least = state.in_core, state.errors
    return best, least


def _best_prefix(links: Any, order: Ids) -> Mask:
    """Return the core with least error among the first c of an order, for all c at once."""
    n = len(order)
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n)
    whole = links.tocoo()
    low, high = (
        np.minimum(rank[whole.row], rank[whole.col]),
        np.maximum(rank[whole.row], rank[whole.col]),
    )
    c = np.arange(n + 1)
    inside = np.concatenate((np.zeros(1), np.cumsum(np.bincount(high, minlength=n))))
    outside = links.nnz - np.concatenate((np.zeros(1), np.cumsum(np.bincount(low, minlength=n))))
    lonely = np.zeros(n + 1)
    for row, col in ((whole.row, whole.col), (whole.col, whole.row)):
        last = rank.copy()  # rank from which on the node and all its partners are in the core
        order_of = np.lexsort((rank[col], row))
        ends = np.cumsum(np.bincount(row, minlength=n)) - 1
        some = np.flatnonzero(np.bincount(row, minlength=n))
        last[some] = np.maximum(last[some], rank[col][order_of][ends[some]])
        lonely += np.concatenate((np.zeros(1), np.cumsum(np.bincount(last, minlength=n))))
    errors = c * (c - 1) - inside + outside + (n - c) * lonely
    return rank < int(np.argmin(errors))


def _descend(state: State, with_pairs: bool) -> None:
    """Let nodes change sides, each time the one that lowers the errors most, then two at once."""
    while True:
        change = state.changes()
        node = int(np.argmin(change))
        if change[node] < 0:
            state.flip(node)
        elif not (with_pairs and _flip_two(state, change)):
            return


def _flip_two(state: State, change: Floats) -> bool:
    """Let the first two nodes change sides that lower the errors together; tell whether any do."""
    for node in np.argsort(change, kind="stable"):
        state.flip(int(node))
        second = state.changes()
        other = int(np.argmin(second))
        if change[node] + second[other] < 0:
            state.flip(other)
            return True
        state.flip(int(node))
    return False
