"""Attacks on institutions: whom they strike, whether they succeed, and the incidents that follow.

Responsible for the attacks of the scenario's timeline, for those that arrive at random, and for the
book of incidents. What an incident does is left to the subject it belongs to (`heists`, `outages`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri, pdtr

from sim.breaches import date_news
from sim.chart import CODE_SPAN, CODES, INCIDENT
from sim.contracts.incidents import KINDS as KINDS_OF_ATTACK
from sim.contracts.incidents import MONTH_HOURS, attack_code
from sim.heists import carry_out_heists, finds_something
from sim.outages import write_downtime
from sim.parameters.cyber import CyberParameters
from sim.postings import loans_of_provider
from sim.reporting import note_incidents
from sim.scenario_plugins import plugins
from sim.security import success_probability
from sim.shocks.base import TARGETS, Attack
from sim.theft import repay_robbed
from sim.units import Fen, Floats, Ids, yuan
from sim.vendors import CLIENTS, exposure, spending_of_clients
from sim.world import KINDS, World

if TYPE_CHECKING:
    from sim.scenario import Scenario

MOST_ARRIVALS = 20  # attacks on one institution in a month
# Options of draws: kind of attack and of institution, then the attack's number, then the code of a
# kind of attack that is not among KINDS.
_NUMBER, _CODE = 1 << 8, 1 << 32


def strike_attacks(world: World, scenario: Scenario) -> None:
    """Let this month's attacks strike; those that succeed become incidents.

    Before that, whoever was robbed earlier pays clients what it can.
    """
    if world.fraud_claims.n:
        repay_robbed(world)
    for attack in world.policy.shocks:
        if isinstance(attack, Attack) and attack.is_active(world.month):
            rows = victims(world, attack)
            if attack.target_kind == "vendor":
                _strike_vendors(world, scenario, attack, rows, 0)
                continue
            _try(world, scenario, attack, attack.target_kind, rows, np.zeros(len(rows), np.int64))
    _let_attacks_arrive(world, scenario)
    _let_vendors_be_attacked(world, scenario)
    write_downtime(world)


# ---------------------------------------------------------------- whom they strike
def victims(world: World, attack: Attack) -> Ids:
    """Rows of the living institutions that an attack is aimed at, ascending."""
    kind, rank = attack.target_kind, attack.target_rank
    alive = np.flatnonzero(world.tables[kind].alive)
    if rank is None and attack.way == "random":
        u = world.draws.uniform("attack_target", world.month, alive, _option(attack.kind, kind))
        order = alive[np.argsort(u, kind="stable")]
    else:
        order = alive[np.lexsort((-_renown(world, kind)[alive], -size(world, kind)[alive]))]
    chosen = order[: attack.count] if rank is None else order[rank - 1 : rank]
    return np.sort(chosen)


def size(world: World, kind: str) -> Floats:
    """How large institutions of a kind are: loans held or serviced, else own capital; (n,) fen.

    Vendors: by how widely they are used.
    """
    table = world.tables[kind]
    if kind == "vendor":
        return np.asarray(table.size)
    if kind not in KINDS:
        return np.maximum(table.net_worth, 0).astype(np.float64)
    start = world.first_number(kind)
    return loans_of_provider(world)[start : start + table.n].astype(np.float64)


def _renown(world: World, kind: str) -> Floats:
    """How well known platforms are, or with how much capital others began: for equal sizes."""
    table = world.tables[kind]
    if kind == "vendor":
        return np.zeros(table.n)  # their sizes differ
    return np.asarray(table.prominence if kind == "platform" else table.initial_capital)


def _option(kind_of_attack: str, kind: str) -> int:
    code = attack_code(kind_of_attack)
    return code * (CODE_SPAN if code < len(KINDS_OF_ATTACK) else _CODE) + CODES[kind]


def poisson_counts(uniforms: Floats, means: Floats) -> Ids:
    """Poisson numbers by the inverse distribution function, at most `MOST_ARRIVALS`; (n,).

    uniforms, means : (n,); with the same uniform a higher mean never brings fewer
    """
    found = np.zeros(len(means), dtype=np.int64)
    for count in range(MOST_ARRIVALS):
        more = uniforms > pdtr(count, means)
        if not more.any():
            break
        found += more
    return found


def arrival_rates(sizes: Floats, technology: float, rate: float, p: CyberParameters) -> Floats:
    """Attacks a month that arrive at living institutions of a kind, (n,).

    sizes : (n,) any unit; technology : level 0..1; rate : 1/month at mean size
    rate x (size / mean)^size_exponent x (1 + technology_surface x technology). Source: assumed
    """
    mean = sizes.mean() if len(sizes) else 1.0
    relative = sizes / mean if mean > 0 else np.ones(len(sizes))
    return np.asarray(rate * relative**p.size_exponent * (1.0 + p.technology_surface * technology))


def _let_attacks_arrive(world: World, scenario: Scenario) -> None:
    """Draw how many attacks arrive at each living institution, and of which kinds."""
    p = scenario.parameters.cyber
    rate = p.attack_rate + float(world.conditions["attack_rate"])
    if rate <= 0.0:
        return
    for kind in TARGETS:
        rows = np.flatnonzero(world.tables[kind].alive)
        kinds, weights = _kinds_of_arrivals(kind, p)
        if not len(rows) or not weights.sum():
            continue
        technology = getattr(scenario.parameters, kind).technology
        rates = arrival_rates(size(world, kind)[rows], technology, rate, p)
        u = world.draws.uniform("attack_count", world.month, rows, CODES[kind])
        counts = poisson_counts(u, rates)
        borders = np.cumsum(weights)[:-1] / weights.sum()
        for number in range(int(counts.max(initial=0))):
            hit = rows[counts > number]
            option = CODES[kind] + CODE_SPAN * number
            u = world.draws.uniform("attack_kind", world.month, hit, option)
            which = np.searchsorted(borders, u, side="right")
            for place, attack in enumerate(kinds):
                mine = hit[which == place]
                alone = attack(month=max(world.month, 1), target=kind)
                _try(world, scenario, alone, kind, mine, np.full(len(mine), number + 1))


def _let_vendors_be_attacked(world: World, scenario: Scenario) -> None:
    """Draw how many attacks arrive at each vendor; those that get in take all its clients down."""
    p = scenario.parameters.cyber
    rate = p.vendor_attack_rate + float(world.conditions["vendor_attack_rate"])
    if rate <= 0.0 or not world.vendors.n:
        return
    rows = np.arange(world.vendors.n)
    rates = arrival_rates(size(world, "vendor"), 0.0, rate, p)
    u = world.draws.uniform("attack_count", world.month, rows, CODES["vendor"])
    counts = poisson_counts(u, rates)
    alone = plugins("shocks")["vendor"](month=max(world.month, 1))
    for number in range(int(counts.max(initial=0))):
        _strike_vendors(world, scenario, alone, rows[counts > number], number + 1)


def _kinds_of_arrivals(kind: str, p: CyberParameters) -> tuple[list[Any], Floats]:
    """Give the kinds of attack that arrive at a kind of institution, and their weights."""
    attacks = [shock for shock in plugins("shocks").values() if issubclass(shock, Attack)]
    found = [attack for attack in attacks if kind in attack.targets and attack.weight(p) > 0]
    return found, np.array([attack.weight(p) for attack in found])


# ---------------------------------------------------------------- what follows
def _try(world: World, scenario: Scenario, attack: Any, kind: str, rows: Ids, numbers: Ids) -> None:
    """Let an attack be tried at institutions of a kind; rows, numbers : (m,)."""
    if not len(rows):
        return
    world.desk.count("attacks", len(rows))
    option = _option(attack.kind, kind) + _NUMBER * numbers
    if not attack.certain:
        spending = world.tables[kind].security_spending[rows]
        chance = success_probability(spending, scenario.parameters.security)
        gets_in = world.draws.uniform("attack_success", world.month, rows, option) < chance
        rows, option = rows[gets_in], option[gets_in]
    loses = finds_something(world, attack, kind, rows)
    rows, option = rows[loses], option[loses]
    if len(rows):
        _carry_out(world, scenario, attack, kind, rows, option)


def _strike_vendors(
    world: World, scenario: Scenario, attack: Any, vendors: Ids, number: int
) -> None:
    """Let an attack on vendors take down all who depend on them, as far as they do.

    vendors : (m,) rows; number : of the attack among those that arrive in a month, 0 for one of
    the timeline. What clients spend on security, which they buy from the vendor, is on the
    mean what keeps an attack out.
    """
    if not len(vendors):
        return
    world.desk.count("attacks", len(vendors))
    month, option = world.month, np.full(len(vendors), _option(attack.kind, "vendor"))
    option += _NUMBER * number
    if not attack.certain:
        spending = spending_of_clients(world)[vendors]
        chance = success_probability(spending, scenario.parameters.security)
        gets_in = world.draws.uniform("attack_success", month, vendors, option) < chance
        vendors, option = vendors[gets_in], option[gets_in]
    world.desk.count("vendors_struck", len(vendors))
    starts = MONTH_HOURS * world.draws.uniform("attack_start", month, vendors, option)
    u = world.draws.uniform("outage_hours", month, vendors, option)
    lengths = outage_lengths(u, scenario.parameters.cyber)
    for vendor, start, length in zip(vendors.tolist(), starts, lengths, strict=True):
        first = world.incidents.next_serial
        begin = start if attack.start is None else attack.start
        hours = length if attack.hours is None else attack.hours
        struck = np.arange(world.vendors.n) == vendor
        for kind in CLIENTS:
            felt = exposure(world, scenario, kind, struck) * world.tables[kind].alive
            for share in np.unique(felt[felt > 0]):
                mine = np.flatnonzero(felt == share)
                part = attack.model_copy(update={"start": begin, "hours": hours * share})
                through = {"vendor": vendor, "cause": first}
                options = np.full(len(mine), _option(attack.kind, kind) + _NUMBER * vendor)
                _carry_out(world, scenario, part, kind, mine, options, through)


def _carry_out(
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
    first = np.where(option % _CODE < _NUMBER, book.next_serial, serials)
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
    note_incidents(world, scenario, kind, new)
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
    """Let victims pay by the hour to end an outage, as far as own cash goes; (m,) fen."""
    wanted = np.floor(yuan(scenario.parameters.cyber.outage_cost) * hours).astype(np.int64)
    cost = np.minimum(wanted, np.maximum(world.tables[kind].cash[rows], 0))
    world.ledger.pay("incident_cost", kind, rows, "outside", None, cost)
    world.desk.count("incident_cost", float(cost.sum()))
    return cost
