"""Let the regulator write this month's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim import limits
from sim.postings import loans_of_provider
from sim.units import to_yuan, yuan
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def supervise(world: World, scenario: Scenario) -> None:
    """Let instruments write limits from last month's reports; registering costs the regulator.

    Takes nothing from the desk.
    """
    view = limits.ProviderView(
        kind=world.provider_kind,
        capital=to_yuan(world.capital()),
        loans=to_yuan(loans_of_provider(world)),
        age_months=world.month - world.of_providers("born"),
    )
    world.limits = limits.answer(world.policy.instruments, view, world.month)
    registered = int((world.limits["must_register"] & world.of_providers("alive")).sum())
    world.regulator.registered[:] = registered
    cost = np.array([registered * yuan(scenario.parameters.regulator.registration_cost)])
    row = np.zeros(1, dtype=np.int64)
    world.ledger.pay("budget_grant", "outside", None, "regulator", row, cost)
    world.ledger.pay("supervision_cost", "regulator", row, "outside", None, cost)
    world.desk.count("supervision_cost", cost[0])
