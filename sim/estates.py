"""Estates: what the dead leave is paid by rank, fen by fen, and the rest written off.

Ranks: cost of the estate; operating arrears; secured loans up to their collateral's proceeds; then
pari passu unsecured loans, deficiencies, payables and recourse of guarantors; then stakes; the
residual goes to outside. The cost is a share of what an estate holds when it closes; estates that
close in one month are cleared together. Apart because the order of ranks is a subject of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.chart import BANK, ECOMMERCE_LENDER, INVESTOR, MICRO_LENDER, NAMES, OUTSIDE, PLATFORM
from sim.clearing import clear_in_fen
from sim.emergency import repay_from_estates
from sim.ends import rows_of, secured_part
from sim.fraud_estates import open_claims
from sim.guaranteeing import end_guarantees, pay_recourse, recourse_on
from sim.kernels import among, cut, group_sum, split_by_weights, true_at
from sim.ledger import Claim
from sim.liquidations import end_savers_claims, may_close
from sim.note_posting import whole_payments
from sim.postings import has_loans, pay_loans, write_off_loans
from sim.receivable_posting import pay_receivables, receivables_held, write_off_receivables
from sim.stake_posting import pay_stakes_of_estates
from sim.units import Fen, Ids, to_fen
from sim.world import KINDS, World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def pay_firm_estates(world: World, scenario: Scenario, rows: Ids) -> None:
    """Pay and close the estates of enterprises.

    rows : (m,) estates due this month
    What one estate pays to another that closes with it is shared among the other's creditors.
    """
    firms, loans, links = world.enterprises, world.loans, world.links
    rows = np.sort(rows)
    _pay_cost(world, scenario, rows)
    loan_rows = rows_of(world, loans.borrower, rows)
    loan_rows = loan_rows[loans.is_open[loan_rows]]
    link_rows = rows_of(world, links.buyer, rows)
    is_one = np.zeros(firms.n, dtype=np.bool_)
    is_one[rows] = True
    recourse = recourse_on(world, is_one)
    sold_rows = rows_of(world, world.receivables.buyer, rows)
    interest = loans.interest_due[loan_rows]
    claim = loans.principal[loan_rows] + interest
    parts = _payments(world, rows, loan_rows, link_rows, sold_rows, recourse, claim)
    to_loans = whole_payments(world, loan_rows, parts.to_loans)
    to_interest = np.minimum(to_loans, interest)
    _count_losses(world, scenario, loan_rows, claim, to_loans)
    with world.ledger.together():
        _pay_arrears(world, rows, parts.to_arrears)
        pay_loans(world, loan_rows, to_interest, to_loans - to_interest, scenario)
        _pay_links(world, link_rows, parts.to_links, parts.to_cover)
        pay_recourse(world, recourse, parts.to_guarantors, parts.to_their_cover)
        pay_receivables(world, sold_rows, parts.to_sold)
    write_off_receivables(world, sold_rows)
    end_guarantees(world, is_one)
    _write_off_rest(world, scenario, rows, loan_rows, link_rows)
    firms.is_in_estate[rows] = False
    firms.estate_until[rows] = 1_000_000


def _pay_cost(world: World, scenario: Scenario, rows: Ids) -> None:
    firms = world.enterprises
    share = np.where(
        firms.is_voluntary[rows], 0.0, scenario.parameters.enterprise.estate_cost_share
    )
    fen = to_fen(share * firms.cash[rows])
    world.ledger.pay("estate_cost", "enterprise", rows, "outside", None, fen)


class _Payments(NamedTuple):
    """What closing estates pay, in fen: by estate, by loan, by link and by sold receivable."""

    to_arrears: Fen
    to_loans: Fen
    to_links: Fen
    to_cover: Fen
    to_sold: Fen
    to_guarantors: Fen
    to_their_cover: Fen


def _payments(
    world: World, rows: Ids, loan_rows: Ids, link_rows: Ids, sold: Ids, recourse: Ids, claim: Fen
) -> _Payments:
    """Clear closing estates by rank, all at once, since they may owe each other.

    rows : (m,) ascending; loan_rows, claim : (l,); link_rows : (k,); sold : (s,) receivables;
    recourse : (g,) guarantees
    Operating arrears and secured claims are senior; what each estate collects from the others
    counts among its means. Estates are nodes 0 .. m - 1, everybody else is node m.
    """
    firms, links, book = world.enterprises, world.links, world.guarantees
    owed = world.receivables
    node = np.full(firms.n, len(rows))
    node[rows] = np.arange(len(rows))
    borrower, buyer = node[world.loans.borrower[loan_rows]], node[links.buyer[link_rows]]
    m, guaranteed = len(rows), node[book.debtor[recourse]]
    secured = secured_part(world, loan_rows, claim)
    arrears = firms.operating_arrears[rows]
    cash = np.append(firms.cash[rows], 0)
    senior = np.append(arrears + group_sum(borrower, secured, m), 0)
    debts = borrower, buyer, buyer, node[owed.buyer[sold]], guaranteed, guaranteed
    debtor = np.concatenate(debts)
    creditor = np.full(len(debtor), m)
    _, to_suppliers, _, _, to_guarantors, _ = cut(creditor, debts)
    to_suppliers[:] = node[links.supplier[link_rows]]
    to_guarantors[:] = node[book.guarantor[recourse]]
    trade = links.due[link_rows], links.covered[link_rows], owed.amount[sold]
    due = np.concatenate([claim - secured, *trade, book.claim[recourse], book.covered[recourse]])
    cleared = clear_in_fen(cash, senior, debtor, creditor, due)
    to_arrears = np.minimum(arrears, cleared.senior_paid[:m])
    first = _share_out(cleared.senior_paid[:m] - to_arrears, borrower, secured, m)
    # Fen that rounding left with an estate go to its creditors outside the ring of estates.
    left = cash - cleared.senior_paid + group_sum(creditor, cleared.paid, m + 1)
    left -= group_sum(debtor, cleared.paid, m + 1)
    unpaid = np.where(creditor == m, due - cleared.paid, 0)
    paid = cleared.paid + _share_out(left, debtor, unpaid, m + 1)
    to_loans, *others = cut(paid, debts)
    return _Payments(to_arrears, first + to_loans, *others)


def _pay_arrears(world: World, rows: Ids, paid: Fen) -> None:
    firms = world.enterprises
    world.ledger.pay(
        "operating_cost",
        "enterprise",
        rows,
        "outside",
        None,
        paid,
        Claim(
            "operating_arrears", firms, "operating_arrears", rows, -paid, "enterprise", "outside"
        ),
    )


def _share_out(pool: Fen, owner: Ids, claims: Fen, n: int) -> Fen:
    """Split each estate's pool pari passu among its claims, never above a claim; (m,) fen."""
    order = owner.argsort(kind="stable")
    groups, weights = owner[order], claims[order]
    total = group_sum(owner, claims, n)
    given = np.minimum(np.maximum(pool, 0), total)
    parts = np.empty(len(owner), dtype=np.int64)
    parts[order] = split_by_weights(given, weights, groups)
    return parts


def _count_losses(world: World, scenario: Scenario, loan_rows: Ids, claim: Fen, got: Fen) -> None:
    loans = world.loans
    unsecured = (MICRO_LENDER, ECOMMERCE_LENDER, INVESTOR, PLATFORM)
    for kinds, name in (((BANK,), "secured"), (unsecured, "unsecured")):
        mine = among(loans.holder[loan_rows], kinds)
        world.desk.count(f"claims_{name}", float(claim[mine].sum()))
        world.desk.count(f"recovered_{name}", float(got[mine].sum()))


def _pay_links(world: World, rows: Ids, paid: Fen, cover: Fen) -> None:
    links = world.links
    world.ledger.pay(
        "payable_pay",
        "enterprise",
        links.buyer[rows],
        "enterprise",
        links.supplier[rows],
        paid,
        Claim("payables", links, "due", rows, -paid, "enterprise", "enterprise"),
    )
    world.ledger.pay(
        "payable_pay",
        "enterprise",
        links.buyer[rows],
        "outside",
        None,
        cover,
        Claim("payables", links, "covered", rows, -cover, "enterprise", "outside"),
    )
    world.desk.came_back("trade", cover)


def _write_off_rest(
    world: World, scenario: Scenario, rows: Ids, loan_rows: Ids, link_rows: Ids
) -> None:
    """Write off what the estate could not pay and what it could not collect; hand over the rest."""
    firms, links, ledger = world.enterprises, world.links, world.ledger
    write_off_loans(world, loan_rows, scenario)
    claims = rows_of(world, links.supplier, rows)
    for where in (link_rows, claims):
        lost = links.due[where].copy()
        ledger.enter(
            "write_off",
            "enterprise",
            links.supplier[where],
            "enterprise",
            links.buyer[where],
            lost,
            Claim("payables", links, "due", where, -lost, "enterprise", "enterprise"),
        )
        links.overdue[where], links.provision[where] = 0.0, 0.0
    lost = links.covered[link_rows].copy()
    ledger.enter(
        "write_off",
        "outside",
        None,
        "enterprise",
        links.buyer[link_rows],
        lost,
        Claim("payables", links, "covered", link_rows, -lost, "enterprise", "outside"),
    )
    lost = firms.operating_arrears[rows].copy()
    ledger.enter(
        "write_off",
        "outside",
        None,
        "enterprise",
        rows,
        lost,
        Claim(
            "operating_arrears", firms, "operating_arrears", rows, -lost, "enterprise", "outside"
        ),
    )
    pay_stakes_of_estates(world, rows)
    ledger.pay("estate_residual", "enterprise", rows, "outside", None, firms.cash[rows].copy())


def pay_lender_estates(world: World, scenario: Scenario) -> None:
    """Pay and close the estates of providers whose last loan has gone."""
    if not world.of_providers("is_in_estate").any():
        return
    serviced = has_loans(world)
    serviced[receivables_held(world) > 0] = True
    for kind in KINDS:
        table, start = world.tables[kind], world.first_number(kind)
        done = table.is_in_estate & ~serviced[start : start + table.n]
        if kind == "platform":
            done &= (open_claims(world) == 0) & may_close(world)
        if kind == "bank":
            # A bank's own claims on micro lenders must have run off too.
            book = world.wholesale
            still = np.bincount(book.bank, book.is_open & (book.holder == BANK), table.n)
            done &= still == 0
        rows = true_at(done)
        if len(rows):
            _close_lender(world, scenario, kind, rows)


def _close_lender(world: World, scenario: Scenario, kind: str, rows: Ids) -> None:
    """Pay running costs, then wholesale or deposits as far as cash goes; write off, hand over."""
    table, ledger = world.tables[kind], world.ledger
    if kind == "platform":
        end_savers_claims(world, scenario, rows)
    paid = np.minimum(table.institution_arrears[rows], table.cash[rows])
    ledger.pay(
        "institution_cost",
        kind,
        rows,
        "outside",
        None,
        paid,
        Claim("institution_arrears", table, "institution_arrears", rows, -paid, kind, "outside"),
    )
    repay_from_estates(world, kind, rows)
    if kind == "micro_lender":
        _pay_wholesale_estate(world, rows)
    if kind == "bank":
        paid = np.minimum(table.deposits[rows], table.cash[rows])
        ledger.pay(
            "deposit_repay",
            "bank",
            rows,
            "outside",
            None,
            paid,
            Claim("deposits", table, "deposits", rows, -paid, "bank", "outside"),
        )
        lost = table.deposits[rows].copy()
        ledger.enter(
            "write_off",
            "outside",
            None,
            "bank",
            rows,
            lost,
            Claim("deposits", table, "deposits", rows, -lost, "bank", "outside"),
        )
    lost = table.institution_arrears[rows].copy()
    ledger.enter(
        "write_off",
        "outside",
        None,
        kind,
        rows,
        lost,
        Claim("institution_arrears", table, "institution_arrears", rows, -lost, kind, "outside"),
    )
    ledger.pay("estate_residual", kind, rows, "outside", None, table.cash[rows].copy())
    table.is_in_estate[rows] = False


def _pay_wholesale_estate(world: World, rows: Ids) -> None:
    """Share a failed micro lender's cash among its wholesale creditors and write off the rest."""
    book, lenders, ledger = world.wholesale, world.micro_lenders, world.ledger
    claims = book.rows_where("lender", np.sort(rows))
    claims = claims[book.is_open[claims]]
    owner = book.lender[claims]
    paid = _share_out(
        lenders.cash, owner, book.principal[claims] + book.interest_due[claims], lenders.n
    )
    interest = np.minimum(paid, book.interest_due[claims])
    for code in (BANK, OUTSIDE):
        mine = true_at(book.holder[claims] == code)
        where, name = claims[mine], NAMES[code]
        creditor = None if code == OUTSIDE else book.bank[where]
        for flow, column, fen in (
            ("wholesale_interest", "interest_due", interest[mine]),
            ("wholesale_principal", "principal", (paid - interest)[mine]),
        ):
            instrument = "wholesale" if column == "principal" else "wholesale_interest_due"
            claim = Claim(instrument, book, column, where, -fen, "micro_lender", name)
            ledger.pay(flow, "micro_lender", owner[mine], name, creditor, fen, claim)
            if code == OUTSIDE:
                world.desk.came_back("wholesale", fen)
            lost = book.column(column)[where].copy()
            ledger.enter(
                "write_off",
                name,
                creditor,
                "micro_lender",
                owner[mine],
                lost,
                Claim(instrument, book, column, where, -lost, "micro_lender", name),
            )
    world.add_to_providers("provisions", book.bank[claims], -book.provision[claims])
    book.provision[claims] = 0.0
    book.close(claims)
