"""What theft, ransom and breach do to the institutions an attack gets into.

Responsible for handing the terms of an attack to the subject that knows what follows, and for what
becomes of it in the list of incidents. Who is attacked, and whether it succeeds, is decided before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.breaches import open_breaches, records_within_reach
from sim.contracts.incidents import MONTH_HOURS
from sim.ransom import ALWAYS, BY_OWN_SIGHT, NEVER, answer_ransoms
from sim.theft import loot, rob
from sim.units import Fen, Floats, Ids, Mask, yuan
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

WAYS = {"decide": BY_OWN_SIGHT, "never": NEVER, "always": ALWAYS}


class Outcome(NamedTuple):
    """What an attack brought about, (m,) by victim.

    stolen : fen taken or paid; records : stolen; hours : that systems are down
    """

    stolen: Fen
    records: Ids
    hours: Floats


def _nothing(n: int) -> Outcome:
    return Outcome(np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), np.zeros(n))


def _theft(
    world: World, scenario: Scenario, kind: str, rows: Ids, attack: Any, sources: Ids
) -> Outcome:
    own, clients = rob(world, kind, rows, np.full(len(rows), attack.share), sources)
    return _nothing(len(rows))._replace(stolen=own + clients)


def finds_something(world: World, attack: Any, kind: str, rows: Ids) -> Mask:
    """Mark institutions that lose by an attack that gets in; (m,) rows.

    Some need cash or records to take, and one of the two is enough for those that need both.
    """
    if not (attack.needs_cash or attack.needs_records):
        return np.ones(len(rows), dtype=np.bool_)
    shares, found = np.full(len(rows), attack.share), np.zeros(len(rows), dtype=np.bool_)
    if attack.needs_cash:
        own, clients = loot(world, kind, rows, shares)
        found |= own + clients > 0
    if attack.needs_records:
        found |= records_within_reach(world, world.first_number(kind) + rows, shares) > 0
    return found


def _ransom(
    world: World, scenario: Scenario, kind: str, rows: Ids, attack: Any, sources: Ids
) -> Outcome:
    each = np.ones(len(rows))
    asked = (yuan(attack.amount) * each).astype(np.int64)
    pays = answer_ransoms(
        world,
        scenario,
        kind,
        rows,
        asked,
        attack.hours / MONTH_HOURS * each,
        attack.lost_clients * each,
        np.full(len(rows), WAYS[attack.paid]),
        sources,
    )
    hours = np.where(pays, 0.0, float(attack.hours))
    return _nothing(len(rows))._replace(stolen=np.where(pays, asked, 0), hours=hours)


def _breach(
    world: World, scenario: Scenario, kind: str, rows: Ids, attack: Any, sources: Ids
) -> Outcome:
    each = np.ones(len(rows))
    terms = {
        "precision_lost": attack.precision_lost * each,
        "months": attack.renewal_months * each,
        "identity_share": attack.identity_share * each,
        "identity_months": attack.identity_months * each,
        "trust_lost": attack.trust_lost * each,
        "compensation": yuan(attack.compensation) * each,
    }
    number = world.first_number(kind) + rows
    records = open_breaches(world, number, sources, attack.share * each, terms)
    return _nothing(len(rows))._replace(records=records)


HEISTS: dict[str, Callable[[World, Scenario, str, Ids, Any, Ids], Outcome]] = {
    "theft": _theft,
    "ransom": _ransom,
    "breach": _breach,
}


def carry_out_heists(
    world: World, scenario: Scenario, kind: str, rows: Ids, attack: Any, sources: Ids
) -> Outcome:
    """Let what an attack does besides an outage happen to its victims, one effect after the other.

    kind : population; rows : (m,) distinct; sources : (m,) parties behind the attacks
    """
    found = _nothing(len(rows))
    for effect in attack.effects:
        if effect in HEISTS:
            new = HEISTS[effect](world, scenario, kind, rows, attack, sources)
            hours = np.maximum(found.hours, new.hours)
            found = Outcome(found.stolen + new.stolen, found.records + new.records, hours)
    return found
