"""A registry that providers must join: they open their files and see those of the others."""

from __future__ import annotations

from typing import Any, ClassVar

from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class MandatoryRegistry(Instrument):
    """Oblige providers to report all their clients, and let them look at what others report.

    They are members as if they held the source `registry`, and their scorecards learn from one
    pool. Of kinds that it does not bind nobody sees more than before.
    """

    kind: ClassVar[str] = "mandatory_registry"
    opens: ClassVar[tuple[str, ...]] = ("registry",)

    kinds: tuple[Kind, ...] = kinds_field()

    def file_sharing(self, view: Any) -> Floats:
        """Answer who must join."""
        return self.where(view, self.kinds, 1.0, 0.0)
