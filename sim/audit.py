"""The month's accounts and their audit: what the books show against what the flows say.

Responsible for the record of a month, its opening balances and the five lines of the audit.
It posts nothing: the ledger does. The books' side comes as `Position`s, computed elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from sim.kernels import group_sum, true_at
from sim.legs import Position
from sim.table import Columns, Table
from sim.units import Fen, Ids, Mask

FlowKey = tuple[str, str, str, str, str, str]
Place = tuple[str, str]  # book and column


class AuditError(AssertionError):
    """The month does not balance; the message names the line, the account and the amount."""


def sum_of(amounts: Fen) -> int:
    """Sum fen; the short way, since a month sums hundreds of arrays, most of them small."""
    return int(np.add.reduce(amounts)) if amounts.size else 0


def lowest_of(amounts: Fen) -> int:
    """Return the lowest of some fen, or 0 where none is below."""
    return min(int(np.minimum.reduce(amounts)), 0) if amounts.size else 0


@dataclass
class Accounts:
    """Tables with cash, books with claims, and what was recorded of this month's flows."""

    tables: dict[str, Table]
    books: dict[str, tuple[Columns, tuple[str, ...]]] = field(default_factory=dict)
    flows: dict[FlowKey, int] = field(default_factory=dict)
    changes: dict[Place, int] = field(default_factory=dict)
    phase: str = "opening"
    _cash_accounts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _opening_cash: dict[str, int] = field(default_factory=dict)
    _opening_books: dict[Place, int] = field(default_factory=dict)
    _audited: dict[Place, tuple[tuple[int | None, ...], int]] = field(default_factory=dict)

    def register(self, name: str, store: Columns) -> None:
        """Take a book (or a real-asset column's table) into the audit."""
        known = ("cash", "client_cash", "reserve_cash", "net_worth")
        columns = tuple(c for c, s in store.spec.items() if s.is_money and c not in known)
        self.books[name] = (store, columns)
        store.registered_as = name

    def cash_accounts(self, sector: str) -> tuple[str, ...]:
        """Name the cash columns of a sector."""
        found = self._cash_accounts.get(sector)
        if found is None:
            accounts = ("cash", "client_cash", "reserve_cash")
            found = tuple(a for a in accounts if a in self.tables[sector].spec)
            self._cash_accounts[sector] = found
        return found

    def open_month(self) -> None:
        """Photograph opening balances and clear the record of flows."""
        self.flows.clear()
        self.changes.clear()
        self._opening_cash = {s: self.sector_cash(s) for s in self.tables}
        self._opening_books = {
            (name, column): self._opening_sum(store, column)
            for name, (store, columns) in self.books.items()
            for column in columns
        }

    def _opening_sum(self, store: Columns, column: str) -> int:
        """Sum a column, or take the sum of the last audit if neither it nor the rows changed."""
        stamp, found = self._audited.get((store.registered_as, column), ((), 0))
        return found if stamp == store.stamp(column) else sum_of(store.column(column))

    def sector_cash(self, sector: str) -> int:
        """Sum the cash of a sector over all its accounts, in fen."""
        table = self.tables[sector]
        return sum(sum_of(table.column(a)) for a in self.cash_accounts(sector))

    def _expected(self, store: Columns, column: str) -> int:
        """What a column of a book should add up to: its opening and all changes posted."""
        place = (store.registered_as, column)
        return self._opening_books.get(place, 0) + self.changes.get(place, 0)

    def audit(self, positions: Iterable[Position], present: dict[str, Mask]) -> None:
        """Check the five lines; raise AuditError naming line, account and amount.

        positions : every claim and real asset as the books show it, computed without the flows
        present : sector -> (n,) - True where a party lives or its estate is open
        """
        change = {s: self.sector_cash(s) - self._opening_cash.get(s, 0) for s in self.tables}
        self._audit_cash(change)
        lowest = self._audit_books()
        absent = {sector: true_at(~mask) for sector, mask in present.items()}
        worth, wrong = self._weigh(positions, absent)
        self._audit_worth(worth)
        self._audit_sectors(change)
        self._audit_signs(wrong, lowest)

    def _weigh(
        self, positions: Iterable[Position], absent: dict[str, Ids]
    ) -> tuple[dict[str, Fen], list[tuple[str, int]]]:
        """Sum cash and claims less debts by party; name claims below zero or of the absent."""
        worth, wrong = {}, []
        for sector, table in self.tables.items():
            worth[sector] = np.zeros(table.n, dtype=np.int64)
            for account in self.cash_accounts(sector):
                worth[sector] += table.column(account)
        for p in positions:
            lowest = lowest_of(p.amount)
            if lowest < 0:
                wrong.append((f"a claim of {p.instrument}", lowest))
            for sector, rows, sign in ((p.holder, p.holder_rows, 1), (p.debtor, p.debtor_rows, -1)):
                sums = self._by_party(sector, rows, p.amount)
                if sums is None:
                    continue
                left = sum_of(sums[absent[sector]]) if sector in absent else 0
                if left:
                    wrong.append((f"{p.instrument} of the dead in {sector}", left))
                if sign > 0:
                    worth[sector] += sums
                else:
                    worth[sector] -= sums
        return worth, wrong

    def _by_party(self, sector: str, rows: Ids | None, amount: Fen) -> Fen | None:
        """Sum amounts by party of a sector; None where there is nothing or no such party."""
        if rows is None or not len(amount):
            return None
        return group_sum(rows, amount, self.tables[sector].n)

    def _fail(self, line: int, what: str, fen: int) -> None:
        raise AuditError(f"audit line {line} after {self.phase}: {what} is off by {fen} fen")

    def _audit_cash(self, change: dict[str, int]) -> None:
        drift = sum(change.values())
        if drift:
            self._fail(1, "cash over all holders", drift)

    def _audit_books(self) -> dict[Place, int]:
        """Compare sums; return the lowest claim of each column, found while it is at hand."""
        lowest = {}
        for name, (store, columns) in self.books.items():
            for column in columns:
                place, fen = (name, column), store.column(column)
                found = sum_of(fen)
                drift = found - self._expected(store, column)
                if drift:
                    self._fail(2, f"book {name}.{column}", drift)
                self._audited[place] = store.stamp(column), found
                lowest[place] = lowest_of(fen)
        return lowest

    def _audit_worth(self, worth: dict[str, Fen]) -> None:
        for sector, table in self.tables.items():
            drift = worth[sector] - table.column("net_worth")
            if sector != "outside" and drift.any():
                row = int(true_at(drift)[0])
                self._fail(3, f"net worth of {sector} {row}", int(drift[row]))

    def _audit_sectors(self, change: dict[str, int]) -> None:
        change = dict(change)
        for (_, kind, _, payer, receiver, _), fen in self.flows.items():
            if kind == "payment":
                change[payer] += fen
                change[receiver] -= fen
        for sector, drift in change.items():
            if drift:
                self._fail(4, f"cash of sector {sector}", drift)

    def _audit_signs(self, wrong: list[tuple[str, int]], lowest: dict[Place, int]) -> None:
        for sector, table in self.tables.items():
            if sector == "outside":
                continue
            for account in self.cash_accounts(sector):
                least = lowest_of(table.column(account))
                if least < 0:
                    self._fail(5, f"{account} of a party of {sector}", least)
        for what, fen in wrong:
            self._fail(5, what, fen)
        # Sums by party may hide a claim below zero behind others; the books themselves do not.
        for (name, column), least in lowest.items():
            if least < 0:
                self._fail(5, f"a claim in {name}.{column}", least)
