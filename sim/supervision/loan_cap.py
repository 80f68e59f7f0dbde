"""A cap on what one borrower may owe one provider."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from sim.params import parameter
from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class LoanCap(Instrument):
    """Forbid new loans that would lift a borrower's debt to the provider above an amount."""

    kind: ClassVar[str] = "loan_cap"

    amount: float = parameter(
        1_000_000.0,
        "yuan per borrower",
        "most one borrower may owe one provider",
        "China, Interim Measures on online lending 2016, article 17 (firms; persons 200,000)",
        low=0.0,
        high=1e10,
    )
    kinds: tuple[Kind, ...] = kinds_field("platform")

    def loan_cap(self, view: Any) -> Floats:
        """Answer the cap where it binds, infinity elsewhere."""
        return self.where(view, self.kinds, self.amount, np.inf)
