"""Grouped sums, exact splits, queues and overlaps on whole arrays; AUC, KS and Brier.

Responsible for the loops of the model that are not clearing. Knows arrays only: no tables,
no money rules, no months. Every kernel has a plain-loop twin among the tests.
"""

from __future__ import annotations

from collections.abc import Sequence, Sized
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit
from scipy.special import logit as _logit

from sim.units import Fen, Floats, Ids, Mask

_FEW_HOLDINGS = 30_000  # below, sums by member are added up one by one


def true_at(mask: Any) -> Ids:
    """Return the places of a row that are set, or not zero, ascending; mask : (m,).

    `np.flatnonzero` without its wrappers, which take longer than the search where rows are few.
    """
    places: Ids = mask.nonzero()[0]
    return places


def among(values: Ids, few: Sequence[int]) -> Mask:
    """Mark values that are one of a few; values : (m,). A quicker `np.isin`."""
    found: Mask = values == few[0]
    for each in few[1:]:
        found |= values == each
    return found


def distinct(values: Ids) -> Ids:
    """Return the different values, ascending; values : (m,). A quicker `np.unique`."""
    ordered = np.sort(values)
    is_new = _starts(ordered)
    return ordered[is_new]


def _starts(ordered: Ids) -> Mask:
    """Mark where a row of equals one after the other begins a new value."""
    starts = np.empty(len(ordered), dtype=np.bool_)
    starts[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=starts[1:])
    return starts


def distinct_places(values: Ids) -> tuple[Ids, Ids]:
    """Return the different values, ascending, and the place of each value among them.

    values : (m,) - a quicker `np.unique` with its inverse; Returns (k,) and (m,)
    """
    order = values.argsort()
    ordered = values[order]
    is_new = _starts(ordered)
    places = np.empty(len(values), dtype=np.int64)
    places[order] = is_new.cumsum() - 1
    return ordered[is_new], places


def cut(values: Any, like: Sequence[Sized]) -> list[Any]:
    """Cut a row into consecutive pieces, each as long as one of `like`, which together fill it."""
    ends = accumulate(len(part) for part in like)
    return [values[end - len(part) : end] for part, end in zip(like, ends, strict=True)]


def group_sum(ids: Ids, values: Any, n: int) -> Fen:
    """Sum whole numbers by group, exactly.

    ids    : (m,) - group of each value, 0 .. n - 1
    values : (m,) whole numbers, any sign
    Returns (n,) int64. Raises OverflowError where a sum might not fit into 64 bits.
    """
    values = np.asarray(values, dtype=np.int64)
    sums = np.zeros(n, dtype=np.int64)
    if values.size:
        # Read without sign, numbers below zero are larger than all others: one pass finds both.
        largest = int(np.maximum.reduce(values.view(np.uint64)))
        # The bound by the largest value is cheap; only where it fails are sizes added up.
        if largest * len(values) >= 2**62 and np.abs(values).sum(dtype=np.float64) >= 2.0**62:
            raise OverflowError("group_sum: values too large to be summed exactly in 64 bits")
        np.add.at(sums, ids, values)
    return sums


def add_at(target: Floats | Fen, ids: Ids | slice, values: Any) -> None:
    """Add values to a column where they belong, one after the other; repeated ids add up.

    target : (n,) - a memo column, not money; ids : (m,) or a slice of all; values : (m,)
    Visits only the ids named, where a sum by group would make a pass over all n.
    """
    if isinstance(ids, slice):
        target[ids] += values
        return
    np.add.at(target, ids, np.asarray(values, target.dtype))  # mixed types take a slow path


def divide(whole: Fen, by: Any) -> Fen:
    """Divide whole numbers from 0, rounding down: whole // by, several times faster.

    whole : from 0, below 2^52; by : from 1. In this range the quotient in float64 cannot reach
    the next whole number unless it is one.
    """
    return (whole / by).astype(np.int64)


def sum_by_member(counts: Ids, members: Ids, shares: Ids, values: Any, n: int) -> Any:
    """Sum what groups bring a share over the members that hold shares in them, exactly.

    counts  : (n_groups,) - shareholdings of each group, one group after the other
    members : (m,) int32 - who holds each, 0 .. n - 1
    shares  : (m,) int64 - shares of each
    values  : (n_groups, k) - k sums a share of each group; whole numbers stay whole
    Returns (n, k), each column in one piece. A sparse matrix of members and groups times a column
    multiplies and adds in one pass; only where holdings are few does it take longer to build.
    Columns are taken one by one: the sums of one find room in the cache, where two side by side
    are several times slower.
    """
    if len(members) < _FEW_HOLDINGS:
        sums = np.zeros((values.shape[1], n), dtype=values.dtype)
        for total, column in zip(sums, values.T, strict=True):
            np.add.at(total, members, shares * column.repeat(counts))
        return sums.T
    pointer = np.zeros(len(counts) + 1, dtype=np.int32)
    counts.cumsum(out=pointer[1:])
    held = sparse.csc_array((shares, members, pointer), shape=(n, len(counts)))
    return np.array([held @ column for column in values.T]).T


def index_by(ids: Ids, n: int) -> tuple[Ids, Ids | None]:
    """Return an index by group: rows order[pointer[i] : pointer[i + 1]] belong to group i.

    ids : (m,) - group of each row, 0 .. n - 1
    Returns pointer (n + 1,) and order (m,), the rows of a group ascending; None for the order
    where ids ascend already. Sixteen bits are sorted by radix; beyond them, turning a sparse
    matrix with one entry a row into columns is a stable counting sort.
    """
    m = len(ids)
    ascends = bool((ids[1:] >= ids[:-1]).all())
    if ascends or n <= 1 << 16:
        pointer = np.zeros(n + 1, dtype=np.int64)
        np.bincount(ids, minlength=n).cumsum(out=pointer[1:])
        return pointer, None if ascends else ids.astype(np.uint16).argsort(kind="stable")
    small: Any = np.int32 if max(m, n) < 2**31 else np.int64
    rows = np.arange(m + 1, dtype=small)
    content = np.empty(m, dtype=np.bool_), np.asarray(ids, dtype=small), rows
    by_row = sparse.csr_array(content, shape=(m, n))
    by_group = by_row.tocsc()
    return np.asarray(by_group.indptr), np.asarray(by_group.indices)


def split_by_weights(amounts: Fen, weights: Fen, groups: Ids, counts: Ids | None = None) -> Fen:
    """Split each group's amount among its members by weight, losing nothing.

    amounts : (n_groups,) fen - what each group shares out, at most 2^50
    weights : (m,) whole numbers from 0 - claim of each member
    groups  : (m,) - group of each member, ascending
    counts  : (n_groups,) - members of each group, where they are known already
    Returns (m,) fen: differences of the cumulative shares rounded down, so the parts of a
    group sum to its amount, no part exceeds its weight while the amount does not exceed the
    sum of weights, and members without weight get nothing.
    """
    amounts, weights = np.asarray(amounts, np.int64), np.asarray(weights, np.int64)
    if counts is None:
        counts = np.bincount(groups, minlength=len(amounts))
    ends = counts.cumsum()
    cumulative = np.zeros(len(weights) + 1, dtype=np.int64)
    weights.cumsum(out=cumulative[1:])
    total = cumulative[ends] - cumulative[ends - counts]
    _refuse_bad_split(amounts, weights, groups, total)
    is_partial = (amounts > 0) & (amounts != total)
    if 2 * int(counts[is_partial].sum()) < len(weights):
        # Most groups give all or nothing: only the others need shares.
        parts = np.where((amounts == total)[groups], weights, 0)
        members = true_at(is_partial[groups])
        if len(members):
            place = is_partial.cumsum() - 1
            parts[members] = split_by_weights(
                amounts[is_partial],
                weights[members],
                place[groups[members]],
                counts[is_partial],
            )
        return parts
    return _split_by_shares(amounts, groups, cumulative, counts, total)


def _split_by_shares(amounts: Fen, groups: Ids, cumulative: Fen, counts: Ids, total: Fen) -> Fen:
    """Take differences of the cumulative shares: floor(cumulative x amount / total), exactly.

    The quotient in float64 is off by less than amount / 2^50; only where it comes as close to
    a whole number may its floor be wrong, by one. There the remainder, taken modulo 2^64,
    tells which whole number it is.
    """
    starts = counts.cumsum() - counts
    base, divisor = cumulative[starts], np.maximum(total, 1)
    here = cumulative[1:] - base[groups]
    quotient = here * (amounts / divisor)[groups]
    shares = quotient.astype(np.int64)
    quotient -= shares
    slack = float(amounts.max(initial=0)) * 2.0**-50
    close = true_at((quotient < slack) | (quotient > 1.0 - slack))
    of, share = groups[close], shares[close]
    rest = here[close] * amounts[of] - share * divisor[of]
    shares[close] = share - (rest < 0) + (rest >= divisor[of])
    parts = shares.copy()
    parts[1:] -= shares[:-1]
    first = starts[counts > 0]
    parts[first] = shares[first]
    return parts


def _refuse_bad_split(amounts: Fen, weights: Fen, groups: Ids, total: Fen) -> None:
    if len(total) != len(amounts):
        raise ValueError("split_by_weights: a member belongs to a group without amount")
    if len(weights) and (weights.min() < 0 or np.count_nonzero(groups[1:] < groups[:-1])):
        raise ValueError("split_by_weights: weights must be at least 0 and groups ascending")
    if len(amounts) and (amounts.min() < 0 or np.count_nonzero(amounts[total == 0])):
        raise ValueError("split_by_weights: an amount is negative or has nobody to go to")
    too_large = len(amounts) and int(amounts.max()) >= 1 << 50
    bound = int(weights.max(initial=0)) * len(weights)
    if too_large or (bound >= 2**62 and float(weights.sum(dtype=np.float64)) >= 2.0**62):
        raise OverflowError("split_by_weights: amounts above 2^50 or weights above 2^62")


def queue_fit(provider: Ids, priority: Any, draw: Floats, amount: Fen, capacity: Fen) -> Mask:
    """Serve each provider's queue in order until the next one no longer fits.

    provider : (m,) - row of the provider asked
    priority : (m,) - lower is served first
    draw     : (m,) uniform - order among equals
    amount   : (m,) fen from 0 - what is asked
    capacity : (n_providers,) fen - what the provider can give
    Returns (m,) mask of those served: the longest prefix whose running sum fits.
    """
    order = np.lexsort((draw, priority, provider))
    served = np.empty(len(order), dtype=np.bool_)
    served[order] = line_fit(np.asarray(provider)[order], np.asarray(amount)[order], capacity)
    return served


def line_fit(provider: Ids, amount: Fen, capacity: Fen) -> Mask:
    """Serve queues that stand in line already, provider by provider; see `queue_fit`."""
    running = amount.cumsum(dtype=np.int64)
    is_first = _starts(provider)
    first = true_at(is_first)
    before = running[first] - amount[first]
    queue = is_first.cumsum() - 1
    return np.asarray(running - before[queue] <= capacity[provider])


def lay_on_line(demand: Fen, supply: Fen) -> tuple[Ids, Ids, Fen]:
    """Lay two rows of segments end to end on one line and return where they overlap.

    demand : (m,) fen from 0 - what each loan needs, in queue order
    supply : (k,) fen from 0 - what each lot offers, in queue order
    Returns three arrays of equal length, in order along the line: demand index, supply
    index, fen of the overlap (above 0). What is longer stays uncovered at its end.
    """
    demand_ends = demand.cumsum(dtype=np.int64)
    supply_ends = supply.cumsum(dtype=np.int64)
    if not (len(demand_ends) and len(supply_ends)):
        empty = np.empty(0, dtype=np.int64)
        return empty, empty.copy(), empty.copy()
    length = min(demand_ends[-1], supply_ends[-1])
    # Both rows of ends ascend: where the ends of one fall among the other says how to merge them.
    is_demand = np.zeros(len(demand_ends) + len(supply_ends), dtype=np.bool_)
    is_demand[supply_ends.searchsorted(demand_ends) + np.arange(len(demand_ends))] = True
    cuts = np.zeros(len(is_demand) + 1, dtype=np.int64)
    cuts[1:][is_demand], cuts[1:][~is_demand] = demand_ends, supply_ends
    last = cuts.searchsorted(length, side="left")
    amount = cuts[1 : last + 1] - cuts[:last]
    overlaps = true_at(amount)
    # Up to each cut so many demands have ended, and all other cuts so far are ends of supply.
    demands = is_demand.cumsum()
    at_demand = np.where(overlaps > 0, demands[overlaps - 1], 0)
    return at_demand, overlaps - at_demand, amount[overlaps]


def logistic(x: Any) -> Any:
    """Return 1 / (1 + exp(-x)), without overflow."""
    return expit(x)


def logit(p: Any) -> Any:
    """Return log(p / (1 - p)), the inverse of `logistic`."""
    return _logit(p)


def auc(is_bad: Any, score: Any) -> float:
    """Return the chance that a bad one scores above a good one, ties counting half.

    is_bad : (n,) mask - outcome
    score  : (n,) - higher means riskier
    nan without both outcomes. Source: Hanley, McNeil (1982).
    """
    bad, good = _outcomes_by_score(is_bad, score)
    n_bad, n_good = float(bad.sum()), float(good.sum())
    if n_bad == 0 or n_good == 0:
        return float("nan")
    good_below = np.cumsum(good) - good
    return float((bad * (good_below + 0.5 * good)).sum() / (n_bad * n_good))


def ks(is_bad: Any, score: Any) -> float:
    """Return the largest gap between the score distributions of good and bad (Kolmogorov-Smirnov).

    is_bad : (n,) mask - outcome
    score  : (n,) - higher means riskier
    nan without both outcomes.
    """
    bad, good = _outcomes_by_score(is_bad, score)
    n_bad, n_good = float(bad.sum()), float(good.sum())
    if n_bad == 0 or n_good == 0:
        return float("nan")
    return float(np.abs(np.cumsum(bad) / n_bad - np.cumsum(good) / n_good).max())


def brier(is_bad: Any, probability: Any) -> float:
    """Return the mean squared error of a forecast probability; nan of nothing.

    Source: Brier (1950).
    """
    outcome = np.asarray(is_bad, dtype=np.float64)
    return float(np.mean((probability - outcome) ** 2)) if len(outcome) else float("nan")


def _outcomes_by_score(is_bad: Any, score: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Count bad and good at each distinct score, ascending."""
    levels, at = np.unique(np.asarray(score), return_inverse=True)
    n_bad = np.bincount(at[np.asarray(is_bad, dtype=np.bool_)], minlength=len(levels))
    return n_bad, np.bincount(at, minlength=len(levels)) - n_bad
