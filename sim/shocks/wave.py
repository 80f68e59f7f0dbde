"""A wave of attacks: for a while every institution, or vendor, is attacked at random more often."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from sim.params import parameter
from sim.shocks.base import TARGETS, Shock


class Wave(Shock):
    """Add to the rate at which attacks arrive during some months, at all kinds or at one."""

    kind: Literal["wave"] = "wave"

    rate: float = parameter(
        ...,
        "1/month",
        "attacks on an institution, mean of its kind, added to parameters.cyber.attack_rate",
        "scenario",
        low=0.0,
        high=10.0,
    )

    target: Literal[
        "all", "bank", "micro_lender", "ecommerce_lender", "platform", "crowdfunding_platform"
    ] = parameter(
        "all",
        "kind, or all",
        "institutions at which the further attacks of `rate` arrive",
        "scenario",
    )

    vendor_rate: float = parameter(
        0.0,
        "1/month",
        "attacks on a vendor, mean of all, added to parameters.cyber.vendor_attack_rate",
        "scenario",
        low=0.0,
        high=10.0,
    )

    def conditions(self, month: int, n_sectors: int) -> dict[str, Any]:
        """Write the additions to the rates of attacks, by kind of institution and on vendors."""
        if not self.is_active(month):
            return {}
        mine = [self.target in ("all", kind) for kind in TARGETS]
        further = np.where(mine, self.rate, 0.0)
        return {"attack_rate": further, "vendor_attack_rate": self.vendor_rate}
