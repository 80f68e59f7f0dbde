"""Elasticities of credit to sales and to assets of one's own, by kind of lender.

A regression on lists of borrowers, two years apart: log credit from the kind on log sales and log
assets, inside each replication and month, so that common shocks drop out; standard errors
clustered by firm. It speaks of how much borrowers of the kind owe, not of who gets credit.
Assets are those a firm keeps up of its own: loans for projects buy assets one for one, so that all
assets would follow credit and not credit assets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.results import AS_SET, PLACEBO, ResultsError

if TYPE_CHECKING:
    from analysis.results import Results

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]
TERMS = ("sales", "own_assets")
NORMAL = 1.959964  # 97.5 % quantile: clusters are many
FEWEST = 30  # firms; fewer say nothing


class Fit(NamedTuple):
    """Coefficients (k,), their covariance (k, k) and the share of variance explained."""

    beta: Floats
    covariance: Floats
    r_squared: float


def clustered_fit(y: Floats, x: Floats, within: Ids, cluster: Ids) -> Fit:
    """Fit y = x beta + effect of the group by least squares, errors clustered.

    y : (n,); x : (n, k); within : (n,) group whose mean is taken out; cluster : (n,)
    Covariance (X'X)^-1 (sum_c s_c s_c') (X'X)^-1 with s_c = X_c' u_c, times
    G / (G - 1) x (n - 1) / (n - k - groups), G clusters. Source: Cameron, Miller (2015).
    Raises ValueError where x has no full rank inside groups.
    """
    _, group = np.unique(within, return_inverse=True)
    size = np.bincount(group).astype(float)
    inside = [v - (np.bincount(group, v) / size)[group] for v in (y, *x.T)]
    y, x = inside[0], np.column_stack(inside[1:])
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise ValueError("sales and assets cannot be told apart in these data")
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ (x.T @ y)
    rest = y - x @ beta
    _, who = np.unique(cluster, return_inverse=True)
    scores = np.stack([np.bincount(who, column * rest) for column in x.T], axis=1)
    n, g, used = len(y), len(scores), x.shape[1] + len(size)
    factor = g / (g - 1.0) * (n - 1.0) / (n - used)
    covariance = factor * inverse @ (scores.T @ scores) @ inverse
    return Fit(beta, covariance, float(1.0 - (rest @ rest) / (y @ y)))


def elasticities(results: Results, month: int | None = None) -> pd.DataFrame:
    """Return elasticities with 95 % intervals: a row by arm, point, kind of provider and term.

    month : of one list; None for all
    Borrowers without sales or assets of their own are left out; kinds with fewer than 30 firms
    have no row. `n` counts firm-years, `firms` clusters.
    Raises ResultsError where no list of borrowers was written.
    """
    if not len(results.borrowers):
        raise ResultsError(
            "these results have no list of borrowers: outputs.borrowers is none, or runs are "
            "shorter than 12 months"
        )
    if TERMS[1] not in results.borrowers:
        raise ResultsError(f"the list of borrowers has no {TERMS[1]}: an older version wrote it")
    found = results.with_labels(results.borrowers)
    mine = found[(found["channels"] == AS_SET) & (found["arm"] != PLACEBO)]
    mine = mine[(mine[["credit", *TERMS]] > 0).all(axis=1)]
    mine.attrs = {}  # which pandas would copy with every step
    if month is not None:
        mine = mine[mine["month"] == month]
    rows = []
    for (arm, point, kind), part in mine.groupby(["arm", "point", "kind"], sort=False):
        rows += _rows({"arm": arm, "point": point, "kind": kind}, part)
    return pd.DataFrame(rows)


def _rows(names: dict[str, object], part: pd.DataFrame) -> list[dict[str, object]]:
    replication = part["replication"].to_numpy(dtype=np.int64)
    firm = replication * (int(part["row"].max()) + 1) + part["row"].to_numpy(dtype=np.int64)
    n_firms = len(np.unique(firm))
    within = replication * (int(part["month"].max()) + 1) + part["month"].to_numpy(dtype=np.int64)
    if n_firms < FEWEST:
        return []
    y, x = np.log(part["credit"].to_numpy(float)), np.log(part[list(TERMS)].to_numpy(float))
    fit = clustered_fit(y, x, within, firm)
    return [
        {**names, "term": term, "elasticity": beta, "se": se, "low": beta - NORMAL * se,
         "high": beta + NORMAL * se, "n": len(y), "firms": n_firms, "r_squared": fit.r_squared}
        for term, beta, se in zip(TERMS, fit.beta, np.sqrt(np.diag(fit.covariance)), strict=True)
    ]  # fmt: skip
