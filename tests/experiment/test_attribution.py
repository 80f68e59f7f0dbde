"""Attribution: Shapley values by hand, their axioms, and runs that are never done twice."""

import json
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from fake_runs import Bag, FakeModel, FakeScenario

import analysis
from analysis import attribution, attribution_report, report
from analysis.figures import attribution as attribution_figure
from analysis.results import ResultsError
from sim.channels import CHANNELS, GROUPS
from sim.experiment import attribute, coalitions, plan, study
from sim.scenario import Scenario
from sim.scenario_errors import ScenarioError

PULL = {"trade": 0.3, "guarantee": 0.05, "funding": 0.2, "notes": 0.1, "confidence": 0.7}


class Contagious(FakeModel):
    """Defaults that rise with each channel in force, more so where two work together."""

    def __init__(self, scenario, replication=0, placebo=False):
        super().__init__(scenario, replication, placebo)
        on = [name for name in PULL if name not in scenario.off]
        self.pull = sum(PULL[name] for name in on) * (1 + replication / 7)
        self.pull += 0.9 * ({"trade", "confidence"} <= set(on))

    def records(self):
        found = super().records()
        if "macro" in found:
            found["macro"]["cohort_defaults"] = np.array([3.0 + self.pull])
        return found


class Counting:
    """Builds models and counts them; may raise Ctrl-C at one of them."""

    def __init__(self, stop_at=None):
        self.built, self.stop_at = 0, stop_at

    def __call__(self, run):
        self.built += 1
        if self.built == self.stop_at:
            raise KeyboardInterrupt
        return Contagious(run.scenario, run.replication, run.is_placebo)


def build(run):
    return Contagious(run.scenario, run.replication, run.is_placebo)


def game(channels="groups", permutations=None, **changes):
    told = Bag(channels=channels, permutations=permutations, arms=("base case",))
    return FakeScenario(attribution=told, replications=2, time=Bag(months=6, burn_in=1), **changes)


def attributed(folder: Path, told=None, workers=1, build=build):
    return attribute.conduct(told or game(), folder, workers=workers, build=build)


def tables_of(done):
    found = analysis.load(done.folder)
    return attribution.attribution(found), attribution.by_replication(found)


@pytest.fixture(scope="module")
def groups(tmp_path_factory):
    return attributed(tmp_path_factory.mktemp("groups"))


def test_shapley_values_of_a_game_worked_out_by_hand():
    """Two players who add 1 and 3 alone and 10 together share the 6 they make jointly."""
    worth = {(): 0.0, ("a",): 1.0, ("b",): 3.0, ("a", "b"): 10.0}
    values = {frozenset(some): np.array([v]) for some, v in worth.items()}
    assert attribution.shapley(values, ["a", "b"]).tolist() == [[4.0, 6.0]]


def test_exact_values_are_the_mean_over_all_orders():
    players = ["a", "b", "c", "d"]
    noise = np.random.default_rng(5)
    masks = [frozenset(p for i, p in enumerate(players) if m >> i & 1) for m in range(16)]
    values = {some: noise.normal(size=7) for some in masks}
    exact = attribution.shapley(values, players)
    along = attribution.along_orders(values, players, list(permutations(players)))
    assert np.allclose(along.mean(axis=0), exact, atol=1e-14)


def test_values_add_up_in_every_replication(groups):
    """Efficiency: to rounding the values are the metric with all channels less that with none."""
    _, runs = tables_of(groups)
    players = [name for name, held in GROUPS.items() if held]
    assert runs["replication"].tolist() == [0, 1]
    total = runs["with_all"] - runs["with_none"]
    assert (total > 0).all()
    assert np.allclose(runs[players].sum(axis=1), total, rtol=1e-13)


def test_a_channel_that_cannot_act_has_exactly_zero(groups):
    found, runs = tables_of(groups)
    assert (runs["institutions"] == 0.0).all()
    mine = found.set_index("player").loc["institutions"]
    assert (mine["value"], mine["low"], mine["high"]) == (0.0, 0.0, 0.0)


def test_channels_that_work_together_share_what_they_make(groups):
    """Real and savers make 0.9 jointly; each has its own part and half of that."""
    found, _ = tables_of(groups)
    value = found.set_index("player")["value"]  # 1 default a month is 1 per 100 firm-years
    growth = np.mean([1, 8 / 7])
    assert value["real"] == pytest.approx(0.35 * growth + 0.45)
    assert value["savers"] == pytest.approx(0.8 * growth + 0.45)
    assert value["lenders"] == pytest.approx(0.2 * growth)
    assert found.set_index("player")["share"].drop(attribution.TOTAL).sum() == pytest.approx(1)


class Wavering(Contagious):
    """The sign of what channels add turns from one replication to the next."""

    def __init__(self, scenario, replication=0, placebo=False):
        super().__init__(scenario, replication, placebo)
        self.pull *= 1 if replication else -0.9


def test_shares_are_told_only_of_a_total_that_is_told_from_zero(tmp_path, capsys):
    make = lambda run: Wavering(run.scenario, run.replication, run.is_placebo)  # noqa: E731
    done = attribute.conduct(
        game(channels=("real", "savers"), title="Wavering"), tmp_path, workers=1, build=make
    )
    found, runs = tables_of(done)
    total = found.set_index("player").loc[attribution.TOTAL]
    assert total["low"] < 0 < total["high"]
    assert found["share"].isna().all()
    assert not attribution.is_total_told(found)
    assert (runs["with_all"] != runs["with_none"]).all()
    attribution_report.present(done.folder, "cohort_default_rate")
    told = " ".join(capsys.readouterr().out.split())
    assert "share %: none, since all together is not told from zero" in told
    assert attribution_figure._rows(found, analysis.load(done.folder))[0].name == "real"
    page = report.page(analysis.load(done.folder), with_figures=False)
    assert "not told from zero, and parts" in page
    assert "savers" in page


def test_shares_stand_where_the_total_is_told(groups, capsys):
    found, _ = tables_of(groups)
    assert attribution.is_total_told(found)
    attribution_report.present(groups.folder, "cohort_default_rate", figures=False)
    told = capsys.readouterr().out
    assert "share %" in told
    assert "none, since" not in told
    names = [row.name for row in attribution_figure._rows(found, analysis.load(groups.folder))]
    share = found.set_index("player")["share"]
    assert f"real, {100 * share['real']:.0f} %" in names
    assert attribution.TOTAL in names


def test_sixteen_runs_of_four_groups_in_one_arm(groups):
    runs = pd.read_parquet(groups.folder / "runs.parquet")
    mine = runs[runs["arm"] == "base case"]
    assert len(mine) == 16 * 2
    assert mine["channels"].nunique() == 16


def test_interrupted_and_gone_on_with_is_the_same_as_left_alone(groups, tmp_path):
    """Ctrl-C at the tenth run: the same command goes on in the same folder."""
    halted = attributed(tmp_path, build=Counting(stop_at=10))
    assert halted.status == "interrupted"
    rest = Counting()
    resumed = attributed(tmp_path, build=rest)
    assert resumed.folder == halted.folder
    assert rest.built == 34 - 9
    for one, other in zip(tables_of(resumed), tables_of(groups), strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_too_few_runs_tell_nothing(tmp_path, capsys):
    halted = attributed(tmp_path, build=Counting(stop_at=4))
    attribution_report.present(halted.folder, "cohort_default_rate")
    assert "no replication has finished all its runs" in capsys.readouterr().out
    assert not (halted.folder / "tables").exists()


def test_number_of_workers_changes_nothing(groups, tmp_path):
    both = attributed(tmp_path, workers=2)
    for one, other in zip(tables_of(both), tables_of(groups), strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_no_run_of_another_study_is_done_twice(tmp_path):
    """Twins that another study ran, under another name and label of the arm, are taken over."""
    twins = game().but(
        name="other", arms={"mine": {}}, attribution=None, twins=Bag(off="all", arms=())
    )
    study.conduct(twins, workers=1, out=tmp_path, build=build)
    count = Counting()
    attributed(tmp_path, build=count)
    assert count.built == 34 - 4
    more = Counting()
    attributed(tmp_path, game(channels=("real", "savers")), build=more)  # all runs are there
    assert more.built == 0


def test_a_folder_of_mixed_code_gives_no_runs(tmp_path):
    mixed = attributed(tmp_path).folder / "manifest.json"
    said = json.loads(mixed.read_text())
    mixed.write_text(json.dumps({**said, "other_code": ["older"]}))
    count = Counting()
    attributed(tmp_path, game(channels=("real", "savers")), build=count)
    assert count.built == 10


def test_orders_drawn_by_lot_add_up_and_say_how_far_they_may_err(tmp_path):
    drawn = attributed(tmp_path, game(channels="each", permutations=6))
    found, runs = tables_of(drawn)
    assert len(pd.read_parquet(drawn.folder / "runs.parquet")) < 2 * 2 ** len(CHANNELS)
    total = runs["with_all"] - runs["with_none"]
    assert np.allclose(runs[list(CHANNELS)].sum(axis=1), total, rtol=1e-13)
    error = found.set_index("player")["order_error"]
    assert error["trade"] > 0
    assert error[["closure", "wholesale"]].tolist() == [0, 0]


def test_orders_depend_on_the_seed_alone():
    told = SimpleNamespace(channels="each", permutations=4)
    more = SimpleNamespace(channels="each", permutations=9)
    assert coalitions.orders_of(told, 1) == coalitions.orders_of(more, 1)[:4]
    assert coalitions.orders_of(told, 1) != coalitions.orders_of(told, 2)


@pytest.fixture(scope="module")
def small():
    return Scenario(name="small", arms={"law": {}, "free": {"supervision": {"level": 0}}})


def test_the_command_asks_for_one_arm_and_nothing_else(small):
    more = small.but({"twins": {"off": "all"}, "placebo": True})
    told = attribute.prepared(more, channels="trade,notes+confidence", arm="free")
    runs = plan.plan(told, 1)
    assert [run.arm for run in runs] == ["free"] * 4
    assert runs[0].run_id == plan.plan(small.but({"reference_arm": "free"}), 1)[1].run_id
    off = [sorted(run.scenario.policy(1).off) for run in runs]
    assert off == [[], ["confidence", "notes"], ["trade"], ["confidence", "notes", "trade"]]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"channels": "trad"}, "unknown channel 'trad'; did you mean 'trade'?"),
        ({"channels": "real,trade"}, "channel 'trade' is named twice"),
        ({"metric": "default_rat"}, "did you mean 'default_rate'"),
        ({"metric": "contagious_defaults"}, "attribute cohort_default_rate"),
        ({"arm": "lax"}, "there is no arm 'lax'; did you mean 'law'"),
    ],
)
def test_what_cannot_be_attributed_is_refused(small, options, said):
    with pytest.raises(ScenarioError, match=said.replace("?", r"\?")):
        attribute.prepared(small, **options)


def test_other_results_are_told_what_to_do(tmp_path):
    plain = study.conduct(FakeScenario(), workers=1, out=tmp_path, build=build)
    with pytest.raises(ResultsError, match=r"run\.py attribute"):
        attribution.attribution(analysis.load(plain.folder))
