"""The mobile operator's records: wide and weak, and a way to firms that are not online."""

from __future__ import annotations

from typing import Any, ClassVar

from sim.credit.base import Source, auc_field, cost_field
from sim.params import parameter
from sim.units import Mask


class Telecom(Source):
    """Show nearly every firm through its calls and bills, and reach those that are offline."""

    kind: ClassVar[str] = "telecom"
    columns: ClassVar[tuple[str, ...]] = ("coverage_draw",)
    shared: ClassVar[bool] = True
    may_be_shared: ClassVar[bool] = True
    opens_channel: ClassVar[bool] = True

    auc: float = auc_field(0.58, "assumed, well below the digital footprint of Berg et al. 2020")
    cost: float = cost_field(2.0)
    reach: float = parameter(
        0.95, "share of firms", "firms that are clients of the operator", low=0.0, high=1.0
    )

    def coverage(self, view: Any) -> Mask:
        """Mark the applicants that are clients of the operator.

        view.coverage_draw : (n,) - lasting uniform of firm and source
        """
        covered: Mask = view.coverage_draw < self.reach
        return covered
