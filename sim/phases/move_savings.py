"""Savers consume, learn, put money on platforms and take it off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents import investor as rules
from sim.agents.investor import SLOTS
from sim.beliefs import learn
from sim.contracts.loans import sum_slots
from sim.entry import choose_platforms, watching_mask
from sim.fraud_estates import claims_of_savers
from sim.kernels import add_at, true_at
from sim.ledger import EVERY, Claim
from sim.neighbours import remember_exits
from sim.note_market import trade_notes
from sim.note_posting import interest_owed
from sim.outages import (
    count_flight,
    part_withdrawals,
    savers_shut_out,
    withdrawals_asked_again,
)
from sim.parking import (
    cash_at_hand,
    cash_float,
    find_homes,
    leave_funds,
    park_savings,
    redeem_for,
)
from sim.pools import any_pools, note_disclosure, subscribe
from sim.redemptions import ask_redemptions, leavers_ask_all, pay_redemptions
from sim.saver_choice import Choices, choose, movable
from sim.stake_posting import pledges_and_stakes
from sim.units import Fen, Floats, Ids, yuan
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def move_savings(world: World, scenario: Scenario) -> None:
    """Let savers consume, learn, choose where new money goes, and withdraw; some leave for good.

    Savers with claims on pools give notice; what is due is paid while client cash reaches.
    Also writes for each platform the money that fear and losses kept away or asked back.
    """
    accounts = world.accounts
    find_homes(world, scenario)
    invested = sum_slots(accounts.invested)
    pooled = sum_slots(accounts.claims) if any_pools(world) else 0
    staked = pledges_and_stakes(world)
    _consume(world, scenario, sum_slots(accounts.balance) + invested + pooled + staked)
    learn(world, scenario, invested, pooled)
    interest_due = interest_owed(world)
    _leave(world, scenario, interest_due, staked)
    if world.platforms.n:
        _move_to_platforms(world, scenario, interest_due)
    park_savings(world, scenario)


def _move_to_platforms(world: World, scenario: Scenario, interest_due: Fen) -> None:
    accounts = world.accounts
    _watch(world, scenario, interest_due)
    free = _free_cash(world, scenario, np.arange(world.investors.n))
    choices = choose(world, scenario, free)
    idle = accounts.balance if choices.shares is None else accounts.balance.copy()
    _count_exits(world, scenario, choices)
    _withdraw(world, scenario, choices, free)
    _note_lost_inflow(world, free, choices, idle)
    if any_pools(world):
        note_disclosure(world)
        pay_redemptions(world, scenario)
        ask_redemptions(world, scenario, choices.felt)
    _deposit(world, scenario, choices, free)
    trade_notes(world, scenario, choices)
    _smooth_usage(world, scenario)


def _slots_of(savers: Ids) -> Ids:
    """Rows of all accounts of some savers, saver by saver."""
    return (savers[:, None] * SLOTS + np.arange(SLOTS)).ravel()


def _consume(world: World, scenario: Scenario, claims: Floats) -> None:
    p, savers = scenario.parameters.investor, world.investors
    staying = savers.alive & ~savers.is_leaving
    income = np.where(staying, p.income_ratio * savers.target_wealth, 0.0)
    every = np.arange(savers.n)
    wealth = savers.cash + savers.fund_shares + claims
    earned = savers.interest + savers.fund_income + savers.stake_income
    at_hand = cash_at_hand(world, scenario, every).astype(np.float64)
    spent = rules.consumption(income, earned, wealth, savers.target_wealth, at_hand, p)
    fen = np.floor(np.where(staying, spent, 0.0)).astype(np.int64)
    fen = redeem_for(world, scenario, every, fen)
    world.ledger.pay("consumption", "investor", EVERY, "outside", None, fen)


def _leave(world: World, scenario: Scenario, interest_due: Fen, staked: Fen) -> None:
    """Let some savers leave for good; leavers pay out whatever comes back to them."""
    p, savers, accounts = scenario.parameters.investor, world.investors, world.accounts
    every = np.arange(savers.n)
    goes = world.draws.uniform("investor_exit", world.month, every) < p.exit_hazard
    savers.is_leaving[goes & savers.alive] = True
    leaving = true_at(savers.is_leaving & savers.alive)
    if not len(leaving):
        return
    rows = _slots_of(leaving)
    _take_out(world, rows[accounts.balance[rows] > 0])
    leavers_ask_all(world, leaving)
    leave_funds(world, scenario, leaving)
    world.ledger.pay(
        "estate_residual", "investor", leaving, "outside", None, savers.cash[leaving].copy()
    )
    owed = sum_slots(accounts.invested[rows] + interest_due[rows] + accounts.claims[rows])
    owed = owed + claims_of_savers(world)[leaving] + staked[leaving]
    owed += sum_slots(accounts.balance[rows])  # where a platform was down
    savers.alive[leaving[owed < 0.5]] = False


def _watch(world: World, scenario: Scenario, interest_due: Fen) -> None:
    """Empty slots of dead platforms, exchange a few watched ones, fill what is empty."""
    p, accounts, platforms = scenario.parameters.investor, world.accounts, world.platforms
    usable = watching_mask(world)
    if platforms.client_cash[~platforms.alive & ~platforms.is_pooling].any():
        held = true_at(accounts.balance > 0)
        _take_out(world, held[~platforms.alive[accounts.platform[held]]])
    idle = (accounts.platform >= 0) & (accounts.balance == 0) & (accounts.invested < 0.5)
    rows = true_at(idle & (accounts.claims == 0))
    # A platform that owes interest on notes still has to serve them.
    rows = rows[interest_due[rows] == 0]
    tired = world.draws.uniform("watch_churn", world.month, rows) < p.watch_churn / SLOTS
    dead = ~platforms.alive[accounts.platform[rows]]
    accounts.platform[rows[dead | tired | ~usable[rows]]] = -1
    choose_platforms(world, true_at(usable & (accounts.platform < 0)), world.month)


def _withdraw(world: World, scenario: Scenario, choices: Choices, free: Fen) -> None:
    """Let savers who look at their claims this month take idle money off platforms.

    free : (n_savers,) fen, brought up to date where all is withdrawn
    """
    accounts = world.accounts
    _take_out(world, *withdrawals_asked_again(world))
    if choices.shares is None:
        goes = true_at(choices.looks & (choices.actual == SLOTS))
        held = _slots_of(goes)
        _take_out(world, held[accounts.balance[held] > 0])
        free[goes] = _free_cash(world, scenario, goes)
        return
    # What is taken off a platform is cash of next month: this month's new money is chosen already.
    rows = true_at(accounts.balance > 0)
    fen = (choices.taken(0)[rows] * accounts.balance[rows]).astype(np.int64)
    _take_out(world, rows, fen)


def _take_out(world: World, rows: Ids, fen: Fen | None = None) -> None:
    """Pay idle client money back to savers, all of it unless said; rows of `world.accounts`.

    What falls into downtime of a platform waits.
    """
    accounts = world.accounts
    fen = accounts.balance[rows].copy() if fen is None else fen
    rows, fen = part_withdrawals(world, rows, fen)
    count_flight(world, rows, fen)
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
    """Cash that some savers could place, with what they can redeem, in fen; rows : (m,)."""
    savers = world.investors
    free = cash_at_hand(world, scenario, rows) - cash_float(world, scenario, rows)
    staying = savers.alive[rows] & ~savers.is_leaving[rows]
    attention = float(world.conditions["attention"])
    if attention < 1.0:
        staying &= world.draws.uniform("attention", 0, rows) < attention
    return np.where(staying & (free >= yuan(100.0)), free, 0)


def _note_lost_inflow(world: World, free: Fen, choices: Choices, idle: Fen) -> None:
    """Compare this month's new money with what it would be without failures, or losses, seen.

    idle : (n_accounts,) fen, client money before withdrawals
    """
    platforms = world.platforms
    for path, would, column in (
        (1, choices.calm, "lost_confidence"),
        (2, choices.expected, "lost_notes"),
    ):
        rows = true_at((would != choices.actual) & (free > 0))
        lost = _inflow(world, rows, would, free) - _inflow(world, rows, choices.actual, free)
        if choices.shares is not None:
            rows = true_at(idle)
            more = (choices.taken(0) - choices.taken(path))[rows] * idle[rows]
            lost = lost + np.bincount(world.accounts.platform[rows], more, platforms.n)
        platforms.column(column)[:] = np.maximum(lost, 0.0)


def _count_exits(world: World, scenario: Scenario, choices: Choices) -> None:
    """Count savers who take claims off platforms, and let neighbours see it next month."""
    if choices.shares is None:
        left = float((choices.looks & (choices.actual == SLOTS)).sum())
    else:
        claims = movable(world, scenario)
        taken = sum_slots(choices.taken(0) * claims)
        left = float((taken / np.maximum(sum_slots(claims), 1)).sum())
    world.desk.count("savers_left", left)
    if scenario.parameters.investor.herding > 0:
        remember_exits(world, movable(world, scenario) > 0, choices.taken(0))


def _inflow(world: World, rows: Ids, chosen: Ids, free: Fen) -> Floats:
    """Sum free cash of some savers by the platform chosen, where they reach it.

    chosen, free : (n_savers,)
    """
    rows = rows[chosen[rows] < SLOTS]
    account = rows * SLOTS + chosen[rows]
    reached = ~savers_shut_out(world, account)
    platform = world.accounts.platform[account[reached]]
    sums = np.bincount(platform, free[rows[reached]], world.platforms.n)
    return np.asarray(sums, dtype=np.float64)


def _deposit(world: World, scenario: Scenario, choices: Choices, free: Fen) -> None:
    """Let savers send new money to the platform they chose, unless its systems are down then."""
    accounts = world.accounts
    savers = true_at((choices.actual < SLOTS) & (free > 0))
    rows = savers * SLOTS + choices.actual[savers]
    is_down = savers_shut_out(world, rows)
    if is_down.any():  # what cannot be sent stays with the saver, who chooses anew next month
        world.desk.count("deposits_blocked", float(free[savers[is_down]].sum()))
        savers, rows = savers[~is_down], rows[~is_down]
    kept = cash_float(world, scenario, savers)
    fen = redeem_for(world, scenario, savers, free[savers], kept)
    world.desk.count("deposited", float(fen.sum()))
    add_at(world.platforms.inflow, accounts.platform[rows], fen)
    if any_pools(world):
        pooled = world.platforms.is_pooling[accounts.platform[rows]]
        subscribe(world, rows[pooled], fen[pooled])
        savers, rows, fen = savers[~pooled], rows[~pooled], fen[~pooled]
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


def _smooth_usage(world: World, scenario: Scenario) -> None:
    """Let the share of client money at work move slowly; savers see it."""
    accounts, platforms = world.accounts, world.platforms
    # Idle balances of its clients are the client money of a platform; the audit sees to it.
    idle = platforms.client_cash
    # The first of the sums takes accounts that watch nothing.
    work = np.bincount(accounts.platform + 1, accounts.invested, platforms.n + 1)[1:]
    share = np.divide(work, work + idle, out=np.ones(platforms.n), where=(work + idle) > 0)
    smoothing = scenario.parameters.platform.usage_smoothing
    # What pools have at work is no client's by itself; they post their own share.
    share = np.where(platforms.is_pooling, platforms.usage, share)
    platforms.usage[:] += smoothing * (share - platforms.usage)
