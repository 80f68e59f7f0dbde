"""Contagion by plain loops over matrices: what the algorithms of `analysis` are tested against."""

from __future__ import annotations

import math

import numpy as np


def linear(claims, equity, shock, p=lambda h: h, rounds=20_000):
    """DebtRank from below, node by node."""
    n = len(equity)
    first = [1.0 if equity[i] <= 0 else min(1.0, shock[i]) for i in range(n)]
    h = list(first)
    for _ in range(rounds):
        before = list(h)
        for i in range(n):
            if equity[i] > 0:
                passed = sum(claims[i][j] * p(h[j]) for j in range(n)) / equity[i]
                h[i] = min(1.0, first[i] + passed)
        if max(abs(a - b) for a, b in zip(h, before, strict=True)) < 1e-15:
            break
    return h


def original(claims, equity, shock):
    """DebtRank with states undistressed, distressed and inactive."""
    n = len(equity)
    h = [1.0 if equity[i] <= 0 else min(1.0, shock[i]) for i in range(n)]
    state = ["D" if x > 0 else "U" for x in h]
    while "D" in state:
        new, after = list(h), list(state)
        for i in range(n):
            for j in range(n):
                if state[j] == "D" and claims[i][j] > 0 and equity[i] > 0:
                    new[i] += min(1.0, claims[i][j] / equity[i]) * h[j]
            new[i] = min(1.0, new[i])
            if state[i] == "D":
                after[i] = "I"
            elif state[i] == "U" and new[i] > 0:
                after[i] = "D"
        h, state = new, after
    return h


def cascade(costs, seeds, falls):
    """Rounds of falls; costs[i][j] is what i loses with j, falls(i, lost) whether i bears it."""
    n = len(costs)
    when = [0 if i in seeds else -1 for i in range(n)]
    now = 0
    while True:
        now += 1
        lost = [sum(costs[i][j] for j in range(n) if 0 <= when[j] < now) for i in range(n)]
        newly = [i for i in range(n) if when[i] < 0 and falls(i, lost[i])]
        if not newly:
            return when, lost
        for i in newly:
            when[i] = now


def merton_value(equity, assets, sigma, base, recovery, points=200_001):
    """What a claim is worth, by adding up over quantiles of the assets then."""
    z = np.linspace(-12.0, 12.0, points)
    then = assets * np.exp(sigma * z - sigma**2 / 2)
    left = equity + then - assets
    paid = np.where(left >= 0, 1.0, recovery * np.clip(1 + left / base, 0, None) if base else 0.0)
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return float(np.sum(paid * density) * (z[1] - z[0]))
