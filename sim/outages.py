"""Outages: when systems of institutions are down, and what clients cannot do meanwhile.

Responsible for the month's downtime, which follows from the book of incidents, and for telling
which dealings fall into it. What then waits is decided where it would have happened. Where `cyber`
is covered there is no downtime for clients.
"""

from __future__ import annotations

import numpy as np

from sim.chart import CODES
from sim.contracts.incidents import MONTH_HOURS, NEVER_DOWN, merge_spells
from sim.units import Floats, Ids, Mask
from sim.world import Applications, Offers, World

_ROW_BITS = 32  # of the number by which draws know a provider: its kind, then its row


def write_downtime(world: World) -> None:
    """Work out when systems are down this month, from incidents of this month and earlier ones."""
    world.downtime = NEVER_DOWN
    book = world.incidents
    if not book.n or world.is_off("cyber"):
        return
    begin = (book.month - world.month) * MONTH_HOURS + book.start
    end = begin + book.hours
    rows = np.flatnonzero((end > 0) & (book.hours > 0) & (begin < MONTH_HOURS))
    if len(rows):
        party = book.row[rows] * 16 + book.population[rows]
        begin, end = np.maximum(begin[rows], 0.0), np.minimum(end[rows], MONTH_HOURS)
        world.downtime = merge_spells(party, begin, end, book.serial[rows])
        world.desk.count("hours_down", float((world.downtime.end - world.downtime.begin).sum()))


def down_share(world: World, kind: str) -> Floats:
    """Share of the month that systems of each institution of a kind are down, (n,)."""
    return world.downtime.share_of(np.arange(world.tables[kind].n) * 16 + CODES[kind])


def firms_shut_out(world: World, firms: Ids, numbers: Ids) -> Mask:
    """Mark dealings of firms with providers that fall into downtime; all : (m,).

    Each firm deals with a provider at one moment of the month, always the same: then it pays, and
    then it asks. Source: assumed
    """
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
    return _shut_out(world, -1 - lenders, banks * 16 + CODES["bank"])


def _shut_out(world: World, dice: Ids, parties: Ids) -> Mask:
    found = np.zeros(len(parties), dtype=np.bool_)
    rows = np.flatnonzero(np.isin(parties, world.downtime.party))
    if len(rows):
        options = (parties[rows] % 16 << _ROW_BITS) + parties[rows] // 16
        hours = MONTH_HOURS * world.draws.uniform("business_hour", 0, dice[rows], options)
        found[rows] = world.downtime.covers(parties[rows], hours)
    return found


def savers_shut_out(world: World, accounts: Ids) -> Mask:
    """Mark accounts whose owner would deal with the platform in its downtime; rows : (m,)."""
    found = np.zeros(len(accounts), dtype=np.bool_)
    platform = world.accounts.platform[accounts].astype(np.int64)
    parties = platform * 16 + CODES["platform"]
    rows = np.flatnonzero(np.isin(parties, world.downtime.party))
    if len(rows):
        savers = accounts[rows] // world.slots
        u = world.draws.uniform("saver_hour", 0, savers, platform[rows])
        found[rows] = world.downtime.covers(parties[rows], MONTH_HOURS * u)
    return found
