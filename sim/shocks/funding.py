"""A funding shock: wholesale money costs more, or less, for a while."""

from __future__ import annotations

from typing import Any, Literal

from sim.params import parameter
from sim.shocks.base import Shock


class Funding(Shock):
    """Add to the cost of wholesale money during some months."""

    kind: Literal["funding"] = "funding"

    size: float = parameter(
        ..., "1/year", "added to the cost of wholesale money", "scenario", low=-0.2, high=1.0
    )

    def conditions(self, month: int, n_sectors: int) -> dict[str, Any]:
        """Write the addition to the cost of wholesale money: 1/year, one number."""
        return {"wholesale_spread": self.size} if self.is_active(month) else {}
