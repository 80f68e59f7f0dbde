"""What happens to sold receivables: they are bought, paid, covered, provisioned and written off.

Responsible for the flows and memo columns of whoever holds them. Decides nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.chart import NAMES, OUTSIDE
from sim.contracts.links import AGES
from sim.kernels import group_sum, true_at
from sim.ledger import Claim, Leg, Move
from sim.postings import party
from sim.units import Fen, Floats, Ids
from sim.world import World


class Sale(NamedTuple):
    """Invoices sold this month, (m,) each: the link and its month, the factor, terms in fen."""

    link: Ids
    months: Ids
    number: Ids
    price: Fen
    discount: Fen
    pd: Floats

    def of(self, rows: Ids) -> Sale:
        """Pick some invoices."""
        link, months, number, price, rest, pd = self
        return Sale(link[rows], months[rows], number[rows], price[rows], rest[rows], pd[rows])


def buy_receivables(world: World, kind: str, sale: Sale, lgd: float) -> None:
    """Let factors of a kind pay for invoices and become the buyers' creditors.

    The price is cash against a part of the claim; the discount, the rest of it, is the
    supplier's cost and the factor's income at once.
    """
    links, book = world.links, world.receivables
    supplier, factor = links.supplier[sale.link], world.provider_row[sale.number]
    rows = book.append(
        len(sale.link),
        {
            "buyer": links.buyer[sale.link],
            "supplier": supplier,
            "provider": sale.number,
            "holder": world.provider_kind[sale.number],
            "holder_row": factor,
            "months_left": sale.months,
            "bought": world.month,
            "pd": sale.pd,
            "lgd": lgd,
        },
    )

    def moved(fen: Fen) -> tuple[Claim, ...]:
        off = []
        for months in np.unique(sale.months):
            mine = true_at(sale.months == months)
            where = sale.link[mine]
            both = ("enterprise", "enterprise")
            off.append(Claim("payables", links, AGES[months], where, -fen[mine], *both))
        return (*off, Claim("payables", book, "amount", rows, fen, "enterprise", kind))

    price, rest = sale.price, sale.discount
    world.ledger.post(
        Leg("receivable_sale", kind, factor, "enterprise", supplier, price, moved(price)),
        Leg("receivable_discount", "enterprise", supplier, kind, factor, rest, moved(rest)),
    )


def pay_receivables(world: World, rows: Ids, paid: Fen) -> None:
    """Let buyers pay on sold receivables to whoever holds them; rows, paid : (m,)."""
    book = world.receivables
    for holder, mine, creditor in _by_holder(world, rows):
        where, fen = rows[mine], paid[mine]
        claim = Claim("payables", book, "amount", where, -fen, "enterprise", holder)
        world.ledger.pay(
            "payable_pay", "enterprise", book.buyer[where], holder, creditor, fen, claim
        )
        if creditor is None:
            world.desk.came_back("funding", fen)


def cover_receivables(world: World, rows: Ids) -> None:
    """Let outside pay factors the face of receivables on the defaulted and take them over."""
    book = world.receivables
    rows = rows[book.holder[rows] != OUTSIDE]
    for holder, mine, creditor in _by_holder(world, rows):
        fen = book.amount[rows[mine]]
        move = Move("payables", int(fen.sum()), "enterprise", holder, "outside")
        world.ledger.pay("cover_pay", "outside", None, holder, creditor, fen, move)
        world.desk.cover["funding"] = world.desk.cover.get("funding", 0) + int(fen.sum())
    book.holder[rows], book.holder_row[rows] = OUTSIDE, 0


def provision_receivables(world: World, rows: Ids, share: float) -> None:
    """Let factors provision receivables on the defaulted, which raises their excess loss."""
    book = world.receivables
    rows = rows[book.holder[rows] != OUTSIDE]
    if not len(rows):
        return
    loss, number = share * book.amount[rows], book.provider[rows]
    book.provision[rows] = loss
    world.add_to_providers("provisions", number, loss)
    world.add_to_providers("excess_loss", number, loss)
    sources = party("enterprise", book.buyer[rows])
    world.impairments.record(world.provider_party(number), "funding", sources, loss)


def write_off_receivables(world: World, rows: Ids) -> None:
    """Write off what is left of receivables: the holders' loss is the buyers' gain."""
    book = world.receivables
    if not len(rows):
        return
    held = rows[book.holder[rows] != OUTSIDE]
    # The provision was counted at default; what is lost beyond it, or less, is counted now.
    beyond = book.amount[held] - book.provision[held]
    world.add_to_providers("excess_loss", book.provider[held], beyond)
    world.desk.count("factoring_loss", float(book.amount[held].sum()))
    for holder, mine, creditor in _by_holder(world, rows):
        where = rows[mine]
        lost = book.amount[where].copy()
        claim = Claim("payables", book, "amount", where, -lost, "enterprise", holder)
        world.ledger.enter(
            "write_off", holder, creditor, "enterprise", book.buyer[where], lost, claim
        )
    _release(world, rows)


def close_settled_receivables(world: World) -> None:
    """Close receivables on which nothing is left, and drop them where they are many."""
    book = world.receivables
    gone = true_at(book.is_open & (book.amount == 0))
    if len(gone):
        _release(world, gone)
        book.close(gone)
        book.compact()


def receivables_held(world: World) -> Fen:
    """Receivables held by each factor, by provider number, in fen."""
    book = world.receivables
    held = book.amount * (book.holder != OUTSIDE)
    return group_sum(book.provider, held, world.n_providers)


def _release(world: World, rows: Ids) -> None:
    book = world.receivables
    rows = rows[book.provision[rows] > 0]
    world.add_to_providers("provisions", book.provider[rows], -book.provision[rows])
    book.provision[rows] = 0.0


def _by_holder(world: World, rows: Ids) -> list[tuple[str, Ids, Ids | None]]:
    """Cut rows of the book by sector of the holder: name, places in `rows`, rows of holders."""
    book, parts = world.receivables, []
    for code in np.unique(book.holder[rows]) if len(rows) else ():
        mine = true_at(book.holder[rows] == code)
        creditor = None if code == OUTSIDE else book.holder_row[rows[mine]]
        parts.append((NAMES[int(code)], mine, creditor))
    return parts
