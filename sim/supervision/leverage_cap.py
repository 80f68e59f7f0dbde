"""A cap on what a lender may owe per yuan of own capital."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from sim.params import parameter
from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class LeverageCap(Instrument):
    """Forbid lenders to borrow beyond a multiple of their capital."""

    kind: ClassVar[str] = "leverage_cap"

    ratio: float = parameter(
        0.5,
        "ratio",
        "most a lender may owe per yuan of own capital, net of provisions",
        "CBRC and People's Bank of China 2008, guidance on micro-loan companies",
        low=0.0,
        high=100.0,
    )
    kinds: tuple[Kind, ...] = kinds_field("micro_lender")

    def leverage_ceiling(self, view: Any) -> Floats:
        """Answer the ceiling where it binds, infinity elsewhere."""
        return self.where(view, self.kinds, self.ratio, np.inf)
