"""Payments and losses that several phases make in the same way.

Responsible for turning "these loans receive so much" or "this claim is lost" into declared
flows with every holder served. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.investor import SLOTS
from sim.chart import BANK, CODES, INVESTOR, MICRO_LENDER, NAMES, OUTSIDE
from sim.contracts.loans import BY_PLATFORM, holders
from sim.kernels import add_at, group_sum, split_by_weights
from sim.ledger import EVERY, Claim, Leg, Move, Worth
from sim.units import Fen, Ids, Mask
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


CHUNK = 2048  # loans, some twenty notes each


# ---------------------------------------------------------------- collecting
def pay_loans(world: World, rows: Ids, interest: Fen, principal: Fen, scenario: Scenario) -> None:
    """Let borrowers pay interest and principal on loans to whoever holds them.

    rows : (m,) distinct loans; interest, principal : (m,) fen
    """
    loans = world.loans
    code = loans.holder[rows]
    for kind in holders():
        mine = np.flatnonzero(code == kind)
        if len(mine):
            _pay_own_account(world, rows[mine], interest[mine], principal[mine], NAMES[kind])
    mine = np.flatnonzero(code == INVESTOR)
    if len(mine):
        pay_notes(world, rows[mine], interest[mine], principal[mine], scenario)
    loans.principal_due[rows] = np.maximum(loans.principal_due[rows] - principal, 0)


def _pay_own_account(world: World, rows: Ids, interest: Fen, principal: Fen, holder: str) -> None:
    loans = world.loans
    payer = loans.borrower[rows]
    payee = None if holder == "outside" else loans.holder_row[rows]
    world.ledger.post(
        Leg(
            "loan_interest",
            "enterprise",
            payer,
            holder,
            payee,
            interest,
            (Claim("interest_due", loans, "interest_due", rows, -interest, "enterprise", holder),),
        ),
        Leg(
            "loan_principal",
            "enterprise",
            payer,
            holder,
            payee,
            principal,
            (Claim("loans", loans, "principal", rows, -principal, "enterprise", holder),),
        ),
    )


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


# ---------------------------------------------------------------- losing
def write_off_loans(world: World, rows: Ids, scenario: Scenario) -> None:
    """Write off what is left of loans: the holders' loss is the borrowers' gain."""
    loans = world.loans
    code = loans.holder[rows]
    for kind in holders():
        mine = rows[code == kind]
        if not len(mine):
            continue
        holder = NAMES[kind]
        payee = None if kind == OUTSIDE else loans.holder_row[mine]
        for column, instrument in (("interest_due", "interest_due"), ("principal", "loans")):
            lost = loans.column(column)[mine].copy()
            world.ledger.enter(
                "write_off",
                holder,
                payee,
                "enterprise",
                loans.borrower[mine],
                lost,
                Claim(instrument, loans, column, mine, -lost, "enterprise", holder),
            )
    mine = rows[code == INVESTOR]
    if len(mine):
        write_off_notes(world, mine)
    release_provisions(world, rows)
    loans.principal_due[rows] = 0


def write_off_notes(world: World, rows: Ids) -> None:
    """Write off the notes of loans; savers remember what they lost."""
    loans, notes = world.loans, world.notes
    note_rows = notes_of(world, rows)
    kept = notes.account[note_rows] == BY_PLATFORM
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
                investors.loss_seen[:] += loss
                investors.loss_total[:] += loss
                world.accounts.invested[:] -= np.bincount(
                    notes.account[mine], lost, world.accounts.n
                )
                world.platforms.saver_loss[:] += np.bincount(
                    loans.holder_row[loan], lost, world.platforms.n
                )
                world.desk.count("investor_loss", lost.sum())


def release_provisions(world: World, rows: Ids) -> None:
    """Take back the provisions on loans that are settled or written off."""
    loans = world.loans
    held = rows[loans.provision[rows] > 0]
    if len(held):
        own = held[loans.holder[held] != INVESTOR]
        world.add_to_providers("provisions", loans.provider[own], -loans.provision[own])
        loans.provision[held] = 0.0


def close_settled_loans(world: World) -> None:
    """Close loans on which nothing is left, and their notes."""
    loans, notes = world.loans, world.notes
    gone = np.flatnonzero(loans.is_open & (loans.principal == 0) & (loans.interest_due == 0))
    if not len(gone):
        return
    noted = gone[loans.holder[gone] == INVESTOR]
    if len(noted):
        note_rows = notes_of(world, noted)
        owing = np.bincount(notes.loan[note_rows], notes.interest_due[note_rows], loans.n)
        still = owing[gone] > 0
        done = note_rows[owing[notes.loan[note_rows]] == 0]
        notes.close(done)
        gone = gone[~still]
    release_provisions(world, gone)
    loans.close(gone)


def cover_loans(world: World, rows: Ids, channel: str) -> None:
    """Let outside pay holders the face of loans in default and take over the claims.

    rows : (m,) loans; own-account loans for `funding`, loans through notes for `notes`
    """
    loans, ledger = world.loans, world.ledger
    for kind in (BANK, MICRO_LENDER):
        mine = rows[loans.holder[rows] == kind]
        if len(mine):
            fen = loans.principal[mine] + loans.interest_due[mine]
            moves = [
                Move(
                    name,
                    int(loans.column(column)[mine].sum()),
                    "enterprise",
                    NAMES[kind],
                    "outside",
                )
                for name, column in (("loans", "principal"), ("interest_due", "interest_due"))
            ]
            ledger.pay(
                "cover_pay", "outside", None, NAMES[kind], loans.holder_row[mine], fen, *moves
            )
            world.desk.cover[channel] = world.desk.cover.get(channel, 0) + int(fen.sum())
    noted = rows[loans.holder[rows] == INVESTOR]
    if len(noted):
        _cover_notes(world, noted, channel)
    loans.holder[rows] = OUTSIDE
    loans.holder_row[rows] = 0


def _cover_notes(world: World, rows: Ids, channel: str) -> None:
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


# ---------------------------------------------------------------- institutions
def institution_due(world: World, kind: str, amount: Fen) -> None:
    """Enter running costs of every provider of a kind as due to outside.

    amount : (n_of_kind,) fen
    """
    table = world.tables[kind]
    rows = np.arange(table.n)
    world.ledger.enter(
        "institution_arrears_grant",
        kind,
        rows,
        "outside",
        None,
        amount,
        Claim("institution_arrears", table, "institution_arrears", rows, amount, kind, "outside"),
    )


def pay_institution_dues(world: World, kind: str) -> Mask:
    """Let providers of a kind pay their running costs from own cash; mark who falls short."""
    table = world.tables[kind]
    rows = np.arange(table.n)
    paid = np.minimum(table.institution_arrears, table.cash)
    world.ledger.pay(
        "institution_cost",
        kind,
        rows,
        "outside",
        None,
        paid,
        Claim("institution_arrears", table, "institution_arrears", rows, -paid, kind, "outside"),
    )
    return np.asarray(table.institution_arrears > 0)


def loans_of_provider(world: World) -> Fen:
    """Principal serviced or held by each provider, by provider number, in fen."""
    loans = world.loans
    return group_sum(loans.provider, loans.principal * (loans.holder != OUTSIDE), world.n_providers)


def party(sector: str, rows: Ids) -> Ids:
    """Party ids of rows of a sector."""
    return np.asarray(rows, dtype=np.int64) * 16 + CODES[sector]
