"""Who looks for fraud: inspectors of the regulator, and the police whom investors alarm.

Responsible for which platforms are examined, what is found, and what that costs. Both see books
as of the end of last month, miss some frauds and suspect some innocents. Whoever is found or
suspected has its money frozen for the month; a fraud that is found ends as a police case
(`sim/fraud.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.contracts.fraud_claims import hidden
from sim.pools import any_pools, asked_of, claims_on
from sim.purse import affordable, spend
from sim.units import Floats, Ids, Mask, yuan
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def of_platforms(world: World, question: str) -> Floats:
    """Give a limit as it is for platforms, (n_platforms,)."""
    return np.asarray(world.limit(question)[world.first_number("platform") :])


def alarm_chance(base: Floats, weight: Floats, complaints: Floats) -> Floats:
    """Chance that the police look at a platform in a month.

    base : (n,) 1/month without complaints; weight : (n,); complaints : (n,) share of clients'
    money lost or refused last month. 1 - (1 - base) exp(-weight x complaints). Source: assumed
    """
    return 1.0 - (1.0 - base) * np.exp(-weight * complaints)


def detection(world: World, scenario: Scenario) -> Floats:
    """Chance of being caught that owners reckon with, (n_platforms,).

    1 - (1 - owner_detection) (1 - inspection rate x skill) (1 - chance of an alarm)
    """
    missed = 1.0 - of_platforms(world, "inspection_rate") * of_platforms(world, "inspection_skill")
    calm = 1.0 - _alarms(world)
    return 1.0 - (1.0 - scenario.parameters.platform.owner_detection) * missed * calm


def _alarms(world: World) -> Floats:
    base, weight = of_platforms(world, "police_rate"), of_platforms(world, "complaint_weight")
    chance = alarm_chance(base, weight, world.platforms.complaints)
    return np.where(of_platforms(world, "alarm"), chance, 0.0)


def look_for_fraud(world: World) -> None:
    """Inspect some platforms and follow alarms, as the budget allows; freeze what is suspect."""
    platforms = world.platforms
    platforms.is_found[:] = False
    platforms.is_suspect[:] = False
    rate, alarm = of_platforms(world, "inspection_rate"), of_platforms(world, "alarm")
    if not (rate.any() or alarm.any()):
        return
    every = np.arange(platforms.n)
    guilty = hidden(world.fraud_claims, platforms) > 0
    there = platforms.alive & (platforms.born < world.month)
    u = world.draws.uniform("inspection", world.month, every)
    price = of_platforms(world, "inspection_cost")
    inspected = _within_budget(world, there & (u < rate), u, price, "inspection")
    skill, error = of_platforms(world, "inspection_skill"), of_platforms(world, "inspection_error")
    _judge(world, inspected, guilty, skill, error, "inspection_result")
    _note(world, "inspection_rate", inspected)
    u = world.draws.uniform("alarm", world.month, every)
    price = of_platforms(world, "alarm_cost")
    chosen = there & ~platforms.is_found & (u < _alarms(world))
    looked_at = _within_budget(world, chosen, u, price, "alarm_channel")
    # What investors and the police bring together is enough to see a fraud that is there.
    error = of_platforms(world, "alarm_error")
    _judge(world, looked_at, guilty, np.ones(platforms.n), error, "alarm_result")
    _note(world, "alarm", looked_at)
    world.desk.count("inspections", len(inspected))
    world.desk.count("alarms", len(looked_at))
    world.desk.count("frauds_found", float(platforms.is_found.sum()))
    world.desk.count("false_alarms", float((platforms.is_suspect & ~platforms.is_found).sum()))


def _within_budget(world: World, chosen: Mask, u: Floats, price: Floats, purpose: str) -> Ids:
    """Take cases in the order of their draws, as many as the budget pays for, and pay."""
    rows = np.flatnonzero(chosen)
    rows = rows[np.argsort(u[rows], kind="stable")]
    if not len(rows):
        return rows
    dearest = yuan(float(price[rows].max()))
    rows = rows[: affordable(world, dearest)]
    spend(world, purpose, len(rows) * dearest)
    return rows


def _judge(
    world: World, rows: Ids, guilty: Mask, skill: Floats, error: Floats, purpose: str
) -> None:
    """Mark those found out, and the innocent who are suspected all the same."""
    platforms = world.platforms
    u = world.draws.uniform(purpose, world.month, rows)
    seen = u < np.where(guilty[rows], skill[rows], error[rows])
    platforms.is_suspect[rows[seen]] = True
    platforms.is_found[rows[seen & guilty[rows]]] = True


def _note(world: World, question: str, rows: Ids) -> None:
    """Lay on the desk which of the platforms looked at are suspect."""
    numbers = world.first_number("platform") + rows
    world.note_bound(question, np.full(len(rows), -1), numbers, world.platforms.is_suspect[rows])


def note_complaints(world: World) -> None:
    """Write down what clients lost or were refused this month, over what they hold there."""
    accounts, platforms = world.accounts, world.platforms
    if not of_platforms(world, "alarm").any():
        return
    held = np.bincount(accounts.platform + 1, accounts.invested + accounts.balance,
                       platforms.n + 1)[1:]  # fmt: skip
    lost: Floats = platforms.saver_loss
    if any_pools(world):
        held = held + claims_on(world)
        lost = lost + np.where(platforms.redemption_late > 0, asked_of(world), 0)
    platforms.complaints[:] = lost / np.maximum(held + lost, 1.0)
