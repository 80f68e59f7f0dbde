"""Who parks idle cash in money funds and takes it out: savers and a share of the firms.

Savers hold in their home fund what they neither consume, keep as a float nor place on platforms;
firms that park hold there what exceeds their buffer. Both take it out at once when they need
it. What happens to the money in a fund is a matter of `sim/fund_shares.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents import enterprise as firm_rules
from sim.agents.money_fund import expected_yield
from sim.fund_shares import is_limited, redeem, redeemable, subscribe
from sim.units import Fen, Floats, Ids, Mask, to_fen, yuan
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

NONE_YET, NEVER_PARKS = -1, -2  # in place of a home fund
CHUNK = 8192  # holders who choose at once, so that their noise stays in the cache
LEAST = yuan(100.0)  # parked at once; less stays cash


def find_homes(world: World, scenario: Scenario) -> None:
    """Give each newcomer its home fund for good, by how well funds are known; some firms none.

    By log prominence and Gumbel noise keyed (holder, fund row), lasting.
    """
    funds, savers, firms = world.money_funds, world.investors, world.enterprises
    if not funds.n:
        return
    rows = np.flatnonzero(savers.home_fund == NONE_YET)
    savers.home_fund[rows] = _liked(world, "saver_fund", rows)
    rows = np.flatnonzero(firms.home_fund == NONE_YET)
    dice = firms.dice[rows]
    u = world.draws.uniform("firm_parks", 0, dice)
    parks = u < scenario.parameters.money_fund.firm_share
    firms.home_fund[rows] = NEVER_PARKS
    firms.home_fund[rows[parks]] = _liked(world, "firm_fund", dice[parks])


def _liked(world: World, purpose: str, ids: Ids) -> Ids:
    """Rows of the living funds that holders like best, (m,); none where no fund lives."""
    funds = world.money_funds
    living, found = np.flatnonzero(funds.alive), np.full(len(ids), NEVER_PARKS)
    if not len(living):
        return found
    known = np.log(funds.prominence[living])
    for start in range(0, len(ids), CHUNK):
        some = slice(start, start + CHUNK)
        noise = world.draws.gumbel(purpose, 0, ids[some, None], living)
        found[some] = living[(noise + known).argmax(axis=1)]
    return found


def _expected(world: World, home: Ids) -> Floats:
    """Return that holders expect of their fund, 1/year; home : (m,) fund, or below 0 for none."""
    funds = world.money_funds
    return expected_yield(funds.yield_rate, funds.loss_rate)[np.maximum(home, 0)]


def _would_buy(world: World, home: Ids) -> Mask:
    """Mark holders who put money in: it earns something, and it can be had back at once."""
    is_open = ~is_limited(world)[np.maximum(home, 0)]
    return (home >= 0) & is_open & (_expected(world, home) >= 0.0)


def _would_leave(world: World, home: Ids) -> Mask:
    """Mark holders for whom cash is better than what they expect of their fund."""
    return (home >= 0) & (_expected(world, home) < 0.0)


# ------------------------------------------------------------ savers
def outside_yield(world: World, scenario: Scenario, rows: Ids) -> Floats:
    """Return per yuan that a saver places nowhere else: of the home fund where there are funds.

    rows : (m,) savers. Cash is an option: nothing less, and nothing more while money put into
    the fund cannot be had back. Returns (m,) 1/year
    """
    if not world.money_funds.n:
        return np.full(len(rows), scenario.parameters.investor.outside_yield)
    home = world.investors.home_fund[rows]
    return np.where(_would_buy(world, home), _expected(world, home), 0.0)


def cash_float(world: World, scenario: Scenario, rows: Ids) -> Fen:
    """Cash that savers never place, (m,) fen; rows : (m,)."""
    share = scenario.parameters.investor.cash_float
    return to_fen(share * world.investors.target_wealth[rows])


def cash_at_hand(world: World, scenario: Scenario, rows: Ids) -> Fen:
    """Cash of savers and what they can redeem at once, (m,) fen."""
    return world.investors.cash.take(rows) + redeemable(world, scenario, "investor", rows)


def redeem_for(world: World, scenario: Scenario, rows: Ids, fen: Fen, kept: Fen | int = 0) -> Fen:
    """Let savers redeem what they lack for a payment; returns what they can pay, (m,) fen.

    fen : (m,) to be paid; kept : (m,) cash that is not to be used for it
    """
    if not world.money_funds.n:
        return fen
    lacking = np.maximum(fen - np.maximum(world.investors.cash[rows] - kept, 0), 0)
    return fen - lacking + redeem(world, scenario, "investor", rows, lacking)


def leave_funds(world: World, scenario: Scenario, rows: Ids) -> None:
    """Let savers who leave for good take all their shares out."""
    if world.money_funds.n:
        shares = world.investors.fund_shares[rows]
        redeem(world, scenario, "investor", rows, shares, at_once=False)


def park_savings(world: World, scenario: Scenario) -> None:
    """Let savers put cash above their float into their fund, or leave it if cash is better."""
    if not world.money_funds.n:
        return
    savers = world.investors
    stays = savers.alive & ~savers.is_leaving
    leaves = np.flatnonzero(stays & _would_leave(world, savers.home_fund))
    redeem(world, scenario, "investor", leaves, savers.fund_shares[leaves])
    idle = savers.cash - cash_float(world, scenario, np.arange(savers.n))
    rows = np.flatnonzero(stays & _would_buy(world, savers.home_fund) & (idle >= LEAST))
    subscribe(world, "investor", rows, idle[rows])


# ------------------------------------------------------------ enterprises
def meet_gap(world: World, scenario: Scenario, gap: Floats, maturing: Floats) -> Floats:
    """Let firms take out what they will lack this month, mean to invest, or can repay of bullets.

    gap : (n_firms,) fen, negative for a surplus; maturing : (n_firms,) fen of bullets
    Money in a fund earns less than a loan costs, so it is used before anybody is asked for credit.
    Returns the gap that is left.
    """
    firms = world.enterprises
    rows = np.flatnonzero(firms.alive & (firms.fund_shares > 0))
    if not len(rows):
        return gap
    uses = np.maximum(firms.asset_target[rows] - firms.fixed_assets[rows], 0.0)
    uses += firms.project_size[rows] + maturing[rows]
    wanted = firm_rules.cash_from_fund(gap[rows], uses, firms.fund_shares[rows])
    got = redeem(world, scenario, "enterprise", rows, wanted)
    left = gap.copy()
    left[rows] -= got
    return left


def meet_shortfall(world: World, scenario: Scenario, lacking: Fen) -> Fen:
    """Let firms that would be short in the clearing take out what they lack; (n_firms,) fen got.

    lacking : (n_firms,) fen
    """
    firms = world.enterprises
    got = np.zeros(firms.n, dtype=np.int64)
    rows = np.flatnonzero((lacking > 0) & firms.alive & (firms.fund_shares > 0))
    got[rows] = redeem(world, scenario, "enterprise", rows, lacking[rows])
    return got


def drawn_share(world: World, scenario: Scenario) -> Floats | float:
    """Share of their surplus that owners draw each month, (n_firms,), or one for all."""
    share = scenario.parameters.enterprise.draw_share
    if not world.money_funds.n:
        return share
    kept = scenario.parameters.money_fund.kept_share
    return np.where(world.enterprises.home_fund >= 0, share * (1.0 - kept), share)


def redeem_for_draw(world: World, scenario: Scenario, fen: Fen) -> Fen:
    """Let firms redeem what owners draw beyond cash; returns what they can draw, (n_firms,)."""
    firms = world.enterprises
    if not world.money_funds.n:
        return fen
    rows = np.flatnonzero(fen > firms.cash)
    redeem(world, scenario, "enterprise", rows, (fen - firms.cash)[rows])
    return np.minimum(fen, firms.cash)


def park_surplus(world: World, scenario: Scenario) -> None:
    """Let firms park cash above their buffer, or take all of it back if cash is better."""
    if not world.money_funds.n:
        return
    firms, p = world.enterprises, scenario.parameters.enterprise
    leaves = np.flatnonzero(firms.alive & _would_leave(world, firms.home_fund))
    redeem(world, scenario, "enterprise", leaves, firms.fund_shares[leaves])
    idle = firms.cash - to_fen(firm_rules.cash_buffer(firms.outflow, firms.is_core, p))
    rows = np.flatnonzero(firms.alive & _would_buy(world, firms.home_fund) & (idle >= LEAST))
    subscribe(world, "enterprise", rows, idle[rows])


def sure_value(world: World, rows: Ids) -> Fen:
    """What shares of firms bring at the least, if all paper has to be sold today; (m,) fen."""
    shares = world.enterprises.fund_shares[rows]
    price = min(1.0, float(world.conditions["paper_price"]))
    if price >= 1.0:
        return shares
    return np.maximum(np.floor(shares * price).astype(np.int64) - 2, 0)


def redeem_all(world: World, scenario: Scenario, rows: Ids) -> None:
    """Redeem all shares of firms that close or whose estates are paid; no limit holds for them."""
    if world.money_funds.n:
        shares = world.enterprises.fund_shares[rows]
        redeem(world, scenario, "enterprise", rows, shares, at_once=False)
