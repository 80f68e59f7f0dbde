"""Platforms: they bring borrowers and savers together, by notes on each loan or by a pool."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sim.agents.provider import Provider
from sim.chart import PLATFORM
from sim.parameters.platform import PlatformParameters
from sim.table import Count, Flag, Money, Real, Ref
from sim.units import Fen, Floats, Mask

WIND_DOWN, LIQUIDATION, ABSCONDING, POLICE = 1, 2, 3, 4  # modes of exit


class Platform(Provider):
    """An online platform; loans it matches belong to the holders of notes, pooled ones to it."""

    code: ClassVar[int] = PLATFORM

    client_cash = Money("money of its clients", unit="fen")
    reserve_cash = Money("reserve fund that buys back defaulted notes", unit="fen")
    is_pooling = Flag("lends its clients' money as a pool on its own account; else by notes")
    exit_mode = Count("how it left: 0 not, 1 wind-down, 2 liquidation, 3 owner ran, 4 police case")
    prominence = Real("how well it is known, in platforms of size 1")
    posted_rate = Real("mean rate of its recent loans, shown to savers", unit="1/year")
    usage = Real("share of client money lent out, smoothed", unit="share")
    fee_income = Real("fees earned this month", unit="fen")
    lost_confidence = Real("money savers kept away for fear of failure", unit="fen")
    lost_notes = Real("money savers kept away after losses above those expected", unit="fen")
    saver_interest = Real("interest its clients received this month, net of fees", unit="fen")
    saver_loss = Real("principal of notes written off this month", unit="fen")
    is_fraud = Flag("its owner plans fraud from the start")
    is_tempted = Flag("its owner absconds with clients' money where that pays")
    rate_bonus = Real("what it promises above the rate of its loans", unit="1/year")
    inflow = Real("new money of clients and repaid fake notes this month", unit="fen")
    misused = Real("client money turned into fake notes this month", unit="fen")
    monthly_cost = Real("running cost of the month", unit="fen")
    owner_income = Real("fees less running cost, and money misused, a month, smoothed", unit="fen")
    is_short = Flag("fake notes fell due that it could not pay")
    taken = Ref("what its owner has taken out by fraud", unit="fen")
    claims_left = Ref("fake notes and client balances unpaid at its end", unit="fen")
    claims_paid = Ref("of these paid since", unit="fen")
    case_until = Count("month in which police return money; 0: no case", unit="month")
    is_dormant = Flag("an estate that only waits for the police")


def franchise_value(owner_income: Floats, p: PlatformParameters) -> Floats:
    """Value to its owner of carrying on: some months of what it brings in, never negative.

    owner_income : (n,) fen a month. V = franchise_months x max(0, income). Source: assumed
    """
    return p.franchise_months * np.maximum(owner_income, 0.0)


def absconds(misusable: Fen, detection: Floats, worth: Floats, franchise: Floats) -> Mask:
    """Tell which owners gain by taking clients' money and running.

    misusable : (n,) fen - client money not in custody; detection : (n,) chance of being caught
    worth : (n,) fen - own capital; franchise : (n,) fen - value of carrying on
    misusable x (1 - detection) > max(0, worth + franchise); an insolvent owner has nothing to
    lose but, behind limited liability, never less than nothing. Source: assumed, after Calomiris
    and Kahn 1991, who let a banker abscond where that pays more than to repay
    """
    return misusable * (1.0 - detection) > np.maximum(worth + franchise, 0.0)


def prominence(uniforms: Floats, p: PlatformParameters) -> Floats:
    """Draw how well platforms are known: Pareto, cut at 30 so that none is the whole market."""
    return np.minimum(30.0, (1.0 - uniforms) ** (-1.0 / p.size_exponent))
