"""Let the regulator write this month's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim import limits
from sim.postings import loans_of_provider
from sim.purse import open_purse, pay_standing_costs
from sim.units import to_yuan
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def supervise(world: World, scenario: Scenario) -> None:
    """Let instruments write limits from last month's reports; supervising costs the regulator.

    Takes nothing from the desk.
    """
    view = limits.ProviderView(
        kind=world.provider_kind,
        capital=to_yuan(world.capital()),
        loans=to_yuan(loans_of_provider(world)),
        age_months=world.month - world.of_providers("born"),
    )
    world.limits = limits.answer(world.policy.instruments, view, world.month)
    open_purse(world, scenario)
    pay_standing_costs(world, scenario)
