"""What every shock is: when it strikes, how long it lasts, which conditions it writes.

Responsible for the base class, and for that of attacks on institutions. The conditions, with fold
and neutral value, are those of `sim/conditions.py`; a shock writes only in its own months and
leaves nothing behind.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Literal

from sim.conditions import ATTACKED_KINDS
from sim.params import Parameters, parameter

FOR_GOOD = 12_000  # months: a shock that does not end


class Shock(Parameters):
    """Base of every shock; the kind is the name of the file.

    Subclasses declare `kind: Literal["<file>"] = "<file>"`, by which a scenario names them.
    """

    kind: str

    month: int = parameter(..., "month", "first month it is felt", "scenario", low=1, high=12_000)
    months: int = parameter(1, "months", "how long it lasts", "scenario", low=1, high=FOR_GOOD)

    def is_active(self, month: int) -> bool:
        """Tell whether the shock is felt in `month`."""
        return self.month <= month < self.month + self.months

    @abstractmethod
    def conditions(self, month: int, n_sectors: int) -> dict[str, Any]:
        """Return what the shock writes in `month`: nothing outside its months."""


# Populations that can be attacked, by how a scenario names them.
TARGETS = ATTACKED_KINDS
WAYS = ("largest", "random")  # to choose among them
# What an attack can do to whom it gets into, and the fields of the attack that say how much.
EFFECTS: dict[str, tuple[str, ...]] = {
    "outage": ("hours",),
    "theft": ("share",),
    "ransom": ("amount", "hours", "lost_clients", "paid"),
    "breach": (
        "share",
        "precision_lost",
        "renewal_months",
        "identity_share",
        "identity_months",
        "trust_lost",
        "compensation",
    ),
}


class Attack(Shock):
    """Base of every attack on institutions, made once in each of its months.

    It writes no conditions of the world: what follows depends on whom it gets into, and is named
    by `effects`. Raises TypeError for a subclass that names others or lacks a field they need.
    """

    targets: ClassVar[tuple[str, ...]] = TARGETS  # kinds of institution it can strike
    spared: ClassVar[dict[str, str]] = {}  # why it cannot strike others, where that is not plain
    effects: ClassVar[tuple[str, ...]] = ()  # names in EFFECTS, in the order they are felt
    needs_cash: ClassVar[bool] = False  # leaves no incident where there is none that it could take
    needs_records: ClassVar[bool] = False  # the same of records of clients
    is_hidden: ClassVar[bool] = False  # nothing stops working, so that victims find out late
    idle_at_zero: ClassVar[tuple[str, ...]] = ()  # fields: it takes nothing where all are 0

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

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        """Refuse effects that there are not, and effects without the fields they need."""
        for effect in cls.effects:
            if effect not in EFFECTS:
                raise TypeError(f"no such effect {effect!r}; there are {', '.join(EFFECTS)}")
            missing = [name for name in EFFECTS[effect] if name not in cls.model_fields]
            if missing:
                raise TypeError(f"effect {effect!r} needs the field {missing[0]!r}")

    @classmethod
    def weight(cls, cyber: Any) -> float:
        """Weigh it among attacks that arrive at random, by `parameters.cyber`; 0: none does."""
        return 0.0

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
