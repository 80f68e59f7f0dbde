"""The appraisal of fixed assets: tells something about firms that have some."""

from __future__ import annotations

from typing import Any, ClassVar

from sim.credit.base import Source, auc_field, cost_field
from sim.units import Mask


class Collateral(Source):
    """Show what an appraisal of fixed assets reveals of the owner."""

    kind: ClassVar[str] = "collateral"
    columns: ClassVar[tuple[str, ...]] = ("fixed_assets",)

    auc: float = auc_field(0.60, "assumed")
    cost: float = cost_field(1000.0)

    def coverage(self, view: Any) -> Mask:
        """Mark the applicants with fixed assets.

        view.fixed_assets : (n,) any money unit - fixed assets owned
        """
        covered: Mask = view.fixed_assets > 0
        return covered
