"""Closing by order, in order or at once, and over what time debtors of the closed repay.

Used while the regulator supervises (orders by kind), when institutions fail, and wherever
bullets of closed providers run off. Why somebody is ordered to close is not decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.platform import ORDERED, WIND_DOWN
from sim.ends import fail_providers
from sim.licensing import order
from sim.liquidations import freeze_balances
from sim.purse import affordable, spend
from sim.units import Ids, yuan
from sim.world import KINDS, World

if TYPE_CHECKING:
    from sim.scenario import Scenario

CASES = "closures"  # what they are called in the list of costs


def close_by_order(world: World, scenario: Scenario) -> None:
    """Close solvent providers that were ordered to, as many as the budget pays for, oldest first.

    The insolvent fail by themselves. Who is not reached this month is closed in a later one.
    """
    order(world, "must_close", world.limit("must_close") & world.of_providers("alive"))
    waits = (world.of_providers("orders") > 0) & world.of_providers("alive")
    if not waits.any():
        return
    price = yuan(scenario.parameters.regulator.closure_cost)
    numbers = np.flatnonzero(waits & (world.reported_capital() >= 0))[: affordable(world, price)]
    spend(world, CASES, len(numbers) * price)
    abrupt = world.limit("abrupt_exit")
    for kind in KINDS:
        start, table = world.first_number(kind), world.tables[kind]
        rows = numbers[(numbers >= start) & (numbers < start + table.n)] - start
        modes = np.where(abrupt[start + rows], ORDERED, WIND_DOWN)
        fail_providers(world, scenario, kind, rows, event="order", modes=modes)
        if kind == "platform":
            freeze_balances(world, rows)


def runoff_months(world: World, scenario: Scenario, numbers: Ids) -> Ids:
    """Months over which bullets of closed providers run off, if nobody renews them; (m,)."""
    said = world.limit("closure_months")[numbers]
    usual = scenario.parameters.market.abrupt_runoff_months
    return np.where(np.isfinite(said), said, usual).astype(np.int64)
