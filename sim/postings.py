"""Payments and losses that several phases make in the same way.

Responsible for turning "these loans receive so much" or "this claim is lost" into declared
flows with every holder served. Decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.chart import CODES, INVESTOR, NAMES, OUTSIDE, OWN_ACCOUNT, PLATFORM
from sim.contracts.impairments import CHANNELS
from sim.contracts.loans import holders, notes_of
from sim.kernels import group_sum, true_at
from sim.ledger import Claim, Leg, Move
from sim.note_posting import cover_notes, pay_notes, write_off_notes
from sim.units import Fen, Floats, Ids, Mask
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


# ---------------------------------------------------------------- collecting
def pay_loans(world: World, rows: Ids, interest: Fen, principal: Fen, scenario: Scenario) -> None:
    """Let borrowers pay interest and principal on loans to whoever holds them.

    rows : (m,) distinct loans; interest, principal : (m,) fen
    """
    loans = world.loans
    code = loans.holder.take(rows)
    for kind in holders():
        mine = true_at(code == kind)
        if len(mine):
            _pay_own_account(world, rows[mine], interest[mine], principal[mine], NAMES[kind])
    mine = true_at(code == INVESTOR)
    if len(mine):
        pay_notes(world, rows[mine], interest[mine], principal[mine], scenario)
    loans.principal_due[rows] = np.maximum(loans.principal_due.take(rows) - principal, 0)


def _pay_own_account(world: World, rows: Ids, interest: Fen, principal: Fen, holder: str) -> None:
    loans = world.loans
    payer = loans.borrower[rows]
    payee = None if holder == "outside" else loans.holder_row[rows]
    if holder == "outside":
        world.count_back(loans.cover[rows], interest + principal)
    into = _account_of(holder)
    world.ledger.post(
        Leg(
            "loan_interest",
            "enterprise",
            payer,
            holder,
            payee,
            interest,
            (Claim("interest_due", loans, "interest_due", rows, -interest, "enterprise", holder),),
            receiver_account=into,
        ),
        Leg(
            "loan_principal",
            "enterprise",
            payer,
            holder,
            payee,
            principal,
            (Claim("loans", loans, "principal", rows, -principal, "enterprise", holder),),
            receiver_account=into,
        ),
    )


def _account_of(holder: str) -> str:
    """Name the cash column that what a holder's loans bring goes to: a pool's is its clients'."""
    return "client_cash" if holder == "platform" else "cash"


# ---------------------------------------------------------------- losing
def provision_loans(world: World, rows: Ids, loss: Floats, channel: str, own: bool = True) -> None:
    """Book the loss expected on loans in default, and remember whom it impairs and by whom.

    rows : (m,) distinct loans; loss : (m,) fen
    channel : by which it comes; own : whether the provider bears it, and not its savers
    What savers lose costs a platform none of what it would have to lack to fail.
    """
    loans = world.loans
    provider = loans.provider[rows]
    loans.provision[rows] = loss
    world.add_to_providers("excess_loss", provider, loss)
    if own:
        world.add_to_providers("provisions", provider, loss)
        impair_providers(world, channel, rows, loss)


def impair_providers(world: World, channel: str, rows: Ids, fen: Floats) -> None:
    """Remember what borrowers in default cost the providers of their loans; (m,) loans and fen."""
    loans = world.loans
    debtors = party("enterprise", loans.borrower[rows])
    world.impairments.record(world.provider_party(loans.provider[rows]), channel, debtors, fen)


def write_off_loans(world: World, rows: Ids, scenario: Scenario) -> None:
    """Write off what is left of loans: the holders' loss is the borrowers' gain."""
    loans = world.loans
    code = loans.holder[rows]
    lent = rows[code != OUTSIDE]
    # The provision was counted at default; what is lost beyond it, or less, is counted now.
    beyond = loans.principal[lent] + loans.interest_due[lent] - loans.provision[lent]
    world.add_to_providers("excess_loss", loans.provider[lent], beyond)
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


def release_provisions(world: World, rows: Ids) -> None:
    """Take back the provisions on loans that are settled or written off."""
    loans = world.loans
    held = rows[loans.provision[rows] > 0]
    if len(held):
        own = held[loans.holder[held] != INVESTOR]
        world.add_to_providers("provisions", loans.provider[own], -loans.provision[own])
        kept = held[loans.is_promised[held] & (loans.kept_shares[held] > 0)]
        part = loans.provision[kept] * loans.kept_shares[kept] / loans.shares[kept]
        world.add_to_providers("provisions", loans.provider[kept], -part)
        loans.provision[held] = 0.0


def close_settled_loans(world: World) -> None:
    """Close loans on which nothing is left, and their notes."""
    loans, notes = world.loans, world.notes
    gone = true_at(loans.is_open & (loans.principal == 0) & (loans.interest_due == 0))
    if not len(gone):
        return
    notes.close(notes_of(loans, notes, gone)[0])
    release_provisions(world, gone)
    loans.close(gone)


def cover_loans(world: World, rows: Ids, channel: str) -> None:
    """Let outside pay holders the face of loans in default and take over the claims.

    rows : (m,) loans; own-account loans for `funding`, those of notes and pools for `notes`
    """
    loans, ledger = world.loans, world.ledger
    for kind in (*OWN_ACCOUNT, PLATFORM):
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
                "cover_pay",
                "outside",
                None,
                NAMES[kind],
                loans.holder_row[mine],
                fen,
                *moves,
                receiver_account=_account_of(NAMES[kind]),
            )
            world.desk.cover[channel] = world.desk.cover.get(channel, 0) + int(fen.sum())
    noted = rows[loans.holder[rows] == INVESTOR]
    if len(noted):
        cover_notes(world, noted, channel)
    loans.holder[rows] = OUTSIDE
    loans.holder_row[rows] = 0
    loans.cover[rows] = CHANNELS.index(channel)


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


def unpaid_dues(world: World) -> Fen:
    """Running costs and wholesale debts of providers that stand unpaid, (n_providers,) fen."""
    due = world.of_providers("institution_arrears").copy()
    book, lenders = world.wholesale, world.micro_lenders
    rows = true_at(book.is_open & (book.interest_due + book.principal > 0))
    late = rows[lenders.months_late[book.lender[rows]] > 0]
    matured = np.where(book.months_left[late] <= 0, book.principal[late], 0)
    numbers = world.first_number("micro_lender") + book.lender[late]
    owed = np.bincount(numbers, book.interest_due[late] + matured, world.n_providers)
    return np.asarray(due + owed.astype(np.int64), dtype=np.int64)


def take_deposits(world: World, fen: Fen) -> None:
    """Let living banks fund a shortfall of cash by deposits, which are elastic; (n_banks,) fen."""
    banks = world.banks
    rows = np.flatnonzero(banks.alive)
    world.ledger.pay(
        "deposit_take",
        "outside",
        None,
        "bank",
        rows,
        fen[rows],
        Claim("deposits", banks, "deposits", rows, fen[rows], "bank", "outside"),
    )


def fund_banks(world: World, rows: Ids, fen: Fen) -> None:
    """Let living banks take deposits for what they lack to pay a sum; (m,) distinct rows, fen."""
    short = np.zeros(world.banks.n, dtype=np.int64)
    short[rows] = np.maximum(fen - world.banks.cash[rows], 0)
    if short.any():
        take_deposits(world, short)


def credit_deposit_interest(world: World, fen: Fen) -> None:
    """Credit interest that banks cannot pay in cash to their deposits, so that it stays owed.

    fen : (n_banks,)
    """
    banks = world.banks
    rows = np.arange(banks.n)
    world.ledger.post(
        Leg(
            "deposit_take",
            "outside",
            None,
            "bank",
            rows,
            fen,
            (Claim("deposits", banks, "deposits", rows, fen, "bank", "outside"),),
        ),
        Leg("deposit_interest", "bank", rows, "outside", None, fen),
    )


def loans_of_provider(world: World) -> Fen:
    """Principal serviced or held by each provider, by provider number, in fen."""
    loans = world.loans
    return group_sum(loans.provider, loans.principal * (loans.holder != OUTSIDE), world.n_providers)


def has_loans(world: World) -> Mask:
    """Mark providers with a loan open that nobody has taken over; (n_providers,)."""
    loans, stolen = world.loans, world.identity_loans
    found = np.zeros(world.n_providers, dtype=np.bool_)
    found[loans.provider[loans.is_open & (loans.holder != OUTSIDE)]] = True
    found[stolen.provider[stolen.is_open]] = True
    return found


def party(sector: str, rows: Ids) -> Ids:
    """Party ids of rows of a sector."""
    return np.asarray(rows, dtype=np.int64) * 16 + CODES[sector]
