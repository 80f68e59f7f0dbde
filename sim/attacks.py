"""Attacks on institutions: which come in a month, by the timeline and at random, and at whom.

Responsible for whom attacks are aimed at and for how many arrive. Whether they get in, and what
follows, is in `strikes`; how trouble of vendors reaches their clients in `vendor_strikes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import pdtr

from sim.chart import CODE_SPAN, CODES
from sim.outages import write_downtime
from sim.parameters.cyber import CyberParameters
from sim.postings import loans_of_provider
from sim.scenario_plugins import plugins
from sim.shocks.base import TARGETS, Attack
from sim.strikes import number_of, option_of, try_attack
from sim.theft import repay_robbed
from sim.units import Floats, Ids
from sim.vendor_strikes import Aimed, strike_vendors
from sim.world import KINDS, World

if TYPE_CHECKING:
    from sim.scenario import Scenario

MOST_ARRIVALS = 20  # attacks on one institution in a month


def strike_attacks(world: World, scenario: Scenario) -> None:
    """Let this month's attacks strike; those that succeed become incidents.

    Before that, whoever was robbed earlier pays clients what it can.
    """
    if world.fraud_claims.n:
        repay_robbed(world)
    at_vendors: list[Aimed] = []
    for name, attack in world.policy.named_shocks():
        if isinstance(attack, Attack) and attack.is_active(world.month):
            number = number_of(name)
            rows = victims(world, attack, number)
            if attack.target_kind == "vendor":
                at_vendors.append(Aimed(attack, rows, number))
                continue
            numbers = np.full(len(rows), number)
            try_attack(world, scenario, attack, attack.target_kind, rows, numbers)
    _let_attacks_arrive(world, scenario)
    strike_vendors(world, scenario, [*at_vendors, *_arriving_at_vendors(world, scenario)])
    write_downtime(world)


# ---------------------------------------------------------------- whom they strike
def victims(world: World, attack: Attack, number: int = 0) -> Ids:
    """Rows of the living institutions that an attack is aimed at, ascending.

    number : of the attack, by which those at random are drawn
    """
    kind, rank = attack.target_kind, attack.target_rank
    alive = np.flatnonzero(world.tables[kind].alive)
    if rank is None and attack.way == "random":
        u = world.draws.uniform(
            "attack_target", world.month, alive, option_of(attack.kind, kind, number)
        )
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

    sizes : (n,) any unit; technology : level 0..1; rate : 1/month, the mean of them at technology 0
    rate x size^size_exponent / (its mean) x (1 + technology_surface x technology). Source: assumed
    """
    largest = sizes.max(initial=0.0)
    weight = (sizes / largest) ** p.size_exponent if largest > 0 else np.ones(len(sizes))
    mean = weight.mean() if len(sizes) else 1.0
    return np.asarray(rate * weight / mean * (1.0 + p.technology_surface * technology))


def _let_attacks_arrive(world: World, scenario: Scenario) -> None:
    """Draw how many attacks arrive at each living institution, and of which kinds."""
    p = scenario.parameters.cyber
    further = world.conditions["attack_rate"].tolist()
    for kind, more in zip(TARGETS, further, strict=True):
        rate = p.attack_rate + more
        if rate <= 0.0:
            continue
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
                numbers = np.full(len(mine), number + 1)
                try_attack(world, scenario, alone, kind, mine, numbers)


def _arriving_at_vendors(world: World, scenario: Scenario) -> list[Aimed]:
    """Draw how many attacks arrive at each vendor; those that get in take all its clients down."""
    p = scenario.parameters.cyber
    rate = p.vendor_attack_rate + float(world.conditions["vendor_attack_rate"])
    if rate <= 0.0 or not world.vendors.n:
        return []
    rows = np.arange(world.vendors.n)
    rates = arrival_rates(size(world, "vendor"), 0.0, rate, p)
    u = world.draws.uniform("attack_count", world.month, rows, CODES["vendor"])
    counts = poisson_counts(u, rates)
    alone = plugins("shocks")["vendor"](month=max(world.month, 1))
    most = int(counts.max(initial=0))
    return [Aimed(alone, rows[counts > number], number + 1) for number in range(most)]


def _kinds_of_arrivals(kind: str, p: CyberParameters) -> tuple[list[Any], Floats]:
    """Give the kinds of attack that arrive at a kind of institution, and their weights."""
    attacks = [shock for shock in plugins("shocks").values() if issubclass(shock, Attack)]
    found = [attack for attack in attacks if kind in attack.targets and attack.weight(p) > 0]
    return found, np.array([attack.weight(p) for attack in found])
