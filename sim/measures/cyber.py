"""Cyber attacks: how many strike, of which kinds, how long systems are down, what comes of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.chart import CODE_SPAN, CODES, INCIDENT
from sim.contracts.incidents import attack_code
from sim.measures.base import measure, tallied
from sim.scenario_plugins import plugins
from sim.shocks.base import Attack
from sim.world import World

FAILURE_MONTHS = 6  # after an incident, in which a failure is said to follow it


@measure("count", "Attacks on institutions")
def attacks(world: World) -> float:
    """Count attacks of the month, those that security kept out among them."""
    return tallied(world, "attacks")


@measure("count", "Incidents")
def incidents(world: World) -> float:
    """Count attacks of the month that succeeded, each institution they got into."""
    return tallied(world, "incidents")


def _incidents_of(kind: str) -> Callable[[World], float]:
    def found(world: World) -> float:
        return tallied(world, f"incidents_{kind}")

    found.__name__ = f"incidents_{kind}"
    found.__doc__ = f"Count incidents of the month that are of the kind `{kind}`."
    return found


_attacks = [kind for kind, shock in plugins("shocks").items() if issubclass(shock, Attack)]
for _kind in sorted(_attacks, key=attack_code):
    measure("count", f"Incidents, {_kind}")(_incidents_of(_kind))


@measure("hours", "Hours that systems were down")
def hours_down(world: World) -> float:
    """Sum over institutions that clients could not reach; none where `cyber` is covered."""
    return tallied(world, "hours_down")


@measure("yuan", "Cost of ending outages")
def incident_cost(world: World) -> float:
    """Paid by victims this month out of own cash to have their systems up again."""
    return tallied(world, "incident_cost") / 100.0


@measure("yuan", "Dues that could not be collected")
def uncollectable(world: World) -> float:
    """Due this month to creditors whose systems were down; it waits for the next month."""
    return tallied(world, "uncollectable") / 100.0


@measure("yuan", "Withdrawals blocked")
def withdrawals_blocked(world: World) -> float:
    """Asked by savers of platforms that were down; asked again next month."""
    return tallied(world, "withdrawals_blocked") / 100.0


@measure("yuan", "New money blocked")
def deposits_blocked(world: World) -> float:
    """Savers would have sent it to platforms that were down; they keep it and choose anew."""
    return tallied(world, "deposits_blocked") / 100.0


@measure("count", "Firms late by incidents")
def late_by_incidents(world: World) -> float:
    """Count firms whose dues wait for a creditor that is down and count as late: without grace."""
    return tallied(world, "late_by_incidents")


@measure("count", "Defaults by incidents")
def defaults_by_incidents(world: World) -> float:
    """Count defaults of firms whose largest cause on record is an incident."""
    fallen = [
        e["parent"] for e in world.desk.events if len(e["row"]) and e["event"][0] == "default"
    ]
    return float(sum(np.count_nonzero((p >= 0) & (p % CODE_SPAN == INCIDENT)) for p in fallen))


@measure("yuan", "Taken off platforms after incidents")
def withdrawn_after_incidents(world: World) -> float:
    """Withdrawn or asked back by savers of platforms hit this month or in the three before."""
    return tallied(world, "withdrawn_after_incidents") / 100.0


@measure("count", "Failures after incidents")
def failures_after_incidents(world: World) -> float:
    """Count institutions that failed this month and were hit in it or in the six before."""
    book, count = world.incidents, 0
    if not book.n:
        return 0.0
    lately = book.month >= world.month - FAILURE_MONTHS
    victims = np.unique(book.row[lately] * CODE_SPAN + book.population[lately])
    for event in world.desk.events:
        if len(event["row"]) and event["event"][0] == "failure":
            parties = event["row"] * CODE_SPAN + CODES[str(event["kind"][0])]
            count += int(np.isin(parties, victims).sum())
    return float(count)
