"""Points of a sample in the unit cube: low-discrepancy, Latin, and the designs of two indices.

Responsible for the points alone, which depend on method, number, dimension and seed and on nothing
else: whoever reads results can ask for them again. `morris` walks from point to point, one field
at a time, for elementary effects (Morris 1991; Campolongo et al. 2007); `saltelli` exchanges one
field at a time between two samples, for Sobol's first and total index (Saltelli et al. 2010).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.units import Floats

LEVELS = 4  # of the grid that Morris walks on
MOST_SEED = 2**32
NEEDED = "needs the package SALib: pip install -e '.[analysis]'"


class MissingPackageError(ValueError):
    """A package that a method needs is not installed."""


def rows_of(method: str, n: int, fields: int) -> int:
    """Return how many points a sample has: n walks or n pairs of samples give more than n."""
    return {"morris": n * (fields + 1), "saltelli": n * (fields + 2)}.get(method, n)


def problem_of(fields: int) -> dict[str, Any]:
    """Return the unit cube in the words of SALib."""
    names = [f"x{i}" for i in range(fields)]
    return {"num_vars": fields, "names": names, "bounds": [[0.0, 1.0]] * fields}


def unit_sample(method: str, n: int, fields: int, seed: int) -> Floats:
    """Return (rows, fields) points of a sample in the unit cube.

    method : sobol (low-discrepancy), lhs, morris or saltelli; n : points, walks or pairs
    """
    if method in ("morris", "saltelli"):
        return _of_salib(method, n, fields, seed)
    from scipy.stats import qmc

    kind = qmc.Sobol if method == "sobol" else qmc.LatinHypercube
    return np.asarray(kind(d=fields, rng=seed).random(n))


def _of_salib(method: str, n: int, fields: int, seed: int) -> Floats:
    try:
        from SALib.sample import morris, sobol
    except ImportError:
        raise MissingPackageError(f"sample.method: {method} {NEEDED}") from None
    problem, seed = problem_of(fields), seed % MOST_SEED
    if method == "morris":
        return np.asarray(morris.sample(problem, n, num_levels=LEVELS, seed=seed))
    return np.asarray(sobol.sample(problem, n, calc_second_order=False, seed=seed))


def values_in(
    unit: Floats, over: Mapping[str, tuple[float, float]], whole: Mapping[str, bool]
) -> list[dict[str, Any]]:
    """Return the points as values by field: low + u x (high - low), rounded where whole."""
    points = []
    for row in unit.tolist():
        pairs = zip(row, over.items(), strict=True)
        values = {name: low + u * (high - low) for u, (name, (low, high)) in pairs}
        points.append({k: round(v) if whole[k] else v for k, v in values.items()})
    return points
