"""A scenario over time, written so that a file says the same.

Responsible for dating what an arm changes, which acts from month 1 and not in the burn-in, and for
all values in force written out: what `show` prints. Not responsible for YAML
(`sim/scenario_text.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim import scenario_tree as tree
from sim.limits import FACTOR_KINDS
from sim.scenario_names import is_model
from sim.scenario_schema import File
from sim.scenario_tree import EMPTY, Node

if TYPE_CHECKING:
    from sim.scenario import Scenario

Path = tuple[str, ...]
POLICY = ("credit", "supervision", "channels", "shocks")


def with_burn_in(root: Node, burn_in: Node) -> Node:
    """Date to month 1 what a tree says otherwise than its burn-in does.

    burn_in : undated values of the dated sections
    """
    sections = dict(root.value)
    for name in ("credit", "supervision"):
        if name in sections:
            kind = File.model_fields[name].annotation
            sections[name] = _dated(sections[name], burn_in.get(name), kind)
    if "shocks" in sections and sections["shocks"].is_map:  # what null took back is gone
        sections["shocks"] = tree.without_nulls(sections["shocks"])
    return Node(sections, root.place)


def _dated(now: Node, before: Node | None, kind: Any) -> Node:
    """Date a value that is another before month 1; sections of a file field by field.

    kind : class of a section, anything else for what is replaced as a whole
    """
    then = tree.at_month(now, None)
    if (then is None) == (before is None) and _plain(then) == _plain(before):
        return now
    if is_model(kind) and now.is_map and not tree.is_dated(now):
        under = before or EMPTY
        fields = kind.model_fields
        items = {
            name: _dated(item, under.get(name), name in fields and fields[name].annotation)
            for name, item in now.value.items()
        }
        return Node(items, now.place)
    first = now.value.get("undated") if tree.is_dated(now) else now
    at = now.value["at"].value if tree.is_dated(now) else {}
    at = {**({} if "1" in at else {"1": first or Node(None, now.place)}), **at}
    undated = {} if before is None else {"undated": before}
    return Node({**undated, "at": Node(at, now.place)}, now.place)


def _plain(node: Node | None) -> Any:
    return None if node is None else tree.plain(node)


def everything_in_force(scenario: Scenario, month: int | None = None) -> dict[str, Any]:
    """Give all values, defaults included; of one run also what presets give, written out.

    What lies over a file, its arms and points, speaks of presets by name: there policy stays as it
    is written.
    month : only what is in force then; None for all dates
    """
    data = scenario.model_dump(mode="json", exclude={"burn_in_policy"})
    data = {k: v for k, v in data.items() if v not in (None, {}, []) and k != "shocks"}
    written = scenario.written()  # where null still takes back
    if is_one_run(scenario):
        shocks = {"shocks": written["shocks"]} if written.get("shocks") else {}
        return data | shocks | _policy_over_time(scenario, month)
    return data | {name: written[name] for name in (*POLICY, "arms") if name in written}


def is_one_run(scenario: Scenario) -> bool:
    """Tell whether nothing is laid over the file: no arms, no points."""
    return not (scenario.arms or scenario.design or scenario.sample)


def _policy_over_time(scenario: Scenario, month: int | None) -> dict[str, Any]:
    """Write credit, supervision and channels out, dated where they change."""
    months = [0, *scenario.dates()] if month is None else [month]
    states = {at: _in_force(scenario, at) for at in months}
    paths = dict.fromkeys(path for state in states.values() for path in state)
    found: dict[str, Any] = {}
    for path in paths:
        values = {at: state.get(path) for at, state in states.items()}
        if path[0] == "channels":  # all are on in the burn-in, whatever is said of them
            values.pop(0, None)
        _put(found, path, _over_time(values))
    return found


def _over_time(values: dict[int, Any]) -> Any:
    """Give a value, with dates if it changes; None before the first date goes unsaid."""
    first, *later = values
    said = {first: values[first]}
    for at in later:
        if values[at] != list(said.values())[-1]:
            said[at] = values[at]
    before = said.pop(first)
    if not said:
        return before
    return {**({} if before is None else {"undated": before}), "at": said}


def _put(into: dict[str, Any], path: Path, value: Any) -> None:
    for name in path[:-1]:
        into = into.setdefault(name, {})
    into[path[-1]] = value


def _in_force(scenario: Scenario, month: int) -> dict[Path, Any]:
    """Give what is in force in a month by path, as if no preset gave anything.

    Kinds of provider that are not there are left out: a file may not say what they hold.
    """
    policy = scenario.policy(month)
    found: dict[Path, Any] = {
        ("credit", "preset"): "none",
        ("credit", "sharing"): policy.sharing,
        ("credit", "guarantees"): policy.guarantees,
        ("credit", "grace"): policy.grace,
    }
    for part, said in (("lines", policy.lines), ("crowdfunding", policy.crowdfunding)):
        for name, value in said.model_dump(mode="json").items():
            found["credit", part, name] = value
    for kind, sources in policy.sources.items():
        if not getattr(scenario.population, f"{kind}s"):
            continue
        here = ("credit", "providers", kind)
        found[*here, "sources"] = {}
        for source in sources:
            found[*here, "sources", source.kind] = source.model_dump(mode="json")
        if kind in FACTOR_KINDS:
            found[*here, "factoring"] = kind in policy.factors
    found["supervision", "level"] = 0
    for instrument in policy.instruments:
        found["supervision", instrument.kind] = instrument.model_dump(mode="json")
    for name in File.model_fields["channels"].annotation.model_fields:  # type: ignore[union-attr]
        found["channels", name] = name not in policy.off
    return found
