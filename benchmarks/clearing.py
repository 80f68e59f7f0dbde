"""Time clearing and DebtRank against five lines of scipy, and clearing in fen at full size.

Rounds alternate between the sides; medians of the times and of their paired ratios. Processor time,
so that other work on the machine counts as little as it can.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from statistics import median
from time import process_time
from typing import Any

import numpy as np
from scipy import sparse

from analysis.debtrank import debtrank_linear, debtrank_of_all
from sim.clearing import clear_in_fen, clearing_vector
from sim.kernels import group_sum


def random_debts(n: int, degree: int, cash: float, seed: int = 1) -> tuple[Any, Any]:
    """Return lognormal debts of `degree` a node and assets up to a share `cash` of what is owed."""
    dice = np.random.default_rng(seed)
    where = (dice.integers(0, n, n * degree), dice.integers(0, n, n * degree))
    debts = sparse.coo_array((dice.lognormal(0, 1, n * degree), where), shape=(n, n)).tocsr()
    debts.setdiag(0)
    debts.eliminate_zeros()
    return debts, cash * dice.random(n) * debts.sum(axis=1)


def leaking_ring(n: int, leak: float) -> tuple[Any, Any]:
    """Return a ring of equal debts, a share `leak` of each owed to a sink, and a little cash."""
    nodes = np.arange(n)
    row, column = np.concatenate((nodes, nodes)), np.concatenate(((nodes + 1) % n, nodes * 0 + n))
    due = np.repeat((100.0, 100.0 * leak), n)
    assets = np.zeros(n + 1)
    assets[0] = 1.0
    return sparse.csr_array((due, (row, column)), shape=(n + 1, n + 1)), assets


def plain_waves(debts: Any, assets: Any) -> Any:
    """Iterate from full payment over all debts until payments settle to 1e-10."""
    owed = debts.sum(axis=1)
    shares, paid = (sparse.diags_array(1 / np.maximum(owed, 1e-300)) @ debts).T.tocsr(), owed
    for _ in range(100_000):
        before, paid = paid, np.minimum(owed, assets + shares @ paid)
        if (before - paid <= 1e-10 * owed).all():
            break
    return paid


def exposed(n: int, leverage: float, seed: int = 1) -> tuple[Any, ...]:
    """Return random claims of degree 10, equity of a share of them, and 1 % of all hit by half."""
    claims, _ = random_debts(n, 10, 1.0, seed)
    equity = np.maximum(claims.sum(axis=1), 0.1) / leverage
    shock = np.zeros(n)
    shock[np.random.default_rng(seed).choice(n, n // 100, replace=False)] = 0.5
    return claims, equity, shock


def plain_distress(claims: Any, equity: Any, shock: Any) -> Any:
    """Iterate linear DebtRank from the shock until no node grows by 1e-10."""
    leverage, h = (sparse.diags_array(1 / equity) @ claims).tocsr(), shock
    for _ in range(100_000):
        before, h = h, np.minimum(1.0, shock + leverage @ h)
        if (h - before <= 1e-10).all():
            break
    return h


def economy(n: int, m: int, seed: int = 1) -> tuple[Any, ...]:
    """Return a month's dues in fen with about 4 % short; node 0 always pays."""
    dice = np.random.default_rng(seed)
    debtor = dice.integers(1, n, m)
    creditor = np.where(dice.random(m) < 0.3, dice.integers(1, 90, m), dice.integers(0, n, m))
    due, senior = (np.rint(dice.lognormal(12, 1, k)).astype(np.int64) for k in (m, n))
    owed, claims = group_sum(debtor, due, n), group_sum(creditor, due, n)
    spare = np.rint(0.5 * (dice.random(n) - 0.05) * owed).astype(np.int64)
    cash = np.maximum(np.maximum(owed + senior - claims, 0) + spare, 0)
    cash[0] = senior[0] = 0
    return cash, senior, debtor, creditor, due, 0


def alternate(sides: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Time the sides A B A B ..., in ms; one round beforehand is not counted."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(rounds + 1):
        for name, side in sides.items():
            start = process_time()
            side()
            if turn:
                times[name].append(1e3 * (process_time() - start))
    return times


def compare(name: str, ours: Callable[[], Any], plain: Callable[[], Any], rounds: int) -> None:
    """Print one line: what we need, and what plain iteration needs."""
    times = alternate({"ours": ours, "plain": plain}, rounds)
    ratio = median(b / a for a, b in zip(times["ours"], times["plain"], strict=True))
    row = f"{median(times['ours']):7.2f} ms {median(times['plain']):9.2f} ms {ratio:6.1f}x"
    print(f"{name:56} {row}", flush=True)


def compare_clearing(name: str, debts: Any, assets: Any, rounds: int) -> None:
    short = clearing_vector(debts, assets).defaulted.mean()
    compare(
        f"clearing, {name}, {short:.0%} short",
        lambda: clearing_vector(debts, assets),
        lambda: plain_waves(debts, assets),
        rounds,
    )


def compare_debtrank(n: int, leverage: float, rounds: int) -> None:
    network = exposed(n, leverage)
    full = (debtrank_linear(*network).h >= 1).mean()
    compare(
        f"DebtRank, n={n}, leverage {leverage:g}, {full:.0%} at 1",
        lambda: debtrank_linear(*network),
        lambda: plain_distress(*network),
        rounds,
    )


def main(argv: list[str] | None = None) -> None:
    """Print medians for networks of growing size and stress."""
    parser = argparse.ArgumentParser(prog="benchmarks clearing", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--largest", type=int, default=1_000_000, help="nodes of the month in fen")
    asked = parser.parse_args(argv)
    print(f"{'network':56} {'ours':>10} {'plain':>12} {'ratio':>7}")
    for n, cash in [(5000, 1.0), (5000, 0.3), (5000, 0.05), (100_000, 0.3)]:
        compare_clearing(f"n={n}, degree 10", *random_debts(n, 10, cash), asked.rounds)
    compare_clearing("ring that leaks 1 %, n=5000", *leaking_ring(5000, 0.01), asked.rounds)
    for n, leverage in [(5000, 0.5), (5000, 0.95), (5000, 1.5), (100_000, 0.95)]:
        compare_debtrank(n, leverage, asked.rounds)
    claims, equity, _ = exposed(1000, 0.9)
    times = alternate({"all": lambda: debtrank_of_all(claims, equity)}, 2)
    print(
        f"{'DebtRank of each of 1000, leverage 0.9':56} {median(times['all']):7.0f} ms", flush=True
    )
    n = 1000
    while n <= asked.largest:
        month = economy(n, 3 * n)
        times = alternate({"fen": lambda d=month: clear_in_fen(*d)}, asked.rounds)
        print(f"{f'month in fen, n={n} debts={3 * n}':56} {median(times['fen']):7.2f} ms")
        n *= 10


if __name__ == "__main__":
    main()
