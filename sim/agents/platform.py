"""Platforms: they bring borrowers and savers together, by notes on each loan or by a pool."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from sim.agents.provider import Provider
from sim.chart import PLATFORM
from sim.kernels import logistic
from sim.parameters.platform import PlatformParameters
from sim.table import Count, Flag, Money, Real, Ref
from sim.units import Fen, Floats, Mask

WIND_DOWN, LIQUIDATION, ABSCONDING, POLICE, ORDERED = 1, 2, 3, 4, 5  # modes of exit
FROZEN = (LIQUIDATION, ORDERED)  # modes in which its money is frozen and shared out


class Platform(Provider):
    """An online platform; loans it matches belong to the holders of notes, pooled ones to it."""

    code: ClassVar[int] = PLATFORM

    client_cash = Money("money of its clients", unit="fen")
    reserve_cash = Money("reserve fund that buys back defaulted notes", unit="fen")
    is_pooling = Flag("lends its clients' money as a pool on its own account; else by notes")
    exit_mode = Count(
        "how it left: 0 not, 1 wind-down, 2 liquidation, 3 owner ran, 4 police, 5 frozen by order"
    )
    pool_rate = Real("yield it promises on pool claims", unit="1/year")
    posted_loss = Real("mean loss priced into its recent loans", unit="1/year")
    makes_promises = Flag("promises principal: pays defaults and redemptions out of own cash")
    banned_in = Count("month from which it may promise no more", unit="month", fill=1_000_000)
    pool_until = Count("month in which its pool has to be closed", unit="month", fill=1_000_000)
    redemption_late = Count("months running a promised redemption was not paid", unit="months")
    notice_given = Real("pool claims that notice was given for this month", unit="fen")
    redemption_due = Real("of its claims, those whose notice has run out", unit="fen")
    redemption_paid = Real("of these paid this month", unit="fen")
    hazard_seen = Real("chance of failing that holders of its claims see, mean", unit="1/year")
    opened_loss = Real("claims its assets did not cover when it failed", unit="fen")
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
    pool_misused = Ref("loans its pool shows that are not there: taken out, with yield", unit="fen")
    monthly_cost = Real("running cost of the month", unit="fen")
    owner_income = Real("fees less running cost, and money misused, a month, smoothed", unit="fen")
    is_short = Flag("fake notes fell due that it could not pay")
    complaints = Real("of clients' money, lost this month, where they can report", unit="share")
    is_suspect = Flag("inspectors or police suspect it: its money is frozen this month")
    is_found = Flag("they are right: it ends this month")
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


def promised_pool_rate(rate: Any, loss: Any, usage: Any, p: PlatformParameters) -> Any:
    """Yield that a pool promises: what its money should earn after priced losses and its fee.

    rate, loss : (n,) 1/year - mean rate of recent loans, mean loss priced into them
    usage : (n,) share of client money at work
    usage x (rate x (1 - service fee) - loss), never below 0. Savers of a pool and holders of
    notes so expect the same as long as losses are as priced. Source: assumed
    """
    return np.maximum(usage * (rate * (1.0 - p.service_fee) - loss), 0.0)


def redemption_share(appeal: Floats, indifferent: float) -> Floats:
    """Share of a claim on a pool that a saver asks back in a month: a logit of leaving.

    appeal : (n,) utility of staying over that of the outside option
    indifferent : share asked back where both are worth the same
    1 / (1 + (1 / indifferent - 1) x exp(appeal)): a part where nobody fears, nearly all where a
    loss is expected, and no more than before once fear has faded. Source: assumed
    """
    return np.asarray(logistic(np.log(indifferent / (1.0 - indifferent)) - appeal))
