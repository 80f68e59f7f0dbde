"""The application form: what a firm says of itself, weak but there for everyone."""

from __future__ import annotations

from typing import ClassVar

from sim.credit.base import Source, auc_field, cost_field


class Application(Source):
    """Show everyone's own statements and the interview, at low precision."""

    kind: ClassVar[str] = "application"

    auc: float = auc_field(0.62, "assumed, below the 0.67 of private scoring (LendingClub 2015)")
    cost: float = cost_field(500.0)
