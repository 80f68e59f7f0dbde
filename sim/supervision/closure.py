"""How providers close: over what time their borrowers repay, and what becomes of the rest."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from sim.params import parameter
from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class Closure(Instrument):
    """Say how a provider that closes or fails is wound down.

    Without this rule its borrowers have the market's `abrupt_runoff_months` for bullets that
    nobody renews, and a platform that is ordered to close is wound down in order.
    """

    kind: ClassVar[str] = "closure"

    months: int = parameter(
        24,
        "months",
        "over which borrowers of a closed provider repay what nobody renews",
        "assumed: 24 months for an orderly closure, 6 for an abrupt one",
        low=1,
        high=120,
    )
    abrupt: bool = parameter(
        False, "flag", "platforms ordered to close are frozen and liquidated, not wound down"
    )
    kinds: tuple[Kind, ...] = kinds_field("platform")

    def closure_months(self, view: Any) -> Floats:
        """Answer the months of the run-off, infinity (the market's own) elsewhere."""
        return self.where(view, self.kinds, float(self.months), np.inf)

    def abrupt_exit(self, view: Any) -> Floats:
        """Answer whether an order to close freezes it."""
        return self.where(view, self.kinds, float(self.abrupt), 0.0)
