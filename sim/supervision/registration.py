"""Registration: providers are on a list and report every month, which costs the regulator."""

from __future__ import annotations

from typing import Any, ClassVar

from sim.params import parameter
from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class Registration(Instrument):
    """Have providers register and report every month."""

    kind: ClassVar[str] = "registration"

    fee: float = parameter(
        0.0, "yuan a month per provider", "what a provider pays for it", low=0.0, high=1e7
    )
    kinds: tuple[Kind, ...] = kinds_field()

    def must_register(self, view: Any) -> Floats:
        """Answer who must be on the list."""
        return self.where(view, self.kinds, 1.0, 0.0)

    def levy(self, view: Any) -> Floats:
        """Answer the monthly fee."""
        return self.where(view, self.kinds, self.fee, 0.0)
