"""Loans and the notes that fund some of them."""

from __future__ import annotations

import numpy as np

from sim.chart import BANK, MICRO_LENDER, NAMES, OUTSIDE
from sim.kernels import group_sum
from sim.ledger import Position
from sim.table import Book, Count, Flag, Money, Real, Ref
from sim.units import Fen, Floats

ROLLOVER, WORKING, INVESTMENT = 0, 1, 2
PURPOSES = ("rollover", "working_capital", "investment")
BY_PLATFORM = -1  # `account` of a note that its platform has bought back


class Loan:
    """One loan to one enterprise; who holds it stands in `holder`."""

    serial = Ref("permanent number")
    is_open = Flag("not yet repaid or written off", fill=True)
    borrower = Ref("row of the enterprise")
    provider = Ref("provider number of who granted and services it")
    holder = Count("population code of the creditor; investor: through notes")
    holder_row = Ref("row of the creditor in its population")
    principal = Money("principal outstanding", unit="fen")
    interest_due = Money("interest accrued and unpaid, to a creditor on own account", unit="fen")
    principal_due = Ref("part of the principal that has fallen due", unit="fen")
    rate = Real("rate", unit="1/year")
    months_left = Count("instalments, or months to the bullet, still to come", unit="months")
    is_bullet = Flag("repaid at once at the end")
    is_runoff = Flag("a bullet nobody refinanced, or a book being closed")
    purpose = Count("rollover, working capital or investment")
    granted = Count("month of the grant", unit="month")
    amount = Real("amount at the grant", unit="fen")
    pd = Real("probability of default at the grant", unit="1/year")
    lgd = Real("loss given default priced at the grant", unit="share")
    estimate = Real("index as estimated at the grant")
    debt_ratio = Real("visible debt over annual revenue at the grant")
    grade = Count("grade at the grant, 0 = A")
    pledged = Real("book value of the fixed assets pledged", unit="fen")
    provision = Real("provision of the holder", unit="fen")
    late_months = Count("months in arrears", unit="months")
    is_bad = Flag("borrower in default; no more interest accrues")


class Note:
    """A share of one loan, held by an investor or bought back by the platform."""

    serial = Ref("permanent number")
    is_open = Flag("not yet repaid or written off", fill=True)
    loan = Ref("row of the loan; ascending in the book")
    account = Ref("investor row * 4 + slot, -1 when the platform holds it")
    principal = Money("principal outstanding", unit="fen")
    interest_due = Money("interest accrued and unpaid", unit="fen")


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
    premium_due = Real("cover premium carried forward", unit="fen")


class ScoreRecord:
    """What a provider knew at a grant; its outcome teaches the provider's scorecard."""

    serial = Ref("permanent number")
    is_open = Flag("still inside the window", fill=True)
    firm = Ref("row of the enterprise")
    provider = Ref("provider number")
    month = Count("month of the grant", unit="month")
    index = Real("latent index in that month, from which the signals are drawn again")
    own_debt = Real("debt to this provider over annual revenue")
    all_debt = Real("debt to all providers over annual revenue")
    months_known = Real("months since the first loan from this provider", unit="months")
    fixed_assets = Real("fixed assets", unit="fen")


def note_interest(loans: Book, notes: Book) -> Fen:
    """Sum interest accrued on notes by loan, in fen."""
    rows = np.flatnonzero(notes.interest_due > 0)
    return group_sum(notes.loan[rows], notes.interest_due[rows], loans.n)


def instalment(loans: Book) -> Fen:
    """Principal that falls due this month on loans repaid in equal parts, in fen."""
    to_come = loans.principal - loans.principal_due
    left = np.maximum(loans.months_left, 1)
    return np.where(left == 1, to_come, -(-to_come // left))


def expected_loss(loans: Book) -> Floats:
    """Monthly loss priced at the grant: PD x LGD / 12 of the balance, in fen."""
    return loans.pd * loans.lgd / 12.0 * loans.principal


def holders() -> tuple[int, ...]:
    """Population codes that hold loans on own account."""
    return (BANK, MICRO_LENDER, OUTSIDE)


def loan_positions(loans: Book, notes: Book, n_savers: int) -> list[Position]:
    """List loans and notes as the books show them."""
    held = []
    for code in holders():
        rows = np.flatnonzero((loans.holder == code) & loans.is_open)
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
    """List notes. Of the principal, what borrowers owe stands loan by loan and what savers hold
    saver by saver; what platforms hold, and all interest due, stands note by note."""
    held = []
    by_loan = group_sum(notes.loan, notes.principal, loans.n)
    held.append(Position("notes", "enterprise", loans.borrower, "", None, by_loan))
    # The last of the sums takes what platforms hold: their account is -1.
    by_account = group_sum(notes.account, notes.principal, 4 * n_savers + 1)
    by_saver = by_account[:-1].reshape(-1, 4).sum(axis=1)
    held.append(Position("notes", "", None, "investor", np.arange(n_savers), by_saver))
    kept = np.flatnonzero(notes.account == BY_PLATFORM)
    if len(kept):
        platform = loans.holder_row[notes.loan[kept]]
        held.append(Position("notes", "", None, "platform", platform, notes.principal[kept]))
    rows = np.flatnonzero(notes.interest_due != 0)
    by_platform = notes.account[rows] == BY_PLATFORM
    for mine, holder in ((rows[~by_platform], "investor"), (rows[by_platform], "platform")):
        if holder == "platform" and not len(kept):
            continue
        loan = notes.loan[mine]
        owner = notes.account[mine] // 4 if holder == "investor" else loans.holder_row[loan]
        held.append(
            Position(
                "note_interest_due",
                "enterprise",
                loans.borrower[loan],
                holder,
                owner,
                notes.interest_due[mine],
            )
        )
    return held


def wholesale_positions(wholesale: Book) -> list[Position]:
    """List wholesale claims as the book shows them."""
    held = []
    for code in (BANK, OUTSIDE):
        rows = np.flatnonzero((wholesale.holder == code) & wholesale.is_open)
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
