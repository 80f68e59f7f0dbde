"""Outages: when systems of institutions are down, and what clients cannot do meanwhile.

Responsible for the month's downtime, which follows from the book of incidents, for telling which
dealings fall into it, and for what waits in consequence: dues, and withdrawals of savers. Where
`cyber` is covered there is no downtime for clients.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.chart import BANK, CODE_SPAN, CODES, INCIDENT, NAMES, OUTSIDE, PLATFORM
from sim.contracts.incidents import MONTH_HOURS, NEVER_DOWN, merge_spells
from sim.kernels import group_sum
from sim.units import Fen, Floats, Ids, Mask
from sim.world import Applications, Offers, World

FLIGHT_MONTHS = 3  # after an incident, in which money taken off is counted apart
_ROW_BITS = 32  # of the number by which draws know a provider: its kind, then its row


def write_downtime(world: World) -> None:
    """Work out when systems are down this month, from incidents of this month and earlier ones.

    Whoever has failed or left is not down any more: others collect for it.
    """
    world.downtime = NEVER_DOWN
    book = world.incidents
    if not book.n or world.is_off("cyber"):
        return
    begin = (book.month - world.month) * MONTH_HOURS + book.start
    end = begin + book.hours
    rows = np.flatnonzero((end > 0) & (book.hours > 0) & (begin < MONTH_HOURS))
    rows = rows[_lives(world, book.population[rows], book.row[rows])]
    if len(rows):
        party = book.row[rows] * CODE_SPAN + book.population[rows]
        begin, end = np.maximum(begin[rows], 0.0), np.minimum(end[rows], MONTH_HOURS)
        world.downtime = merge_spells(party, begin, end, book.serial[rows])
        world.desk.count("hours_down", float((world.downtime.end - world.downtime.begin).sum()))


def _lives(world: World, populations: Ids, rows: Ids) -> Mask:
    """Mark institutions that are there, by population code and row; all : (m,)."""
    found = np.zeros(len(rows), dtype=np.bool_)
    for code in np.unique(populations).tolist():
        mine = populations == code
        found[mine] = world.tables[NAMES[code]].alive[rows[mine]]
    return found


def down_share(world: World, kind: str) -> Floats:
    """Share of the month that systems of each institution of a kind are down, (n,)."""
    return world.downtime.share_of(np.arange(world.tables[kind].n) * CODE_SPAN + CODES[kind])


def firms_shut_out(world: World, firms: Ids, numbers: Ids) -> Mask:
    """Mark dealings of firms with providers that fall into downtime; all : (m,).

    Each firm deals with a provider at one moment of the month, always the same: then it pays, and
    then it asks. Source: assumed
    """
    if not len(world.downtime.party):
        return np.zeros(len(firms), dtype=np.bool_)
    return _shut_out(world, world.enterprises.dice[firms], world.provider_party(numbers))


def close_counters(world: World, papers: Applications, offers: Offers) -> Mask:
    """Refuse what is asked for while systems are down; mark bullets that wait for that reason.

    Returns (n_applications,): a bullet whose lender its debtor cannot reach waits for a month,
    where grace applies and nobody else refinances it.
    """
    if not len(world.downtime.party):
        return np.zeros(len(papers), dtype=np.bool_)
    firm = papers.firm[offers.application]
    offers.is_accepted &= ~firms_shut_out(world, firm, offers.provider)
    has_loan = np.flatnonzero(papers.loan >= 0)
    number = world.loans.provider[papers.loan[has_loan]]
    waits = np.zeros(len(papers), dtype=np.bool_)
    if world.policy.grace:
        waits[has_loan] = firms_shut_out(world, papers.firm[has_loan], number)
    return waits


def banks_shut(world: World, lenders: Ids, banks: Ids) -> Mask:
    """Mark dues of micro lenders to banks that fall into downtime of the bank; all : (m,)."""
    # Firms have dice from 0; those below keep lenders apart from them.
    return _shut_out(world, -1 - lenders, banks * CODE_SPAN + CODES["bank"])


def _shut_out(world: World, dice: Ids, parties: Ids) -> Mask:
    found = np.zeros(len(parties), dtype=np.bool_)
    rows = np.flatnonzero(np.isin(parties, world.downtime.party))
    if len(rows):
        options = (parties[rows] % CODE_SPAN << _ROW_BITS) + parties[rows] // CODE_SPAN
        hours = MONTH_HOURS * world.draws.uniform("business_hour", 0, dice[rows], options)
        found[rows] = world.downtime.covers(parties[rows], hours)
    return found


def savers_shut_out(world: World, accounts: Ids) -> Mask:
    """Mark accounts whose owner would deal with the platform in its downtime; rows : (m,)."""
    found = np.zeros(len(accounts), dtype=np.bool_)
    if not len(world.downtime.party):
        return found
    platform = world.accounts.platform[accounts].astype(np.int64)
    parties = platform * CODE_SPAN + CODES["platform"]
    is_down = np.isin(parties, world.downtime.party) & world.platforms.alive[platform]
    rows = np.flatnonzero(is_down)
    if len(rows):
        savers = accounts[rows] // world.slots
        u = world.draws.uniform("saver_hour", 0, savers, platform[rows])
        found[rows] = world.downtime.covers(parties[rows], MONTH_HOURS * u)
    return found


# ---------------------------------------------------------------- dues that wait
class Waiting(NamedTuple):
    """Dues of the month that creditors cannot collect, by book: rows, and fen of each."""

    loans: Ids
    wholesale: Ids
    receivables: Ids
    loan_fen: Fen
    wholesale_fen: Fen
    receivable_fen: Fen

    def __len__(self) -> int:
        return len(self.loans) + len(self.wholesale) + len(self.receivables)


_NOTHING = np.zeros(0, dtype=np.int64)
_NONE_WAITS = Waiting(*(_NOTHING,) * 6)


def part_waiting(
    world: World, lent: Ids, bulk: Ids, factored: Ids
) -> tuple[Waiting, Ids, Ids, Ids]:
    """Part dues that fall into downtime of the creditor from those that can be paid.

    lent, bulk, factored : rows of loans, wholesale money and sold receivables with something due
    Returns what waits, and the three lists without it. What was remembered of last month's is taken
    back, since it can now be collected.
    """
    _take_back(world)
    if not len(world.downtime.party):
        return _NONE_WAITS, lent, bulk, factored
    loans, book, sold = world.loans, world.wholesale, world.receivables
    stops = firms_shut_out(world, loans.borrower[lent], loans.provider[lent])
    stops &= loans.holder[lent] != OUTSIDE
    late = banks_shut(world, book.lender[bulk], book.bank[bulk]) & (book.holder[bulk] == BANK)
    held = firms_shut_out(world, sold.buyer[factored], sold.provider[factored])
    held &= sold.holder[factored] != OUTSIDE
    a, b, c = lent[stops], bulk[late], factored[held]
    matured = np.where(book.months_left[b] <= 0, book.principal[b], 0)
    fen = (
        loans.interest_due[a] + loans.principal_due[a],
        book.interest_due[b] + matured,
        sold.amount[c].copy(),
    )
    waiting = Waiting(a, b, c, *fen)
    _remember(world, waiting)
    return waiting, lent[~stops], bulk[~late], factored[~held]


def _remember(world: World, waiting: Waiting) -> None:
    """Write what cannot be collected into the memory of impairments of those who wait for it.

    Also of debtors who are late because of it, where no grace applies.
    """
    loans, sold = world.loans, world.receivables
    number = np.concatenate([loans.provider[waiting.loans], sold.provider[waiting.receivables]])
    banks = world.wholesale.bank[waiting.wholesale] * CODE_SPAN + CODES["bank"]
    creditors = np.concatenate([world.provider_party(number), banks])
    fen = np.concatenate([waiting.loan_fen, waiting.receivable_fen, waiting.wholesale_fen])
    world.desk.count("uncollectable", float(fen.sum()))
    sources = _incidents_of(world, creditors)
    world.blocked = creditors, sources, fen.astype(np.float64)
    world.impairments.record(creditors, "cyber", sources, world.blocked[2])
    if world.policy.grace:
        world.waived = loans.serial[waiting.loans], waiting.loan_fen
        return
    n = len(number)
    debtors = np.concatenate([loans.borrower[waiting.loans], sold.buyer[waiting.receivables]])
    world.impair("cyber", debtors, sources[:n], world.blocked[2][:n])
    lenders = world.wholesale.lender[waiting.wholesale] * CODE_SPAN + CODES["micro_lender"]
    world.impairments.record(lenders, "cyber", sources[n:], world.blocked[2][n:])


def _incidents_of(world: World, parties: Ids) -> Ids:
    """Name the incidents by which systems of some parties are down; (m,) parties."""
    at = np.searchsorted(world.downtime.party, parties)
    return world.downtime.serial[at] * CODE_SPAN + INCIDENT


def _take_back(world: World) -> None:
    """Forget what creditors could not collect last month: from now on it is late or paid."""
    creditors, sources, fen = world.blocked
    if len(creditors):
        world.impairments.record(creditors, "cyber", sources, -fen)
        world.blocked = _NOTHING, _NOTHING, np.zeros(0)


def waived_overdue(world: World) -> Fen | int:
    """Loan dues that waited last month with grace, and bear no penalty; (n_loans,) fen, or 0."""
    serials, fen = world.waived
    if not len(serials):
        return 0
    loans, found = world.loans, np.zeros(world.loans.n, dtype=np.int64)
    at = np.minimum(np.searchsorted(loans.serial, serials), max(loans.n - 1, 0))
    known = loans.serial[at] == serials if loans.n else np.zeros(len(at), dtype=np.bool_)
    found[at[known]] = fen[known]
    world.waived = _NOTHING, _NOTHING
    return found


def _debtor_nodes(world: World, waiting: Waiting) -> tuple[Ids, Fen]:
    """Nodes of the clearing that owe what waits, and how much; micro lenders follow firms."""
    lenders = world.enterprises.n + world.wholesale.lender[waiting.wholesale]
    firms = world.loans.borrower[waiting.loans], world.receivables.buyer[waiting.receivables]
    fen = waiting.loan_fen, waiting.receivable_fen, waiting.wholesale_fen
    return np.concatenate([*firms, lenders]), np.concatenate(fen)


def late_for_waiting(world: World, waiting: Waiting, n: int) -> Fen | int:
    """Dues that wait and count as unpaid, by node of the clearing: none where grace applies."""
    if not len(waiting) or world.policy.grace:
        return 0
    nodes, fen = _debtor_nodes(world, waiting)
    world.desk.count("late_by_incidents", len(np.unique(nodes[nodes < world.enterprises.n])))
    return group_sum(nodes, fen, n)


def arrears_of(world: World, waiting: Waiting) -> tuple[Ids, Ids, Ids] | None:
    """Keep months of arrears and of calm of debtors, and of loans that wait, with grace."""
    if not len(waiting) or not world.policy.grace:
        return None
    firms, lenders = world.enterprises, world.micro_lenders
    months = np.concatenate([firms.months_late, lenders.months_late])
    late = world.loans.late_months[waiting.loans].copy()
    return months, firms.months_calm.copy(), late


def keep_arrears(
    world: World, waiting: Waiting, before: tuple[Ids, Ids, Ids] | None, late: Mask
) -> None:
    """Leave arrears as old as they were where nothing but dues that wait stands open.

    before : what `arrears_of` kept; late : (n_nodes,) who is behind with anything else
    """
    if before is None:
        return
    months, calm, ages = before
    firms, lenders = world.enterprises, world.micro_lenders
    nodes = np.unique(_debtor_nodes(world, waiting)[0])
    nodes = nodes[~late[nodes] & (months[nodes] > 0)]
    mine, theirs = nodes[nodes < firms.n], nodes[nodes >= firms.n]
    firms.months_late[mine], firms.months_calm[mine] = months[mine], calm[mine]
    lenders.months_late[theirs - firms.n] = months[theirs]
    world.loans.late_months[waiting.loans] = ages


# ---------------------------------------------------------------- withdrawals that wait
def part_withdrawals(world: World, rows: Ids, fen: Fen) -> tuple[Ids, Fen]:
    """Keep back withdrawals that fall into downtime, to be asked again next month.

    rows : (m,) accounts; fen : (m,). Returns those that can be paid.
    """
    if not len(world.downtime.party):
        return rows, fen
    waits = savers_shut_out(world, rows) & (fen > 0)
    if waits.any():
        again, wanted = _at_most_balances(world, *world.asked_again)
        asked = np.append(again, rows[waits]), np.append(wanted, fen[waits])
        world.asked_again = _at_most_balances(world, *asked)
        # Thieves may have taken what was asked for before, so that less of it can still wait.
        blocked = world.asked_again[1].sum() - wanted.sum()
        world.desk.count("withdrawals_blocked", float(blocked))
    return rows[~waits], fen[~waits]


def _at_most_balances(world: World, rows: Ids, fen: Fen) -> tuple[Ids, Fen]:
    """Sum what is asked by account, at most what there is; returns distinct accounts."""
    accounts, place = np.unique(rows, return_inverse=True)
    wanted = group_sum(place, fen, len(accounts))
    return accounts, np.minimum(wanted, world.accounts.balance[accounts])


def withdrawals_asked_again(world: World) -> tuple[Ids, Fen]:
    """Take over withdrawals of last month that waited, as far as there is still so much.

    Returns (m,) distinct accounts and fen.
    """
    rows, fen = world.asked_again
    if not len(rows):
        return rows, fen
    world.asked_again = _NOTHING, _NOTHING
    return _at_most_balances(world, rows, fen)


def count_flight(world: World, rows: Ids, fen: Fen) -> None:
    """Count what savers take off, or ask back from, platforms that were hit lately.

    rows : (m,) accounts; fen : (m,). Lately: this month or the `FLIGHT_MONTHS` before.
    """
    book = world.incidents
    if not book.n:
        return
    hit = np.zeros(world.platforms.n, dtype=np.bool_)
    is_late = (book.month >= world.month - FLIGHT_MONTHS) & (book.population == PLATFORM)
    hit[book.row[is_late]] = True
    mine = hit[world.accounts.platform[rows]]
    world.desk.count("withdrawn_after_incidents", float(fen[mine].sum()))
