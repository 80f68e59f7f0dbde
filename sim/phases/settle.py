"""All payments due are cleared at once; what cannot be paid stays owed and ages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.chart import BANK, ECOMMERCE_LENDER, MICRO_LENDER, NAMES, OUTSIDE, OWN_ACCOUNT
from sim.clearing import FenClearing, clear_in_fen
from sim.fraud import pay_fake_notes
from sim.fund_shares import earn_yield
from sim.guaranteeing import pay_calls
from sim.kernels import among, cut, group_sum, true_at
from sim.ledger import EVERY, Claim
from sim.note_posting import whole_payments
from sim.outages import Waiting, arrears_of, keep_arrears, late_for_waiting, part_waiting
from sim.parking import meet_shortfall
from sim.pools import credit_yields
from sim.postings import credit_deposit_interest, party, pay_loans
from sim.receivable_posting import pay_receivables
from sim.units import Fen, Ids, Mask, to_fen
from sim.wholesale_posting import let_wholesale_fall_due, pay_wholesale
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

LENDERS = (MICRO_LENDER, BANK, ECOMMERCE_LENDER)  # in the order of their nodes
LATE_FEN = 100  # an unpaid rest below one yuan is rounding, not lateness


def settle(world: World, scenario: Scenario) -> None:
    """Clear operating costs (senior), then payables, loans and wholesale debts pari passu.

    Nodes are enterprises, lenders of their own money, the outside and a sink for clients of
    platforms. Writes arrears on the tables; lays nothing on the desk.
    """
    let_wholesale_fall_due(world)
    if world.is_off("trade"):
        _cover_payables(world)
    cleared = _clear(world, scenario)
    with world.ledger.together():
        _post(world, scenario, cleared)
    credit_deposit_interest(world, cleared.interest_due - cleared.interest_paid)
    pay_calls(world)  # of earlier months, from what cash is left
    credit_yields(world, scenario)
    _mark_arrears(world, cleared)
    earn_yield(world, scenario)
    pay_fake_notes(world, scenario)


class Cleared(NamedTuple):
    """What the clearing found: what is paid, and what its nodes are left with.

    rows          : of each book, as in `Debts`
    paid          : (m,) fen on each of these rows, one book after the other
    cost_paid     : (n_firms,) fen of operating costs
    interest_due, interest_paid : (n_banks,) fen on deposits
    unpaid        : (n_nodes,) fen
    can_at_face   : (n_firms,) mask - could pay all, had everybody paid
    """

    rows: tuple[Ids, ...]
    paid: Fen
    waiting: Waiting
    cost_paid: Fen
    interest_due: Fen
    interest_paid: Fen
    unpaid: Fen
    can_at_face: Mask


def _clear(world: World, scenario: Scenario) -> Cleared:
    """Clear all that is due; of the debts themselves nothing is kept, since they are many."""
    debts = _debts(world)
    firms, banks, start = world.enterprises, world.banks, _first_nodes(world)
    n, outside = firms.n, start[OUTSIDE]
    lenders = [world.tables[NAMES[code]].cash for code in LENDERS]
    cash = np.concatenate([firms.cash * firms.alive, *lenders, [0, 0]])
    senior = np.zeros(len(cash), dtype=np.int64)
    senior[:n] = firms.operating_arrears * firms.alive
    interest = _deposit_interest(world, scenario)
    mine = slice(start[BANK], start[BANK] + banks.n)
    senior[mine] = interest
    cleared = clear_in_fen(
        cash, senior, debts.debtor, debts.creditor, debts.due, always_pays=outside
    )
    if world.money_funds.n:
        lacking = _lacking_of_firms(world, debts, cleared, senior)
        got = meet_shortfall(world, scenario, lacking)
        if got.any():
            cash[:n] += got
            cleared = clear_in_fen(
                cash, senior, debts.debtor, debts.creditor, debts.due, always_pays=outside
            )
    rest = debts.due - cleared.paid
    open_debts = true_at(rest != 0)  # few
    unpaid = group_sum(debts.debtor[open_debts], rest[open_debts], len(cash))
    unpaid += senior - cleared.senior_paid
    at_face = cash + cleared.at_face - senior - cleared.owed
    return Cleared(
        debts[:5],
        cleared.paid,
        debts.waiting,
        cleared.senior_paid[:n].copy(),
        interest,
        cleared.senior_paid[mine].copy(),
        unpaid,
        at_face[:n] >= 0,
    )


def _first_nodes(world: World) -> Ids:
    """Give the first node of each population, the sink for clients, (16,) by population code."""
    start, at = np.zeros(16, dtype=np.int64), world.enterprises.n
    for code in LENDERS:
        start[code], at = at, at + world.tables[NAMES[code]].n
    start[start == 0] = at + 1
    start[OUTSIDE] = at
    return start


def _lacking_of_firms(world: World, debts: Debts, cleared: FenClearing, senior: Fen) -> Fen:
    """What firms would leave unpaid, calls on guarantors among it, in fen; (n_firms,)."""
    n = world.enterprises.n
    rest = group_sum(debts.debtor, debts.due - cleared.paid, len(senior))
    return (rest + senior - cleared.senior_paid)[:n] + world.open_calls()


def _deposit_interest(world: World, scenario: Scenario) -> Fen:
    rate = scenario.parameters.bank.deposit_rate + float(world.conditions["wholesale_spread"])
    rate += world.deposit_premium
    world.desk.count("deposit_rate", rate)
    return to_fen(world.banks.deposits * (rate / 12.0))


def _cover_payables(world: World) -> None:
    """With the trade channel covered, outside pays what falls due and becomes the creditor.

    Also what falls due from buyers that have failed: their suppliers notice nothing.
    """
    links = world.links
    rows = true_at(links.due > 0)
    newly = links.due[rows] - links.overdue[rows].astype(np.int64)
    rows, fen = rows[newly > 0], newly[newly > 0]
    world.ledger.pay(
        "cover_pay",
        "outside",
        None,
        "enterprise",
        links.supplier[rows],
        fen,
        Claim("payables", links, "due", rows, -fen, "enterprise", "enterprise"),
        Claim("payables", links, "covered", rows, fen, "enterprise", "outside"),
    )
    # What buyers then pay to outside comes back; the desk counts the gross sum.
    world.desk.cover["trade"] = world.desk.cover.get("trade", 0) + int(fen.sum())


class Debts(NamedTuple):
    """What is due this month: rows by book, and all of it one book after the other."""

    payables: Ids
    covered: Ids
    loans: Ids
    wholesale: Ids
    factored: Ids
    debtor: Ids
    creditor: Ids
    due: Fen
    waiting: Waiting


def _debts(world: World) -> Debts:
    """List debts by book: payables, covered payables, loans, wholesale, sold receivables."""
    links, loans, book, sold = world.links, world.loans, world.wholesale, world.receivables
    start = _first_nodes(world)
    outside = start[OUTSIDE]
    payables, covered, bulk = _payable_rows(world), _covered_rows(world), _wholesale_rows(world)
    factored = true_at(sold.months_left <= 0)
    factored = factored[world.enterprises.alive[sold.buyer[factored]]]
    owed = _loan_due(world)
    waiting, lent, bulk, factored = part_waiting(world, true_at(owed > 0), bulk, factored)
    code = loans.holder.take(lent)
    own = among(code, OWN_ACCOUNT)
    matured = np.where(book.months_left[bulk] <= 0, book.principal[bulk], 0)
    debtor = (
        links.buyer.take(payables),
        links.buyer[covered],
        loans.borrower.take(lent),
        start[MICRO_LENDER] + book.lender[bulk],
        sold.buyer[factored],
    )
    creditor = (
        links.supplier.take(payables),
        np.full(len(covered), outside),
        start.take(code) + loans.holder_row.take(lent) * own,
        np.where(book.holder[bulk] == BANK, start[BANK] + book.bank[bulk], outside),
        start[sold.holder[factored]] + sold.holder_row[factored],
    )
    due = (
        links.due.take(payables),
        links.covered[covered],
        owed.take(lent),
        book.interest_due[bulk] + matured,
        sold.amount[factored],
    )
    rows = (payables, covered, lent, bulk, factored)
    return Debts(
        *rows, np.concatenate(debtor), np.concatenate(creditor), np.concatenate(due), waiting
    )


def _payable_rows(world: World) -> Ids:
    links = world.links
    rows = true_at(links.due > 0)
    return rows[world.enterprises.alive.take(links.buyer.take(rows))]


def _covered_rows(world: World) -> Ids:
    links = world.links
    rows = true_at(links.covered > 0)
    return rows[world.enterprises.alive[links.buyer[rows]]]


def _loan_due(world: World) -> Fen:
    loans = world.loans
    return (loans.interest_due + loans.principal_due) * ~loans.is_bad


def _wholesale_rows(world: World) -> Ids:
    book = world.wholesale
    rows = true_at(book.is_open)
    return rows[world.micro_lenders.alive[book.lender[rows]]]


def _post(world: World, scenario: Scenario, cleared: Cleared) -> None:
    """Post what the clearing found, book by book."""
    paid = cut(cleared.paid, cleared.rows)
    firms, loans, cost = world.enterprises, world.loans, cleared.cost_paid
    world.ledger.pay(
        "operating_cost",
        "enterprise",
        EVERY,
        "outside",
        None,
        cost,
        Claim(
            "operating_arrears", firms, "operating_arrears", EVERY, -cost, "enterprise", "outside"
        ),
    )
    every = np.arange(world.banks.n)
    world.ledger.pay("deposit_interest", "bank", every, "outside", None, cleared.interest_paid)
    _pay_payables(world, cleared.rows[0], paid[0])
    _pay_covered(world, cleared.rows[1], paid[1])
    rows = cleared.rows[2]
    lent = whole_payments(world, rows, paid[2])
    to_interest = np.minimum(lent, loans.interest_due.take(rows))
    pay_loans(world, rows, to_interest, lent - to_interest, scenario)
    pay_wholesale(world, cleared.rows[3], paid[3])
    pay_receivables(world, cleared.rows[4], paid[4])


def _pay_payables(world: World, rows: Ids, fen: Fen) -> None:
    links = world.links
    before = links.overdue.take(rows)
    world.ledger.pay(
        "payable_pay",
        "enterprise",
        links.buyer.take(rows),
        "enterprise",
        links.supplier.take(rows),
        fen,
        Claim("payables", links, "due", rows, -fen, "enterprise", "enterprise"),
    )
    _remember_lateness(world, rows, before)


def _pay_covered(world: World, rows: Ids, fen: Fen) -> None:
    """Pay outside what it took over of payables."""
    links = world.links
    world.ledger.pay(
        "payable_pay",
        "enterprise",
        links.buyer[rows],
        "outside",
        None,
        fen,
        Claim("payables", links, "covered", rows, -fen, "enterprise", "outside"),
    )
    world.desk.came_back("trade", fen)


def _remember_lateness(world: World, rows: Ids, before: np.ndarray) -> None:
    """Write what suppliers did not get on time into the memory of impairments, or take it back."""
    links = world.links
    now = links.due.take(rows).astype(np.float64)
    change = now - before
    links.overdue[rows] = now
    moved = true_at(np.abs(change) >= 1.0)
    world.impair(
        "trade",
        links.supplier[rows[moved]],
        party("enterprise", links.buyer[rows[moved]]),
        change[moved],
    )


def _mark_arrears(world: World, cleared: Cleared) -> None:
    """Age arrears: who is short of a yuan or more is a month later than before."""
    firms, lenders, loans = world.enterprises, world.micro_lenders, world.loans
    unpaid, waiting, n = cleared.unpaid, cleared.waiting, firms.n
    unpaid += late_for_waiting(world, waiting, len(unpaid))
    unpaid[:n] += world.open_calls() * firms.alive
    late = unpaid >= LATE_FEN
    firms.short_by[:] = unpaid[:n]
    firms.is_short_by_others[:] = late[:n] & cleared.can_at_face
    before = arrears_of(world, waiting)
    firms.months_late[:] = (firms.months_late + 1) * late[:n]
    firms.months_calm[:] = (firms.months_calm + 1) * ~late[:n]
    mine = late[n : n + lenders.n]
    lenders.months_late[:] = np.where(mine, lenders.months_late + 1, 0)
    # Notes are paid in whole fen a share; less than that is rounding too.
    owing = (_loan_due(world) >= np.maximum(loans.shares, LATE_FEN)) & loans.is_open
    loans.late_months[:] = (loans.late_months + 1) * (owing | loans.is_bad)
    keep_arrears(world, waiting, before, late)
