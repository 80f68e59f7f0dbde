"""Emergency loans of the regulator: who gets one, how it is paid back, what an estate leaves of it.

The money is granted by outside when it is lent and goes back there when it is repaid; only the
claim stays with the regulator. Senior: it ranks with the running costs of an estate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.chart import CODES
from sim.kernels import queue_fit
from sim.ledger import Claim
from sim.pools import asked_of, lendable
from sim.postings import pay_institution_dues, unpaid_dues
from sim.purse import grant_budget, return_cash
from sim.units import Fen, Ids, to_fen
from sim.world import KINDS, World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def lend_to_the_short(world: World) -> None:
    """Lend solvent providers what they lack for costs, wholesale debts and redemptions promised.

    In a keyed order, until the next one no longer fits into what is left of the month's budget.
    Running costs are paid at once, so that nobody who got the money fails for want of it; savers
    of pools are paid next month.
    """
    access = world.limit("emergency_access")
    if not access.any():
        return
    own, client = _lacking(world), _lacking_for_savers(world)
    short = own + client
    asks = np.flatnonzero(
        access & world.of_providers("alive") & (short > 0) & (world.reported_capital() > 0)
    )
    if not len(asks):
        return
    row, kind = world.provider_row[asks], world.provider_kind[asks]
    draw = world.draws.uniform("emergency", world.month, row, kind)
    budget, one = world.regulator.budget_left.astype(np.int64), np.zeros(len(asks), dtype=np.int64)
    given = asks[queue_fit(one, one, draw, short[asks], budget)]
    world.note_bound("emergency_access", np.full(len(given), -1), given, short[given] > 0)
    world.desk.count("emergency_refused", len(asks) - len(given))
    grant_budget(world, int(short[given].sum()))
    for name in KINDS:
        numbers = given[world.provider_kind[given] == CODES[name]]
        if len(numbers):
            rows, table = world.provider_row[numbers], world.tables[name]
            _post(world, "emergency_loan", name, rows, own[numbers], own[numbers])
            short_still = pay_institution_dues(world, name)
            table.cost_late[:] = np.where(short_still, table.cost_late, 0)
    numbers = given[client[given] > 0]
    rows, fen = world.provider_row[numbers], client[numbers]
    _post(world, "emergency_loan", "platform", rows, fen, fen, "client_cash")
    world.platforms.redemption_late[rows] = 0


def _lacking(world: World) -> Fen:
    """What providers owe that is due and that their cash does not meet, (n_providers,) fen."""
    return np.maximum(unpaid_dues(world) - world.of_providers("cash"), 0)


def _lacking_for_savers(world: World) -> Fen:
    """What pools that paid less than was due lack for notice given, (n_providers,) fen."""
    lacking = np.zeros(world.n_providers, dtype=np.int64)
    table = world.platforms
    if (table.redemption_late > 0).any():
        missing = np.maximum(asked_of(world) - table.client_cash, 0)
        lacking[world.first_number("platform") :] = np.where(table.redemption_late > 0, missing, 0)
    return lacking


def repay_emergency(world: World, scenario: Scenario) -> None:
    """Charge a month's interest, and take half of own cash until all is paid back.

    Pools pay also from half of the client cash that they could lend.
    """
    if not world.of_providers("emergency").any():
        return
    rate = world.limit("emergency_rate") / 12.0
    for name in KINDS:
        start, table = world.first_number(name), world.tables[name]
        rows = np.flatnonzero((table.emergency > 0) & table.alive)
        if not len(rows):
            continue
        interest = to_fen(table.emergency[rows] * rate[start + rows])
        world.ledger.enter(
            "emergency_accrue",
            name,
            rows,
            "regulator",
            0 * rows,
            interest,
            Claim("emergency", table, "emergency", rows, interest, name, "regulator"),
        )
        fen = np.minimum(table.emergency[rows], np.maximum(table.cash[rows], 0) // 2)
        _take_back(world, name, rows, fen)
        if name == "platform":
            spare = to_fen(np.floor(lendable(world, scenario)[rows] / 2.0))
            fen = np.minimum(table.emergency[rows], spare)
            _take_back(world, name, rows, fen, "client_cash")


def repay_from_estates(world: World, name: str, rows: Ids) -> None:
    """Pay emergency loans from what estates hold, and write off the rest; rows of one kind."""
    table = world.tables[name]
    rows = rows[table.emergency[rows] > 0]
    if not len(rows):
        return
    _take_back(world, name, rows, np.minimum(table.emergency[rows], table.cash[rows]))
    lost = table.emergency[rows].copy()
    claim = Claim("emergency", table, "emergency", rows, -lost, name, "regulator")
    world.ledger.enter("write_off", "regulator", 0 * rows, name, rows, lost, claim)


def repay_ahead(world: World, rows: Ids, account: str) -> None:
    """Pay emergency loans of platforms out of a cash account, as far as it goes; rows : (m,)."""
    table = world.platforms
    rows = rows[table.emergency[rows] > 0]
    if len(rows):
        fen = np.minimum(table.emergency[rows], table.column(account)[rows])
        _take_back(world, "platform", rows, fen, account)


def _take_back(world: World, name: str, rows: Ids, fen: Fen, account: str = "cash") -> None:
    _post(world, "emergency_repay", name, rows, fen, -fen, account)
    return_cash(world, int(fen.sum()))
    world.regulator.collected[:] += float(fen.sum())


def _post(
    world: World,
    flow: str,
    name: str,
    rows: Ids,
    fen: Fen,
    change: Fen,
    account: str = "cash",
) -> None:
    """Pay fen one way or the other between the regulator and providers of a kind."""
    table = world.tables[name]
    claim = Claim("emergency", table, "emergency", rows, change, name, "regulator")
    there, here = (name, rows), ("regulator", np.zeros(len(rows), dtype=np.int64))
    payer, receiver = (here, there) if flow == "emergency_loan" else (there, here)
    side = "receiver_account" if flow == "emergency_loan" else "payer_account"
    accounts: dict[str, Any] = {side: account}
    world.ledger.pay(flow, *payer, *receiver, fen, claim, **accounts)
