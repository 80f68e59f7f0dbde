"""What every supervision instrument is: parameters, and one method per question it answers.

Responsible for the base class. The questions, with fold and neutral value, are those of
`sim/limits.py`; a method is named as its question, takes the read-only view of providers and
returns one number for all or one per provider (the neutral value where it does not apply).
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from sim.limits import QUESTIONS, of_kind, questions_of
from sim.params import Parameters, parameter
from sim.units import Floats

Kind = Literal["micro_lender", "bank", "platform", "ecommerce_lender"]


class Instrument(Parameters):
    """Base of every instrument; the kind is the name of the file."""

    kind: ClassVar[str]
    opens: ClassVar[tuple[str, ...]] = ()  # information sources it lets those look at whom it binds
    for_clients: ClassVar[bool] = False  # on clients' money or promises, and so on platforms alone
    against_attacks: ClassVar[bool] = False  # rests while nobody has a reason to think of attacks

    monthly_cost: float = parameter(
        0.0,
        "yuan a month per provider it binds",
        "what enforcing it costs the regulator",
        low=0.0,
        high=1e7,
    )

    def answers(self) -> tuple[str, ...]:
        """Name the questions this instrument answers."""
        return tuple(name for name in QUESTIONS if name in questions_of(type(self)))

    @staticmethod
    def where(view: Any, kinds: tuple[str, ...], value: float, otherwise: float) -> Floats:
        """Give `value` to providers of these kinds (all if none named), the neutral to others."""
        return np.where(of_kind(view.kind, kinds), value, otherwise)


def kinds_field(*default: str) -> Any:
    """Declare which kinds of provider an instrument binds."""
    return parameter(default, "kinds of provider", "whom it binds; an empty list means everyone")
