"""A demand shock: final demand, of all or of one sector or of core firms, changes for a while."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from sim.params import parameter
from sim.shocks.base import Shock


class Demand(Shock):
    """Change final demand by a share during some months."""

    kind: Literal["demand"] = "demand"

    size: float = parameter(
        ..., "share", "change of final demand, -0.15 is 15 % less", "scenario", low=-1.0, high=10.0
    )
    sector: int | None = parameter(
        None, "sector number", "the one sector it strikes; null strikes all", "scenario", low=0
    )
    core: bool = parameter(False, "flag", "strikes core firms only", "scenario")

    def conditions(self, month: int, n_sectors: int) -> dict[str, Any]:
        """Write the factor on final demand by sector.

        demand_factor, or core_demand_factor : (n_sectors,) factor, 1 + size where it strikes
        """
        if not self.is_active(month):
            return {}
        factor = np.ones(n_sectors)
        if self.sector is None:
            factor[:] = 1.0 + self.size
        elif self.sector < n_sectors:
            factor[self.sector] = 1.0 + self.size
        else:
            raise ValueError(f"no sector {self.sector}: sectors are 0..{n_sectors - 1}")
        return {"core_demand_factor" if self.core else "demand_factor": factor}
