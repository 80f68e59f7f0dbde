"""Inspection: the regulator looks into platforms, at a rate, with a skill and at a price."""

from __future__ import annotations

from typing import Any, ClassVar

from sim.params import parameter
from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class Inspection(Instrument):
    """Look into the books of platforms; some frauds are missed, some innocents suspected."""

    kind: ClassVar[str] = "inspection"
    for_clients: ClassVar[bool] = True

    rate: float = parameter(
        0.1, "1/month", "chance that a platform is inspected in a month", low=0.0, high=1.0
    )
    skill: float = parameter(
        0.6, "probability", "chance that an inspection finds a fraud", low=0.0, high=1.0
    )
    error: float = parameter(
        0.02, "probability", "chance that an innocent platform is suspected", low=0.0, high=1.0
    )
    cost: float = parameter(
        10_000.0, "yuan", "cost of an inspection, out of the regulator's budget", low=0.0, high=1e8
    )
    kinds: tuple[Kind, ...] = kinds_field("platform")

    def inspection_rate(self, view: Any) -> Floats:
        """Answer how often whom is inspected; only platforms are."""
        return self.where(view, self.kinds, self.rate, 0.0)

    def inspection_skill(self, view: Any) -> Floats:
        """Answer the chance to find a fraud."""
        return self.where(view, self.kinds, self.skill, 0.0)

    def inspection_error(self, view: Any) -> Floats:
        """Answer the chance to suspect an innocent."""
        return self.where(view, self.kinds, self.error, 0.0)

    def inspection_cost(self, view: Any) -> Floats:
        """Answer the cost of each."""
        return self.where(view, self.kinds, self.cost, 0.0)
