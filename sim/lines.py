"""Lines of credit of e-commerce lenders: set from turnover, drawn at need, repaid from sales.

A firm has one line at most: the one it owes on, or else the one its e-commerce lender offers. What
is drawn on it is one row of `loans`. Nobody applies: the lender follows the seller's transactions
and sets the limit every month by itself, so that a draw takes no time. Used while firms seek
credit; apart because lines are a subject of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.agents import provider as lending
from sim.agents.ecommerce_lender import draw_wanted, line_limit, swept_principal
from sim.borrower_caps import cut_to_caps
from sim.capacities import line_capacities
from sim.chart import ECOMMERCE_LENDER, NAMES, OUTSIDE
from sim.closing import runoff_months
from sim.contracts.impairments import RELATION_OFFSET
from sim.contracts.loans import LINE, WORKING
from sim.kernels import queue_fit, true_at
from sim.ledger import Claim
from sim.outages import firms_shut_out
from sim.postings import cover_loans
from sim.scoring import applicant_columns, estimates, file_draws, is_sound_need
from sim.units import Fen, Floats, Ids, Mask, yuan
from sim.visibility import files
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


class Lines(NamedTuple):
    """Lines open to firms this month, (m,) each, and the terms a draw would have."""

    firm: Ids
    number: Ids  # of the lender among providers
    row: Ids  # of the loan, -1 where nothing is drawn
    balance: Fen
    own_debt: Floats  # debts and arrears as the lender has them on file
    seen_debt: Floats
    registered_debt: Floats
    is_late: Mask
    months_known: Floats
    is_administered: Mask
    estimate: Floats
    debt_ratio: Floats
    pd: Floats
    rate: Floats
    cost: Floats
    limit: Floats

    def of(self, chosen: Ids) -> Lines:
        """Pick some of the lines."""
        columns: Any = (column[chosen] for column in self)
        return Lines(*columns)


def swept_from_sales(world: World, scenario: Scenario) -> Fen:
    """Principal that falls due on each loan if it is a line, (n_loans,) fen; 0 on all others."""
    loans, rows = world.loans, _drawn(world)
    due = np.zeros(loans.n, dtype=np.int64)
    to_come = loans.principal[rows] - loans.principal_due[rows]
    sales = world.enterprises.revenue[loans.borrower[rows]]
    p = scenario.parameters.ecommerce_lender
    due[rows] = swept_principal(sales, loans.interest_due[rows], to_come, p)
    return due


def draw_on_lines(world: World, scenario: Scenario, gap: Floats, lender: Ids) -> Fen:
    """Set this month's limits and let firms that lack cash draw; return what each drew, in fen.

    gap : (n_firms,) fen - what the firm lacks
    lender : (n_firms,) number of the e-commerce lender it turns to, -1 for none
    With mobile withdrawal a firm draws in the month of need. Without it the firm asks, and gets
    next month what it still lacks then.
    """
    firms, is_mobile = world.enterprises, world.policy.lines.mobile
    smallest = yuan(scenario.parameters.ecommerce_lender.minimum_loan)
    _leave_dead_lenders(world, scenario)
    lines = _limited(world, scenario, _open_lines(world, scenario, lender), gap)
    firm = lines.firm
    firms.line_limit[:] = 0.0
    firms.line_limit[firm] = lines.limit
    lacking = gap if is_mobile else np.minimum(gap, firms.line_asked)
    fen = draw_wanted(lacking[firm], lines.limit - lines.balance, smallest)
    fen[~_serve(world, scenario, lines, fen)] = 0
    drawn = np.zeros(firms.n, dtype=np.int64)
    drawn[firm] = fen
    firms.line_asked[:] = 0.0
    if not is_mobile:
        free = lines.limit - lines.balance - fen
        firms.line_asked[firm] = draw_wanted(gap[firm] - fen, free, smallest)
    draws = true_at(fen)
    _count_needs(world, scenario, lines.of(draws), fen[draws], gap)
    _pay_out(world, scenario, lines.of(draws), fen[draws])
    return drawn


def _drawn(world: World) -> Ids:
    """Rows of loans that are lines, their borrowers not in default."""
    loans = world.loans
    return true_at(loans.is_line & loans.is_open & ~loans.is_bad)


def _leave_dead_lenders(world: World, scenario: Scenario) -> None:
    """Turn lines of lenders that have closed into a short run-off; an administrator keeps them."""
    loans, m, rows = world.loans, scenario.parameters.market, _drawn(world)
    is_gone = ~world.of_providers("alive")[loans.provider[rows]]
    rows = rows[is_gone & (loans.holder[rows] != OUTSIDE)]
    if not len(rows):
        return
    if world.is_off("closure"):
        cover_loans(world, rows, "closure")
        loans.amount[rows] = loans.principal[rows]  # the administrator's limit from now on
        return
    to_come = (loans.principal[rows] - loans.principal_due[rows]).astype(np.float64)
    loans.is_line[rows], loans.is_runoff[rows] = False, True
    loans.months_left[rows] = runoff_months(world, scenario, loans.provider[rows])
    loans.rate[rows] += m.runoff_spread
    world.desk.count("runoff", float(to_come.sum()))
    lenders = world.provider_party(loans.provider[rows])
    world.impair("closure", loans.borrower[rows], lenders, to_come)


# ---------------------------------------------------------------- limits
def _open_lines(world: World, scenario: Scenario, lender: Ids) -> Lines:
    """Score and price every online seller that has a line or a lender to give it one."""
    m, firms, loans = scenario.parameters.market, world.enterprises, world.loans
    row_of, number_of, rows = np.full(firms.n, -1), lender.copy(), _drawn(world)
    row_of[loans.borrower[rows]] = rows
    number_of[loans.borrower[rows]] = loans.provider[rows]
    firm = true_at(firms.alive & firms.is_online & ~firms.is_core & (number_of >= 0))
    number, row = number_of[firm], row_of[firm]
    own, _, seen, registered, is_late = files(world, firm, number)
    ratio = seen / np.maximum(12.0 * firms.scale[firm], 1.0)
    columns = applicant_columns(world, firm, number)
    estimate, cost = estimates(
        world, scenario, firm, number, world.month, firms.index[firm], columns
    )
    pd = lending.default_probability(
        world.of_providers("pd_intercept")[number],
        world.of_providers("pd_slope")[number],
        world.of_providers("pd_debt")[number],
        estimate,
        ratio,
    )
    kept = (row >= 0) & (_at(loans.holder, row) == OUTSIDE)
    p, unset = scenario.parameters.ecommerce_lender, np.zeros(len(firm))
    usual = p.limit_months * p.online_sales_share * firms.plan[firm]
    base = p.price_base + cost / np.maximum(usual, 1.0)
    rate = lending.loan_rate(base, pd, unset + m.lgd_unsecured)
    balance = _at(loans.principal, row)
    return Lines(firm, number, row, balance, own, seen, registered, is_late,
                 columns["months_known"], kept, estimate, ratio, pd, rate, cost, unset)  # fmt: skip


def _limited(world: World, scenario: Scenario, lines: Lines, gap: Floats) -> Lines:
    """Set limits, and note where the regulator's bound a firm that lacks cash."""
    p, m = scenario.parameters.ecommerce_lender, scenario.parameters.market
    firms, loans, firm, number = world.enterprises, world.loans, lines.firm, lines.number
    sales, is_short = firms.plan[firm], gap[firm] > 0
    fine = (lines.pd <= p.pd_cutoff) & (lines.rate <= m.rate_cap)
    fine &= (world.of_providers("alive") & world.limit("may_lend"))[number] | lines.is_administered
    fine &= ~(lines.is_late | firms_shut_out(world, firm, number))
    dear = lines.rate > world.limit("rate_ceiling")[number]
    world.note_bound("rate_ceiling", firm, number, fine & dear & is_short)
    turnover = np.minimum(firms.scale[firm], sales)
    room = m.debt_cap * 12.0 * turnover - (lines.seen_debt - lines.balance)
    free = line_limit(sales, room, fine & ~dear, world.policy.lines.limit_factor, p)
    own, seen = lines.own_debt - lines.balance, lines.seen_debt - lines.balance
    limit = cut_to_caps(world, firm, number, free, own, seen, is_short)
    # An administrator answers up to the balance at closure, by the dead lender's last cut-off.
    kept = np.where(fine, _at(loans.amount, lines.row), 0.0)
    return lines._replace(limit=np.where(lines.is_administered, kept, limit))


def _at(column: Any, rows: Ids) -> Any:
    """Read a column at some rows, 0 where the row is -1."""
    found = np.zeros(len(rows), dtype=column.dtype)
    found[rows >= 0] = column[rows[rows >= 0]]
    return found


# ---------------------------------------------------------------- draws
def _serve(world: World, scenario: Scenario, lines: Lines, fen: Fen) -> Mask:
    """Serve draws in a keyed order until each lender's cash is used up; mark those served.

    A draw that only past excess losses of the lender prevent is a `funding` impairment.
    """
    asks = true_at(fen)
    draw = world.draws.uniform("queue", world.month, world.enterprises.dice[lines.firm[asks]], LINE)
    need = np.where(lines.is_administered[asks], 0, fen[asks])
    number, served = lines.number[asks], np.zeros(len(fen), dtype=np.bool_)
    first = ~lines.is_administered[asks]  # an administrator's money comes from outside
    real, shadow = (
        queue_fit(number, first, draw, need, money) for money in line_capacities(world, scenario)
    )
    served[asks] = real
    lost = asks[shadow & ~real]
    lenders = world.provider_party(lines.number[lost])
    world.impair("funding", lines.firm[lost], lenders, fen[lost].astype(np.float64))
    return served


def _pay_out(world: World, scenario: Scenario, lines: Lines, fen: Fen) -> None:
    """Pay draws out: on the line's row, or on a new one, whose terms are those of the last draw."""
    m, loans = scenario.parameters.market, world.loans
    fresh = true_at(lines.row < 0)
    row = lines.row.copy()
    row[fresh] = loans.append(
        len(fresh),
        {
            "borrower": lines.firm[fresh],
            "provider": lines.number[fresh],
            "holder": ECOMMERCE_LENDER,
            "holder_row": world.provider_row[lines.number[fresh]],
            "is_line": True,
            "purpose": LINE,
        },
    )
    for code in (ECOMMERCE_LENDER, OUTSIDE):
        mine = true_at(loans.holder[row] == code)
        rows, name = row[mine], NAMES[code]
        payer = None if code == OUTSIDE else loans.holder_row[rows]
        claim = Claim("loans", loans, "principal", rows, fen[mine], "enterprise", name)
        world.ledger.pay(
            "loan_grant", name, payer, "enterprise", loans.borrower[rows], fen[mine], claim
        )
        if code == OUTSIDE and len(rows):
            paid = world.desk.cover.get("closure", 0) + int(fen[mine].sum())
            world.desk.cover["closure"] = paid
    own = true_at(~lines.is_administered)  # administered ones keep their terms
    rows, some = row[own], lines.of(own)
    loans.rate[rows], loans.pd[rows], loans.lgd[rows] = some.rate, some.pd, m.lgd_unsecured
    loans.estimate[rows], loans.debt_ratio[rows] = some.estimate, some.debt_ratio
    loans.grade[rows] = lending.grade(some.pd)
    loans.granted[rows], loans.amount[rows] = world.month, fen[own]
    loans.months_left[rows] = 0  # a line has no term
    world.add_to_providers("decision_cost", some.number, some.cost)
    world.desk.count("new_loans_ecommerce_lender", float(fen[own].sum()))
    world.desk.count("line_draws", len(own))
    _remember(world, some, fen[own])
    _file_scores(world, lines.of(fresh))


def _remember(world: World, lines: Lines, fen: Fen) -> None:
    """Remember since when firms are clients, and the mean rate of each lender's draws."""
    key = np.unique((lines.firm << 24) | lines.number)
    new = key[world.relations.lookup(key, -1.0) < 0]
    world.relations.add(new, np.full(len(new), float(world.month + RELATION_OFFSET)))
    n, last = world.n_providers, world.of_providers("last_rate")
    lent = np.bincount(lines.number, fen, n)
    paid = np.bincount(lines.number, fen * lines.rate, n)
    mean = np.where(lent > 0, paid / np.maximum(lent, 1.0), last)
    world.add_to_providers("last_rate", np.arange(n), mean - last)


def _file_scores(world: World, lines: Lines) -> None:
    """File what was known when a line was first drawn on, to learn from its outcome."""
    debts = lines.own_debt, lines.registered_debt
    file_draws(world, lines.firm, lines.number, *debts, lines.months_known)


def _count_needs(world: World, scenario: Scenario, lines: Lines, fen: Fen, gap: Floats) -> None:
    """Count needs that draws met: those that run, and of a first draw its own.

    A line is one spell of need from its first draw until it is repaid, if the firm would else have
    applied and no need of it for working capital is counted already.
    """
    firms, p = world.enterprises, scenario.parameters.enterprise
    runs = firms.need_purpose[lines.firm] == WORKING
    given = np.minimum(fen, firms.need[lines.firm]) * runs
    firms.need[lines.firm] -= given
    world.desk.count("met_working", float(given[firms.need_is_sound[lines.firm]].sum()))
    would = gap[lines.firm] >= p.asking_share * firms.outflow[lines.firm]
    mine = true_at((lines.row < 0) & would & (given == 0))
    sound = is_sound_need(world, scenario, lines.firm[mine], fen[mine].astype(np.float64))
    met = float(fen[mine][sound].sum())
    world.desk.count("need_working", met)
    world.desk.count("met_working", met)
