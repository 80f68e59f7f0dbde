"""Technology: how institutions share vendors, and what they spend on vendors and security."""

from __future__ import annotations

import numpy as np

from sim.agents.vendor import concentration
from sim.measures.base import measure
from sim.outages import down_share
from sim.postings import loans_of_provider
from sim.units import FEN_PER_YUAN, Floats
from sim.vendors import CLIENTS, exposure_shares
from sim.world import KINDS, World


def _clients(world: World) -> Floats:
    """Living institutions of each vendor; one with two vendors counts half with each."""
    found = np.zeros(world.vendors.n)
    for kind in CLIENTS:
        _, vendor, weight = exposure_shares(world, kind)
        found += np.bincount(vendor, weight, world.vendors.n)
    return found


@measure("share", "Concentration of vendors")
def vendor_concentration(world: World) -> float:
    """Herfindahl index of vendors by living institutions, 1 / n to 1; nothing without vendors."""
    return concentration(_clients(world)) if world.vendors.n else np.nan


@measure("share", "Institutions that depend on the largest vendor")
def largest_vendor_share(world: World) -> float:
    """Living institutions of the vendor that has most of them, over all; nothing without vendors.

    One with two vendors counts half with each.
    """
    if not world.vendors.n:
        return np.nan
    clients = _clients(world)
    return float(clients.max() / clients.sum()) if clients.sum() else np.nan


@measure("share", "Credit that depends on one vendor")
def largest_vendor_credit(world: World) -> float:
    """Loans held or serviced by clients of the vendor that has most of them, over all such."""
    if not world.vendors.n:
        return np.nan
    loans, found = loans_of_provider(world), np.zeros(world.vendors.n)
    for kind in KINDS:
        row, vendor, weight = exposure_shares(world, kind)
        found += np.bincount(
            vendor, weight * loans[world.first_number(kind) + row], world.vendors.n
        )
    return float(found.max() / found.sum()) if found.sum() else np.nan


@measure("share", "Credit of institutions that were down")
def credit_down(world: World) -> float:
    """Loans held or serviced, by the share of this month that systems of their institutions were
    down, over all loans; none where `cyber` is covered.
    """
    if not len(world.downtime.party):
        return 0.0
    loans = loans_of_provider(world)
    down = np.concatenate([down_share(world, kind) for kind in KINDS])
    return float((down * loans).sum()) / max(float(loans.sum()), 1.0)


@measure("count", "Incidents that became known")
def incidents_known(world: World) -> float:
    """Count incidents of which others learned this month, reported or not."""
    return float(np.count_nonzero(world.incidents.known == world.month))


@measure("yuan", "Paid to vendors")
def paid_to_vendors(world: World) -> float:
    """Fees, and spending on security with them, of the month."""
    return float(world.vendors.income.sum()) / FEN_PER_YUAN


@measure("yuan", "Spent on security")
def security_spending(world: World) -> float:
    """What institutions spent on security this month, with vendors or outside."""
    return world.desk.tally.get("security_spend", 0.0) / FEN_PER_YUAN
