"""A requirement on the reserve funds of platforms."""

from __future__ import annotations

from typing import Any, ClassVar

from sim.params import parameter
from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class ReserveRequirement(Instrument):
    """Have platforms hold a share of the loans they service in their reserve fund.

    What is missing is filled from own cash beyond a month's running cost, and no dividend is paid
    until it is there. Lending goes on.
    """

    kind: ClassVar[str] = "reserve_requirement"
    for_clients: ClassVar[bool] = True

    share: float = parameter(
        0.03,
        "share of loans",
        "what the reserve fund must hold",
        "China 2019, conversion of platforms: reserves against loans; the share is assumed",
        low=0.0,
        high=1.0,
    )

    kinds: tuple[Kind, ...] = kinds_field("platform")

    def reserve_share(self, view: Any) -> Floats:
        """Answer the share for platforms, 0 elsewhere."""
        return self.where(view, self.kinds, self.share, 0.0)
