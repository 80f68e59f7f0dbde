"""Dates a reader must see in a picture over time: shocks, and policies that change.

They are read from the merged scenario file in the results folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from analysis.figures._style import GREY, PALE, SMALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.results import Results

POLICIES = ("credit", "supervision", "channels")


@dataclass(frozen=True)
class Mark:
    """A date or span of months with its name; `last` is None where something changes for good."""

    first: int
    last: int | None
    name: str


def marks(results: Results, arm: str | None = None) -> list[Mark]:
    """Return shocks and policy dates of one arm, or of all arms, in order of time."""
    whole = results.scenario
    arms: Mapping[str, Any] = whole.get("arms") or {}
    chosen = arms.values() if arm is None and arms else [arms.get(arm or "") or {}]
    found: dict[Mark, None] = {}
    for changes in chosen:
        found |= dict.fromkeys(_marks_of(laid_over(whole, changes or {})))
    return sorted(found, key=lambda mark: (mark.first, mark.name))


def marks_by_arm(results: Results) -> list[Mark]:
    """Return the marks of all arms for one picture; what not all arms have names those that do."""
    arms = list(results.scenario.get("arms") or {})
    mine = {arm: marks(results, arm) for arm in arms}
    named = []
    for mark in marks(results):
        having = [arm for arm in arms if mark in mine[arm]]
        few = having if len(having) < len(arms) else []
        whose = ", ".join(few) if len(few) < 3 else f"{len(few)} arms"
        named.append(replace(mark, name=f"{mark.name} (only {whose})") if few else mark)
    return named


def laid_over(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Lay an arm over a file: dotted names reach inside, maps merge, null removes."""
    merged = deepcopy(dict(base))
    for name, value in changes.items():
        head, _, rest = str(name).partition(".")
        if rest:
            value = {rest: value}
        inside = merged.get(head)
        if isinstance(value, Mapping) and "at" not in value:
            merged[head] = laid_over(inside if isinstance(inside, Mapping) else {}, value)
        elif value is None:
            merged.pop(head, None)
        else:
            merged[head] = value
    return merged


def _marks_of(scenario: Mapping[str, Any]) -> Iterator[Mark]:
    for name, shock in (scenario.get("shocks") or {}).items():
        if isinstance(shock, Mapping) and isinstance(shock.get("month"), int):
            first, months = shock["month"], shock.get("months")
            last = first + months - 1 if isinstance(months, int) else None
            yield Mark(first, last, str(name).replace("_", " "))
    for section in POLICIES:
        yield from _dates_in(scenario.get(section), (section,))


def _dates_in(value: Any, path: tuple[str, ...]) -> Iterator[Mark]:
    if not isinstance(value, Mapping):
        return
    if set(value) == {"at"} and isinstance(value["at"], Mapping):
        for month, held in value["at"].items():
            if int(month) > 1:
                yield Mark(int(month), None, _name(path, held))
        return
    for name, inside in value.items():
        yield from _dates_in(inside, (*path, str(name)))


def _name(path: tuple[str, ...], held: Any) -> str:
    """Word what changes: `supervision level 2`, `loan cap`, `loan cap ends`."""
    kept = path if len(path) <= 2 and path[-1] in ("level", "preset") else path[1:]
    words = " ".join(kept or path).replace("_", " ").replace(".", " ")
    if held is None:
        return f"{words} ends"
    if isinstance(held, bool):
        return f"{words} {'on' if held else 'off'}"
    return words if isinstance(held, Mapping | list) else f"{words} {held}"


def draw_marks(axes: Axes, found: list[Mark], with_names: bool = True) -> None:
    """Shade shocks and draw a line at policy dates, behind the data; names along the top."""
    for i, mark in enumerate(found):
        if mark.last is None:
            dashes = (0, (4, 3))
            axes.axvline(mark.first - 0.5, color=GREY, linewidth=0.9, linestyle=dashes, zorder=0)
        else:
            axes.axvspan(
                mark.first - 0.5, mark.last + 0.5, color=PALE, alpha=0.6, linewidth=0, zorder=0
            )  # fmt: skip
        if with_names:
            axes.annotate(
                mark.name, (mark.first - 0.5, 1.0), xycoords=("data", "axes fraction"),
                xytext=(3, -9 - 10 * (i % 3)), textcoords="offset points", fontsize=SMALL,
                color=GREY, annotation_clip=True,
            )  # fmt: skip
