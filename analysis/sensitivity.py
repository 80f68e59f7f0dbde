"""Which parameters matter: indices of Morris and of Sobol from a sample of points.

Responsible for the indices of a metric, its mean over replications and months at each point; the
points are those of `sim.sampling`, asked for again. Effects are over the whole range of a field, so
they compare fields with each other only on the ranges that the scenario gives.

Source: Morris 1991, Campolongo et al. 2007 (mu*); Saltelli et al. 2010; by SALib.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis import paired
from analysis.results import AS_SET, ResultsError
from sim.sampling import LEVELS, problem_of, unit_sample, values_in
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
    arm: str | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return the indices of every field of the sample, the most telling first.

    morris : mu_star, mean size of its elementary effects, with the half width of the 95 % interval;
        mu, with sign; sigma, their deviation: effects that hang on the other fields
    saltelli : first, share of variance by the field alone, and total, with what it does together
        with others, each with the half width of its 95 % interval
    """
    method, over, arm = *_sample_of(results), paired.known_arm(results, arm)
    sample: Any = results.scenario["sample"]
    unit = unit_sample(method, int(sample["n"]), len(over), int(results.manifest["seed"]))
    values = _values_at(results, metric, window, arm, unit, over)
    block = len(over) + (1 if method == "morris" else 2)
    whole = np.isfinite(values).reshape(-1, block).all(axis=1).repeat(block)
    if not whole.any():
        raise ResultsError(f"{results.folder}: too many points are missing for any index")
    found = _indices(method, unit[whole], values[whole], len(over))
    frame = pd.DataFrame({"field": list(over), **found})
    frame = frame.assign(metric=metric, arm=arm, points=int(whole.sum()), method=method)
    return frame.sort_values(frame.columns[1], ascending=False, ignore_index=True)


def has_indices(results: Results) -> bool:
    """Tell whether these results are a sample from which indices can be worked out."""
    sample: Any = results.scenario.get("sample") or {}
    return sample.get("method", "sobol") in METHODS


def _sample_of(results: Results) -> tuple[str, dict[str, tuple[float, float]]]:
    if not has_indices(results):
        raise ResultsError(
            f"{results.folder}: holds no sample for indices; a scenario asks for one by "
            f"'sample: {{method: morris, n: 10, over: ...}}' or method saltelli"
        )
    sample: Any = results.scenario["sample"]
    over = {str(name): (float(low), float(high)) for name, (low, high) in sample["over"].items()}
    return str(sample["method"]), over


def _values_at(
    results: Results, metric: str, window: Window | None, arm: str, unit: Floats,
    over: dict[str, tuple[float, float]],
) -> Floats:  # fmt: skip
    """Return (rows,) the metric at each point, NaN where no run has finished."""
    runs = results.runs[(results.runs["arm"] == arm) & (results.runs["channels"] == AS_SET)]
    found = paired.values_of(results, paired.known_metric(results, metric), window)
    mine = found[found.index.get_level_values("arm") == arm].dropna()
    mine = mine[mine.index.get_level_values("channels") == AS_SET]
    means = mine.groupby(level="point").mean()
    fields = list(over)
    whole = {name: pd.api.types.is_integer_dtype(runs[name]) for name in fields}
    names = runs.drop_duplicates("point").set_index("point")[fields].astype(float)
    at = {tuple(row): point for point, row in zip(names.index, names.to_numpy(), strict=True)}
    points = values_in(unit, over, whole)
    keys = [tuple(float(point[name]) for name in fields) for point in points]
    return np.array([means.get(at.get(key, ""), np.nan) for key in keys], dtype=np.float64)


def _indices(method: str, unit: Floats, values: Floats, fields: int) -> dict[str, Floats]:
    from SALib.analyze import morris, sobol

    problem = problem_of(fields)
    if method == "saltelli" and np.ptp(values) == 0.0:
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
    if method == "morris" and len(values) == fields + 1:
        told["half_width"] = np.full(fields, np.nan)  # one walk has no interval
    return told
