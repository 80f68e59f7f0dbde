"""Elasticities: known coefficients are found, errors are those of the formula."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.elasticity import clustered_fit, elasticities
from analysis.results import AS_SET


def test_errors_by_the_formula_with_loops():
    rng = np.random.default_rng(3)
    n = 40
    x = rng.standard_normal((n, 2))
    group, firm = np.arange(n) % 4, np.arange(n) // 4
    y = x @ [0.5, -1.0] + group + rng.standard_normal(n)
    fit = clustered_fit(y, x, group, firm)
    dummies = (group[:, None] == np.arange(4)).astype(float)
    whole = np.column_stack([x, dummies])
    beta = np.linalg.lstsq(whole, y, rcond=None)[0]
    assert fit.beta == pytest.approx(beta[:2])
    rest, meat = y - whole @ beta, np.zeros((6, 6))
    for c in range(10):
        score = sum(whole[i] * rest[i] for i in np.flatnonzero(firm == c))
        meat += np.outer(score, score)
    inverse = np.linalg.inv(whole.T @ whole)
    factor = 10 / 9 * (n - 1) / (n - 6)
    expected = factor * (inverse @ meat @ inverse)[:2, :2]
    assert fit.covariance == pytest.approx(expected)


def test_regressors_that_cannot_be_told_apart_are_refused():
    x = np.repeat(np.arange(6.0)[:, None], 2, axis=1)
    with pytest.raises(ValueError, match="told apart"):
        clustered_fit(np.arange(6.0), x, np.zeros(6, int), np.arange(6))


def borrowers(n=400):
    """Banks follow assets with 0.8, e-commerce lenders follow sales with 1.1; a third has few."""
    rng = np.random.default_rng(8)
    sales, assets = np.exp(rng.standard_normal((2, n)) + 10)
    frame = pd.DataFrame({
        "arm": "base", "point": "", "channels": AS_SET, "replication": np.arange(n) % 2,
        "month": 12 * (1 + np.arange(n) % 3), "row": np.arange(n),
        "kind": np.where(np.arange(n) < n // 2, "bank", "ecommerce_lender"),
        "sales": sales, "own_assets": assets,
    })  # fmt: skip
    common = np.exp(frame["month"] / 10 + 5 * frame["replication"])
    noise = np.exp(0.3 * rng.standard_normal(n))
    frame["credit"] = common * noise * np.where(frame["kind"] == "bank", assets**0.8, sales**1.1)
    frame.loc[:9, "kind"] = "platform"
    return frame


def test_elasticities_by_kind_with_intervals():
    frame = borrowers()
    frame.loc[20:29, "own_assets"] = 0.0  # no logarithm
    results = SimpleNamespace(borrowers=frame, with_labels=lambda table: table)
    found = elasticities(results).set_index(["kind", "term"])
    for kind, term, value in (("bank", "own_assets", 0.8), ("bank", "sales", 0.0),
                              ("ecommerce_lender", "sales", 1.1)):  # fmt: skip
        row = found.loc[(kind, term)]
        assert row["elasticity"] == pytest.approx(value, abs=0.08)
        assert row["low"] < value < row["high"]
        assert row["high"] - row["low"] < 0.2
    assert found.loc[("bank", "sales"), "n"] == 180
    assert "platform" not in found.index.get_level_values("kind")  # ten firms say nothing
    one_year = elasticities(results, month=12)
    assert one_year["n"].sum() < found["n"].sum()
