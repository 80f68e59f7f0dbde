"""Custody: client money lies with a bank, which pays it to clients and borrowers only."""

from __future__ import annotations

from typing import Any, ClassVar

from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class Custody(Instrument):
    """Have platforms leave their clients' money with a bank."""

    kind: ClassVar[str] = "custody"
    for_clients: ClassVar[bool] = True

    kinds: tuple[Kind, ...] = kinds_field("platform")

    def custody(self, view: Any) -> Floats:
        """Answer whose client money is in custody; only platforms have any."""
        return self.where(view, self.kinds, 1.0, 0.0)
