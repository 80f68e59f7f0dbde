"""Emergency liquidity: the regulator lends to solvent institutions that are short of cash."""

from __future__ import annotations

from typing import Any, ClassVar

from sim.params import parameter
from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class EmergencyLiquidity(Instrument):
    """Let solvent institutions borrow what they lack to pay what is due, as the budget allows."""

    kind: ClassVar[str] = "emergency_liquidity"

    rate: float = parameter(
        0.10,
        "1/year",
        "rate of emergency loans",
        "assumed; Bagehot 1873: freely, against good security, at a high rate",
        low=0.0,
        high=1.0,
    )
    kinds: tuple[Kind, ...] = kinds_field()

    def emergency_access(self, view: Any) -> Floats:
        """Answer who may borrow."""
        return self.where(view, self.kinds, 1.0, 0.0)

    def emergency_rate(self, view: Any) -> Floats:
        """Answer the rate."""
        return self.where(view, self.kinds, self.rate, 0.0)
