"""Shares of money funds: bought at par, redeemed at once, earning what the paper behind them earns.

The one place where money of funds is moved: funds enter, earn, take subscriptions, redeem, sell
and buy paper. A fund's cash and paper are its shares at any time, so that it has no net worth.
Who wants in or out is decided elsewhere (`sim/parking.py`). Without funds nothing here does
anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents import money_fund as rules
from sim.kernels import group_sum, split_by_weights, true_at
from sim.ledger import Claim, Leg
from sim.units import Fen, Floats, Ids, Mask, to_fen, yuan
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

HOLDERS = ("investor", "enterprise")  # sectors that may hold shares
LOWEST_PRICE = 0.01  # of paper in the worst of shocks, over par


def enter_funds(world: World, scenario: Scenario, count: int) -> None:
    """Append funds by how well they are known; they start without money."""
    p, funds = scenario.parameters.money_fund, world.money_funds
    rows = np.arange(funds.n, funds.n + count)
    known = rules.prominence(world.draws.uniform("fund_size", 0, rows), p)
    funds.append(count, {"prominence": known})
    world.money_yield = p.mean_yield


def shares_by_fund(world: World) -> Fen:
    """Sum the shares of each fund over its holders, (n_funds,) fen."""
    total = np.zeros(world.money_funds.n, dtype=np.int64)
    for sector in HOLDERS:
        table = world.tables[sector]
        rows = true_at(table.fund_shares)
        total += group_sum(table.home_fund[rows], table.fund_shares[rows], world.money_funds.n)
    return total


def market_yield(world: World) -> float:
    """Return the yield of paper this month before the fee, shocks included, 1/year."""
    return max(0.0, world.money_yield + float(world.conditions["money_yield_shift"]))


def earn_yield(world: World, scenario: Scenario) -> None:
    """Let the market's yield move, and paper earn it for those who hold shares, less the fee."""
    funds, p = world.money_funds, scenario.parameters.money_fund
    if not funds.n:
        return
    normal = float(world.draws.normal("fund_yield", world.month, 0)[0])
    world.money_yield = rules.next_yield(world.money_yield, normal, p)
    gross = market_yield(world)
    funds.yield_rate[:] = rules.net_yield(gross, p)
    interest = to_fen(rules.monthly_interest(funds.paper, gross))
    fee = to_fen(p.fee_share * interest)
    every = np.arange(funds.n)
    world.ledger.post(
        Leg("paper_interest", "outside", None, "money_fund", every, interest),
        Leg("fund_fee", "money_fund", every, "outside", None, fee),
    )
    for sector, rows, part in _among_holders(world, interest - fee):
        _accrue(world, sector, rows, part)
        if sector == "investor":
            world.investors.fund_income[rows] = part


def open_month(world: World, scenario: Scenario) -> None:
    """Count anew what holders redeem, let losses fade and a part of paper come back at par."""
    funds = world.money_funds
    if not funds.n:
        return
    funds.shares_before[:] = shares_by_fund(world)
    funds.redeemed[:] = funds.loss[:] = 0.0
    funds.at_par[:] = funds.paper / scenario.parameters.money_fund.paper_months
    funds.loss_rate[:] *= _fade(scenario)
    world.investors.fund_income[:] = 0.0
    for sector in HOLDERS:
        world.tables[sector].fund_redeemed[:] = 0.0


def _fade(scenario: Scenario) -> float:
    return float(0.5 ** (1.0 / scenario.parameters.investor.belief_half_life))


def _among_holders(world: World, fen: Fen) -> list[tuple[str, Ids, Fen]]:
    """Split what each fund has to share among all its shares, by sector, rows and fen.

    fen : (n_funds,) - nothing where a fund has no shares
    """
    tables = [world.tables[sector] for sector in HOLDERS]
    rows = [true_at(table.fund_shares) for table in tables]
    of = zip(tables, rows, strict=True)
    home, shares = np.concatenate(
        [[table.home_fund[mine], table.fund_shares[mine]] for table, mine in of], axis=1
    )
    order = np.argsort(home, kind="stable")
    parts = np.empty(len(home), dtype=np.int64)
    parts[order] = split_by_weights(fen, shares[order], home[order])
    both = np.split(parts, [len(rows[0])])
    return list(zip(HOLDERS, rows, both, strict=True))


def _accrue(world: World, sector: str, rows: Ids, fen: Fen) -> None:
    table = world.tables[sector]
    claim = Claim("fund_shares", table, "fund_shares", rows, fen, "money_fund", sector)
    world.ledger.enter("fund_yield", "money_fund", table.home_fund[rows], sector, rows, fen, claim)


def subscribe(world: World, sector: str, rows: Ids, fen: Fen) -> None:
    """Let holders buy shares of their home funds at par; rows : (m,), fen : (m,)."""
    table = world.tables[sector]
    claim = Claim("fund_shares", table, "fund_shares", rows, fen, "money_fund", sector)
    world.ledger.pay(
        "fund_subscribe", sector, rows, "money_fund", table.home_fund[rows], fen, claim
    )
    world.desk.count("fund_subscribed", float(fen.sum()))


def redeemable(world: World, scenario: Scenario, sector: str, rows: Ids) -> Fen:
    """Shares that holders can turn into cash at present, (m,) fen, at their present value."""
    table = world.tables[sector]
    shares = table.fund_shares.take(rows)
    if not world.money_funds.n:
        return shares
    limited = is_limited(world)[np.maximum(table.home_fund[rows], 0)]
    most = yuan(scenario.parameters.money_fund.redemption_limit)
    return rules.within_limit(shares, table.fund_redeemed[rows], limited, most)


def is_limited(world: World) -> Mask:
    """Mark the funds that limit redemptions at present, (n_funds,)."""
    by_shock = bool(world.conditions["redemption_limits"] > 0.0)
    return (world.money_funds.limited_until >= world.month) | by_shock


def redeem(
    world: World, scenario: Scenario, sector: str, rows: Ids, fen: Fen, at_once: bool = True
) -> Fen:
    """Turn shares into cash, as far as holders have some and a limit allows; (m,) fen paid.

    rows : (m,) holders, each once; fen : (m,) cash wanted
    at_once : False for those who wait some days and fall under no limit: leavers and estates
    What paper sold below par loses is first taken off all shares of the fund, the seller's too.
    """
    table, funds = world.tables[sector], world.money_funds
    fen = np.minimum(fen, table.fund_shares[rows])
    mine = true_at(fen > 0)
    paid = np.zeros(len(rows), dtype=np.int64)
    if not len(mine):
        return paid
    rows, asked = rows[mine], fen[mine]
    home = table.home_fund[rows]
    funds.redeemed[:] += group_sum(home, asked, funds.n)
    if at_once:
        _trip_limits(world, scenario)
        asked = _within_limits(world, scenario, sector, rows, asked)
    _sell_paper(world, scenario, group_sum(home, asked, funds.n))
    asked = np.minimum(asked, table.fund_shares[rows])
    claim = Claim("fund_shares", table, "fund_shares", rows, -asked, "money_fund", sector)
    world.ledger.pay("fund_redeem", "money_fund", home, sector, rows, asked, claim)
    table.fund_redeemed[rows] += asked
    world.desk.count("fund_redeemed", float(asked.sum()))
    paid[mine] = asked
    return paid


def _trip_limits(world: World, scenario: Scenario) -> None:
    """Let funds limit redemptions whose holders ask for much while paper sells below par.

    At par a fund has no reason to: it turns as much paper into cash as is asked for.
    """
    p, funds = scenario.parameters.money_fund, world.money_funds
    if float(world.conditions["paper_price"]) >= 1.0:
        return
    runs = funds.redeemed > p.limit_trigger * funds.shares_before
    runs &= funds.shares_before > 0
    until = np.where(runs, world.month + p.limit_months, funds.limited_until)
    funds.limited_until[:] = np.maximum(funds.limited_until, until)


def _within_limits(world: World, scenario: Scenario, sector: str, rows: Ids, asked: Fen) -> Fen:
    table, most = world.tables[sector], yuan(scenario.parameters.money_fund.redemption_limit)
    limited = is_limited(world)[table.home_fund[rows]]
    allowed = rules.within_limit(asked, table.fund_redeemed[rows], limited, most)
    world.desk.count("redemptions_refused", float((asked - allowed).sum()))
    world.desk.count("holders_limited", float(np.count_nonzero(allowed < asked)))
    return allowed


def _sell_paper(world: World, scenario: Scenario, wanted: Fen) -> None:
    """Raise the cash that redemptions need beyond a fund's own; share losses among all shares.

    wanted : (n_funds,) fen
    """
    funds, ledger = world.money_funds, world.ledger
    need = np.maximum(wanted - funds.cash, 0)
    price = max(LOWEST_PRICE, float(world.conditions["paper_price"]))
    face, brings = rules.sale_of_paper(need, funds.paper, funds.at_par, price)
    funds.at_par[:] = np.maximum(funds.at_par - need, 0.0)
    loss, every = face - brings, np.arange(funds.n)
    sold = Claim("outside_paper", funds, "paper", every, -brings, "outside", "money_fund")
    ledger.pay("paper_sell", "outside", None, "money_fund", every, brings, sold)
    if not loss.any():
        return
    total = shares_by_fund(world)
    gone = Claim("outside_paper", funds, "paper", every, -loss, "outside", "money_fund")
    ledger.enter("paper_loss", "money_fund", every, "outside", None, loss, gone)
    for sector, rows, part in _among_holders(world, loss):
        table = world.tables[sector]
        claim = Claim("fund_shares", table, "fund_shares", rows, -part, "money_fund", sector)
        ledger.enter("fund_loss", sector, rows, "money_fund", table.home_fund[rows], part, claim)
    funds.loss[:] += loss
    funds.loss_rate[:] += _remembered(scenario, loss, total)
    world.desk.count("fund_losses", float(loss.sum()))


def _remembered(scenario: Scenario, loss: Fen, shares: Fen) -> Floats:
    """Annual rate at which holders count a loss among what they have seen, (n_funds,)."""
    share = loss / np.maximum(shares, 1)
    return np.asarray(12.0 * (1.0 - _fade(scenario)) * share, dtype=np.float64)


def place_cash(world: World, scenario: Scenario) -> None:
    """Let funds buy paper with their cash, unless it sells below par: then they keep cash.

    Also sets what money in funds adds to the cost of banks' deposits next month.
    """
    funds = world.money_funds
    if not funds.n:
        return
    if float(world.conditions["paper_price"]) >= 1.0:
        every, fen = np.arange(funds.n), funds.cash.copy()
        bought = Claim("outside_paper", funds, "paper", every, fen, "outside", "money_fund")
        world.ledger.pay("paper_buy", "money_fund", every, "outside", None, fen, bought)
    p = scenario.parameters
    world.deposit_premium = rules.deposit_premium(
        share_of_savings(world), market_yield(world), p.bank.deposit_rate, p.money_fund
    )


def share_of_savings(world: World) -> float:
    """Return money in funds over what savers own and firms have parked."""
    parked = float(world.enterprises.fund_shares.sum())
    shares = float(world.investors.fund_shares.sum()) + parked
    return shares / max(float(world.investors.net_worth.sum()) + parked, 1.0)
