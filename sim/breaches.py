"""Breaches of records: whose records providers of credit keep, and what a breach does for months.

Responsible for opening a breach, for the clients it concerns and for what they are paid. Loans in
stolen names are in `identity_fraud`; how much less sources then show is in `contracts/breaches`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.chart import CODES, OUTSIDE
from sim.kernels import split_by_weights
from sim.units import Fen, Floats, Ids, Mask
from sim.world import KINDS, World

if TYPE_CHECKING:
    from sim.scenario import Scenario


class Clients(NamedTuple):
    """Clients of some providers, one row for each client and provider.

    is_saver : (m,) else an enterprise; row : (m,) in its population; provider : (m,) numbers
    """

    is_saver: Mask
    row: Ids
    provider: Ids


def clients_of(world: World, providers: Ids) -> Clients:
    """List firms that owe some providers a loan, and savers who hold anything with them.

    providers : (m,) distinct numbers
    """
    loans, accounts = world.loans, world.accounts
    is_one = np.zeros(world.n_providers, dtype=np.bool_)
    is_one[providers] = True
    lent = np.flatnonzero(loans.is_open & (loans.holder != OUTSIDE) & is_one[loans.provider])
    firms = np.unique((loans.provider[lent].astype(np.int64) << 32) | loans.borrower[lent])
    start = world.first_number("platform")
    watched = np.append(is_one[start:], False)[accounts.platform]
    held = (accounts.balance > 0) | (accounts.invested >= 0.5) | (accounts.claims > 0)
    mine = np.flatnonzero(watched & held)
    where = start + accounts.platform[mine].astype(np.int64)
    savers = np.unique((where << 32) | (mine // world.slots))
    both = np.concatenate([firms, savers])
    return Clients(np.arange(len(both)) >= len(firms), both & 0xFFFFFFFF, both >> 32)


def records_within_reach(world: World, providers: Ids, shares: Floats) -> Ids:
    """Tell how many records thieves of a share would steal of some providers; (m,).

    providers : (m,) distinct numbers; shares : (m,) of the records that they keep
    What another breach of the month took before is not stolen twice.
    """
    clients, book, n = clients_of(world, providers), world.breaches, world.n_providers
    kept = np.bincount(clients.provider, minlength=n)
    if book.n:
        rows = np.flatnonzero(book.month == world.month)
        taken = np.bincount(book.provider[rows], book.records[rows], n).astype(np.int64)
        kept = np.maximum(kept - taken, 0)
    return np.rint(shares * kept[providers]).astype(np.int64)


def open_breaches(
    world: World, providers: Ids, sources: Ids, shares: Floats, terms: dict[str, Floats]
) -> Ids:
    """Open breaches of some providers and return how many records each lost; (m,).

    providers : (m,) distinct numbers; sources : (m,) parties behind them
    shares : (m,) of the records that they keep
    terms : (m,) each - precision_lost, months until renewed, identity_share of the records in
        whose name thieves borrow as much as the mean loan, identity_months over which they do,
        trust_lost, compensation in fen a record
    """
    records = records_within_reach(world, providers, shares)
    loans, n = world.loans, world.n_providers
    rows = np.flatnonzero(loans.is_open & (loans.holder != OUTSIDE))
    lent = np.bincount(loans.provider[rows], loans.amount[rows], n)
    mean = (lent / np.maximum(np.bincount(loans.provider[rows], minlength=n), 1))[providers]
    used = np.maximum(terms["identity_months"], 1.0)
    world.breaches.append(
        len(providers),
        {
            "month": world.month,
            "known": world.month,
            "provider": providers,
            "records": records,
            "precision_lost": terms["precision_lost"],
            "renewed": world.month + terms["months"].astype(np.int64),
            "identity_loans": records * terms["identity_share"] * mean / used,
            "used_until": world.month + used.astype(np.int64),
            "trust_lost": terms["trust_lost"],
            "compensation": terms["compensation"],
            "source": sources,
        },
    )
    world.desk.count("records_lost", float(records.sum()))
    return records


def pay_compensation(world: World, scenario: Scenario) -> None:
    """Let providers whose records were stolen this month pay all their clients alike.

    So much for each record, out of own cash as far as it goes; what is not paid lapses.
    """
    book = world.breaches
    if not book.n:
        return
    rows = np.flatnonzero((book.month == world.month) & (book.compensation > 0))
    if not len(rows):
        return
    n = world.n_providers
    wanted = np.bincount(book.provider[rows], book.compensation[rows] * book.records[rows], n)
    cash = world.of_providers("cash") * world.of_providers("alive")
    pot = np.minimum(np.floor(wanted).astype(np.int64), cash)
    clients = clients_of(world, np.flatnonzero(pot))
    order = np.argsort(clients.provider, kind="stable")
    is_saver, client, provider = (
        clients.is_saver[order],
        clients.row[order],
        clients.provider[order],
    )
    has = np.zeros(n, dtype=np.bool_)
    has[provider] = True
    each = split_by_weights(np.where(has, pot, 0), np.ones(len(order), dtype=np.int64), provider)
    _pay(world, is_saver, client, provider, each)
    world.desk.count("compensation", float(each.sum()))


def _pay(world: World, is_saver: Mask, client: Ids, provider: Ids, fen: Fen) -> None:
    for kind in KINDS:
        payer = world.provider_row[provider]
        for receiver, theirs in (("enterprise", ~is_saver), ("investor", is_saver)):
            mine = np.flatnonzero((world.provider_kind[provider] == CODES[kind]) & theirs)
            if len(mine):
                world.ledger.pay(
                    "breach_compensation", kind, payer[mine], receiver, client[mine], fen[mine]
                )


def date_news(world: World, sources: Ids, known: Ids) -> None:
    """Say when others learn of breaches of this month.

    sources : (m,) parties behind them, ascending; known : (m,) months
    """
    book = world.breaches
    rows = np.flatnonzero((book.month == world.month) & np.isin(book.source, sources))
    book.known[rows] = known[np.searchsorted(sources, book.source[rows])]


def news_of_breaches(world: World) -> Floats | None:
    """Failures that breaches known since last month count as, (n_platforms,); None for none.

    Clients feel nothing of it where `cyber` is covered.
    """
    book = world.breaches
    if not book.n or world.is_off("cyber"):
        return None
    rows = np.flatnonzero((book.known == world.month - 1) & (book.trust_lost > 0))
    platform = book.provider[rows] - world.first_number("platform")
    rows, platform = rows[platform >= 0], platform[platform >= 0]
    if not len(rows):
        return None
    return np.asarray(np.bincount(platform, book.trust_lost[rows], world.platforms.n))
