"""A breach: records of clients are stolen from providers of credit."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from sim.params import parameter
from sim.shocks.base import Attack


class Breach(Attack):
    """Steal records of clients: sources show less, thieves borrow in stolen names, trust falls.

    Who finds no record to steal leaves no incident.
    """

    kind: Literal["breach"] = "breach"
    targets: ClassVar[tuple[str, ...]] = ("bank", "micro_lender", "ecommerce_lender", "platform")
    effects: ClassVar[tuple[str, ...]] = ("breach",)
    needs_records: ClassVar[bool] = True
    is_hidden: ClassVar[bool] = True
    idle_at_zero: ClassVar[tuple[str, ...]] = ("share",)

    share: float = parameter(
        0.5, "share of records", "stolen of those that a provider keeps", low=0.0, high=1.0
    )
    precision_lost: float = parameter(
        0.3,
        "share of precision",
        "lost by all its sources until they are renewed",
        low=0.0,
        high=1.0,
    )
    renewal_months: int = parameter(
        8,
        "months",
        "until its sources are what they were",
        source="IBM 2023, finance: 177 days to find a breach and 56 to contain it",
        low=0,
        high=120,
    )
    identity_share: float = parameter(
        0.02,
        "share of stolen records",
        "in whose name thieves ask for a loan of mean size",
        low=0.0,
        high=1.0,
    )
    identity_months: int = parameter(3, "months", "over which they ask", low=1, high=120)
    trust_lost: float = parameter(
        0.1,
        "failures",
        "of a platform that the news counts as to its savers",
        low=0.0,
        high=1.0,
    )
    compensation: float = parameter(
        100.0,
        "yuan per record",
        "paid to clients",
        source="assumed; IBM 2023 has 165 US dollars of all costs a record",
        low=0.0,
        high=1e6,
    )

    @classmethod
    def weight(cls, cyber: Any) -> float:
        """Weigh it among attacks that arrive at random."""
        return float(cyber.breach_weight)
