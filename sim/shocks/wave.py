"""A wave of attacks: for a while every institution is attacked at random more often."""

from __future__ import annotations

from typing import Any, Literal

from sim.params import parameter
from sim.shocks.base import Shock


class Wave(Shock):
    """Add to the rate at which attacks arrive during some months."""

    kind: Literal["wave"] = "wave"

    rate: float = parameter(
        ...,
        "1/month",
        "attacks on an institution of mean size, added to parameters.cyber.attack_rate",
        "scenario",
        low=0.0,
        high=10.0,
    )

    def conditions(self, month: int, n_sectors: int) -> dict[str, Any]:
        """Write the addition to the rate of attacks: 1/month, one number."""
        return {"attack_rate": self.rate} if self.is_active(month) else {}
