"""Factors of an experiment: arms as all combinations of one level of each.

Responsible for laying the levels over each other. Not responsible for what an arm may say
(`sim/scenario.py` checks every combination as any other arm).
"""

from __future__ import annotations

from itertools import product

from sim import scenario_tree as tree
from sim.scenario_errors import Mistake
from sim.scenario_tree import EMPTY, Node

CROSS = " / "  # between the levels in the name of an arm


def crossed(root: Node) -> Node:
    """Return the tree with the arms that its factors make; the same where there are none.

    Of two levels that say the same field the later factor counts.
    """
    factors = root.value.get("factors")
    levels = _levels(factors) if factors is not None else []
    if not levels:
        return root
    arms: dict[str, Node] = {}
    for combination in product(*levels):
        said = EMPTY
        for _, level in combination:
            said = tree.merge(said, level if level.is_map else EMPTY)
        arms[CROSS.join(name for name, _ in combination)] = said
    there = root.value.get("arms", EMPTY)
    foreign = [name for name in there.value if name not in arms] if there.is_map else []
    if foreign:
        message = "with factors, the arms are their combinations; leave arms out"
        tree.refuse([Mistake(there.value[foreign[0]].place, message)])
    return Node({**root.value, "arms": Node(arms, root.place)}, root.place)


def uncrossed(root: Node, keep_arms: bool = False) -> Node:
    """Return the tree without the arms that its factors make; to keep the arms, without factors."""
    if "factors" not in root.value:
        return root
    left_out = "factors" if keep_arms else "arms"
    return Node({k: v for k, v in root.value.items() if k != left_out}, root.place)


def _levels(factors: Node) -> list[list[tuple[str, Node]]]:
    """List the levels of each factor; empty where the shape is wrong, which the schema tells."""
    found = []
    for factor in factors.value.values() if factors.is_map else ():
        if not factor.is_map or not factor.value:
            return []
        found.append(list(factor.value.items()))
    return found
