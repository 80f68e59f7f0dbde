"""Plain-loop twins of the kernels and of clearing: slow, obvious, the oracles of the tests."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

MASK = (1 << 64) - 1
GOLDEN, OPTION = 0x9E3779B97F4A7C15, 0xD1342543DE82EF95


def mix64(z: int) -> int:
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def uniform(key: int, id_: int, option: int | None = None) -> float:
    if option is not None:
        key = mix64((key + (option + 1) * OPTION) & MASK)
    word = mix64((key + (id_ + 1) * GOLDEN) & MASK)
    return ((word >> 12) + 0.5) / 2.0**52


def group_sum(ids: Any, values: Any, n: int) -> list[int]:
    sums = [0] * n
    for group, value in zip(ids, values, strict=True):
        sums[int(group)] += int(value)
    return sums


def split_by_weights(amounts: Any, weights: Any, groups: Any) -> list[int]:
    totals = group_sum(groups, weights, len(amounts))
    cumulative, given = [0] * len(amounts), [0] * len(amounts)
    parts = []
    for group, weight in zip(groups, weights, strict=True):
        cumulative[group] += int(weight)
        share = cumulative[group] * int(amounts[group]) // totals[group] if totals[group] else 0
        parts.append(share - given[group])
        given[group] = share
    return parts


def queue_fit(provider: Any, priority: Any, draw: Any, amount: Any, capacity: Any) -> list[bool]:
    served = [False] * len(provider)
    for p in range(len(capacity)):
        queue = sorted(
            (i for i in range(len(provider)) if provider[i] == p),
            key=lambda i: (priority[i], draw[i]),
        )
        used = 0
        for i in queue:
            used += int(amount[i])
            if used > capacity[p]:
                break
            served[i] = True
    return served


def lay_on_line(demand: Any, supply: Any) -> list[tuple[int, int, int]]:
    left = [int(s) for s in supply]
    found = []
    for d, need in enumerate(int(x) for x in demand):
        for s in range(len(left)):
            taken = min(need, left[s])
            if taken > 0:
                found.append((d, s, taken))
                need -= taken
                left[s] -= taken
    return found


def auc(is_bad: Any, score: Any) -> float:
    pairs = [(x, y) for x, b in zip(score, is_bad, strict=True) if b
             for y, c in zip(score, is_bad, strict=True) if not c]  # fmt: skip
    return sum((x > y) + 0.5 * (x == y) for x, y in pairs) / len(pairs)


def ks(is_bad: Any, score: Any) -> float:
    n_bad = sum(map(bool, is_bad))
    gap = 0.0
    for level in score:
        bad = sum(1 for x, b in zip(score, is_bad, strict=True) if b and x <= level)
        good = sum(1 for x, b in zip(score, is_bad, strict=True) if not b and x <= level)
        gap = max(gap, abs(bad / n_bad - good / (len(score) - n_bad)))
    return gap


def solve_exactly(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """Gauss-Jordan in fractions."""
    n = len(right)
    rows = [[*row, b] for row, b in zip(matrix, right, strict=True)]
    for i in range(n):
        pivot = next(k for k in range(i, n) if rows[k][i] != 0)
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for k in range(n):
            if k != i and rows[k][i] != 0:
                rows[k] = [x - rows[k][i] * y for x, y in zip(rows[k], rows[i], strict=True)]
    return [row[n] for row in rows]


def greatest_clearing(
    debts: Any, assets: Any, outside: Any, alpha: Any = 1, beta: Any = 1
) -> tuple[list[Fraction], list[bool]]:
    """Solve for those in default until nobody joins them, in fractions (Rogers, Veraart 2013)."""
    n = len(assets)
    debt = [[Fraction(x) for x in row] for row in debts]
    means, alpha, beta = [Fraction(x) for x in assets], Fraction(alpha), Fraction(beta)
    owed = [sum(debt[i], Fraction(outside[i])) for i in range(n)]
    paid, broke = list(owed), [False] * n
    while True:
        got = [sum(debt[j][i] / owed[j] * paid[j] for j in range(n) if owed[j]) for i in range(n)]
        now = [broke[i] or means[i] + got[i] < owed[i] for i in range(n)]
        if now == broke:
            return paid, broke
        broke = now
        who = [i for i in range(n) if broke[i]]
        matrix = [[Fraction(i == j) - beta * debt[j][i] / owed[j] for j in who] for i in who]
        right = [
            alpha * means[i] + beta * sum(debt[j][i] for j in range(n) if not broke[j]) for i in who
        ]
        for i, x in zip(who, solve_exactly(matrix, right), strict=True):
            paid[i] = x


def clearing_by_waves(
    debts: Any, assets: Any, senior: Any, alpha: float = 1.0, beta: float = 1.0
) -> list[float]:
    """Picard iteration from full payment, senior dues first, in floats."""
    n = len(assets)
    owed = [float(sum(row)) for row in debts]
    paid = list(owed)
    for _ in range(50_000):
        got = [sum(debts[j][i] / owed[j] * paid[j] for j in range(n) if owed[j]) for i in range(n)]
        new = []
        for i in range(n):
            if assets[i] + got[i] - senior[i] >= owed[i] - 1e-9 or not owed[i]:
                new.append(owed[i])
            else:
                new.append(min(owed[i], max(0.0, alpha * assets[i] + beta * got[i] - senior[i])))
        if max(abs(a - b) for a, b in zip(new, paid, strict=True)) < 1e-13:
            return new
        paid = new
    return paid
