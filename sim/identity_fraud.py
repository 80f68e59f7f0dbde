"""Loans in stolen names: thieves borrow from a provider whose records they have; nobody pays.

Responsible for the grant, the default and the end of these loans. They count as loans until they
are known to be bad, and take room and money that honest borrowers could have had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.capacities import room_of_banks
from sim.chart import CODES, INVESTOR, NAMES, PLATFORM
from sim.contracts.identity_loans import HOLDERS, instrument
from sim.kernels import add_at, split_by_weights
from sim.ledger import Claim
from sim.pools import lendable
from sim.units import Fen, Ids, to_fen
from sim.world import KINDS, World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def lend_to_nobody(world: World, scenario: Scenario) -> None:
    """Let providers lend to thieves in stolen names what these ask for, as far as money goes.

    They ask first. Where `cyber` is covered, outside takes the loans over at once.
    """
    breaches, month = world.breaches, world.month
    if not breaches.n:
        return
    rows = np.flatnonzero((breaches.month <= month) & (breaches.used_until > month))
    if not len(rows):
        return
    wanted = np.bincount(breaches.provider[rows], breaches.identity_loans[rows], world.n_providers)
    fen = np.minimum(to_fen(wanted), _money(world, scenario))
    source = np.zeros(world.n_providers, dtype=np.int64)
    source[breaches.provider[rows]] = breaches.source[rows]
    for kind in KINDS:
        start, table = world.first_number(kind), world.tables[kind]
        asked = np.where(table.alive, fen[start : start + table.n], 0)
        by = np.flatnonzero(asked)
        if len(by):
            _lend(world, scenario, kind, by, asked[by], source[start + by])
    world.desk.count("identity_lent", float(fen[world.of_providers("alive")].sum()))


def _money(world: World, scenario: Scenario) -> Fen:
    """What each provider could lend at once, (n_providers,) fen: own cash, or clients'."""
    found: list[Fen] = []
    for kind in KINDS:
        table = world.tables[kind]
        if kind == "bank":
            found.append(room_of_banks(world, scenario))  # deposits are elastic
        elif kind == "platform":
            pooled, idle = lendable(world, scenario), table.client_cash
            money = np.where(table.is_pooling, pooled, idle) * ~table.is_suspect
            found.append(to_fen(money))
        else:
            p = getattr(scenario.parameters, kind)
            spare = table.cash - 2.0 * p.fixed_cost_share * table.initial_capital
            found.append(to_fen(np.maximum(spare, 0.0)))
    return np.concatenate(found)


def _lend(world: World, scenario: Scenario, kind: str, rows: Ids, fen: Fen, source: Ids) -> None:
    """Pay out loans of one kind of provider; rows : (m,) of the kind; fen, source : (m,)."""
    table, is_platform = world.tables[kind], kind == "platform"
    pools = table.is_pooling[rows] if is_platform else np.ones(len(rows), dtype=np.bool_)
    own, lent = rows[pools], fen[pools]
    if kind == "bank":
        short = np.maximum(lent - table.cash[own], 0)
        taken = Claim("deposits", table, "deposits", own, short, "bank", "outside")
        world.ledger.pay("deposit_take", "outside", None, "bank", own, short, taken)
    into = "client_cash" if is_platform else "cash"
    new = _append(world, scenario, kind, own, source[pools], CODES[kind], own)
    claim = Claim("loans", world.identity_loans, "principal", new, lent, "outside", kind)
    world.ledger.pay("loan_grant", kind, own, "outside", None, lent, claim, payer_account=into)
    noted = _sell(world, scenario, rows[~pools], fen[~pools], source[~pools])
    if world.is_off("cyber"):
        take_over(world, np.concatenate([new, noted]), "cyber")


def _append(
    world: World, scenario: Scenario, kind: str, provider: Ids, source: Ids, holder: int, by: Ids
) -> Ids:
    """Open rows of the book; provider : (m,) rows of the kind; by : (m,) rows of the holders."""
    firms = scenario.parameters.enterprise
    bad = world.month + firms.arrears_months
    number = world.first_number(kind) + provider
    return world.identity_loans.append(
        len(provider),
        {
            "provider": number,
            "holder": holder,
            "holder_row": by,
            "defaults": bad,
            "ends": bad + firms.estate_months,
            "source": source,
        },
    )


def _sell(world: World, scenario: Scenario, rows: Ids, fen: Fen, source: Ids) -> Ids:
    """Fund loans of matching platforms from their clients' idle balances, in proportion."""
    accounts, n = world.accounts, world.platforms.n
    asked, behind = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    asked[rows], behind[rows] = fen, source
    held = np.flatnonzero(accounts.balance > 0)
    held = held[asked[accounts.platform[held]] > 0]
    held = held[np.argsort(accounts.platform[held], kind="stable")]
    owner = accounts.platform[held].astype(np.int64)
    part = split_by_weights(asked, accounts.balance[held], owner) if len(held) else asked[:0]
    held, owner, part = held[part > 0], owner[part > 0], part[part > 0]
    new = _append(world, scenario, "platform", owner, behind[owner], INVESTOR, held // world.slots)
    book = world.identity_loans
    book.account[new] = held
    world.ledger.pay(
        "note_fund",
        "platform",
        owner,
        "outside",
        None,
        part,
        Claim("client_balances", accounts, "balance", held, -part, "platform", "investor"),
        Claim("notes", book, "principal", new, part, "outside", "investor"),
        payer_account="client_cash",
    )
    add_at(accounts.invested, held, part)
    return new


def take_over(world: World, rows: Ids, channel: str) -> None:
    """Let outside pay holders the face of such loans, which it then owes to itself: they end.

    rows : (m,) of the book
    """
    book, accounts = world.identity_loans, world.accounts
    for code in HOLDERS:
        mine = rows[book.holder[rows] == code]
        if not len(mine):
            continue
        fen, name = book.principal[mine].copy(), NAMES[code]
        ended = Claim(instrument(code), book, "principal", mine, -fen, "outside", name)
        claims, paid, into = [ended], book.holder_row[mine], "cash"
        if code == INVESTOR:
            account = book.account[mine]
            claims.append(
                Claim("client_balances", accounts, "balance", account, fen, "platform", name)
            )
            paid = accounts.platform[account].astype(np.int64)
            add_at(accounts.invested, account, -fen)
        if code in (INVESTOR, PLATFORM):
            name, into = "platform", "client_cash"
        world.ledger.pay(
            "cover_pay", "outside", None, name, paid, fen, *claims, receiver_account=into
        )
        world.desk.cover[channel] = world.desk.cover.get(channel, 0) + int(fen.sum())
    book.close(rows)


# ---------------------------------------------------------------- what becomes of them
def age_identity_loans(world: World, scenario: Scenario) -> None:
    """Provision loans in stolen names that are in default, and write off those whose time is up."""
    book = world.identity_loans
    if not book.n:
        return
    bad = np.flatnonzero(book.is_open & ~book.is_bad & (book.defaults <= world.month))
    book.is_bad[bad] = True
    by_channel = (("notes", (INVESTOR, PLATFORM)), ("funding", HOLDERS[:3]))
    for channel, holders in by_channel:
        mine = bad[np.isin(book.holder[bad], holders)]
        if world.is_off(channel):
            take_over(world, mine, channel)
        else:
            _provision(world, mine, scenario.parameters.market.provision_share)
    _write_off(world, np.flatnonzero(book.is_open & (book.ends <= world.month)))


def _provision(world: World, rows: Ids, share: float) -> None:
    """Let holders see what they will lose; a provider that holds them is the victim on record."""
    book = world.identity_loans
    loss = share * book.principal[rows]
    book.provision[rows] = loss
    provider, is_noted = book.provider[rows], book.holder[rows] == INVESTOR
    world.add_to_providers("provisions", provider[~is_noted], loss[~is_noted])
    world.add_to_providers("excess_loss", provider, loss)
    add_at(world.investors.loss_seen, book.holder_row[rows[is_noted]], loss[is_noted])
    if not world.is_off("cyber"):
        own = rows[~is_noted]
        victims = world.provider_party(book.provider[own])
        world.impairments.record(victims, "cyber", book.source[own], loss[~is_noted])


def _write_off(world: World, rows: Ids) -> None:
    """Write off loans that nobody owes; rows : (m,) of the book."""
    if not len(rows):
        return
    book = world.identity_loans
    beyond = book.principal[rows] - book.provision[rows]
    world.add_to_providers("excess_loss", book.provider[rows], beyond)
    own = rows[book.holder[rows] != INVESTOR]
    world.add_to_providers("provisions", book.provider[own], -book.provision[own])
    _remember(world, rows[book.holder[rows] == INVESTOR])
    world.desk.count("identity_loss", float(book.principal[rows].sum()))
    for code in HOLDERS:
        mine = rows[book.holder[rows] == code]
        lost, name = book.principal[mine].copy(), NAMES[code]
        claim = Claim(instrument(code), book, "principal", mine, -lost, "outside", name)
        world.ledger.enter("write_off", name, book.holder_row[mine], "outside", None, lost, claim)
    book.close(rows)


def _remember(world: World, rows: Ids) -> None:
    """Let savers remember what they lost on notes beyond what they had seen."""
    book, savers, platforms = world.identity_loans, world.investors, world.platforms
    saver, lost = book.holder_row[rows], book.principal[rows]
    add_at(savers.loss_seen, saver, lost - book.provision[rows])
    add_at(savers.loss_total, saver, lost)
    add_at(world.accounts.invested, book.account[rows], -lost)
    platform = book.provider[rows] - world.first_number("platform")
    platforms.saver_loss[:] += np.bincount(platform, lost, platforms.n)
    world.desk.count("investor_loss", float(lost.sum()))
