"""Credit risk: balances, arrears, losses given default and rates by kind of provider."""

from __future__ import annotations

import numpy as np

from sim.measures.base import measure
from sim.units import Ids, Mask
from sim.world import World


def _principal(world: World, marked: Mask) -> float:
    """Sum the principal of marked loans; by rows, which is quicker than by marks."""
    return float(world.loans.principal[np.flatnonzero(marked)].sum())


def _not_bad(world: World, kind: str) -> Ids:
    """List the loans that providers of a kind granted and whose borrower is not in default."""
    loans, first = world.loans, world.first_number(kind)
    mine = (loans.provider >= first) & (loans.provider < first + world.tables[kind].n)
    return np.flatnonzero(mine & ~loans.is_bad)


@measure("yuan", "Loans outstanding")
def loans_outstanding(world: World) -> float:
    """Principal of all loans, those in default included."""
    return float(world.loans.principal.sum()) / 100.0


@measure("share", "Debt over annual revenue of non-core firms")
def debt_ratio(world: World) -> float:
    """Loans over twelve times the normal monthly revenue of living non-core firms."""
    firms = world.enterprises
    scale = 12.0 * float(firms.scale[np.flatnonzero(firms.alive & ~firms.is_core)].sum())
    return _principal(world, ~world.loans.is_bad) / max(scale, 1.0)


def _late_share(world: World, months: int) -> float:
    loans = world.loans
    total = float(loans.principal.sum())
    return _principal(world, loans.late_months >= months) / total if total else 0.0


@measure("share", "Non-performing loans")
def npl_ratio(world: World) -> float:
    """Principal of loans whose borrower is in default, or three months late, over all loans."""
    loans = world.loans
    total = float(loans.principal.sum())
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


def _mean_rate(world: World, kind: str) -> float:
    rows = _not_bad(world, kind)
    principal = world.loans.principal[rows]
    weight = float(principal.sum())
    return float((world.loans.rate[rows] * principal).sum()) / weight if weight else np.nan


@measure("1/year", "Mean rate of bank loans")
def mean_rate_bank(world: World) -> float:
    """Rate of performing bank loans, by balance."""
    return _mean_rate(world, "bank")


@measure("1/year", "Mean rate of platform loans")
def mean_rate_platform(world: World) -> float:
    """Rate of performing loans through platforms, by balance."""
    return _mean_rate(world, "platform")


@measure("1/year", "Mean rate of micro loans")
def mean_rate_micro_lender(world: World) -> float:
    """Rate of performing loans of micro lenders, by balance."""
    return _mean_rate(world, "micro_lender")


@measure("1/year", "Mean rate of lines of credit")
def mean_rate_ecommerce_lender(world: World) -> float:
    """Rate of performing loans of e-commerce lenders, by balance."""
    return _mean_rate(world, "ecommerce_lender")


def _performing(world: World, kind: str) -> float:
    return float(np.count_nonzero(world.loans.is_open[_not_bad(world, kind)]))


@measure("count", "Bank loans performing")
def loans_bank(world: World) -> float:
    """Count performing bank loans."""
    return _performing(world, "bank")


@measure("count", "Platform loans performing")
def loans_platform(world: World) -> float:
    """Count performing loans through platforms."""
    return _performing(world, "platform")


@measure("count", "Micro loans performing")
def loans_micro_lender(world: World) -> float:
    """Count performing loans of micro lenders."""
    return _performing(world, "micro_lender")


@measure("count", "Lines of credit performing")
def loans_ecommerce_lender(world: World) -> float:
    """Count performing loans of e-commerce lenders: lines drawn on, and what runs off."""
    return _performing(world, "ecommerce_lender")


@measure("count", "Bank loans gone bad")
def bad_bank(world: World) -> float:
    """Count bank loans whose borrower defaulted this month."""
    return world.desk.tally.get("bad_bank", 0.0)


@measure("count", "Platform loans gone bad")
def bad_platform(world: World) -> float:
    """Count loans through notes whose borrower defaulted this month."""
    return world.desk.tally.get("bad_platform", 0.0)


@measure("count", "Micro loans gone bad")
def bad_micro_lender(world: World) -> float:
    """Count loans of micro lenders whose borrower defaulted this month."""
    return world.desk.tally.get("bad_micro_lender", 0.0)


@measure("count", "Lines of credit gone bad")
def bad_ecommerce_lender(world: World) -> float:
    """Count loans of e-commerce lenders whose borrower defaulted this month."""
    return world.desk.tally.get("bad_ecommerce_lender", 0.0)


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


@measure("count", "Guarantors called per default")
def calls_per_default(world: World) -> float:
    """Guarantors called this month over its defaults; 0 without defaults."""
    tally = world.desk.tally
    return tally.get("guarantors_called", 0.0) / max(tally.get("defaults", 0.0), 1.0)
