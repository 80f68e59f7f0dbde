"""Indices of Morris and of Sobol on runs whose answer is known."""

import numpy as np
import pandas as pd
import pytest
from fake_runs import Bag, FakeModel, FakeScenario, conduct
from typer.testing import CliRunner

import analysis
from analysis import expected, sampled, sensitivity
from analysis.results import ResultsError
from sim import sampling
from sim.experiment import plan

OVER = {"population.enterprises": (50, 90), "effect": (-0.1, 0.1)}


class Sampled(FakeScenario):
    def written(self):
        said = {**vars(self.sample), "over": {k: list(v) for k, v in self.sample.over.items()}}
        return {"name": self.name, "sample": said}


def results_of(method, n, folder):
    scenario = Sampled(sample=Bag(method=method, n=n, over=OVER), arms={}, replications=2,
                       time=Bag(months=3, burn_in=0))  # fmt: skip
    build = lambda run: FakeModel(run.scenario, run.replication)  # noqa: E731
    return scenario, analysis.load(conduct(scenario, folder, build=build).folder)


def test_morris_finds_the_effect_over_the_range_and_none_elsewhere(tmp_path):
    """Defaults are 10 + 100 effect + replication a month: 20 over the range of `effect`."""
    scenario, results = results_of("morris", 4, tmp_path)
    assert len(plan.sampled_points(scenario)) == sampling.rows_of("morris", 4, 2) == 12
    found = sensitivity.sensitivity(results).set_index("field")
    assert list(found.index) == ["effect", "population.enterprises"]
    assert found.loc["effect", "mu_star"] == pytest.approx(20.0)
    assert found.loc["effect", "mu"] == pytest.approx(20.0)
    assert found.loc["effect", "sigma"] == pytest.approx(0.0, abs=1e-9)
    assert found.loc["population.enterprises", "mu_star"] == 0.0


def test_sobol_gives_all_variance_to_the_one_field_that_acts(tmp_path):
    _, results = results_of("saltelli", 8, tmp_path)
    found = sensitivity.sensitivity(results).set_index("field")
    assert found.loc["effect", "total"] == pytest.approx(1.0, abs=0.35)
    assert found.loc["effect", "first"] == pytest.approx(1.0, abs=0.35)
    assert found.loc["population.enterprises", "total"] == pytest.approx(0.0, abs=1e-12)
    still = sensitivity.sensitivity(results, "par30").set_index("field")
    assert still["total"].tolist() == [0.0, 0.0]


def test_walks_and_pairs_with_a_missing_point_are_left_out(tmp_path):
    _, results = results_of("morris", 4, tmp_path)
    gone = results.runs["point"].iloc[0]
    results.macro = results.macro[results.macro["point"] != gone]
    found = sensitivity.sensitivity(results)
    assert 0 < found["points"].iloc[0] < 12
    assert found.set_index("field").loc["effect", "mu_star"] == pytest.approx(20.0)


def test_other_results_have_no_indices(tmp_path):
    _, results = results_of("lhs", 4, tmp_path)
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


# ------------------------------------------------------------ effects of arms
AREA = {"a": (0.0, 1.0), "b": (-1.0, 1.0), "c": (0.0, 2.0)}
ARMS = {"plain": {}, "lift": {"arm": "lift"}, "bend": {"arm": "bend"}, "sold": {"arm": "sold"}}
NAMES = list(ARMS)


def effect_of(arm, a, b, c):
    """What an arm adds: nothing, 3 a + 2 b, b (c - 1), and 7 everywhere."""
    return {"plain": 0.0, "lift": 3 * a + 2 * b, "bend": b * (c - 1), "sold": 7.0}[arm]


def surface(method, n, folder, arms=("plain", "lift", "bend"), replications=2):
    """Return results of known functions: a run of two fields, its tables exchanged for these.

    The level is 100 c; luck half as large is shared by all arms of a replication and point.
    """
    scenario = Sampled(sample=Bag(method=method, n=1, over=OVER), arms={}, replications=1,
                       time=Bag(months=1, burn_in=0))  # fmt: skip
    build = lambda run: FakeModel(run.scenario, run.replication)  # noqa: E731
    results = analysis.load(conduct(scenario, folder, build=build).folder)
    results.scenario["sample"] = {
        "method": method,
        "n": n,
        "over": {k: [*v] for k, v in AREA.items()},
    }
    results.manifest["reference_arm"] = "plain"
    unit = sampling.unit_sample(method, n, len(AREA), results.manifest["seed"])
    points = sampling.values_in(unit, AREA, dict.fromkeys(AREA, False))
    rows = []
    for arm in arms:
        for i, point in enumerate(points):
            for replication in range(replications):
                names = {
                    "run_id": f"{arm} {i} {replication}",
                    "arm": arm,
                    "point": f"point {i + 1}",
                }
                names |= {"channels": "as set", "replication": replication, "own_burn_in": False}
                luck = 50 * np.sin(1e4 * sum(point.values()) + replication)
                level = 100 * point["c"] + luck + effect_of(arm, **point)
                rows.append({**names, **point, "month": 1, "par30": level, "cohort_firms": 1200,
                             "cohort_defaults": level})  # fmt: skip
    frame = pd.DataFrame(rows)
    results.runs = frame
    results.macro = frame.drop(columns=[*AREA, "own_burn_in"])
    results.macro.attrs.update(units={"par30": "share"}, labels={"par30": "late loans"})
    return results


def test_morris_explains_an_effect_and_not_the_luck_that_arms_share(tmp_path):
    results = surface("morris", 6, tmp_path)
    found = sensitivity.sensitivity(results, "par30", effect="lift").set_index("field")
    assert list(found.index) == ["b", "a", "c"]
    assert found["mu"].tolist() == pytest.approx([4.0, 3.0, 0.0], abs=1e-6)
    assert found["sigma"].tolist() == pytest.approx([0.0, 0.0, 0.0], abs=1e-6)
    assert found["noise"].iloc[0] == pytest.approx(0.0, abs=1e-9)
    assert set(found["arm"]) == {"lift"}
    assert set(found["against"]) == {"plain"}
    bent = sensitivity.sensitivity(results, "par30", effect="bend").set_index("field")
    assert bent.loc["a", "mu_star"] == pytest.approx(0.0, abs=1e-9)
    assert bent.loc["b", "sigma"] > 0.5, "its effect turns its sign with c"
    between = sensitivity.sensitivity(results, "par30", effect="bend", reference="lift")
    both = between.set_index("field")["mu"] + found["mu"]
    assert both.to_dict() == pytest.approx(bent["mu"].to_dict(), abs=1e-6)


def test_sobol_finds_the_known_indices_of_effects(tmp_path):
    """3 a + 2 b has variance 9 / 12 + 16 / 12; b (c - 1) has none by either field alone."""
    results = surface("saltelli", 256, tmp_path, replications=1)
    lift = sensitivity.sensitivity(results, "par30", effect="lift").set_index("field")
    for name, share in {"a": 9 / 25, "b": 16 / 25, "c": 0.0}.items():
        assert lift.loc[name, "first"] == pytest.approx(share, abs=0.05)
        assert lift.loc[name, "total"] == pytest.approx(share, abs=0.05)
    bend = sensitivity.sensitivity(results, "par30", effect="bend").set_index("field")
    for name, total in {"a": 0.0, "b": 1.0, "c": 1.0}.items():
        assert bend.loc[name, "first"] == pytest.approx(0.0, abs=0.12)
        assert bend.loc[name, "total"] == pytest.approx(total, abs=0.12)


def test_the_mean_effect_is_over_points_with_an_interval_over_walks(tmp_path):
    results = surface("morris", 8, tmp_path, arms=NAMES)
    found = sampled.mean_effects(results, ["par30"]).set_index("arm")
    assert list(found.index) == ["lift", "bend", "sold"]
    rows = sampled.unit_rows(results) * [1, 2, 2] + [0, -1, 0]
    for arm in ("lift", "bend", "sold"):
        true = np.array([effect_of(arm, *row) for row in rows])
        walks = true.reshape(8, 4).mean(axis=1)
        assert found.loc[arm, "difference"] == pytest.approx(true.mean(), abs=1e-9)
        half = 2.3646242 * walks.std(ddof=1) / np.sqrt(8)  # t(7) at 97.5 %
        assert found.loc[arm, "high"] - true.mean() == pytest.approx(half, abs=1e-6)
        assert found.loc[arm, "higher"] == pytest.approx((true > 0).mean())
        assert found.loc[arm, ["points", "n"]].tolist() == [32, 8]
    assert found.loc["sold", "least"] == found.loc["sold", "most"] == pytest.approx(7.0)


def test_luck_is_what_replications_do_not_share():
    rng = np.random.default_rng(0)
    points, shift = rng.normal(0, 3, 4000), np.array([0.0, 50.0, -20.0, 7.0])
    values = points[:, None] + shift + rng.normal(0, 4, (4000, 4))
    names = {"point": [f"p{i}" for i in range(4000)], "replication": range(4)}
    series = analysis_series(values, names)
    assert sampled.noise_share(series) == pytest.approx(4 / (9 + 4), abs=0.02)
    assert np.isnan(sampled.noise_share(series.xs(slice(0, 0), level="replication",
                                                  drop_level=False)))  # fmt: skip
    assert sampled.noise_share(analysis_series(np.array([[1.0, 9.0]] * 3), None)) == 0.0


def analysis_series(values, names):
    names = names or {"point": range(values.shape[0]), "replication": range(values.shape[1])}
    index = pd.MultiIndex.from_product([list(v) for v in names.values()], names=list(names))
    return pd.Series(values.ravel(), index=index)


def test_expectations_are_judged_over_all_points(tmp_path):
    wishes = [Bag(metric="par30", arm=arm, sign=sign, why="", source="assumed")
              for arm, sign in (("lift", "higher"), ("sold", "lower"))]  # fmt: skip
    results = surface("morris", 8, tmp_path, arms=NAMES)
    results.manifest["expects"] = [vars(wish) for wish in wishes]
    found = expected.expected_and_found(results)
    assert found["point"].tolist() == ["", ""]
    assert found["verdict"].tolist() == ["as expected", "unexpected: higher"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"effect": "plain"}, "the effect of 'plain' on itself is nothing; others are lift, bend"),
        ({"effect": "lifts"}, "did you mean 'lift'"),
        ({"effect": "lift", "arm": "bend"}, "give either an arm, for its level, or an effect"),
        ({"reference": "bend"}, "name the arm whose effect it is"),
        ({"effect": "lift", "metric": "contagious_defaults"}, "twins with all channels off"),
        ({"effect": "lift", "metric": "par3"}, "did you mean 'par30'"),
    ],
)
def test_what_is_no_effect_is_refused(tmp_path, asked, said):
    results = surface("morris", 2, tmp_path, replications=1)
    with pytest.raises(ResultsError, match=said):
        sensitivity.sensitivity(results, **{"metric": "par30", **asked})


def test_one_arm_alone_has_no_effect(tmp_path):
    results = surface("morris", 2, tmp_path, arms=["plain"], replications=1)
    with pytest.raises(ResultsError, match="has one arm, 'plain'"):
        sensitivity.sensitivity(results, "par30", effect="lift")
    assert sampled.mean_effects(results, ["par30"]).empty


def test_cohorts_of_other_economies_are_not_compared(tmp_path):
    results = surface("morris", 2, tmp_path, replications=1)
    results.runs["own_burn_in"] = results.runs["arm"] == "lift"
    with pytest.raises(ResultsError, match="cohorts are not compared"):
        sensitivity.sensitivity(results, effect="lift")
    assert len(sensitivity.sensitivity(results, "par30", effect="lift")) == 3


def test_the_commands_tell_of_effects(tmp_path, monkeypatch):
    """In the fake model `effect` sets all: where both arms have it, no difference is left."""
    from run import app

    monkeypatch.setenv("COLUMNS", "140")
    arms = {"plain": {}, "other": {"off": ["trade"]}}
    scenario = Sampled(sample=Bag(method="morris", n=2, over=OVER), arms=arms, replications=2,
                       reference_arm="plain", time=Bag(months=1, burn_in=0))  # fmt: skip
    build = lambda run: FakeModel(run.scenario, run.replication)  # noqa: E731
    results = analysis.load(conduct(scenario, tmp_path, build=build).folder)
    run = CliRunner()
    folder, asked = str(results.folder), ["--effect", "other"]
    told = run.invoke(app, ["sensitivity", folder, *asked])
    assert told.exit_code == 0, told.output
    assert "effect of other less plain; 6 points" in " ".join(told.output.split())
    name = "sensitivity-cohort_default_rate-effect-other.csv"
    kept = pd.read_csv(results.folder / "tables" / name)
    assert kept["mu_star"].tolist() == pytest.approx([0.0, 0.0], abs=1e-9)
    wrong = run.invoke(app, ["sensitivity", folder, "--effect", "plain"])
    assert wrong.exit_code == 2
    assert "on itself is nothing" in wrong.output
    told = run.invoke(app, ["compare", folder])
    assert told.exit_code == 0, told.output
    assert "other less plain, over 6 points of the sample" in told.output
    assert "interval over walks" in " ".join(told.output.split())
    kept = pd.read_csv(results.folder / "tables" / "sampled.csv").set_index("metric")
    assert kept.loc["cohort_default_rate", "difference"] == pytest.approx(-4.0)
    assert kept.loc["cohort_default_rate", "lower"] == 1.0
    assert (results.folder / "tables" / "effects.csv").is_file()
