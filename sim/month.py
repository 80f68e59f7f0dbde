"""The order of the month, written once.

Shocks and supervision come first, so that behaviour reads this month's conditions and limits;
the regulator itself acts on last month's reports. Newcomers enter before trade, so that they
are there for the whole month. Trade comes before credit: only when sales and costs are known
can a firm say how much cash it will lack. Credit comes before settlement, because being able
to roll over is what keeps firms alive. Campaigns come after credit, because most of their
projects are those that no lender financed, and stakes are paid after settlement, since debts come
first. Settlement clears all that is due at once; only then
can losses be allocated, round by round, until nobody new fails. Savers move after they have
seen the month's losses. Exit comes last among the events, then everyone adapts, and the books
are closed: the audit refuses a month in which a fen is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.phases.adapt import adapt
from sim.phases.admit_entrants import admit_entrants
from sim.phases.allocate_losses import allocate_losses
from sim.phases.close_books import close_books
from sim.phases.fund_loans import fund_loans
from sim.phases.move_savings import move_savings
from sim.phases.open_books import open_books
from sim.phases.pay_stakes import pay_stakes
from sim.phases.resolve_failures import resolve_failures
from sim.phases.run_campaigns import run_campaigns
from sim.phases.seek_credit import seek_credit
from sim.phases.settle import settle
from sim.phases.strike_shocks import strike_shocks
from sim.phases.supervise import supervise
from sim.phases.trade import trade
from sim.phases.underwrite import underwrite

Phase = Callable[[Any, Any], None]

MONTH: tuple[Phase, ...] = (
    open_books,
    strike_shocks,
    supervise,
    admit_entrants,
    trade,
    seek_credit,
    underwrite,
    fund_loans,
    run_campaigns,
    settle,
    pay_stakes,
    allocate_losses,
    move_savings,
    resolve_failures,
    adapt,
    close_books,
)
