"""Which arms of a study differ in supervision, and which of them are levels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from analysis.figures import _style as style
from analysis.results import PLACEBO

if TYPE_CHECKING:
    from analysis.results import Results

POLICY = "supervision"


def arms(results: Results) -> list[str]:
    """Return the arms in the order of the file, without the placebo."""
    runs = style.as_set(results.runs)
    return [arm for arm in dict.fromkeys(runs["arm"]) if arm != PLACEBO]


def said_of_supervision(results: Results) -> dict[str, Mapping[str, Any]]:
    """Return what each arm says of supervision, nothing where it says nothing."""
    written: Mapping[str, Any] = results.scenario.get("arms") or {}
    found: dict[str, Mapping[str, Any]] = {}
    for arm, changes in written.items():
        mine: dict[str, Any] = {}
        for name, value in (changes or {}).items():
            if name == POLICY and isinstance(value, Mapping):
                mine |= value
            elif name.startswith(f"{POLICY}."):
                mine[name.removeprefix(f"{POLICY}.")] = value
        found[arm] = mine
    return found


def need_rules(results: Results) -> None:
    """Refuse to draw unless some arms differ in supervision."""
    said = said_of_supervision(results)
    style.need(any(said.values()), "no arm says anything of supervision")


def level_of(results: Results, arm: str) -> int:
    """Return the level an arm says, the last one if it is dated; 1 where it says none."""
    said = said_of_supervision(results).get(arm, {}).get("level", 1)
    while isinstance(said, Mapping):
        said = list(said.values())[-1]
    return int(said)


def is_ladder(results: Results) -> bool:
    """Tell whether all arms but the reference are levels of supervision, and nothing else."""
    said = {a: s for a, s in said_of_supervision(results).items() if a != results.reference_arm}
    return len(said) > 1 and all(set(names) == {"level"} for names in said.values())
