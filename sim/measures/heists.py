"""Theft, ransom and breaches: what attackers took, and what it cost whom."""

from __future__ import annotations

from sim.measures.base import measure
from sim.world import World


def _count(world: World, name: str) -> float:
    return world.desk.tally.get(name, 0.0)


@measure("yuan", "Cash stolen")
def cash_stolen(world: World) -> float:
    """Own cash of institutions and money of their clients that attackers took this month."""
    return _count(world, "cash_stolen") / 100.0


@measure("yuan", "Client money stolen")
def client_cash_stolen(world: World) -> float:
    """Of what attackers took this month, money of platforms' clients; none from custody."""
    return _count(world, "client_cash_stolen") / 100.0


@measure("yuan", "Losses of savers by theft")
def theft_loss(world: World) -> float:
    """What platforms that ended this month owe clients for stolen money and had not replaced.

    What a pool pays in the end is seen when its claims are written off, in `pool_loss`.
    """
    return _count(world, "theft_loss") / 100.0


@measure("yuan", "Ransom paid")
def ransom_paid(world: World) -> float:
    """Paid by institutions this month to have their systems back."""
    return _count(world, "ransom_paid") / 100.0


@measure("count", "Ransoms paid")
def ransoms_paid(world: World) -> float:
    """Count institutions that paid ransom this month."""
    return _count(world, "ransoms_paid")


@measure("count", "Ransoms refused")
def ransoms_refused(world: World) -> float:
    """Count institutions that were asked for ransom this month and did not pay."""
    return _count(world, "ransoms_refused")


@measure("count", "Records stolen")
def records_lost(world: World) -> float:
    """Count records of clients that attackers took from providers of credit this month."""
    return _count(world, "records_lost")


@measure("yuan", "Lent in stolen names")
def identity_lent(world: World) -> float:
    """Loans that thieves took this month in the names of others."""
    return _count(world, "identity_lent") / 100.0


@measure("yuan", "Losses by loans in stolen names")
def identity_loss(world: World) -> float:
    """Loans in stolen names that lenders, pools and savers wrote off this month."""
    return _count(world, "identity_loss") / 100.0


@measure("yuan", "Compensation for breaches")
def compensation(world: World) -> float:
    """Paid this month to firms and savers whose records were stolen."""
    return _count(world, "compensation") / 100.0
