"""Verified invoices and shipments: what a core firm's records say of its suppliers."""

from __future__ import annotations

from typing import Any, ClassVar

from sim.credit.base import Source, auc_field, cost_field
from sim.units import Mask


class Logistics(Source):
    """Show suppliers of core firms through verified invoices and shipments."""

    kind: ClassVar[str] = "logistics"
    columns: ClassVar[tuple[str, ...]] = ("supplies_core",)
    shared: ClassVar[bool] = True
    holders: ClassVar[tuple[str, ...]] = ("bank", "micro_lender", "ecommerce_lender")
    may_be_shared: ClassVar[bool] = True
    verifies_receivables: ClassVar[bool] = True

    auc: float = auc_field(0.72, "assumed, as bank data with a scorecard (Huang et al. 2020)")
    cost: float = cost_field(50.0)

    def coverage(self, view: Any) -> Mask:
        """Mark the applicants that supply a core firm.

        view.supplies_core : (n,) - a living core firm orders from it
        """
        covered: Mask = view.supplies_core
        return covered
