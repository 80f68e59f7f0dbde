"""The market for notes among savers: who wants out sells to who has client money to spare.

Used after savers have chosen. Notes change hands whole, on one platform, at a discount that the
buyer demands; the borrower and the platform owe and pay as before, and nothing is redeemed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.agents import investor as rules
from sim.agents.investor import SLOTS
from sim.beliefs import promised_returns, views
from sim.chart import INVESTOR
from sim.kernels import add_at, divide, group_sum
from sim.ledger import Claim, Worth
from sim.outages import savers_shut_out
from sim.parking import outside_yield
from sim.saver_choice import Choices
from sim.units import Fen, Floats, Ids, Mask
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

ROUNDS = 8  # in which notes that fell between two buyers are laid before them again


class Offers(NamedTuple):
    """Notes offered, in the order in which each platform serves them.

    rows : (m,) rows of the book of notes; platform : (m,), ascending; face : (m,) fen
    draw : (m,) uniform - the note is offered where it lies below the share its owner takes off
    """

    rows: Ids
    platform: Ids
    face: Fen
    draw: Floats

    def kept(self, mask: Mask | Ids) -> Offers:
        """Give some of the offers."""
        return Offers(self.rows[mask], self.platform[mask], self.face[mask], self.draw[mask])


class Bids(NamedTuple):
    """Accounts with money to spare, on each platform the least demanding first.

    account, platform : (k,); budget : (k,) fen; required : (k,) 1/year (see `required_return`)
    """

    account: Ids
    platform: Ids
    budget: Fen
    required: Floats


def trade_notes(world: World, scenario: Scenario, choices: Choices) -> None:
    """Let savers who want out sell notes to others, where platforms run a market.

    Sellers are those who leave for good and those who take money off; the share of notes they
    offer is the share of money they take. Buyers pay with client money on the same platform.
    """
    if not scenario.parameters.platform.secondary_market:
        return
    wants_out = _wants_out(world, choices.taken(0))
    offers = _offers(world, wants_out)
    bids = _bids(world, scenario, wants_out, offers)
    world.desk.count("notes_offered", float(offers.face.sum()))
    budget = bids.budget.copy()
    for _ in range(ROUNDS):
        if not (len(offers.rows) and len(bids.account)):
            return
        at = meet(offers.platform, offers.face, bids.platform, budget)
        seller = world.notes.saver[offers.rows]
        at[seller == bids.account[at] // SLOTS] = -1  # nobody buys of himself
        met = np.flatnonzero(at >= 0)
        if not len(met):
            return
        discount = _discounts(world, scenario, offers.rows[met], bids.required[at[met]])
        agreed = discount <= scenario.parameters.platform.largest_discount
        sold, buyer = met[agreed], at[met[agreed]]
        _transfer(world, offers.kept(sold), bids.account[buyer], discount[agreed], choices)
        budget -= group_sum(buyer, offers.face[sold], len(budget))
        left = np.ones(len(offers.rows), dtype=np.bool_)
        left[met] = False  # sold, or too dear for the one who was to buy it
        offers = offers.kept(left)


def meet(platform: Ids, face: Fen, bid_platform: Ids, budget: Fen) -> Ids:
    """Lay notes and buyers' money on one line per platform; each note falls to a buyer or to none.

    platform, bid_platform : (m,), (k,) ascending; face, budget : (m,), (k,) fen
    Returns (m,): the buyer whose money covers the whole note where it lies on the line, else -1.
    """
    if not len(budget):
        return np.full(len(face), -1, dtype=np.int64)
    width = max(int(face.sum()), int(budget.sum())) + 1  # so that platforms' lines lie apart
    end = _ends(platform, face) + platform * width
    end_of_money = _ends(bid_platform, budget) + bid_platform * width
    at = np.searchsorted(end_of_money, end - face, side="right")
    at[at == len(budget)] = -1
    fits = (bid_platform[at] == platform) & (end <= end_of_money[at])
    return np.where(fits, at, -1)


def _ends(groups: Ids, lengths: Fen) -> Fen:
    """Lay lengths end to end, each group from 0 on; groups ascending. Returns their ends."""
    ends = np.cumsum(lengths)
    before = np.concatenate([[0], ends])[np.searchsorted(groups, groups)]
    return np.asarray(ends - before)


def _wants_out(world: World, taken: Floats) -> Floats:
    """Share of its claims that each account wants to be rid of: all of them if for good."""
    savers = world.investors
    leaves = np.repeat(savers.is_leaving & savers.alive, SLOTS)
    return np.where(leaves, 1.0, taken)


def _offers(world: World, wants_out: Floats) -> Offers:
    """List notes of performing loans on living platforms that their owners offer.

    Neither offers nor bids are made where a saver would deal with a platform in its downtime.
    """
    loans, notes, platforms = world.loans, world.notes, world.platforms
    good = loans.is_open & ~loans.is_bad & (loans.holder == INVESTOR) & (loans.principal > 0)
    good &= (loans.interest_due == 0) & (loans.principal_due == 0)
    settles = platforms.alive & (platforms.client_cash >= _client_money(world))
    good[good] = settles[loans.holder_row[good]]
    rows = np.flatnonzero(notes.is_open & (wants_out[notes.account] > 0) & good[notes.loan])
    rows = rows[~savers_shut_out(world, notes.account[rows])]
    loan, saver = notes.loan[rows], notes.saver[rows]
    draw = world.draws.uniform("note_offer", world.month, saver, loans.borrower[loan])
    offered = np.flatnonzero(draw < wants_out[notes.account[rows]])
    rows, loan, draw = rows[offered], loan[offered], draw[offered]
    order = np.lexsort((draw, loans.holder_row[loan]))
    rows, loan, draw = rows[order], loan[order], draw[order]
    face = notes.shares[rows] * divide(loans.principal[loan], loans.shares[loan])
    return Offers(rows, loans.holder_row[loan], face, draw)


def _client_money(world: World) -> Fen:
    """What each platform owes clients on uninvested balances, in fen."""
    accounts = world.accounts
    held = np.flatnonzero(accounts.balance)
    return group_sum(accounts.platform[held], accounts.balance[held], world.platforms.n)


def _bids(world: World, scenario: Scenario, wants_out: Floats, offers: Offers) -> Bids:
    """List accounts with client money where notes are offered, whose owners rather stay."""
    p, savers, accounts = scenario.parameters.investor, world.investors, world.accounts
    is_asked = np.zeros(world.platforms.n + 1, dtype=np.bool_)
    is_asked[offers.platform] = True
    stays = np.repeat(savers.alive & ~savers.is_leaving, SLOTS) & (wants_out < 0.5)
    rows = np.flatnonzero((accounts.balance > 0) & is_asked[accounts.platform] & stays)
    rows = rows[~savers_shut_out(world, rows)]
    platform, saver = accounts.platform[rows], rows // SLOTS
    seen = views(world, scenario, saver, platform[None, :] + 1).actual
    loss, hazard = (np.broadcast_to(it, (1, len(rows)))[0] for it in (seen.loss, seen.hazard))
    risk = loss + (1.0 + savers.risk_aversion[saver]) * hazard * p.loss_given_failure
    promised = promised_returns(world, scenario)[platform + 1]
    required = rules.required_return(promised, risk, outside_yield(world, scenario, saver))
    draw = world.draws.uniform("note_bid", world.month, saver, platform)
    order = np.lexsort((draw, required, platform))
    rows = rows[order]
    return Bids(rows, platform[order], accounts.balance[rows].copy(), required[order])


def _discounts(world: World, scenario: Scenario, rows: Ids, required: Floats) -> Floats:
    """Discount that buyers demand on notes; rows : (m,) notes, required : (m,) 1/year."""
    p, loans, loan = scenario.parameters.platform, world.loans, world.notes.loan[rows]
    months = np.maximum(loans.months_left[loan], 1)
    life = np.where(loans.is_bullet[loan], months, (months + 1) / 2.0) / 12.0
    rate = loans.rate[loan] * (1.0 - p.service_fee)
    return rules.discount_demanded(required, rate, life, p.resale_premium)


def _transfer(world: World, sold: Offers, account: Ids, discount: Floats, choices: Choices) -> None:
    """Pass notes to buyers for their price; the gap to their face is one's loss, the other's gain.

    account : (m,) of the buyers; discount : (m,)
    """
    notes, savers, accounts = world.notes, world.investors, world.accounts
    seller_account = notes.account[sold.rows].astype(np.int64)
    seller, buyer = seller_account // SLOTS, account // SLOTS
    price = np.floor(sold.face * (1.0 - discount)).astype(np.int64)
    gap = sold.face - price
    world.ledger.pay(
        "note_transfer",
        "platform",
        sold.platform,
        "investor",
        seller,
        price,
        Claim("client_balances", accounts, "balance", account, -price, "platform", "investor"),
        payer_account="client_cash",
        worth=(Worth("investor", seller, -gap), Worth("investor", buyer, gap)),
    )
    notes.account[sold.rows], notes.saver[sold.rows] = account, buyer
    for owner, where, sign in ((seller, seller_account, 1), (buyer, account, -1)):
        add_at(accounts.invested, where, -sign * sold.face)
        add_at(savers.loss_seen, owner, sign * gap)
        add_at(savers.loss_total, owner, sign * gap)
    np.maximum(savers.loss_seen, 0.0, out=savers.loss_seen)
    world.desk.count("notes_traded", float(sold.face.sum()))
    world.desk.count("note_gap", float(gap.sum()))
    _note_lost_inflow(world, sold, seller_account, price, choices)


def _note_lost_inflow(
    world: World, sold: Offers, seller: Ids, price: Fen, choices: Choices
) -> None:
    """Add what was paid to sellers whom fear, or losses, drove out: it funds no new loan."""
    platforms = world.platforms
    taken = choices.taken(0)[seller]
    for path, column in ((1, "lost_confidence"), (2, "lost_notes")):
        would = choices.taken(path)[seller]
        driven = (sold.draw < taken) & (sold.draw >= would)
        platforms.column(column)[:] += np.bincount(
            sold.platform[driven], price[driven], platforms.n
        )
