"""What is wrong with the attacks of a scenario, or right and without effect.

Responsible for attacks on institutions that there are not, or not so many of, or that cannot be
attacked so. Not responsible for bounds of single fields (`sim/scenario_schema.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim import scenario_tree as tree
from sim.scenario_errors import Mistake, nearest, shown
from sim.scenario_plugins import plugins
from sim.scenario_schema import File
from sim.scenario_tree import Node
from sim.shocks.base import TARGETS, WAYS, Attack

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.scenario_policy import Policy


_ON_VENDORS = "an attack on a vendor"


def impossible_attacks(root: Node, file: File, said: Node) -> list[Mistake]:
    """Find attacks on institutions that there are not, or that cannot be attacked so, or never.

    root : the tree of a date with presets laid under; said : the same without them
    """
    found = _unnamed(file, said)
    for label, attack in file.shocks.items():
        if not isinstance(attack, Attack):
            continue
        if attack.month > file.time.months:
            when = tree.outside(attack.month, file.time.months)
            found.append(Mistake(tree.place_at(root, ("shocks", label, "month")), when))
        for field, wrong in _wrong_with(file, attack):
            found.append(Mistake(tree.place_at(root, ("shocks", label, field)), wrong))
    p = file.parameters.cyber
    if p.outage_p95 < p.outage_median:
        place = tree.place_at(root, ("parameters", "cyber", "outage_p95"))
        low = f"{shown(p.outage_p95)} must not be below outage_median ({shown(p.outage_median)})"
        found.append(Mistake(place, low))
    return found


def _unnamed(file: File, said: Node) -> list[Mistake]:
    """Find shocks without a name, by which attacks draw, and those aimed at null."""
    found = []
    for label, shock in file.shocks.items():
        node = said.get("shocks", label)
        if not label.strip() and node is not None:
            found.append(Mistake(node.place, "a shock needs a name"))
        target = said.get("shocks", label, "target")
        if target is not None and target.value is None and hasattr(shock, "target"):
            usual = type(shock).model_fields["target"].default
            if usual is not None:
                text = f"null is nobody; leave it out for {shown(usual)}"
                found.append(Mistake(target.place, text))
    return found


def _wrong_with(file: File, attack: Attack) -> Iterator[tuple[str, str]]:
    """Name the field by which an attack is impossible, and why; nothing if it is possible."""
    wrong = _wrong_target(file, attack)
    if wrong:
        yield "target", wrong
        return
    there, kind = _count(file, attack.target_kind), attack.target_kind
    if attack.target_rank is not None:
        one = f"{attack.target} is one {kind}"
        if attack.count > 1:
            yield "count", f"{attack.count} cannot be attacked: {one}; name {kind} for several"
        elif attack.choice == "random":
            yield "choice", f"'random' does not go with target: {one}; name {kind} to draw some"
        return
    if attack.count > there:
        said = f"{attack.count} is more than there are: population.{kind}s is {there}"
        yield "count", f"{said}; give 1..{there}"
    is_said = attack.target in WAYS and "choice" in attack.model_fields_set
    if is_said and attack.choice != attack.target:
        said = f"{shown(attack.choice)} contradicts target {shown(attack.target)}"
        yield "choice", f"{said}; say one of them"


def _wrong_target(file: File, attack: Attack) -> str:
    """Say what is wrong with the target of an attack; nothing if it is right."""
    kind, colon, rank = attack.target.partition(":")
    if colon and kind in WAYS:
        a_kind = attack.targets[-1]
        return f"{shown(attack.target)}: '{kind}' has no ranks; give a kind, as in {a_kind}:{rank}"
    if not colon and kind in WAYS:
        kind = attack.target_kind
    if kind not in (*TARGETS, *attack.targets, "vendor"):
        return f"there is no institution '{kind}'{nearest(kind, (*attack.targets, *WAYS))}"
    if kind not in attack.targets:
        why = f", {attack.spared[kind]}" if kind in attack.spared else ""
        can = ", ".join(attack.targets)
        article = "an" if attack.kind[0] in "aeiou" else "a"
        one = f"{article} {attack.kind}" if "vendor" not in attack.targets else _ON_VENDORS
        hint = "; kind: vendor does" if kind == "vendor" else ""
        return f"{one} cannot strike a {kind}{why}; it strikes {can}{hint}"
    there = _count(file, kind)
    if not there:
        return f"there is nobody to attack: population.{kind}s is 0"
    if colon and not (rank.isdecimal() and int(rank)):
        return f"{shown(rank)} is no rank: give {kind}:1 for the largest"
    if colon and int(rank) > there:
        return f"there is no {kind} of rank {rank}: population.{kind}s is {there}"
    return ""


def attacks_without_effect(run: Scenario, policy: Policy) -> Iterator[str]:
    """Tell which attacks take nothing, which rates strike nobody, and where no second vendor is."""
    p, vendors = run.parameters, run.population.vendors
    rates = [p.cyber.vendor_attack_rate]
    at = {"all"} if p.cyber.attack_rate > 0.0 else set()
    for shock in policy.shocks:
        rates.append(getattr(shock, "vendor_rate", 0.0))
        at |= {shock.target} if shock.kind == "wave" and shock.rate > 0.0 else set()
        fields = shock.idle_at_zero if isinstance(shock, Attack) else ()
        if fields and not any(getattr(shock, field) for field in fields):
            what = " and ".join(f"{field} is 0" for field in fields)
            yield f"shocks: the {shock.kind} of month {shock.month} takes nothing; {what}"
    if any(rates) and not vendors:
        yield "shocks: attacks arrive at vendors, and there are none; population.vendors is 0"
    for target in sorted(at):
        yield from _idle_rates(run, target)
    if p.vendor.second_share > 0.0 and vendors == 1:
        yield "parameters.vendor.second_share: there is no second vendor; population.vendors is 1"


def _idle_rates(run: Scenario, target: str) -> Iterator[str]:
    """Tell of attacks that arrive at random at a kind that is not there, or are of no kind."""
    if target != "all" and not _count(run, target):
        yield f"shocks: attacks arrive at {target}s, and there are none; population.{target}s is 0"
        return
    kinds = TARGETS if target == "all" else (target,)
    attacks = [shock for shock in plugins("shocks").values() if issubclass(shock, Attack)]
    cyber = run.parameters.cyber
    if not any(a.weight(cyber) > 0 and set(a.targets) & set(kinds) for a in attacks):
        yield "shocks: attacks arrive, and none does harm; their weights in parameters.cyber are 0"


def _count(file: File | Scenario, kind: str) -> int:
    return int(getattr(file.population, f"{kind}s"))
