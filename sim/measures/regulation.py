"""Regulation: what supervision costs, who pays for it, and what it orders and refuses."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.measures.base import measure
from sim.world import World

COLUMN_INFO: dict[str, dict[str, tuple[str, str]]] = {
    "supervision": {
        "purpose": ("", "what it was spent on: an instrument, or a kind of case"),
        "fen": ("fen", "cost"),
    },
}


def costs(world: World) -> dict[str, Any]:
    """What supervision cost this month, by what it was spent on."""
    spent = sorted(world.desk.costs.items())
    if not spent:
        return {}
    return {
        "month": np.full(len(spent), world.month, dtype=np.int32),
        "purpose": np.array([name for name, _ in spent], dtype=object),
        "fen": np.array([fen for _, fen in spent], dtype=np.int64),
    }


@measure("yuan", "Cost of supervision")
def supervision_cost(world: World) -> float:
    """What supervision cost the regulator this month, whoever paid for it in the end."""
    return world.desk.tally.get("supervision_cost", 0.0) / 100.0


@measure("yuan", "Levies and fines paid")
def levies_and_fines(world: World) -> float:
    """What institutions paid the regulator this month out of own cash."""
    tally = world.desk.tally
    return (tally.get("levy", 0.0) + tally.get("fine", 0.0)) / 100.0


@measure("yuan", "Budget of supervision left")
def budget_left(world: World) -> float:
    """What the regulator could still have spent this month."""
    return float(world.regulator.budget_left.sum()) / 100.0


@measure("count", "Closures ordered by the regulator")
def ordered_closures(world: World) -> float:
    """Count solvent institutions that closed this month because they had to."""
    return world.desk.tally.get("ordered_closures", 0.0)


@measure("count", "Entrants kept out")
def refused_entrants(world: World) -> float:
    """Count potential entrants that a limit of the regulator kept out this month."""
    return world.desk.tally.get("refused_entrants", 0.0)


@measure("count", "Platforms with a licence")
def licensed_platforms(world: World) -> float:
    """Count living platforms that have one."""
    return float(np.count_nonzero(world.platforms.alive & world.platforms.is_licensed))


@measure("yuan", "Capital paid in because of a floor")
def capital_raised(world: World) -> float:
    """What owners of institutions that are there paid in this month."""
    return world.desk.tally.get("capital_raised", 0.0) / 100.0


@measure("yuan", "Emergency loans outstanding")
def emergency_loans(world: World) -> float:
    """What institutions owe the regulator for loans in need of cash."""
    return float(world.of_providers("emergency").sum()) / 100.0
