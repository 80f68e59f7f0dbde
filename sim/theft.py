"""Theft by attackers: own cash, and clients' money that is not in custody; who makes it good.

Clients keep their claims. A platform that matches loans replaces what was theirs out of own cash
at once, and owes the rest until it can pay or ends; a pool has less to redeem its claims from. Who
is robbed, and of which share, is decided elsewhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.chart import CODE_SPAN, CODES, INVESTOR, NAMES, OUTSIDE
from sim.contracts.impairments import CHANNELS
from sim.kernels import group_sum, split_by_weights
from sim.ledger import Claim, Leg
from sim.units import Fen, Floats, Ids, Mask
from sim.world import World

CASH = ("cash", "reserve_cash", "client_cash")  # of an estate, in the order a debt is paid from


def in_custody(world: World) -> Mask:
    """Mark platforms whose client money lies with a bank, as last ordered; (n_platforms,)."""
    found = np.zeros(world.platforms.n, dtype=np.bool_)
    ordered = world.ledger.in_custody
    found[: len(ordered)] = ordered
    return found


def loot(world: World, kind: str, rows: Ids, shares: Floats) -> tuple[Fen, Fen]:
    """Tell what thieves of a share would take: own cash, and clients' outside custody; (m,) fen.

    kind : population; rows : (m,) distinct; shares : (m,) of each cash account
    """
    table = world.tables[kind]
    own = np.floor(shares * np.maximum(table.cash[rows], 0)).astype(np.int64)
    if kind != "platform":
        return own, np.zeros(len(rows), dtype=np.int64)
    within_reach = np.where(in_custody(world)[rows], 0, table.client_cash[rows])
    return own, np.floor(shares * within_reach).astype(np.int64)


def rob(world: World, kind: str, rows: Ids, shares: Floats, sources: Ids) -> tuple[Fen, Fen]:
    """Let attackers take a share of institutions' cash, and of their clients' outside custody.

    kind : population; rows : (m,) distinct; shares : (m,) of each cash account
    sources : (m,) parties behind the attacks, for the memory of impairments
    Returns (m,) fen of own cash and (m,) fen of clients' money taken.
    """
    own, clients = loot(world, kind, rows, shares)
    world.ledger.pay("theft", kind, rows, "outside", None, own)
    if kind == "platform":
        _rob_clients(world, rows, clients)
    if not world.is_off("cyber"):
        victims = rows.astype(np.int64) * CODE_SPAN + CODES[kind]
        world.impairments.record(victims, "cyber", sources, (own + clients).astype(np.float64))
    world.desk.count("cash_stolen", float(own.sum() + clients.sum()))
    world.desk.count("client_cash_stolen", float(clients.sum()))
    return own, clients


def _rob_clients(world: World, rows: Ids, fen: Fen) -> None:
    """Take clients' money from platforms; own cash replaces what it can; rows, fen : (m,)."""
    platforms = world.platforms
    if world.is_off("cyber"):
        world.ledger.pay(
            "theft", "platform", rows, "outside", None, fen, payer_account="client_cash"
        )
        _cover(world, rows, fen)
        repay_robbed(world)
        return
    owed_back = np.where(platforms.is_pooling[rows], 0, fen)
    replaced = np.minimum(owed_back, platforms.cash[rows])
    missing = np.zeros(platforms.n, dtype=np.int64)
    missing[rows] = owed_back - replaced
    world.ledger.post(
        Leg(
            "theft",
            "platform",
            rows,
            "outside",
            None,
            fen,
            _owe_balances(world, missing),
            payer_account="client_cash",
        ),
        Leg(
            "own_support",
            "platform",
            rows,
            "platform",
            rows,
            replaced,
            receiver_account="client_cash",
        ),
    )


def _owe_balances(world: World, missing: Fen) -> tuple[Claim, ...]:
    """Turn balances that are gone into claims on their platforms; missing : (n_platforms,) fen."""
    accounts = world.accounts
    held = np.flatnonzero(accounts.balance > 0)
    held = held[missing[accounts.platform[held]] > 0]
    held = held[np.argsort(accounts.platform[held], kind="stable")]
    owner = accounts.platform[held].astype(np.int64)
    part = split_by_weights(missing, accounts.balance[held], owner)
    held, owner, part = held[part > 0], owner[part > 0], part[part > 0]
    if not len(held):
        return ()
    new = _append(world, owner, part, account=held, saver=held // world.slots)
    return (
        Claim("client_balances", accounts, "balance", held, -part, "platform", "investor"),
        Claim("client_balances", world.fraud_claims, "owed", new, part, "platform", "investor"),
    )


def _append(world: World, platform: Ids, fen: Fen, **fields: Any) -> Ids:
    same = {"platform": platform, "principal": fen, "is_balance": True, "is_stolen": True}
    return world.fraud_claims.append(len(platform), {**same, **fields})


def _cover(world: World, rows: Ids, fen: Fen) -> None:
    """Let outside put stolen client money back and be the client whose money is gone."""
    rows, fen = rows[fen > 0], fen[fen > 0]
    if not len(rows):
        return
    new = _append(world, rows, fen, holder=OUTSIDE, cover=CHANNELS.index("cyber"))
    world.ledger.pay(
        "cover_pay",
        "outside",
        None,
        "platform",
        rows,
        fen,
        Claim("client_balances", world.fraud_claims, "owed", new, fen, "platform", "outside"),
        receiver_account="client_cash",
    )
    world.desk.cover["cyber"] = world.desk.cover.get("cyber", 0) + int(fen.sum())


def repay_robbed(world: World) -> None:
    """Let living platforms pay what clients miss after thefts, out of all own cash they have."""
    book = world.fraud_claims
    rows = np.flatnonzero(book.is_stolen & book.is_open & ~book.is_exposed)
    rows = rows[world.platforms.alive[book.platform[rows]]]
    if len(rows):
        _pay(world, rows, "cash")


def _pay(world: World, rows: Ids, account: str) -> None:
    """Share a cash account of platforms among claims on them, in proportion; rows of the book."""
    book, platforms = world.fraud_claims, world.platforms
    rows = rows[np.argsort(book.platform[rows], kind="stable")]
    owner, owed = book.platform[rows], book.owed[rows]
    pot = np.minimum(platforms.column(account), group_sum(owner, owed, platforms.n))
    paid = split_by_weights(pot, owed, owner)
    for code in (INVESTOR, OUTSIDE):
        mine = book.holder[rows] == code
        where, fen = rows[mine], paid[mine]
        payee = None if code == OUTSIDE else book.saver[where]
        world.ledger.pay(
            "estate_claim_pay",
            "platform",
            owner[mine],
            NAMES[code],
            payee,
            fen,
            Claim("client_balances", book, "owed", where, -fen, "platform", NAMES[code]),
            payer_account=account,
        )
        if code == OUTSIDE:
            world.count_back(book.cover[where], fen)
    book.principal[rows] -= paid
    book.close(rows[book.owed[rows] == 0])


def end_covers(world: World, rows: Ids) -> None:
    """Pay outside, out of pools that end, what it put back after thefts; write off the rest.

    rows : (m,) platforms whose savers have been paid all there was for them
    """
    book = world.fraud_claims
    mine = np.flatnonzero(book.is_stolen & book.is_open & (book.holder == OUTSIDE))
    mine = mine[np.isin(book.platform[mine], rows)]
    if not len(mine):
        return
    for account in CASH:
        _pay(world, mine[book.is_open[mine]], account)
    mine = mine[book.is_open[mine]]
    lost = book.owed[mine].copy()
    claim = Claim("client_balances", book, "owed", mine, -lost, "platform", "outside")
    owner = book.platform[mine]
    world.ledger.enter("write_off", "outside", None, "platform", owner, lost, claim)
    book.close(mine)
