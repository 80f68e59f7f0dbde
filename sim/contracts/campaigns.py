"""Campaigns of crowdfunding, and what savers pledge to them: escrow first, stakes once released.

A stake is a share of the revenue of one firm for some months. It stands in the books at cost less
payouts, at least at nothing; what it pays beyond cost is income. It is no debt that falls due.
"""

from __future__ import annotations

import numpy as np

from sim.chart import INVESTOR, OUTSIDE
from sim.kernels import group_sum
from sim.legs import Position
from sim.table import Book, Count, Flag, Money, Real, Ref
from sim.units import Fen, Ids


class Campaign:
    """A project that savers are asked to finance; open until its last escrow is released."""

    serial = Ref("permanent number")
    is_open = Flag("collecting, or with escrow still to be released", fill=True)
    firm = Ref("row of the enterprise")
    platform = Ref("row of the crowdfunding platform")
    target = Ref("sum asked for, all or nothing", unit="fen")
    opens = Count("first month it collects in, after review", unit="month")
    closes = Count("last month it collects in", unit="month")
    is_funded = Flag("has reached its target")
    released = Count("milestones released so far")
    next_release = Count("month of the next milestone", unit="month")
    until = Count("last month in which its stakes have a share of revenue", unit="month")
    project_size = Real("cost of the project", unit="fen")
    project_return = Real("monthly cash return of the project")
    need = Real("need of the firm that it is to meet", unit="fen")
    need_purpose = Count("purpose of the spell of need it came from")
    need_is_sound = Flag("the oracle would lend for it")
    rate = Real("return promised at normal revenue", unit="1/year")
    revenue_share = Real("share of the firm's revenue that all its stakes will have")
    loss_rate = Real("expected loss on its stakes, as priced", unit="1/year")
    is_disclosed = Flag("savers are shown what review found")
    guaranteed = Real("share of cost that the platform guarantees")


class Stake:
    """What one saver pledged to one campaign, and the stake it has become so far."""

    serial = Ref("permanent number")
    is_open = Flag("in escrow, or entitled to payouts", fill=True)
    campaign = Ref("serial of the campaign")
    firm = Ref("row of the enterprise")
    platform = Ref("row of the crowdfunding platform")
    saver = Ref("row of the investor")
    holder = Count("population code of the holder", fill=INVESTOR)
    pledged = Money("pledged and not yet released: in custody", unit="fen")
    cost = Money("released to the firm less payouts, at least nothing", unit="fen")
    invested = Ref("released to the firm in all", unit="fen")
    paid = Ref("paid out, recovered and guaranteed in all", unit="fen")
    share = Real("share of the firm's revenue")
    began = Count("month of the first release", unit="month", fill=1_000_000)
    until = Count("last month of payouts", unit="month", fill=1_000_000)
    loss_rate = Real("expected loss as priced", unit="1/year")
    guaranteed = Real("share of cost that the platform guarantees")


def stake_positions(stakes: Book) -> list[Position]:
    """List pledges and stakes as the book shows them."""
    held: list[Position] = []
    if not stakes.n:
        return held
    rows = np.flatnonzero(stakes.pledged)
    if len(rows):
        fen, keeper = stakes.pledged[rows], stakes.platform[rows]
        held.append(
            Position(
                "pledges", "crowdfunding_platform", keeper, "investor", stakes.saver[rows], fen
            )
        )
    for code, holder in ((INVESTOR, "investor"), (OUTSIDE, "outside")):
        rows = np.flatnonzero((stakes.holder == code) & (stakes.cost > 0))
        if len(rows):
            who = None if code == OUTSIDE else stakes.saver[rows]
            held.append(
                Position("stakes", "enterprise", stakes.firm[rows], holder, who, stakes.cost[rows])
            )
    return held


def cost_by_firm(stakes: Book, n_firms: int) -> Fen:
    """Stakes in each firm at cost less payouts, whoever holds them; (n_firms,) fen."""
    return group_sum(stakes.firm, stakes.cost, n_firms)


def held_by_saver(stakes: Book, n_savers: int) -> Fen:
    """Pledges and stakes of each saver; (n_savers,) fen."""
    own = np.where(stakes.holder == INVESTOR, stakes.cost, 0)
    return group_sum(stakes.saver, stakes.pledged + own, n_savers)


def raised(campaigns: Book, stakes: Book) -> Fen:
    """Escrow of each campaign; (n_campaigns,) fen."""
    rows = np.flatnonzero(stakes.pledged)
    return group_sum(places(campaigns, stakes, rows), stakes.pledged[rows], campaigns.n)


def places(campaigns: Book, stakes: Book, rows: Ids) -> Ids:
    """Rows of the campaigns that some pledges belong to, which ascend by serial; (m,)."""
    return np.searchsorted(campaigns.serial, stakes.campaign[rows])
