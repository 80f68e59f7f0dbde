"""How a metric is declared: a function of the world with a unit and a label.

Metrics of one close ask the same of the same columns. What they share is worked out once while
`sharing` holds, and each time anew outside it, where a world may change between two calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from sim.kernels import true_at
from sim.units import Ids

P = ParamSpec("P")
T = TypeVar("T")

METRICS: dict[str, Metric] = {}


@dataclass(frozen=True)
class Metric:
    """One column of the macro table."""

    name: str
    unit: str
    label: str
    function: Callable[[Any], float]
    over: tuple[str, ...] = ()


def measure(
    unit: str, label: str, over: tuple[str, ...] = ()
) -> Callable[[Callable[[Any], float]], Callable[[Any], float]]:
    """Declare a function of the world as a metric; its name is the column.

    over : metrics whose sum is what a mean or share is taken over, where a month may hold so little
        that its own value says nothing: a mean over months is weighted by them
    """

    def declare(function: Callable[[Any], float]) -> Callable[[Any], float]:
        name = function.__name__
        METRICS[name] = Metric(name, unit, label, function, over)
        return function

    return declare


def tallied(world: Any, name: str) -> float:
    """Read a tally of the month; 0 where nobody counted."""
    return float(world.desk.tally.get(name, 0.0))


_found: dict[Any, Any] | None = None


@contextmanager
def sharing() -> Iterator[None]:
    """Let `shared` answers be kept until the block ends; the world must not change within it."""
    global _found
    _found = {}
    try:
        yield
    finally:
        _found = None


def shared(function: Callable[P, T]) -> Callable[P, T]:
    """Work out an answer once for all metrics of a close; what it returns must not be changed.

    The arguments are the world and what can be a key of a dict.
    """

    @wraps(function)
    def ask(*args: P.args, **named: P.kwargs) -> T:
        if _found is None:
            return function(*args, **named)
        key = (function, *args, *named.items())
        if key not in _found:
            _found[key] = function(*args, **named)
        answer: T = _found[key]
        return answer

    return ask


@shared
def granted_by(world: Any, kind: str) -> Ids:
    """List the loans that providers of a kind granted, by row."""
    loans, first = world.loans, world.first_number(kind)
    after = first + world.tables[kind].n
    return true_at((loans.provider >= first) & (loans.provider < after))
