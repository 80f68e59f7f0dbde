"""Regulation: what supervision costs, who pays for it, and what it orders and refuses."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.measures.base import measure
from sim.world import World

COLUMN_INFO: dict[str, dict[str, tuple[str, str]]] = {
    "supervision": {"instrument": ("", "instrument it was spent on"), "fen": ("fen", "cost")},
}


def costs(world: World) -> dict[str, Any]:
    """What supervision cost this month, by the instrument it was spent on."""
    spent = sorted(world.desk.costs.items())
    if not spent:
        return {}
    return {
        "month": np.full(len(spent), world.month, dtype=np.int32),
        "instrument": np.array([name for name, _ in spent], dtype=object),
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
