"""Fire sales: losses that travel through the price of assets that many hold.

Responsible for how far prices fall when parties who must keep a ratio of capital sell what others
hold too, together with the clearing of what they owe each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analysis.networks import checked_column, checked_exposures, checked_number
from sim.clearing import clearing_vector

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_STILL = 1e-13  # fall of a price, of its level before, that is rounding
_TIE = 1e-12  # share of holdings sold, or of means missing, that is rounding
_MOST_ROUNDS = 10_000


@dataclass(frozen=True)
class FireSale:
    """Where prices, sales and payments come to rest.

    prices    : (k,) price of each asset; 1 before shocks and sales
    sold      : (n,) share of its holdings that each party sells
    payments  : (n,) money paid by each, as the clearing vector counts it
    equity    : (n,) money at these prices and payments, its own debts at face
    ratio     : (n,) equity over risky assets left; inf where none are left
    defaulted : (n,) mask - pays less than it owes, within or outside, although it sells all
    rounds    : of prices
    """

    prices: Floats
    sold: Floats
    payments: Floats
    equity: Floats
    ratio: Floats
    defaulted: Mask
    rounds: int


def fire_sale(
    liabilities: Any,
    cash: Any,
    holdings: Any,
    price_impact: Any,
    min_ratio: float,
    external_liabilities: Any = None,
    seniority: Literal["pari_passu", "senior"] = "senior",
    price_shock: Any = 0.0,
) -> FireSale:
    """Find the highest prices at which everybody keeps its ratio of capital or has sold all.

    liabilities          : (n, n) money - what the row owes the column
    cash                 : (n,) money from 0, riskless
    holdings             : (n, k) or (n,) units from 0 of assets, dense or sparse, worth 1 each
    price_impact         : (k,) or one, from 0 - lambda below
    min_ratio            : r below, the least equity per risky assets, above 0 up to 1
    external_liabilities : (n,) money owed outside, such as deposits
    seniority            : of those, as in `sim.clearing`
    price_shock          : (k,) or one, share in [0, 1) by which prices fall before anybody sells

    With holdings worth v_i at prices p, receipts c_i of the clearing vector and equity E_i, party i
    must have E_i / (v_i (1 - s_i) + c_i) >= r. It sells the least share s_i of all its assets that
    does, for cash; all of them if none does or if it cannot pay: s = 1 - (E / r - c) / v within
    [0, 1]. Prices are p_k = (1 - shock_k) exp(-lambda_k x units of k sold by all).
    Lower prices make s larger and payments smaller, so prices are lowered from above until nothing
    moves: the highest equilibrium.
    Raises ValueError that names a bad entry.
    Source: Cifuentes, Ferrucci, Shin (2005), equations 2, 6 and 8; several assets sold in
    proportion to holdings as in Greenwood, Landier, Thesmar (2015).
    """
    debts = checked_exposures(liabilities, "liabilities")
    n = debts.shape[0]
    means = checked_column(cash, n, "cash", 0.0)
    outside = 0.0 if external_liabilities is None else external_liabilities
    outside = checked_column(outside, n, "external_liabilities", 0.0)
    units = _checked_holdings(holdings, n)
    k = units.shape[1]
    impact = checked_column(price_impact, k, "price_impact", 0.0)
    shock = checked_column(price_shock, k, "price_shock", 0.0)
    if (shock >= 1.0).any():
        at = int(np.argmax(shock >= 1.0))
        raise ValueError(f"price_shock[{at}] is {shock[at]:g}; it must be below 1")
    if checked_number(min_ratio, "min_ratio", 0.0, 1.0) == 0.0:
        raise ValueError("min_ratio is 0; it must be above 0 and at most 1")
    prices, sold, rounds = 1.0 - shock, np.zeros(n), 0
    while True:
        rounds += 1
        worth = units @ prices
        cleared = clearing_vector(debts, means + worth, outside, seniority)
        allowed = np.maximum(cleared.equity, 0.0) / min_ratio - cleared.received
        broke = cleared.equity < -_TIE * (means + worth + cleared.received)
        asked = np.where(cleared.defaulted | broke, 1.0, _share(allowed, worth))
        sold = np.maximum(sold, np.where(worth > 0, asked, 0.0))
        lower = np.minimum(prices, (1.0 - shock) * np.exp(-impact * (units.T @ sold)))
        fall = float((prices - lower).max(initial=0.0))
        prices = lower
        if fall <= _STILL or rounds == _MOST_ROUNDS:
            break
    risky = worth * (1.0 - sold) + cleared.received
    ratio = np.divide(cleared.equity, risky, out=np.full(n, np.inf), where=risky > 0)
    broke |= cleared.defaulted
    return FireSale(prices, sold, cleared.payments, cleared.equity, ratio, broke, rounds)


def _share(allowed: Floats, worth: Floats) -> Floats:
    """Return what share of its holdings each must sell to keep no more than is allowed."""
    kept = np.divide(allowed, worth, out=np.ones(len(worth)), where=worth > 0)
    share = np.clip(1.0 - kept, 0.0, 1.0)
    return np.where(share <= _TIE, 0.0, share)


def _checked_holdings(holdings: Any, n: int) -> Any:
    """Return holdings as csr (n, k), or say which entry is wrong."""
    if not sparse.issparse(holdings):
        try:
            holdings = np.asarray(holdings, dtype=np.float64)
        except (TypeError, ValueError) as problem:
            raise ValueError(f"holdings must be numbers ({n},) or ({n}, assets)") from problem
        holdings = holdings[:, None] if holdings.ndim == 1 else holdings
    if holdings.ndim != 2 or holdings.shape[0] != n:
        raise ValueError(
            f"holdings have shape {holdings.shape}; the network asks for ({n}, assets)"
        )
    units: Any = sparse.csr_array(holdings, dtype=np.float64)
    wrong = ~(np.isfinite(units.data) & (units.data >= 0.0))
    if wrong.any():
        at = int(np.argmax(wrong))
        row = int(np.searchsorted(units.indptr, at, side="right")) - 1
        place = f"{row}, {units.indices[at]}"
        raise ValueError(f"holdings[{place}] is {units.data[at]:g}; units are finite, from 0")
    return units
