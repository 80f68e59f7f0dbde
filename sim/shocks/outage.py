"""An outage: systems of institutions are down for hours or days."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from sim.params import parameter
from sim.shocks.base import Attack


class Outage(Attack):
    """Keep clients from some institutions for a while: no lending, no collection, no withdrawal.

    What falls due meanwhile waits; whether it is then late is said by `credit.grace`.
    """

    kind: Literal["outage"] = "outage"
    targets: ClassVar[tuple[str, ...]] = ("bank", "micro_lender", "ecommerce_lender", "platform")
    effects: ClassVar[tuple[str, ...]] = ("outage",)

    hours: float | None = parameter(
        None,
        "hours",
        "how long systems are down, the same at all that are hit; null draws it for each",
        source="drawn: parameters.cyber.outage_median and outage_p95",
        low=0.1,
        high=8_760.0,
    )
    start: float | None = parameter(
        None,
        "hours",
        "when it begins, from the start of a month of 720 hours; null draws it for each",
        "scenario",
        low=0.0,
        below=720.0,
    )

    @classmethod
    def weight(cls, cyber: Any) -> float:
        """Weigh it among attacks that arrive at random."""
        return float(cyber.outage_weight)
