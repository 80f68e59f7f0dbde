"""What is in force in a month: dated values and presets resolved into plug-in objects.

Responsible for laying presets under what a scenario says, for the checks of one date, and for
`Policy`, all that the month reads of policy. Not responsible for arms and points
(`sim/scenario.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from sim import scenario_tree as tree
from sim.limits import CREDIT_KINDS, FACTOR_KINDS, PROVIDER_KINDS
from sim.scenario_errors import Mistake, Place, explain
from sim.scenario_names import names_beside, nothing_at
from sim.scenario_parts import Crowdfunding, Lines
from sim.scenario_plugins import plugins
from sim.scenario_schema import File, presets
from sim.scenario_tree import DATED_SECTIONS, EMPTY, Node

Source = Any
Instrument = Any
Shock = Any


@dataclass(frozen=True)
class Policy:
    """What is in force in a month.

    sources : by kind of provider, what it may look at
    sharing : do members of the registry learn from one pool of files and outcomes
    guarantees : do banks and micro lenders accept guarantees of circles
    grace : is what falls due while the creditor's systems are down not late
    instruments : in force; the order never matters
    shocks : all of the scenario; each knows its months
    shock_names : what the scenario calls them; none: by kind
    off : channels switched off; empty in the burn-in
    lines : what policy says of lines of credit
    factors : kinds of provider that buy receivables on core firms
    crowdfunding : what policy says of crowdfunding platforms
    """

    sources: dict[str, tuple[Source, ...]]
    sharing: bool
    guarantees: bool
    instruments: tuple[Instrument, ...]
    shocks: tuple[Shock, ...]
    off: frozenset[str]
    lines: Lines
    factors: tuple[str, ...] = ()
    crowdfunding: Crowdfunding = field(default_factory=Crowdfunding)
    grace: bool = True
    shock_names: tuple[str, ...] = ()

    def named_shocks(self) -> Iterator[tuple[str, Shock]]:
        """Go through all shocks, each with its name in the scenario."""
        return zip(self.shock_names or unnamed(self.shocks), self.shocks, strict=True)


def unnamed(shocks: Sequence[Shock]) -> tuple[str, ...]:
    """Name shocks that are given from Python by kind and place among those of their kind."""
    kinds = [shock.kind for shock in shocks]
    return tuple(f"given {kind} {kinds[:i].count(kind) + 1}" for i, kind in enumerate(kinds))


def with_presets(root: Node) -> Node:
    """Lay the named presets under what an undated tree says.

    What each kind of provider may look at ends up in `credit.providers.<kind>.sources`; a
    plug-in named `true` gets its defaults, one named `false` or null is not there.
    """
    sections = dict(root.value)
    sections["credit"] = _with_sources(_given(root, "credit"))
    supervision = _given(root, "supervision")
    if supervision.is_map:
        level = supervision.value.get("level")
        wanted = "1" if level is None or level.value is None else str(level.value)
        under = _level(wanted)
        sections["supervision"] = _switched(tree.merge(under, supervision), "supervision")
    return tree.without_nulls(Node(sections, root.place))


def _with_sources(credit: Node) -> Node:
    providers = _given(credit, "providers")
    if not credit.is_map or not providers.is_map:
        return credit
    common = _named(credit, "preset", "private")
    kinds = dict(providers.value)
    for kind in CREDIT_KINDS:
        own = _given(providers, kind)
        if not own.is_map:
            continue
        named = own.get("preset") or credit.get("preset")
        place = credit.place if named is None else named.place
        sources = _sources(_named(own, "preset", common), kind, place)
        for layer in (credit.get("sources"), own.get("sources")):
            if layer is not None and layer.value is not None:
                sources = tree.merge(sources, layer)
        kinds[kind] = Node({**own.value, "sources": _switched(sources, "credit")}, own.place)
    body = {**credit.value, "providers": Node(kinds, providers.place)}
    if "sources" in body:
        body["sources"] = _switched(body["sources"], "credit")
    sharing = body.get("sharing")
    if sharing is None or sharing.value is None:
        shared = bool(presets("credit").get(common, {}).get("sharing")) and _has_members(kinds)
        body["sharing"] = Node(shared, credit.place)
    return Node(body, credit.place)


@lru_cache(maxsize=1024)
def _level(name: str) -> Node:
    """Give the instruments of a level of supervision; arms share what they do not change."""
    return tree.grow(presets("supervision").get(name, {}))


@lru_cache(maxsize=1024)
def _sources(preset: str, kind: str, place: Place) -> Node:
    """Give what a credit system lets a kind of provider look at, as written at a place."""
    return tree.grow(presets("credit").get(preset, {}).get("providers", {}).get(kind, {}), place)


def _has_members(kinds: dict[str, Node]) -> bool:
    """Tell whether any kind of provider is left that holds a registry."""
    held = [_given(kind, "sources") for kind in kinds.values()]
    return any(_given(sources, name) is not EMPTY for sources in held for name in openers())


def openers() -> list[str]:
    """Name the sources whose holders are members of a registry."""
    return [name for name, plugin in plugins("credit").items() if plugin.opens_debts]  # type: ignore[attr-defined]


def _given(node: Node, name: str) -> Node:
    """Give what stands under a name; nothing at all if it is absent or null."""
    found = node.get(name)
    return EMPTY if found is None or found.value is None else found


def _named(node: Node, field: str, default: str) -> str:
    found = node.get(field)
    return default if found is None or found.value is None else str(found.value)


def _switched(node: Node, family: str) -> Node:
    """Turn true into an empty description and false into nothing, for plug-ins by name."""
    if not node.is_map:
        return node
    body = {}
    for name, item in node.value.items():
        is_switch = isinstance(item.value, bool) and name in plugins(family)
        value = ({} if item.value else None) if is_switch else item.value
        body[name] = Node(value, item.place)
    return Node(body, node.place)


def validated(root: Node) -> tuple[File | None, list[Mistake]]:
    """Check an undated tree, presets laid under; the values, or the mistakes.

    Strict: text is no number, 1 is not true, 3.0 is no whole number.
    """
    try:
        return File.model_validate_json(json.dumps(tree.plain(root)), strict=True), []
    except ValidationError as error:
        return None, [_mistake(root, dict(e)) for e in error.errors(include_url=False)]


def _mistake(root: Node, error: dict[str, Any]) -> Mistake:
    path = tuple(error["loc"])
    if error["type"].startswith("union_tag"):
        place = tree.place_at(root, (*path, "kind"))
        kinds = ", ".join(plugins("shocks"))
        if error["type"] == "union_tag_not_found":
            return Mistake(place, f"must be given: one of {kinds}")
        error = {**error, "type": "literal_error", "input": error["ctx"]["tag"]}
        error["ctx"] = {"expected": ", ".join(f"'{kind}'" for kind in plugins("shocks"))}
        return Mistake(place, explain(error, ()))
    if error["type"] == "missing":
        return Mistake(tree.place_at(root, path), explain(error, ()))
    said = explain(error, names_beside(path), nothing_at(path))
    return Mistake(tree.place_at(root, path), said)


def segments(root: Node) -> list[int]:
    """List the months at which policy may change; the first is month 1."""
    dates = {1}
    for section in DATED_SECTIONS:
        for node in tree.dated_nodes(root.get(section) or EMPTY):
            dates.update(tree.dates_of(node))
    return sorted(dates)


def on_date(root: Node, month: int | None) -> Node:
    """Give the tree of one date, presets laid under: None is the burn-in."""
    return with_presets(said_on_date(root, month))


def said_on_date(root: Node, month: int | None) -> Node:
    """Give what is said of one date: the burn-in, None, knows undated values only."""
    sections = dict(root.value)
    for section in DATED_SECTIONS:
        if section in sections:
            found = tree.at_month(sections[section], month)
            sections[section] = found if found is not None else EMPTY
    return Node(sections, root.place)


def policy_of(file: File, in_burn_in: bool, extras: tuple[Any, ...] = ()) -> Policy:
    """Turn the values of one date into objects; `extras` are plug-ins given from Python."""
    own_sources = {e.kind: e for e in extras if family_of(e) == "credit"}
    sources = {}
    for kind in CREDIT_KINDS:
        held = getattr(file.credit.providers, kind).sources
        found = {name: getattr(held, name) for name in plugins("credit")}
        own = {name: s for name, s in own_sources.items() if s.may_hold(kind)}
        found = {**{name: s for name, s in found.items() if s is not None}, **own}
        sources[kind] = tuple(found.values())
    named = (getattr(file.supervision, name) for name in plugins("supervision"))
    instruments = (
        *(i for i in named if i is not None),
        *(e for e in extras if family_of(e) == "supervision"),
    )
    given = tuple(e for e in extras if family_of(e) == "shocks")
    shocks = (*file.shocks.values(), *given)
    off = frozenset(name for name, is_on in file.channels if not is_on)
    return Policy(
        sources={kind: _with_opened(kind, held, instruments) for kind, held in sources.items()},
        sharing=bool(file.credit.sharing),
        guarantees=file.credit.guarantees,
        instruments=instruments,
        shocks=() if in_burn_in else shocks,
        off=frozenset() if in_burn_in else off,
        lines=file.credit.lines,
        factors=tuple(kind for kind in FACTOR_KINDS if _may_factor(file, kind, sources[kind])),
        crowdfunding=file.credit.crowdfunding,
        grace=file.credit.grace,
        shock_names=() if in_burn_in else (*file.shocks, *unnamed(given)),
    )


def _may_factor(file: File, kind: str, sources: tuple[Source, ...]) -> bool:
    """Tell whether a kind buys receivables: as said, else if it can verify them."""
    said = getattr(file.credit.providers, kind).factoring
    return any(s.verifies_receivables for s in sources) if said is None else bool(said)


def _with_opened(
    kind: str, held: tuple[Source, ...], instruments: Sequence[Instrument]
) -> tuple[Source, ...]:
    """Add the sources that instruments open to a kind, with their defaults, where it has none."""
    opened = {
        name
        for i in instruments
        if kind in (getattr(i, "kinds", ()) or PROVIDER_KINDS)
        for name in i.opens
    }
    opened -= {source.kind for source in held}
    if not opened:
        return held
    found = {source.kind: source for source in held}
    found |= {name: plugins("credit")[name]() for name in opened}
    known = [name for name in plugins("credit") if name in found]
    return tuple(found[name] for name in [*known, *(n for n in found if n not in known)])


def family_of(plugin: Any) -> str:
    """Name the family of a plug-in by its base class."""
    for base in type(plugin).__mro__:
        parts = base.__module__.split(".")
        if parts[0] == "sim" and parts[-1] == "base":
            return parts[1]
    raise TypeError(f"{type(plugin).__name__} is no Source, Instrument or Shock")
