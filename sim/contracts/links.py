"""Trade links between enterprises, with the payables that stand on them.

A purchase adds to a column, ageing shifts columns, nothing is appended for it.
"""

from __future__ import annotations

from sim.kernels import true_at
from sim.ledger import EVERY, Position
from sim.legs import Rows
from sim.table import Book, Count, Flag, Money, Real, Ref
from sim.units import Fen

AGES = ("due", "due_in_1", "due_in_2", "due_in_3", "due_in_4")


class Link:
    """A buyer's standing order with one supplier."""

    is_open = Flag("not yet dropped", fill=True)
    is_active = Flag("takes new orders")
    buyer = Ref("row of the buying enterprise")
    supplier = Ref("row of the selling enterprise")
    slot = Count("which of the buyer's links, 0..9")
    tries = Count("how many suppliers this slot has had")
    wanted = Real("order the buyer would place, over its planned revenue")
    weight = Real("order the supplier takes, over the buyer's planned revenue")
    agreed_months = Count("months of credit agreed; 0 is cash", unit="months")
    since = Count("month the link was made", unit="month")
    lost = Count("month the partner was lost", unit="month", fill=1_000_000)
    due = Money("due this month, overdue included", unit="fen")
    due_in_1 = Money("due next month", unit="fen")
    due_in_2 = Money("due in two months", unit="fen")
    due_in_3 = Money("due in three months", unit="fen")
    due_in_4 = Money("due in four months", unit="fen")
    covered = Money("due or overdue, taken over by outside", unit="fen")
    overdue = Real("part of what is due that was due before", unit="fen")
    provision = Real("provision of the supplier on this claim", unit="fen")


def owed(links: Book, rows: Rows = EVERY) -> Fen:
    """Sum what each buyer owes its supplier on each link, or on some, due or not, in fen."""
    first, second, *others = (links.column(name)[rows] for name in AGES)
    total: Fen = first + second
    for fen in others:
        total += fen
    return total


def positions(links: Book) -> list[Position]:
    """List the payables as the book shows them."""
    total = owed(links)
    rows = true_at(total != 0)  # quicker on marks than on numbers
    held = [
        Position(
            "payables",
            "enterprise",
            links.buyer.take(rows),
            "enterprise",
            links.supplier.take(rows),
            total.take(rows),
        )
    ]
    rows = true_at(links.covered != 0)
    if len(rows):
        held.append(
            Position(
                "payables", "enterprise", links.buyer[rows], "outside", None, links.covered[rows]
            )
        )
    return held
