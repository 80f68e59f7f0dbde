"""A ceiling on the rate of new loans: dearer ones are refused, never cut."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from sim.params import parameter
from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class RateCeiling(Instrument):
    """Forbid new loans above a yearly rate."""

    kind: ClassVar[str] = "rate_ceiling"

    rate: float = parameter(
        0.24,
        "1/year",
        "highest rate a new loan may carry",
        "Supreme People's Court 2015, judicial interpretation on private lending",
        low=0.0,
        high=2.0,
    )
    kinds: tuple[Kind, ...] = kinds_field()

    def rate_ceiling(self, view: Any) -> Floats:
        """Answer the ceiling where it binds, infinity elsewhere."""
        return self.where(view, self.kinds, self.rate, np.inf)
