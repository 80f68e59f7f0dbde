"""Attacks on institutions: whom they strike, whether they succeed, and the incidents that follow.

Responsible for the attacks of the scenario's timeline and for the book of incidents. What an
incident does is left to the subject it belongs to (`heists`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.chart import CODE_SPAN, CODES, INCIDENT
from sim.contracts.incidents import KINDS as KINDS_OF_ATTACK
from sim.heists import HEISTS
from sim.security import success_probability
from sim.shocks.base import Attack
from sim.theft import repay_robbed
from sim.units import Floats, Ids
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def strike_attacks(world: World, scenario: Scenario) -> None:
    """Let this month's attacks strike, those that succeed become incidents.

    Before that, whoever was robbed earlier pays clients what it can.
    """
    if world.fraud_claims.n:
        repay_robbed(world)
    for attack in world.policy.shocks:
        if isinstance(attack, Attack) and attack.is_active(world.month):
            rows = _succeeds(world, scenario, attack, victims(world, attack))
            if len(rows):
                _carry_out(world, scenario, attack, rows)


def victims(world: World, attack: Attack) -> Ids:
    """Rows of the living institutions that an attack is aimed at, ascending."""
    kind, rank = attack.target_kind, attack.target_rank
    alive = np.flatnonzero(world.tables[kind].alive)
    if rank is None and attack.choice == "random":
        order = alive[np.argsort(_draw(world, "attack_target", attack, alive), kind="stable")]
    else:
        order = alive[np.argsort(-_size(world, kind)[alive], kind="stable")]
    chosen = order[: attack.count] if rank is None else order[rank - 1 : rank]
    return np.sort(chosen)


def _size(world: World, kind: str) -> Floats:
    """How large institutions are: platforms by how well they are known, others by capital."""
    table = world.tables[kind]
    return np.asarray(table.prominence if kind == "platform" else table.initial_capital)


def _draw(world: World, purpose: str, attack: Attack, rows: Ids) -> Floats:
    option = KINDS_OF_ATTACK.index(attack.kind) * CODE_SPAN + CODES[attack.target_kind]
    return world.draws.uniform(purpose, world.month, rows, option)


def _succeeds(world: World, scenario: Scenario, attack: Attack, rows: Ids) -> Ids:
    """Those among some institutions that an attack gets into; rows : (m,)."""
    world.desk.count("attacks", len(rows))
    if attack.certain:
        return rows
    spending = world.tables[attack.target_kind].security_spending[rows]
    chance = success_probability(spending, scenario.parameters.security)
    return rows[_draw(world, "attack_success", attack, rows) < chance]


def _carry_out(world: World, scenario: Scenario, attack: Attack, rows: Ids) -> None:
    """Write incidents into the book and let an attack have its effect; rows : (m,) victims."""
    book, kind = world.incidents, attack.target_kind
    new = book.append(
        len(rows),
        {
            "month": world.month,
            "kind": KINDS_OF_ATTACK.index(attack.kind),
            "population": CODES[kind],
            "row": rows,
            "cause": book.next_serial,
        },
    )
    sources = book.serial[new].astype(np.int64) * CODE_SPAN + INCIDENT
    outcome = HEISTS[attack.kind](world, scenario, kind, rows, attack, sources)
    book.stolen[new], book.records[new] = outcome.stolen, outcome.records
    book.hours[new] = outcome.hours
    world.desk.count("incidents", len(rows))
