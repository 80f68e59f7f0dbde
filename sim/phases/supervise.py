"""Let the regulator write this month's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim import limits
from sim.licensing import check_compliance, lapse_orders
from sim.policing import look_for_fraud
from sim.pools import any_pools, close_banned_pools
from sim.postings import loans_of_provider
from sim.purse import open_purse, pay_standing_costs
from sim.reporting import look_into_reports, months_since_report, receive_reports
from sim.units import to_yuan
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def supervise(world: World, scenario: Scenario) -> None:
    """Let instruments write limits from last month's reports; supervising has its cost.

    Takes nothing from the desk.
    """
    receive_reports(world)
    view = limits.ProviderView(
        kind=world.provider_kind,
        capital=to_yuan(world.reported_capital()),
        loans=to_yuan(loans_of_provider(world)),
        age_months=world.month - world.of_providers("born"),
        is_licensed=world.of_providers("is_licensed"),
        months_since_report=months_since_report(world),
    )
    instruments = world.policy.instruments
    world.limits = limits.answer(instruments, view, world.month)
    world.newcomer_limits = limits.answer(instruments, _newcomers(scenario), world.month)
    first = world.first_number("platform")
    world.ledger.in_custody = world.limits["custody"][first:]
    open_purse(world, scenario)
    pay_standing_costs(world, scenario)
    look_into_reports(world)
    lapse_orders(world)
    check_compliance(world, scenario)
    look_for_fraud(world)
    if any_pools(world):
        close_banned_pools(world)


def _newcomers(scenario: Scenario) -> limits.ProviderView:
    """Show instruments a newcomer of each kind, with the capital of a platform of size 1."""
    kinds = np.array(list(limits.PROVIDER_KINDS.values()))
    none = np.zeros(len(kinds))
    capital = none + scenario.parameters.platform.capital
    return limits.ProviderView(kind=kinds, capital=capital, loans=none, age_months=none)
