"""A licence: nobody opens without one, and who has none must get it in time or close."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from sim.params import parameter
from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class Licence(Instrument):
    """Let nobody open without a licence, and order to close who has not got one in time."""

    kind: ClassVar[str] = "licence"

    approval: float = parameter(
        0.7,
        "share of applicants",
        "applicants found fit when examined",
        low=0.0,
        high=1.0,
    )
    skill: float = parameter(
        0.5,
        "share of planned frauds",
        "platforms that are there, whose owners plan fraud and who are found out when examined; "
        "founders with a licence plan none",
        low=0.0,
        high=1.0,
    )
    minimum_capital: float = parameter(
        0.0,
        "yuan",
        "capital a provider must have, net of provisions; 0 asks for none",
        low=0.0,
        high=1e10,
    )
    months: int = parameter(
        12,
        "months",
        "time to comply for those there when the rule begins",
        "China, Interim Measures on online lending 2016, article 44: twelve months",
        low=1,
        high=120,
    )
    case_cost: float = parameter(
        10_000.0,
        "yuan per examination",
        "what one costs the regulator; without budget applicants wait",
        low=0.0,
        high=1e8,
    )
    kinds: tuple[Kind, ...] = kinds_field("platform")

    def needs_licence(self, view: Any) -> Floats:
        """Answer who needs one."""
        return self.where(view, self.kinds, 1.0, 0.0)

    def licence_approval(self, view: Any) -> Floats:
        """Answer the share found fit, 1 where nobody is examined."""
        return self.where(view, self.kinds, self.approval, 1.0)

    def licence_skill(self, view: Any) -> Floats:
        """Answer the share of planned frauds found out."""
        return self.where(view, self.kinds, self.skill, 0.0)

    def licence_cost(self, view: Any) -> Floats:
        """Answer the price of an examination."""
        return self.where(view, self.kinds, self.case_cost, 0.0)

    def capital_floor(self, view: Any) -> Floats:
        """Answer the capital a licensed provider must have."""
        return self.where(view, self.kinds, self.minimum_capital, 0.0)

    def compliance_months(self, view: Any) -> Floats:
        """Answer the time to comply, infinity elsewhere."""
        return self.where(view, self.kinds, float(self.months), np.inf)
