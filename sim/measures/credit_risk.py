"""Credit risk: balances, arrears, losses given default and rates by kind of provider."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.kernels import true_at
from sim.measures.base import granted_by, measure, shared
from sim.units import Ids, Mask
from sim.world import World


def _principal(world: World, marked: Mask) -> float:
    """Sum the principal of marked loans; by rows, which is quicker than by marks."""
    return float(world.loans.principal.take(true_at(marked)).sum())


@shared
def _not_bad(world: World, kind: str) -> Ids:
    """List the loans that providers of a kind granted and whose borrower is not in default."""
    rows = granted_by(world, kind)
    return rows[~world.loans.is_bad.take(rows)]


@shared
def _outstanding(world: World) -> float:
    return float(world.loans.principal.sum())


@measure("yuan", "Loans outstanding")
def loans_outstanding(world: World) -> float:
    """Principal of all loans, those in default included."""
    return _outstanding(world) / 100.0


@measure("share", "Debt over annual revenue of non-core firms")
def debt_ratio(world: World) -> float:
    """Loans over twelve times the normal monthly revenue of living non-core firms."""
    firms = world.enterprises
    scale = 12.0 * float(firms.scale[true_at(firms.alive & ~firms.is_core)].sum())
    return _principal(world, ~world.loans.is_bad) / max(scale, 1.0)


def _late_share(world: World, months: int) -> float:
    loans, total = world.loans, _outstanding(world)
    return _principal(world, loans.late_months >= months) / total if total else 0.0


@measure("share", "Non-performing loans")
def npl_ratio(world: World) -> float:
    """Principal of loans whose borrower is in default, or three months late, over all loans."""
    loans, total = world.loans, _outstanding(world)
    bad = loans.is_bad | (loans.late_months >= 3)
    return _principal(world, bad) / total if total else 0.0


@measure("share", "Portfolio at risk, 30 days")
def par30(world: World) -> float:
    """Principal of loans more than a month in arrears over all loans."""
    return _late_share(world, 2)


@measure("share", "Portfolio at risk, 90 days")
def par90(world: World) -> float:
    """Principal of loans more than three months in arrears over all loans."""
    return _late_share(world, 4)


def _mean_rate_of(kind: str) -> Callable[[World], float]:
    def mean_rate(world: World) -> float:
        rows = _not_bad(world, kind)
        principal = world.loans.principal.take(rows)
        weight = float(principal.sum())
        return float((world.loans.rate.take(rows) * principal).sum()) / weight if weight else np.nan

    mean_rate.__name__ = f"mean_rate_{kind}"
    mean_rate.__doc__ = f"Rate of performing loans of {kind}s, by balance."
    return mean_rate


def _performing_of(kind: str) -> Callable[[World], float]:
    def loans(world: World) -> float:
        return float(np.count_nonzero(world.loans.is_open.take(_not_bad(world, kind))))

    loans.__name__ = f"loans_{kind}"
    loans.__doc__ = f"Count performing loans of {kind}s, and what runs off."
    return loans


def _bad_of(kind: str) -> Callable[[World], float]:
    def bad(world: World) -> float:
        return world.desk.tally.get(f"bad_{kind}", 0.0)

    bad.__name__ = f"bad_{kind}"
    bad.__doc__ = f"Count loans of {kind}s whose borrower defaulted this month."
    return bad


# What loans of each kind of provider are called.
_LOANS = {
    "bank": "bank loans",
    "platform": "platform loans",
    "micro_lender": "micro loans",
    "ecommerce_lender": "lines of credit",
}
for _kind, _loans in _LOANS.items():
    measure("1/year", f"Mean rate of {_loans}")(_mean_rate_of(_kind))
for _kind, _loans in _LOANS.items():
    measure("count", f"{_loans.capitalize()} performing")(_performing_of(_kind))
for _kind, _loans in _LOANS.items():
    measure("count", f"{_loans.capitalize()} gone bad")(_bad_of(_kind))


@measure("yuan", "Unsecured claims on closed estates")
def claims_unsecured(world: World) -> float:
    """Face of unsecured loans in estates closed this month."""
    return world.desk.tally.get("claims_unsecured", 0.0) / 100.0


@measure("yuan", "Recovered on them")
def recovered_unsecured(world: World) -> float:
    """What unsecured lenders got from estates closed this month."""
    return world.desk.tally.get("recovered_unsecured", 0.0) / 100.0


@measure("yuan", "Secured claims on closed estates")
def claims_secured(world: World) -> float:
    """Face of secured loans in estates closed this month."""
    return world.desk.tally.get("claims_secured", 0.0) / 100.0


@measure("yuan", "Recovered on secured claims")
def recovered_secured(world: World) -> float:
    """What secured lenders got from estates closed this month."""
    return world.desk.tally.get("recovered_secured", 0.0) / 100.0


@measure("share", "Loans that other firms answer for")
def guaranteed_share(world: World) -> float:
    """Principal of performing loans with a living guarantor over that of all performing loans."""
    loans, book = world.loans, world.guarantees
    if not book.n:
        return 0.0
    total = _principal(world, ~loans.is_bad)
    living = book.is_open & world.enterprises.alive[book.guarantor]
    guaranteed = np.isin(loans.serial, book.loan[living]) & ~loans.is_bad
    return _principal(world, guaranteed) / total if total else 0.0


@measure("yuan", "Called from guarantors")
def guarantees_called(world: World) -> float:
    """What guarantors of firms that defaulted this month were called for."""
    return world.desk.tally.get("guarantee_called", 0.0) / 100.0


@measure("yuan", "Paid by guarantors")
def guarantees_paid(world: World) -> float:
    """What guarantors paid this month, on calls of this month and earlier ones."""
    return world.desk.tally.get("guarantee_paid", 0.0) / 100.0


@measure("count", "Guarantors called per default", over=("defaults",))
def calls_per_default(world: World) -> float:
    """Guarantors called this month over its defaults; 0 without defaults."""
    tally = world.desk.tally
    return tally.get("guarantors_called", 0.0) / max(tally.get("defaults", 0.0), 1.0)
