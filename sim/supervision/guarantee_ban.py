"""A ban on promises of principal: what savers lose is theirs."""

from __future__ import annotations

from typing import Any, ClassVar

from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class GuaranteeBan(Instrument):
    """Forbid platforms to promise principal out of own cash.

    Loans funded before, and notice given before, stay promised. The reserve fund buys notes back
    as far as it goes, as it does without any promise.
    """

    kind: ClassVar[str] = "guarantee_ban"
    for_clients: ClassVar[bool] = True

    kinds: tuple[Kind, ...] = kinds_field("platform")

    def may_promise(self, view: Any) -> Floats:
        """Answer no for platforms."""
        return self.where(view, self.kinds, 0.0, 1.0)
