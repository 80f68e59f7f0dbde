"""Licences and floors under capital: who may open, who must comply, who is ordered to close.

Responsible for the regulator's examinations and for owners who pay in capital. Newcomers meet it
when they enter, everybody else while the regulator supervises. Closing is not done here
(`sim/closing.py`): an order is a mark on the provider.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.provider import ORDERING, capital_chance
from sim.kernels import true_at
from sim.limits import PROVIDER_KINDS
from sim.purse import spend
from sim.units import Floats, Ids, Mask
from sim.world import KINDS, World

if TYPE_CHECKING:
    from sim.scenario import Scenario

CASES = "examinations"  # what they are called in the list of costs


# ---------------------------------------------------------------- newcomers
def for_newcomers(world: World, question: str, kind: str) -> Any:
    """Give what the regulator decided about newcomers of a kind."""
    return world.newcomer_limits[question][_place(kind)]


def _place(kind: str) -> int:
    """Place of a kind among those the regulator decides about; crowdfunding is a platform too."""
    return list(PROVIDER_KINDS).index(kind if kind in PROVIDER_KINDS else "platform")


def admitted(
    world: World,
    scenario: Scenario,
    kind: str,
    rows: Ids,
    uniforms: Floats,
    chance: float,
    capital: Floats,
) -> tuple[Mask, Floats]:
    """Tell which potential entrants open, and the capital they pay in, (m,) fen.

    rows : (m,) they will have; uniforms : (m,) one draw each, which decides all that follows
    chance : of entry where the regulator asks for nothing; capital : (m,) fen they had planned
    Opens whose draw is below chance x (chance to raise the floor) x (share found fit), so that
    whoever opens under strict rules would have opened under lax ones. An order to close lending
    platforms keeps no crowdfunding platform out.
    """
    if kind in PROVIDER_KINDS and not for_newcomers(world, "may_admit", kind):
        _note_refused(world, "may_admit", kind, rows[uniforms < chance])
        return np.zeros(len(rows), dtype=np.bool_), capital
    floor = 100.0 * float(for_newcomers(world, "capital_floor", kind))
    exponent = scenario.parameters.market.capital_exponent
    able = chance * capital_chance(capital, floor, exponent)
    opens = asks = uniforms < able
    _note_refused(world, "capital_floor", kind, rows[(uniforms < chance) & ~asks])
    if for_newcomers(world, "needs_licence", kind):
        price = 100.0 * float(for_newcomers(world, "licence_cost", kind))
        seen = _examined(world, asks, np.full(len(rows), price), rows)
        fit = uniforms < able * float(for_newcomers(world, "licence_approval", kind))
        opens = asks & seen & fit
        _note_refused(world, "needs_licence", kind, rows[asks & ~opens])
    return opens, np.maximum(capital, floor)


def _note_refused(world: World, question: str, kind: str, rows: Ids) -> None:
    """Lay on the desk who stays out because of a limit, and which instrument had set it."""
    if not len(rows):
        return
    setter = np.full(len(rows), world.newcomer_limits.set_by(question)[_place(kind)])
    nobody = np.full(len(rows), -1)
    number = world.first_number(kind) + rows if kind in PROVIDER_KINDS else -1 - rows
    world.desk.bound.append((question, nobody, number, setter))
    world.desk.count("refused_entrants", len(rows))


def _examined(world: World, asks: Mask, price: Floats, places: Floats | Ids) -> Mask:
    """Examine as many as the budget pays for, in the order of their places, and pay for it.

    asks, price, places : (m,) who wants to be examined, fen each, place in the queue
    """
    queue = true_at(asks)[np.argsort(places[asks], kind="stable")]
    fits = np.cumsum(price[queue]) <= world.regulator.budget_left[0]
    seen = np.zeros(len(asks), dtype=np.bool_)
    seen[queue[fits]] = True
    spend(world, CASES, np.rint(price[seen].sum()))
    return seen


# ---------------------------------------------------------------- those who are there
def check_compliance(world: World, scenario: Scenario) -> None:
    """Let owners pay in what a floor asks for, examine who lacks a licence, order others to close.

    Takes this month's limits and capital as reported at the last close.
    """
    floor, needs = 100.0 * world.limit("capital_floor"), world.limit("needs_licence")
    if not (floor.any() or needs.any()):
        for kind in KINDS:
            world.tables[kind].months_below[:] = 0
            world.tables[kind].months_unlicensed[:] = 0
        return
    below = _mend_capital(world, scenario, floor)
    _check_licences(world, needs & world.of_providers("alive"), below)


def _mend_capital(world: World, scenario: Scenario, floor: Floats) -> Mask:
    """Count months below the floor; in the end owners pay in the rest, or are ordered to close.

    Returns who is still below it.
    """
    capital, alive = world.reported_capital(), world.of_providers("alive")
    below = alive & (capital < floor)
    months = np.where(below, world.of_providers("months_below") + 1, 0)
    due = below & (months > world.limit("compliance_months"))
    if due.any():
        exponent = scenario.parameters.market.capital_exponent
        u = world.draws.uniform(
            "capital_call", world.month, world.provider_row, world.provider_kind
        )
        raises = due & (u < capital_chance(np.maximum(capital, 0.0), floor, exponent))
        _pay_in(world, np.where(raises, np.ceil(floor - capital), 0.0).astype(np.int64))
        months[raises] = 0
        below &= ~raises
        order(world, "capital_floor", due & ~raises)
    _write(world, "months_below", months)
    return below


def _pay_in(world: World, fen: Ids) -> None:
    """Let owners pay in capital; fen : (n_providers,)."""
    for kind in KINDS:
        start, rows = world.first_number(kind), np.arange(world.tables[kind].n)
        mine = fen[start : start + len(rows)]
        world.ledger.pay("capital_raise", "outside", None, kind, rows, mine)
    world.desk.count("capital_raised", float(fen.sum()))


def _check_licences(world: World, needs: Mask, below: Mask) -> None:
    """Examine who has no licence yet and enough capital; order who is refused, or late, to close.

    needs, below : (n_providers,) who needs a licence; who has too little capital for one
    """
    lacks = needs & ~world.of_providers("is_licensed")
    refused = world.of_providers("is_refused")
    months = np.where(lacks, world.of_providers("months_unlicensed") + 1, 0)
    row, kind = world.provider_row, world.provider_kind
    place = world.draws.uniform("examination", world.month, row, kind)
    price = 100.0 * world.limit("licence_cost")
    seen = _examined(world, lacks & ~refused & ~below, price, place)
    chance = world.limit("licence_approval") * (1.0 - world.limit("licence_skill") * _plans(world))
    fit = world.draws.uniform("licence", 0, row, kind) < chance
    refused = refused | (seen & ~fit)
    late = lacks & (months > world.limit("compliance_months")) & (refused | below)
    _write(world, "is_licensed", world.of_providers("is_licensed") | (seen & fit))
    _write(world, "is_refused", refused)
    _write(world, "months_unlicensed", months)
    order(world, "needs_licence", late)


def _plans(world: World) -> Mask:
    """Mark providers whose owners plan fraud, which an examination may find out."""
    plans = np.zeros(world.n_providers, dtype=np.bool_)
    plans[world.first_number("platform") :] = world.platforms.is_fraud
    return plans


def order(world: World, question: str, ordered: Mask) -> None:
    """Mark providers as ordered to close, and note which limit did it first; (n_providers,)."""
    if not ordered.any():
        return
    orders = world.of_providers("orders")
    numbers = true_at(ordered & (orders == 0))
    every = np.ones(len(numbers), dtype=np.bool_)
    world.note_bound(question, np.full(len(numbers), -1), numbers, every)
    _write(world, "orders", orders | ORDERING[question] * ordered)


def lapse_orders(world: World) -> None:
    """Let orders lapse that are not carried out yet and whose rule no longer binds the provider."""
    orders = world.of_providers("orders")
    if not orders.any():
        return
    pools = np.zeros(world.n_providers, dtype=np.bool_)
    pools[world.first_number("platform") :] = world.platforms.is_pooling
    binds = {
        "capital_floor": world.limit("capital_floor") > 0,
        "needs_licence": world.limit("needs_licence"),
        "may_pool": pools & ~world.limit("may_pool"),
        "must_close": world.limit("must_close"),
    }
    stands = sum(bit * binds[question] for question, bit in ORDERING.items())
    _write(world, "orders", np.where(world.of_providers("alive"), orders & stands, orders))


def _write(world: World, column: str, values: Any) -> None:
    for kind in KINDS:
        table, start = world.tables[kind], world.first_number(kind)
        table.column(column)[:] = values[start : start + table.n]
