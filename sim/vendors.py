"""Who depends on which vendor, and what is paid to vendors.

Responsible for the choice of vendors and for all money that goes to and from them. Vendors have no
say in anything: what they charge is a part of their clients' running cost, and what they receive
in a month is passed on to outside. Without vendors nothing here does anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents import vendor as rules
from sim.chart import CODES
from sim.units import Fen, Floats, Ids, to_fen
from sim.world import KINDS, World

if TYPE_CHECKING:
    from sim.scenario import Scenario

CLIENTS = (*KINDS, "crowdfunding_platform")  # kinds that buy technology
_MOST_VENDORS = 1024  # a number that keeps kinds apart in draws


def enter_vendors(world: World, scenario: Scenario, count: int) -> None:
    """Append vendors by rank; they own nothing."""
    world.vendors.append(count, {"size": rules.sizes(count, scenario.parameters.vendor)})


def choose_vendors(world: World, scenario: Scenario) -> None:
    """Let institutions that have no vendor choose one for good, and some a second."""
    vendors, p = world.vendors, scenario.parameters.vendor
    if not vendors.n:
        return
    for kind in CLIENTS:
        table = world.tables[kind]
        rows = np.flatnonzero(table.vendor < 0)
        if not len(rows):
            continue
        options = CODES[kind] * _MOST_VENDORS + np.arange(vendors.n)
        noise = world.draws.gumbel("choose_vendor", 0, rows[:, None], options)
        first, second = rules.chosen_vendors(vendors.size, noise)
        wants = world.draws.uniform("second_vendor", 0, rows, CODES[kind]) < p.second_share
        table.vendor[rows] = first
        table.second_vendor[rows] = np.where(wants, second, -1)


def fees(world: World, scenario: Scenario, kind: str, fixed: Floats) -> tuple[Floats, Floats]:
    """Tell what a kind's vendors charge this month, and its second vendors; (n,) fen each.

    fixed : (n,) fen - fixed running cost without technology
    The first is a part of running cost, the second comes on top. The dead pay nothing.
    """
    table, p = world.tables[kind], scenario.parameters
    if not world.vendors.n:
        return np.zeros(table.n), np.zeros(table.n)
    technology = p.market.technology_cost * getattr(p, kind).technology
    fee = fixed * (p.vendor.fee_share + technology) * (table.alive & (table.vendor >= 0))
    return fee, p.vendor.second_cost * fee * (table.second_vendor >= 0)


def pay_fees(world: World, kind: str, fee: Floats, extra: Floats) -> Fen:
    """Let institutions of a kind pay vendors as far as own cash goes; (n,) fen paid.

    What cash cannot meet stays due to outside with other running costs, since vendors pass on all
    they get.
    """
    table = world.tables[kind]
    if not world.vendors.n:
        return np.zeros(table.n, dtype=np.int64)
    paid = np.minimum(to_fen(fee), np.maximum(table.cash, 0))
    _pay(world, "vendor_fee", kind, table.vendor, paid)
    more = np.minimum(to_fen(extra), np.maximum(table.cash, 0))
    _pay(world, "vendor_fee", kind, table.second_vendor, more)
    return np.asarray(paid + more)


def pay_for_security(world: World, kind: str, fen: Fen) -> None:
    """Let institutions of a kind spend on security: with their vendor, else with outside.

    fen : (n,) never above own cash
    """
    if world.vendors.n:
        _pay(world, "security_spend", kind, world.tables[kind].vendor, fen)
        return
    world.ledger.pay("security_spend", kind, np.arange(len(fen)), "outside", None, fen)
    world.desk.count("security_spend", float(fen.sum()))


def _pay(world: World, flow: str, kind: str, vendor: Ids, fen: Fen) -> None:
    rows = np.flatnonzero(fen)
    if not len(rows):
        return
    world.ledger.pay(flow, kind, rows, "vendor", vendor[rows], fen[rows])
    world.desk.count(flow, float(fen.sum()))


def pass_on(world: World) -> None:
    """Let vendors pay out all they received this month."""
    vendors = world.vendors
    if vendors.n:
        every = np.arange(vendors.n)
        vendors.income[:] = vendors.cash
        world.ledger.pay("vendor_cost", "vendor", every, "outside", None, vendors.cash.copy())


def clients_of_vendor(world: World, kind: str, vendor: int) -> tuple[Ids, Ids]:
    """List the living institutions of a kind that depend on a vendor, and their other one.

    Returns (m,) rows, and (m,) rows of the vendor each can turn to instead, -1 for none.
    """
    table = world.tables[kind]
    is_first = table.vendor == vendor
    rows = np.flatnonzero(table.alive & (is_first | (table.second_vendor == vendor)))
    return rows, np.where(is_first, table.second_vendor, table.vendor)[rows].astype(np.int64)


def spending_of_clients(world: World) -> Floats:
    """Mean spending on security of the living clients of each vendor, (n_vendors,) fen a month."""
    n = world.vendors.n
    total, count = np.zeros(n), np.zeros(n)
    for kind in CLIENTS:
        row, vendor, weight = exposure_shares(world, kind)
        total += np.bincount(vendor, weight * world.tables[kind].security_spending[row], n)
        count += np.bincount(vendor, weight, n)
    return np.asarray(total / np.maximum(count, 1e-9))


def exposure_shares(world: World, kind: str) -> tuple[Ids, Ids, Floats]:
    """Give the links of living institutions of a kind to vendors: row, vendor, weight.

    Who has two vendors depends on each by half; (m,) each.
    """
    table = world.tables[kind]
    rows = np.flatnonzero(table.alive & (table.vendor >= 0))
    both = rows[table.second_vendor[rows] >= 0]
    half = np.where(table.second_vendor[rows] >= 0, 0.5, 1.0)
    return (
        np.concatenate([rows, both]),
        np.concatenate([table.vendor[rows], table.second_vendor[both]]),
        np.concatenate([half, np.full(len(both), 0.5)]),
    )
