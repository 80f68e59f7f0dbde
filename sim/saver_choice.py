"""Where savers would put new money, and what they would take off platforms.

Responsible for the choice on the path savers are on and on those without fear or losses, by the
same noise. It moves nothing: `move_savings` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.agents import investor as rules
from sim.agents.investor import SLOTS
from sim.beliefs import View, promised_returns, views
from sim.contracts.loans import sum_slots
from sim.kernels import true_at
from sim.ledger import EVERY
from sim.neighbours import exits_felt
from sim.parking import outside_yield
from sim.units import Fen, Floats, Ids, Mask
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

CHUNK = 8192  # savers whose utilities stay in the cache


class Choices(NamedTuple):
    """Slot each saver prefers, (n_savers,); SLOTS for the outside and for nothing to place.

    actual : with all it has seen; calm : had no platform ever failed and no neighbour left;
    expected : had notes lost no more than was priced. The noise is common to all of them.
    looks : (n_savers,) who looks at what it has on platforms this month
    shares : (3, n_savers, SLOTS) of the claims on each platform that it would take off on these
        paths, where savers withdraw from each platform apart; None where it is all or nothing
    felt : (n_accounts,) share that neighbours took off last month, None where nobody looks
    """

    actual: Ids
    calm: Ids
    expected: Ids
    looks: Mask
    shares: Floats | None
    felt: Floats | None

    def taken(self, path: int) -> Floats:
        """Share taken off by account on a path (0 actual, 1 calm, 2 expected), (n_accounts,)."""
        if self.shares is None:
            slot = (self.actual, self.calm, self.expected)[path]
            return np.repeat(self.looks & (slot == SLOTS), SLOTS).astype(np.float64)
        return np.asarray((self.shares[path] * self.looks[:, None]).ravel())


def choose(world: World, scenario: Scenario, free: Fen) -> Choices:
    """Let savers with free cash choose, and those who look at idle balances this month.

    free : (n_savers,) fen
    """
    p, savers, accounts = scenario.parameters.investor, world.investors, world.accounts
    u = world.draws.uniform("withdrawal", world.month, np.arange(savers.n))
    may = true_at((u < p.withdrawal_speed) & savers.alive)
    has_money = (sum_slots(movable(world, scenario)) > 0) & ~savers.is_leaving
    world.desk.count("savers_with_money", float(np.count_nonzero(has_money)))
    may = may[has_money[may]]
    asks, looks = free > 0, np.zeros(savers.n, dtype=np.bool_)
    asks[may], looks[may] = True, True
    rows = true_at(asks)
    felt = None
    if p.herding > 0 and not world.is_off("confidence"):
        felt = exits_felt(world, scenario)
        watching = accounts.platform >= 0
        world.desk.count("exits_felt", float(felt[watching].sum()))
        world.desk.count("accounts_watching", float(watching.sum()))
    shares = np.zeros((3, savers.n, SLOTS)) if p.partial_withdrawal else None
    actual, calm, expected = np.full((3, savers.n), SLOTS)
    choices = Choices(actual, calm, expected, looks, shares, felt)
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK]
        _prefer(world, scenario, some, felt, choices)
    return choices


def movable(world: World, scenario: Scenario) -> Floats | Fen:
    """What savers can take off platforms by account, in fen: idle money, and notes on a market."""
    accounts = world.accounts
    if scenario.parameters.platform.secondary_market:
        return accounts.balance + np.floor(accounts.invested + 0.5)
    return accounts.balance


def _prefer(
    world: World, scenario: Scenario, rows: Ids, felt: Floats | None, choices: Choices
) -> None:
    """Write into `choices` what some savers prefer; rows : (m,)."""
    p, savers = scenario.parameters.investor, world.investors
    # Slots come first in all arrays, so that what belongs to a saver is the same in each row.
    watched = world.accounts.platform.reshape(-1, SLOTS).take(rows, axis=0).T
    options = np.zeros((SLOTS + 1, len(rows)), dtype=np.int64)
    np.add(watched, 1, out=options[:SLOTS])
    noise = world.draws.gumbel("saver_choice", world.month, rows, options)
    promised = promised_returns(world, scenario)[options[:SLOTS]]
    seen = views(world, scenario, rows, options[:SLOTS], felt)
    aversion = savers.risk_aversion[rows]
    outside = outside_yield(world, scenario, rows)
    _tally(world, seen.actual, watched >= 0)

    def best(of: Ids | slice, view: View) -> tuple[Ids, Floats]:
        loss, hazard, exits = view.of(of)
        value = rules.expected_return(promised[:, of], loss, hazard, aversion[of], p)
        appeal = rules.appeal(value, exits, outside[of], p)
        utility = noise[:, of].copy()
        utility[:SLOTS] += appeal
        return _highest(utility), appeal

    actual, appeal = best(EVERY, seen.actual)
    paths = (choices.actual, choices.calm, choices.expected)
    for path, view in enumerate(seen):
        slot, worth = actual, appeal
        # Only whom fear or losses have touched can choose otherwise without them.
        touched = true_at(view.differs(seen.actual)) if path else actual[:0]
        if len(touched):
            slot, worth = actual.copy(), appeal.copy()
            slot[touched], worth[:, touched] = best(touched, view)
        paths[path][rows] = slot
        if choices.shares is not None:
            choices.shares[path, rows] = rules.withdrawal_share(worth).T


def _tally(world: World, seen: View, is_watched: Mask) -> None:
    """Count what savers believe, each platform watched once; is_watched : (SLOTS, m)."""
    per_saver = is_watched.sum(axis=0)
    hazard = seen.hazard * (is_watched if seen.hazard.ndim > 1 else per_saver)
    world.desk.count("platforms_weighed", float(per_saver.sum()))
    world.desk.count("hazard_seen", float(hazard.sum()))
    loss = seen.loss * (is_watched if seen.loss.ndim > 1 else per_saver)
    world.desk.count("loss_seen", float(loss.sum()))


def _highest(utility: Floats) -> Ids:
    """Row of the highest utility in each column, the first of equals: a quicker `argmax`."""
    top, row = utility.max(axis=0), np.zeros(utility.shape[1], dtype=np.int64)
    for number in range(len(utility) - 1, -1, -1):
        row[utility[number] == top] = number
    return row
