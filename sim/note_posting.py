"""Payments and losses of notes: from one loan to many holders, and what platforms take of it.

Responsible for splitting what a loan brings or loses among its notes. Decides nothing; loans
on own account and the choice of whom a loan belongs to are in `postings`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.agents.investor import SLOTS
from sim.contracts.loans import BY_PLATFORM
from sim.kernels import add_at, group_sum, split_by_weights
from sim.ledger import EVERY, Claim, Leg, Move, Worth
from sim.units import Fen, Ids, Mask
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

CHUNK = 2048  # loans, some twenty notes each


def notes_of(world: World, loan_rows: Ids) -> Ids:
    """Return the rows of the notes of some loans, in book order."""
    return world.notes.rows_where("loan", np.sort(loan_rows))


def notes_by_chunks(world: World, loan_rows: Ids) -> Iterator[tuple[slice, Ids, Ids, Ids]]:
    """Walk through loans and their notes in pieces whose arrays stay in the cache.

    loan_rows : (m,) ascending; yields which loans, their notes, the place of each note's loan
    among these loans, and the number of notes of each loan
    """
    for start in range(0, len(loan_rows), CHUNK):
        part = slice(start, start + CHUNK)
        yield part, *world.notes.groups_where("loan", loan_rows[part])


class Receipts(NamedTuple):
    """What notes of some loans receive.

    loans, fen, interest_fen : (n_loans,) loans, what each pays in all, and of it as interest
    rows, at, account : (m,) notes, place of the loan of each, account that holds it
    interest, principal : (m,) fen
    """

    loans: Ids
    fen: Fen
    interest_fen: Fen
    rows: Ids
    at: Ids
    account: Ids
    interest: Fen
    principal: Fen

    def held(self, mine: Mask) -> Receipts:
        """Keep the notes of some holders only."""
        at, interest, principal = (
            self.at[mine],
            self.interest[mine],
            self.principal[mine],
        )
        n = len(self.loans)
        interest_fen = group_sum(at, interest, n)
        fen = interest_fen + group_sum(at, principal, n)
        return Receipts(
            self.loans,
            fen,
            interest_fen,
            self.rows[mine],
            at,
            self.account[mine],
            interest,
            principal,
        )


def pay_notes(world: World, rows: Ids, interest: Fen, principal: Fen, scenario: Scenario) -> None:
    """Collect on loans funded by notes: money goes to client accounts, less the service fee.

    What a loan pays is split among its notes by what each is owed.
    """
    notes = world.notes
    order = np.argsort(rows, kind="stable")
    rows, interest, principal = rows[order], interest[order], principal[order]
    for part, note_rows, at, counts in notes_by_chunks(world, rows):
        owed, left = notes.interest_due[note_rows], notes.principal[note_rows]
        every = Receipts(
            rows[part],
            interest[part] + principal[part],
            interest[part],
            note_rows,
            at,
            notes.account[note_rows],
            split_by_weights(interest[part], owed, at, counts),
            split_by_weights(principal[part], left, at, counts),
        )
        control = Claim(
            "", world.loans, "principal", rows[part], -principal[part], "enterprise", ""
        )
        kept = every.account == BY_PLATFORM
        if kept.any():
            world.ledger.post(_collect(world, every.held(kept), "platform"))
            every = every.held(~kept)
        world.ledger.post(_collect(world, every, "investor", control))
        _take_fee(world, every, scenario)


def _collect(world: World, got: Receipts, holder: str, *claims: Claim) -> Leg:
    """Draw up what borrowers pay on notes of one kind of holder."""
    loans, notes, rows, interest = world.loans, world.notes, got.rows, got.interest
    paid = np.flatnonzero(got.principal > 0)
    principal = got.principal[paid]
    claims = (
        Claim("notes", notes, "principal", rows[paid], -principal, "enterprise", holder),
        Claim(
            "note_interest_due",
            notes,
            "interest_due",
            rows,
            -interest,
            "enterprise",
            holder,
        ),
        *claims,
    )
    if holder == "investor":
        fen = interest + got.principal
        accounts = world.accounts
        claims += (
            Claim(
                "client_balances",
                accounts,
                "balance",
                got.account,
                fen,
                "platform",
                "investor",
            ),
        )
    return Leg(
        "note_collect",
        "enterprise",
        loans.borrower[got.loans],
        "platform",
        loans.holder_row[got.loans],
        got.fen,
        claims,
        receiver_account="client_cash" if holder == "investor" else "cash",
    )


def _take_fee(world: World, got: Receipts, scenario: Scenario) -> None:
    """Take the platforms' fee on interest and let savers remember what they received."""
    fee = (got.interest * scenario.parameters.platform.service_fee).astype(np.int64)
    platforms, owner = world.platforms, got.account // SLOTS
    whose = world.loans.holder_row[got.loans]
    by_platform = group_sum(whose[got.at], fee, platforms.n)
    accounts, less = world.accounts, -fee
    world.ledger.post(
        Leg(
            "service_fee",
            "platform",
            EVERY,
            "platform",
            EVERY,
            by_platform,
            (
                Claim(
                    "client_balances",
                    accounts,
                    "balance",
                    got.account,
                    less,
                    "platform",
                    "investor",
                ),
            ),
            payer_account="client_cash",
            receiver_account="cash",
            worth=(
                Worth("investor", owner, less),
                Worth("platform", EVERY, by_platform),
            ),
        )
    )
    platforms.fee_income[:] += by_platform
    received = group_sum(whose, got.interest_fen, platforms.n)
    platforms.saver_interest[:] += received - by_platform
    add_at(world.investors.interest, owner, got.interest - fee)
    paid = np.flatnonzero(got.principal > 0)
    add_at(accounts.invested, got.account[paid], -got.principal[paid])


def write_off_notes(world: World, rows: Ids) -> None:
    """Write off the notes of loans; savers remember what they lost."""
    loans, notes = world.loans, world.notes
    note_rows = notes_of(world, rows)
    kept = notes.account[note_rows] == BY_PLATFORM
    seen_before = loans.provision / np.maximum(loans.principal, 1)
    for mine, holder in ((note_rows[~kept], "investor"), (note_rows[kept], "platform")):
        if not len(mine):
            continue
        loan = notes.loan[mine]
        owner = notes.account[mine] // SLOTS if holder == "investor" else loans.holder_row[loan]
        for column, instrument in (
            ("interest_due", "note_interest_due"),
            ("principal", "notes"),
        ):
            lost = notes.column(column)[mine].copy()
            claims = [Claim(instrument, notes, column, mine, -lost, "enterprise", holder)]
            if column == "principal":
                claims.append(Claim("", loans, "principal", loan, -lost, "enterprise", ""))
            world.ledger.enter(
                "write_off",
                holder,
                owner,
                "enterprise",
                loans.borrower[loan],
                lost,
                *claims,
            )
            if holder == "investor" and column == "principal":
                investors = world.investors
                loss = np.bincount(owner, lost, investors.n)
                # Savers saw the provision at default; only what differs from it is news.
                news = lost * (1.0 - seen_before[loan])
                investors.loss_seen[:] += np.bincount(owner, news, investors.n)
                np.maximum(investors.loss_seen, 0.0, out=investors.loss_seen)
                investors.loss_total[:] += loss
                world.accounts.invested[:] -= np.bincount(
                    notes.account[mine], lost, world.accounts.n
                )
                world.platforms.saver_loss[:] += np.bincount(
                    loans.holder_row[loan], lost, world.platforms.n
                )
                world.desk.count("investor_loss", lost.sum())


def cover_notes(world: World, rows: Ids, channel: str) -> None:
    """Let outside pay the holders of notes in default their face, and take over the loans."""
    loans, notes, ledger = world.loans, world.notes, world.ledger
    note_rows = notes_of(world, rows)
    kept = notes.account[note_rows] == BY_PLATFORM
    for mine, holder in ((note_rows[~kept], "investor"), (note_rows[kept], "platform")):
        if not len(mine):
            continue
        loan, account = notes.loan[mine], notes.account[mine]
        principal, interest = (
            notes.principal[mine].copy(),
            notes.interest_due[mine].copy(),
        )
        claims: list[Claim | Move] = [
            Claim("notes", notes, "principal", mine, -principal, "enterprise", holder),
            Claim(
                "note_interest_due",
                notes,
                "interest_due",
                mine,
                -interest,
                "enterprise",
                holder,
            ),
            Move("loans", int(principal.sum()), "enterprise", "", "outside"),
            Claim(
                "interest_due",
                loans,
                "interest_due",
                loan,
                interest,
                "enterprise",
                "outside",
            ),
        ]
        if holder == "investor":
            claims.append(
                Claim(
                    "client_balances",
                    world.accounts,
                    "balance",
                    account,
                    principal + interest,
                    "platform",
                    "investor",
                )
            )
            world.accounts.invested[:] -= np.bincount(account, principal, world.accounts.n)
        ledger.pay(
            "cover_pay",
            "outside",
            None,
            "platform",
            loans.holder_row[loan],
            principal + interest,
            *claims,
            receiver_account="client_cash" if holder == "investor" else "cash",
        )
        world.desk.cover[channel] = world.desk.cover.get(channel, 0) + int(
            (principal + interest).sum()
        )
    notes.close(note_rows)
