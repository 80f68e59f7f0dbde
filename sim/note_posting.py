"""Payments and losses of notes: from one loan to many holders, and what platforms take of it.

Responsible for splitting what a loan brings or loses among its notes. Decides nothing; loans
on own account and the choice of whom a loan belongs to are in `postings`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.investor import SLOTS
from sim.contracts.loans import BY_PLATFORM
from sim.kernels import add_at, group_sum, split_by_weights
from sim.ledger import EVERY, Claim, Leg, Move, Worth
from sim.units import Fen, Ids
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

CHUNK = 2048  # loans, some twenty notes each


def notes_of(world: World, loan_rows: Ids) -> Ids:
    """Return the rows of the notes of some loans, in book order."""
    return world.notes.rows_where("loan", np.sort(loan_rows))


def notes_by_chunks(world: World, loan_rows: Ids) -> Iterator[tuple[slice, Ids, Ids]]:
    """Walk through loans and their notes in pieces whose arrays stay in the cache.

    loan_rows : (m,) ascending; yields which loans, their notes, and the place of each note's
    loan among these loans
    """
    for start in range(0, len(loan_rows), CHUNK):
        part = slice(start, start + CHUNK)
        yield part, *world.notes.groups_where("loan", loan_rows[part])


def pay_notes(world: World, rows: Ids, interest: Fen, principal: Fen, scenario: Scenario) -> None:
    """Collect on loans funded by notes: money goes to client accounts, less the service fee.

    What a loan pays is split among its notes by what each is owed.
    """
    notes = world.notes
    order = np.argsort(rows, kind="stable")
    rows, interest, principal = rows[order], interest[order], principal[order]
    for part, note_rows, at in notes_by_chunks(world, rows):
        fen_i, fen_p, some = interest[part], principal[part], rows[part]
        part_i = split_by_weights(fen_i, notes.interest_due[note_rows], at)
        part_p = split_by_weights(fen_p, notes.principal[note_rows], at)
        control = Claim("", world.loans, "principal", some, -fen_p, "enterprise", "")
        kept = notes.account[note_rows] == BY_PLATFORM
        if kept.any():
            for_platforms = _collect(
                world,
                some,
                group_sum(at[kept], (part_i + part_p)[kept], len(some)),
                note_rows[kept],
                part_i[kept],
                part_p[kept],
                "platform",
                control,
            )
            world.ledger.post(for_platforms)
            note_rows, at, part_i, part_p = (a[~kept] for a in (note_rows, at, part_i, part_p))
            fen_i, fen_p = group_sum(at, part_i, len(some)), group_sum(at, part_p, len(some))
        claims = () if kept.any() else (control,)
        world.ledger.post(
            _collect(world, some, fen_i + fen_p, note_rows, part_i, part_p, "investor", *claims)
        )
        _credit_savers(world, some, fen_i, note_rows, at, part_i, part_p, scenario)


def _collect(
    world: World,
    rows: Ids,
    fen: Fen,
    note_rows: Ids,
    interest: Fen,
    principal: Fen,
    holder: str,
    *claims: Claim,
) -> Leg:
    """Draw up what borrowers pay on notes of one kind of holder.

    rows, fen : (n_loans,) loans and what each pays; note_rows, interest, principal : (m,)
    """
    loans, notes = world.loans, world.notes
    paid = np.flatnonzero(principal > 0)
    claims = (
        Claim("notes", notes, "principal", note_rows[paid], -principal[paid], "enterprise", holder),
        Claim(
            "note_interest_due", notes, "interest_due", note_rows, -interest, "enterprise", holder
        ),
        *claims,
    )
    if holder == "investor":
        claims += (
            Claim(
                "client_balances",
                world.accounts,
                "balance",
                notes.account[note_rows],
                interest + principal,
                "platform",
                "investor",
            ),
        )
    return Leg(
        "note_collect",
        "enterprise",
        loans.borrower[rows],
        "platform",
        loans.holder_row[rows],
        fen,
        claims,
        receiver_account="client_cash" if holder == "investor" else "cash",
    )


def _credit_savers(
    world: World,
    rows: Ids,
    received: Fen,
    note_rows: Ids,
    at: Ids,
    interest: Fen,
    principal: Fen,
    scenario: Scenario,
) -> None:
    """Take the platforms' fee on interest and let savers remember what they received.

    rows, received : (n_loans,) loans and their interest; the others : (m,) notes, see above
    """
    account = world.notes.account[note_rows]
    fee = (interest * scenario.parameters.platform.service_fee).astype(np.int64)
    platforms, owner = world.platforms, account // SLOTS
    whose = world.loans.holder_row[rows]
    by_platform = group_sum(whose[at], fee, platforms.n)
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
                    world.accounts,
                    "balance",
                    account,
                    -fee,
                    "platform",
                    "investor",
                ),
            ),
            payer_account="client_cash",
            receiver_account="cash",
            worth=(Worth("investor", owner, -fee), Worth("platform", EVERY, by_platform)),
        )
    )
    platforms.fee_income[:] += by_platform
    platforms.saver_interest[:] += group_sum(whose, received, platforms.n) - by_platform
    add_at(world.investors.interest, owner, interest - fee)
    paid = np.flatnonzero(principal > 0)
    add_at(world.accounts.invested, account[paid], -principal[paid])


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
        for column, instrument in (("interest_due", "note_interest_due"), ("principal", "notes")):
            lost = notes.column(column)[mine].copy()
            claims = [Claim(instrument, notes, column, mine, -lost, "enterprise", holder)]
            if column == "principal":
                claims.append(Claim("", loans, "principal", loan, -lost, "enterprise", ""))
            world.ledger.enter(
                "write_off", holder, owner, "enterprise", loans.borrower[loan], lost, *claims
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
        principal, interest = notes.principal[mine].copy(), notes.interest_due[mine].copy()
        claims: list[Claim | Move] = [
            Claim("notes", notes, "principal", mine, -principal, "enterprise", holder),
            Claim(
                "note_interest_due", notes, "interest_due", mine, -interest, "enterprise", holder
            ),
            Move("loans", int(principal.sum()), "enterprise", "", "outside"),
            Claim("interest_due", loans, "interest_due", loan, interest, "enterprise", "outside"),
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
