"""Reporting of incidents: attacks become known soon, and the regulator may react."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from sim.params import parameter
from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class IncidentReporting(Instrument):
    """Have providers report incidents; whoever reports one makes no loans until it is looked into.

    Without it others learn late of an attack, or never. It rests, and costs nothing, while nobody
    has a reason to think of attacks.
    """

    kind: ClassVar[str] = "incident_reporting"
    against_attacks: ClassVar[bool] = True

    months: int = parameter(
        0, "months", "time from finding an incident to its being known to all", low=0, high=60
    )
    suspension: int = parameter(
        1, "months", "how long one that reports makes no new loans", low=0, high=24
    )
    cost: float = parameter(
        5_000.0, "yuan", "what looking into an incident costs the regulator", low=0.0, high=1e8
    )
    kinds: tuple[Kind, ...] = kinds_field("platform")

    def reporting_months(self, view: Any) -> Floats:
        """Answer the time to report, infinity elsewhere."""
        return self.where(view, self.kinds, float(self.months), np.inf)

    def report_cost(self, view: Any) -> Floats:
        """Answer the cost of looking into a report, 0 elsewhere."""
        return self.where(view, self.kinds, self.cost, 0.0)

    def may_lend(self, view: Any) -> Floats:
        """Answer no for those whose last incident became known a short time ago."""
        recent = np.asarray(view.months_since_report) < self.suspension
        return np.where(recent, self.where(view, self.kinds, 0.0, 1.0), 1.0)
