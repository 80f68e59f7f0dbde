"""Which parameters matter: indices of Morris and of Sobol from a sample of points.

Responsible for the indices of a metric, its mean over replications and months at each point, or of
what an arm changes in it; the points are those of `sim.sampling`, asked for again. Effects are over
the whole range of a field, so they compare fields only on the ranges that the scenario gives.

Source: Morris 1991, Campolongo et al. 2007 (mu*); Saltelli et al. 2010; by SALib.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import paired, sampled
from analysis.results import ResultsError
from sim.sampling import LEVELS, problem_of
from sim.units import Floats

if TYPE_CHECKING:
    from analysis.results import Results, Window

SEED = 0  # of the resampling behind SALib's intervals
METHODS = ("morris", "saltelli")
# Column -> name in the answer of SALib.
MORRIS = {"mu_star": "mu_star", "half_width": "mu_star_conf", "mu": "mu", "sigma": "sigma"}
SOBOL = {"total": "ST", "total_half_width": "ST_conf", "first": "S1", "first_half_width": "S1_conf"}


def sensitivity(
    results: Results, metric: str = paired.COHORT, window: Window | None = None,
    arm: str | None = None, effect: str | None = None, reference: str | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return the indices of every field of the sample, the most telling first.

    arm : whose level is explained, the reference arm if absent
    effect : arm whose effect is explained instead: its paired difference from the `reference` arm
        (the file's if absent) at each point, in the same replication, mean over replications
    morris : mu_star, mean size of its elementary effects, with the half width of the 95 % interval;
        mu, with sign; sigma, their deviation: effects that hang on the other fields
    saltelli : first, share of variance by the field alone, and total, with what it does together
        with others, each with the half width of its 95 % interval
    noise : share of the variance over points that is luck (`analysis.sampled.noise_share`), which
        no field explains: it adds to sigma and to total
    """
    _refuse_unfit(results)
    metric = paired.known_metric(results, metric)
    values, labels, size = _asked(results, metric, window, arm, effect, reference)
    unit, block, n = sampled.unit_rows(results), sampled.block_of(results), len(values)
    by_point = values.groupby(level="point").mean() if n else pd.Series(dtype=float)
    rows = by_point.reindex(sampled.names_of_rows(results)).to_numpy(dtype=np.float64)
    whole = np.isfinite(rows).reshape(-1, block).all(axis=1).repeat(block)
    if not whole.any():
        raise ResultsError(
            f"{results.folder}: too many points are missing for any index{_why(metric)}"
        )
    over = sampled.ranges_of(results)
    method = sampled.method_of(results)
    found = _indices(method, unit[whole], rows[whole], len(over), paired.ROUNDING * size)
    frame = pd.DataFrame({"field": list(over), **found})
    noise = sampled.noise_share(values)
    frame = frame.assign(
        metric=metric, **labels, points=int(whole.sum()), method=method, noise=noise
    )
    return frame.sort_values(frame.columns[1], ascending=False, ignore_index=True)


def _asked(
    results: Results, metric: str, window: Window | None, arm: str | None, effect: str | None,
    reference: str | None,
) -> tuple[pd.Series, dict[str, str], float]:  # fmt: skip
    """Return what is explained by point and replication, whose it is, and the largest level."""
    if effect is None:
        if reference is not None:
            raise ResultsError("a reference arm is for an effect; name the arm whose effect it is")
        arm = paired.known_arm(results, arm)
        values = paired.values_of(results, metric, window)
        levels = sampled.levels_at(results, values, arm)
        return levels, {"arm": arm, "against": ""}, _size(levels)
    if arm is not None:
        raise ResultsError("give either an arm, for its level, or an effect, not both")
    effect, against = sampled.other_arm(results, effect, reference)
    if paired.comparable(results, metric, None, effect, against) == "own burn-in":
        raise ResultsError(
            f"{metric}: {effect!r} and {against!r} have other firms from the start, so their "
            "cohorts are not compared"
        )
    values = paired.values_of(results, metric, window)
    labels = {"arm": effect, "against": against}
    size = max(_size(sampled.levels_at(results, values, name)) for name in (effect, against))
    return sampled.effect_at(results, values, effect, against), labels, size


def _size(values: pd.Series) -> float:
    """Return the largest absolute number, 0 if there is none."""
    return float(values.abs().max()) if values.notna().any() else 0.0


def has_indices(results: Results) -> bool:
    """Tell whether these results are a sample from which indices can be worked out."""
    return sampled.is_sampled(results) and sampled.method_of(results) in METHODS


def _refuse_unfit(results: Results) -> None:
    if not has_indices(results):
        raise ResultsError(
            f"{results.folder}: holds no sample for indices; a scenario asks for one by "
            f"'sample: {{method: morris, n: 10, over: ...}}' or method saltelli"
        )


def _why(metric: str) -> str:
    return " (it needs twins with all channels off)" if metric == paired.CONTAGIOUS else ""


def _indices(
    method: str, unit: Floats, values: Floats, fields: int, rounding: float
) -> dict[str, Floats]:
    """Work the indices out; what does not exceed `rounding`, in the unit of the metric, is zero."""
    from SALib.analyze import morris, sobol

    problem = problem_of(fields)
    if method == "saltelli" and np.ptp(values) <= rounding:
        zero = np.zeros(fields)
        return {"total": zero, "total_half_width": zero, "first": zero, "first_half_width": zero}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a single walk, and of resamples without variance
        if method == "morris":
            found = morris.analyze(problem, unit, values, num_levels=LEVELS, seed=SEED)
            names = MORRIS
        else:
            found = sobol.analyze(problem, values, calc_second_order=False, seed=SEED)
            names = SOBOL
    told = {name: np.asarray(found[key], dtype=np.float64) for name, key in names.items()}
    if method == "morris":
        told = {name: np.where(np.abs(v) <= rounding, 0.0, v) for name, v in told.items()}
    if method == "morris" and len(values) == fields + 1:
        told["half_width"] = np.full(fields, np.nan)  # one walk has no interval
    return told
