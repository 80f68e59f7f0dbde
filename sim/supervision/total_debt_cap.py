"""A cap on what one borrower may owe all providers together."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from sim.params import parameter
from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class TotalDebtCap(Instrument):
    """Forbid new loans that would lift a borrower's debt to everybody above an amount.

    A provider counts what it sees: its own loans, and as a member of a registry those reported.
    """

    kind: ClassVar[str] = "total_debt_cap"

    amount: float = parameter(
        5_000_000.0,
        "yuan per borrower",
        "most one borrower may owe all providers together, as far as the one asked sees it",
        "China, Interim Measures on online lending 2016, article 17 (firms; persons 1,000,000)",
        low=0.0,
        high=1e10,
    )
    kinds: tuple[Kind, ...] = kinds_field("platform")

    def total_debt_cap(self, view: Any) -> Floats:
        """Answer the cap where it binds, infinity elsewhere."""
        return self.where(view, self.kinds, self.amount, np.inf)
