"""Attacks on vendors: when a vendor is in trouble, and how long each of its clients is down.

Responsible for the hours that reach clients, above all of those who have two vendors. Which attacks
come, and what an incident does to a client, is decided elsewhere (`attacks`, `strikes`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.contracts.incidents import MONTH_HOURS
from sim.strikes import carry_out, gets_in, number_of, option_of, outage_lengths
from sim.units import Floats, Ids
from sim.vendors import CLIENTS, clients_of_vendor, spending_of_clients
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


class Aimed(NamedTuple):
    """An attack that is tried at vendors; rows : (m,); number : of the attack, for its dice."""

    attack: Any
    rows: Ids
    number: int


class Spell(NamedTuple):
    """Trouble of one vendor; begin, end : hours from the start of the month."""

    attack: Any
    number: int
    vendor: int
    begin: float
    end: float


def strike_vendors(world: World, scenario: Scenario, attacks: list[Aimed]) -> None:
    """Let this month's attacks on vendors take down all who depend on them, as far as they do.

    All are known before the first client is told, for a second vendor helps while it works only.
    """
    vendors = world.vendors
    if not vendors.n:
        return
    vendors.down_until[:] = np.maximum(vendors.down_until - MONTH_HOURS, 0.0)
    spells = [spell for aimed in attacks for spell in _spells(world, scenario, aimed)]
    if not spells:
        return
    times: list[list[tuple[float, float]]] = [
        [(0.0, until)] if until > 0.0 else [] for until in vendors.down_until.tolist()
    ]
    for spell in spells:
        times[spell.vendor].append((spell.begin, spell.end))
        before = vendors.down_until[spell.vendor]
        vendors.down_until[spell.vendor] = max(before, spell.end)
    troubles = [joined(spells_of_one) for spells_of_one in times]
    for spell in spells:
        _reach_clients(world, scenario, spell, troubles)


def _spells(world: World, scenario: Scenario, aimed: Aimed) -> list[Spell]:
    """Draw when vendors are in trouble that an attack gets into.

    What clients spend on security, which they buy from the vendor, is on the mean what keeps an
    attack out.
    """
    attack, vendors, number = aimed
    if not len(vendors):
        return []
    world.desk.count("attacks", len(vendors))
    month, option = world.month, option_of(attack.kind, "vendor", number)
    if not attack.certain:
        spending = spending_of_clients(world)[vendors]
        vendors = vendors[gets_in(world, scenario, spending, vendors, option)]
    world.desk.count("vendors_struck", len(vendors))
    begin = MONTH_HOURS * world.draws.uniform("attack_start", month, vendors, option)
    u = world.draws.uniform("outage_hours", month, vendors, option)
    hours = outage_lengths(u, scenario.parameters.cyber)
    if attack.start is not None:
        begin = np.full(len(vendors), float(attack.start))
    if attack.hours is not None:
        hours = np.full(len(vendors), float(attack.hours))
    when = zip(vendors.tolist(), begin.tolist(), (begin + hours).tolist(), strict=True)
    return [Spell(attack, number, *one) for one in when]


def joined(spells: list[tuple[float, float]]) -> Floats:
    """Join spells that overlap or touch; (k, 2) begin and end, ascending."""
    found: list[list[float]] = []
    for begin, end in sorted(spells):
        if found and begin <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([begin, end])
    return np.array(found, dtype=np.float64).reshape(-1, 2)


def felt_with_two(begin: float, end: float, others: Floats, share: float) -> tuple[float, float]:
    """Tell from when, and for how many hours, trouble of a vendor reaches clients of two vendors.

    begin, end : hours of the trouble; others : (k, 2) disjoint spells of the other vendor
    share : of it that is left while the other one works
    All hours in which both are in trouble count, of the rest the share, laid around them so that
    spells by the one and by the other vendor are disjoint but for what is common.
    """
    first = np.maximum(others[:, 0], begin)
    common = np.maximum(np.minimum(others[:, 1], end) - first, 0.0)
    both = float(common.sum())
    if not both:
        return begin, share * (end - begin)
    meet = float(first[common > 0.0].min())
    return meet - share * (meet - begin), both + share * (end - begin - both)


def _reach_clients(world: World, scenario: Scenario, spell: Spell, troubles: list[Floats]) -> None:
    """Take down the living clients of a vendor; troubles : by vendor, its spells of the month."""
    cause, share = world.incidents.next_serial, scenario.parameters.vendor.second_exposure
    attack, number = spell.attack, number_of(spell.number, spell.vendor)
    through = {"vendor": spell.vendor, "cause": cause}
    for kind in CLIENTS:
        rows, other = clients_of_vendor(world, kind, spell.vendor)
        for second in np.unique(other).tolist():
            start, hours = spell.begin, spell.end - spell.begin
            if second >= 0:
                start, hours = felt_with_two(start, spell.end, troubles[second], share)
            if hours > 0.0:
                mine = rows[other == second]
                part = attack.model_copy(update={"start": start, "hours": hours})
                options = np.full(len(mine), option_of(attack.kind, kind, number))
                carry_out(world, scenario, part, kind, mine, options, through)
