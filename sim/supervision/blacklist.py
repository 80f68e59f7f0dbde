"""A public list of owners who walked away from their debts."""

from __future__ import annotations

from typing import Any, ClassVar

from sim.params import parameter
from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class Blacklist(Instrument):
    """Have providers name in public the owners who walked away from debts to them."""

    kind: ClassVar[str] = "blacklist"

    weight: float = parameter(
        0.5,
        "share of the owner's draws",
        "what a listed owner loses of the draws to come",
        low=0.0,
        high=1.0,
    )
    kinds: tuple[Kind, ...] = kinds_field()

    def blacklist_weight(self, view: Any) -> Floats:
        """Answer the weight for providers that list, 0 elsewhere."""
        return self.where(view, self.kinds, self.weight, 0.0)
