"""Let shocks write this month's conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim import conditions
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def strike_shocks(world: World, scenario: Scenario) -> None:
    """Let the scenario's shocks write the month's conditions; nothing else knows them."""
    sectors = scenario.parameters.enterprise.sectors
    world.conditions = conditions.write(world.policy.shocks, world.month, sectors)
