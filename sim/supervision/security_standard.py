"""A standard of security: a floor under what providers spend against attacks."""

from __future__ import annotations

from typing import Any, ClassVar

from sim.params import parameter
from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class SecurityStandard(Instrument):
    """Have providers spend at least an amount on security, whatever pays for their owners.

    An owner weighs what he loses himself; what his clients lose is what the standard is for. It
    rests, and costs nothing, while nobody has a reason to think of attacks.
    """

    kind: ClassVar[str] = "security_standard"
    against_attacks: ClassVar[bool] = True

    amount: float = parameter(
        300.0, "yuan a month", "least spending on security", low=0.0, high=1e9
    )
    kinds: tuple[Kind, ...] = kinds_field("platform")

    def security_standard(self, view: Any) -> Floats:
        """Answer the floor, 0 elsewhere."""
        return self.where(view, self.kinds, self.amount, 0.0)
