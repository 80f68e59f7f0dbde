"""Who earns: returns of lenders and savers."""

from __future__ import annotations

import numpy as np

from sim.measures.base import measure
from sim.world import World


def _return(world: World, kind: str) -> float:
    """Change of net worth before dividends and new capital, over opening net worth, a year."""
    opening = world.desk.opening_worth.get(kind, 0.0)
    if opening <= 0:
        return np.nan
    paid = sum(
        fen
        for key, fen in world.ledger.flows.items()
        if key[0] in ("dividend", "estate_residual") and key[3] == kind
    )
    received = sum(
        fen
        for key, fen in world.ledger.flows.items()
        if key[0] == "entry_equity" and key[4] == kind
    )
    change = float(world.tables[kind].net_worth.sum()) - opening + paid - received
    return 12.0 * change / opening


@measure("1/year", "Return on capital of banks")
def return_bank(world: World) -> float:
    """Income of banks over their opening net worth."""
    return _return(world, "bank")


@measure("1/year", "Return on capital of micro lenders")
def return_micro_lender(world: World) -> float:
    """Income of micro lenders over their opening net worth."""
    return _return(world, "micro_lender")


@measure("1/year", "Return of savers on notes")
def return_savers(world: World) -> float:
    """Interest received less principal written off, over principal of notes held."""
    held = float(world.accounts.invested.sum())
    if held <= 0:
        return np.nan
    lost = world.desk.tally.get("investor_loss", 0.0)
    return 12.0 * (float(world.investors.interest.sum()) - lost) / held


@measure("count", "Potential firms of the closed cohort")
def cohort_firms(world: World) -> float:
    """Firms of the closed cohort that have entered, whether they still live or not."""
    return float(np.count_nonzero(world.enterprises.is_in_cohort))


@measure("share", "Firms with a loan")
def borrowers(world: World) -> float:
    """Living firms with a performing loan over all living firms."""
    loans, firms = world.loans, world.enterprises
    owes = np.zeros(firms.n, dtype=np.bool_)
    owes[loans.borrower[np.flatnonzero(~loans.is_bad & (loans.principal > 0))]] = True
    return float(np.count_nonzero(owes)) / max(float(np.count_nonzero(firms.alive)), 1.0)
