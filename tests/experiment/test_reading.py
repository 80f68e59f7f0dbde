"""What `compare` and `figure` answer to results that are odd and to requests that are wrong."""

import json
from types import SimpleNamespace

import pandas as pd
import pytest
import typer
from fake_runs import Bag, FakeScenario, conduct
from rich.console import Console
from typer.testing import CliRunner

import analysis
import run
from analysis import commands, hints, tables
from analysis.results import ResultsError

ARMS = {"law": {}, "cap 15 %": {"effect": 0.01}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    twins = Bag(off="each", arms=())
    scenario = FakeScenario(arms=ARMS, twins=twins, placebo=True)
    return conduct(scenario, tmp_path_factory.mktemp("read"), replications=2).folder


@pytest.fixture(scope="module")
def lone(tmp_path_factory):
    scenario = FakeScenario(arms={}, twins=None)
    return conduct(scenario, tmp_path_factory.mktemp("lone"), replications=2).folder


def call(*words):
    app = typer.Typer()
    commands.register(app)
    answer = CliRunner().invoke(app, [*map(str, words)])
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.output
    return answer.exit_code, answer.output


@pytest.fixture
def cut_off(folder, tmp_path):
    """What a study leaves that was killed before its tables were written."""
    (tmp_path / "parts").mkdir()
    for part in list((folder / "parts").iterdir())[:3]:
        (tmp_path / "parts" / part.name).symlink_to(part)
    notes = json.loads((folder / "manifest.json").read_text())
    notes |= {"status": "running", "runs": {}, "files": {}}
    assert notes["planned"] == 42
    (tmp_path / "manifest.json").write_text(json.dumps(notes))
    return tmp_path


def test_a_study_ended_by_force_says_what_is_there_and_how_to_go_on(cut_off):
    code, said = call("compare", cut_off)
    assert code == 2
    assert said.count("\n") == 1
    assert "3 of 42 runs are there, and tables are merged at the end" in said
    assert f"run.py run --resume {cut_off}" in said
    opened = analysis.load(cut_off)
    for table in ("macro", "runs", "events"):
        with pytest.raises(ResultsError, match="3 of 42 runs are there"):
            getattr(opened, table)


def test_older_tables_of_a_study_ended_by_force_are_shown_with_a_note(folder, cut_off):
    for table in folder.glob("*.parquet"):
        (cut_off / table.name).symlink_to(table)
    whole = json.loads((folder / "manifest.json").read_text())
    notes = json.loads((cut_off / "manifest.json").read_text()) | {"files": whole["files"]}
    (cut_off / "manifest.json").write_text(json.dumps(notes))
    code, said = call("compare", cut_off)
    assert code == 0
    assert "3 of 42 runs are there" in said


MERGED = {"nothing": (), "the first table": ("runs",), "those before the metrics": ("runs", "a"),
          "the metrics too": ("runs", "a", "macro")}  # fmt: skip


@pytest.mark.parametrize("merged", MERGED.values(), ids=MERGED)
@pytest.mark.parametrize(
    "words", [("compare",), ("figure", "headline"), ("report",), ("network",), ("contagion",),
              ("sensitivity", "--metric", "default_rate")],
    ids=lambda words: words[0],
)  # fmt: skip
def test_every_reader_tells_that_tables_are_not_merged_yet(folder, cut_off, merged, words):
    for name in merged:
        (cut_off / f"{name}.parquet").symlink_to(folder / "macro.parquet")
    command, *options = words
    if command == "figure":
        answer = CliRunner().invoke(run.app, ["figure", *options, str(cut_off)])
    else:
        answer = CliRunner().invoke(run.app, [command, str(cut_off), *options])
    assert answer.exit_code == 2
    assert isinstance(answer.exception, SystemExit)
    assert answer.output.count("\n") == 1
    assert "3 of 42 runs are there" in answer.output
    assert f"run --resume {cut_off}" in answer.output


def test_folders_that_do_not_say_how_many_runs_were_planned_are_told_of_too(cut_off):
    notes = json.loads((cut_off / "manifest.json").read_text())
    del notes["planned"]
    (cut_off / "manifest.json").write_text(json.dumps(notes))
    assert "; 3 runs are there" in call("compare", cut_off)[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--from", "0"], "first month (--from): 0 is not one of months 1..30"),
        (["--from", "31"], "first month (--from): 31 is not one of months 1..30"),
        (["--to", "31"], "last month (--to): 31 is not one of months 1..30"),
        (["--to", "0"], "last month (--to): 0 is not one of months 1..30"),
        (["--from", "9", "--to", "3"], "first month (--from): 9 is after --to 3"),
        (["--metric", "default_rat"], "no metric 'default_rat'; did you mean 'default_rate'?"),
        (["--metric", "cohort_default"], "did you mean 'cohort_default"),
        (["--reference", "lew"], "no arm 'lew'; did you mean 'law'?"),
        (["--reference", ""], "no arm ''; there are law, cap 15 %, placebo"),
    ],
)
def test_a_wrong_request_gets_one_line(folder, words, says):
    code, said = call("compare", folder, *words)
    assert code == 2
    assert said.count("\n") == 1
    assert says in said


def test_windows_are_checked_in_a_notebook_too(folder):
    with pytest.raises(ResultsError, match=r"99 is not one of months 1\.\.30"):
        analysis.load(folder).per_run("default_rate", (1, 99))
    with pytest.raises(ResultsError, match="did you mean 'default_rate'"):
        analysis.load(folder).plot("default_rates")


def test_an_unknown_figure_gets_the_nearest_name(folder):
    code, said = call("figure", "heedline", folder)
    assert (code, said) == (2, "no figure 'heedline'; did you mean 'headline'?\n")


def test_one_arm_is_said_plainly_and_nothing_else_explained(lone):
    code, said = call("compare", lone)
    assert code == 0
    assert "There is one arm, 'base'" in said
    assert "figure headline" in said
    for word in ("var. ratio", "detectable", "chaos", "tables"):
        assert word not in said


def test_a_lone_arm_with_a_placebo_is_still_one_arm(tmp_path):
    scenario = FakeScenario(arms={"calm": {}}, placebo=True, twins=Bag(off="all", arms=()))
    said = call("compare", conduct(scenario, tmp_path).folder)[1]
    assert "There is one arm, 'calm'" in said
    assert "Contagion, calm" in said
    assert "Placebo: spread" in said
    assert "chaos floor" in said


def test_the_table_of_contagion_fits_a_narrow_terminal():
    channels = ("trade", "funding", "notes", "confidence", "wholesale", "closure", "all")
    row = {"n": 3, "second": 12.3456, "difference": -10.5678, "low": -11.3101, "high": -10.8401,
           "share": -0.14, "share_low": -0.18, "share_high": -0.11, "attributed_share": 0.13,
           "variance_ratio": 5.409e-5, "detectable": 10.0712}  # fmt: skip
    rows = [{"months": "25-96", "arm": "cap 15 % and slump", "point": "", "channels": f"{c} off"}
            | row for c in channels]  # fmt: skip
    console = Console(width=80)
    with console.capture() as shown:
        for table in tables.contagion_tables(pd.DataFrame(rows)):
            console.print(table)
    text = shown.get()
    for word in (*channels, "-11.31 .. -10.84", "-14 (-18..-11)", "Contagion, cap", "25-96"):
        assert word in text
    assert "…" not in text


@pytest.mark.parametrize("text", ["", "{}", "[1]", "{"])
def test_a_manifest_that_is_none_is_said(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    code, said = call("compare", tmp_path)
    assert code == 2
    assert "manifest.json" in said


def test_a_file_and_an_empty_folder_are_no_results(tmp_path):
    (tmp_path / "a").write_text("")
    (tmp_path / "b").mkdir()
    assert call("compare", tmp_path / "a") == (
        2,
        f"{tmp_path / 'a'}: a file, not a results folder\n",
    )
    assert call("figure", "metric", tmp_path / "b")[0] == 2


def test_a_damaged_table_and_a_place_that_cannot_be_written_are_said(folder, tmp_path):
    (tmp_path / "taken").write_text("")
    code, said = call("figure", "metric", folder, "--out", tmp_path / "taken")
    assert code == 3
    assert f"cannot write figure metric to {tmp_path / 'taken'}" in said
    for name in ("manifest.json", "runs.parquet"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "macro.parquet").write_text("junk")
    code, said = call("compare", tmp_path)
    assert code == 2
    assert "macro.parquet: is damaged or no table" in said


@pytest.mark.parametrize(
    ("suppliers", "arm", "notes"),
    [(0.0, {"credit.providers.bank": {"factoring": True}}, True),
     (0.0, {"shocks": {"s": {"kind": "demand", "core": True}}}, True),
     (0.0, {"credit": {"preset": "none"}}, False),
     (2.0, {"credit.providers.bank": {"factoring": True}}, False)],
)  # fmt: skip
def test_a_study_of_core_firms_without_any_is_noted(suppliers, arm, notes):
    macro = pd.DataFrame({"core_suppliers": [0.0, suppliers]})
    opened = SimpleNamespace(macro=macro, metrics=["core_suppliers"],
                             scenario={"name": "a", "arms": {"a": {}, "b": arm}})  # fmt: skip
    assert bool(hints.no_core(opened)) == notes


@pytest.mark.parametrize(
    ("finished", "of_all", "shown", "says"),
    [
        (3, 3, 3, ""),
        (3, 5, 3, "left out: 2 of the arms and points have not finished"),
        (30, 40, 1, "shown: arm 1, one of 30 arms and points; 'compare' has the others"),
    ],
)
def test_the_summary_leaves_out_what_cannot_be_read(finished, of_all, shown, says):
    summary = pd.DataFrame(
        {"arm": [f"arm {i}" for i in range(of_all)], "point": "",
         "n": [2] * finished + [0] * (of_all - finished)}
    )  # fmt: skip
    rows, line = tables.shortened(summary, "arm 1")
    assert (len(rows), line) == (shown, says)
