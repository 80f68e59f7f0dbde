"""Wholesale money between banks and micro lenders: interest that falls due, and what is paid."""

from __future__ import annotations

import numpy as np

from sim.chart import BANK, OUTSIDE
from sim.kernels import true_at
from sim.ledger import Claim, Leg
from sim.units import Fen, Ids, to_fen
from sim.world import World


def let_wholesale_fall_due(world: World) -> None:
    """Accrue the interest of the month on wholesale money and count its months down."""
    book = world.wholesale
    rows = true_at(book.is_open)
    fen = to_fen(book.principal[rows] * book.rate[rows] / 12.0)
    for code, name in ((BANK, "bank"), (OUTSIDE, "outside")):
        mine = true_at(book.holder[rows] == code)
        if not len(mine):
            continue
        creditor = None if code == OUTSIDE else book.bank[rows[mine]]
        world.ledger.enter(
            "wholesale_accrue",
            "micro_lender",
            book.lender[rows[mine]],
            name,
            creditor,
            fen[mine],
            Claim(
                "wholesale_interest_due",
                book,
                "interest_due",
                rows[mine],
                fen[mine],
                "micro_lender",
                name,
            ),
        )
    book.months_left[rows] -= 1


def pay_wholesale(world: World, rows: Ids, paid: Fen) -> None:
    """Let micro lenders pay what is due on wholesale money, interest first; rows, paid : (m,)."""
    book = world.wholesale
    interest = np.minimum(paid, book.interest_due[rows])
    for code, name in ((BANK, "bank"), (OUTSIDE, "outside")):
        mine = true_at(book.holder[rows] == code)
        if not len(mine):
            continue
        debtor, where = book.lender[rows[mine]], rows[mine]
        creditor = None if code == OUTSIDE else book.bank[where]
        part = interest[mine]
        rest = paid[mine] - part
        world.ledger.post(
            Leg(
                "wholesale_interest",
                "micro_lender",
                debtor,
                name,
                creditor,
                part,
                (
                    Claim(
                        "wholesale_interest_due",
                        book,
                        "interest_due",
                        where,
                        -part,
                        "micro_lender",
                        name,
                    ),
                ),
            ),
            Leg(
                "wholesale_principal",
                "micro_lender",
                debtor,
                name,
                creditor,
                rest,
                (Claim("wholesale", book, "principal", where, -rest, "micro_lender", name),),
            ),
        )
    book.close(rows[(book.principal[rows] == 0) & (book.interest_due[rows] == 0)])
