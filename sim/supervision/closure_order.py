"""An order to close: all providers of some kind, or those of them without a licence."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from sim.params import parameter
from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class ClosureOrder(Instrument):
    """Order providers to close from a date on, and admit no new ones of their kind."""

    kind: ClassVar[str] = "closure_order"

    unlicensed_only: bool = parameter(
        False, "flag", "spares those with a licence, and lets newcomers ask for one"
    )
    kinds: tuple[Kind, ...] = kinds_field("platform")

    def must_close(self, view: Any) -> Floats:
        """Answer who must close."""
        ordered = self.where(view, self.kinds, 1.0, 0.0)
        return np.where(view.is_licensed, 0.0, ordered) if self.unlicensed_only else ordered

    def may_admit(self, view: Any) -> Floats:
        """Answer whether newcomers may open."""
        return self.where(view, self.kinds, float(self.unlicensed_only), 1.0)
