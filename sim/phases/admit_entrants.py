"""Let newcomers in: enterprises by an exogenous stream, platforms if there is room, savers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim import entry
from sim.crowdfunding import admit_crowdfunding
from sim.fraud import owner_traits
from sim.licensing import admitted, for_newcomers
from sim.units import MONTHS_PER_YEAR
from sim.vendors import choose_vendors
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def admit_entrants(world: World, scenario: Scenario) -> None:
    """Admit enterprises (the same in every arm), then potential platforms and investors.

    All numbers come from the scenario's base counts, never from the living.
    """
    _admit_enterprises(world, scenario)
    _admit_platforms(world, scenario)
    _admit_crowdfunding(world, scenario)
    choose_vendors(world, scenario)
    _admit_investors(world, scenario)


def _whole(world: World, purpose: str, expected: float) -> int:
    """Round an expected number up or down by a draw, so that the mean is kept."""
    u = world.draws.uniform(purpose, world.month, 0)[0]
    return int(np.floor(expected) + (u < expected % 1.0))


def _admit_enterprises(world: World, scenario: Scenario) -> None:
    p = scenario.parameters.enterprise
    count = _whole(world, "enterprise_count", p.entry_rate * scenario.population.enterprises)
    if not count:
        return
    rows = entry.enter_enterprises(world, count, scenario, founding=False)
    if world.month >= 1:
        world.enterprises.is_in_cohort[rows] = True
    entry.endow_enterprises(world, rows, scenario, "entry_equity")
    entry.enter_links(world, rows, scenario)


def _admit_platforms(world: World, scenario: Scenario) -> None:
    p, places = scenario.parameters.platform, scenario.population.platforms
    if not places:
        return
    count = _whole(world, "platform_count", p.entrants_per_month * places / 60.0)
    if not count:
        return
    rows = np.arange(world.platforms.n, world.platforms.n + count)
    free = max(0.0, 1.0 - int(world.platforms.alive.sum()) / places)
    capital, traits = entry.platform_traits(world, rows, scenario)
    # Who would pool and may not comes as a matching platform.
    traits["is_pooling"] &= for_newcomers(world, "may_pool", "platform")
    u = world.draws.uniform("platform_entry", world.month, rows)
    chance = p.entry_chance * float(world.conditions["entry_factor"]) * free
    opens, capital = admitted(world, scenario, "platform", rows, u, chance, capital)
    is_licensed = for_newcomers(world, "needs_licence", "platform")
    # A potential entrant that stays out takes its row all the same: later ones keep their draws.
    entry.enter_provider(
        world,
        "platform",
        count,
        capital * opens,
        scenario,
        alive=opens,
        is_licensed=opens & is_licensed,
        **traits,
        **owner_traits(world, rows, scenario, is_licensed),
    )


def _admit_crowdfunding(world: World, scenario: Scenario) -> None:
    p = scenario.parameters.crowdfunding_platform
    places = scenario.population.crowdfunding_platforms
    expected = p.entrants_per_place * places / MONTHS_PER_YEAR
    count = _whole(world, "crowdfunding_count", expected) if expected else 0
    if count:
        admit_crowdfunding(world, scenario, count)


def _admit_investors(world: World, scenario: Scenario) -> None:
    p, base = scenario.parameters.investor, scenario.population.investors
    count = _whole(world, "investor_count", p.exit_hazard * base)
    if count:
        entry.enter_investors(world, count, scenario, alive=True)
