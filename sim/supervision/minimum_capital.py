"""A floor under own capital: who stays below it pays in what is missing, or closes."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from sim.params import parameter
from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class MinimumCapital(Instrument):
    """Ask founders for an amount of capital, and owners to make it good when it is lost."""

    kind: ClassVar[str] = "minimum_capital"

    amount: float = parameter(
        200_000.0,
        "yuan",
        "capital a provider must have, net of provisions",
        "assumed: half as much again as a platform of size 1 pays in",
        low=0.0,
        high=1e10,
    )
    months: int = parameter(
        6, "months", "time an owner has to pay in what is missing", low=1, high=120
    )
    fine: float = parameter(
        0.0, "yuan a month", "fine for every month below the floor", low=0.0, high=1e8
    )
    kinds: tuple[Kind, ...] = kinds_field("platform")

    def capital_floor(self, view: Any) -> Floats:
        """Answer the floor, 0 elsewhere."""
        return self.where(view, self.kinds, self.amount, 0.0)

    def capital_fine(self, view: Any) -> Floats:
        """Answer the fine below the floor."""
        return self.where(view, self.kinds, self.fine, 0.0)

    def compliance_months(self, view: Any) -> Floats:
        """Answer the time to comply, infinity elsewhere."""
        return self.where(view, self.kinds, float(self.months), np.inf)
