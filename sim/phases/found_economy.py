"""Found the economy: the initial population, its links, capital and cash."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim import entry
from sim.crowdfunding import found_crowdfunding
from sim.fraud import owner_traits
from sim.fund_shares import enter_funds
from sim.vendors import choose_vendors, enter_vendors
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def found_economy(world: World, scenario: Scenario) -> None:
    """Enter everybody who is there when the burn-in starts; not a phase of the month."""
    size, p = scenario.population, scenario.parameters
    world.ledger.phase = "opening"
    world.outside.append(1)
    world.regulator.append(1)
    rows = entry.enter_enterprises(world, size.enterprises, scenario, founding=True)
    entry.enter_links(world, rows, scenario)
    entry.leave_the_rest_to_final_customers(world)
    entry.endow_enterprises(world, rows, scenario, "endowment")
    # Capital follows typical firms: the sum over realised sizes would hang on a few draws.
    typical = np.minimum(world.enterprises.scale, 30.0 * np.median(world.enterprises.scale))
    world.base_revenue = 12.0 * float(typical.sum())
    banks = np.full(size.banks, p.bank.capital_share * world.base_revenue / max(size.banks, 1))
    entry.enter_provider(world, "bank", size.banks, banks, scenario)
    rows = np.arange(size.micro_lenders)
    spread = np.exp(p.micro_lender.size_sigma * world.draws.normal("lender_size", 0, rows))
    total = p.micro_lender.capital_share * world.base_revenue
    entry.enter_provider(
        world,
        "micro_lender",
        size.micro_lenders,
        spread / max(spread.sum(), 1e-9) * total,
        scenario,
        home_bank=rows % max(size.banks, 1),
    )
    each = p.ecommerce_lender.capital_share * world.base_revenue / max(size.ecommerce_lenders, 1)
    capital = np.full(size.ecommerce_lenders, each)
    entry.enter_provider(world, "ecommerce_lender", size.ecommerce_lenders, capital, scenario)
    found_crowdfunding(world, scenario)
    rows = np.arange(round(p.platform.start_share * size.platforms))
    capital, traits = entry.platform_traits(world, rows, scenario)
    traits |= owner_traits(world, rows, scenario)
    entry.enter_provider(world, "platform", len(rows), capital, scenario, **traits)
    enter_funds(world, scenario, size.money_funds)
    enter_vendors(world, scenario, size.vendors)
    choose_vendors(world, scenario)
    entry.enter_investors(world, size.investors, scenario, alive=True)
    slots = np.flatnonzero(entry.watching_mask(world))
    entry.choose_platforms(world, slots, world.month)
