"""Investors: savers with income, beliefs and notes on several platforms."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sim.chart import INVESTOR
from sim.parameters.investor import SLOTS, InvestorParameters
from sim.rows import RowAgent
from sim.table import Count, Flag, Money, Real, Ref
from sim.units import Floats

__all__ = ["SLOTS", "Investor"]

# Share of target wealth at which priors weigh at least: a place on one platform. Savers of the
# baseline have 0.3 of it at work per platform watched, and 95 of 100 who hold notes have more.
LEAST_AT_WORK = 1.0 / SLOTS


class Investor(RowAgent):
    """A saver who watches a few platforms and puts new money on one of them."""

    code: ClassVar[int] = INVESTOR

    fund_shares = Money("shares of its money fund, at par", unit="fen")
    home_fund = Ref("money fund it holds idle cash in; -1 none yet", fill=-1)
    fund_income = Real("yield of its shares this month", unit="fen")
    fund_redeemed = Real("shares redeemed this month", unit="fen")
    target_wealth = Real("wealth it aims at", unit="fen")
    risk_aversion = Real("extra weight of losses by platform failure")
    n_watched = Count("platforms it watches")
    interest = Real("interest received this month", unit="fen")
    initial_wealth = Real("wealth at entry", unit="fen")
    loss_seen = Real("own losses on notes, fading", unit="fen")
    exposure_seen = Real("own note-months, fading", unit="fen months")
    pool_loss_seen = Real("own losses on pool claims, fading", unit="fen")
    pool_exposure_seen = Real("own claim-months with pools, fading", unit="fen months")
    failures_seen = Real("failures of watched platforms, fading")
    months_seen = Real("platform-months watched, fading", unit="months")
    loss_total = Real("losses on all claims of its own since the start of policy", unit="fen")
    stake_income = Real("payouts beyond the cost of stakes this month", unit="fen")
    stake_loss_seen = Real("own losses on stakes, fading", unit="fen")
    stake_exposure_seen = Real("own stake-months at cost, fading", unit="fen months")
    stake_premium_due = Real("cover premium on stakes carried forward", unit="fen")
    is_leaving = Flag("left for good: adds no money, takes out what comes back")


def perceived_loss_rate(
    loss: Floats, exposure: Floats, target: Floats, p: InvestorParameters
) -> Floats:
    """Posterior mean of the annual loss rate of notes: own experience over a Gamma prior.

    loss : (n,) fen, fading; exposure : (n,) fen months, fading; target : (n,) fen of wealth
    The prior weighs `prior_months` at the money now at work, which is exposure over the mean
    life of a fading observation, and at no less than LEAST_AT_WORK of the wealth aimed at: were
    there no least, what was lost and what was held would fade alike, and who left would never
    forget. Source: Gelman et al. 2013, section 2.6 (Gamma-Poisson); the least is assumed.
    """
    life = 1.0 / (1.0 - 0.5 ** (1.0 / p.belief_half_life))
    at_work = np.maximum(exposure / life, LEAST_AT_WORK * target)
    prior_exposure = p.prior_months * np.maximum(at_work, 1.0)
    return (p.prior_loss * prior_exposure + 12.0 * loss) / (prior_exposure + exposure)


def perceived_pool_loss(
    loss: Floats, exposure: Floats, target: Floats, p: InvestorParameters
) -> Floats:
    """Posterior mean of the annual loss rate of pool claims: own experience over a prior of none.

    loss : (n,) fen, fading; exposure : (n,) fen months, fading; target : (n,) fen of wealth
    12 loss / (prior_months x target + exposure): the prior weighs the wealth a saver aims at, so
    that a loss is forgotten also by who has left pools for good. Source: as above; weight assumed
    """
    return 12.0 * loss / (p.prior_months * np.maximum(target, 1.0) + exposure)


def perceived_hazard(
    own_failures: Floats,
    own_months: Floats,
    other_failures: Floats | float,
    other_months: Floats | float,
    p: InvestorParameters,
) -> Floats:
    """Posterior mean of the annual failure hazard of a platform, Gamma-Poisson.

    own_failures, own_months : (n,) watched platforms, fading
    other_failures, other_months : all platforms together, fading, to be discounted by similarity;
        (.., n) where they are weighed for each platform that a saver considers
    """
    failures = (
        p.prior_failure / 12.0 * p.prior_months + own_failures + p.similarity * other_failures
    )
    months = p.prior_months + own_months + p.similarity * other_months
    return 12.0 * failures / months


def similarities(regions: int, p: InvestorParameters) -> Floats:
    """Weigh failures of one class of platforms for another, beside the common `similarity`.

    Classes are numbered region + regions x (form + 2 x licence); returns (n, n), n = 4 x regions:
    weight = other_form^[forms differ] x other_licence^[licences differ] x other_region^[regions
    differ], so 1 within a class. Source: assumed; the product lets traits count apart.
    """
    number = np.arange(4 * regions)
    weights = np.ones((len(number), len(number)))
    for trait, factor in (
        (number % regions, p.other_region),
        (number // regions % 2, p.other_form),
        (number // regions // 2, p.other_licence),
    ):
        weights *= np.where(trait[:, None] == trait, 1.0, factor)
    return weights


def expected_return(
    promised: Floats,
    loss: Floats,
    hazard: Floats,
    aversion: Floats,
    p: InvestorParameters,
) -> Floats:
    """Expected net annual return of new money on a platform, as the saver sees it.

    promised : (.., n) rate net of fees x share of money at work; loss : (n,) 1/year
    hazard : (n,) or (.., n) 1/year
    promised - loss - (1 + aversion) x hazard x loss given failure
    """
    return promised - loss - (1.0 + aversion) * hazard * p.loss_given_failure


def appeal(value: Floats, exits: Floats | None, outside: Floats, p: InvestorParameters) -> Floats:
    """Utility of platforms over that of the outside option, before noise.

    value : (.., n) expected net return, 1/year; exits : (.., n) share that neighbours took off
        last month of their money there, or None where nobody looks
    outside : (n,) 1/year that the outside option yields
    return_sensitivity x (value - outside) - herding x exits
    Source: logit with social weight, Brock and Durlauf 2001.
    """
    utility = p.return_sensitivity * (value - outside)
    return utility if exits is None else utility - p.herding * exits


def withdrawal_share(appeal: Floats) -> Floats:
    """Share of the claims on a platform that a saver takes off it, weighing it alone.

    appeal : (.., n) utility over that of the outside, before noise
    1 / (1 + exp(appeal)): half of them where both are worth the same; it falls again as beliefs
    fade and the return expected comes back. Source: share form of the logit rule, assumed.
    """
    return np.asarray(1.0 / (1.0 + np.exp(np.minimum(appeal, 700.0))))


def required_return(promised: Floats, risk: Floats, outside: Floats) -> Floats:
    """Return, before risk, that a saver wants of a note it buys second-hand.

    promised : (n,) 1/year, of new money on the platform; risk : (n,) 1/year, losses and fear of
        failure as the saver sees them, which old and new notes share
    outside : (n,) 1/year that the outside option yields
    max(promised, outside + risk): no less than new notes bring, or the outside.
    Source: assumed.
    """
    return np.maximum(promised, outside + risk)


def discount_demanded(required: Floats, rate: Floats, life: Floats, premium: float) -> Floats:
    """Discount on the face of a note at which it brings what the buyer requires, 0..1.

    required : (n,) 1/year (see `required_return`); rate : (n,) 1/year of the note, net of fees
    life : (n,) years, mean time until principal is repaid; premium : 1/year for buying second-hand
    clip(life x (required + premium - rate), 0, 1): a discount d adds about d / life to the return
    a year. Nobody pays more than face. Source: simple return to maturity, first order in d.
    """
    return np.clip(life * (required + premium - rate), 0.0, 1.0)


def consumption(
    income: Floats,
    interest: Floats,
    wealth: Floats,
    target: Floats,
    cash: Floats,
    p: InvestorParameters,
) -> Floats:
    """Spend income and interest and a little of wealth above target, between 0 and own cash.

    All (n,) fen; cash as a float array.
    """
    wish = income + interest + p.consumption_speed * (wealth - target)
    return np.clip(wish, 0.0, cash)
