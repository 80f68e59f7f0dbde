"""Crowdfunding platforms: they review projects, keep what savers pledge, and own no claim on firms.

Columns and decision functions; money moves elsewhere.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sim.agents.institution import Institution
from sim.chart import CROWDFUNDING_PLATFORM
from sim.table import Count, Flag, Money, Real
from sim.units import MONTHS_PER_YEAR, Floats, Ids


class CrowdfundingPlatform(Institution):
    """A platform where savers finance projects of firms; what they pledge lies with a custodian."""

    code: ClassVar[int] = CROWDFUNDING_PLATFORM

    client_cash = Money("pledges in third-party custody", unit="fen")
    institution_arrears = Money("own running costs due and unpaid, owed to outside", unit="fen")
    born = Count("month of entry", unit="month")
    ended = Count("month it failed", unit="month", fill=1_000_000)
    initial_capital = Real("paid-in capital", unit="fen")
    decision_cost = Real("cost of the month's reviews", unit="fen")
    cost_late = Count("months its running costs stand unpaid", unit="months")
    is_in_estate = Flag("failed; what it kept for others is being returned or released")


def share_of_revenue(target: Floats, rate: Floats, revenue: Floats, months: int) -> Floats:
    """Share of revenue that at normal revenue repays a sum with the return promised.

    target : (m,) fen; rate : (m,) 1/year promised; revenue : (m,) fen a month
    share = target x (r / 12) / (1 - (1 + r / 12)^-months) / revenue. Source: annuity formula
    """
    monthly = np.maximum(rate, 1e-9) / MONTHS_PER_YEAR
    annuity = monthly / -np.expm1(-months * np.log1p(monthly))
    return np.asarray(target * annuity / np.maximum(revenue, 1.0))


def perceived_loss(
    prior: Floats, loss: Floats, exposure: Floats, least: Floats, months: float, life: float
) -> Floats:
    """Posterior mean of the annual loss rate of stakes: own experience over a Gamma prior.

    prior : (n, c) or (1, c) 1/year, of campaigns; loss : (n, 1) fen, fading; exposure : (n, 1) fen
    months, fading; least : (n, 1) fen at which the prior weighs at least, so that losses are
    forgotten without stakes too; months : weight of the prior at the money now at work; life : mean
    months for which an observation is remembered. Returns (n, c).
    Source: Gelman et al. 2013, section 2.6 (Gamma-Poisson); the least is assumed.
    """
    weight = months * np.maximum(np.maximum(exposure / life, least), 1.0)
    return np.asarray((prior * weight + MONTHS_PER_YEAR * loss) / (weight + exposure))


def pledge_budget(
    free: Floats, wealth: Floats, held: Floats, target: Floats, share: float, most: float
) -> Floats:
    """Most that a saver pledges this month, in fen.

    free : (n,) fen - cash that is spare; wealth, held : (n,) fen - pledges and stakes so far;
    target : (n,) fen - wealth it aims at; share : of target wealth at a time; most : of wealth
    """
    return np.maximum(np.minimum(np.minimum(free, share * target), most * wealth - held), 0.0)


def cut_to_room(wish: Ids, campaign: Ids, place: Floats, room: Ids) -> Ids:
    """Take pledges in their order until a campaign has its target; nobody pledges beyond it.

    wish : (m,) fen; campaign : (m,) row in room; place : (m,) uniforms; room : (c,) fen
    Returns (m,) fen taken.
    """
    order = np.lexsort((place, campaign))
    asked, group = wish[order], campaign[order]
    before = np.cumsum(asked) - asked
    is_first = np.ones(len(order), dtype=np.bool_)
    is_first[1:] = group[1:] != group[:-1]
    start = np.maximum.accumulate(np.where(is_first, before, 0))
    taken = np.empty(len(order), dtype=np.int64)
    taken[order] = np.clip(room[group] - (before - start), 0, asked)
    return taken
