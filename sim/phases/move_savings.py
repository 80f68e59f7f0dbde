"""Savers consume, learn, put money on platforms and take it off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents import investor as rules
from sim.agents.investor import SLOTS
from sim.contracts.loans import sum_slots
from sim.entry import choose_platforms, watching_mask
from sim.kernels import group_sum
from sim.ledger import Claim
from sim.note_posting import interest_owed
from sim.units import Fen, Floats, Ids, to_fen, yuan
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

CHUNK = 8192  # savers whose utilities stay in the cache


def move_savings(world: World, scenario: Scenario) -> None:
    """Let savers consume, learn, choose where new money goes, and withdraw; some leave for good.

    Also writes for each platform the money that fear and losses kept away.
    """
    accounts = world.accounts
    held = sum_slots(accounts.balance)
    invested = sum_slots(accounts.invested)
    _consume(world, scenario, held + invested)
    _learn(world, scenario, invested)
    interest_due = interest_owed(world)
    _leave(world, scenario, interest_due)
    if not world.platforms.n:
        return
    _watch(world, scenario, interest_due)
    chosen = _choices(world, scenario)
    free = _free_cash(world, scenario)
    _note_lost_inflow(world, scenario, free, chosen)
    _deposit(world, chosen, free)
    _smooth_usage(world, scenario)


def _consume(world: World, scenario: Scenario, claims: Floats) -> None:
    p, savers = scenario.parameters.investor, world.investors
    staying = savers.alive & ~savers.is_leaving
    income = np.where(staying, p.income_ratio * savers.target_wealth, 0.0)
    wealth = savers.cash + claims
    spent = rules.consumption(
        income, savers.interest, wealth, savers.target_wealth, savers.cash.astype(np.float64), p
    )
    fen = np.floor(np.where(staying, spent, 0.0)).astype(np.int64)
    world.ledger.pay("consumption", "investor", np.arange(savers.n), "outside", None, fen)


def _learn(world: World, scenario: Scenario, invested: Floats) -> None:
    """Let old observations fade and count failures of platforms watched and of all others."""
    p, savers, platforms = scenario.parameters.investor, world.investors, world.platforms
    fade = 0.5 ** (1.0 / p.belief_half_life)
    failed = platforms.ended == world.month - 1
    watched = world.accounts.platform.reshape(-1, SLOTS)
    saw = (failed[watched] & (watched >= 0)).sum(axis=1) if platforms.n else np.zeros(savers.n)
    living = platforms.alive[watched] & (watched >= 0) if platforms.n else np.zeros_like(watched)
    savers.loss_seen[:] *= fade
    savers.exposure_seen[:] = fade * savers.exposure_seen + invested
    savers.failures_seen[:] = fade * savers.failures_seen + saw
    savers.months_seen[:] = fade * savers.months_seen + living.sum(axis=1)
    world.recent_failures = fade * world.recent_failures + float(failed.sum())
    world.recent_platform_months = fade * world.recent_platform_months + float(
        platforms.alive.sum()
    )


def _leave(world: World, scenario: Scenario, interest_due: Fen) -> None:
    """Let some savers leave for good; leavers pay out whatever comes back to them."""
    p, savers, accounts = scenario.parameters.investor, world.investors, world.accounts
    every = np.arange(savers.n)
    goes = world.draws.uniform("investor_exit", world.month, every) < p.exit_hazard
    savers.is_leaving[goes & savers.alive] = True
    leaving = np.flatnonzero(savers.is_leaving & savers.alive)
    if not len(leaving):
        return
    rows = (leaving[:, None] * SLOTS + np.arange(SLOTS)).ravel()
    _take_out(world, rows[accounts.balance[rows] > 0])
    world.ledger.pay(
        "estate_residual", "investor", leaving, "outside", None, savers.cash[leaving].copy()
    )
    owed = np.bincount(rows // SLOTS, accounts.invested[rows], savers.n)
    owed += sum_slots(interest_due)
    savers.alive[leaving[owed[leaving] < 0.5]] = False


def _watch(world: World, scenario: Scenario, interest_due: Fen) -> None:
    """Empty slots of dead platforms, exchange a few watched ones, fill what is empty."""
    p, accounts, platforms = scenario.parameters.investor, world.accounts, world.platforms
    every = np.arange(accounts.n)
    usable = watching_mask(world)
    dead = (accounts.platform >= 0) & ~platforms.alive[accounts.platform]
    _take_out(world, np.flatnonzero(dead & (accounts.balance > 0)))
    tired = world.draws.uniform("watch_churn", world.month, every) < p.watch_churn / SLOTS
    # A platform that owes interest on notes still has to serve them.
    idle = (accounts.invested < 0.5) & (accounts.balance == 0) & (interest_due == 0)
    accounts.platform[idle & (dead | tired | ~usable)] = -1
    choose_platforms(world, np.flatnonzero(usable & (accounts.platform < 0)), world.month)


def _choices(world: World, scenario: Scenario) -> Ids:
    """Let savers with free cash or idle balances choose; those drawn to the outside withdraw.

    Returns (n_savers,) slot chosen, SLOTS for the outside and for whoever has nothing to place.
    """
    p, savers, accounts = scenario.parameters.investor, world.investors, world.accounts
    u = world.draws.uniform("withdrawal", world.month, np.arange(savers.n))
    may_withdraw = (u < p.withdrawal_speed) & savers.alive
    may_withdraw &= (accounts.balance.reshape(-1, SLOTS) > 0).any(axis=1)
    rows = np.flatnonzero(may_withdraw | (_free_cash(world, scenario) > 0))
    chosen = np.full(savers.n, SLOTS)
    chosen[rows] = _preferred(world, scenario, rows, "actual")
    goes = may_withdraw & (chosen == SLOTS)
    _take_out(world, np.flatnonzero(np.repeat(goes, SLOTS) & (accounts.balance > 0)))
    return chosen


def _preferred(world: World, scenario: Scenario, rows: Ids, path: str) -> Ids:
    """Slot of the platform each saver prefers, SLOTS for the outside option.

    rows : (m,) savers; path : `actual`, `calm` (no failure ever seen) or `expected` (losses as
    priced); the noise is common to all of them
    """
    best = np.empty(len(rows), dtype=np.int64)
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK]
        watched = world.accounts.platform.reshape(-1, SLOTS)[some]
        utility = _utility(world, scenario, some, watched, path)
        draws, month = world.draws, world.month
        utility += draws.gumbel("saver_choice", month, some[:, None], watched + 1)
        slot = np.argmax(utility, axis=1)
        outside = draws.gumbel("saver_choice", month, some, np.zeros_like(some))
        is_drawn = outside > utility[np.arange(len(some)), slot]
        best[start : start + CHUNK] = np.where(is_drawn, SLOTS, slot)
    return best


def _utility(world: World, scenario: Scenario, rows: Ids, watched: Ids, path: str) -> Floats:
    """Utility of each watched platform over that of the outside; rows : (m,) -> (m, SLOTS)."""
    p, savers, platforms = scenario.parameters.investor, world.investors, world.platforms
    rate = (platforms.posted_rate * (1.0 - scenario.parameters.platform.service_fee))[watched]
    usage = np.clip(platforms.usage, 0.2, 1.0)[watched]
    failures, others = savers.failures_seen[rows], world.recent_failures
    if path == "calm" or world.is_off("confidence"):
        failures, others = np.zeros(len(rows)), 0.0
    hazard = rules.perceived_hazard(
        failures, savers.months_seen[rows], others, world.recent_platform_months, p
    )
    loss = rules.perceived_loss_rate(savers.loss_seen[rows], savers.exposure_seen[rows], p)
    if world.is_off("notes"):
        loss = np.full_like(loss, p.prior_loss)
    if path == "expected":
        loss = np.minimum(loss, p.prior_loss)
    aversion = savers.risk_aversion[rows]
    value = rules.expected_return(rate, usage, loss[:, None], hazard[:, None], aversion[:, None], p)
    utility: Floats = p.return_sensitivity * (value - p.outside_yield)
    utility[(watched < 0) | ~platforms.alive[watched]] = -np.inf
    return utility


def _take_out(world: World, rows: Ids) -> None:
    """Pay idle client money back to savers; rows of `world.accounts`."""
    accounts = world.accounts
    fen = accounts.balance[rows].copy()
    world.ledger.pay(
        "client_withdraw",
        "platform",
        accounts.platform[rows],
        "investor",
        rows // SLOTS,
        fen,
        Claim("client_balances", accounts, "balance", rows, -fen, "platform", "investor"),
        payer_account="client_cash",
    )
    world.desk.count("withdrawn", float(fen.sum()))


def _free_cash(world: World, scenario: Scenario) -> Fen:
    p, savers = scenario.parameters.investor, world.investors
    free = savers.cash - to_fen(p.cash_float * savers.target_wealth)
    return np.where(savers.alive & ~savers.is_leaving & (free >= yuan(100.0)), free, 0)


def _note_lost_inflow(world: World, scenario: Scenario, free: Fen, chosen: Ids) -> None:
    """Compare this month's new money with what it would be without failures, or losses, seen."""
    platforms = world.platforms
    rows = np.flatnonzero(free > 0)
    watched, fen = world.accounts.platform.reshape(-1, SLOTS)[rows], free[rows]
    actual = _inflow(watched, chosen[rows], fen, platforms.n)
    for path, column in (("calm", "lost_confidence"), ("expected", "lost_notes")):
        would = _inflow(watched, _preferred(world, scenario, rows, path), fen, platforms.n)
        platforms.column(column)[:] = np.maximum(would - actual, 0.0)


def _inflow(watched: Ids, chosen: Ids, fen: Fen, n: int) -> Floats:
    """Sum money by platform chosen; watched : (m, SLOTS), chosen and fen : (m,)."""
    rows = np.flatnonzero(chosen < SLOTS)
    sums = np.bincount(watched[rows, chosen[rows]], fen[rows], n)
    return np.asarray(sums, dtype=np.float64)


def _deposit(world: World, chosen: Ids, free: Fen) -> None:
    accounts = world.accounts
    savers = np.flatnonzero((chosen < SLOTS) & (free > 0))
    rows = savers * SLOTS + chosen[savers]
    fen = free[savers]
    world.ledger.pay(
        "client_deposit",
        "investor",
        savers,
        "platform",
        accounts.platform[rows],
        fen,
        Claim("client_balances", accounts, "balance", rows, fen, "platform", "investor"),
        receiver_account="client_cash",
    )
    world.desk.count("deposited", float(fen.sum()))


def _smooth_usage(world: World, scenario: Scenario) -> None:
    """Let the share of client money at work move slowly; savers see it."""
    accounts, platforms = world.accounts, world.platforms
    rows = np.flatnonzero(accounts.platform >= 0)
    idle = group_sum(accounts.platform[rows], accounts.balance[rows], platforms.n)
    work = np.bincount(accounts.platform[rows], accounts.invested[rows], platforms.n)
    share = np.divide(work, work + idle, out=np.ones(platforms.n), where=(work + idle) > 0)
    smoothing = scenario.parameters.platform.usage_smoothing
    platforms.usage[:] += smoothing * (share - platforms.usage)
