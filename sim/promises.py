"""Promises of principal, and the reserve funds that stand behind them.

A platform that promises (`makes_promises`) buys notes of loans in default back at face, or pays
what a pool lacks for redemptions: out of its reserve fund until that is empty, then out of own
cash. Every platform's reserve buys notes back as far as it goes; only a promise goes on from
there, stays due, and can be broken. Decides nothing about what a broken promise brings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.investor import SLOTS
from sim.chart import INVESTOR
from sim.kernels import add_at
from sim.note_posting import buy_back_notes
from sim.postings import impair_providers, loans_of_provider
from sim.units import Fen, Ids, Mask, to_fen
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

NEVER = 1_000_000


def may_promise(world: World) -> Mask:
    """Mark platforms that promise, and may, what they take in this month; (n_platforms,)."""
    allowed = world.limit("may_promise")[world.first_number("platform") :]
    return np.asarray(world.platforms.makes_promises & allowed)


def note_ban(world: World) -> None:
    """Write from when on platforms may promise no more, and that the ban bound them."""
    table, start = world.platforms, world.first_number("platform")
    banned = table.makes_promises & table.alive & ~world.limit("may_promise")[start:]
    table.banned_in[:] = np.where(banned, np.minimum(table.banned_in, world.month), NEVER)
    number = np.arange(start, start + table.n)
    world.note_bound("may_promise", np.full(table.n, -1), number, banned)


# ---------------------------------------------------------------- notes
def buy_back(
    world: World,
    rows: Ids,
    provision: float,
    flow: str = "reserve_pay",
    cash: str = "reserve_cash",
) -> None:
    """Let platforms buy defaulted notes at face as long as a cash account lasts.

    rows : (m,) loans; provision : share that savers have seen as lost, and now see as kept
    """
    loans = world.loans
    before = loans.kept_shares[rows].copy()
    account, principal = buy_back_notes(world, rows, flow, cash)
    seen = world.investors.loss_seen
    add_at(seen, account // SLOTS, -provision * principal)
    np.maximum(seen, 0.0, out=seen)
    part = (loans.kept_shares[rows] - before) / loans.shares[rows]
    owed = loans.is_promised[rows]
    # What it promised is on record as provisioned, since it lacked that too if it could not pay.
    known = np.where(owed, loans.provision[rows], 0.0)
    impair_providers(world, "notes", rows, part * (loans.principal[rows] - known))
    # The platform now holds what it provisions.
    mine = rows[owed]
    world.add_to_providers("provisions", loans.provider[mine], part[owed] * loans.provision[mine])


def honour_promises(world: World, scenario: Scenario) -> None:
    """Let platforms buy back promised notes in default out of reserve and own cash.

    What they cannot buy stays promised. Counts the months running in which that was so.
    """
    table, loans = world.platforms, world.loans
    if not table.makes_promises.any():
        return
    note_ban(world)
    rows = np.flatnonzero(loans.is_promised & loans.is_bad & (loans.holder == INVESTOR))
    rows = rows[table.alive[loans.holder_row[rows]]]
    share = scenario.parameters.market.provision_share
    for flow, cash in (("reserve_pay", "reserve_cash"), ("own_support", "cash")):
        rows = rows[loans.kept_shares[rows] < loans.shares[rows]]
        if len(rows):
            held = world.platforms.column(cash).copy()
            buy_back(world, rows, share, flow, cash)
            world.desk.count(flow, float((held - world.platforms.column(cash)).sum()))
    rows = rows[loans.kept_shares[rows] < loans.shares[rows]]
    late = np.zeros(table.n, dtype=np.bool_)
    late[loans.holder_row[rows]] = True
    mine = ~table.is_pooling
    table.redemption_late[mine] = np.where(late, table.redemption_late + 1, 0)[mine]


# ---------------------------------------------------------------- pools
def refill_pools(world: World, lacking: Fen) -> None:
    """Let platforms that promise pay what their pools lack for redemptions that are due.

    lacking : (n_platforms,) fen
    """
    table = world.platforms
    left = np.where(table.makes_promises & table.is_pooling, lacking, 0)
    if not left.any():
        return
    every = np.arange(table.n)
    for flow, cash in (("reserve_pay", "reserve_cash"), ("own_support", "cash")):
        fen = np.minimum(left, table.column(cash))
        world.ledger.pay(
            flow,
            "platform",
            every,
            "platform",
            every,
            fen,
            payer_account=cash,
            receiver_account="client_cash",
        )
        world.desk.count(flow, float(fen.sum()))
        left = left - fen


# ---------------------------------------------------------------- reserves
def fill_reserves(world: World, scenario: Scenario) -> Mask:
    """Put a share of fees into reserve funds, and what a requirement finds missing.

    The requirement takes own cash beyond a month's running cost. Returns who still lacks some of
    it, (n_platforms,).
    """
    p, table = scenario.parameters.platform, world.platforms
    if not table.n:
        return np.zeros(0, dtype=np.bool_)
    rows = np.arange(table.n)
    fen = np.where(table.alive, to_fen(p.reserve_share * table.fee_income), 0)
    fen = np.minimum(fen, np.maximum(table.cash, 0))
    start = world.first_number("platform")
    share = world.limit("reserve_share")[start:]
    lacking = np.zeros(table.n, dtype=np.int64)
    if share.any():
        required = to_fen(share * loans_of_provider(world)[start:])
        lacking = np.maximum(required - table.reserve_cash - fen, 0) * table.alive
        free = np.maximum(table.cash - fen - to_fen(table.monthly_cost), 0)
        world.note_bound("reserve_share", np.full(table.n, -1), start + rows, lacking > 0)
        fen = fen + np.minimum(lacking, free)
        lacking = lacking - np.minimum(lacking, free)
    world.ledger.pay(
        "reserve_fill",
        "platform",
        rows,
        "platform",
        rows,
        fen,
        payer_account="cash",
        receiver_account="reserve_cash",
    )
    return lacking > 0
