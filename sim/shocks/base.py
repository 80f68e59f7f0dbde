"""What every shock is: when it strikes, how long it lasts, which conditions it writes.

Responsible for the base class. The conditions, with fold and neutral value, are those of
`sim/conditions.py`; a shock writes only in its own months and leaves nothing behind.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from sim.params import Parameters, parameter


class Shock(Parameters):
    """Base of every shock; the kind is the name of the file.

    Subclasses declare `kind: Literal["<file>"] = "<file>"`, by which a scenario names them.
    """

    kind: str

    month: int = parameter(..., "month", "first month it is felt", "scenario", low=1, high=12_000)
    months: int = parameter(1, "months", "how long it lasts", "scenario", low=1, high=12_000)

    def is_active(self, month: int) -> bool:
        """Tell whether the shock is felt in `month`."""
        return self.month <= month < self.month + self.months

    @abstractmethod
    def conditions(self, month: int, n_sectors: int) -> dict[str, Any]:
        """Return what the shock writes in `month`: nothing outside its months."""
