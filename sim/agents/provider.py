"""What every kind of lender shares: the base of its columns, prices, scores and capital rules."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.agents.institution import Institution
from sim.kernels import logistic, true_at
from sim.table import Count, Flag, Money, Real
from sim.units import Fen, Floats, Ids, Mask

# Rules that order providers to close, and the bit that stands for each in `orders`.
ORDERING = {"capital_floor": 1, "needs_licence": 2, "may_pool": 4, "must_close": 8}
GRADES = "ABCDEFG"
GRADE_EDGES = (0.01, 0.02, 0.03, 0.045, 0.065, 0.09)
MOST_HALVINGS = 30  # of a step of Newton's method
STILL = 1e-9  # log odds: a step below this ends it
ROUNDING = 1e-12  # of an objective: a fall that small is none


class Provider(Institution):
    """What banks, micro lenders and platforms have in common: they score, price and fail."""

    institution_arrears = Money("own running costs due and unpaid, owed to outside", unit="fen")
    emergency = Money("lent by the regulator when it was short of cash", unit="fen")
    born = Count("month of entry", unit="month")
    ended = Count("month it failed", unit="month", fill=1_000_000)
    initial_capital = Real("paid-in capital", unit="fen")
    pd_intercept = Real("log odds of default at index 0 and no debt")
    pd_slope = Real("effect of the estimated index on log odds")
    pd_debt = Real("effect of visible debt over annual revenue on log odds")
    excess_loss = Real("losses above those priced, fading", unit="fen")
    provisions = Real("provisions on claims in default", unit="fen")
    decision_cost = Real("cost of the month's credit decisions", unit="fen")
    premium_due = Real("cover premium carried forward", unit="fen")
    cost_late = Count("months its running costs stand unpaid", unit="months")
    is_in_estate = Flag("failed; its book is being run off")
    last_rate = Real("mean rate of its last grants", unit="1/year")
    is_licensed = Flag("has a licence of the regulator")
    is_refused = Flag("was examined and found unfit for one")
    orders = Count("rules that ordered it to close, a bit for each (see `ORDERING`)")
    months_below = Count("months its capital is below the regulator's floor", unit="months")
    months_unlicensed = Count("months it needs a licence and has none", unit="months")


def estimated_index(precision_sum: Floats, weighted_signals: Floats) -> Floats:
    """Return the posterior mean of the index given independent noisy signals.

    precision_sum : (m,) sum of p_k; weighted_signals : (m,) sum of p_k s_k
    estimate = sum p_k s_k / (1 + sum p_k), the prior being standard normal.
    Source: Bayes' rule for normal signals.
    """
    return weighted_signals / (1.0 + precision_sum)


def default_probability(
    intercept: Floats | float,
    slope: Floats | float,
    debt_effect: Floats | float,
    index: Floats,
    debt_ratio: Floats,
) -> Floats:
    """Return the probability of default within a year.

    intercept, slope, debt_effect : (m,) or one for all, log odds; index : (m,) estimated index
    debt_ratio : (m,) visible debt over annual revenue
    """
    return np.asarray(logistic(intercept + slope * index + debt_effect * debt_ratio))


def loan_rate(base: Floats, pd: Floats, lgd: Floats) -> Floats:
    """Price a year's loan so that the expected loss is earned.

    base : (m,) funding, operating cost and margin; pd, lgd : (m,)
    rate = (base + PD x LGD) / (1 - PD). Source: risk-neutral break-even pricing.
    """
    return (base + pd * lgd) / (1.0 - np.minimum(pd, 0.99))


def precision_factor(technology: float, gain: float) -> float:
    """Return what a provider's technology multiplies the precision of its signals by.

    technology : level 0..1; gain : share gained at level 1. 1 + gain x technology
    Source: assumed
    """
    return 1.0 + gain * technology


def decision_cost_factor(technology: float, saving: float) -> float:
    """Return what a provider's technology multiplies the cost of a decision by.

    technology : level 0..1; saving : share saved at level 1. 1 - saving x technology
    Source: assumed
    """
    return 1.0 - saving * technology


def decision_months(slowest: int, technology: float) -> int:
    """Return the months a decision takes: those of the slowest source, none if all is automatic.

    slowest : months; technology : level 0..1. (1 - technology) x slowest, rounded up
    Source: assumed
    """
    # Rounded first: 0.3 x 10 is a little more than 3.
    return math.ceil(round((1.0 - technology) * slowest, 9))


def capital_chance(capital: Floats, floor: Floats | float, exponent: float) -> Floats:
    """Return the chance that owners raise a floor under capital.

    capital : (m,) fen they have or planned; floor : fen, one for all or (m,); 0 asks for nothing
    min(1, capital / floor) ^ exponent. Source: assumed; exponent 1 is owners' wealth after Pareto
    """
    asks = np.broadcast_to(floor, np.shape(capital))
    covered = np.divide(capital, asks, out=np.ones(np.shape(capital)), where=asks > 0)
    return np.minimum(covered, 1.0) ** exponent


def loss_when_down(
    income: Floats, down: Floats, lost_clients: Floats, franchise_months: float
) -> Floats:
    """Return what owners lose while their systems are down: their loss, not their clients'.

    income : (m,) fen a month; down : (m,) share of the month
    lost_clients : (m,) share of clients who do not come back after a month down
    down x income x (1 + lost clients x franchise_months). Source: assumed
    """
    return down * income * (1.0 + lost_clients * franchise_months)


def pays_ransom(asked: Fen, loss: Floats) -> Mask:
    """Tell which owners pay: those who lose at least as much by being down.

    asked, loss : (m,) fen. Source: Laszka, Farhang and Grossklags 2017, a victim's best response
    """
    return np.asarray(asked <= loss)


def grade(pd: Floats) -> Ids:
    """Turn probabilities of default into grades 0 (A) to 6 (G)."""
    return np.searchsorted(GRADE_EDGES, pd, side="right").astype(np.int64)


def is_sound(pd: Floats, lgd: float, rate: float, cost: float) -> Mask:
    """Tell which loans have non-negative value at a reference rate: the oracle's judgement.

    pd : (m,) true probability of default; (1 - PD)(1 + rate) + PD (1 - LGD) >= 1 + cost
    """
    return (1.0 - pd) * (1.0 + rate) + pd * (1.0 - lgd) >= 1.0 + cost


def refit(
    prior: Floats,
    prior_sd: float,
    index: Floats,
    debt_ratio: Floats,
    is_bad: Mask,
    group: Ids,
    n_groups: int,
    steps: int = 12,
) -> Floats:
    """Re-estimate three logit coefficients for every provider by maximum a posteriori.

    prior : (3,) pooled coefficients; prior_sd : spread of the Gaussian prior (slope, debt and
    intercept alike); index, debt_ratio : (m,) as seen at the grant; is_bad : (m,) outcome
    group : (m,) provider; returns (n_groups, 3), the prior where there is no data.
    Newton's method on all providers at once, each provider's step halved until its objective
    does not fall: whole steps run away where outcomes are far from what the prior expects.
    Source: Hosmer, Lemeshow (2000), ch. 1, with a prior.
    """
    order = group.argsort(kind="stable")
    index, debt_ratio, is_bad = index[order], debt_ratio[order], is_bad[order]
    every = _Outcomes(index, debt_ratio, is_bad, group[order])
    beta = np.tile(prior, (n_groups, 1))
    value = _objective(beta, prior, prior_sd, every)
    for _ in range(steps):
        step = _newton_step(beta, prior, prior_sd, every)
        tried = _objective(beta + step, prior, prior_sd, every)
        least = value - ROUNDING * np.abs(value)
        falls, some = tried < least, every
        for _ in range(MOST_HALVINGS - 1):
            if not falls.any():
                break
            # Only providers whose objective still falls try again, with their own outcomes.
            some = some.of(falls)
            step[falls] *= 0.5
            tried[falls] = _objective(beta + step, prior, prior_sd, some)[falls]
            falls = tried < least
        step[falls] = 0.0
        beta, value = beta + step, np.where(falls, value, tried)
        if np.abs(step).max(initial=0.0) < STILL:
            break
    return beta


class _Outcomes(NamedTuple):
    """Outcomes that scorecards learn from, (m,) each, those of a provider together."""

    estimate: Floats
    debt_ratio: Floats
    is_bad: Mask
    group: Ids

    def of(self, chosen: Mask) -> _Outcomes:
        """Pick the outcomes of some providers, in the same order; chosen : (n_groups,)."""
        rows = true_at(chosen[self.group])
        estimate, debt_ratio, is_bad, group = self
        return _Outcomes(estimate[rows], debt_ratio[rows], is_bad[rows], group[rows])

    def log_odds(self, beta: Floats) -> Floats:
        """Log odds of default by the scorecard of each one's provider."""
        mine = np.ascontiguousarray(beta.T)[:, self.group]
        mine[1] *= self.estimate
        mine[2] *= self.debt_ratio
        return np.asarray(mine[0] + mine[1] + mine[2])


def _objective(beta: Floats, prior: Floats, prior_sd: float, seen: _Outcomes) -> Floats:
    """Penalised log-likelihood of every provider, (n_groups,); see `refit`."""
    z = seen.log_odds(beta)
    fit = np.bincount(seen.group, seen.is_bad * z - np.logaddexp(0.0, z), len(beta))
    return np.asarray(fit - 0.5 * ((beta - prior) ** 2).sum(axis=1) / prior_sd**2)


def _newton_step(beta: Floats, prior: Floats, prior_sd: float, seen: _Outcomes) -> Floats:
    """Whole step of Newton's method for every provider, (n_groups, 3); see `refit`."""
    n, x = len(beta), (1.0, seen.estimate, seen.debt_ratio)
    p = logistic(seen.log_odds(beta))
    missed, left = seen.is_bad - p, 1 - p
    gradient = -(beta - prior) / prior_sd**2
    hessian = np.tile(np.eye(3) / prior_sd**2, (n, 1, 1))
    for i in range(3):
        gradient[:, i] += np.bincount(seen.group, x[i] * missed, n)
        for j in range(i, 3):
            both = np.bincount(seen.group, x[i] * x[j] * p * left, n)
            hessian[:, i, j] += both
            if j > i:
                hessian[:, j, i] += both
    return np.asarray(np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0])
