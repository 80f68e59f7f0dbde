"""Stakes get their share of revenue, after all that was due and only from what firms can spare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.stake_posting import pay_shares_of_revenue
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def pay_stakes(world: World, scenario: Scenario) -> None:
    """Let firms without arrears pay their stakes a share of the month's revenue, if they can.

    A payout never makes a firm late: it is no debt, and what is not paid is not owed.
    """
    pay_shares_of_revenue(world, scenario)
