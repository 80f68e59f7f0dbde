"""What claims on each other are worth before they fall due: the ex-ante valuation of NEVA.

Responsible for equities of parties that hold claims on each other when external assets may still
rise and fall, so that a claim loses value long before its debtor defaults.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from analysis.networks import checked_column, checked_exposures

Floats = NDArray[np.float64]

_STILL = 1e-15  # of the largest balance sheet: equities that fall less stand
_MOST_ROUNDS = 1_000_000
_TIE = 1e-14  # of a balance sheet: equity that close to 0 is 0


@dataclass(frozen=True)
class Valuation:
    """Values of equity and claims.

    equity : (n,) money, below 0 where what is owed exceeds what is owned
    value  : (n,) share of face that a claim on each party is worth
    default_probability : (n,) by the horizon
    rounds : of the iteration
    """

    equity: Floats
    value: Floats
    default_probability: Floats
    rounds: int


def exante_merton(
    exposures: Any,
    external_assets: Any,
    external_liabilities: Any,
    sigma: Any,
    recovery: Any = 1.0,
    liability_base: Literal["total", "interbank"] = "total",
) -> Valuation:
    """Value the equities of a network of claims whose external assets follow Brownian motion.

    exposures            : (n, n) money - [i, j] is i's claim on j
    external_assets      : (n,) money from 0
    external_liabilities : (n,) money from 0
    sigma                : volatility of external assets over the horizon, no drift; one, or (n,)
    recovery             : share of what a defaulted party still owns that reaches its creditors;
        one, or (n,) by debtor
    liability_base       : what that is spread over: "total" of what it owes, or "interbank" only,
        which puts external creditors first

    E_i = A_i - Le_i + sum_j exposures_ij V_j(E_j) - sum_j exposures_ji, the greatest fixed point,
    from face values down. V = 1 - P(default) + recovery x E[(1 + (E + dA) / l)+, default], with
    default where dA < -E and lognormal external assets of mean A.
    Without volatility V is 1 where E >= 0, else recovery x (1 + E / l)+; with full recovery that is
    clearing (Eisenberg, Noe), external creditors ranking equally or first by `liability_base`.
    Raises ValueError that names a bad entry.
    Source: Barucca, Bardoscia, Caccioli, D'Errico, Visentin, Caldarelli, Battiston (2020),
    section 4; Merton (1974).
    """
    claims = checked_exposures(exposures)
    n = claims.shape[0]
    assets = checked_column(external_assets, n, "external_assets", 0.0)
    outside = checked_column(external_liabilities, n, "external_liabilities", 0.0)
    risk = checked_column(sigma, n, "sigma", 0.0)
    kept = checked_column(recovery, n, "recovery", 0.0)
    if (kept > 1.0).any():
        at = int(np.argmax(kept > 1.0))
        raise ValueError(f"recovery[{at}] is {kept[at]:g}; a share is at most 1")
    if liability_base not in ("total", "interbank"):
        raise ValueError(f"liability_base is 'total' or 'interbank', not {liability_base!r}")
    owed = np.asarray(claims.sum(axis=0)).ravel()
    base = owed + outside if liability_base == "total" else owed
    own = assets - outside - owed
    equity, rounds = own + np.asarray(claims.sum(axis=1)).ravel(), 0
    value, chance = np.ones(n), np.zeros(n)
    terms = assets, base, risk, kept
    slack = _TIE * (assets + outside + owed + equity - own)  # rounding decides nobody's default
    scale = float((assets + outside + owed).max(initial=1.0)) or 1.0
    while rounds < _MOST_ROUNDS:
        rounds += 1
        value, chance = _worth(np.where(np.abs(equity) <= slack, 0.0, equity), *terms)
        # Values only fall on the way down; what rises does so by rounding.
        lower = np.minimum(own + claims @ value, equity)
        fall = float((equity - lower).max(initial=0.0))
        equity = lower
        if fall <= _STILL * scale:
            break
    return Valuation(equity, value, chance, rounds)


def _worth(
    equity: Floats, assets: Floats, base: Floats, risk: Floats, kept: Floats
) -> tuple[Floats, Floats]:
    """Value a unit of claims on each party, and tell its probability of default."""
    moves = (risk > 0.0) & (assets > 0.0)
    chance = np.where(equity < 0.0, 1.0, 0.0)
    left = np.where(equity < 0.0, np.clip(1.0 + equity / np.where(base > 0, base, 1.0), 0, 1), 0.0)
    if moves.any():
        a, s, e, owed = (column[moves] for column in (assets, risk, equity, base))
        below, worth_below = _below(a - e, a, s)
        floor, worth_floor = _below(a - e - owed, a, s)
        chance[moves] = below
        # What is left over what is owed, between nothing left and no default.
        rest = worth_below - worth_floor - (a - e - owed) * (below - floor)
        left[moves] = np.where(owed > 0, rest / np.where(owed > 0, owed, 1.0), 0.0)
    return 1.0 - chance + kept * left, chance


def _below(level: Floats, assets: Floats, sigma: Floats) -> tuple[Floats, Floats]:
    """P(assets then < level), and the mean of those assets where they are."""
    is_reached = level > 0.0
    log = np.log(np.where(is_reached, level, 1.0) / assets) / sigma
    chance = np.where(is_reached, ndtr(log + 0.5 * sigma), 0.0)
    return chance, assets * np.where(is_reached, ndtr(log - 0.5 * sigma), 0.0)
