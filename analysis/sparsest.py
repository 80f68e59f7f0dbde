"""Few links that carry given sums: cutting them into balanced groups, and filling a group.

Responsible for the search behind `analysis.reconstruction.min_density`. A *sum* is what one node
claims (a row) or owes (a column); a group of sums is balanced if its claims equal its debts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import maximum_bipartite_matching

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]
MOST = 16  # sums that are cut in the best way
PART = 6  # rows, and columns, among which small groups are looked for where there are more
STARTS = 8  # orders in which groups are looked for where there are more
MANY = 400  # sums above which one order and equal pairs have to do
Group = tuple[list[int], list[int]]  # rows, columns
Link = tuple[int, int, float]


def fewest_links(claims: Floats, debts: Floats, same: float) -> Any:
    """Return a csr_array (n, n) without diagonal that has the sums, with few links.

    claims, debts : (n,) money from 0, equal in total, no node with more together than the total
    same : money below which two amounts are equal
    """
    n = len(claims)
    links = [
        link for group in _cut(claims, debts, same) for link in fill(group, claims, debts, same)
    ]
    rows, columns, amounts = zip(*links, strict=True) if links else ((), (), ())
    return sparse.csr_array((np.array(amounts, dtype=float), (rows, columns)), shape=(n, n))


def _cut(claims: Floats, debts: Floats, same: float) -> list[Group]:
    """Cut all sums into balanced groups, as many as can be found."""
    rows, columns = _positive(claims, same), _positive(debts, same)
    best: list[Group] = [(rows, columns)]
    starts = STARTS if len(rows) + len(columns) <= MANY else 1
    for start in range(starts):
        shift = start * len(rows) // STARTS
        left = rows[shift:] + rows[:shift], list(columns)
        is_exact = len(rows) + len(columns) <= MOST
        groups = [] if is_exact else _take_pairs(left, claims, debts, same)
        if len(left[0]) + len(left[1]) > MOST and starts > 1:
            groups += _take_threes(left, claims, debts, same)
            groups += _take_parts(left, claims, debts, same)
        if len(left[0]) + len(left[1]) <= MOST:
            groups += _best_cut(*left, claims, debts, same)
        elif left[0]:
            groups.append(left)
        if len(groups) > len(best):
            best = groups
        if is_exact:
            break
    return best


def _positive(sums: Floats, same: float) -> list[int]:
    """Return the places of sums that are not nothing, largest first."""
    order = np.argsort(-sums, kind="stable")
    return [int(i) for i in order if sums[i] > same]


def _is_open(group: Group, claims: Floats, debts: Floats, same: float) -> bool:
    """Tell whether a balanced group can do without claims of a node on itself."""
    rows, columns = group
    total = float(claims[rows].sum())
    return all(claims[i] + debts[i] <= total + same for i in set(rows) & set(columns))


def _take_pairs(left: Group, claims: Floats, debts: Floats, same: float) -> list[Group]:
    """Take out as many pairs of a claim and an equal debt of another as can be matched."""
    rows, columns = np.array(left[0], dtype=np.int64), np.array(left[1], dtype=np.int64)
    rising = columns[::-1]
    low = np.searchsorted(debts[rising], claims[rows] - same)
    high = np.searchsorted(debts[rising], claims[rows] + same, side="right")
    counts = high - low
    pointer = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(counts)))
    place = np.arange(pointer[-1]) - np.repeat(pointer[:-1] - low, counts)
    equal = sparse.csr_array((rows[np.repeat(np.arange(len(rows)), counts)] != rising[place],
                              place, pointer), shape=(len(rows), len(rising)))  # fmt: skip
    equal.eliminate_zeros()
    match = maximum_bipartite_matching(sparse.csr_matrix(equal), perm_type="column")
    pairs = [([int(i)], [int(rising[j])]) for i, j in zip(rows, match, strict=True) if j >= 0]
    return [pair for pair in pairs if _take(left, pair, claims, debts, same)]


def _take(left: Group, group: Group, claims: Floats, debts: Floats, same: float) -> bool:
    """Take a group out of what is left, if the rest can do without claims of a node on itself."""
    rest = tuple([i for i in kind if i not in gone] for kind, gone in zip(left, group, strict=True))
    if not _is_open((rest[0], rest[1]), claims, debts, same):
        return False
    left[0][:], left[1][:] = rest
    return True


def _take_threes(left: Group, claims: Floats, debts: Floats, same: float) -> list[Group]:
    """Take out groups of one sum and two of the other side, in the order of what is left."""
    groups: list[Group] = []
    for is_row in (True, False):
        for one in list(left[0 if is_row else 1]):
            others, values = (left[1], debts) if is_row else (left[0], claims)
            target = float(claims[one] if is_row else debts[one])
            two = _sum_to(target, [k for k in others if k != one], values, same)
            group = ([one], two) if is_row else (two, [one])
            if two and _take(left, group, claims, debts, same):
                groups.append(group)
    return groups


def _sum_to(target: float, others: list[int], values: Floats, same: float) -> list[int]:
    """Return two of the others whose values sum to a target; an empty list if none do."""
    able = np.array(others, dtype=np.int64)
    able = able[np.argsort(values[able], kind="stable")]
    near = np.searchsorted(values[able], target - values[able] - same)
    near = np.maximum(near, np.arange(1, len(able) + 1))
    first = np.flatnonzero(near < len(able))
    first = first[np.abs(values[able[first]] + values[able[near[first]]] - target) <= same]
    return [int(able[first[0]]), int(able[near[first[0]]])] if len(first) else []


def _take_parts(left: Group, claims: Floats, debts: Floats, same: float) -> list[Group]:
    """Take the smallest balanced groups out of parts of what is left, until no part holds any."""
    rows, columns = left
    groups: list[Group] = []
    at = 0
    while at < max(len(rows), len(columns)):
        part = [(kind[at:] + kind[:at])[:PART] for kind in (rows, columns)]
        _, chosen = _balanced(part[0], part[1], claims, debts, same)
        chosen = chosen[np.argsort(np.bitwise_count(chosen), kind="stable")]
        for code in chosen.tolist():
            group = _members(code, *part)
            if _take(left, group, claims, debts, same):
                groups.append(group)
                break
        else:
            at += PART // 2
    return groups


def _balanced(
    rows: list[int], columns: list[int], claims: Floats, debts: Floats, same: float
) -> tuple[Ids, Ids]:
    """Return all balanced subsets of some sums, ascending, and of these the open groups.

    A subset is a number whose bits are its members.
    """
    m = len(rows) + len(columns)
    bits = (np.arange(1 << m)[:, None] >> np.arange(m)) & 1
    codes = np.flatnonzero(np.abs(bits @ np.concatenate((claims[rows], -debts[columns]))) <= same)
    half = bits[codes, : len(rows)] @ claims[rows]
    is_open = half > same
    for i, node in enumerate(rows):
        if node in columns:
            both = (bits[codes, i] & bits[codes, len(rows) + columns.index(node)]) == 1
            is_open &= ~(both & (claims[node] + debts[node] > half + same))
    return codes, np.asarray(codes[is_open], dtype=np.int64)


def _members(code: int, rows: list[int], columns: list[int]) -> Group:
    return (
        [node for k, node in enumerate(rows) if code >> k & 1],
        [node for k, node in enumerate(columns) if code >> (k + len(rows)) & 1],
    )


def _best_cut(
    rows: list[int], columns: list[int], claims: Floats, debts: Floats, same: float
) -> list[Group]:
    """Return the cut of at most `MOST` sums into most balanced open groups: exact.

    most[s] = 1 + the most over the groups g in s that hold the lowest sum of s of most[s - g].
    """
    whole = (1 << (len(rows) + len(columns))) - 1
    unions, groups = _balanced(rows, columns, claims, debts, same)
    most, last = np.full(whole + 1, -1, dtype=np.int64), np.zeros(whole + 1, dtype=np.int64)
    most[0] = 0
    lowest = groups & -groups
    by_lowest = {int(bit): groups[lowest == bit] for bit in np.unique(lowest)}
    for some in unions.tolist()[1:]:
        mine = by_lowest.get(some & -some, groups[:0])
        mine = mine[(mine & ~some) == 0]
        if len(mine):
            at = int(np.argmax(most[some ^ mine]))
            if most[some ^ mine[at]] >= 0:
                most[some], last[some] = most[some ^ mine[at]] + 1, mine[at]
    if most[whole] < 1:
        return [(rows, columns)] if rows else []
    cut = []
    while whole:
        cut.append(_members(int(last[whole]), rows, columns))
        whole ^= int(last[whole])
    return cut


def fill(group: Group, claims: Floats, debts: Floats, same: float) -> list[Link]:
    """Return links that carry a balanced group: at most one fewer than it has sums.

    The largest claim meets the largest debt, as far as no other node is left with more than all
    that remains; once a node is left with just that, it is a party of every link that remains.
    Each link uses up a sum, except one that makes a node such a hub.
    """
    rows, columns = group
    nodes = np.array(sorted(set(rows) | set(columns)), dtype=np.int64)
    mine = np.where(np.isin(nodes, rows), claims[nodes], 0.0)
    owed = np.where(np.isin(nodes, columns), debts[nodes], 0.0)
    links: list[Link] = []
    while (total := float(min(mine.sum(), owed.sum()))) > same:
        spare = np.maximum(mine.sum(), owed.sum()) - mine - owed
        hub = int(np.argmin(spare))
        if spare[hub] <= same:
            links += [(int(nodes[hub]), int(nodes[j]), float(owed[j]))
                      for j in np.flatnonzero(owed > same) if j != hub]  # fmt: skip
            links += [(int(nodes[i]), int(nodes[hub]), float(mine[i]))
                      for i in np.flatnonzero(mine > same) if i != hub]  # fmt: skip
            break
        i = int(np.argmax(mine))
        j = int(np.argmax(np.where(np.arange(len(nodes)) == i, -1.0, owed)))
        spare[[i, j]] = total
        amount = float(min(mine[i], owed[j], spare.min()))
        links.append((int(nodes[i]), int(nodes[j]), amount))
        mine[i], owed[j] = (0.0 if x <= same else x for x in (mine[i] - amount, owed[j] - amount))
    return links
