"""Rules of supervision that contradict each other, or that nobody could keep.

Responsible for saying so in a line before anything runs: each rule may be well-formed alone. Not
responsible for the shape of a file (`sim/scenario_schema.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sim import scenario_tree as tree
from sim.limits import PROVIDER_KINDS
from sim.scenario_errors import Mistake
from sim.scenario_plugins import plugins
from sim.scenario_policy import on_date
from sim.scenario_schema import File
from sim.scenario_tree import Node

Found = Iterator[tuple[tuple[str, ...], str]]


def contradictions(root: Node, file: File) -> list[Mistake]:
    """Find rules of one date that cannot be kept together, or by anybody there."""
    rules = file.supervision
    found = (*_caps_too_low(file, rules), *_closed_for_ever(rules), *_without_means(file, rules),
             *_without_members(file, rules), *_without_clients(rules))  # fmt: skip
    return [Mistake(tree.place_at(root, ("supervision", *path)), said) for path, said in found]


def _living(file: File, kinds: Sequence[str]) -> list[str]:
    """Name the kinds among these, all if none is named, that the population has."""
    return [k for k in kinds or PROVIDER_KINDS if getattr(file.population, f"{k}s")]


def _caps_too_low(file: File, rules: Any) -> Found:
    """Find caps below the smallest loan that anybody whom they bind makes."""
    for name in ("loan_cap", "total_debt_cap"):
        cap = getattr(rules, name)
        kinds = [] if cap is None else _living(file, cap.kinds)
        least = {k: getattr(file.parameters, k).minimum_loan for k in kinds}
        if least and cap.amount < min(least.values()):
            smallest = ", ".join(f"{kind} {amount:,.0f}" for kind, amount in least.items())
            yield (
                (name, "amount"),
                f"{cap.amount:,.0f} yuan is below the smallest loan of all it binds ({smallest})",
            )


def _closed_for_ever(rules: Any) -> Found:
    """Find an order to close for want of a licence that nobody can get."""
    order, licence = rules.closure_order, rules.licence
    if order is None or not order.unlicensed_only:
        return
    licensed = set() if licence is None else set(licence.kinds or PROVIDER_KINDS)
    lacking = [k for k in order.kinds or PROVIDER_KINDS if k == "platform" and k not in licensed]
    if lacking:
        yield (
            ("closure_order", "unlicensed_only"),
            "no rule gives a platform a licence, so it would close all; add supervision.licence",
        )


def _without_means(file: File, rules: Any) -> Found:
    """Find cases that a regulator without a budget could never take up."""
    if file.parameters.regulator.budget > 0:
        return
    if rules.emergency_liquidity is not None:
        yield ("emergency_liquidity",), "parameters.regulator.budget is 0, so nothing could be lent"
    if rules.licence is not None and rules.licence.case_cost > 0:
        said = "parameters.regulator.budget is 0, so nobody could be examined"
        yield ("licence", "case_cost"), said
    for name, what in (("inspection", "nobody could be inspected"),
                       ("alarm_channel", "no alarm could be looked into")):  # fmt: skip
        rule = getattr(rules, name)
        if rule is not None and rule.cost > 0:
            yield (name, "cost"), f"parameters.regulator.budget is 0, so {what}"


def _without_members(file: File, rules: Any) -> Found:
    """Find a registry that obliges only kinds of provider that are not there."""
    registry = rules.mandatory_registry
    if registry is not None and not _living(file, registry.kinds):
        there = " and ".join(f"population.{k}s" for k in registry.kinds or PROVIDER_KINDS)
        yield ("mandatory_registry", "kinds"), f"a registry without members: {there} are 0"


def _without_clients(rules: Any) -> Found:
    """Find rules on clients' money that bind only those who keep none."""
    for name in plugins("supervision"):
        rule = getattr(rules, name)
        if rule is not None and rule.for_clients and rule.kinds and "platform" not in rule.kinds:
            bound = ", ".join(f"'{kind}'" for kind in rule.kinds)
            yield (name, "kinds"), f"none of {bound} keeps money of clients; only 'platform' does"


def never_begun(root: Node) -> list[Mistake]:
    """Find instruments whose first date ends them, though nothing else had them in force."""
    mistakes = []
    rules = root.get("supervision")
    for name in plugins("supervision"):
        node = root.get("supervision", name)
        dates = tree.dates_of(node) if node is not None and tree.is_dated(node) else {}
        if not dates:
            continue
        first = min(dates)
        if dates[first].value in (False, None):
            assert rules is not None
            rest = {other: item for other, item in rules.value.items() if other != name}
            bare = Node({**root.value, "supervision": Node(rest, rules.place)}, root.place)
            undated = on_date(root, None).get("supervision", name)
            if undated is None and on_date(bare, first).get("supervision", name) is None:
                said = f"ends in month {first} what has not begun; its first date must begin it"
                mistakes.append(Mistake(dates[first].place, said))
    return mistakes
