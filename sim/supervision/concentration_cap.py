"""A cap on what one borrower may owe a provider, as a share of the provider's size."""

from __future__ import annotations

from typing import Any, ClassVar

from sim.params import parameter
from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class ConcentrationCap(Instrument):
    """Forbid new loans that would make one borrower too large a part of a provider.

    The part is of capital for lenders of their own money; for platforms it is of loans
    outstanding and client money that waits to be lent.
    """

    kind: ClassVar[str] = "concentration_cap"

    share: float = parameter(
        0.10,
        "share of capital, of platforms of loans and waiting money",
        "most one borrower may owe a provider; 1 is no cap",
        "CBIRC 2020, notice on micro-loan companies: one borrower at most 10 % of net assets",
        low=0.001,
        high=1.0,
    )
    kinds: tuple[Kind, ...] = kinds_field("micro_lender", "platform")

    def concentration_ceiling(self, view: Any) -> Floats:
        """Answer the ceiling where it binds, 1 elsewhere."""
        return self.where(view, self.kinds, self.share, 1.0)
