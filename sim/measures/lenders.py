"""Lenders: credit and arrears by kind of provider, and what a loan costs to decide."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.kernels import true_at
from sim.measures.base import granted_by, measure, shared
from sim.units import Fen, Ids
from sim.world import KINDS, World


@shared
def _performing(world: World) -> tuple[Fen, float]:
    """Principal of each loan, nothing of bad ones, and the sum of all; in fen."""
    good = world.loans.principal * ~world.loans.is_bad
    return good, float(good.sum())


@shared
def _book_of(world: World, kind: str) -> tuple[Fen, Ids, float]:
    """Principal and months in arrears of each loan of a kind, and the sum of principals."""
    loans, rows = world.loans, granted_by(world, kind)
    principal = loans.principal.take(rows)
    return principal, loans.late_months.take(rows), float(principal.sum())


def _credit_of(kind: str) -> Callable[[World], float]:
    def credit(world: World) -> float:
        good, total = _performing(world)
        return float(good.take(granted_by(world, kind)).sum()) / total if total else np.nan

    credit.__name__ = f"credit_share_{kind}"
    credit.__doc__ = f"Performing loans granted by providers of the kind {kind} over all."
    return credit


def _late_of(kind: str, months: int, name: str) -> Callable[[World], float]:
    def late(world: World) -> float:
        principal, late_months, total = _book_of(world, kind)
        is_late = true_at(late_months >= months)
        return float(principal[is_late].sum()) / total if total else np.nan

    late.__name__ = f"{name}_{kind}"
    late.__doc__ = f"Principal in arrears for {months} months or more, of loans of {kind}s."
    return late


for _kind in KINDS:
    _words = _kind.replace("_", " ")
    measure("share", f"Share of credit, {_words}")(_credit_of(_kind))
    # More than a month in arrears shows at the second close, as for all loans together.
    measure("share", f"Portfolio at risk, 30 days, {_words}")(_late_of(_kind, 2, "par30"))
    measure("share", f"Portfolio at risk, 90 days, {_words}")(_late_of(_kind, 4, "par90"))


@measure("count", "Loans granted or renewed")
def loans_granted(world: World) -> float:
    """Count loans granted or renewed this month, and draws on lines of credit."""
    granted = world.desk.granted
    draws = world.desk.tally.get("line_draws", 0.0)
    return draws if granted is None else draws + float(np.count_nonzero(granted))


@measure("yuan", "Cost of decisions")
def decision_cost(world: World) -> float:
    """What all providers spent this month on deciding on requests, refused ones included."""
    return float(world.of_providers("decision_cost").sum()) / 100.0


@measure("yuan", "Cost of decisions per loan granted")
def cost_per_loan(world: World) -> float:
    """Cost of the month's decisions over loans granted or renewed in it."""
    n = loans_granted(world)
    return decision_cost(world) / n if n else np.nan
