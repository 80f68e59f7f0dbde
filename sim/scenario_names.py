"""Which names a scenario may use, and which of them null may stand for.

Null takes back what is there: a plug-in, a shock, an arm, a single value. Responsible for
finding the names beside a field in the classes of `sim/scenario_schema.py`, and for refusing
null for a name that nobody knows, which would otherwise change nothing and say nothing. Not
responsible for values.
"""

from __future__ import annotations

import typing
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel

from sim import scenario_tree as tree
from sim.scenario_errors import Mistake, nearest
from sim.scenario_plugins import kind_of
from sim.scenario_schema import File
from sim.scenario_tree import EMPTY, Node, Path

NULL_SECTION = "null would drop all that is inherited here; leave the line out to change nothing"
# Maps whose names the author chose, and what one of them is called.
_CHOSEN: dict[Path, str] = {
    ("arms",): "arm",
    ("factors",): "factor",
    ("shocks",): "shock",
    ("design",): "field",
    ("sample", "over"): "field",
}


def lay(under: Node, over: Node) -> Node:
    """Lay one tree over another; null must take back a label that is there, and then is gone."""
    merged = tree.merge(under, over)
    mistakes: list[Mistake] = []
    chosen = dict(_CHOSEN) | {("factors", name): "level" for name in _names(merged.get("factors"))}
    for path, noun in chosen.items():
        mistakes += _nothing_taken(over.get(*path), _names(under.get(*path)), noun)
    shocks = _names(merged.get("shocks"))
    for label, arm in (over.get("arms") or EMPTY).value.items() if _arms(over) else ():
        known = [*shocks, *_names(under.get("arms", label, "shocks"))]
        mistakes += _nothing_taken(arm.get("shocks"), known, "shock")
    tree.refuse(mistakes)
    for path in chosen:
        merged = _dropped(merged, path)
    for label in _arms(merged):
        merged = _dropped(merged, ("arms", label, "shocks"), _names(merged.get("shocks")))
    return merged


def _names(node: Node | None) -> list[str]:
    return [*node.value] if node is not None and node.is_map else []


def _arms(root: Node) -> list[str]:
    return _names(root.get("arms"))


def _nothing_taken(node: Node | None, known: Sequence[str], noun: str) -> Iterator[Mistake]:
    """Find labels that are null with nothing to take back."""
    for name in _names(node):
        item = None if node is None else node.get(name)
        if item is None or item.value is not None or name in known:
            continue
        offered = nearest(name, known)
        if noun in ("arm", "level") and "did you mean" not in offered:
            a = "an" if noun == "arm" else "a"
            yield Mistake(item.place, f"write {{}} for {a} {noun} that changes nothing")
        else:
            yield Mistake(item.place, f"there is no {noun} '{name}' to take back{offered}")


def _dropped(node: Node, path: Path, kept: Collection[str] = ()) -> Node:
    """Leave out the nulls of the map at a path, but for the names that are kept."""
    if not node.is_map:
        return node
    if not path:
        items = node.value.items()
        return Node({k: v for k, v in items if v.value is not None or k in kept}, node.place)
    child = node.value.get(path[0])
    if child is None:
        return node
    return Node({**node.value, path[0]: _dropped(child, path[1:], kept)}, node.place)


def wrong_nulls(node: Node, kinds: Sequence[Any] = (File,)) -> list[Mistake]:
    """Find nulls for fields that do not exist, and for sections.

    Null for a section would drop, unasked, all it inherits.

    kinds : the types the node may have
    """
    if tree.is_dated(node):
        at = node.value["at"]
        values = [*(at.value.values() if at.is_map else ()), node.value.get("undated", EMPTY)]
        return [mistake for value in values for mistake in wrong_nulls(value, kinds)]
    if not node.is_map:
        return []
    models = _models(node, kinds)
    fields: dict[str, Any] = {}
    if any(item.value is None for item in node.value.values()):
        fields = {name: field for model in models for name, field in model.model_fields.items()}
    found = []
    for name, item in node.value.items():
        if item.is_map:
            below = [k for kind in models or kinds for k in types_below(kind, name)]
            found += wrong_nulls(item, below)
        elif item.value is not None:
            continue
        elif models and name not in fields:
            offered = [*fields, "extends"] if File in models else [*fields]
            found.append(Mistake(item.place, f"unknown field{nearest(name, offered)}"))
        elif models and is_model(fields[name].annotation):
            found.append(Mistake(item.place, NULL_SECTION))
    return found


def _models(node: Node, kinds: Sequence[Any]) -> list[type[BaseModel]]:
    """Give the classes a map may be of; among several, those of the kind it names."""
    models = [kind for kind in kinds if is_model(kind)]
    if len(models) < 2:
        return models
    named = node.get("kind")
    return [model for model in models if named is not None and kind_of(model) == named.value]


def names_beside(path: tuple[Any, ...]) -> list[str]:
    """List the fields a map at this path may have, but for its last name."""
    kinds: list[Any] = [File]
    for name in path[:-1]:
        kinds = [k for kind in kinds for k in types_below(kind, name)]
    names = [field for kind in kinds if is_model(kind) for field in kind.model_fields]
    return [*names, "extends"] if len(path) == 1 else names


def nothing_at(path: tuple[Any, ...]) -> str:
    """Say what to write for nothing at a section, where null is refused; empty elsewhere."""
    kinds: list[Any] = [File]
    for name in path[:-1]:
        kinds = [k for kind in kinds for k in types_below(kind, name)]
    fields = [kind.model_fields.get(path[-1]) for kind in kinds if is_model(kind)]
    for field in fields:
        if field is not None and is_model(field.annotation):
            below = field.annotation.model_fields
            for name, value in (("preset", "none"), ("level", 0)):
                if name in below:
                    return f"write {{{name}: {value}}}"
            return "leave the line out to change nothing"
    return ""


def types_below(kind: Any, name: Any) -> list[Any]:
    """Give the types that a value of this type may have under a name."""
    if is_model(kind):
        return _types_in(kind, name)
    arguments = typing.get_args(kind)
    return _members(arguments[-1]) if typing.get_origin(kind) is dict else _members(arguments[:1])


@cache
def _types_in(model: type[BaseModel], name: Any) -> list[Any]:
    if kind_of(model) == name:
        return [model]
    field = model.model_fields.get(name)
    return [] if field is None else _members(field.annotation)


def _members(annotation: Any) -> list[Any]:
    """Take optional types, unions and annotated types apart."""
    if isinstance(annotation, tuple):
        return [m for part in annotation for m in _members(part)]
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _members(typing.get_args(annotation)[0])
    if origin is typing.Union or type(annotation).__name__ == "UnionType":
        return [m for part in typing.get_args(annotation) for m in _members(part)]
    return [annotation]


def is_model(kind: Any) -> bool:
    """Tell whether a type is a class with fields."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)
