"""Access: credit supplied and the oracle financing gap, apart for each kind of need."""

from __future__ import annotations

import numpy as np

from sim.kernels import true_at
from sim.measures.base import measure
from sim.world import World


def _yuan(world: World, name: str) -> float:
    return world.desk.tally.get(name, 0.0) / 100.0


def _gap(need: float, met: float) -> float:
    return 1.0 - met / need if need > 0 else np.nan


@measure("yuan", "New loans of banks")
def new_loans_bank(world: World) -> float:
    """Paid out by banks this month."""
    return _yuan(world, "new_loans_bank")


@measure("yuan", "New loans of platforms")
def new_loans_platform(world: World) -> float:
    """Paid out through platforms this month."""
    return _yuan(world, "new_loans_platform")


@measure("yuan", "New loans of micro lenders")
def new_loans_micro_lender(world: World) -> float:
    """Paid out by micro lenders this month."""
    return _yuan(world, "new_loans_micro_lender")


@measure("yuan", "Drawn on lines of credit")
def new_loans_ecommerce_lender(world: World) -> float:
    """Drawn on lines of e-commerce lenders this month."""
    return _yuan(world, "new_loans_ecommerce_lender")


@measure("yuan", "Lines of credit committed")
def lines_committed(world: World) -> float:
    """Limits of all lines at this month's setting, drawn or not."""
    return float(world.enterprises.line_limit.sum()) / 100.0


@measure("yuan", "Lines of credit outstanding")
def lines_drawn(world: World) -> float:
    """Principal of lines whose borrower is not in default."""
    loans = world.loans
    return float(loans.principal[true_at(loans.is_line & ~loans.is_bad)].sum()) / 100.0


@measure("share", "Lines outstanding over limits")
def line_usage(world: World) -> float:
    """What is outstanding on lines over their limits; above one where limits were cut."""
    committed = lines_committed(world)
    return lines_drawn(world) / committed if committed > 0 else np.nan


@measure("yuan", "Sound need for rollover")
def need_rollover(world: World) -> float:
    """Rollovers asked for this month for which the oracle would lend."""
    return _yuan(world, "need_rollover")


@measure("yuan", "Sound rollovers granted")
def met_rollover(world: World) -> float:
    """Of these, what was granted."""
    return _yuan(world, "met_rollover")


@measure("yuan", "Sound need for working capital")
def need_working(world: World) -> float:
    """Working-capital needs that began this month and for which the oracle would lend."""
    return _yuan(world, "need_working")


@measure("yuan", "Sound working capital granted")
def met_working(world: World) -> float:
    """Granted this month to spells of sound need, at most the need."""
    return _yuan(world, "met_working")


@measure("yuan", "Sound need for investment")
def need_investment(world: World) -> float:
    """Investment needs that began this month and for which the oracle would lend."""
    return _yuan(world, "need_investment")


@measure("yuan", "Sound investment granted")
def met_investment(world: World) -> float:
    """Granted this month to spells of sound investment need, at most the need."""
    return _yuan(world, "met_investment")


@measure("share", "Oracle financing gap, new credit", over=("need_working", "need_investment"))
def financing_gap(world: World) -> float:
    """Sound need for working capital and investment that nobody met, share of the month's need.

    What is met may have been needed since earlier months, so that single months lie below zero;
    means over months are weighted by need.
    """
    return _gap(
        need_working(world) + need_investment(world), met_working(world) + met_investment(world)
    )


@measure("share", "Oracle financing gap, working capital", over=("need_working",))
def financing_gap_working(world: World) -> float:
    """Sound need for working capital that nobody met, share of the month's need."""
    return _gap(need_working(world), met_working(world))


@measure("share", "Oracle financing gap, investment", over=("need_investment",))
def financing_gap_investment(world: World) -> float:
    """Sound need for investment that nobody met, share of the month's need."""
    return _gap(need_investment(world), met_investment(world))


@measure("share", "Oracle financing gap, rollover", over=("need_rollover",))
def financing_gap_rollover(world: World) -> float:
    """Sound rollovers refused, share of those asked this month."""
    return _gap(need_rollover(world), met_rollover(world))


@measure("yuan", "Bullets turned into run-off")
def runoff(world: World) -> float:
    """Bullets nobody refinanced this month."""
    return _yuan(world, "runoff")


@measure("yuan", "Client money idle on platforms")
def idle_client_money(world: World) -> float:
    """Balances of savers that wait for loans."""
    return float(world.accounts.balance.sum()) / 100.0


@measure("count", "Decisions under way")
def decisions_under_way(world: World) -> float:
    """Count favourable decisions whose money is still to come."""
    return float(np.count_nonzero(world.decisions.is_open))


@measure("months", "Months from need to money")
def months_to_money(world: World) -> float:
    """Mean over new credit paid this month, since the firm first asked; refusals included."""
    paid = world.desk.tally.get("new_credits", 0.0)
    return world.desk.tally["months_waited"] / paid if paid else np.nan


@measure("share", "Cost of decisions over loans made")
def decision_cost_share(world: World) -> float:
    """Cost of the month's decisions, refusals included, over loans paid out, renewed and drawn."""
    offers, granted = world.desk.offers, world.desk.granted
    lent = world.desk.tally.get("new_loans_ecommerce_lender", 0.0)  # draws, decided on apart
    lent += 0.0 if offers is None else float(offers.amount[granted].sum())
    return float(world.of_providers("decision_cost").sum()) / lent if lent else np.nan
