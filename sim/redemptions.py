"""Redemption of pool claims: who gives notice of how much, and what is paid when it is due.

Used when savers move. Notice runs for some months and is paid at par; where client cash does not
reach, all who are due get the same share and the rest stays due. Whether that ends the platform
is decided where failures are resolved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents import investor as rules
from sim.agents.investor import SLOTS
from sim.agents.platform import redemption_share
from sim.beliefs import View, views
from sim.chart import PLATFORM
from sim.fraud import support_redemptions
from sim.kernels import group_sum, split_by_weights
from sim.neighbours import remember_asking
from sim.outages import count_flight, savers_shut_out
from sim.parking import outside_yield
from sim.pools import held_accounts, may_pool, redeem
from sim.promises import refill_pools
from sim.units import Fen, Floats, Ids, to_fen, yuan
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

SOURCES_MONTHS = 12  # failures of so many months count among the causes of a run
SMALLEST = yuan(100.0)  # of what would be left of a claim; below it all is asked back


def open_claims(world: World) -> Ids:
    """Accounts with a claim on a living pool of which no notice is running."""
    accounts = world.accounts
    rows = held_accounts(world)
    free = (accounts.asked[rows] == 0) & world.platforms.alive[accounts.platform[rows]]
    return rows[free]


def give_notice(world: World, rows: Ids, fen: Fen) -> None:
    """Ask pools for money back; rows : (m,) accounts without notice running."""
    accounts, platforms = world.accounts, world.platforms
    asks = fen > 0
    platforms.notice_given[:] += np.bincount(accounts.platform[rows], fen, platforms.n)
    accounts.asked[rows[asks]], accounts.asked_in[rows[asks]] = fen[asks], world.month
    world.desk.count("redemptions_asked", float(fen.sum()))
    count_flight(world, rows, fen)


def leavers_ask_all(world: World, leaving: Ids) -> None:
    """Let savers who leave for good ask all they claim; leaving : (m,) savers."""
    is_leaver = np.zeros(world.investors.n, dtype=np.bool_)
    is_leaver[leaving] = True
    rows = open_claims(world)
    rows = rows[is_leaver[rows // SLOTS]]
    rows = rows[~savers_shut_out(world, rows)]  # they ask again while they are owed anything
    give_notice(world, rows, world.accounts.claims[rows].copy())


def ask_redemptions(world: World, scenario: Scenario, felt: Floats | None = None) -> None:
    """Let savers ask back a share of their claims on pools, the more the less they expect.

    felt : (n_accounts,) share that neighbours took off last month, None where nobody looks
    What is asked beyond the calm path, or beyond expected losses, is kept with the platform as
    money that fear, or losses, took away; the platforms that failed lately are its sources. Who
    would deal with a platform in its downtime cannot ask, and decides anew next month.
    """
    platforms, accounts = world.platforms, world.accounts
    rows = open_claims(world)
    whose = accounts.platform[rows].astype(np.int64)
    seen = views(world, scenario, rows // SLOTS, whose[None, :] + 1)
    _note_fear(world, whose, seen.actual.hazard)
    exits = None if felt is None else felt[rows]
    reaches = ~savers_shut_out(world, rows)
    asked = _asked(world, scenario, rows, seen.actual._replace(exits=exits)) * reaches
    give_notice(world, rows, asked)
    if scenario.parameters.investor.herding > 0:
        remember_asking(world, rows, asked / np.maximum(accounts.claims[rows], 1))
    expected = seen.expected._replace(exits=exits)
    may_lend = may_pool(world)
    for column, view in (("lost_confidence", seen.calm), ("lost_notes", expected)):
        beyond = np.maximum(asked - _asked(world, scenario, rows, view) * reaches, 0)
        extra = np.asarray(np.bincount(whose, beyond, platforms.n), dtype=np.float64)
        # Who may not lend could not have lent this money either.
        platforms.column(column)[:] += extra * may_lend
        if column == "lost_confidence":
            _remember_run(world, scenario, extra)


def _note_fear(world: World, whose: Ids, hazard: Floats) -> None:
    """Write how likely holders think it that their pool fails; whose : (m,) pools of claims."""
    platforms = world.platforms
    # Each account is shown one platform only: the first axis has one row, or none.
    seen = np.broadcast_to(np.atleast_2d(hazard)[0], len(whose)) if len(whose) else np.zeros(0)
    holders = np.bincount(whose, minlength=platforms.n)
    total = np.bincount(whose, seen, platforms.n)
    platforms.hazard_seen[:] = np.divide(total, holders, out=np.zeros(platforms.n),
                                         where=holders > 0)  # fmt: skip


def _asked(world: World, scenario: Scenario, rows: Ids, view: View) -> Fen:
    """Claims asked back on one view of losses and failures, (m,) fen."""
    p, accounts, savers = scenario.parameters.investor, world.accounts, rows // SLOTS
    promised = world.platforms.pool_rate[accounts.platform[rows]]
    aversion = world.investors.risk_aversion[savers]
    value = rules.expected_return(promised, view.loss, view.hazard, aversion, p)
    # Each account is shown one platform only: the first axis has one row, or none.
    gain = np.atleast_2d(value)[0] - outside_yield(world, scenario, savers)
    appeal = p.redemption_sensitivity * gain
    if view.exits is not None:
        appeal = appeal - p.herding * view.exits
    claims = accounts.claims[rows]
    fen = np.minimum(to_fen(redemption_share(appeal, p.redemption_share) * claims), claims)
    return np.where((claims - fen < SMALLEST) & (fen > 0), claims, fen)


def _remember_run(world: World, scenario: Scenario, extra: Floats) -> None:
    """Write what fear took from pools into the memory of impairments, by who failed lately."""
    platforms = world.platforms
    age = world.month - platforms.ended
    failed = np.flatnonzero((age > 0) & (age <= SOURCES_MONTHS) & (platforms.ended >= 1))
    victims = np.flatnonzero(extra)
    if not (len(failed) and len(victims)):
        return
    weight = 0.5 ** (age[failed] / scenario.parameters.investor.belief_half_life)
    weight = weight / weight.sum()
    world.impairments.record(
        np.repeat(victims, len(failed)) * 16 + PLATFORM,
        "confidence",
        np.tile(failed * 16 + PLATFORM, len(victims)),
        (extra[victims][:, None] * weight).ravel(),
    )


def due_claims(world: World, scenario: Scenario) -> Ids:
    """Accounts whose notice to a living pool has run out, pool by pool."""
    accounts = world.accounts
    rows = np.flatnonzero(accounts.asked)
    ripe = accounts.asked_in[rows] + scenario.parameters.platform.notice_months <= world.month
    rows = rows[ripe & world.platforms.alive[accounts.platform[rows]]]
    return rows[np.argsort(accounts.platform[rows], kind="stable")]


def pay_redemptions(world: World, scenario: Scenario) -> None:
    """Pay notice that has run out, at par while client cash reaches, else in proportion.

    A platform that promises refills client cash, for notice given while it might promise. Counts
    the months running in which a pool paid less than was due.
    """
    platforms, accounts = world.platforms, world.accounts
    rows = due_claims(world, scenario)
    rows = rows[~savers_shut_out(world, rows)]  # who cannot reach a platform waits a month
    whose = accounts.platform[rows].astype(np.int64)
    asked = accounts.asked[rows].copy()
    due = group_sum(whose, asked, platforms.n)
    promised = accounts.asked_in[rows] < platforms.banned_in[whose]
    lacking = group_sum(whose[promised], asked[promised], platforms.n) - platforms.client_cash
    refill_pools(world, np.maximum(lacking, 0))
    support_redemptions(world, due)
    given = np.minimum(due, platforms.client_cash)
    owing, place = np.unique(whose, return_inverse=True)
    paid = split_by_weights(given[owing], asked, place)
    accounts.asked[rows] -= paid
    redeem(world, rows, paid)
    platforms.redemption_due[:] = due
    platforms.redemption_paid[:] = group_sum(whose, paid, platforms.n)
    world.desk.count("redemptions_due", float(due.sum()))
    world.desk.count("redemptions_paid", float(paid.sum()))
    late = platforms.is_pooling & platforms.alive & (given < due)
    mine = platforms.is_pooling
    platforms.redemption_late[mine] = np.where(late, platforms.redemption_late + 1, 0)[mine]
