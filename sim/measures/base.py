"""How a metric is declared: a function of the world with a unit and a label."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

METRICS: dict[str, Metric] = {}


@dataclass(frozen=True)
class Metric:
    """One column of the macro table."""

    name: str
    unit: str
    label: str
    function: Callable[[Any], float]


def measure(unit: str, label: str) -> Callable[[Callable[[Any], float]], Callable[[Any], float]]:
    """Declare a function of the world as a metric; its name is the column."""

    def declare(function: Callable[[Any], float]) -> Callable[[Any], float]:
        name = function.__name__
        METRICS[name] = Metric(name, unit, label, function)
        return function

    return declare
