"""Theft, ransom and breaches: what attackers took, and what it cost whom."""

from __future__ import annotations

from sim.measures.base import measure, tallied
from sim.world import World


@measure("yuan", "Cash stolen")
def cash_stolen(world: World) -> float:
    """Own cash of institutions and money of their clients that attackers took this month."""
    return tallied(world, "cash_stolen") / 100.0


@measure("yuan", "Client money stolen")
def client_cash_stolen(world: World) -> float:
    """Of what attackers took this month, money of platforms' clients; none from custody."""
    return tallied(world, "client_cash_stolen") / 100.0


@measure("yuan", "Losses of savers by theft")
def theft_loss(world: World) -> float:
    """What platforms that ended this month owe clients for stolen money and had not replaced.

    What a pool pays in the end is seen when its claims are written off, in `pool_loss`.
    """
    return tallied(world, "theft_loss") / 100.0


@measure("yuan", "Ransom paid")
def ransom_paid(world: World) -> float:
    """Paid by institutions this month to have their systems back."""
    return tallied(world, "ransom_paid") / 100.0


@measure("count", "Ransoms paid")
def ransoms_paid(world: World) -> float:
    """Count institutions that paid ransom this month."""
    return tallied(world, "ransoms_paid")


@measure("count", "Ransoms refused")
def ransoms_refused(world: World) -> float:
    """Count institutions that were asked for ransom this month and did not pay."""
    return tallied(world, "ransoms_refused")


@measure("count", "Records stolen")
def records_lost(world: World) -> float:
    """Count records of clients that attackers took from providers of credit this month."""
    return tallied(world, "records_lost")


@measure("yuan", "Lent in stolen names")
def identity_lent(world: World) -> float:
    """Loans that thieves took this month in the names of others."""
    return tallied(world, "identity_lent") / 100.0


@measure("yuan", "Losses by loans in stolen names")
def identity_loss(world: World) -> float:
    """Loans in stolen names that lenders, pools and savers wrote off this month."""
    return tallied(world, "identity_loss") / 100.0


@measure("yuan", "Compensation for breaches")
def compensation(world: World) -> float:
    """Paid this month to firms and savers whose records were stolen."""
    return tallied(world, "compensation") / 100.0
