"""What savers believe of platforms: failures they saw and heard of, and losses of their own.

Responsible for learning and for how platforms look to some savers, on the path they are on and
without fear or losses. What they do about it is decided in `move_savings`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents import investor as rules
from sim.breaches import news_of_breaches
from sim.contracts.loans import sum_slots
from sim.pools import disclosed_holes, may_pool
from sim.reporting import news_of_incidents
from sim.units import Fen, Floats, Ids, Mask
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


class View(NamedTuple):
    """How the platforms they watch look to some savers.

    loss, hazard : (m,) 1/year, the same for all platforms, or (SLOTS, m) where they are told
        apart: losses by form, hazards by likeness
    exits : (SLOTS, m) share that neighbours took off last month, None where nobody looks
    """

    loss: Floats
    hazard: Floats
    exits: Floats | None

    def of(self, some: Ids | slice) -> View:
        """Give the view of some of the savers."""
        exits = None if self.exits is None else self.exits[:, some]
        return View(self.loss[..., some], self.hazard[..., some], exits)

    def differs(self, other: View) -> Mask:
        """Mark the savers to whom something looks otherwise; (m,)."""
        mask = (self.loss != other.loss) | (self.hazard != other.hazard)
        mask = mask.any(axis=0) if mask.ndim > 1 else mask
        for exits in (self.exits, other.exits):
            if exits is not None and self.exits is not other.exits:
                mask |= exits.any(axis=0)
        return np.asarray(mask)


class Views(NamedTuple):
    """What savers see: actual; calm, had no platform failed and no neighbour left; expected, had
    notes lost no more than priced.
    """

    actual: View
    calm: View
    expected: View


def learn(world: World, scenario: Scenario, invested: Floats, pooled: Fen | int = 0) -> None:
    """Let old observations fade and count failures of platforms watched and of all others.

    invested, pooled : (n_savers,) fen, principal of their notes and claims on pools
    """
    p, savers, platforms = scenario.parameters.investor, world.investors, world.platforms
    fade = 0.5 ** (1.0 / p.belief_half_life)
    failed, watched = platforms.ended == world.month - 1, world.accounts.platform
    savers.loss_seen[:] *= fade
    savers.exposure_seen[:] = fade * savers.exposure_seen + invested
    savers.pool_loss_seen[:] *= fade
    savers.pool_exposure_seen[:] = fade * savers.pool_exposure_seen + pooled
    savers.failures_seen[:] *= fade
    if failed.any():
        savers.failures_seen[:] += sum_slots(_of_platforms(failed, watched))
    breached = news_of_breaches(world)
    if breached is not None:
        savers.failures_seen[:] += sum_slots(np.append(breached, 0.0)[watched])
    attacked = news_of_incidents(world, scenario)
    if attacked is not None:
        savers.failures_seen[:] += sum_slots(np.append(attacked, 0.0)[watched])
    savers.months_seen[:] *= fade
    savers.months_seen[:] += sum_slots(_of_platforms(platforms.alive, watched))
    n_failed, n_alive = np.count_nonzero(failed), np.count_nonzero(platforms.alive)
    world.news.count(fade, float(n_failed), float(n_alive))
    if p.tells_apart:
        of, n = _classes(world, scenario), 4 * scenario.parameters.platform.regions
        failures, months = (
            np.asarray(np.bincount(of, mask, n), dtype=np.float64)
            for mask in (failed, platforms.alive)
        )
        world.news.count_by_class(fade, failures, months)


def _of_platforms(mask: Mask, watched: Ids) -> NDArray[np.int8]:
    """Tell by account whether it watches a platform of the mask: 1 or 0, also for no platform."""
    return np.append(mask, False).astype(np.int8).take(watched)


def views(
    world: World, scenario: Scenario, rows: Ids, options: Ids, felt: Floats | None = None
) -> Views:
    """Show some savers the platforms they watch.

    rows : (m,) savers; options : (SLOTS, m) rows of platforms + 1, 0 for none
    felt : (n_accounts,) what neighbours took off (see `exits_felt`), None where nobody looks
    """
    p, savers = scenario.parameters.investor, world.investors
    calm = _hazard(world, scenario, rows, options, False)
    hazard = calm
    if not world.is_off("confidence"):
        hazard = _hazard(world, scenario, rows, options, True)
    target = savers.target_wealth[rows]
    loss = rules.perceived_loss_rate(savers.loss_seen[rows], savers.exposure_seen[rows], target, p)
    if world.is_off("notes"):
        loss = np.full_like(loss, p.prior_loss)
    expected = np.minimum(loss, p.prior_loss)
    if world.platforms.is_pooling.any():
        # Nobody expects a pool to lose before he has lost by one, for it promises par.
        is_pool = np.append(False, world.platforms.is_pooling)[options]
        shown = np.append(0.0, disclosed_holes(world))[options]
        loss = np.where(is_pool, _pool_loss(world, scenario, rows) + shown, loss)
        expected = np.where(is_pool, 0.0, expected)
    exits = None if felt is None else felt.reshape(-1, len(options))[rows].T
    return Views(View(loss, hazard, exits), View(loss, calm, None), View(expected, hazard, exits))


def _pool_loss(world: World, scenario: Scenario, rows: Ids) -> Floats:
    """Loss rate of pool claims that savers perceive, from nothing lost; rows : (m,)."""
    p, savers = scenario.parameters.investor, world.investors
    if world.is_off("notes"):
        return np.zeros(len(rows))
    lost, held = savers.pool_loss_seen[rows], savers.pool_exposure_seen[rows]
    return rules.perceived_pool_loss(lost, held, savers.target_wealth[rows], p)


def _hazard(
    world: World, scenario: Scenario, rows: Ids, options: Ids, with_failures: bool
) -> Floats:
    """Hazard of failure that savers perceive, or would had they seen no failure."""
    p, savers, news = scenario.parameters.investor, world.investors, world.news
    own = savers.failures_seen[rows] if with_failures else np.zeros(len(rows))
    failures: Floats | float = news.failures if with_failures else 0.0
    months: Floats | float = news.months
    if p.tells_apart:
        weights = rules.similarities(scenario.parameters.platform.regions, p)
        of = _classes(world, scenario)
        by_class = weights @ np.stack([news.failures_by_class, news.months_by_class], axis=1)
        by_option = np.zeros((len(of) + 1, 2))
        by_option[1:] = by_class[of]
        months = by_option[options, 1]
        failures = by_option[options, 0] if with_failures else 0.0
    return rules.perceived_hazard(own, savers.months_seen.take(rows), failures, months, p)


def _classes(world: World, scenario: Scenario) -> Ids:
    """Number platforms by form, licence and region, as `similarities` does; (n_platforms,)."""
    platforms, regions = world.platforms, scenario.parameters.platform.regions
    u = world.draws.uniform("platform_region", 0, np.arange(platforms.n))
    number = (u * regions).astype(np.int64)
    for place, trait in enumerate(("is_pooling", "is_licensed")):
        number += regions * (1 << place) * platforms.column(trait)
    return number


def promised_returns(world: World, scenario: Scenario) -> Floats:
    """Return per yuan placed that platforms promise, net of fees and of money that lies idle.

    (1 + n_platforms,): none comes first; minus infinity for none, for the
    dead and for those whose money is frozen.
    """
    platforms = world.platforms
    rate = platforms.posted_rate + platforms.rate_bonus
    rate = rate * (1.0 - scenario.parameters.platform.service_fee)
    promised = rate * np.clip(platforms.usage, 0.2, 1.0)
    promised = np.where(platforms.is_pooling, platforms.pool_rate, promised)
    is_open = platforms.alive & ~platforms.is_suspect & (may_pool(world) | ~platforms.is_pooling)
    return np.append(-np.inf, np.where(is_open, promised, -np.inf))
