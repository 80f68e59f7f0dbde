"""The provider's own history with a client: nothing at first, more with every month."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from sim.credit.base import Source, auc_field, cost_field
from sim.params import parameter
from sim.units import Floats, Mask


class Relationship(Source):
    """Show past clients through what the provider lived through with them."""

    kind: ClassVar[str] = "relationship"
    columns: ClassVar[tuple[str, ...]] = ("months_known",)

    auc: float = auc_field(0.67, "LendingClub 2015 own grade; held by clients of 12 months")
    cost: float = cost_field(500.0)
    longest_months: int = parameter(
        36, "months", "history beyond this adds nothing", low=1, high=240
    )

    def coverage(self, view: Any) -> Mask:
        """Mark the applicants the provider has known for at least a month.

        view.months_known : (n,) months - since the first loan from this provider
        """
        covered: Mask = view.months_known > 0
        return covered

    def precision(self, view: Any, p: float) -> Floats:
        """Let precision grow with history: p(months) = p_12 x min(months, longest) / 12.

        p : precision for clients of 12 months. Returns (n,) precision.
        Source: assumed
        """
        months = np.clip(view.months_known, 0, self.longest_months)
        return np.asarray(p * months / 12.0, dtype=np.float64)
