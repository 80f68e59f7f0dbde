"""Borrowers: who is served and at what rate, by how many lenders, and who is turned away."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.agents.enterprise import SIZES, size_class
from sim.contracts.impairments import RELATION_OFFSET
from sim.contracts.loans import ROLLOVER
from sim.measures.base import measure, shared
from sim.units import Ids, Mask
from sim.world import World

MANY = 3  # lenders
FIRST_MONTHS = 12  # in which a first-time borrower is followed


@shared
def _classes(world: World) -> Ids:
    return size_class(world.enterprises.scale)


def _of_class(world: World, name: str, firms: Ids | slice) -> Mask:
    return np.asarray(_classes(world)[firms] == list(SIZES).index(name))


@shared
def _performing(world: World) -> Ids:
    loans = world.loans
    return np.flatnonzero((loans.principal > 0) & ~loans.is_bad)


def _rate(world: World, rows: Ids) -> float:
    loans = world.loans
    weight = loans.principal[rows].astype(np.float64)
    total = float(weight.sum())
    return float((loans.rate[rows] * weight).sum()) / total if total else np.nan


@shared
def _owes(world: World) -> Mask:
    """Mark the firms with a performing loan."""
    owes = np.zeros(world.enterprises.n, dtype=np.bool_)
    owes[world.loans.borrower[_performing(world)]] = True
    return owes


def _served_of(name: str) -> Callable[[World], float]:
    def served(world: World) -> float:
        firms = world.enterprises
        mine = firms.alive & ~firms.is_core & _of_class(world, name, slice(None))
        n = np.count_nonzero(mine)
        return float(np.count_nonzero(_owes(world) & mine)) / n if n else np.nan

    served.__name__ = f"served_{name}"
    served.__doc__ = f"Living {name} firms with a performing loan over all living {name} firms."
    return served


def _rate_of(name: str) -> Callable[[World], float]:
    def rate(world: World) -> float:
        rows = _performing(world)
        return _rate(world, rows[_of_class(world, name, world.loans.borrower[rows])])

    rate.__name__ = f"mean_rate_{name}_firms"
    rate.__doc__ = f"Rate of performing loans to {name} firms, by balance."
    return rate


for _name in SIZES:
    measure("share", f"{_name.capitalize()} firms with a loan")(_served_of(_name))
for _name in SIZES:
    measure("1/year", f"Mean rate of loans to {_name} firms")(_rate_of(_name))


@measure("1/year", "Mean rate of all loans")
def mean_rate(world: World) -> float:
    """Rate of performing loans, by balance."""
    return _rate(world, _performing(world))


@shared
def _lenders(world: World) -> Ids:
    """Count the providers of each borrower with a performing loan."""
    rows, loans = _performing(world), world.loans
    pairs = np.sort(loans.borrower[rows] << 24 | loans.provider[rows])
    is_new = np.diff(pairs, prepend=-1) != 0
    counts = np.bincount(pairs[is_new] >> 24)
    return counts[counts > 0]


@measure("count", "Loans per borrower")
def loans_per_borrower(world: World) -> float:
    """Performing loans over firms that owe one."""
    rows = _performing(world)
    n = np.count_nonzero(np.bincount(world.loans.borrower[rows]))
    return len(rows) / n if n else np.nan


@measure("count", "Lenders per borrower")
def lenders_per_borrower(world: World) -> float:
    """Providers of performing loans, mean over firms that owe one."""
    found = _lenders(world)
    return float(found.mean()) if len(found) else np.nan


@measure("share", "Borrowers with three or more lenders")
def many_lenders(world: World) -> float:
    """Firms that owe performing loans to three providers or more, over firms that owe one."""
    found = _lenders(world)
    return float((found >= MANY).mean()) if len(found) else np.nan


@shared
def _answers(world: World, rollover: bool) -> Mask:
    """Mark which of the month's applications nobody granted, or decided to grant later."""
    papers, offers, granted = world.desk.applications, world.desk.offers, world.desk.granted
    if papers is None or offers is None or granted is None:
        return np.zeros(0, dtype=np.bool_)
    refused = np.ones(len(papers), dtype=np.bool_)
    refused[offers.application[granted]] = False
    refused[offers.application[world.desk.put_off]] = False
    return refused[(papers.purpose == ROLLOVER) == rollover]


@measure("count", "Applications for new credit")
def applications(world: World) -> float:
    """Count this month's applications for working capital and investment."""
    return float(len(_answers(world, rollover=False)))


@measure("count", "Applications for new credit refused by all")
def rejections(world: World) -> float:
    """Count those of them that no provider asked has granted."""
    return float(np.count_nonzero(_answers(world, rollover=False)))


def _share(marks: Mask) -> float:
    return float(marks.mean()) if len(marks) else np.nan


@measure("share", "Rejection rate, new credit")
def rejection_rate(world: World) -> float:
    """Applications for new credit refused by all providers asked, over all of the month."""
    return _share(_answers(world, rollover=False))


@measure("share", "Rejection rate, rollover")
def rejection_rate_rollover(world: World) -> float:
    """Rollovers refused by all providers asked, over all asked for in the month."""
    return _share(_answers(world, rollover=True))


@shared
def _first_borrowers(world: World) -> Ids:
    """List firms whose first loan ever was granted 12 months ago."""
    book = world.relations
    month = float(world.month - FIRST_MONTHS + RELATION_OFFSET)
    firm = np.unique(book.keys[np.flatnonzero(book.amounts == month)] >> 24)
    # Keys are sorted by firm: of each, the relations to all its providers are one run.
    start, stop = (np.searchsorted(book.keys, (firm + more) << 24) for more in (0, 1))
    if not len(firm):
        return firm
    ends = np.ravel(np.column_stack([start, stop]))
    earliest = np.minimum.reduceat(np.append(book.amounts, np.inf), ends)[::2]
    return firm[earliest == month]


def _fell(world: World, firms: Ids) -> Mask:
    table = world.enterprises
    return np.asarray((table.ended[firms] <= world.month) & ~table.is_voluntary[firms])


@measure("count", "First-time borrowers of a year ago")
def first_borrowers(world: World) -> float:
    """Count firms whose first loan ever was granted 12 months ago."""
    return float(len(_first_borrowers(world)))


@measure("count", "First-time borrowers of a year ago, in default since")
def first_borrowers_bad(world: World) -> float:
    """Count those of them that defaulted in these 12 months."""
    return float(np.count_nonzero(_fell(world, _first_borrowers(world))))


@measure("share", "First-time default rate")
def first_time_default_rate(world: World) -> float:
    """Firms whose first loan is 12 months old and that defaulted since, over all such firms."""
    return _share(_fell(world, _first_borrowers(world)))
