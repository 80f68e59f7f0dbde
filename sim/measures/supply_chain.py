"""Supply chains: receivables sold to factors, core firms and their suppliers."""

from __future__ import annotations

import numpy as np

from sim.chart import OUTSIDE
from sim.kernels import true_at
from sim.measures.base import measure, shared
from sim.units import Ids, Mask
from sim.world import World


def _yuan(world: World, name: str) -> float:
    return world.desk.tally.get(name, 0.0) / 100.0


@measure("yuan", "Receivables held by factors")
def factored_receivables(world: World) -> float:
    """Face of sold receivables that factors hold, those on buyers in default included."""
    book = world.receivables
    return float(book.amount[true_at(book.holder != OUTSIDE)].sum()) / 100.0


@measure("yuan", "Receivables bought by factors")
def new_factored_receivables(world: World) -> float:
    """Face of the receivables on core firms that suppliers sold this month."""
    return _yuan(world, "factored_face")


@measure("1/year", "Mean discount rate of receivables bought")
def factoring_rate(world: World) -> float:
    """Discounts of the month at an annual rate, by face and time; empty if nothing was sold."""
    tally = world.desk.tally
    weight = tally.get("factored_face_months", 0.0)
    return 12.0 * tally.get("factored_discount", 0.0) / weight if weight else np.nan


@measure("yuan", "Losses of factors on receivables")
def factoring_loss(world: World) -> float:
    """Receivables that factors wrote off this month."""
    return _yuan(world, "factoring_loss")


@measure("count", "Defaults of core firms")
def core_defaults(world: World) -> float:
    """Core firms that defaulted this month."""
    return float(np.count_nonzero(world.enterprises.is_core[_defaulted(world)]))


@measure("count", "Suppliers of core firms")
def core_suppliers(world: World) -> float:
    """Living firms that sell to core firms, or sold to one until a year ago at most."""
    firms = world.enterprises
    return float(np.count_nonzero(_supplies_core(world) & firms.alive))


@measure("count", "Defaults of suppliers of core firms")
def core_supplier_defaults(world: World) -> float:
    """Of these, those that defaulted this month."""
    return float(np.count_nonzero(_supplies_core(world)[_defaulted(world)]))


def _defaulted(world: World) -> Ids:
    found = world.desk.new_defaults
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


@shared
def _supplies_core(world: World) -> Mask:
    """Mark small firms with a link to a core firm in the book, which forgets lost ones in time."""
    firms, links = world.enterprises, world.links
    mask = np.zeros(firms.n, dtype=np.bool_)
    rows = true_at(links.is_open & firms.is_core.take(links.buyer))
    mask[links.supplier[rows]] = True
    return mask & ~firms.is_core
