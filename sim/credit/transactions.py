"""Order and payment flow of online sellers on an e-commerce platform: keen and automatic."""

from __future__ import annotations

from typing import Any, ClassVar

from sim.credit.base import Source, auc_field, cost_field
from sim.units import Mask


class Transactions(Source):
    """Show online sellers through their orders and payments on an e-commerce platform."""

    kind: ClassVar[str] = "transactions"
    columns: ClassVar[tuple[str, ...]] = ("is_online",)
    shared: ClassVar[bool] = True
    holders: ClassVar[tuple[str, ...]] = ("ecommerce_lender",)
    may_be_shared: ClassVar[bool] = True

    auc: float = auc_field(0.83, "Huang et al. 2020: platform data and machine learning, 0.83-0.84")
    cost: float = cost_field(2.0)

    def coverage(self, view: Any) -> Mask:
        """Mark the applicants that sell online.

        view.is_online : (n,) - sells and borrows on the internet
        """
        covered: Mask = view.is_online
        return covered
