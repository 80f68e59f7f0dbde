"""Indices of Morris and of Sobol on runs whose answer is known."""

import numpy as np
import pytest
from fake_runs import Bag, FakeModel, FakeScenario, conduct

import analysis
from analysis import sensitivity
from analysis.results import ResultsError
from sim import sampling
from sim.experiment import plan

OVER = {"population.enterprises": (50, 90), "effect": (-0.1, 0.1)}


class Sampled(FakeScenario):
    def written(self):
        said = {**vars(self.sample), "over": {k: list(v) for k, v in self.sample.over.items()}}
        return {"name": self.name, "sample": said}


def sampled(method, n, folder):
    scenario = Sampled(sample=Bag(method=method, n=n, over=OVER), arms={}, replications=2,
                       time=Bag(months=3, burn_in=0))  # fmt: skip
    build = lambda run: FakeModel(run.scenario, run.replication)  # noqa: E731
    return scenario, analysis.load(conduct(scenario, folder, build=build).folder)


def test_morris_finds_the_effect_over_the_range_and_none_elsewhere(tmp_path):
    """Defaults are 10 + 100 effect + replication a month: 20 over the range of `effect`."""
    scenario, results = sampled("morris", 4, tmp_path)
    assert len(plan.sampled_points(scenario)) == sampling.rows_of("morris", 4, 2) == 12
    found = sensitivity.sensitivity(results).set_index("field")
    assert list(found.index) == ["effect", "population.enterprises"]
    assert found.loc["effect", "mu_star"] == pytest.approx(20.0)
    assert found.loc["effect", "mu"] == pytest.approx(20.0)
    assert found.loc["effect", "sigma"] == pytest.approx(0.0, abs=1e-9)
    assert found.loc["population.enterprises", "mu_star"] == 0.0


def test_sobol_gives_all_variance_to_the_one_field_that_acts(tmp_path):
    _, results = sampled("saltelli", 8, tmp_path)
    found = sensitivity.sensitivity(results).set_index("field")
    assert found.loc["effect", "total"] == pytest.approx(1.0, abs=0.35)
    assert found.loc["effect", "first"] == pytest.approx(1.0, abs=0.35)
    assert found.loc["population.enterprises", "total"] == pytest.approx(0.0, abs=1e-12)
    still = sensitivity.sensitivity(results, "par30").set_index("field")
    assert still["total"].tolist() == [0.0, 0.0]


def test_walks_and_pairs_with_a_missing_point_are_left_out(tmp_path):
    _, results = sampled("morris", 4, tmp_path)
    gone = results.runs["point"].iloc[0]
    results.macro = results.macro[results.macro["point"] != gone]
    found = sensitivity.sensitivity(results)
    assert 0 < found["points"].iloc[0] < 12
    assert found.set_index("field").loc["effect", "mu_star"] == pytest.approx(20.0)


def test_other_results_have_no_indices(tmp_path):
    _, results = sampled("lhs", 4, tmp_path)
    with pytest.raises(ResultsError, match="method: morris"):
        sensitivity.sensitivity(results)


@pytest.mark.parametrize("method", ["morris", "saltelli"])
def test_points_depend_on_the_seed_alone(method):
    one = sampling.unit_sample(method, 8, 3, 5)
    assert (one == sampling.unit_sample(method, 8, 3, 5)).all()
    assert (one != sampling.unit_sample(method, 8, 3, 6)).any()
    assert len(one) == sampling.rows_of(method, 8, 3)
    assert ((one >= 0) & (one <= 1)).all()
    if method == "morris":
        moves = np.abs(np.diff(one.reshape(8, 4, 3), axis=1)) > 1e-9
        assert (moves.sum(axis=2) == 1).all(), "one field at a time"
