"""Money-market funds: shares at par redeemed at once, backed by short paper of the outside.

Responsible for the columns of a fund and for its rules: the yield process, the sale of paper, the
limit on redemptions and what money in funds costs banks. Money is moved in `sim/fund_shares.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from sim.chart import MONEY_FUND
from sim.legs import Position
from sim.parameters.money_fund import MoneyFundParameters
from sim.rows import RowAgent
from sim.table import Columns, Count, Money, Real
from sim.units import MONTHS_PER_YEAR, Fen, Floats, Mask


class MoneyFund(RowAgent):
    """A fund that owes its shares at par and has no net worth of its own."""

    code: ClassVar[int] = MONEY_FUND

    paper = Money("short paper of the outside, at face", unit="fen")
    prominence = Real("how well it is known, in funds of size 1", fill=1.0)
    yield_rate = Real("yield of the month after the fee", unit="1/year")
    loss_rate = Real("losses of its shares as holders remember them, fading", unit="1/year")
    loss = Real("losses of the month, borne by all shares", unit="fen")
    shares_before = Real("shares at the start of the month", unit="fen")
    redeemed = Real("shares asked to be redeemed this month", unit="fen")
    at_par = Real("paper that is still paid back at par this month", unit="fen")
    limited_until = Count("last month of its limit on redemptions", unit="month", fill=-1_000_000)


def prominence(uniforms: Floats, p: MoneyFundParameters) -> Floats:
    """Draw how well funds are known: Pareto, cut at 30 so that none is the whole market."""
    return np.minimum(30.0, (1.0 - uniforms) ** (-1.0 / p.size_exponent))


def next_yield(last: float, normal: float, p: MoneyFundParameters) -> float:
    """Move the yield of paper by a month, the same for all funds.

    last, result : 1/year, may lie below zero; normal : standard normal draw of the month
    mean + persistence x (last - mean) + volatility x normal. Source: assumed.
    """
    return p.mean_yield + p.yield_persistence * (last - p.mean_yield) + p.yield_volatility * normal


def sale_of_paper(need: Fen, paper: Fen, at_par: Floats, price: float) -> tuple[Fen, Fen]:
    """Find the face of paper given up for cash, and what it brings; (n_funds,) fen each.

    need : cash lacking; paper : held, at face; at_par : of it paid back this month
    price : of the rest, over par. The rest of what is needed costs face = rest / price, rounded
    up; where all paper does not bring enough, all of it goes.
    """
    plain = np.minimum(np.minimum(need, np.floor(at_par).astype(np.int64)), paper)
    rest, left = need - plain, paper - plain
    face = np.minimum(np.ceil(rest / price).astype(np.int64), left)
    brings = np.minimum(rest, np.floor(face * price).astype(np.int64))
    enough = np.ceil(rest / price) <= left  # rounding up costs a fen of face, never one of cash
    return plain + face, plain + np.where(enough, rest, brings)


def within_limit(asked: Fen, redeemed: Floats, is_limited: Mask, limit: int) -> Fen:
    """Cut what holders of shares ask to what a limit leaves them this month; (m,) fen.

    asked : (m,) fen; redeemed : (m,) fen this month before; limit : fen a month
    """
    left = np.maximum(limit - redeemed, 0.0).astype(np.int64)
    return np.where(is_limited, np.minimum(asked, left), asked)


def expected_yield(yield_rate: Floats, loss_rate: Floats) -> Floats:
    """Tell what holders expect of a fund, (n,) 1/year: yield less losses remembered.

    Below zero cash is better, and holders leave.
    """
    return yield_rate - loss_rate


def deposit_premium(
    share: float, market_yield: float, deposit_rate: float, p: MoneyFundParameters
) -> float:
    """Give what money in funds adds to the cost of banks' deposits, 1/year; 0 without such money.

    share : of savings that is in funds; market_yield, deposit_rate : 1/year
    pass-through x share x max(0, yield - deposit rate): funds lend banks what these lose in
    deposits, at the price of the market. Source: see `funding_pass_through`.
    """
    return p.funding_pass_through * share * max(market_yield - deposit_rate, 0.0)


def net_yield(gross: float, p: MoneyFundParameters) -> float:
    """Return the yearly yield after the fee, which is a share of interest."""
    return gross * (1.0 - p.fee_share)


def monthly_interest(paper: Fen, gross: float) -> Floats:
    """Return the month's interest on paper at face, (n_funds,) fen."""
    return np.asarray(paper * (gross / MONTHS_PER_YEAR))


def positions(funds: Columns, holders: Mapping[str, Columns]) -> list[Position]:
    """List paper and shares as the tables show them; holders : tables of those who may hold."""
    if not funds.n:
        return []
    every = np.arange(funds.n)
    held = [Position("outside_paper", "outside", None, "money_fund", every, funds.paper)]
    for name, table in holders.items():
        rows = np.flatnonzero(table.fund_shares != 0)
        shares = table.fund_shares[rows]
        held.append(
            Position("fund_shares", "money_fund", table.home_fund[rows], name, rows, shares)
        )
    return held
