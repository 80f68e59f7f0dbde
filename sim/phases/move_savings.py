"""Savers consume, learn, put money on platforms and take it off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents import investor as rules
from sim.agents.investor import SLOTS
from sim.entry import choose_platforms, watching_mask
from sim.kernels import group_sum
from sim.ledger import Claim
from sim.units import Fen, Floats, Ids, Mask, to_fen, yuan
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def move_savings(world: World, scenario: Scenario) -> None:
    """Let savers consume, learn, choose where new money goes, and withdraw; some leave for good.

    Also writes for each platform the money that fear and losses kept away.
    """
    accounts = world.accounts
    held = accounts.balance.reshape(-1, SLOTS).sum(axis=1)
    invested = accounts.invested.reshape(-1, SLOTS).sum(axis=1)
    _consume(world, scenario, held + invested)
    _learn(world, scenario, invested)
    _leave(world, scenario)
    if not world.platforms.n:
        return
    _watch(world, scenario)
    utility, noise = _preferences(world, scenario)
    chosen = _best(utility["actual"], noise)
    _withdraw(world, scenario, chosen)
    free = _free_cash(world, scenario)
    _note_lost_inflow(world, utility, noise, free, chosen)
    _deposit(world, chosen, free)
    _smooth_usage(world, scenario)


def _consume(world: World, scenario: Scenario, claims: Floats) -> None:
    p, savers = scenario.parameters.investor, world.investors
    staying = savers.alive & ~savers.is_leaving
    income = np.where(staying, p.income_ratio * savers.target_wealth, 0.0)
    wealth = savers.cash + claims
    spent = rules.consumption(income, savers.interest, wealth, savers.target_wealth,
                              savers.cash.astype(np.float64), p)
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


def _leave(world: World, scenario: Scenario) -> None:
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
    world.ledger.pay("estate_residual", "investor", leaving, "outside", None,
                     savers.cash[leaving].copy())
    owed = np.bincount(rows // SLOTS, accounts.invested[rows], savers.n)
    note = world.notes
    mine = np.flatnonzero((note.interest_due > 0) & (note.account >= 0))
    owed += np.bincount(note.account[mine] // SLOTS, note.interest_due[mine], savers.n)
    savers.alive[leaving[owed[leaving] < 0.5]] = False


def _watch(world: World, scenario: Scenario) -> None:
    """Empty slots of dead platforms, exchange a few watched ones, fill what is empty."""
    p, accounts, platforms = scenario.parameters.investor, world.accounts, world.platforms
    every = np.arange(accounts.n)
    usable = watching_mask(world)
    dead = (accounts.platform >= 0) & ~platforms.alive[accounts.platform]
    _take_out(world, np.flatnonzero(dead & (accounts.balance > 0)))
    tired = world.draws.uniform("watch_churn", world.month, every) < p.watch_churn / SLOTS
    idle = (accounts.invested < 0.5) & (accounts.balance == 0) & ~_owed_interest(world)
    accounts.platform[idle & (dead | tired | ~usable)] = -1
    choose_platforms(world, np.flatnonzero(usable & (accounts.platform < 0)), world.month)


def _owed_interest(world: World) -> Mask:
    """Mark accounts with unpaid interest on notes: their platform still owes them service."""
    notes = world.notes
    late = notes.account[(notes.interest_due > 0) & (notes.account >= 0)]
    owed = np.zeros(world.accounts.n, dtype=np.bool_)
    owed[late] = True
    return owed


def _preferences(world: World, scenario: Scenario) -> tuple[dict[str, Floats], Floats]:
    """Utility of each watched platform and of the outside option, as seen and on calmer paths.

    Returns (n_savers, SLOTS + 1) utilities: `actual`, `calm` (no failure ever seen) and
    `expected` (losses as priced), and the noise common to all of them.
    """
    p, savers, accounts, platforms = (scenario.parameters.investor, world.investors,
                                      world.accounts, world.platforms)
    watched = accounts.platform.reshape(-1, SLOTS)
    fee = scenario.parameters.platform.service_fee
    rate = (platforms.posted_rate * (1.0 - fee))[watched]
    usage = np.clip(platforms.usage, 0.2, 1.0)[watched]
    own_months, others = savers.months_seen, world.recent_platform_months
    hazard = rules.perceived_hazard(
        savers.failures_seen, own_months, world.recent_failures, others, p
    )
    zero = np.zeros_like(own_months)
    calm_hazard = rules.perceived_hazard(zero, own_months, 0.0, others, p)
    loss = rules.perceived_loss_rate(savers.loss_seen, savers.exposure_seen, p)
    expected_loss = np.full_like(loss, p.prior_loss)
    hazard = calm_hazard if world.is_off("confidence") else hazard
    loss = expected_loss if world.is_off("notes") else loss
    blocked = (watched < 0) | ~platforms.alive[watched]

    def utility(losses: Floats, hazards: Floats) -> Floats:
        value = rules.expected_return(rate, usage, losses[:, None], hazards[:, None],
                                      savers.risk_aversion[:, None], p)
        found = np.zeros((savers.n, SLOTS + 1))
        found[:, :SLOTS] = p.return_sensitivity * (value - p.outside_yield)
        found[:, :SLOTS][blocked] = -np.inf
        return found

    noise = world.draws.gumbel(
        "saver_choice",
        world.month,
        np.arange(savers.n)[:, None],
        np.concatenate([watched + 1, np.zeros((savers.n, 1), np.int64)], axis=1),
    )
    paths = {"actual": utility(loss, hazard), "calm": utility(loss, calm_hazard),
             "expected": utility(np.minimum(loss, expected_loss), hazard)}
    return paths, noise


def _best(utility: Floats, noise: Floats) -> Ids:
    return np.argmax(utility + noise, axis=1)


def _withdraw(world: World, scenario: Scenario, chosen: Ids) -> None:
    """Let savers who now prefer the outside take idle money off all their platforms."""
    p, savers, accounts = scenario.parameters.investor, world.investors, world.accounts
    u = world.draws.uniform("withdrawal", world.month, np.arange(savers.n))
    goes = (chosen == SLOTS) & (u < p.withdrawal_speed) & savers.alive
    _take_out(world, np.flatnonzero(np.repeat(goes, SLOTS) & (accounts.balance > 0)))


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


def _note_lost_inflow(world: World, utility: dict[str, Floats], noise: Floats, free: Fen,
                      chosen: Ids) -> None:
    """Compare this month's new money with what it would be without failures, or losses, seen."""
    platforms = world.platforms
    watched = world.accounts.platform.reshape(-1, SLOTS)
    actual = _inflow(watched, chosen, free, platforms.n)
    for path, column in (("calm", "lost_confidence"), ("expected", "lost_notes")):
        other = _best(utility[path], noise)
        moved = other != chosen
        if not moved.any():
            platforms.column(column)[:] = 0.0
            continue
        would = _inflow(watched, other, free, platforms.n)
        platforms.column(column)[:] = np.maximum(would - actual, 0.0)


def _inflow(watched: Ids, chosen: Ids, free: Fen, n: int) -> Floats:
    rows = np.flatnonzero((chosen < SLOTS) & (free > 0))
    sums = np.bincount(watched[rows, chosen[rows]], free[rows], n)
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
