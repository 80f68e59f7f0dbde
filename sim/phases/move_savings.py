"""Savers consume, learn, put money on platforms and take it off."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.agents import investor as rules
from sim.agents.investor import SLOTS
from sim.beliefs import View, learn, views
from sim.contracts.loans import sum_slots
from sim.entry import choose_platforms, watching_mask
from sim.ledger import EVERY, Claim
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
    invested = sum_slots(accounts.invested)
    _consume(world, scenario, sum_slots(accounts.balance) + invested)
    learn(world, scenario, invested)
    interest_due = interest_owed(world)
    _leave(world, scenario, interest_due)
    if not world.platforms.n:
        return
    _watch(world, scenario, interest_due)
    free = _free_cash(world, scenario, np.arange(world.investors.n))
    choices = _choose(world, scenario, free)
    _note_lost_inflow(world, free, choices)
    _deposit(world, choices, free)
    _smooth_usage(world, scenario)


def _slots_of(savers: Ids) -> Ids:
    """Rows of all accounts of some savers, saver by saver."""
    return (savers[:, None] * SLOTS + np.arange(SLOTS)).ravel()


def _consume(world: World, scenario: Scenario, claims: Floats) -> None:
    p, savers = scenario.parameters.investor, world.investors
    staying = savers.alive & ~savers.is_leaving
    income = np.where(staying, p.income_ratio * savers.target_wealth, 0.0)
    wealth = savers.cash + claims
    spent = rules.consumption(
        income, savers.interest, wealth, savers.target_wealth, savers.cash.astype(np.float64), p
    )
    fen = np.floor(np.where(staying, spent, 0.0)).astype(np.int64)
    world.ledger.pay("consumption", "investor", EVERY, "outside", None, fen)


def _leave(world: World, scenario: Scenario, interest_due: Fen) -> None:
    """Let some savers leave for good; leavers pay out whatever comes back to them."""
    p, savers, accounts = scenario.parameters.investor, world.investors, world.accounts
    every = np.arange(savers.n)
    goes = world.draws.uniform("investor_exit", world.month, every) < p.exit_hazard
    savers.is_leaving[goes & savers.alive] = True
    leaving = np.flatnonzero(savers.is_leaving & savers.alive)
    if not len(leaving):
        return
    rows = _slots_of(leaving)
    _take_out(world, rows[accounts.balance[rows] > 0])
    world.ledger.pay(
        "estate_residual", "investor", leaving, "outside", None, savers.cash[leaving].copy()
    )
    owed = sum_slots(accounts.invested[rows] + interest_due[rows])
    savers.alive[leaving[owed < 0.5]] = False


def _watch(world: World, scenario: Scenario, interest_due: Fen) -> None:
    """Empty slots of dead platforms, exchange a few watched ones, fill what is empty."""
    p, accounts, platforms = scenario.parameters.investor, world.accounts, world.platforms
    usable = watching_mask(world)
    if platforms.client_cash[~platforms.alive].any():
        held = np.flatnonzero(accounts.balance > 0)
        _take_out(world, held[~platforms.alive[accounts.platform[held]]])
    idle = (accounts.platform >= 0) & (accounts.balance == 0) & (accounts.invested < 0.5)
    rows = np.flatnonzero(idle)
    # A platform that owes interest on notes still has to serve them.
    rows = rows[interest_due[rows] == 0]
    tired = world.draws.uniform("watch_churn", world.month, rows) < p.watch_churn / SLOTS
    dead = ~platforms.alive[accounts.platform[rows]]
    accounts.platform[rows[dead | tired | ~usable[rows]]] = -1
    choose_platforms(world, np.flatnonzero(usable & (accounts.platform < 0)), world.month)


class Choices(NamedTuple):
    """Slot each saver prefers, (n_savers,); SLOTS for the outside and for nothing to place.

    actual : with all it has seen; calm : had no platform ever failed; expected : had notes
    lost no more than was priced. The noise is common to all of them.
    """

    actual: Ids
    calm: Ids
    expected: Ids


def _choose(world: World, scenario: Scenario, free: Fen) -> Choices:
    """Let savers with free cash or idle balances choose; those drawn to the outside withdraw.

    free : (n_savers,) fen, brought up to date with what is withdrawn
    """
    p, savers, accounts = scenario.parameters.investor, world.investors, world.accounts
    u = world.draws.uniform("withdrawal", world.month, np.arange(savers.n))
    may = np.flatnonzero((u < p.withdrawal_speed) & savers.alive)
    may = may[sum_slots(accounts.balance)[may] > 0]
    asks = free > 0
    asks[may] = True
    rows = np.flatnonzero(asks)
    choices = Choices(*np.full((3, savers.n), SLOTS))
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK]
        for chosen, slot in zip(choices, _preferred(world, scenario, some), strict=True):
            chosen[some] = slot
    goes = may[choices.actual[may] == SLOTS]
    held = _slots_of(goes)
    _take_out(world, held[accounts.balance[held] > 0])
    free[goes] = _free_cash(world, scenario, goes)
    return choices


def _preferred(world: World, scenario: Scenario, rows: Ids) -> tuple[Ids, Ids, Ids]:
    """Slot of the platform each saver prefers on the paths of `Choices`; (m,) each."""
    p, savers = scenario.parameters.investor, world.investors
    # Slots come first in all arrays, so that what belongs to a saver is the same in each row.
    watched = world.accounts.platform.reshape(-1, SLOTS).take(rows, axis=0).T
    options = np.zeros((SLOTS + 1, len(rows)), dtype=np.int64)
    np.add(watched, 1, out=options[:SLOTS])
    noise = world.draws.gumbel("saver_choice", world.month, rows, options)
    promised = _promised(world, scenario)[options[:SLOTS]]
    seen = views(world, scenario, rows, options[:SLOTS])
    aversion = savers.risk_aversion[rows]

    def best(of: Ids | slice, view: View) -> Ids:
        value = rules.expected_return(promised[:, of], *view.of(of), aversion[of], p)
        utility = noise[:, of].copy()
        utility[:SLOTS] += p.return_sensitivity * (value - p.outside_yield)
        return _highest(utility)

    actual = best(EVERY, seen.actual)
    paths = []
    for view in (seen.calm, seen.expected):
        # Only whom fear or losses have touched can choose otherwise without them.
        touched = np.flatnonzero(view.differs(seen.actual))
        path = actual.copy()
        if len(touched):
            path[touched] = best(touched, view)
        paths.append(path)
    return actual, paths[0], paths[1]


def _promised(world: World, scenario: Scenario) -> Floats:
    """Return per yuan placed that platforms promise, net of fees and of money that lies idle.

    (1 + n_platforms,): none comes first; minus infinity for none and for the dead.
    """
    platforms = world.platforms
    rate = platforms.posted_rate * (1.0 - scenario.parameters.platform.service_fee)
    promised = rate * np.clip(platforms.usage, 0.2, 1.0)
    return np.append(-np.inf, np.where(platforms.alive, promised, -np.inf))


def _highest(utility: Floats) -> Ids:
    """Row of the highest utility in each column, the first of equals: a quicker `argmax`."""
    top, row = utility.max(axis=0), np.zeros(utility.shape[1], dtype=np.int64)
    for number in range(len(utility) - 1, -1, -1):
        row[utility[number] == top] = number
    return row


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


def _free_cash(world: World, scenario: Scenario, rows: Ids) -> Fen:
    """Cash that some savers could place, in fen; rows : (m,)."""
    p, savers = scenario.parameters.investor, world.investors
    free = savers.cash[rows] - to_fen(p.cash_float * savers.target_wealth[rows])
    staying = savers.alive[rows] & ~savers.is_leaving[rows]
    attention = float(world.conditions["attention"])
    if attention < 1.0:
        staying &= world.draws.uniform("attention", 0, rows) < attention
    return np.where(staying & (free >= yuan(100.0)), free, 0)


def _note_lost_inflow(world: World, free: Fen, choices: Choices) -> None:
    """Compare this month's new money with what it would be without failures, or losses, seen."""
    platforms = world.platforms
    for would, column in (
        (choices.calm, "lost_confidence"),
        (choices.expected, "lost_notes"),
    ):
        rows = np.flatnonzero((would != choices.actual) & (free > 0))
        lost = _inflow(world, rows, would, free) - _inflow(world, rows, choices.actual, free)
        platforms.column(column)[:] = np.maximum(lost, 0.0)


def _inflow(world: World, rows: Ids, chosen: Ids, free: Fen) -> Floats:
    """Sum free cash of some savers by the platform chosen; chosen, free : (n_savers,)."""
    rows = rows[chosen[rows] < SLOTS]
    platform = world.accounts.platform[rows * SLOTS + chosen[rows]]
    sums = np.bincount(platform, free[rows], world.platforms.n)
    return np.asarray(sums, dtype=np.float64)


def _deposit(world: World, choices: Choices, free: Fen) -> None:
    accounts = world.accounts
    savers = np.flatnonzero((choices.actual < SLOTS) & (free > 0))
    rows = savers * SLOTS + choices.actual[savers]
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
    # Idle balances of its clients are the client money of a platform; the audit sees to it.
    idle = platforms.client_cash
    # The first of the sums takes accounts that watch nothing.
    work = np.bincount(accounts.platform + 1, accounts.invested, platforms.n + 1)[1:]
    share = np.divide(work, work + idle, out=np.ones(platforms.n), where=(work + idle) > 0)
    smoothing = scenario.parameters.platform.usage_smoothing
    platforms.usage[:] += smoothing * (share - platforms.usage)
