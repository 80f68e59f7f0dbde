"""Loans and the notes that fund some of them.

A loan funded by notes is cut into whole shares of equal worth; a note is a number of them. What
such a loan owes, pays or loses is a whole number of fen per share, so that what each note is
owed, gets or loses follows from its shares exactly, and stands nowhere twice.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.chart import BANK, INVESTOR, NAMES, OUTSIDE, OWN_ACCOUNT, PLATFORM
from sim.kernels import divide, sum_by_member, true_at
from sim.legs import EVERY, Position, Rows
from sim.parameters.investor import SLOTS
from sim.table import Book, Count, Flag, Money, Real, Ref
from sim.units import Fen, Floats, Ids

ROLLOVER, WORKING, INVESTMENT, LINE = 0, 1, 2, 3
PURPOSES = ("rollover", "working_capital", "investment", "line")
FEW = 8  # below one note in so many, those concerned are looked up one by one


class Loan:
    """One loan to one enterprise; who holds it stands in `holder`."""

    serial = Ref("permanent number")
    is_open = Flag("not yet repaid or written off", fill=True)
    borrower = Ref("row of the enterprise")
    provider = Ref("provider number of who granted and services it")
    holder = Count("population code of the creditor; investor: through notes; platform: a pool")
    holder_row = Ref("row of the creditor in its population")
    cover = Count("place in CHANNELS of the one by which outside took it over; -1: none", fill=-1)
    principal = Money("principal outstanding", unit="fen")
    interest_due = Money("interest accrued and unpaid", unit="fen")
    principal_due = Ref("part of the principal that has fallen due", unit="fen")
    shares = Ref("equal shares its notes are cut from; 1 on own account", fill=1)
    kept_shares = Ref("shares that the platform has bought back")
    n_notes = Count("notes in the book, one after the other")
    rate = Real("rate", unit="1/year")
    months_left = Count("instalments, or months to the bullet, still to come", unit="months")
    is_bullet = Flag("repaid at once at the end")
    is_line = Flag("a line of credit: may be drawn again, repaid from sales")
    is_runoff = Flag("a bullet nobody refinanced, or a book being closed")
    purpose = Count("rollover, working capital, investment or line of credit")
    granted = Count("month of the grant", unit="month")
    amount = Real("amount at the grant", unit="fen")
    pd = Real("probability of default at the grant", unit="1/year")
    lgd = Real("loss given default priced at the grant", unit="share")
    estimate = Real("index as estimated at the grant")
    debt_ratio = Real("visible debt over annual revenue at the grant")
    grade = Count("grade at the grant, 0 = A")
    pledged = Real("book value of the fixed assets pledged", unit="fen")
    provision = Real("provision of the holder", unit="fen")
    is_promised = Flag("the platform promised its notes' holders principal and interest")
    late_months = Count("months in arrears", unit="months")
    is_bad = Flag("borrower in default; no more interest accrues")


class Note:
    """Shares of one loan held by an investor; its fen follow from those of the loan."""

    is_open = Flag("not yet repaid, written off or bought back", fill=True)
    loan = Count("row of the loan; ascending in the book")
    account = Count("investor row * 4 + slot")
    saver = Count("row of the investor, which stands in the account too: fewer sums stay near")
    shares = Ref("shares of the loan")


class Wholesale:
    """A loan of a bank to a micro lender."""

    serial = Ref("permanent number")
    is_open = Flag("not yet repaid or written off", fill=True)
    lender = Ref("row of the micro lender that borrows")
    bank = Ref("row of the bank")
    holder = Count("population code of the creditor", fill=BANK)
    principal = Money("principal outstanding", unit="fen")
    interest_due = Money("interest accrued and unpaid", unit="fen")
    rate = Real("rate", unit="1/year")
    months_left = Count("months to repayment", unit="months")
    provision = Real("provision of the bank", unit="fen")


class Account:
    """What one investor holds with one watched platform; rows are investor * 4 + slot."""

    platform = Ref("row of the platform; -1 none", fill=-1)
    balance = Money("uninvested money with the platform", unit="fen")
    invested = Real("principal of its notes, for the choice", unit="fen")
    claims = Money("claims on the platform's pool, redeemable at par on notice", unit="fen")
    asked = Ref("part of the claims that notice was given for and is not yet paid", unit="fen")
    asked_in = Count("month of that notice", unit="month", fill=1_000_000)
    premium_due = Real("cover premium carried forward", unit="fen")


class ScoreRecord:
    """What a provider knew at a grant; its outcome teaches the provider's scorecard."""

    is_open = Flag("still inside the window", fill=True)
    firm = Ref("row of the enterprise")
    provider = Ref("provider number")
    month = Count("month of the grant", unit="month")
    index = Real("latent index in that month, from which the signals are drawn again")
    own_debt = Real("debt to this provider over annual revenue")
    registered_debt = Real("debt in the registry, or to all without one, over annual revenue")
    months_known = Real("months since the first loan from this provider", unit="months")
    fixed_assets = Real("fixed assets", unit="fen")
    supplies_core = Flag("a core firm orders from it")


def instalment(loans: Book) -> Fen:
    """Principal that falls due this month on loans repaid in equal parts, in whole fen a share."""
    to_come = loans.principal - loans.principal_due
    left = np.maximum(loans.months_left, 1)
    return np.where(left == 1, to_come, whole_up(divide(to_come + left - 1, left), loans.shares))


def whole_up(fen: Fen, shares: Ids) -> Fen:
    """Round up to whole fen a share; both (m,)."""
    return np.asarray(divide(fen + shares - 1, shares) * shares)


def whole_down(fen: Fen, shares: Ids) -> Fen:
    """Round down to whole fen a share; both (m,)."""
    return np.asarray(divide(fen, shares) * shares)


def expected_loss(loans: Book) -> Floats:
    """Monthly loss priced at the grant: PD x LGD / 12 of the balance, in fen."""
    return loans.pd * loans.lgd / 12.0 * loans.principal


def notes_of(loans: Book, notes: Book, rows: Ids) -> tuple[Ids, Ids]:
    """Return the notes of some loans, loan by loan, and which of the loans each belongs to.

    rows : (m,) loans; both answers (k,) - rows of `notes`, places in `rows`
    """
    counts = loans.n_notes[rows]
    first = (loans.n_notes.cumsum() - loans.n_notes)[rows]
    at = np.arange(len(rows)).repeat(counts)
    return np.arange(len(at)) + (first - counts.cumsum() + counts)[at], at


def to_holders(
    loans: Book, notes: Book, holder: str, rows: Ids, per_share: Any, n: int
) -> tuple[Rows, Any]:
    """Turn what some loans bring a share into what holders of their notes get.

    holder : `account` or `saver`, of which there are n
    rows : (m,) distinct loans; per_share : (m, k) - k sums a share of each
    Returns holders and (their number, k) sums; holders are EVERY, or ids that may repeat.
    """
    holders = notes.column(holder)
    if FEW * int(loans.n_notes.take(rows).sum()) < notes.n:
        note_rows, at = notes_of(loans, notes, rows)
        return holders[note_rows], notes.shares[note_rows, None] * per_share[at]
    every = np.zeros((loans.n, per_share.shape[1]), dtype=per_share.dtype)
    every[rows] = per_share
    return EVERY, sum_by_member(loans.n_notes, holders, notes.shares, every, n)


def shares_held(loans: Book, notes: Book) -> Ids:
    """Sum the shares in notes by loan, (n_loans,)."""
    running = np.zeros(notes.n + 1, dtype=np.int64)
    notes.shares.cumsum(out=running[1:])
    ends = loans.n_notes.cumsum(dtype=np.int64)
    return running.take(ends) - running.take(ends - loans.n_notes)


def by_saver(accounts: Rows, fen: Any) -> tuple[Rows, Any]:
    """Turn sums by account, as `to_holders` gives them, into sums by saver."""
    if isinstance(accounts, slice):
        return EVERY, sum_slots(fen)
    return accounts // SLOTS, fen


def sum_slots(fen: Any) -> Any:
    """Add up the accounts of each saver; (n_savers x SLOTS, ...) -> (n_savers, ...)."""
    # Four strided sums: a reduction over an axis of four is many times slower.
    by_slot = fen.reshape(-1, SLOTS, *fen.shape[1:])
    total = by_slot[:, 0] + by_slot[:, 1]
    for slot in range(2, SLOTS):
        total += by_slot[:, slot]
    return total


def compact_notes(loans: Book, notes: Book, moved: Ids | None) -> None:
    """Drop notes of loans that are gone, or closed ones if they are many.

    moved : (rows of loans before,) - new row of each loan, as `Book.compact` returns it
    """
    if moved is not None:
        notes.close(true_at(moved[notes.loan] < 0))
        notes.compact(at_once=True)
        notes.loan[:] = moved[notes.loan]
    elif notes.compact() is None:
        return
    loans.n_notes[:] = np.bincount(notes.loan, minlength=loans.n)


def holders() -> tuple[int, ...]:
    """Population codes that hold loans on own account; platforms hold those of their pools."""
    return (*OWN_ACCOUNT, PLATFORM, OUTSIDE)


def loan_positions(loans: Book, notes: Book, n_savers: int) -> list[Position]:
    """List loans and notes as the books show them."""
    held = []
    for code in holders():
        rows = true_at((loans.holder == code) & loans.is_open)
        if len(rows):
            creditor = None if code == OUTSIDE else loans.holder_row[rows]
            for name, column in (("loans", "principal"), ("interest_due", "interest_due")):
                held.append(
                    Position(
                        name,
                        "enterprise",
                        loans.borrower[rows],
                        NAMES[code],
                        creditor,
                        loans.column(column)[rows],
                    )
                )
    return held + _note_positions(loans, notes, n_savers)


def _note_positions(loans: Book, notes: Book, n_savers: int) -> list[Position]:
    """List notes: what borrowers owe stands loan by loan, what savers hold saver by saver."""
    rows = true_at(loans.holder == INVESTOR)
    shares, kept = loans.shares.take(rows), true_at(loans.kept_shares.take(rows))
    owed = np.array([loans.principal.take(rows), loans.interest_due.take(rows)]).T
    each = np.zeros((loans.n, 2), dtype=np.int64)
    each[rows] = divide(owed, shares[:, None])
    by_owner = sum_by_member(loans.n_notes, notes.saver, notes.shares, each, n_savers)
    bought = loans.kept_shares[rows[kept], None] * each[rows[kept]]
    held = []
    for place, name in enumerate(("notes", "note_interest_due")):
        held += [
            Position(name, "enterprise", loans.borrower.take(rows), "", None, owed[:, place]),
            Position(name, "", None, "investor", np.arange(n_savers), by_owner[:, place]),
            Position(name, "", None, "platform", loans.holder_row[rows[kept]], bought[:, place]),
        ]
    return held


def wholesale_positions(wholesale: Book) -> list[Position]:
    """List wholesale claims as the book shows them."""
    held = []
    for code in (BANK, OUTSIDE):
        rows = true_at((wholesale.holder == code) & wholesale.is_open)
        if len(rows):
            creditor = None if code == OUTSIDE else wholesale.bank[rows]
            for name, column in (
                ("wholesale", "principal"),
                ("wholesale_interest_due", "interest_due"),
            ):
                held.append(
                    Position(
                        name,
                        "micro_lender",
                        wholesale.lender[rows],
                        NAMES[code],
                        creditor,
                        wholesale.column(column)[rows],
                    )
                )
    return held
