"""Liquidation: some firms, or one institution, are closed whatever their state.

An experiment, not an event of the world: what their end does to others is what two runs differ in,
one with the shock and one without.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from sim.conditions import LIQUIDATED_KINDS
from sim.params import parameter
from sim.shocks.base import Shock


class Liquidation(Shock):
    """Close a share of firms drawn by id, or the firm or institution of a rank by size."""

    kind: Literal["liquidation"] = "liquidation"

    share: float = parameter(
        0.0,
        "share of living firms",
        "closed in each month of the shock, drawn by id",
        "scenario",
        low=0.0,
        high=1.0,
    )
    target: Literal["enterprise", "bank", "micro_lender", "ecommerce_lender", "platform"] = (
        parameter(
            "enterprise", "kind of party", "whom the rank counts: firms, or one kind", "scenario"
        )
    )
    rank: int = parameter(
        0,
        "place",
        "close the one of this place: firms by size, lenders by loans; 0 closes none",
        "scenario",
        low=0,
        high=1_000_000,
    )

    def conditions(self, month: int, n_sectors: int) -> dict[str, Any]:
        """Write the share of firms to close, and the place of one party by kind.

        liquidated_share : share; liquidated_rank : (kinds,) place, 0 for none
        """
        if not self.is_active(month):
            return {}
        ranks = np.where(np.array(LIQUIDATED_KINDS) == self.target, self.rank, 0)
        return {"liquidated_share": self.share, "liquidated_rank": ranks}
