"""Cyber attacks: how many strike, of which kinds, and for how long systems are down."""

from __future__ import annotations

from collections.abc import Callable

from sim.contracts.incidents import KINDS
from sim.measures.base import measure
from sim.scenario_plugins import plugins
from sim.world import World


def _count(world: World, name: str) -> float:
    return world.desk.tally.get(name, 0.0)


@measure("count", "Attacks on institutions")
def attacks(world: World) -> float:
    """Count attacks of the month, those that security kept out among them."""
    return _count(world, "attacks")


@measure("count", "Incidents")
def incidents(world: World) -> float:
    """Count attacks of the month that succeeded, each institution they got into."""
    return _count(world, "incidents")


def _incidents_of(kind: str) -> Callable[[World], float]:
    def found(world: World) -> float:
        return _count(world, f"incidents_{kind}")

    found.__name__ = f"incidents_{kind}"
    found.__doc__ = f"Count incidents of the month that are of the kind `{kind}`."
    return found


for _kind in KINDS:
    if _kind in plugins("shocks"):
        measure("count", f"Incidents, {_kind}")(_incidents_of(_kind))


@measure("hours", "Hours that systems were down")
def hours_down(world: World) -> float:
    """Sum over institutions that clients could not reach; none where `cyber` is covered."""
    return _count(world, "hours_down")


@measure("yuan", "Cost of ending outages")
def incident_cost(world: World) -> float:
    """Paid by victims this month out of own cash to have their systems up again."""
    return _count(world, "incident_cost") / 100.0


@measure("yuan", "Dues that could not be collected")
def uncollectable(world: World) -> float:
    """Due this month to creditors whose systems were down; it waits for the next month."""
    return _count(world, "uncollectable") / 100.0


@measure("yuan", "Withdrawals blocked")
def withdrawals_blocked(world: World) -> float:
    """Asked by savers of platforms that were down; asked again next month."""
    return _count(world, "withdrawals_blocked") / 100.0
