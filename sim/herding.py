"""How strongly savers may follow each other before calm turns into a run: a mean-field limit.

Responsible for the largest herding at which the calm state is stable, from parameters alone, so
that a scenario can be checked and described before anything runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.units import Floats

if TYPE_CHECKING:
    from sim.parameters import AllParameters

HIGHEST = 60.0  # utility lost to neighbours beyond which everybody leaves who may
STEPS = 3001


def leaving_share(pressure: Any, p: AllParameters, outside: float | None = None) -> Floats:
    """Share of savers with money on a platform that take it off, given what neighbours do.

    pressure : (k,) utility that platforms have lost, herding x share of neighbours who left
    outside : 1/year that the outside option yields, `outside_yield` unless there are money funds
    Returns (k,): F(y) = withdrawal_speed x mean over savers of the chance, or share, of the outside

        1 / (1 + w exp(v - y)),   v = return_sensitivity x (expected return - outside)

    at the priors for loss and hazard, the rate that platforms start with and all client money at
    work; the mean is over risk aversion and over the number w of platforms watched, which is 1
    where savers withdraw from each platform apart (`partial_withdrawal`).
    Source: the logit rule of savers, with all platforms alike.
    """
    i, platform = p.investor, p.platform
    nodes, weights = np.polynomial.hermite_e.hermegauss(15)
    aversion = i.risk_aversion * np.exp(i.tolerance_sigma * nodes)
    promised = platform.first_rate * (1.0 - platform.service_fee)
    fear = (1.0 + aversion) * i.prior_failure * i.loss_given_failure
    outside = i.outside_yield if outside is None else outside
    value = i.return_sensitivity * (promised - i.prior_loss - fear - outside)
    stays = value - np.asarray(pressure, dtype=np.float64)[:, None]
    shares = (1.0,) if i.partial_withdrawal else i.watch_shares
    leaves = sum(
        share / sum(shares) / (1.0 + np.exp(np.minimum(np.log(watched) + stays, 700.0)))
        for watched, share in enumerate(shares, 1)
    )
    return np.asarray(i.withdrawal_speed * (leaves @ (weights / weights.sum())))


def largest_herding(p: AllParameters, outside: float | None = None) -> float:
    """Give the herding h below which the calm state is stable; infinite where there is no limit.

    outside : as in `leaving_share`

    Let x be the share of savers leaving in a month. Each sees about the same share of neighbours
    leave, so x(t+1) = F(h x(t)), F as in `leaving_share`. The calm state is the smallest fixed
    point x* = F(h x*). A small departure from it grows by the factor h F'(h x*) a month, so calm is
    stable while h F'(h x*) < 1. Along the fixed points, with y = h x*, h = y / F(y) and
    dh/dy = (F - y F') / F^2, which is above zero exactly where y F'/F = h F' < 1. So calm is stable
    up to the first maximum of y / F(y), where it meets an unstable state and vanishes: beyond,
    savers run without a cause (saddle-node bifurcation). Where y / F(y) never falls, more herding
    only raises the share leaving, and there is no limit.
    Source: Brock and Durlauf (2001), section 3, for the fixed points of a logit with social weight.
    """
    y = np.linspace(0.0, HIGHEST, STEPS)[1:]
    h = _herding_at(y, p, outside)
    falls = np.flatnonzero(h[1:] < h[:-1])
    if not len(falls):
        return float("inf")
    first = falls[0]
    near = np.linspace(y[max(first - 1, 0)], y[first + 1], STEPS)
    return float(_herding_at(near, p, outside).max())


def _herding_at(pressure: Floats, p: AllParameters, outside: float | None) -> Floats:
    """Herding at which this pressure sustains itself; infinite where nobody may leave."""
    leaving = leaving_share(pressure, p, outside)
    return np.divide(pressure, leaving, out=np.full_like(pressure, np.inf), where=leaving > 0)
