"""Borrowers: who is served and at what rate, by how many lenders, and who is turned away."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.agents.enterprise import SIZES, size_class
from sim.contracts.impairments import RELATION_OFFSET
from sim.contracts.loans import ROLLOVER
from sim.kernels import distinct, true_at
from sim.measures.base import measure, shared
from sim.units import Floats, Ids, Mask
from sim.world import World

MANY = 3  # lenders
FIRST_MONTHS = 12  # in which a first-time borrower is followed


@shared
def _classes(world: World) -> Ids:
    return size_class(world.enterprises.scale)


@shared
def _may_borrow(world: World) -> Mask:
    firms = world.enterprises
    return np.asarray(firms.alive & ~firms.is_core)


@shared
def _performing(world: World) -> Ids:
    loans = world.loans
    return true_at((loans.principal > 0) & ~loans.is_bad)


@shared
def _borrower(world: World) -> Ids:
    """Row of the firm that owes each performing loan."""
    return np.asarray(world.loans.borrower.take(_performing(world)))


@shared
def _terms(world: World) -> tuple[Ids, Floats, Floats]:
    """Size class of the borrower, balance and rate of each performing loan."""
    rows, loans = _performing(world), world.loans
    balance = loans.principal.take(rows).astype(np.float64)
    return _classes(world).take(_borrower(world)), balance, loans.rate.take(rows)


def _mean(rate: Floats, balance: Floats) -> float:
    total = float(balance.sum())
    return float((rate * balance).sum()) / total if total else np.nan


@shared
def _owes(world: World) -> Mask:
    """Mark the firms with a performing loan."""
    owes = np.zeros(world.enterprises.n, dtype=np.bool_)
    owes[_borrower(world)] = True
    return owes


def _served_of(name: str) -> Callable[[World], float]:
    def served(world: World) -> float:
        mine = _may_borrow(world) & (_classes(world) == list(SIZES).index(name))
        n = np.count_nonzero(mine)
        return float(np.count_nonzero(_owes(world) & mine)) / n if n else np.nan

    served.__name__ = f"served_{name}"
    served.__doc__ = f"Living {name} firms with a performing loan over all living {name} firms."
    return served


def _rate_of(name: str) -> Callable[[World], float]:
    def rate(world: World) -> float:
        size, balance, rate = _terms(world)
        mine = true_at(size == list(SIZES).index(name))
        return _mean(rate.take(mine), balance.take(mine))

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
    _, balance, rate = _terms(world)
    return _mean(rate, balance)


@shared
def _n_loans(world: World) -> Ids:
    """Count the performing loans of each firm."""
    return np.bincount(_borrower(world), minlength=world.enterprises.n)


@shared
def _lenders(world: World) -> Ids:
    """Count the providers of each borrower with a performing loan."""
    borrower, counts = _borrower(world), _n_loans(world)
    # Who owes one loan has one lender: only the loans of others are sorted.
    several = true_at(counts.take(borrower) > 1)
    provider = world.loans.provider[_performing(world)[several]]
    pairs = np.sort(borrower[several] << 24 | provider)
    again = pairs[1:][pairs[1:] == pairs[:-1]] >> 24
    counts = counts - np.bincount(again, minlength=len(counts))
    return counts[counts > 0]


@measure("count", "Loans per borrower")
def loans_per_borrower(world: World) -> float:
    """Performing loans over firms that owe one."""
    n = np.count_nonzero(_n_loans(world))
    return len(_borrower(world)) / n if n else np.nan


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
    # Keys are sorted by firm: of each, the relations to all its providers are one run.
    firm = book.keys[true_at(book.amounts == month)] >> 24
    firm = distinct(firm)
    if not len(firm):
        return firm
    ends = book.keys.searchsorted(np.array([firm, firm + 1]).T << 24).ravel()
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


@measure("share", "First-time default rate", over=("first_borrowers",))
def first_time_default_rate(world: World) -> float:
    """Firms whose first loan is 12 months old and that defaulted since, over all such firms."""
    return _share(_fell(world, _first_borrowers(world)))
