"""A ransom: attackers lock the systems of institutions until they are paid or driven out."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from sim.params import parameter
from sim.shocks.base import Attack


class Ransom(Attack):
    """Lock the systems of some institutions; owners pay, or stay down for some hours."""

    kind: Literal["ransom"] = "ransom"
    targets: ClassVar[tuple[str, ...]] = ("bank", "micro_lender", "ecommerce_lender", "platform")
    effects: ClassVar[tuple[str, ...]] = ("ransom",)
    idle_at_zero: ClassVar[tuple[str, ...]] = ("amount", "hours")

    amount: float = parameter(
        20_000.0,
        "yuan",
        "asked of each",
        source="Legal Daily 2016: tens of thousands to millions",
        low=0.0,
        high=1e10,
    )
    hours: float = parameter(
        168.0,
        "hours",
        "that its systems are down if nothing is paid, of 720 in a month",
        low=0.0,
        high=720.0,
    )
    start: float | None = parameter(
        None,
        "hours",
        "when they go down, from the start of a month of 720 hours; null draws it for each",
        "scenario",
        low=0.0,
        below=720.0,
    )
    lost_clients: float = parameter(
        0.5,
        "share of clients",
        "owners expect not to come back after a whole month down",
        low=0.0,
        high=1.0,
    )
    paid: Literal["decide", "never", "always"] = parameter(
        "decide",
        "way",
        "owners decide by what they would lose, or none pays, or all who can",
        "scenario",
    )

    @classmethod
    def weight(cls, cyber: Any) -> float:
        """Weigh it among attacks that arrive at random."""
        return float(cyber.ransom_weight)
