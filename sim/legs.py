"""What is posted and what is audited: legs of a flow, changes of claims, positions in books.

Responsible for these shapes only, and for what it needs to take legs back; the ledger books legs
and compares positions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from sim.table import Columns
from sim.units import Fen, Ids

Rows = Ids | slice
EVERY = slice(None)  # all rows of a store in order: no look-up is needed to write them


class Claim(NamedTuple):
    """A change of a claim (or real asset) that belongs to a flow.

    instrument : what sectors owe each other
    store : the book or table whose column changes
    rows : (m,) rows or EVERY; delta : (m,) fen, signed; repeated rows add up
    """

    instrument: str
    store: Columns
    column: str
    rows: Rows
    delta: Fen
    debtor: str
    holder: str


class Move(NamedTuple):
    """A claim that changes holder without changing its amount.

    old_holder : "" where the claim stood under another instrument before
    """

    instrument: str
    amount: int
    debtor: str
    old_holder: str
    new_holder: str


class Worth(NamedTuple):
    """Net worth gained or lost by a third party to a flow declared as `own`."""

    sector: str
    rows: Rows
    delta: Fen


class Leg(NamedTuple):
    """One flow between two sectors: who pays whom how much, and which claims change.

    payer, receiver : sector names
    payer_rows, receiver_rows : (m,) rows, EVERY, or None for the outside
    amount : (m,) fen, never negative
    payer_account, receiver_account : cash column used (only platforms have several)
    payer_amount : fen by payer row, where one payer row pays many receivers; else `amount`
    """

    flow: str
    payer: str
    payer_rows: Rows | None
    receiver: str
    receiver_rows: Rows | None
    amount: Fen
    claims: tuple[Claim | Move, ...] = ()
    payer_account: str = "cash"
    receiver_account: str = "cash"
    worth: tuple[Worth, ...] = ()
    payer_amount: Fen | None = None

    @property
    def paid(self) -> Fen:
        """What each payer row pays, in fen."""
        return self.amount if self.payer_amount is None else self.payer_amount

    def taken_back(self) -> Leg:
        """Draw up the leg that undoes this one: every amount with the other sign."""
        paid = self.payer_amount
        return self._replace(
            amount=-self.amount,
            claims=tuple(
                c._replace(amount=-c.amount) if isinstance(c, Move) else c._replace(delta=-c.delta)
                for c in self.claims
            ),
            worth=tuple(third._replace(delta=-third.delta) for third in self.worth),
            payer_amount=None if paid is None else -paid,
        )


class Photos:
    """Money columns as they were before a batch wrote them.

    To keep a long batch's legs instead takes three times the memory: most notes are paid on every
    month, and each by several legs.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[int, str], tuple[Columns, str, Fen]] = {}

    def take(self, legs: Iterable[Leg], tables: Mapping[str, Columns]) -> None:
        """Copy each column that legs are about to write, the first time it is met."""
        for leg in legs:
            payer, receiver = tables[leg.payer], tables[leg.receiver]
            thirds = [tables[third.sector] for third in leg.worth]
            places = [(store, "net_worth") for store in (payer, receiver, *thirds)]
            places += [(payer, leg.payer_account), (receiver, leg.receiver_account)]
            places += [(c.store, c.column) for c in leg.claims if isinstance(c, Claim)]
            for store, column in places:
                if (id(store), column) not in self._kept:
                    self._kept[id(store), column] = store, column, store.column(column).copy()

    def __iter__(self) -> Iterator[tuple[Columns, str, Fen]]:
        return iter(self._kept.values())


class Position(NamedTuple):
    """What a book says two sectors owe each other, row by row.

    debtor_rows, holder_rows : (m,) rows, None where that side is the outside or a real asset
    A debtor or holder "" has no party on that side: a real asset, or a claim whose other side
    stands in a position of its own, summed up differently.
    """

    instrument: str
    debtor: str
    debtor_rows: Ids | None
    holder: str
    holder_rows: Ids | None
    amount: Fen
