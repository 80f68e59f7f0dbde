"""Mutual guarantees at work: circles form, members sign, are called, pay and have recourse.

Used when firms enter, when loans are underwritten and granted, in settlement, when a member
defaults and when its estate is paid. Who defaults and when is decided by the phases. Only loans
on own account of banks and micro lenders are guaranteed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.agents.enterprise import revenue_scale
from sim.chart import BANK, MICRO_LENDER, NAMES, OUTSIDE
from sim.contracts import guarantees as rules
from sim.ends import secured_part
from sim.kernels import group_sum, index_by, split_by_weights, true_at
from sim.ledger import Claim
from sim.postings import party
from sim.units import FEN_PER_YUAN, MONTHS_PER_YEAR, Fen, Ids, Mask
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

TAKERS = (BANK, MICRO_LENDER)  # kinds of provider that take guarantees


# ---------------------------------------------------------------- circles
def circles_of(world: World, scenario: Scenario, dice: Ids) -> Ids:
    """Number the circles that founders or entrants belong to, -1 for none.

    dice : (n,) consecutive
    The circles of a neighbourhood of consecutive firms follow from lasting draws of all of them,
    also of those yet to come: nobody who enters changes the circle of another.
    """
    p, draws = scenario.parameters.enterprise, world.draws
    if not p.circle_share or not len(dice):
        return np.full(len(dice), -1, dtype=np.int64)
    width = rules.neighbourhood(p.circle_share, p.sectors)
    first, last = dice[0] // width, dice[-1] // width
    every = np.arange(first * width, (last + 1) * width)
    size = revenue_scale(draws.uniform("enterprise_scale", 0, every), p)
    borrows = np.minimum(size, world.largest_revenue) < p.core_ratio * p.median_revenue
    joins = borrows & (draws.uniform("circle", 0, every) < p.circle_share)
    sector = (draws.uniform("enterprise_sector", 0, every) * p.sectors).astype(np.int64)
    number = rules.circles(joins, sector, every // width, p.sectors, width)
    return number[dice - every[0]]


class Guarantors(NamedTuple):
    """Who could answer for some firms' loans: firm by firm, (m,) each.

    at : which of the firms asked about; member : row; room : fen it may still be called for
    """

    at: Ids
    member: Ids
    room: Fen


def guarantors_of(
    world: World, scenario: Scenario, firm: Ids, may_have: Mask, replaced: Ids
) -> Guarantors:
    """Find the other living members of the firms' circles, if lenders accept guarantees.

    firm, may_have : (n,) - rows, and where a guarantee would be taken
    replaced : (n,) rows of the loans that would be renewed or taken over, -1 for none; what a
        member has signed for on that loan takes up none of its room, since it would sign anew
    A circle that has shrunk below three living members guarantees nothing new.
    """
    firms, book = world.enterprises, world.guarantees
    members = np.zeros(0, dtype=np.int64)
    if world.policy.guarantees:
        members = true_at(firms.alive & (firms.circle >= 0))
    if not len(members):
        return Guarantors(members, members, members)
    numbers, place = np.unique(firms.circle[members], return_inverse=True)
    pointer, order = index_by(place, len(numbers))
    members = members if order is None else members[order]
    size = np.diff(pointer)
    circle = np.minimum(np.searchsorted(numbers, firms.circle[firm]), len(numbers) - 1)
    asks = may_have & (numbers[circle] == firms.circle[firm]) & (size[circle] >= rules.SMALLEST)
    counts = np.where(asks, size[circle], 0)
    at = np.repeat(np.arange(len(firm)), counts)
    within = np.arange(len(at)) - np.repeat(np.cumsum(counts) - counts, counts)
    member = members[pointer[circle[at]] + within]
    at, member = at[member != firm[at]], member[member != firm[at]]
    most = scenario.parameters.market.guarantee_limit * MONTHS_PER_YEAR * firms.scale[member]
    signed = group_sum(book.guarantor, np.where(book.is_open, book.limit, 0), firms.n)[member]
    signed -= _signed_on(world, replaced[at], member)
    return Guarantors(at, member, np.maximum(most.astype(np.int64) - signed, 0))


def _signed_on(world: World, loan_rows: Ids, member: Ids) -> Fen:
    """What members have signed for on some loans; (m,) rows, -1 none, and (m,) members."""
    book, fen = world.guarantees, np.zeros(len(member), dtype=np.int64)
    signed = true_at(book.is_open)
    some = true_at(loan_rows >= 0)
    if not (len(signed) and len(some)):
        return fen
    key = (book.loan[signed] << 24) | book.guarantor[signed]
    order = key.argsort()
    wanted = (world.loans.serial[loan_rows[some]] << 24) | member[some]
    place = np.minimum(key[order].searchsorted(wanted), len(key) - 1)
    found = signed[order[place]]
    fen[some] = np.where(key[order[place]] == wanted, book.limit[found], 0)
    return fen


def sign_guarantees(world: World, scenario: Scenario, fresh: Ids, taken_over: Ids) -> None:
    """Let members sign for the loans that banks and micro lenders granted or renewed this month.

    fresh, taken_over : (m,) rows of new loans, and of the loans these repay, -1 for none
    Each signs for an equal share, up to its room; who signed for a loan before signs anew.
    Who may sign for several loans of one month signs for each as if it were alone.
    """
    loans, book = world.loans, world.guarantees
    if not world.policy.guarantees:
        return
    taken = loans.is_open & np.isin(loans.holder, TAKERS)
    rows = true_at(taken & (loans.granted == world.month))
    every = np.ones(len(rows), dtype=np.bool_)
    replaced = np.arange(loans.n)  # who renews in place replaces the loan itself
    replaced[fresh] = taken_over
    found = guarantors_of(world, scenario, loans.borrower[rows], every, replaced[rows])
    if not len(found.at):
        return
    book.close(_open_on(world, rows[np.unique(found.at)])[0])
    amount = loans.amount[rows].astype(np.int64)
    limit = rules.several_shares(amount, found.at, found.room)
    signs = true_at(limit)
    loan = rows[found.at[signs]]
    book.append(
        len(signs),
        {
            "loan": loans.serial[loan],
            "debtor": loans.borrower[loan],
            "guarantor": found.member[signs],
            "limit": limit[signs],
        },
    )


# ---------------------------------------------------------------- calls
def _open_on(world: World, loan_rows: Ids) -> tuple[Ids, Ids]:
    """Open guarantees on some loans, loan by loan, and which of the loans each is on."""
    loans, book = world.loans, world.guarantees
    if not book.n:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing
    serials = loans.serial[loan_rows]
    order = np.argsort(serials)
    mine = true_at(book.is_open & np.isin(book.loan, serials))
    at = order[np.searchsorted(serials[order], book.loan[mine])]
    by_loan = np.argsort(at, kind="stable")
    return mine[by_loan], at[by_loan]


def called_on(world: World, loan_rows: Ids) -> Fen:
    """What living guarantors were called for on some loans and have not paid; (m,) fen."""
    mine, at = _open_on(world, loan_rows)
    living = world.enterprises.alive[world.guarantees.guarantor[mine]]
    return group_sum(at, world.guarantees.called[mine] * living, len(loan_rows))


def call_guarantees(world: World, scenario: Scenario, loan_rows: Ids) -> Ids:
    """Call the guarantors of loans whose borrower has just defaulted; they pay what they can.

    loan_rows : (m,) all loans of those borrowers
    Due is the claim less the liquidation value of its security, in equal shares of the living
    guarantors, each up to what it signed for. Returns the guarantors who were called and live.
    With the channel covered outside pays in their place and takes the recourse.
    """
    firms, loans, book = world.enterprises, world.loans, world.guarantees
    mine, at = _open_on(world, loan_rows)
    is_off = world.is_off("guarantee")
    can = firms.alive[book.guarantor[mine]]
    if is_off:  # what outside already holds it need not pay to itself
        can &= loans.holder[loan_rows[at]] != OUTSIDE
    mine, at = mine[can], at[can]
    if not len(mine):
        return np.zeros(0, dtype=np.int64)
    claim = loans.principal[loan_rows] + loans.interest_due[loan_rows]
    due = claim - secured_part(world, loan_rows, claim)
    fen = rules.several_shares(due, at, book.limit[mine])
    world.desk.count("guarantors_called", float(np.count_nonzero(fen)))
    world.desk.count("guarantee_called", float(fen.sum()))
    if is_off:
        _pay_holders(world, mine, fen, is_covered=True)
        return np.zeros(0, dtype=np.int64)
    before = world.open_calls()
    book.called[mine] = fen
    book.provision[mine] = scenario.parameters.market.provision_share * fen
    guarantor = book.guarantor[mine]
    world.impair("guarantee", guarantor, party("enterprise", book.debtor[mine]), fen.astype(float))
    pay_calls(world)
    called = np.unique(guarantor)
    _mark_late(world, called, before[called])
    return called


def pay_calls(world: World) -> None:
    """Let living guarantors pay what they were called for, as far as their cash goes."""
    firms, book = world.enterprises, world.guarantees
    rows = true_at(book.called)
    rows = rows[firms.alive[book.guarantor[rows]]]
    if not len(rows):
        return
    rows = rows[np.argsort(book.guarantor[rows], kind="stable")]
    payer, place = np.unique(book.guarantor[rows], return_inverse=True)
    total = group_sum(place, book.called[rows], len(payer))
    paid = split_by_weights(np.minimum(total, firms.cash[payer]), book.called[rows], place)
    book.called[rows] -= paid
    _pay_holders(world, rows, paid)


def _mark_late(world: World, called: Ids, before: Fen) -> None:
    """Count what guarantors cannot pay at once among their arrears of this month.

    called : (m,) guarantors; before : (m,) fen they had been called for and owed already
    """
    firms = world.enterprises
    left = world.open_calls()[called]
    firms.short_by[called] += np.maximum(left - before, 0)
    late = called[left >= FEN_PER_YUAN]
    firms.months_late[late] = np.maximum(firms.months_late[late], 1)
    firms.months_calm[late] = 0


def _pay_holders(world: World, rows: Ids, fen: Fen, is_covered: bool = False) -> None:
    """Pay whoever holds the loans, interest first; that part of the claim becomes recourse.

    rows : (m,) guarantees; fen : (m,) paid on each, by the guarantor or by outside
    """
    loans, book = world.loans, world.guarantees
    loan = np.searchsorted(loans.serial, book.loan[rows])
    world.desk.count("guarantee_paid", 0.0 if is_covered else float(fen.sum()))
    for code in (*TAKERS, OUTSIDE):
        mine = true_at((loans.holder[loan] == code) & (fen > 0))
        if not len(mine):
            continue
        if is_covered:
            _cover(world, rows[mine], loan[mine], fen[mine], NAMES[code])
            continue
        payee = None if code == OUTSIDE else loans.holder_row[loan[mine]]
        some, which = rows[mine], fen[mine]
        recourse = Claim("recourse", book, "claim", some, which, "enterprise", "enterprise")
        claims = (*_less_owed(world, loan[mine], which, NAMES[code]), recourse)
        if code == OUTSIDE:
            world.count_back(loans.cover[loan[mine]], which)
        world.ledger.pay(
            "guarantee_call",
            "enterprise",
            book.guarantor[some],
            NAMES[code],
            payee,
            which,
            *claims,
        )


def _less_owed(world: World, loan: Ids, fen: Fen, holder: str) -> tuple[Claim, Claim]:
    """Draw up what loans fall by, interest before principal; loan, fen : (m,), loans may repeat."""
    loans = world.loans
    rows, at = np.unique(loan, return_inverse=True)
    total = group_sum(at, fen, len(rows))
    interest = np.minimum(total, loans.interest_due[rows])
    left = loans.principal[rows] - (total - interest)
    loans.principal_due[rows] = np.minimum(loans.principal_due[rows], left)
    return (
        Claim("interest_due", loans, "interest_due", rows, -interest, "enterprise", holder),
        Claim("loans", loans, "principal", rows, interest - total, "enterprise", holder),
    )


def _cover(world: World, rows: Ids, loan: Ids, fen: Fen, holder: str) -> None:
    book, total = world.guarantees, int(fen.sum())
    recourse = Claim("recourse", book, "covered", rows, fen, "enterprise", "outside")
    if holder == "outside":  # one channel's cover pays what another's had taken over
        world.count_back(world.loans.cover[loan], fen)
    world.ledger.pay(
        "cover_pay",
        "outside",
        None,
        holder,
        world.loans.holder_row[loan],
        fen,
        *_less_owed(world, loan, fen, holder),
        recourse,
    )
    world.desk.cover["guarantee"] = world.desk.cover.get("guarantee", 0) + total


# ---------------------------------------------------------------- recourse
def recourse_on(world: World, is_one: Mask) -> Ids:
    """Rows with a recourse claim on some estates; is_one : (n_firms,)."""
    book = world.guarantees
    return true_at(is_one[book.debtor] & ((book.claim > 0) | (book.covered > 0)))


def pay_recourse(world: World, rows: Ids, to_guarantors: Fen, to_outside: Fen) -> None:
    """Let estates pay their guarantors, and outside where it paid in their place.

    rows : (m,) guarantees; to_guarantors, to_outside : (m,) fen
    """
    book = world.guarantees
    if not len(rows):
        return
    for column, holder, fen in (
        ("claim", "enterprise", to_guarantors),
        ("covered", "outside", to_outside),
    ):
        payee = book.guarantor[rows] if holder == "enterprise" else None
        less = Claim("recourse", book, column, rows, -fen, "enterprise", holder)
        world.ledger.pay("recourse_pay", "enterprise", book.debtor[rows], holder, payee, fen, less)
    world.desk.came_back("guarantee", to_outside)


def end_guarantees(world: World, is_one: Mask) -> None:
    """Write off what closing estates could not pay or collect on recourse; calls on them lapse.

    is_one : (n_firms,) estates that close
    """
    book = world.guarantees
    rows = true_at(book.is_open & (is_one[book.debtor] | is_one[book.guarantor]))
    if not len(rows):
        return
    for column, holder in (("claim", "enterprise"), ("covered", "outside")):
        mine = rows if column == "claim" else rows[is_one[book.debtor[rows]]]
        payee = book.guarantor[mine] if holder == "enterprise" else None
        lost = book.column(column)[mine].copy()
        less = Claim("recourse", book, column, mine, -lost, "enterprise", holder)
        world.ledger.enter("write_off", holder, payee, "enterprise", book.debtor[mine], lost, less)
    book.called[rows], book.provision[rows] = 0, 0.0


def close_settled_guarantees(world: World) -> None:
    """Close guarantees whose loan is gone and on which nobody has recourse."""
    loans, book = world.loans, world.guarantees
    if not book.n:
        return
    open_loans = loans.serial[loans.is_open]
    gone = book.is_open & (book.claim == 0) & (book.covered == 0)
    book.close(true_at(gone & ~np.isin(book.loan, open_loans)))
    book.compact()
