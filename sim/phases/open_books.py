"""Open the month's books."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.world import Desk, World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def open_books(world: World, scenario: Scenario) -> None:
    """Photograph opening balances and clear the flow record and the desk.

    Takes nothing from the desk; lays a new one.
    """
    world.desk = Desk()
    world.ledger.open_month()
    world.investors.interest[:] = 0.0
    world.platforms.fee_income[:] = 0.0
    for kind in ("bank", "micro_lender", "platform"):
        world.tables[kind].decision_cost[:] = 0.0
