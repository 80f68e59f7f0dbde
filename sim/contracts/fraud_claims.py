"""Claims of savers on a platform itself: fake notes, and client balances it no longer has.

A fake note is published as a normal loan; its debtor is the platform. Client balances come here
when their platform ends without custody: from then on they share what is left with fake notes.
They also come here when attackers stole the money and the platform could not replace it.
"""

from __future__ import annotations

import numpy as np

from sim.chart import INVESTOR, NAMES, OUTSIDE
from sim.kernels import group_sum
from sim.legs import Position
from sim.table import Book, Count, Flag, Money, Real, Ref, Table
from sim.units import Fen


class FraudClaim:
    """What one saver is owed by one platform: a fake note or a balance that is gone."""

    serial = Ref("permanent number")
    is_open = Flag("not yet paid or written off", fill=True)
    platform = Ref("row of the platform that owes")
    account = Ref("investor row * 4 + slot")
    saver = Ref("row of the investor")
    holder = Count("population code of the creditor; outside: after a cover", fill=INVESTOR)
    cover = Count("place in CHANNELS of the one by which outside took it over; -1: none", fill=-1)
    is_balance = Flag("a client balance, not a fake note")
    is_stolen = Flag("attackers took the money: its platform pays it as soon as it can")
    owed = Money("principal and unpaid interest", unit="fen")
    principal = Ref("what was put in and has not come back", unit="fen")
    rate = Real("promised rate, net of fees", unit="1/year")
    matures = Count("month in which the principal falls due", unit="month")
    is_exposed = Flag("its platform has ended, so savers know")


def instrument(is_balance: bool) -> str:
    """Name what a claim is in the accounts."""
    return "client_balances" if is_balance else "fake_notes"


def hidden(book: Book, platforms: Table) -> Fen:
    """What the books of living platforms hide, (n_platforms,) fen.

    Fake notes do not stand in them as debts, and money taken out of pools stands there as lent.
    What was stolen by others is hidden by nobody.
    """
    taken = np.where(platforms.alive, platforms.pool_misused, 0)
    if not book.n:
        return taken
    rows = np.flatnonzero(book.is_open & ~book.is_exposed & ~book.is_stolen)
    return taken + group_sum(book.platform[rows], book.owed[rows], platforms.n)


def positions(book: Book) -> list[Position]:
    """List claims as the book shows them."""
    held: list[Position] = []
    if not book.n:
        return held
    for code in (INVESTOR, OUTSIDE):
        for is_balance in (False, True):
            mine = (book.holder == code) & (book.is_balance == is_balance) & book.is_open
            rows = np.flatnonzero(mine)
            if len(rows):
                creditor = None if code == OUTSIDE else book.saver[rows]
                name = instrument(is_balance)
                held.append(
                    Position(
                        name,
                        "platform",
                        book.platform[rows],
                        NAMES[code],
                        creditor,
                        book.owed[rows],
                    )
                )
    return held
