"""The one writer of money: posts declared flows in whole fen.

Every change of a money column goes through `Ledger.post`. It refuses flows that the chart
does not declare, negative amounts and parties left overdrawn (only `outside` may be). Each
leg is recorded by sector, so the month can be audited from the records alone.
What is opened, recorded and audited stands in `sim.audit`; here it is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.audit import Accounts, AuditError, FlowKey, lowest_of, sum_of
from sim.chart import CHART, FROM_CUSTODY, TAKES_CLIENT_CASH
from sim.legs import EVERY, Claim, Leg, Move, Photos, Position, Rows, Worth
from sim.table import Columns
from sim.units import Fen, Mask

__all__ = ["EVERY", "AuditError", "Claim", "Ledger", "LedgerError", "Leg", "Move", "Position",
           "Worth"]  # fmt: skip

_WHOLE_FEN = np.dtype(np.int64)


class LedgerError(ValueError):
    """A flow the chart does not allow, or a party that cannot pay."""


def _add(store: Columns, column: str, rows: Rows, delta: Fen) -> None:
    target = store._writable(column)
    if isinstance(rows, slice):
        target[rows] += delta
    else:
        np.add.at(target, rows, delta)


def _take(store: Columns, column: str, rows: Rows, fen: Fen) -> None:
    target = store._writable(column)
    if isinstance(rows, slice):
        target[rows] -= fen
    else:
        np.subtract.at(target, rows, fen)


def _changes_anything(leg: Leg) -> bool:
    """Tell whether a leg whose amounts add up to nothing moves or changes anything."""
    if np.count_nonzero(leg.amount):
        return True
    return any(c.amount if isinstance(c, Move) else np.count_nonzero(c.delta) for c in leg.claims)


@dataclass
class Ledger(Accounts):
    """The accounts of a world, with the right to write them."""

    _touched: dict[tuple[str, str], list[tuple[Rows, str]]] = field(default_factory=dict)
    _is_deferred: bool = False
    _photos: Photos = field(default_factory=Photos)
    in_custody: Mask = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))  # by platform

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
        A refused batch leaves all money, flows and changes as they were.
        """
        posted = []
        for leg in legs:
            total = sum_of(leg.amount)
            if total or _changes_anything(leg):
                self._refuse(leg, total)
                posted.append((leg, total))
        if self._is_deferred:
            self._photos.take((leg for leg, _ in posted), self.tables)
        n_flows, n_changes = len(self.flows), len(self.changes)
        for leg, total in posted:
            self._book(leg, total)
        if self._is_deferred:
            return
        try:
            self._refuse_overdrafts()
        except LedgerError:
            for leg, total in posted:
                self._book(leg.taken_back(), -total)
            # Sums are back where they were; what this batch was the first to record goes.
            for key in list(self.flows)[n_flows:]:
                del self.flows[key]
            for place in list(self.changes)[n_changes:]:
                del self.changes[place]
            self._touched = {}
            raise

    @contextmanager
    def together(self) -> Iterator[None]:
        """Treat all posts inside as one batch: overdrafts are looked for at its end only.

        Any error inside takes all of them back. Rows neither move nor age inside.
        """
        if self._is_deferred:  # a batch inside a batch is a part of it
            yield
            return
        self._is_deferred, records = True, (dict(self.flows), dict(self.changes))
        try:
            yield
            self._refuse_overdrafts()
        except BaseException:
            for store, column, before in self._photos:
                money = store._writable(column)
                money[: len(before)], money[len(before) :] = before, 0  # the rest is new since
            self._touched, (self.flows, self.changes) = {}, records
            raise
        finally:
            self._is_deferred, self._photos = False, Photos()

    def _refuse_overdrafts(self) -> None:
        touched, self._touched = self._touched, {}
        for (sector, account), legs in touched.items():
            for rows, flow in legs:
                self._refuse_overdraft(sector, account, rows, flow)

    def _refuse(self, leg: Leg, total: int) -> None:
        declared, paid, why = CHART.get(leg.flow), leg.payer_amount, ""
        if declared is None or (leg.payer, leg.receiver) not in declared.pairs:
            why = "not declared in the chart"
        elif leg.amount.dtype != _WHOLE_FEN:
            why = f"amounts are {leg.amount.dtype}, not whole fen"
        elif (lowest := lowest_of(leg.amount)) < 0:
            why = f"negative amount {lowest}"
        elif paid is not None and (lowest_of(paid) < 0 or sum_of(paid) != total):
            why = "payers do not pay what receivers get"
        elif leg.flow in TAKES_CLIENT_CASH and self._is_in_custody(leg):
            why = "client money is in custody"
        elif leg.flow not in FROM_CUSTODY.get((leg.payer, leg.payer_account), (leg.flow,)):
            why = "not a payment that custody may make"
        elif leg.worth and declared.worth != "own":
            why = "net worth follows from the chart"
        else:
            for claim in leg.claims:
                if claim.instrument and claim.instrument not in declared.instruments:
                    why = f"may not change {claim.instrument}"
        if why:
            raise LedgerError(f"{self.phase}: {leg.flow} {leg.payer} > {leg.receiver}: {why}")

    def _is_in_custody(self, leg: Leg) -> bool:
        if leg.payer_account != "client_cash" or leg.payer_rows is None:
            return False
        rows = np.arange(self.tables[leg.payer].n)[leg.payer_rows]
        held = np.zeros(self.tables[leg.payer].n, dtype=np.bool_)
        held[: len(self.in_custody)] = self.in_custody
        return bool((held[rows] & (leg.paid > 0)).any())

    def _book(self, leg: Leg, total: int) -> None:
        declared = CHART[leg.flow]
        if declared.kind == "payment":
            self._move_cash(leg, total)
        # The outside closes every account; its net worth is the mirror of all others'.
        if declared.worth in ("income", "loss") and leg.payer_rows is not None:
            _take(self.tables[leg.payer], "net_worth", leg.payer_rows, leg.paid)
        if declared.worth == "income" and leg.receiver_rows is not None:
            _add(self.tables[leg.receiver], "net_worth", leg.receiver_rows, leg.amount)
        for third in leg.worth:
            _add(self.tables[third.sector], "net_worth", third.rows, third.delta)
        for claim in leg.claims:
            self._claim(leg.flow, claim)

    def _move_cash(self, leg: Leg, total: int) -> None:
        payer, receiver = self.tables[leg.payer], self.tables[leg.receiver]
        if leg.payer_rows is None:
            payer._writable(leg.payer_account)[0] -= total
        else:
            _take(payer, leg.payer_account, leg.payer_rows, leg.paid)
            self._touch((leg.payer, leg.payer_account), leg.payer_rows, leg.flow)
        if leg.receiver_rows is None:
            receiver._writable(leg.receiver_account)[0] += total
        else:
            _add(receiver, leg.receiver_account, leg.receiver_rows, leg.amount)
        account = f"{leg.payer_account}>{leg.receiver_account}"
        self._record((leg.flow, "payment", "cash", leg.payer, leg.receiver, account), total)

    def _touch(self, place: tuple[str, str], rows: Rows, flow: str) -> None:
        """Remember rows to look for overdrafts in; nothing more once it is all of an account."""
        known = self._touched.setdefault(place, [])
        if not (known and isinstance(known[-1][0], slice)):
            known.append((rows, flow))

    def _record(self, key: FlowKey, fen: int) -> None:
        self.flows[key] = self.flows.get(key, 0) + fen

    def _claim(self, flow: str, claim: Claim | Move) -> None:
        if isinstance(claim, Move):
            for holder, fen in (
                (claim.old_holder, -claim.amount),
                (claim.new_holder, claim.amount),
            ):
                if holder:
                    self._record((flow, "entry", claim.instrument, claim.debtor, holder, ""), fen)
            return
        total = sum_of(claim.delta)
        if claim.delta.size:
            _add(claim.store, claim.column, claim.rows, claim.delta)
        if claim.instrument:
            key = (flow, "entry", claim.instrument, claim.debtor, claim.holder, "")
            self._record(key, total)
        place = (claim.store.registered_as, claim.column)
        self.changes[place] = self.changes.get(place, 0) + total

    def _refuse_overdraft(self, sector: str, account: str, rows: Rows, flow: str) -> None:
        if sector == "outside":
            return
        balances = self.tables[sector].column(account)[rows]
        if lowest_of(balances) < 0:
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
        first, last = columns[0], columns[-1]
        before = [self._expected(store, column) for column in columns]
        store._writable(first)[:] += store.column(columns[1])
        # The arrays behind the columns change names, which costs no copying.
        store._rotate(columns[1:])
        store._writable(last)[:] = 0
        # What should stand there now; whether it does is for the audit to find.
        after = [before[0] + before[1], *before[2:], 0]
        for column, new, old in zip(columns, after, before, strict=True):
            place = (store.registered_as, column)
            self.changes[place] = self.changes.get(place, 0) + new - old
