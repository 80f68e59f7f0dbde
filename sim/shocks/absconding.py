"""Absconding: the owner of one platform runs with the money, whatever his character and prospects.

An experiment: what the news of a fraud does to platforms that had no part in it is what two runs
differ in, one with the shock and one without.
"""

from __future__ import annotations

from typing import Any, Literal

from sim.params import parameter
from sim.shocks.base import Shock


class Absconding(Shock):
    """Let the owner of the platform of one rank by loans run with client money not in custody."""

    kind: Literal["absconding"] = "absconding"

    rank: int = parameter(
        1,
        "place",
        "the platform of this place by loans, 1 the largest; 0 nobody runs",
        "scenario",
        low=0,
        high=1_000_000,
    )

    def conditions(self, month: int, n_sectors: int) -> dict[str, Any]:
        """Write the place of the platform whose owner runs.

        absconding_rank : place, 0 for none
        """
        return {"absconding_rank": self.rank} if self.is_active(month) else {}
