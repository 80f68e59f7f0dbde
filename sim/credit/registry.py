"""The shared registry: past arrears and lenders as a signal, and the debts to other members."""

from __future__ import annotations

from typing import Any, ClassVar

from sim.credit.base import Source, auc_field, cost_field
from sim.params import parameter
from sim.units import Mask


class Registry(Source):
    """Show members who borrowed before, and what everybody owes to other members.

    Whoever holds it is a member, sees and is seen. The signal stands for past arrears and the
    number of lenders; debts are seen as they are and enter the score apart.
    """

    kind: ClassVar[str] = "registry"
    columns: ClassVar[tuple[str, ...]] = ("has_past",)
    shared: ClassVar[bool] = True
    may_be_shared: ClassVar[bool] = True
    opens_debts: ClassVar[bool] = True

    auc: float = auc_field(0.683, "Berg et al. 2020: scores of a credit bureau")
    cost: float = cost_field(20.0)
    reports: float = parameter(
        1.0, "share of clients", "clients whose loans a member reports", low=0.0, high=1.0
    )

    def coverage(self, view: Any) -> Mask:
        """Mark the applicants with a past.

        view.has_past : (n,) - a member reported an earlier loan
        """
        covered: Mask = view.has_past
        return covered
