"""Running experiments: the folder, workers, resume, failures, full disks."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from fake_runs import Bag, FakeScenario, conduct

from sim.channels import CHANNELS
from sim.experiment import plan, resuming, store

HERE = Path(__file__).parent
TIMING = ["seconds", "peak_memory_mb"]


def tables_of(folder):
    return {p.stem: pd.read_parquet(p) for p in sorted(folder.glob("*.parquet"))}


def assert_same(one, other):
    first, second = tables_of(one), tables_of(other)
    assert first.keys() == second.keys()
    for name in first:
        a, b = (t[name].drop(columns=TIMING, errors="ignore") for t in (first, second))
        pd.testing.assert_frame_equal(a, b, check_exact=True)


def test_folder_holds_what_was_run(tmp_path):
    done = conduct(FakeScenario(), tmp_path)
    assert done.status == "complete"
    assert done.n_done == 6
    manifest = json.loads((done.folder / "manifest.json").read_text())
    assert manifest["status"] == "complete"
    assert manifest["runs"] == {"asked": 6, "done": 6, "failed": 0}
    assert manifest["files"]["macro.parquet"]["rows"] == 6 * 30
    for name, facts in manifest["files"].items():
        assert store.sha256_of(done.folder / name) == facts["sha256"]
    macro = pd.read_parquet(done.folder / "macro.parquet")
    order = macro[["arm", "replication", "month"]].values.tolist()
    arms = ["base case", "better"]
    assert order == [[a, r, m] for a in arms for r in range(3) for m in range(1, 31)]
    balances = pd.read_parquet(done.folder / "balances.parquet")
    assert list(balances) == ["run_id", "month", "sector", "instrument", "fen"]
    assert balances["month"].min() == 0
    field = pq.read_schema(done.folder / "balances.parquet").field("fen")
    assert field.type == "int64"
    assert field.metadata[b"unit"] == b"fen"
    assert not list(done.folder.rglob("*.tmp"))
    assert (done.folder / "scenario.yaml").read_text() == "name: fake\n"


def test_number_of_workers_changes_nothing(tmp_path):
    one = conduct(FakeScenario(), tmp_path / "1", workers=1)
    two = conduct(FakeScenario(), tmp_path / "2", workers=2)
    assert_same(one.folder, two.folder)


def test_resume_adds_replications_and_equals_one_pass(tmp_path):
    part = conduct(FakeScenario(), tmp_path / "a", replications=2)
    parts = sorted((part.folder / "parts").iterdir())
    (parts[0] / "DONE").unlink()
    before = {p.name: (p / "DONE").stat().st_mtime_ns for p in parts[1:]}
    resumed = conduct(FakeScenario(), tmp_path, replications=3, resume=part.folder)
    assert resumed.n_found == 3
    assert resumed.folder == part.folder
    after = {n: (part.folder / "parts" / n / "DONE").stat().st_mtime_ns for n in before}
    assert before == after
    whole = conduct(FakeScenario(), tmp_path / "b", replications=3)
    assert_same(resumed.folder, whole.folder)


@pytest.mark.parametrize("damage", ["truncate", "remove", "garbled"])
def test_a_damaged_part_is_run_again(tmp_path, damage):
    done = conduct(FakeScenario(), tmp_path)
    part = next((done.folder / "parts").iterdir())
    if damage == "truncate":
        (part / "macro.parquet").write_bytes(b"PAR1")
    elif damage == "remove":
        (part / "macro.parquet").unlink()
    else:
        (part / "DONE").write_text("{")
    assert conduct(FakeScenario(), tmp_path, resume=done.folder).n_found == 5


def test_resume_refuses_other_code_unless_forced(tmp_path):
    done = conduct(FakeScenario(), tmp_path)
    path = done.folder / "manifest.json"
    manifest = json.loads(path.read_text())
    own = manifest["code_hash"]
    path.write_text(json.dumps({**manifest, "code_hash": "older"}))
    with pytest.raises(resuming.StudyError, match=r"other code.*--force"):
        conduct(FakeScenario(), tmp_path, resume=done.folder)
    forced = conduct(FakeScenario(), tmp_path, resume=done.folder, force=True)
    assert forced.status == "complete"
    manifest = json.loads(path.read_text())
    assert manifest["code_hash"] == "older"
    assert manifest["other_code"] == [own]


def test_resume_needs_a_results_folder(tmp_path):
    with pytest.raises(resuming.StudyError, match="no results folder"):
        conduct(FakeScenario(), tmp_path, resume=tmp_path)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failed_run_does_not_sink_the_rest(tmp_path, workers):
    done = conduct(FakeScenario(trouble="raise", trouble_in=1), tmp_path, workers=workers)
    assert done.status == "failures"
    assert (done.n_done, done.n_failed) == (4, 2)
    runs = pd.read_parquet(done.folder / "runs.parquet")
    failed = runs[runs["status"] == "failed"]
    assert set(failed["error"]) == {"ValueError: a fen is missing"}
    assert set(failed["replication"]) == {1}
    assert "Traceback" in (done.folder / "logs" / "run.log").read_text()
    mended = conduct(FakeScenario(trouble="", trouble_in=1), tmp_path / "x")
    assert mended.status == "complete"


def test_a_full_disk_keeps_what_is_finished(tmp_path):
    done = conduct(FakeScenario(trouble="disk", trouble_in=2), tmp_path)
    assert done.status == "disk"
    assert "No space left" in done.problem
    assert done.n_done == 2
    assert pd.read_parquet(done.folder / "runs.parquet")["status"].tolist().count("not run") == 4


def test_ctrl_c_keeps_what_is_finished(tmp_path):
    done = conduct(FakeScenario(trouble="interrupt"), tmp_path)
    assert done.status == "interrupted"
    assert done.n_done == 1
    assert len(pd.read_parquet(done.folder / "macro.parquet")) == 30


def test_a_dead_worker_is_reported(tmp_path):
    done = conduct(FakeScenario(trouble="die", trouble_in=2, pause=0.005), tmp_path, workers=2)
    assert done.status == "crashed"
    assert "broke down" in done.problem
    assert json.loads((done.folder / "manifest.json").read_text())["status"] == "crashed"


def test_ctrl_c_with_workers_then_resume_equals_one_pass(tmp_path):
    slow = "FakeScenario(pause=0.01)"
    code = textwrap.dedent(f"""
        import sys; sys.path[:0] = [{str(HERE)!r}, {str(HERE.parents[1])!r}]
        from pathlib import Path
        from fake_runs import FakeScenario, conduct
        from sim.experiment import manifest
        manifest.code_hash = lambda: "same"
        done = conduct({slow}, Path({str(tmp_path)!r}), workers=2, replications=5)
        print(done.status, done.n_done, done.folder)
    """)
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "FAKE_RUNS_GATE": str(tmp_path / "gate")},
        # Jobs in the background of a shell are born deaf to Ctrl-C; this one shall hear it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not list(tmp_path.rglob("DONE")):
        time.sleep(0.05)
    os.killpg(child.pid, signal.SIGINT)
    said = child.communicate(timeout=60)[0].split(" ", 2)
    assert said[0] == "interrupted"
    assert 1 <= int(said[1]) < 10
    folder = Path(said[2].strip())
    scenario = FakeScenario(pause=0.01)
    resumed = conduct(scenario, tmp_path, workers=2, replications=5, resume=folder)
    assert resumed.status == "complete"
    assert resumed.n_found >= int(said[1])
    assert_same(folder, conduct(scenario, tmp_path, workers=2, replications=5).folder)


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "results").write_text("a file, not a folder")
    with pytest.raises(store.StoreError, match=r"cannot write .*results"):
        conduct(FakeScenario(), tmp_path / "results")


def test_limit_on_file_size_acts_like_a_full_disk(tmp_path):
    code = textwrap.dedent(f"""
        import resource, sys; sys.path[:0] = [{str(HERE)!r}, {str(HERE.parents[1])!r}]
        from pathlib import Path
        from fake_runs import FakeScenario, conduct
        import sim.experiment.store as store
        wanted = store.merge
        def merge(*args):
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
            return wanted(*args)
        store.merge = merge
        done = conduct(FakeScenario(), Path({str(tmp_path)!r}))
        print(done.status, done.n_done, done.problem)
    """)
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert said.stdout.startswith("disk 6 cannot write"), said
    assert not list(tmp_path.rglob("*.tmp"))
    assert len(list(tmp_path.rglob("DONE"))) == 6


def test_two_arms_that_say_the_same_share_a_run(tmp_path):
    done = conduct(FakeScenario(arms={"a": {}, "b": {}}), tmp_path, replications=2)
    assert len(list((done.folder / "parts").iterdir())) == 2
    assert len(pd.read_parquet(done.folder / "macro.parquet")) == 4 * 30
    assert len(pd.read_parquet(done.folder / "balances.parquet")) == 2 * 31
    assert len(pd.read_parquet(done.folder / "runs.parquet")) == 4


def test_swept_fields_are_columns_of_runs(tmp_path):
    done = conduct(FakeScenario(design={"effect": [0.0, 0.1]}), tmp_path, replications=1)
    runs = pd.read_parquet(done.folder / "runs.parquet")
    assert runs["effect"].tolist() == [0.0, 0.1, 0.0, 0.1][: len(runs)]
    assert runs["point"].tolist() == ["effect=0.0", "effect=0.1"] * 2


def test_plan_has_twins_and_placebo_in_order():
    scenario = FakeScenario(twins=Bag(off="each", arms=("better",)), placebo=True)
    runs = plan.plan(scenario, replications=1)
    assert [r.arm for r in runs] == ["base case"] + ["better"] * (2 + len(CHANNELS)) + ["placebo"]
    assert [r.channels for r in runs][1:4] == ["as set", "trade off", "guarantee off"]
    assert runs[1 + len(CHANNELS) + 1].channels == "all off"
    assert len({r.run_id for r in runs}) == len(runs)
    assert runs[-1].is_placebo


def test_run_id_ignores_names_and_sees_the_rest():
    def ids(**changes):
        return [r.run_id for r in plan.plan(FakeScenario(**changes))]

    assert ids() == ids(name="other", title="other", arms={"x": {}, "y": {"effect": -0.01}})
    assert ids() != ids(seed=8)
    assert set(ids()).isdisjoint(ids(time=Bag(months=31, burn_in=3)))
    assert ids(replications=5)[:3] == ids()[:3]
    with_code = [r.run_id for r in plan.plan(FakeScenario(), code="x")]
    assert set(with_code).isdisjoint(ids())


@pytest.mark.parametrize("method", ["sobol", "lhs"])
def test_sampled_points_stay_in_their_ranges(method):
    over = {"population.enterprises": (50, 90), "effect": (-0.1, 0.1)}
    scenario = FakeScenario(sample=Bag(method=method, n=8, over=over))
    points = plan.sampled_points(scenario)
    assert points == plan.sampled_points(scenario)
    assert len(points) == 8
    assert all(isinstance(p["population.enterprises"], int) for p in points)
    assert all(50 <= p["population.enterprises"] <= 90 and abs(p["effect"]) <= 0.1 for p in points)
    assert all(r.own_burn_in for r in plan.plan(scenario, 1))


def test_plug_ins_typed_by_the_user_reach_the_workers(tmp_path):
    code = textwrap.dedent(f"""
        import sys; sys.path[:0] = [{str(HERE)!r}, {str(HERE.parents[1])!r}]
        from pathlib import Path
        from typing import ClassVar
        import fake_runs
        from sim.experiment import execute
        from sim import simulate
        from sim.scenario import Scenario
        from sim.supervision.base import Instrument

        class MyCap(Instrument):
            kind: ClassVar[str] = "my_cap"
            amount: float = 1.0
            def loan_cap(self, view):
                return self.amount

        if __name__ == "__main__":
            execute.build_model = fake_runs.build
            scenario = Scenario(name="mine", time={{"months": 3, "burn_in": 1}}, replications=2)
            options = dict(workers=2, out=Path({str(tmp_path)!r}), progress=False)
            plain = simulate(scenario, **options)
            capped = simulate(scenario, instruments=[MyCap(amount=2.0)], **options)
            gone = set(plain.runs["run_id"]) & set(capped.runs["run_id"])
            mean = lambda r: r.macro["default_rate"].mean()
            print(round(mean(capped) - mean(plain), 6), len(gone), capped.runs["status"].tolist())
    """)
    script = tmp_path / "mine.py"
    script.write_text(code)
    said = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert said.stdout.strip() == "-0.01 0 ['done', 'done']", said
