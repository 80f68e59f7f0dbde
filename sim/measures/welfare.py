"""Who earns: returns of lenders and savers."""

from __future__ import annotations

import numpy as np

from sim.kernels import true_at
from sim.measures.base import measure, shared
from sim.world import KINDS, World


@shared
def _handed_over(world: World) -> dict[str, int]:
    """What lenders of each kind paid their owners this month, less new capital, in fen."""
    found: dict[str, int] = {}
    for (flow, _, _, payer, receiver, _), fen in world.ledger.flows.items():
        if flow in ("dividend", "estate_residual"):
            found[payer] = found.get(payer, 0) + fen
        elif flow in ("entry_equity", "capital_raise"):
            found[receiver] = found.get(receiver, 0) - fen
    return found


def _return(world: World, *kinds: str) -> float:
    """Change of net worth before dividends and new capital, over opening net worth, a year."""
    opening = sum(world.desk.opening_worth.get(kind, 0.0) for kind in kinds)
    if opening <= 0:
        return np.nan
    handed_over = sum(_handed_over(world).get(kind, 0) for kind in kinds)
    worth = sum(float(world.tables[kind].net_worth.sum()) for kind in kinds)
    change = worth - opening + handed_over
    return 12.0 * change / opening


@measure("1/year", "Return on capital of banks")
def return_bank(world: World) -> float:
    """Income of banks over their opening net worth."""
    return _return(world, "bank")


@measure("1/year", "Return on capital of micro lenders")
def return_micro_lender(world: World) -> float:
    """Income of micro lenders over their opening net worth."""
    return _return(world, "micro_lender")


@measure("1/year", "Return on capital of e-commerce lenders")
def return_ecommerce_lender(world: World) -> float:
    """Income of e-commerce lenders over their opening net worth."""
    return _return(world, "ecommerce_lender")


@measure("1/year", "Return on capital of lenders")
def return_lenders(world: World) -> float:
    """Income over opening net worth of all that lend on own account."""
    return _return(world, *(kind for kind in KINDS if kind != "platform"))


@measure("1/year", "Return on capital of platforms")
def return_platform(world: World) -> float:
    """Income of platforms over their opening net worth."""
    return _return(world, "platform")


@measure("1/year", "Return of savers on platforms")
def return_savers(world: World) -> float:
    """Interest received less what was written off or lost by fraud, over notes and pool claims."""
    held = float(world.accounts.invested.sum()) + float(world.accounts.claims.sum())
    if held <= 0:
        return np.nan
    return 12.0 * (float(world.investors.interest.sum()) - _lost(world)) / held


@measure("yuan", "Losses of savers on platforms")
def saver_losses(world: World) -> float:
    """Losses on notes and pool claims, by fraud and by theft, and on idle money; each fen once.

    The sum of `investor_loss`, `pool_loss`, `fraud_loss`, `theft_loss` and `balance_loss`. Fraud
    and theft cost what is missing when the platform ends; what comes back later is not taken off.
    """
    return _lost(world) / 100.0


def _lost(world: World) -> float:
    names = ("investor_loss", "pool_loss", "fraud_loss", "fraud_loss_pools", "theft_loss",
             "balance_loss")  # fmt: skip
    return sum(world.desk.tally.get(name, 0.0) for name in names)


@measure("count", "Potential firms of the closed cohort")
def cohort_firms(world: World) -> float:
    """Firms of the closed cohort that have entered, whether they still live or not."""
    return float(np.count_nonzero(world.enterprises.is_in_cohort))


@measure("share", "Firms with a loan")
def borrowers(world: World) -> float:
    """Living firms with a performing loan over all living firms."""
    loans, firms = world.loans, world.enterprises
    owes = np.zeros(firms.n, dtype=np.bool_)
    owes[loans.borrower.take(true_at(~loans.is_bad & (loans.principal > 0)))] = True
    return float(np.count_nonzero(owes)) / max(float(np.count_nonzero(firms.alive)), 1.0)
