"""A wave of attacks: for a while every institution, or vendor, is attacked at random more often."""

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

    vendor_rate: float = parameter(
        0.0,
        "1/month",
        "attacks on a vendor of mean size, added to parameters.cyber.vendor_attack_rate",
        "scenario",
        low=0.0,
        high=10.0,
    )

    def conditions(self, month: int, n_sectors: int) -> dict[str, Any]:
        """Write the additions to the rates of attacks, on institutions and vendors: 1/month."""
        if not self.is_active(month):
            return {}
        return {"attack_rate": self.rate, "vendor_attack_rate": self.vendor_rate}
