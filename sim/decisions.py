"""Credit decisions: what they cost, how long they take, and those that are under way.

A decision that takes months is made on the information of its month and kept in the book
`decisions`. When it is due, its terms stand as an offer among those of that month, if the firm
lives and asks for the same once more. Used by the phases from application to payment; decides
nothing itself and moves no money.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.provider import decision_months
from sim.chart import CODES
from sim.contracts.decisions import TERMS
from sim.contracts.loans import INVESTMENT, ROLLOVER, WORKING
from sim.kernels import true_at
from sim.units import Floats, Ids, Mask, yuan
from sim.world import KINDS, Applications, Offers, World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def months_to_decide(world: World, scenario: Scenario) -> Ids:
    """Months a decision of each provider takes: those of its slowest source; (n_providers,)."""
    months = np.zeros(16, dtype=np.int64)
    for name, sources in world.policy.sources.items():
        slowest = max((source.delay for source in sources), default=0)
        if slowest:
            level = getattr(scenario.parameters, name).technology
            months[CODES[name]] = decision_months(slowest, level)
    return months[world.provider_kind]


# ------------------------------------------------------------ asking
def waits(world: World) -> Mask:
    """Mark firms for whom a decision on new credit is under way beyond this month."""
    book = world.decisions
    rows = true_at(book.is_open & (book.due > world.month) & (book.purpose != ROLLOVER))
    return _mark(world, book.firm[rows])


def waits_or_rests(world: World) -> Mask:
    """Mark firms that wait for a decision on new credit, or that everybody refused of late."""
    return waits(world) | (world.enterprises.asks_from > world.month)


def has_due(world: World) -> Mask:
    """Mark firms for whom a decision on new credit is due this month."""
    rows = _due(world)
    return _mark(world, world.decisions.firm[rows[world.decisions.purpose[rows] != ROLLOVER]])


def _mark(world: World, firm: Ids) -> Mask:
    marked = np.zeros(world.enterprises.n, dtype=np.bool_)
    marked[firm] = True
    return marked


def _due(world: World) -> Ids:
    """Find the decisions due this month whose firm lives."""
    book = world.decisions
    rows = true_at(book.is_open & (book.due == world.month))
    return rows[world.enterprises.alive[book.firm[rows]]]


def ask_in_time(
    world: World, months: Ids, firm: Ids, purpose: Ids, loan: Ids, candidates: Ids
) -> Ids:
    """Strike out providers that would answer too late, and put decisions that are due first.

    months : (n_providers,) - a decision takes; firm, purpose, loan : (m,) - of each request
    candidates : (m, k) provider numbers in the order they are asked, -1 none
    A bullet cannot wait: whoever needs months must have decided before, unless it renews its own
    loan. New credit can, but while a firm waits, it asks only those who decide at once. A firm
    refused by all a short while ago comes back for what is due alone.
    """
    if not (months.any() or world.decisions.n):
        return candidates
    is_rollover = purpose == ROLLOVER
    which, place = np.nonzero(candidates >= 0)
    number = candidates[which, place]
    is_late = (months[number] > 0) & ~world.stays_with(loan[which], number)
    is_late &= _matured(world, firm[which], number, purpose[which], loan[which]) < 0
    is_late &= is_rollover[which] | waits(world)[firm[which]]
    rest = candidates.copy()
    rest[which[is_late], place[is_late]] = -1
    rest[~is_rollover & (world.enterprises.asks_from[firm] > world.month)] = -1
    rows, book = _due(world), world.decisions
    rows = rows[book.purpose[rows] != ROLLOVER]
    due_from = np.full((world.enterprises.n, 3), -1, dtype=np.int64)
    due_from[book.firm[rows], book.purpose[rows]] = book.provider[rows]
    first = due_from[firm, purpose][:, None]
    rest[(rest == first) & (first >= 0)] = -1
    return np.concatenate([first, rest], axis=1)


# ------------------------------------------------------------ deciding
def matured(world: World, papers: Applications, application: Ids, number: Ids) -> Ids:
    """Find the decision due this month behind each request to a provider; (m,) rows, -1 none."""
    firm, purpose, loan = (c[application] for c in (papers.firm, papers.purpose, papers.loan))
    return _matured(world, firm, number, purpose, loan)


def _matured(world: World, firm: Ids, number: Ids, purpose: Ids, loan: Ids) -> Ids:
    found = np.full(len(firm), -1, dtype=np.int64)
    rows, book = _due(world), world.decisions
    if not len(rows):
        return found
    keys = _key(book.firm[rows], book.provider[rows], book.purpose[rows], book.loan[rows])
    order = np.argsort(keys)
    keys, rows = keys[order], rows[order]
    wanted = _key(firm, number, purpose, _serials(world, loan))
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, rows[at], -1)


def _serials(world: World, loan: Ids) -> Ids:
    """Turn rows of loans into serials, which last; -1 stays."""
    serial = np.full(len(loan), -1, dtype=np.int64)
    rows = true_at(loan >= 0)
    serial[rows] = world.loans.serial[loan[rows]]
    return serial


def _key(firm: Ids, provider: Ids, purpose: Ids, serial: Ids) -> Ids:
    """Number a request: of a rollover the loan counts, of new credit the firm and the purpose."""
    whose = np.where(purpose == ROLLOVER, serial, firm).astype(np.int64)
    return (whose << 26) | (provider.astype(np.int64) << 2) | purpose


def promised(world: World, row: Ids) -> Floats:
    """Most that a decision which is due lets be paid, no bound where there is none; (m,) fen."""
    most = np.full(len(row), np.inf)
    mine = true_at(row >= 0)
    most[mine] = world.decisions.amount[row[mine]]
    return most


def recall(world: World, offers: Offers, row: Ids) -> None:
    """Let decisions that are due stand on the terms they were made on; they have been paid for.

    row : (n_offers,) rows of `decisions`, -1 none
    """
    mine = true_at(row >= 0)
    if not len(mine):
        return
    for name in TERMS:
        getattr(offers, name)[mine] = world.decisions.column(name)[row[mine]]
    offers.cost[mine], offers.months[mine] = 0.0, 0


def decide_ahead(world: World, scenario: Scenario, papers: Applications, offers: Offers) -> None:
    """Write down who would take a bullet over once it matures, where its lender would not now.

    papers : applications for bullets still to mature; offers : answers to them, which are final
    but for the present lender's: that one decides in the month the bullet matures, free now
    """
    stays = world.stays_with(papers.loan[offers.application], offers.provider)
    offers.cost[stays] = 0.0
    fine = true_at(offers.is_accepted)
    chosen = np.zeros(len(offers.application), dtype=np.bool_)
    chosen[fine[np.unique(offers.application[fine], return_index=True)[1]]] = True
    charge_decisions(world, scenario, papers, offers, chosen)
    put_off(world, papers, offers, chosen & ~stays)


# ------------------------------------------------------------ paying
def charge_decisions(
    world: World, scenario: Scenario, papers: Applications, offers: Offers, granted: Mask
) -> None:
    """Charge decisions to the providers that were asked, and let those refused by all wait.

    A provider is asked only if nobody cheaper lent; requests below its smallest loan cost nothing.
    """
    p, firms = scenario.parameters, world.enterprises
    last = np.full(len(papers), 99, dtype=np.int64)
    last[offers.application[granted]] = offers.rank[granted]
    smallest = np.zeros(16)
    for name in KINDS:
        smallest[CODES[name]] = yuan(getattr(p, name).minimum_loan)
    asked = (offers.rank <= last[offers.application]) & (
        offers.amount >= smallest[world.provider_kind[offers.provider]]
    )
    cost = offers.cost * np.where(granted, 1.0, p.market.refusal_cost_share * asked)
    world.add_to_providers("decision_cost", offers.provider, cost)
    refused = papers.firm[(last == 99) & (papers.purpose != ROLLOVER)]
    firms.asks_from[refused] = world.month + p.enterprise.reapply_months


def put_off(world: World, papers: Applications, offers: Offers, chosen: Mask) -> None:
    """Write down favourable decisions whose money comes in later months.

    The need of a spell that began with the request is counted in the month the decision is due,
    not in this one, so that what is needed and what is met can be compared month by month.
    """
    rows = true_at(chosen)
    if not len(rows):
        return
    which = offers.application[rows]
    firm, purpose = papers.firm[which], papers.purpose[which]
    need = np.zeros(len(rows))
    fresh = true_at(purpose != ROLLOVER)
    need[fresh] = world.desk.new_need[firm[fresh]]
    _count_need(world, purpose, -need)
    world.decisions.append(
        len(rows),
        {
            "firm": firm,
            "provider": offers.provider[rows],
            "purpose": purpose,
            "loan": _serials(world, papers.loan[which]),
            "due": world.month + offers.months[rows],
            "amount": offers.amount[rows],
            "need": need,
            **{name: getattr(offers, name)[rows] for name in TERMS},
        },
    )


def close_due(world: World) -> None:
    """Close what was due, whether paid or not, and what the dead were waiting for."""
    book = world.decisions
    if not book.n:
        return
    is_over = (book.due <= world.month) | ~world.enterprises.alive[book.firm]
    rows = true_at(book.is_open & is_over)
    _count_need(world, book.purpose[rows], book.need[rows])
    book.close(rows)


def _count_need(world: World, purpose: Ids, need: Floats) -> None:
    for number, name in ((WORKING, "working"), (INVESTMENT, "investment")):
        world.desk.count(f"need_{name}", float(need[purpose == number].sum()))
