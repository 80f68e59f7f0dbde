"""Hints for whoever reads results: what a scenario speaks of and these runs cannot show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.results import Results

NO_CORE = (
    "note: no firm sold to a core firm in any month, so factoring and shocks to core firms did "
    "nothing. Core firms are few: more enterprises, or a lower parameters.enterprise.core_ratio"
)


def no_core(opened: Results) -> list[str]:
    """Say so where the scenario speaks of core firms and no firm ever sold to one."""
    if "core_suppliers" not in opened.metrics or opened.macro["core_suppliers"].any():
        return []
    stack: list[Any] = [opened.scenario]
    while stack:
        said = stack.pop()
        if isinstance(said, dict):
            if said.get("core") is True or said.get("factoring"):
                return [NO_CORE]
            stack += said.values()
    return []
