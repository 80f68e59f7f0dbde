"""Open the month's books."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.fund_shares import open_month
from sim.world import KINDS, Desk, World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def open_books(world: World, scenario: Scenario) -> None:
    """Photograph opening balances and clear the flow record and the desk.

    Takes nothing from the desk; lays a new one.
    """
    world.desk = Desk()
    world.ledger.open_month()
    open_month(world, scenario)
    for kind in KINDS:
        world.desk.opening_worth[kind] = float(world.tables[kind].net_worth.sum())
    world.investors.interest[:] = 0.0
    for column in ("fee_income", "saver_interest", "saver_loss", "inflow", "misused",
                   "notice_given", "redemption_due", "redemption_paid"):  # fmt: skip
        world.platforms.column(column)[:] = 0.0
    for kind in KINDS:
        world.tables[kind].decision_cost[:] = 0.0
