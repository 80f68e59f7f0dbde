"""Let shocks write this month's conditions, and attacks strike institutions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim import conditions
from sim.attacks import strike_attacks
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def strike_shocks(world: World, scenario: Scenario) -> None:
    """Let shocks write the month's conditions, which nothing else knows, and attacks strike."""
    sectors = scenario.parameters.enterprise.sectors
    world.conditions = conditions.write(world.policy.shocks, world.month, sectors)
    strike_attacks(world, scenario)
