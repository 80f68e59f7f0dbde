"""How platforms leave, and what their savers get: orderly wind-down, freeze and liquidation.

In a wind-down loans are serviced on; client cash belongs to the clients alone and is paid out
in proportion to their claims as it comes in. In a liquidation all a platform has is one estate:
its cost, then running costs unpaid, then claims on its pool and idle client money, all alike.
Notes belong to their holders in both. Responsible for savers; what is left of a platform after
its last loan is closed in `estates`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.investor import SLOTS
from sim.agents.platform import ABSCONDING, FROZEN, LIQUIDATION, POLICE, WIND_DOWN
from sim.chart import INVESTOR
from sim.contracts.fraud_claims import hidden
from sim.emergency import repay_ahead
from sim.ends import fail_providers
from sim.kernels import add_at, group_sum, split_by_weights, true_at
from sim.ledger import Claim, Move
from sim.pools import asked_of, claims_against, claims_on, redeem
from sim.theft import end_covers
from sim.units import Fen, Floats, Ids, Mask, to_fen
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

CASH = ("cash", "reserve_cash", "client_cash")  # of a platform, in the order a debt is paid from


def freeze_balances(world: World, gone: Ids) -> None:
    """Share out what frozen matching platforms have, idle client money outside custody included.

    gone : (m,) platforms that have just ended; pools owe no balances. Running costs and emergency
    loans come first, then clients, in proportion; what they miss is lost. What borrowers pay on
    notes afterwards belongs to the holders.
    """
    table, is_open = world.platforms, ~world.limit("custody")[world.first_number("platform") + gone]
    rows = gone[np.isin(table.exit_mode[gone], FROZEN) & ~table.is_pooling[gone] & is_open]
    if not len(rows):
        return
    for pay in (pay_arrears, repay_ahead):
        for account in CASH:
            pay(world, rows, account)
    for account in reversed(CASH):
        _pay_balances(world, rows, account)
    _write_off_balances(world, _balances_with(world, rows))


def _balances_with(world: World, platforms: Ids) -> Ids:
    """Accounts with idle money on some platforms, platform by platform."""
    accounts = world.accounts
    rows = true_at(accounts.balance)
    rows = rows[np.isin(accounts.platform[rows], platforms)]
    return rows[np.argsort(accounts.platform[rows], kind="stable")]


def _pay_balances(world: World, platforms: Ids, account: str) -> None:
    """Share a cash account of platforms among their clients' idle balances; platforms : (m,)."""
    accounts, rows = world.accounts, _balances_with(world, platforms)
    whose = accounts.platform[rows].astype(np.int64)
    owing, place = np.unique(whose, return_inverse=True)
    owed = accounts.balance[rows]
    cash = world.platforms.column(account)[owing]
    fen = split_by_weights(np.minimum(group_sum(place, owed, len(owing)), cash), owed, place)
    world.ledger.pay(
        "client_withdraw",
        "platform",
        whose,
        "investor",
        rows // SLOTS,
        fen,
        Claim("client_balances", accounts, "balance", rows, -fen, "platform", "investor"),
        payer_account=account,
    )


def _write_off_balances(world: World, rows: Ids) -> None:
    """Write off idle balances that nothing is left for; rows : (m,) accounts."""
    accounts, savers = world.accounts, rows // SLOTS
    whose, fen = accounts.platform[rows].astype(np.int64), accounts.balance[rows].copy()
    world.ledger.enter(
        "write_off",
        "investor",
        savers,
        "platform",
        whose,
        fen,
        Claim("client_balances", accounts, "balance", rows, -fen, "platform", "investor"),
    )
    add_at(world.investors.loss_total, savers, fen)
    add_at(world.platforms.saver_loss, whose, fen)
    world.desk.count("balance_loss", float(fen.sum()))


def fail_platforms(world: World, scenario: Scenario) -> None:
    """Fail platforms without capital, unable to pay their costs, or a promised redemption.

    A pool whose platform has no capital left, and whoever broke a promise for months, is frozen
    and liquidated; all others wind down.
    """
    table, p = world.platforms, scenario.parameters.platform
    capital = table.net_worth - table.provisions
    capital = capital + hidden(world.fraud_claims, table)  # its books show no misuse
    broke = table.redemption_late >= p.freeze_months
    late = table.cost_late >= scenario.parameters.market.cost_failure_months
    rows = true_at(table.alive & ((capital < 0) | late | broke))
    if not len(rows):
        return
    freezes = broke[rows] | (table.is_pooling[rows] & (capital[rows] < 0))
    lacking = np.maximum(-capital[rows], np.where(broke[rows], _unpaid(world)[rows], 0.0))
    modes = np.where(freezes, LIQUIDATION, WIND_DOWN)
    fail_providers(world, scenario, "platform", rows, shortfall=lacking, modes=modes)
    freeze_balances(world, rows)


def _unpaid(world: World) -> Floats:
    """What platforms promised and have not paid: claims under notice, notes; (n_platforms,) fen."""
    loans = world.loans
    rows = true_at(loans.is_promised & loans.is_bad & (loans.holder == INVESTOR))
    left = 1.0 - loans.kept_shares[rows] / loans.shares[rows]
    notes = np.bincount(loans.holder_row[rows], left * loans.principal[rows], world.platforms.n)
    return np.asarray(asked_of(world) + notes, dtype=np.float64)


# ---------------------------------------------------------------- paying as it comes
def is_frozen(world: World) -> Mask:
    """Mark the pools whose estate is being liquidated, (n_platforms,)."""
    table = world.platforms
    return np.asarray(table.is_in_estate & table.is_pooling & np.isin(table.exit_mode, FROZEN))


def pay_savers(world: World, scenario: Scenario) -> None:
    """Pay what came in this month to savers of platforms that wind down or are liquidated."""
    table = world.platforms
    winding = table.is_in_estate & table.is_pooling
    if not winding.any():
        return
    frozen = is_frozen(world)
    rows = true_at(frozen)
    if len(rows):
        _pay_ahead(world, scenario, rows)
    for account in CASH:
        mine = winding if account == "client_cash" else frozen
        _pay_out(world, true_at(mine), account)


def _pay_ahead(world: World, scenario: Scenario, rows: Ids) -> None:
    """Pay what ranks ahead of savers: cost of what came in, running costs, emergency loans.

    rows : (m,) pools. Client money in custody is no part of the estate.
    """
    share = scenario.parameters.platform.liquidation_cost
    is_open = ~world.limit("custody")[world.first_number("platform") + rows]
    estate = {account: rows[is_open] if account == "client_cash" else rows for account in CASH}
    for account, mine in estate.items():
        fen = to_fen(share * world.platforms.column(account)[mine])
        world.ledger.pay(
            "estate_cost", "platform", mine, "outside", None, fen, payer_account=account
        )
    for pay in (pay_arrears, repay_ahead):
        for account, mine in estate.items():
            pay(world, mine, account)


def pay_arrears(world: World, rows: Ids, account: str) -> None:
    """Pay running costs unpaid out of a cash account; rows : (m,) platforms."""
    table = world.platforms
    fen = np.minimum(table.institution_arrears[rows], table.column(account)[rows])
    world.ledger.pay(
        "institution_cost",
        "platform",
        rows,
        "outside",
        None,
        fen,
        Claim(
            "institution_arrears", table, "institution_arrears", rows, -fen, "platform", "outside"
        ),
        payer_account=account,
    )


def _pay_out(world: World, platforms: Ids, account: str) -> None:
    """Share a cash account of pools among their claims, in proportion; platforms : (m,)."""
    table, accounts = world.platforms, world.accounts
    rows = claims_against(world, platforms)
    if not len(rows):
        return
    whose = accounts.platform[rows].astype(np.int64)
    owing, place = np.unique(whose, return_inverse=True)
    claims = accounts.claims[rows]
    given = np.minimum(group_sum(place, claims, len(owing)), table.column(account)[owing])
    fen = split_by_weights(given, claims, place)
    redeem(world, rows, fen, account)
    world.desk.count("claims_paid_in_exit", float(fen.sum()))


# ---------------------------------------------------------------- the end
def may_close(world: World) -> Mask:
    """Mark platforms whose clients and police leave nothing to wait for, (n_platforms,).

    A matching platform waits until clients have their money, a pool for what the police find.
    """
    table = world.platforms
    is_settled = np.where(table.is_pooling, table.case_until <= world.month, table.client_cash == 0)
    return np.asarray(is_settled, dtype=np.bool_)


def end_savers_claims(world: World, scenario: Scenario, rows: Ids) -> None:
    """End what savers claim of platforms whose last loan has gone, before the rest is closed.

    rows : (m,) platforms with an estate. Running costs come first, then claims share all cash
    that is left; what nothing is left for is written off, and what is left goes to outside.
    """
    _end_pools(world, scenario, rows[world.platforms.is_pooling[rows]])
    left = world.platforms.reserve_cash[rows].copy()
    world.ledger.pay(
        "estate_residual", "platform", rows, "outside", None, left, payer_account="reserve_cash"
    )


def _end_pools(world: World, scenario: Scenario, rows: Ids) -> None:
    if not len(rows):
        return
    _recover(world, scenario, rows)
    for pay in (pay_arrears, repay_ahead):
        for account in ("cash", "reserve_cash"):
            pay(world, rows, account)
    for account in CASH:
        _pay_out(world, rows, account)
    pay_arrears(world, rows, "client_cash")
    _write_off_claims(world, claims_against(world, rows))
    end_covers(world, rows)
    left = world.platforms.client_cash[rows].copy()
    world.ledger.pay(
        "estate_residual", "platform", rows, "outside", None, left, payer_account="client_cash"
    )


def _recover(world: World, scenario: Scenario, rows: Ids) -> None:
    """Let the police return to pools a part of what owners took, at most what is still owed."""
    table = world.platforms
    rows = rows[table.case_until[rows] > 0]
    found = np.floor(scenario.parameters.platform.recovery_share * table.taken[rows])
    found = np.minimum(found.astype(np.int64), claims_on(world)[rows])
    table.claims_paid[rows] += found
    world.desk.count("fraud_recovered", float(found.sum()))
    world.ledger.pay("police_recovery", "outside", None, "platform", rows, found)
    world.desk.count("police_recovery", float(found.sum()))


def _write_off_claims(world: World, rows: Ids) -> None:
    """Write off claims on pools, or let outside pay them where `notes` is covered.

    rows : (m,) accounts
    """
    if not len(rows):
        return
    accounts, fen = world.accounts, world.accounts.claims[rows].copy()
    whose, savers = accounts.platform[rows].astype(np.int64), rows // SLOTS
    loser: tuple[str, Ids | None] = ("investor", savers)
    if world.is_off("notes"):
        move = Move("pool_claims", int(fen.sum()), "platform", "investor", "outside")
        world.ledger.pay("cover_pay", "outside", None, "investor", savers, fen, move)
        world.desk.cover["notes"] = world.desk.cover.get("notes", 0) + int(fen.sum())
        loser = ("outside", None)
    else:
        _remember_losses(world, rows, whose, fen)
    world.ledger.enter(
        "write_off",
        *loser,
        "platform",
        whose,
        fen,
        Claim("pool_claims", accounts, "claims", rows, -fen, "platform", loser[0]),
    )
    accounts.asked[rows] = 0


def _remember_losses(world: World, rows: Ids, whose: Ids, fen: Fen) -> None:
    """Let savers remember what they lost beyond what they saw when the pool failed."""
    platforms, savers = world.platforms, world.investors
    lost = np.bincount(whose, fen, platforms.n)
    news = 1.0 - platforms.opened_loss / np.maximum(lost, 1.0)
    add_at(savers.pool_loss_seen, rows // SLOTS, fen * news[whose])
    np.maximum(savers.pool_loss_seen, 0.0, out=savers.pool_loss_seen)
    add_at(savers.loss_total, rows // SLOTS, fen)
    platforms.saver_loss[:] += lost
    # What fraud left uncovered was counted when it ended the pool (`fraud_loss_pools`).
    by_fraud = (platforms.exit_mode == ABSCONDING) | (platforms.exit_mode == POLICE)
    counted = np.where(by_fraud, np.floor(platforms.opened_loss), 0.0)
    world.desk.count("pool_loss", float(np.maximum(lost - counted, 0.0).sum()))
