"""Going on with a folder: finished runs are never lost, and the plan is not forgotten."""

import json
import os
import shutil
import subprocess
import sys

import pandas as pd
import pytest
from fake_runs import Bag, FakeScenario, conduct

from sim.experiment import manifest, resuming
from sim.experiment.lock import alone_in
from sim.scenario import Scenario


def replications_in(folder):
    return len(pd.read_parquet(folder / "macro.parquet")["replication"].unique())


def tables_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.*"))}


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 8},
        {"effect": 0.1},
        {"time": Bag(months=31, burn_in=3)},
        {"outputs": {"events": "none"}},
        {"arms": {"base case": {}}},
        {"arms": {"base case": {}, "better": {"effect": -0.02}}},
        {"arms": {"new": {}, "base case": {}, "better": {"effect": -0.01}}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_another_scenario_is_refused_and_nothing_is_touched(tmp_path, changes):
    folder = conduct(FakeScenario(), tmp_path).folder
    before = tables_of(folder)
    with pytest.raises(resuming.StudyError, match="holds runs of another scenario"):
        conduct(FakeScenario(**changes), tmp_path, resume=folder)
    assert tables_of(folder) == before


def test_the_fields_that_differ_are_named(tmp_path):
    def small(**changes):
        return Scenario(time={"months": 3, "burn_in": 1}, replications=1, **changes)

    folder = conduct(small(), tmp_path).folder
    with pytest.raises(resuming.StudyError) as caught:
        conduct(small(credit={"preset": "none"}, seed=3), tmp_path, resume=folder)
    said = str(caught.value).splitlines()
    assert "  seed: 20261122 in the folder, 3 now" in said
    assert "  credit.preset: nothing in the folder, 'none' now" in said
    assert said[-1] == f"  run --resume {folder}"


def test_new_arms_a_title_and_what_is_expected_of_new_arms_may_be_added(tmp_path):
    folder = conduct(FakeScenario(), tmp_path).folder
    arms = {**FakeScenario().arms, "worse": {"effect": 0.02}}
    wish = Bag(metric="default_rate", arm="worse", sign="higher")
    more = conduct(FakeScenario(arms=arms, title="Again", expects=(wish,)), tmp_path, resume=folder)
    assert (more.n_found, more.n_done) == (6, 9)


@pytest.mark.parametrize("fewer", [1, 2])
def test_fewer_replications_than_finished_lose_none(tmp_path, fewer):
    folder = conduct(FakeScenario(), tmp_path, replications=3).folder
    before = pd.read_parquet(folder / "runs.parquet")
    again = conduct(FakeScenario(), tmp_path, replications=fewer, resume=folder)
    assert again.status == "complete"
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "runs.parquet"), before)
    assert replications_in(folder) == 3


def test_the_number_of_replications_is_remembered(tmp_path):
    folder = conduct(FakeScenario(), tmp_path, replications=5).folder
    assert len(conduct(FakeScenario(), tmp_path, resume=folder).runs) == 10
    grown = conduct(FakeScenario(replications=6), tmp_path, resume=folder)
    assert len(grown.runs) == 12, "a file that now says more means it"
    cut_off = conduct(FakeScenario(trouble="interrupt"), tmp_path / "b", replications=2).folder
    notes = json.loads((cut_off / "manifest.json").read_text())
    assert (notes["replications"], notes["replications_of_file"]) == (2, 3)


def test_tables_outlive_parts_that_are_gone(tmp_path, monkeypatch):
    scenario = FakeScenario()
    folder = conduct(scenario, tmp_path).folder
    before = {n: b for n, b in tables_of(folder).items() if n.endswith("parquet")}
    shutil.rmtree(folder / "parts")
    scenario.resolve = lambda *a, **k: FakeScenario.resolve(
        scenario.but(trouble="interrupt"), *a, **k
    )
    monkeypatch.setattr(resuming, "fixed_hash", lambda *_: manifest.read(folder)["fixed_hash"])
    assert conduct(scenario, tmp_path, resume=folder).status == "interrupted"
    assert {n: b for n, b in tables_of(folder).items() if n.endswith("parquet")} == before
    assert manifest.read(folder)["runs"]["done"] == 6


@pytest.mark.parametrize("text", ["", "{}", "[]", "not json"])
def test_a_folder_without_a_whole_manifest_is_refused(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(resuming.StudyError, match="no results folder"):
        conduct(FakeScenario(), tmp_path, resume=tmp_path)


def test_the_folder_that_was_meant_is_named(tmp_path):
    folder = conduct(FakeScenario(), tmp_path).folder
    with pytest.raises(resuming.StudyError, match=f"did you mean {folder}"):
        conduct(FakeScenario(), tmp_path, resume=folder.parent)


@pytest.mark.parametrize("numbers", [{"replications": 0}, {"workers": 0}, {"workers": -1}])
def test_numbers_below_one_are_refused(tmp_path, numbers):
    with pytest.raises(resuming.StudyError, match=r"out of bounds: must be at least 1"):
        conduct(FakeScenario(), tmp_path, **numbers)
    assert not list(tmp_path.iterdir())


def test_a_folder_in_use_is_refused_and_not_touched(tmp_path):
    folder = conduct(FakeScenario(), tmp_path).folder
    before = tables_of(folder)
    with alone_in(folder), pytest.raises(resuming.StudyError) as caught:
        conduct(FakeScenario(), tmp_path, replications=9, resume=folder)
    said = f"{folder}: in use by process {os.getpid()}; wait until it has ended"
    assert str(caught.value) == said
    assert tables_of(folder) == before
    assert conduct(FakeScenario(), tmp_path, replications=4, resume=folder).status == "complete"
    assert not (folder / ".lock").exists()


def test_a_killed_process_leaves_no_lock_behind(tmp_path):
    folder = conduct(FakeScenario(), tmp_path).folder
    code = (
        "import pathlib, sys, time\nfrom sim.experiment.lock import alone_in\n"
        "with alone_in(pathlib.Path(sys.argv[1])):\n    print('held', flush=True)\n"
        "    time.sleep(60)\n"
    )
    words = [sys.executable, "-c", code, str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(resuming.StudyError, match=f"in use by process {other.pid};"):
            conduct(FakeScenario(), tmp_path, resume=folder)
        other.kill()
    assert conduct(FakeScenario(), tmp_path, resume=folder).status == "complete"
