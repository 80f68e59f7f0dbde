"""The one writer of money: posts declared flows in whole fen and audits the month.

Every change of a money column goes through `Ledger.post`. It refuses flows that the chart
does not declare, negative amounts and parties left overdrawn (only `outside` may be). Each
leg is recorded by sector, so the month can be audited from the records alone.
`Ledger.audit` checks five lines; the books' side comes as `Position`s, computed elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.chart import CHART
from sim.kernels import group_sum
from sim.legs import EVERY, Claim, Leg, Move, Position, Rows, Worth
from sim.table import Columns, Table
from sim.units import Fen, Ids, Mask

__all__ = [
    "EVERY",
    "AuditError",
    "Claim",
    "Ledger",
    "LedgerError",
    "Leg",
    "Move",
    "Position",
    "Worth",
]

FlowKey = tuple[str, str, str, str, str, str]


class LedgerError(ValueError):
    """A flow the chart does not allow, or a party that cannot pay."""


class AuditError(AssertionError):
    """The month does not balance; the message names the line, the account and the amount."""


def _add(store: Columns, column: str, rows: Rows | None, delta: Fen) -> None:
    target = store._writable(column)
    if rows is None:
        target[0] += delta.sum()
    elif isinstance(rows, slice):
        target[rows] += delta
    else:
        np.add.at(target, rows, delta)


@dataclass
class Ledger:
    """The accounts of a world: tables with cash, books with claims, this month's flows."""

    tables: dict[str, Table]
    books: dict[str, tuple[Columns, tuple[str, ...]]] = field(default_factory=dict)
    flows: dict[FlowKey, int] = field(default_factory=dict)
    changes: dict[tuple[str, str], int] = field(default_factory=dict)
    phase: str = "opening"
    _opening_cash: dict[str, int] = field(default_factory=dict)
    _opening_books: dict[tuple[str, str], int] = field(default_factory=dict)
    _touched: dict[tuple[str, str], list[tuple[Rows, str]]] = field(default_factory=dict)
    _is_deferred: bool = False

    def register(self, name: str, store: Columns) -> None:
        """Take a book (or a real-asset column's table) into the audit."""
        known = ("cash", "client_cash", "reserve_cash", "net_worth")
        columns = tuple(c for c, s in store.spec.items() if s.is_money and c not in known)
        self.books[name] = (store, columns)

    def _name_of(self, store: Columns) -> str:
        return next(name for name, (book, _) in self.books.items() if book is store)

    def cash_accounts(self, sector: str) -> tuple[str, ...]:
        """Name the cash columns of a sector."""
        accounts = ("cash", "client_cash", "reserve_cash")
        return tuple(a for a in accounts if a in self.tables[sector].spec)

    def open_month(self) -> None:
        """Photograph opening balances and clear the record of flows."""
        self.flows.clear()
        self.changes.clear()
        self._opening_cash = {s: self.sector_cash(s) for s in self.tables}
        self._opening_books = {
            (name, column): int(store.column(column).sum())
            for name, (store, columns) in self.books.items()
            for column in columns
        }

    def sector_cash(self, sector: str) -> int:
        """Sum the cash of a sector over all its accounts, in fen."""
        table = self.tables[sector]
        return sum(int(table.column(a).sum()) for a in self.cash_accounts(sector))

    # ------------------------------------------------------------------ writing
    def pay(
        self,
        flow: str,
        payer: str,
        payer_rows: Rows | None,
        receiver: str,
        receiver_rows: Rows | None,
        amount: Fen,
        *claims: Claim | Move,
        **accounts: Any,
    ) -> None:
        """Post a batch of one kind (see `Leg`); nothing happens where all amounts are zero."""
        self.post(Leg(flow, payer, payer_rows, receiver, receiver_rows, amount, claims, **accounts))

    enter = pay

    def post(self, *legs: Leg) -> None:
        """Book all legs of one step at once; cash must be whole after the batch, not between.

        Raises LedgerError: undeclared flow, pair or instrument; negative amount; overdraft.
        """
        legs = tuple(leg for leg in legs if leg.amount.size and (leg.amount.any() or leg.claims))
        for leg in legs:
            self._refuse(leg)
        for leg in legs:
            self._book(leg, self._touched)
        if not self._is_deferred:
            self._refuse_overdrafts()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Treat all posts inside as one batch: overdrafts are looked for at its end only."""
        self._is_deferred = True
        try:
            yield
        finally:
            self._is_deferred = False
        self._refuse_overdrafts()

    def _refuse_overdrafts(self) -> None:
        touched, self._touched = self._touched, {}
        for (sector, account), legs in touched.items():
            for rows, flow in legs:
                self._refuse_overdraft(sector, account, rows, flow)

    def _refuse(self, leg: Leg) -> None:
        declared, paid, why = CHART.get(leg.flow), leg.paid, ""
        if declared is None or (leg.payer, leg.receiver) not in declared.pairs:
            why = "not declared in the chart"
        elif leg.amount.dtype != np.int64:
            why = f"amounts are {leg.amount.dtype}, not whole fen"
        elif leg.amount.min() < 0:
            why = f"negative amount {int(leg.amount.min())}"
        elif paid is not leg.amount and (paid.min(initial=0) < 0 or paid.sum() != leg.amount.sum()):
            why = "payers do not pay what receivers get"
        elif leg.worth and declared.worth != "own":
            why = "net worth follows from the chart"
        else:
            for claim in leg.claims:
                if claim.instrument and claim.instrument not in declared.instruments:
                    why = f"may not change {claim.instrument}"
        if why:
            raise LedgerError(f"{self.phase}: {leg.flow} {leg.payer} > {leg.receiver}: {why}")

    def _book(self, leg: Leg, touched: dict[tuple[str, str], list[tuple[Rows, str]]]) -> None:
        declared = CHART[leg.flow]
        total = int(leg.amount.sum())
        if declared.kind == "payment":
            _add(self.tables[leg.payer], leg.payer_account, leg.payer_rows, -leg.paid)
            _add(self.tables[leg.receiver], leg.receiver_account, leg.receiver_rows, leg.amount)
            if leg.payer_rows is not None:
                touched.setdefault((leg.payer, leg.payer_account), []).append(
                    (leg.payer_rows, leg.flow)
                )
            account = f"{leg.payer_account}>{leg.receiver_account}"
            key = (leg.flow, "payment", "cash", leg.payer, leg.receiver, account)
            self.flows[key] = self.flows.get(key, 0) + total
        if declared.worth in ("income", "loss"):
            self._worth(leg.payer, leg.payer_rows, -leg.paid)
        if declared.worth == "income":
            self._worth(leg.receiver, leg.receiver_rows, leg.amount)
        for third in leg.worth:
            self._worth(third.sector, third.rows, third.delta)
        for claim in leg.claims:
            self._claim(leg.flow, claim)

    def _worth(self, sector: str, rows: Rows | None, delta: Fen) -> None:
        # The outside closes every account; its net worth is the mirror of all others'.
        if rows is not None and sector != "outside":
            _add(self.tables[sector], "net_worth", rows, delta)

    def _claim(self, flow: str, claim: Claim | Move) -> None:
        if isinstance(claim, Move):
            for holder, fen in (
                (claim.old_holder, -claim.amount),
                (claim.new_holder, claim.amount),
            ):
                if holder:
                    key = (flow, "entry", claim.instrument, claim.debtor, holder, "")
                    self.flows[key] = self.flows.get(key, 0) + fen
            return
        total = int(claim.delta.sum())
        if claim.delta.size:
            _add(claim.store, claim.column, claim.rows, claim.delta)
        if claim.instrument:
            key = (flow, "entry", claim.instrument, claim.debtor, claim.holder, "")
            self.flows[key] = self.flows.get(key, 0) + total
        place = (self._name_of(claim.store), claim.column)
        self.changes[place] = self.changes.get(place, 0) + total

    def _refuse_overdraft(self, sector: str, account: str, rows: Rows, flow: str) -> None:
        balances = self.tables[sector].column(account)[rows]
        if sector != "outside" and balances.size and balances.min() < 0:
            place = int(balances.argmin())
            row = place if isinstance(rows, slice) else int(rows[place])
            raise LedgerError(
                f"{self.phase}: {flow}: {sector} {row} would be overdrawn on {account} "
                f"by {-int(balances.min())} fen"
            )

    def shift(self, store: Columns, columns: tuple[str, ...]) -> None:
        """Age a claim: add the second column to the first, move the others down by one.

        columns : names from the youngest to come due to the last; no flow, totals stay
        """
        name, first, last = self._name_of(store), columns[0], columns[-1]
        before = [int(store.column(column).sum()) for column in columns]
        store._writable(first)[:] += store.column(columns[1])
        # The arrays behind the columns change names, which costs no copying.
        store._rotate(columns[1:])
        store._writable(last)[:] = 0
        after = [int(store.column(first).sum()), *before[2:], 0]
        for column, new, old in zip(columns, after, before, strict=True):
            place = (name, column)
            self.changes[place] = self.changes.get(place, 0) + new - old

    # ------------------------------------------------------------------ auditing
    def audit(self, positions: Iterable[Position], present: dict[str, Mask]) -> None:
        """Check the five lines; raise AuditError naming line, account and amount.

        positions : every claim and real asset as the books show it, computed without the flows
        present : sector -> (n,) - True where a party lives or its estate is open
        """
        self._audit_cash()
        self._audit_books()
        absent = {sector: ~mask for sector, mask in present.items() if not mask.all()}
        worth, wrong = self._weigh(positions, absent)
        self._audit_worth(worth)
        self._audit_sectors()
        self._audit_signs(wrong)

    def _weigh(
        self, positions: Iterable[Position], absent: dict[str, Mask]
    ) -> tuple[dict[str, Fen], list[tuple[str, int]]]:
        """Sum cash and claims less debts by party; name claims below zero or of the absent."""
        worth, wrong = {}, []
        for sector, table in self.tables.items():
            worth[sector] = np.zeros(table.n, dtype=np.int64)
            for account in self.cash_accounts(sector):
                worth[sector] += table.column(account)
        for p in positions:
            lowest = int(p.amount.min(initial=0))
            if lowest < 0:
                wrong.append((f"a claim of {p.instrument}", lowest))
            for sector, rows, sign in ((p.holder, p.holder_rows, 1), (p.debtor, p.debtor_rows, -1)):
                sums = self._by_party(sector, rows, p.amount)
                if sums is None:
                    continue
                left = int(sums[absent[sector]].sum()) if sector in absent else 0
                if left:
                    wrong.append((f"{p.instrument} of the dead in {sector}", left))
                worth[sector] += sums if sign > 0 else -sums
        return worth, wrong

    def _by_party(self, sector: str, rows: Ids | None, amount: Fen) -> Fen | None:
        """Sum amounts by party of a sector; None where there is nothing or no such party."""
        if rows is None or not len(amount):
            return None
        return group_sum(rows, amount, self.tables[sector].n)

    def _fail(self, line: int, what: str, fen: int) -> None:
        raise AuditError(f"audit line {line} after {self.phase}: {what} is off by {fen} fen")

    def _audit_cash(self) -> None:
        drift = sum(map(self.sector_cash, self.tables)) - sum(self._opening_cash.values())
        if drift:
            self._fail(1, "cash over all holders", drift)

    def _audit_books(self) -> None:
        for name, (store, columns) in self.books.items():
            for column in columns:
                place = (name, column)
                expected = self._opening_books.get(place, 0) + self.changes.get(place, 0)
                drift = int(store.column(column).sum()) - expected
                if drift:
                    self._fail(2, f"book {name}.{column}", drift)

    def _audit_worth(self, worth: dict[str, Fen]) -> None:
        for sector, table in self.tables.items():
            drift = worth[sector] - table.column("net_worth")
            if sector != "outside" and drift.any():
                row = int(np.flatnonzero(drift)[0])
                self._fail(3, f"net worth of {sector} {row}", int(drift[row]))

    def _audit_sectors(self) -> None:
        change = {s: self.sector_cash(s) - self._opening_cash.get(s, 0) for s in self.tables}
        for (_, kind, _, payer, receiver, _), fen in self.flows.items():
            if kind == "payment":
                change[payer] += fen
                change[receiver] -= fen
        for sector, drift in change.items():
            if drift:
                self._fail(4, f"cash of sector {sector}", drift)

    def _audit_signs(self, wrong: list[tuple[str, int]]) -> None:
        for sector, table in self.tables.items():
            if sector == "outside":
                continue
            for account in self.cash_accounts(sector):
                lowest = int(table.column(account).min(initial=0))
                if lowest < 0:
                    self._fail(5, f"{account} of a party of {sector}", lowest)
        for what, fen in wrong:
            self._fail(5, what, fen)
        # Sums by party may hide a claim below zero behind others; the books themselves do not.
        for name, (store, columns) in self.books.items():
            for column in columns:
                lowest = int(store.column(column).min(initial=0))
                if lowest < 0:
                    self._fail(5, f"a claim in {name}.{column}", lowest)
