"""A theft: attackers take cash of institutions, and of their clients where no bank keeps it."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from sim.params import parameter
from sim.shocks.base import Attack


class Theft(Attack):
    """Take a share of the cash of some institutions, and of their clients' outside custody.

    Who finds nothing to take leaves no incident.
    """

    kind: Literal["theft"] = "theft"
    targets: ClassVar[tuple[str, ...]] = (
        "micro_lender",
        "ecommerce_lender",
        "platform",
        "crowdfunding_platform",
    )
    spared: ClassVar[dict[str, str]] = {
        "bank": "which keeps no cash overnight: it pays deposits back with all it has"
    }
    effects: ClassVar[tuple[str, ...]] = ("theft",)
    needs_cash: ClassVar[bool] = True
    idle_at_zero: ClassVar[tuple[str, ...]] = ("share",)

    share: float = parameter(
        0.5,
        "share of cash",
        "own cash taken, and client money not in custody",
        source="assumed; WooYun 2015: 46 % of the flaws found at lending platforms touch money",
        low=0.0,
        high=1.0,
    )

    @classmethod
    def weight(cls, cyber: Any) -> float:
        """Weigh it among attacks that arrive at random."""
        return float(cyber.theft_weight)
