"""A scenario as written: a tree of values that remember where they were written.

Responsible for dotted names, for merging (maps merge, lists replace, null takes back) and for
dated values. Not responsible for reading files (`sim/scenario_files.py`) nor for what a field
may hold (`sim/scenario_schema.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sim.scenario_errors import Mistake, Place, ScenarioError, say, shown

Path = tuple[str, ...]
# Maps whose keys are labels or whole dotted paths, not field names: `*` stands for any name.
_LABELS: tuple[Path, ...] = (
    ("arms",), ("shocks",), ("arms", "*", "shocks"),
    ("factors",), ("factors", "*"), ("factors", "*", "*", "shocks"),
)  # fmt: skip
PATHS: tuple[Path, ...] = (("design",), ("sample", "over"))
_WHOLE = re.compile(r"[+-]?[0-9]{1,6}")
_DECIMAL = re.compile(r"[+-]?[0-9]*\.[0-9]*")
DATED_SECTIONS = ("credit", "supervision", "channels")


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a scenario: a map or list of nodes, or a scalar.

    replaces : a map that takes the place of the one below it instead of merging with it
    """

    value: Any
    place: Place
    replaces: bool = False

    @property
    def is_map(self) -> bool:
        """Tell whether this is a map."""
        return isinstance(self.value, dict)

    def get(self, *path: str) -> Node | None:
        """Follow a path of names; None where it ends."""
        node: Node = self
        for name in path:
            if not node.is_map or name not in node.value:
                return None
            node = node.value[name]
        return node


EMPTY = Node({}, Place())


def grow(data: Any, place: Place | None = None) -> Node:
    """Turn plain Python data, as given from a program, into a tree."""
    return _grow(data, place or Place(), ())


def _grow(data: Any, place: Place, path: Path) -> Node:
    here = replace(place, field=".".join(path))
    if hasattr(data, "model_dump"):
        data = data.model_dump(mode="json")
    if isinstance(data, Mapping):
        items = [
            (str(key), key_path := below(path, str(key)), _grow(item, place, key_path))
            for key, item in data.items()
        ]
        return expand(here, path, [(key, node) for key, _, node in items])
    if isinstance(data, list | tuple | set | frozenset):
        return Node([_grow(item, place, path) for item in data], here)
    if hasattr(data, "item") and getattr(data, "ndim", 0) == 0:
        data = data.item()
    if data is not None and not isinstance(data, bool | int | float | str):
        raise say(f"{shown(str(data))} is no value of a scenario", here)
    return Node(data, here)


def below(path: Path, key: str) -> Path:
    """Give the path of a key, taken apart at its dots where dots mean nesting."""
    return path + (tuple(key.split(".")) if _splits(path) else (key,))


@lru_cache(maxsize=4096)
def _splits(path: Path) -> bool:
    return path not in PATHS and not any(_fits(path, label) for label in _LABELS)


def _fits(path: Path, pattern: Path) -> bool:
    return len(path) == len(pattern) and all(
        p in ("*", name) for name, p in zip(path, pattern, strict=True)
    )


def expand(place: Place, path: Path, items: list[tuple[str, Node]]) -> Node:
    """Build a map, taking dotted names apart: `credit.preset` means `credit: {preset: ...}`.

    Refuses a field that is given twice, once dotted and once nested.
    """
    node = Node({}, place)
    for key, item in items:
        # A number with a decimal point is no dotted name; what is wrong with it is said later.
        is_number = path[-1:] == ("at",) and _DECIMAL.fullmatch(key)
        if not _splits(path) or "." not in key or is_number:
            names = [key]
        else:
            names = key.split(".")
            if not all(names):
                raise say("a dotted name needs a name on both sides of each dot", item.place)
        for depth in range(1, len(names)):
            if (*path, *names[:depth]) in PATHS:
                names = [*names[:depth], ".".join(names[depth:])]
                break
        for name in reversed(names[1:]):
            item = Node({name: item}, item.place)
        _join(node.value, names[0], item)
    return node


def _join(into: dict[str, Node], name: str, item: Node) -> None:
    there = into.get(name)
    if there is None:
        into[name] = item
    elif there.is_map and item.is_map:
        for key, child in item.value.items():
            _join(there.value, key, child)
    else:
        line = f" (also in line {there.place.line})" if there.place.line else ""
        raise say(f"given twice{line}", item.place)


def merge(under: Node, over: Node) -> Node:
    """Lay one tree over another: maps merge, anything else replaces.

    Null stays in the tree, so it also takes back what a preset would give. A value with
    dates keeps the undated one below it for the months before its first date. `true` over a
    map keeps the map: it switches on what is already described. A map that `replaces` does so.
    """
    if over.replaces:
        return over
    if not over.is_map:
        return under if over.value is True and under.is_map else over
    if is_dated(over) and not is_dated(under):
        if "undated" in over.value or under.value is None or under.value == {}:
            return over
        return Node({"undated": under, **over.value}, over.place)
    if not under.is_map or (is_dated(under) and not is_dated(over)):
        return over
    merged = dict(under.value)
    for name, item in over.value.items():
        merged[name] = merge(merged[name], item) if name in merged else item
    return Node(merged, over.place, under.replaces)


def replacing(node: Node, path: Path) -> Node:
    """Let the map at a path replace what it will be laid over, if there is one."""
    if not path:
        return replace(node, replaces=True) if node.is_map else node
    child = node.get(path[0])
    if child is None:
        return node
    return replace(node, value={**node.value, path[0]: replacing(child, path[1:])})


def is_dated(node: Node) -> bool:
    """Tell whether a node is `{at: {month: value}}`, possibly with `undated:` beside."""
    return node.is_map and "at" in node.value and set(node.value) <= {"at", "undated"}


def at_month(node: Node, month: int | None) -> Node | None:
    """Replace every dated value by the one in force; None for what is not there yet.

    month : None asks for the undated values only
    """
    if is_dated(node):
        found: Node | None = node.value.get("undated")
        if month is not None:
            dates = {m: item for m, item in dates_of(node).items() if m <= month}
            found = dates[max(dates)] if dates else found
        return None if found is None else at_month(found, month)
    if not node.is_map:
        return node
    items = ((name, at_month(item, month)) for name, item in node.value.items())
    return Node({name: item for name, item in items if item is not None}, node.place)


def dates_of(node: Node) -> dict[int, Node]:
    """Give the values of one dated value by month, leaving out what is no month."""
    at = node.value["at"].value
    items = at.items() if isinstance(at, dict) else ()
    return {int(key): item for key, item in items if _WHOLE.fullmatch(key) and int(key) >= 1}


def dated_nodes(node: Node) -> Iterator[Node]:
    """Walk over all dated values of a tree, also those inside others."""
    if is_dated(node):
        yield node
    if node.is_map:
        for item in node.value.values():
            yield from dated_nodes(item)


def check_dates(root: Node, months: int) -> list[Mistake]:
    """Find dates that are no months of the run."""
    mistakes = []
    for section in DATED_SECTIONS:
        for node in dated_nodes(root.get(section) or EMPTY):
            at = node.value["at"]
            if not at.is_map or not at.value:
                message = f"{shown(plain(at))} is not a map of months to values"
                if at.is_map:
                    message = "names no month; write {at: {12: {}, 24: false}}"
                mistakes.append(Mistake(at.place, message))
                continue
            for key, item in at.value.items():
                if not _WHOLE.fullmatch(key):
                    mistakes.append(Mistake(item.place, f"'{key}' is not a month"))
                elif not 1 <= int(key) <= months:
                    mistakes.append(Mistake(item.place, outside(key, months)))
    shocks = root.get("shocks") or EMPTY
    for shock in shocks.value.values() if shocks.is_map else ():
        month = shock.get("month")
        if month is not None and type(month.value) is int and month.value > months:
            mistakes.append(Mistake(month.place, outside(month.value, months)))
    return mistakes


def outside(month: str | int, months: int) -> str:
    """Say that a month is none of the run's."""
    return f"month {month} is outside the run, which has months 1..{months}"


def plain(node: Node) -> Any:
    """Give the tree as plain dicts, lists and scalars."""
    value = node.value
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def without_nulls(node: Node) -> Node:
    """Drop what null has taken back; the same node where it has taken nothing."""
    if not node.is_map:
        return node
    kept: dict[str, Node] = {}
    is_same = True
    for name, item in node.value.items():
        if item.value is None:
            is_same = False
            continue
        kept[name] = without_nulls(item) if item.is_map else item
        is_same &= kept[name] is item
    return node if is_same else Node(kept, node.place)


def place_at(node: Node, path: tuple[Any, ...]) -> Place:
    """Find where the value at a path was written; the nearest one above it if it was not."""
    place = node.place
    for name in path:
        is_item = isinstance(node.value, list) and isinstance(name, int) and name < len(node.value)
        if is_item or (node.is_map and name in node.value):
            node = node.value[name]
        elif node.is_map and "kind" in node.value and node.value["kind"].value == name:
            continue
        else:
            missing = [*filter(None, [node.place.field]), str(name)]
            return replace(node.place, field=".".join(missing))
        place = node.place
    return place


def refuse(mistakes: list[Mistake]) -> None:
    """Raise all mistakes at once, if there are any."""
    if mistakes:
        raise ScenarioError(mistakes)
