"""Attacks that are tried: whether they get in, and the incidents that follow.

Responsible for the dice of each attack and for the book of incidents. Whom attacks are aimed at is
decided before (`attacks`); what an incident does is left to the subject it belongs to (`heists`,
`outages`).
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from sim.breaches import date_news
from sim.chart import CODE_SPAN, CODES, INCIDENT
from sim.contracts.incidents import KINDS as KINDS_OF_ATTACK
from sim.contracts.incidents import MONTH_HOURS, attack_code
from sim.heists import carry_out_heists, finds_something
from sim.parameters.cyber import CyberParameters
from sim.postings import fund_banks
from sim.reporting import note_incidents
from sim.security import success_probability
from sim.units import Fen, Floats, Ids, yuan
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

# Options of draws: kind of attack and of institution, then the attack's number, then the code of a
# kind of attack that is not among KINDS.
_NUMBER, _CODE = 1 << 8, 1 << 32
_NAMED = 1 << 23  # numbers of attacks that have a name; those that arrive count from 1


# ---------------------------------------------------------------- dice
def number_of(*names: str | int) -> int:
    """Number an attack by its name in the scenario, from 2^23: the same whatever else strikes.

    So every attack has dice of its own, and arms that share one under a name share its dice.
    """
    text = "\0".join(map(str, names))
    digest = blake2b(text.encode(), digest_size=3).digest()
    return _NAMED | int.from_bytes(digest, "little")


def option_of(kind_of_attack: str, kind: str, number: Any = 0) -> Any:
    """Give the option by which an attack on a kind of institution draws.

    number : of the attack, one or (m,): `number_of` its name, or its place among those that arrive
    """
    code = attack_code(kind_of_attack)
    of_kind = code * (CODE_SPAN if code < len(KINDS_OF_ATTACK) else _CODE) + CODES[kind]
    return of_kind + _NUMBER * number


def gets_in(world: World, scenario: Scenario, spending: Floats, rows: Ids, option: Any) -> Any:
    """Mark attacks that succeed against what is spent on security; (m,) rows, fen a month."""
    chance = success_probability(spending, scenario.parameters.security)
    return world.draws.uniform("attack_success", world.month, rows, option) < chance


# ---------------------------------------------------------------- what follows
def try_attack(
    world: World, scenario: Scenario, attack: Any, kind: str, rows: Ids, numbers: Ids
) -> None:
    """Let an attack be tried at institutions of a kind; rows, numbers : (m,)."""
    if not len(rows):
        return
    world.desk.count("attacks", len(rows))
    option = option_of(attack.kind, kind, numbers)
    if not attack.certain:
        spending = world.tables[kind].security_spending[rows]
        inside = gets_in(world, scenario, spending, rows, option)
        rows, option = rows[inside], option[inside]
    loses = finds_something(world, attack, kind, rows)
    rows, option = rows[loses], option[loses]
    if len(rows):
        carry_out(world, scenario, attack, kind, rows, option)


def carry_out(
    world: World,
    scenario: Scenario,
    attack: Any,
    kind: str,
    rows: Ids,
    option: Ids,
    through: dict[str, int] | None = None,
) -> None:
    """Write incidents into the book and let an attack have its effect; rows, option : (m,).

    through : vendor by which it came, and the first incident of the same attack
    """
    book, month = world.incidents, world.month
    start = MONTH_HOURS * world.draws.uniform("attack_start", month, rows, option)
    given = getattr(attack, "start", None)
    # What arrives at random has no common cause, what the timeline does in a month has.
    serials = book.next_serial + np.arange(len(rows))
    first = np.where(option % _CODE >= _NUMBER * _NAMED, book.next_serial, serials)
    new = book.append(
        len(rows),
        {
            "month": month,
            "kind": attack_code(attack.kind),
            "is_hidden": attack.is_hidden,
            "population": CODES[kind],
            "row": rows,
            "cause": first,
            "start": start if given is None else np.full(len(rows), float(given)),
            **(through or {}),
        },
    )
    note_incidents(world, scenario, kind, new, option)
    sources = book.serial[new].astype(np.int64) * CODE_SPAN + INCIDENT
    if "outage" in attack.effects:
        book.hours[new] = _hours(world, scenario, attack, rows, option)
        book.cost[new] = _pay_for_outage(world, scenario, kind, rows, book.hours[new])
    outcome = carry_out_heists(world, scenario, kind, rows, attack, sources)
    book.stolen[new], book.records[new] = outcome.stolen, outcome.records
    book.hours[new] = np.maximum(book.hours[new], outcome.hours)
    date_news(world, sources, book.known[new])
    world.desk.count("incidents", len(rows))
    world.desk.count(f"incidents_{attack.kind}", len(rows))
    _tell(world, attack.kind, kind, new)


def _tell(world: World, cause: str, kind: str, new: Ids) -> None:
    """Lay incidents on the desk as events; the parent of correlated ones is the first of them.

    new : (m,) rows of the book, of one attack
    """
    book, n = world.incidents, len(new)
    is_first = book.cause[new] == book.serial[new]
    parent = np.where(is_first, -1, book.cause[new] * CODE_SPAN + INCIDENT)
    world.desk.events.append(
        {
            "event": np.full(n, "incident"),
            "kind": np.full(n, kind),
            "row": book.row[new],
            "cause": np.full(n, cause),
            "weight": np.zeros(n),
            "parent": parent,
            "parent_fen": np.zeros(n, dtype=np.int64),
            "shortfall": book.stolen[new] + book.cost[new],
            "memory": np.zeros(n, dtype=np.int64),
            "is_short_by_others": np.zeros(n, dtype=np.bool_),
            "round": np.zeros(n, dtype=np.int64),
            "in_cohort": np.zeros(n, dtype=np.bool_),
        }
    )


def outage_lengths(uniforms: Floats, p: CyberParameters) -> Floats:
    """Hours that systems are down: log-normal with the median and 95th percentile given; (m,)."""
    sigma = np.log(max(p.outage_p95 / p.outage_median, 1.0)) / ndtri(0.95)
    return np.asarray(p.outage_median * np.exp(sigma * ndtri(uniforms)))


def _hours(world: World, scenario: Scenario, attack: Any, rows: Ids, option: Ids) -> Floats:
    """Hours that an outage lasts at each victim: as the attack says, or drawn; rows : (m,)."""
    if attack.hours is not None:
        return np.full(len(rows), float(attack.hours))
    u = world.draws.uniform("outage_hours", world.month, rows, option)
    return outage_lengths(u, scenario.parameters.cyber)


def _pay_for_outage(world: World, scenario: Scenario, kind: str, rows: Ids, hours: Floats) -> Fen:
    """Let victims pay by the hour to end an outage, as far as own cash goes; (m,) fen.

    Banks, which hold no cash when attackers come, take deposits for it.
    """
    wanted = np.floor(yuan(scenario.parameters.cyber.outage_cost) * hours).astype(np.int64)
    if kind == "bank":
        fund_banks(world, rows, wanted)
    cost = np.minimum(wanted, np.maximum(world.tables[kind].cash[rows], 0))
    world.ledger.pay("incident_cost", kind, rows, "outside", None, cost)
    world.desk.count("incident_cost", float(cost.sum()))
    return cost
