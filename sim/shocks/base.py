"""What every shock is: when it strikes, how long it lasts, which conditions it writes.

Responsible for the base class, and for that of attacks on institutions. The conditions, with fold
and neutral value, are those of `sim/conditions.py`; a shock writes only in its own months and
leaves nothing behind.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Literal

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


# Populations that can be attacked, by how a scenario names them.
TARGETS = ("bank", "micro_lender", "ecommerce_lender", "platform", "crowdfunding_platform")
WAYS = ("largest", "random")  # to choose among them


class Attack(Shock):
    """Base of every attack on institutions, made once in each of its months.

    It writes no conditions of the world: what follows depends on whom it gets into.
    """

    targets: ClassVar[tuple[str, ...]] = TARGETS  # kinds of institution it can strike
    spared: ClassVar[dict[str, str]] = {}  # why it cannot strike others, where that is not plain

    target: str = parameter(
        "platform",
        "kind, kind:rank, largest or random",
        "institutions attacked: of a kind, or the one of that rank by size, 1 the largest; "
        "'largest' and 'random' alone mean platforms",
        "scenario",
    )
    count: int = parameter(
        1, "institutions", "attacked at the same time", "scenario", low=1, high=1_000_000
    )
    choice: Literal["largest", "random"] = parameter(
        "largest", "way", "which of a kind are attacked: the largest, or drawn", "scenario"
    )
    certain: bool = parameter(
        False, "flag", "it succeeds whatever was spent on security", "scenario"
    )

    @property
    def target_kind(self) -> str:
        """Kind of institution that is attacked."""
        kind = self.target.partition(":")[0]
        return "platform" if kind in WAYS else kind

    @property
    def target_rank(self) -> int | None:
        """Rank by size of the one institution attacked; None: as `count` and `way` say."""
        rank = self.target.partition(":")[2]
        return int(rank) if rank.isdecimal() else None

    @property
    def way(self) -> str:
        """Way in which institutions are chosen: `largest` or `random`."""
        return self.target if self.target in WAYS else self.choice

    def conditions(self, month: int, n_sectors: int) -> dict[str, Any]:
        """Write nothing."""
        return {}
