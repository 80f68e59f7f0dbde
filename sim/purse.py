"""The regulator's purse: what supervision may cost in a month, what it did cost, who pays for it.

Responsible for the budget, for the flows of money to and from the regulator, and for the list of
costs by what they were for. Decides nothing. The regulator holds no cash after any of them: what
it spends is granted by outside, what it collects goes back there and adds to next month's budget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.limits import of_kind
from sim.units import Fen, Floats, to_fen, yuan
from sim.world import KINDS, World

if TYPE_CHECKING:
    from sim.scenario import Scenario

_REGULATOR = np.zeros(1, dtype=np.int64)


def open_purse(world: World, scenario: Scenario) -> None:
    """Set the month's budget: the one of the parameters, and what was collected last month."""
    table = world.regulator
    table.budget_left[:] = yuan(scenario.parameters.regulator.budget) + table.collected
    table.collected[:] = 0.0


def spend(world: World, purpose: str, fen: float) -> None:
    """Let the regulator pay for something out of the month's budget.

    purpose : kind of the instrument it is for; fen : whole, paid also where the budget is used up
    Who may do without looks at `affordable` first.
    """
    if not fen:
        return
    table, desk = world.regulator, world.desk
    cost = np.array([int(fen)])
    world.ledger.pay("budget_grant", "outside", None, "regulator", _REGULATOR, cost)
    world.ledger.pay("supervision_cost", "regulator", _REGULATOR, "outside", None, cost)
    table.budget_left[:] = np.maximum(table.budget_left - cost[0], 0.0)
    desk.count("supervision_cost", cost[0])
    desk.costs[purpose] = desk.costs.get(purpose, 0) + int(cost[0])


def grant_budget(world: World, fen: int) -> None:
    """Let outside give the regulator what it lends, out of the month's budget."""
    amount = np.array([fen])
    world.ledger.pay("budget_grant", "outside", None, "regulator", _REGULATOR, amount)
    world.regulator.budget_left[:] -= fen


def affordable(world: World, each: float) -> int:
    """Count cases at a price (fen each) that what is left of the month's budget pays for."""
    left = float(world.regulator.budget_left[0])
    return int(left // each) if each > 0 else np.iinfo(np.int64).max


def pay_standing_costs(world: World, scenario: Scenario) -> None:
    """Pay what supervising costs every month, case or no case: registration, and each instrument.

    Law is applied whatever it costs, so that this comes first and may use up the budget.
    """
    alive, kind = world.of_providers("alive"), world.provider_kind
    registered = int((world.limits["must_register"] & alive).sum())
    world.regulator.registered[:] = registered
    price = yuan(scenario.parameters.regulator.registration_cost)
    spend(world, "registration", registered * price)
    reckons = world.news.reckons_with_attacks(scenario.parameters.security.prior_rate)
    for instrument in world.policy.instruments:
        if instrument.against_attacks and not reckons:
            continue
        count = int((alive & of_kind(kind, getattr(instrument, "kinds", ()))).sum())
        spend(world, instrument.kind, count * yuan(instrument.monthly_cost))


def collect_levies(world: World) -> Floats:
    """Collect this month's levies and fines from own cash of living providers, before other costs.

    Returns (n_providers,) fen that cash could not meet: it is due to outside, which stands for the
    state, with their other running costs.
    """
    alive = world.of_providers("alive")
    levy = to_fen(world.limit("levy") * 100.0 * alive)
    unpaid = _collect(world, "levy", levy) if levy.any() else levy.astype(np.float64)
    fine = world.limit("capital_fine") * 100.0 * (world.of_providers("months_below") > 0)
    return unpaid + collect_fines(world, to_fen(fine * alive)) if fine.any() else unpaid


def collect_fines(world: World, fen: Fen) -> Floats:
    """Collect fines like levies; fen : (n_providers,). Returns what cash could not meet."""
    return _collect(world, "fine", fen)


def _collect(world: World, flow: str, due: Fen) -> Floats:
    paid = np.minimum(due, np.maximum(world.of_providers("cash"), 0))
    for kind in KINDS:
        start, rows = world.first_number(kind), np.arange(world.tables[kind].n)
        mine = paid[start : start + len(rows)]
        regulator = np.zeros(len(rows), dtype=np.int64)
        world.ledger.pay(flow, kind, rows, "regulator", regulator, mine)
    total = int(paid.sum())
    return_cash(world, total)
    world.regulator.collected[:] += total
    world.desk.count(flow, total)
    return np.asarray(due - paid, dtype=np.float64)


def return_cash(world: World, fen: int) -> None:
    """Pass on to outside what the regulator received."""
    world.ledger.pay("budget_return", "regulator", _REGULATOR, "outside", None, np.array([fen]))
