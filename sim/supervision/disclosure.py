"""Disclosure: savers see what a pool's assets cover of its claims."""

from __future__ import annotations

from typing import Any, ClassVar

from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class Disclosure(Instrument):
    """Have pooling platforms show their net asset value every month.

    Without it savers do not see that assets have fallen below claims. Matching platforms show
    their savers each note anyway.
    """

    kind: ClassVar[str] = "disclosure"
    for_clients: ClassVar[bool] = True

    kinds: tuple[Kind, ...] = kinds_field("platform")

    def must_disclose(self, view: Any) -> Floats:
        """Answer yes for platforms."""
        return self.where(view, self.kinds, 1.0, 0.0)
