"""Risk of a portfolio of loans: forecasts against outcomes, lives, tails of losses, arrears.

Responsible for the measures on plain arrays; not for reading results. What scorecards of a run are
worth is `analysis.scoring`, how long its platforms live `analysis.exits`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from analysis.networks import checked_count, checked_number, floats_of
from analysis.scoring import auc_of_counts, ks_of_counts

Floats = NDArray[np.float64]
_TIE = 1e-12  # a cumulated probability this close below a level has reached it


@dataclass(frozen=True)
class Discrimination:
    """How well a forecast tells who defaults.

    auc   : chance that one who defaults scored above one who does not, ties counting half
    gini  : 2 auc - 1
    ks    : largest gap between the score distributions of the two
    brier : mean squared error of the forecast; NaN where one lies outside 0..1
    """

    auc: float
    gini: float
    ks: float
    brier: float


def discrimination(is_bad: Any, forecast: Any, weights: Any = None) -> Discrimination:
    """Return AUC, Gini, KS and Brier score of forecast probabilities of default.

    is_bad   : (n,) 0 or 1 - outcome, 1 for default
    forecast : (n,) - forecast probability, higher is riskier; AUC, Gini and KS only ask for an
        order, so any score will do, but the Brier score needs probabilities: NaN if one lies
        outside 0..1
    weights  : (n,) from 0 - how often each counts; once by default

    Raises ValueError where only one outcome occurs: then none can be told from the other.
    Source: Hanley, McNeil (1982); Brier (1950).
    """
    bad = _flags("is_bad", is_bad)
    score = _numbers("forecast", forecast, len(bad))
    weight = np.ones(len(bad)) if weights is None else _numbers("weights", weights, len(bad), 0.0)
    levels, level = np.unique(score, return_inverse=True)
    of_bad: Floats = np.bincount(level, weight * bad, len(levels)).astype(float)
    of_good: Floats = np.bincount(level, weight * ~bad, len(levels)).astype(float)
    for name, counts in (("default (1)", of_bad), ("no default (0)", of_good)):
        if not counts.sum() > 0:
            raise ValueError(f"is_bad: nobody has the outcome {name}; both must occur")
    auc = float(auc_of_counts(of_good, of_bad))
    is_chance = bool(((score >= 0.0) & (score <= 1.0)).all())
    error = float(np.average((score - bad) ** 2, weights=weight)) if is_chance else float("nan")
    return Discrimination(auc, 2.0 * auc - 1.0, ks_of_counts(of_good, of_bad), error)


@dataclass(frozen=True)
class Survival:
    """A Kaplan-Meier estimate, at the times of events only.

    times    : (k,) ascending
    survival : (k,) - share that lives beyond each time
    at_risk  : (k,) - observed up to the time; who is censored at it still is
    events   : (k,) - events at the time
    se       : (k,) - standard error of Greenwood; 0 once nobody is left
    """

    times: Floats
    survival: Floats
    at_risk: Floats
    events: Floats
    se: Floats

    def beyond(self, times: Any) -> Floats:
        """Return the share that lives beyond any times; 1 before the first event."""
        steps = np.concatenate((np.ones(1), self.survival))
        return steps[np.searchsorted(self.times, np.asarray(times, dtype=float), side="right")]


def kaplan_meier(durations: Any, events: Any = None) -> Survival:
    """Estimate which share lives beyond each time, where some are lost from sight before the event.

    durations : (n,) from 0 - time to the event, or to where sight was lost
    events    : (n,) 1 for the event, 0 for lost from sight; all events by default

    survival(t) = product over event times s <= t of 1 - events(s) / at_risk(s).
    Source: Kaplan, Meier (1958); Greenwood (1926) for the standard error.
    """
    span = _numbers("durations", durations, None, 0.0)
    has_event = np.ones(len(span), dtype=np.bool_)
    if events is not None:
        has_event = _flags("events", events, len(span))
    times, place = np.unique(span, return_inverse=True)
    count: Floats = np.bincount(place, has_event, len(times)).astype(float)
    at_risk = np.bincount(place, minlength=len(times))[::-1].cumsum()[::-1].astype(float)
    some = count > 0
    times, count, at_risk = times[some], count[some], at_risk[some]
    alive = np.cumprod(1.0 - count / at_risk)
    left = at_risk - count
    spread = np.cumsum(count / (at_risk * np.where(left > 0, left, 1.0)))
    return Survival(times, alive, at_risk, count, alive * np.sqrt(spread))


@dataclass(frozen=True)
class TailRisk:
    """Value at risk and expected shortfall of a distribution of losses."""

    var: float
    es: float


def tail_risk(losses: Any, level: float, probabilities: Any = None) -> TailRisk:
    """Return value at risk and expected shortfall at a level.

    losses        : (n,) - positive is bad, in any order
    level         : 0 .. 1, as 0.99
    probabilities : (n,) from 0, sum 1 - of each loss; equal by default

    var = the smallest loss that is not exceeded with probability `level` (no interpolation).
    es  = mean of the var at all levels above, so a loss whose probability spans the level counts
    with the part above it: it is not the mean of losses from var on.
    At level 1 both are the largest loss; at level 0, var is the smallest and es the mean.
    Source: Acerbi, Tasche (2002).
    """
    loss = _numbers("losses", losses)
    if not len(loss):
        raise ValueError("losses: none given")
    level = checked_number(level, "level", 0.0, 1.0)
    if probabilities is None:
        loss, rising = np.sort(loss), np.arange(1, len(loss) + 1) / len(loss)
        chance = np.full(len(loss), 1.0 / len(loss))
    else:
        chance = _numbers("probabilities", probabilities, len(loss), 0.0)
        if abs(chance.sum() - 1.0) > 1e-6:
            raise ValueError(f"probabilities: sum to {chance.sum():.6g}; they must sum to 1")
        order = np.argsort(loss, kind="stable")
        order = order[chance[order] > 0]
        loss, chance = loss[order], chance[order] / chance.sum()
        rising = np.cumsum(chance)
    at = min(int(np.searchsorted(rising, level - _TIE)), len(loss) - 1)
    var = float(loss[at])
    if level == 1.0:
        return TailRisk(float(loss[-1]), float(loss[-1]))
    # Mean excess over var, so that what lies at var cancels whatever its probability.
    beyond = loss[at + 1 :] - var
    return TailRisk(var, var + float((beyond * chance[at + 1 :]).sum()) / (1.0 - level))


def vasicek_quantile(pd: Any, rho: Any, level: Any) -> Any:
    """Return the share of a large portfolio that defaults, not exceeded with a probability.

    pd    : 0 .. 1 - probability of default of each borrower
    rho   : 0 .. below 1 - correlation of their assets through one common factor
    level : above 0, below 1
    Numbers, or arrays that fit each other.

    N((N^-1(pd) + sqrt(rho) N^-1(level)) / sqrt(1 - rho)), N the normal distribution.
    Source: Vasicek (1987, 2002); the capital rule of Basel II (2006).
    """
    chance, tied = _between("pd", pd, 0.0, 1.0), _between("rho", rho, 0.0, 1.0, "below")
    level = _between("level", level, 0.0, 1.0, "inside")
    found = ndtr((ndtri(chance) + np.sqrt(tied) * ndtri(level)) / np.sqrt(1.0 - tied))
    return float(found) if np.ndim(found) == 0 else found


def portfolio_at_risk(outstanding: Any, days_past_due: Any, days: float = 30) -> float:
    """Return the share of a portfolio's balance that lies in loans late by more than some days.

    outstanding   : (n,) from 0, money - whole balance of each loan
    days_past_due : (n,) - of its oldest unpaid instalment
    days          : a loan exactly as late as this does not count
    0 for a portfolio without balance. Source: the usual definition of PAR30 in micro-finance.
    """
    balance = _numbers("outstanding", outstanding, None, 0.0)
    late = _numbers("days_past_due", days_past_due, len(balance))
    days = checked_number(days, "days")
    total = float(balance.sum())
    return float(balance[late > days].sum()) / total if total else 0.0


def vintage_curves(cohort: Any, default_age: Any, max_age: int) -> dict[Any, Floats]:
    """Return for each cohort of loans the share that defaulted by each age.

    cohort      : (n,) labels - when each loan was granted
    default_age : (n,) from 0 - months from grant to default; None, NaN or -1 for never
    max_age     : last age asked
    Returns cohort -> (max_age + 1,), ages 0 .. max_age: number of defaults up to that age over all
    loans of the cohort. Cohorts ascending.
    """
    try:
        labels = np.asarray(cohort)
        names, which = np.unique(labels, return_inverse=True)
    except (TypeError, ValueError) as problem:
        raise ValueError("cohort must be labels that can be put in order") from problem
    ages = floats_of(default_age, "default_age", "ages, or None or NaN for never")  # None is NaN
    if labels.ndim != 1 or labels.shape != ages.shape:
        raise ValueError(f"cohort has shape {labels.shape} and default_age {ages.shape}")
    n_ages = checked_count(max_age, "max_age") + 1
    ages[ages == -1] = np.nan
    wrong = (ages < 0) | np.isinf(ages)
    _refuse("default_age", ages, wrong, "from 0, or None, NaN or -1 for never")
    seen = np.flatnonzero(ages < n_ages)  # not those who never default
    seen = seen[np.ceil(ages[seen]) < n_ages]
    place = which[seen] * n_ages + np.ceil(ages[seen]).astype(np.int64)
    defaults = np.bincount(place, minlength=len(names) * n_ages).reshape(len(names), n_ages)
    shares = defaults.cumsum(axis=1) / np.bincount(which, minlength=len(names))[:, None]
    return dict(zip(names.tolist(), shares, strict=True))


def _numbers(name: str, values: Any, n: int | None = None, low: float | None = None) -> Floats:
    """Return values as a line of finite floats, or say which entry is wrong."""
    found = floats_of(values, name)
    if found.ndim != 1 or (n is not None and len(found) != n):
        wanted = "(n,)" if n is None else f"({n},)"
        raise ValueError(f"{name} has shape {found.shape}; it must be {wanted}")
    _refuse(name, found, ~np.isfinite(found), "a finite number")
    if low is not None:
        _refuse(name, found, found < low, f"at least {low:g}")
    return found


def _flags(name: str, values: Any, n: int | None = None) -> NDArray[np.bool_]:
    found = _numbers(name, values, n)
    _refuse(name, found, (found != 0) & (found != 1), "0 or 1")
    return found == 1


def _refuse(name: str, values: Floats, is_wrong: Any, allowed: str) -> None:
    if is_wrong.any():
        at = int(np.argmax(is_wrong))
        raise ValueError(f"{name}[{at}] is {values[at]:g}; it must be {allowed}")


def _between(name: str, value: Any, low: float, high: float, end: str = "") -> Any:
    """Return a number or array in [low, high], `below` high, or `inside` of both."""
    found = floats_of(value, name, "a number, or numbers")
    is_in = (found >= low) & (found <= high)
    if end:
        is_in &= found < high
    if end == "inside":
        is_in &= found > low
    if not is_in.all():
        worst = float(found[~is_in].flat[0]) if found.ndim else float(found)
        span = {"": "from 0 to 1", "below": "from 0 to below 1", "inside": "between 0 and 1"}[end]
        raise ValueError(f"{name} is {worst:g}; it must lie {span}")
    return float(found) if found.ndim == 0 else found
