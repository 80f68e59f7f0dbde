"""Receivables that suppliers have sold: one invoice, one row, owed to the factor that bought it.

What a buyer owes and its supplier has kept stands on their link (`sim/contracts/links.py`); a
sale takes it off the link and puts it here, so that each claim stands once.
"""

from __future__ import annotations

import numpy as np

from sim.chart import BANK, NAMES, OUTSIDE
from sim.kernels import group_sum, true_at
from sim.legs import Position
from sim.table import Book, Count, Flag, Money, Real, Ref
from sim.units import Fen, Floats, Ids, Mask


class Receivable:
    """What a buyer owes on one invoice that its supplier has sold to a factor."""

    serial = Ref("permanent number")
    is_open = Flag("not yet paid or written off", fill=True)
    buyer = Ref("row of the enterprise that owes it")
    supplier = Ref("row of the enterprise that sold it")
    provider = Ref("provider number of the factor that bought it")
    holder = Count("population code of the creditor", fill=BANK)
    holder_row = Ref("row of the creditor in its population")
    amount = Money("owed by the buyer", unit="fen")
    months_left = Count("months until it is due; below 0 it is overdue", unit="months")
    bought = Count("month of the sale", unit="month")
    pd = Real("probability of the buyer's default at the sale", unit="1/year")
    lgd = Real("loss given default priced at the sale", unit="share")
    provision = Real("provision of the factor", unit="fen")
    is_bad = Flag("buyer in default")


def discount(face: Fen, months: Ids, base: float, pd: Floats, lgd: float, cost: float) -> Floats:
    """Return what a factor keeps of invoices it buys, in fen.

    face : (m,) fen; months : (m,) until they are due; pd : (m,) a year, of the buyers
    base : funding, operating cost and margin a year; cost : fen a decision
    discount = face x (base + PD x LGD) x months / 12 + cost
    Source: simple interest for the time left, with the expected loss of a loan to the buyer.
    """
    return np.asarray(face * (base + pd * lgd) * months / 12.0 + cost)


def sold_for_need(supplier: Ids, months: Ids, price: Fen, need: Floats) -> Mask:
    """Mark the invoices that suppliers sell: whole ones, the soonest due first, until it is met.

    supplier, months, price : (m,) one per invoice; need : (n_firms,) fen
    An invoice is sold if those sold before it bring less than the need.
    """
    order = np.lexsort((months, supplier))
    whose, running = supplier[order], np.cumsum(price[order], dtype=np.int64)
    is_first = np.ones(len(order), dtype=np.bool_)
    is_first[1:] = whose[1:] != whose[:-1]
    first = true_at(is_first)
    before = running - price[order]
    before -= np.repeat(before[first], np.diff(first, append=len(order)))
    sold = np.empty(len(order), dtype=np.bool_)
    sold[order] = before < need[whose]
    return sold


def expected_loss(book: Book) -> Floats:
    """Monthly loss priced at the sale: PD x LGD / 12 of what is owed, in fen."""
    return book.pd * book.lgd / 12.0 * book.amount


def owed_by(book: Book, n_firms: int, only_due: bool = False) -> Fen:
    """Sum what each firm owes on sold receivables, all or what has fallen due, in fen."""
    counts = (book.months_left <= 0) | (not only_due)
    return group_sum(book.buyer, book.amount * counts, n_firms)


def positions(book: Book) -> list[Position]:
    """List sold payables as the book shows them."""
    held = []
    for code in (BANK, OUTSIDE):
        rows = true_at((book.holder == code) & (book.amount != 0))
        if len(rows):
            creditor = None if code == OUTSIDE else book.holder_row[rows]
            held.append(
                Position(
                    "payables",
                    "enterprise",
                    book.buyer[rows],
                    NAMES[code],
                    creditor,
                    book.amount[rows],
                )
            )
    return held
