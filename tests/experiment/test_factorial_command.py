"""The headline experiment, much reduced, from the command line: killed, resumed, compared."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
REDUCED = {
    "time.months": 3, "time.burn_in": 1, "population.enterprises": 200,
    "population.investors": 100, "population.platforms": 6, "population.micro_lenders": 4,
    "population.banks": 2, "factors.cyber.vendor.shocks.attack.month": 2,
    **{f"factors.{level}": "null" for level in (
        "credit.none", "credit.ecommerce", "supervision.level 0", "supervision.level 2",
        "supervision.level 4", "cyber.outage", "cyber.theft")},
}  # fmt: skip
RUN = ["run", "scenarios/factorial.yaml", *(f"--set={name}={value}" for name, value in
       REDUCED.items()), "--replications=2", "--workers=1", "--quiet"]  # fmt: skip
ARMS, TWINS = 3 * 2 * 2, 7  # of each replication; twins are of the arms that are contrasted
PATIENCE = 120  # seconds


def command(*words):
    return [sys.executable, "run.py", *words]


def said(*words):
    """What a command prints; it must succeed."""
    done = subprocess.run(command(*words), cwd=ROOT, capture_output=True, text=True, check=False,
                          env={**os.environ, "COLUMNS": "100"})  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def finished(out):
    """Runs that are on disk and whole."""
    return [part for part in out.glob("*/*/parts/*") if not part.name.startswith(".")]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A study that was killed after some runs and resumed, and one that ran through."""
    whole, cut = (tmp_path_factory.mktemp(name) for name in ("whole", "cut"))
    said(*RUN, f"--out={whole}")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    words = command(*RUN, f"--out={cut}")
    with subprocess.Popen(words, cwd=ROOT, start_new_session=True, **quiet) as study:
        until = time.monotonic() + PATIENCE
        while len(finished(cut)) < ARMS // 2 and time.monotonic() < until:
            time.sleep(0.01)
        os.killpg(study.pid, signal.SIGKILL)
    n_before = len(finished(cut))
    assert ARMS // 2 <= n_before < 2 * (ARMS + TWINS), "killed in the middle"
    folder = next(cut.glob("*/*"))
    assert not (folder / "macro.parquet").exists()
    said("run", f"--resume={folder}", "--workers=1", "--quiet")
    return folder, next(whole.glob("*/*"))


def test_a_killed_study_goes_on_to_the_same_tables(folders):
    names = [{path.name for path in folder.glob("*.parquet")} for folder in folders]
    assert names[0] == names[1] >= {"macro.parquet", "runs.parquet", "institutions.parquet"}
    for name in sorted(names[0]):
        resumed, whole = (pd.read_parquet(folder / name) for folder in folders)
        cost = ["seconds", "peak_memory_mb"] if name == "runs.parquet" else []
        pd.testing.assert_frame_equal(resumed.drop(columns=cost), whole.drop(columns=cost))
    assert len(pd.read_parquet(folders[0] / "runs.parquet")) == 2 * (ARMS + TWINS)


def test_compare_gives_the_primary_contrasts_corrected(folders):
    words = said("compare", str(folders[0]))
    assert "Primary contrasts, named before running, corrected for being 6" in words
    assert "p Holm" in words
    assert words.count("less private / level 1 / calm") >= 5
    assert "Main effects on defaults of the closed cohort" in words
    table = pd.read_csv(folders[0] / "tables" / "primary.csv")
    assert len(table) == 6
    assert (table["n"] == 2).all()
    assert (table["p_holm"] >= table["p_value"]).all()
