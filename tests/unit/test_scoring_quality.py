"""AUC, KS, Brier and their errors from counts by bins; calibration; all against direct numbers."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis import scoring
from analysis.results import AS_SET
from sim.kernels import auc, brier, ks


def counted(is_bad, bins, n_bins):
    bad = np.bincount(bins[is_bad], minlength=n_bins)
    return np.bincount(bins, minlength=n_bins) - bad, bad


@pytest.fixture
def judged():
    """600 judgements in 12 bins in 4 replications, with a probability of default each."""
    rng = np.random.default_rng(4)
    is_bad = rng.uniform(size=600) < 0.2
    bins = np.clip(rng.integers(0, 10, 600) + 2 * is_bad, 0, 11)
    return SimpleNamespace(is_bad=is_bad, bins=bins, pd=rng.uniform(0.05, 0.5, 600),
                           replication=np.arange(600) % 4)  # fmt: skip


def results_of(judged, **columns):
    frame = pd.DataFrame({"bin": judged.bins, "replication": judged.replication,
                          "good": (~judged.is_bad).astype(int), "bad": judged.is_bad.astype(int),
                          "pd": judged.pd, "pd_squared": judged.pd**2,
                          "pd_of_bad": judged.pd * judged.is_bad})  # fmt: skip
    names = {"arm": "base", "point": "", "channels": AS_SET, "kind": "bank",
             "source": "application", "auc_asked": 0.62, "year": 1, "is_client": False,
             "is_as_asked": True, **columns}  # fmt: skip
    frame = frame.assign(**names)
    runs = pd.DataFrame({"replication": range(4)})
    return SimpleNamespace(scoring=frame, runs=runs, with_labels=lambda table: table)


def test_counts_give_what_single_judgements_give(judged):
    good, bad = counted(judged.is_bad, judged.bins, 12)
    assert scoring.auc_of_counts(good, bad) == pytest.approx(auc(judged.is_bad, judged.bins))
    assert scoring.ks_of_counts(good, bad) == pytest.approx(ks(judged.is_bad, judged.bins))


def test_one_outcome_alone_has_no_auc():
    assert np.isnan(scoring.auc_of_counts(np.array([3, 4]), np.array([0, 0])))
    assert np.isnan(scoring.ks_of_counts(np.array([0, 0]), np.array([1, 2])))
    assert np.isnan(scoring.delong_error(np.array([9, 9]), np.array([0, 1])))


def test_delong_by_hand():
    """Good in bins 0, 0, 1; bad in bins 0, 1: placements of bad 1/3, 5/6, of good 3/4, 3/4, 1/4."""
    good, bad = np.array([2, 1]), np.array([1, 1])
    area = (1 / 3 + 5 / 6) / 2
    assert scoring.auc_of_counts(good, bad) == pytest.approx(area)
    of_bad = np.var([1 / 3, 5 / 6], ddof=1) / 2
    of_good = np.var([3 / 4, 3 / 4, 1 / 4], ddof=1) / 3
    assert scoring.delong_error(good, bad) == pytest.approx(np.sqrt(of_bad + of_good))


def test_the_jackknife_of_a_mean_is_its_standard_error():
    values = np.array([1.0, 2.0, 4.0, 9.0])
    without = (values.sum() - values) / 3
    error, factor = scoring.jackknife(values.mean(), without)
    assert error == pytest.approx(values.std(ddof=1) / 2)
    assert factor == pytest.approx(3.182446)
    assert np.isnan(scoring.jackknife(4.0, np.array([4.0]))).all()


def test_quality_pools_replications(judged):
    found = scoring.quality(results_of(judged)).set_index(["kind", "population"])
    row = found.loc[("bank", "all")]
    assert (row["n"], row["bad"]) == (600, judged.is_bad.sum())
    assert row["auc"] == pytest.approx(auc(judged.is_bad, judged.bins))
    assert row["brier"] == pytest.approx(brier(judged.is_bad, judged.pd))
    assert row["asked"] == 0.62
    without = [auc(judged.is_bad[keep], judged.bins[keep])
               for keep in (judged.replication != r for r in range(4))]  # fmt: skip
    assert row["se"] == pytest.approx(np.sqrt(3 / 4 * ((without - np.mean(without)) ** 2).sum()))
    assert row["low"] < row["auc"] < row["high"]
    assert row["se_delong"] == pytest.approx(
        scoring.delong_error(*counted(judged.is_bad, judged.bins, 12))
    )


def test_one_replication_is_judged_as_if_independent(judged):
    judged.replication = np.zeros(600, dtype=int)
    row = scoring.quality(results_of(judged)).iloc[0]
    assert row["se"] == row["se_delong"] > 0


def test_populations_and_kinds_are_told_apart(judged):
    clients = judged.bins % 2 == 0
    kinds = np.where(judged.replication % 2 == 0, "bank", "platform")
    found = scoring.quality(results_of(judged, is_client=clients, kind=kinds))
    n = found.set_index(["kind", "population"])["n"]
    assert n["any", "all"] == n["bank", "all"] + n["platform", "all"] == 600
    assert n["any", "accepted"] == clients.sum()
    assert n["any", "as asked"] == 600
    together = scoring.quality(results_of(judged, source="together", auc_asked=np.nan))
    assert together["population"].tolist() == ["all", "accepted"][: len(together)]
    assert set(together["kind"]) == {"bank"}
    assert together["asked"].isna().all()


def test_other_years_and_twins_are_left_out(judged):
    results = results_of(judged, year=np.where(judged.replication == 0, 2, 1))
    assert scoring.quality(results, years=(1, 1)).iloc[0]["n"] == 450
    results.scoring.loc[:99, "channels"] = "all off"
    assert scoring.quality(results).iloc[0]["n"] == 500


def test_calibration_sets_forecast_against_observed(judged):
    found = scoring.calibration(results_of(judged, source="together"))
    assert found["n"].sum() == 600
    assert (found["forecast"] * found["n"]).sum() == pytest.approx(judged.pd.sum())
    assert (found["observed"] * found["n"]).sum() == pytest.approx(judged.is_bad.sum())
    assert found["group"].is_monotonic_increasing
    assert (found["low"] <= found["observed"]).all()
    assert (found["observed"] <= found["high"]).all()
    assert scoring.calibration(results_of(judged)).empty  # a source is no scorecard
