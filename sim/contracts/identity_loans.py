"""Loans that stand in a stolen name: nobody owes them, so that nobody will ever pay.

Their debtor is the rest of the economy. They never fall due in the clearing; who holds them
learns after some months that they are in default, and writes them off as long after as an estate
would have lasted. One row stands for all that thieves borrowed from one holder in a month.
"""

from __future__ import annotations

import numpy as np

from sim.chart import BANK, ECOMMERCE_LENDER, INVESTOR, MICRO_LENDER, NAMES, PLATFORM
from sim.kernels import group_sum, true_at
from sim.legs import Position
from sim.table import Book, Count, Flag, Money, Real, Ref
from sim.units import Fen

HOLDERS = (BANK, MICRO_LENDER, ECOMMERCE_LENDER, PLATFORM, INVESTOR)


class IdentityLoan:
    """What one holder lent to thieves of identities in one month."""

    serial = Ref("permanent number")
    is_open = Flag("not yet written off or taken over", fill=True)
    provider = Ref("provider number of who granted it")
    holder = Count("population code of the creditor; investor: by a note; platform: a pool")
    holder_row = Ref("row of the creditor in its population")
    account = Ref("account of the saver with the platform; -1 none", fill=-1)
    principal = Money("principal outstanding", unit="fen")
    provision = Real("provision of the holder", unit="fen")
    is_bad = Flag("known to be in default")
    defaults = Count("month in which it is in default", unit="month")
    ends = Count("month in which it is written off", unit="month")
    source = Ref("party behind it, for the memory of impairments")


def instrument(holder: int) -> str:
    """Name what such a loan is in the accounts of a holder."""
    return "notes" if holder == INVESTOR else "loans"


def in_stolen_names(book: Book, holder: int, n: int) -> Fen:
    """What holders of one kind have lent so, (n,) fen by row of the holder."""
    rows = true_at(book.holder == holder)
    return group_sum(book.holder_row[rows], book.principal[rows], n)


def held_by_pools(book: Book, n: int) -> Fen:
    """What pools have lent so, net of provisions, (n,) fen by row of the platform."""
    rows = true_at(book.holder == PLATFORM)
    net = book.principal[rows] - book.provision[rows]
    return np.bincount(book.holder_row[rows], net, n).astype(np.int64)


def positions(book: Book) -> list[Position]:
    """List these loans as the book shows them."""
    held = []
    for code in HOLDERS if book.n else ():
        rows = true_at(book.holder == code)
        if len(rows):
            by, fen = book.holder_row[rows], book.principal[rows]
            held.append(Position(instrument(code), "outside", None, NAMES[code], by, fen))
    return held
