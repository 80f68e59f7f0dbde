"""Stability: who defaults, closes and fails, and what savers lose."""

from __future__ import annotations

import numpy as np

from sim.measures.base import measure
from sim.world import World


@measure("count", "Firms alive")
def firms_alive(world: World) -> float:
    """Count enterprises that trade."""
    return float(np.count_nonzero(world.enterprises.alive))


@measure("count", "Defaults of the month")
def defaults(world: World) -> float:
    """Count enterprises that defaulted this month."""
    return world.desk.tally.get("defaults", 0.0)


@measure("count", "Defaults in the closed cohort")
def cohort_defaults(world: World) -> float:
    """Count defaults among the firms that all arms have in common."""
    return world.desk.tally.get("cohort_defaults", 0.0)


@measure("count", "Parties closed by a shock")
def liquidations(world: World) -> float:
    """Count firms and institutions that a shock closed this month; they are no defaults."""
    return world.desk.tally.get("liquidations", 0.0)


@measure("count", "Strategic defaults of the month")
def strategic_defaults(world: World) -> float:
    """Count firms whose owners walked away and that would not have defaulted this month."""
    return world.desk.tally.get("strategic_defaults", 0.0)


@measure("per 100 firm-years", "Strategic default rate of the closed cohort")
def strategic_default_rate(world: World) -> float:
    """Strategic defaults of the cohort over its potential firms, a part of all its defaults."""
    count = world.desk.tally.get("cohort_strategic_defaults", 0.0)
    return 1200.0 * count / max(float(np.count_nonzero(world.enterprises.is_in_cohort)), 1.0)


@measure("yuan", "Loans that owners walked away from")
def strategic_debt(world: World) -> float:
    """Principal owed to all lenders by firms whose owners walked away this month."""
    return world.desk.tally.get("strategic_debt", 0.0) / 100.0


@measure("share", "Sanction that opportunists face")
def sanction_faced(world: World) -> float:
    """Share of coming draws that indebted opportunists would lose by walking away, on average."""
    n = world.desk.tally.get("opportunists_in_debt", 0.0)
    return world.desk.tally.get("sanctions_faced", 0.0) / n if n else np.nan


@measure("1/year", "Default rate of firms")
def default_rate(world: World) -> float:
    """Defaults of the month over firms alive at its start, at an annual rate."""
    count = world.desk.tally.get("defaults", 0.0)
    alive = (
        float(np.count_nonzero(world.enterprises.alive))
        + count
        + world.desk.tally.get("closures", 0.0)
    )
    return 12.0 * count / max(alive, 1.0)


@measure("count", "Firms closed by their owners")
def closures(world: World) -> float:
    """Count solvent firms closed this month."""
    return world.desk.tally.get("closures", 0.0)


@measure("count", "Defaults attributed to others' defaults")
def attributed_defaults(world: World) -> float:
    """Sum of contagious weights of this month's defaults in the closed cohort."""
    return world.desk.tally.get("attributed_defaults", 0.0)


@measure("count", "Platforms alive")
def platforms_alive(world: World) -> float:
    """Count platforms open for business."""
    return float(np.count_nonzero(world.platforms.alive))


@measure("count", "Platform failures")
def platform_failures(world: World) -> float:
    """Count platforms that failed this month."""
    return world.desk.tally.get("platform_failures", 0.0)


@measure("count", "Lender failures")
def lender_failures(world: World) -> float:
    """Count banks, micro lenders and e-commerce lenders that failed this month."""
    return world.desk.tally.get("lender_failures", 0.0)


@measure("count", "Lenders alive")
def lenders_alive(world: World) -> float:
    """Count banks, micro lenders and e-commerce lenders open for business."""
    return float(world.of_providers("alive")[: world.first_number("platform")].sum())


@measure("yuan", "Losses of savers on notes")
def investor_loss(world: World) -> float:
    """Principal of notes written off this month."""
    return world.desk.tally.get("investor_loss", 0.0) / 100.0


@measure("yuan", "Output")
def output(world: World) -> float:
    """Revenue of all firms this month."""
    return world.desk.tally.get("output", 0.0) / 100.0


@measure("count", "Rounds of defaults")
def loss_rounds(world: World) -> float:
    """Rounds in which this month's defaults brought down others."""
    return world.desk.tally.get("loss_rounds", 0.0)


@measure("yuan", "Capital of lenders")
def lender_capital(world: World) -> float:
    """Capital of banks, micro lenders and e-commerce lenders, net of provisions."""
    return float(world.capital()[: world.first_number("platform")].sum()) / 100.0


@measure("count", "Entrants of this month")
def entrants(world: World) -> float:
    """Count enterprises that entered this month."""
    return float(np.count_nonzero(world.enterprises.entered == world.month))
