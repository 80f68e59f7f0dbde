"""The commands run, compare and figure as a user meets them."""

import os
import signal
import sys

import pandas as pd
import pytest
import typer
from fake_runs import build
from rich.console import Console
from typer.testing import CliRunner

from analysis import commands as reading
from analysis import tables
from sim.experiment import commands, execute, manifest
from sim.scenario import load

TERSE = CliRunner()
FILE = """
name: two-arms
title: Does a cap help?
time: {months: 30, burn_in: 2}
arms:
  free: {}
  capped: {supervision: {loan_cap: {amount: 100000}}}
replications: 3
placebo: true
twins: {off: all}
expects:
  - {metric: default_rate, arm: capped, sign: lower, why: fewer debts}
"""


@pytest.fixture
def app(monkeypatch, tmp_path):
    monkeypatch.setattr(execute, "build_model", build)
    monkeypatch.setattr(sys, "argv", ["run.py", "run", "two.yaml"])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.yaml").write_text(FILE)
    app = typer.Typer()
    commands.register(app, present=reading.present)
    reading.register(app)
    return app


def call(app, *words):
    answer = TERSE.invoke(app, [*map(str, words)])
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.output
    return answer


def run(app, *words):
    answer = call(app, "run", "two.yaml", "--workers", 1, "--quiet", *words)
    assert answer.exit_code == 0, answer.output
    return answer.stdout.strip()


def test_run_ends_with_a_summary_a_path_and_next_steps(app, tmp_path):
    answer = call(app, "run", "two.yaml", "--workers", 1)
    assert answer.exit_code == 0, answer.output
    assert "Does a cap help?" in answer.stdout
    assert "default rate" in answer.stdout
    (folder,) = (tmp_path / "results" / "two-arms").iterdir()
    assert folder.name in answer.stdout
    assert "python run.py compare results" in answer.stdout
    assert (folder / "figures" / "headline.png").is_file()
    assert (folder / "scenario.yaml").read_text() == FILE


def test_names_with_brackets_and_colons_are_printed_as_they_are(app, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    text = FILE.replace("capped", '"[/b] cap [strict] :smile:"')
    text = text.replace("Does a cap help?", '"Does [a] cap help [/red]?"')
    (tmp_path / "two.yaml").write_text(text.replace("fewer debts", '"[/why]"'))
    shown = call(app, "run", "two.yaml", "--workers", 1).stdout
    assert "Does [a] cap help [/red]?" in shown
    (folder,) = (tmp_path / "results" / "two-arms").iterdir()
    answer = call(app, "compare", folder)
    assert answer.exit_code == 0
    for words in ("Does [a] cap help [/red]?", "[/b] cap [strict] :smile: less free", "[/why]"):
        assert words in answer.stdout
    assert "[/b] cap [strict] :smile:" in shown


def test_quiet_prints_only_the_folder(app, tmp_path):
    folder = tmp_path / run(app)
    assert (folder / "manifest.json").is_file()
    assert not list((folder / "figures").glob("*"))


def test_compare_prints_effects_contagion_and_expectations(app, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    folder = tmp_path / run(app)
    answer = call(app, "compare", folder)
    assert answer.exit_code == 0, answer.output
    for words in ("capped less free", "Contagion", "as expected", "placebo"):
        assert words in answer.stdout
    for name in ("effects", "contagion", "expectations"):
        assert (folder / "tables" / f"{name}.csv").is_file()
    wrong = call(app, "compare", folder, "--metric", "nonsense")
    assert wrong.exit_code == 2
    assert "no metric 'nonsense'" in wrong.output
    assert call(app, "compare", tmp_path / "nowhere").exit_code == 2


def test_compare_speaks_of_the_months_asked_for(app, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    folder = tmp_path / run(app, "-n", 1)
    said = call(app, "compare", folder, "--from", 9).stdout
    for words in ("Contagion, free, months 9-30", "and found, months 9-30",
                  "figures, scoring and elasticities are of all months 1-30"):  # fmt: skip
        assert words in said
    assert "1-24" not in said
    assert "Add 'placebo" not in said  # it is there, and one replication has no spread
    assert "figures, scoring" not in call(app, "compare", folder).stdout


@pytest.mark.parametrize(("unit", "factor"), [("share", 1.0), ("yuan", 1e9)])
def test_expectations_are_not_cut_on_a_narrow_terminal(capsys, unit, factor):
    name, arm = "financing_gap_rollover", "lenders without platforms and more"
    row = {"metric": name, "arm": arm, "sign": "higher", "why": "who is seen " * 5,
           "months": "1-96", "source": "assumed", "verdict": "not told from zero", "point": "",
           "unit": unit, "difference": 0.0123 * factor, "low": -0.0123 * factor,
           "high": 0.0223 * factor}  # fmt: skip
    frame = pd.DataFrame([row, {**row, "months": "48-96"}])
    Console(width=80).print(tables.expectations_table(frame, 80))
    said = capsys.readouterr().out
    assert "…" not in said
    assert {"zero", "48-96", "platforms"} <= set(said.split())
    assert name in said or unit == "yuan"  # where numbers are long a name goes on below


@pytest.mark.parametrize("width", [60, 80])
def test_compare_can_be_read_at_the_width_of_a_pipe(app, tmp_path, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    said = call(app, "compare", tmp_path / run(app)).stdout
    table = said[said.index("capped less free") : said.index("Contagion")]
    assert {"detect-", "able"} <= set(table.split())
    rows = [line for line in table.splitlines() if line.startswith((" default rate", " output"))]
    assert len(rows) == 2
    (low, high) = rows[0].split(" .. ")
    assert float(low.split()[-1]) == float(high.split()[0]) == -1
    assert float(rows[1].split()[-1]) == 0  # no differences but by rounding
    assert ("placebo" in table) == ("\nplacebo sd: " in said) == (width == 80)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(-2601234, "yuan", "-2.6 m"), (999.7, "yuan", "1 k"), (0.010121, "1/year", "1.01"),
     (-1e-19, "share", "-1e-17"), (0.0, "", "0"), (float("nan"), "", "-"), (12.345, "", "12.3")],
)  # fmt: skip
def test_numbers_of_a_narrow_table_are_brief(value, unit, words):
    assert tables.brief(value, unit) == words


def test_figure_by_name(app, tmp_path):
    folder = tmp_path / run(app)
    answer = call(app, "figure", "metric", folder, "--out", tmp_path / "drawn")
    assert answer.exit_code == 0
    assert (tmp_path / "drawn" / "metric.svg").is_file()
    call(app, "figure", "metric", folder, "--metric", "par30", "--out", tmp_path / "drawn")
    assert (tmp_path / "drawn" / "metric-par30.png").is_file()
    near = call(app, "figure", "metric", folder, "--metric", "par3")
    assert (near.exit_code, "did you mean 'par30'" in near.output) == (2, True)
    assert call(app, "figure", "headline", folder, "--metric", "par30").exit_code == 2
    wrong = call(app, "figure", "meter", folder)
    assert wrong.exit_code == 2
    assert "metric" in wrong.output


def test_resume_from_the_folder_alone(app, tmp_path):
    folder = run(app)
    answer = call(app, "run", "--resume", folder, "--workers", 1, "--no-figures")
    assert answer.exit_code == 0, answer.output
    assert "15 of 15 runs were there already" in answer.output
    more = call(app, "run", "two.yaml", "--resume", folder, "--workers", 1, "-n", 4, "--no-figures")
    assert "15 of 20 runs were there already" in more.output


def test_a_wrong_file_and_a_wrong_place_are_answered_plainly(app, tmp_path):
    (tmp_path / "bad.yaml").write_text("population: {enterprizes: 5}\n")
    answer = call(app, "run", "bad.yaml")
    assert answer.exit_code == 2
    assert "did you mean 'enterprises'" in answer.output
    assert call(app, "run").exit_code == 2
    (tmp_path / "taken").write_text("")
    answer = call(app, "run", "two.yaml", "--out", tmp_path / "taken")
    assert answer.exit_code == 3
    assert "cannot write" in answer.output
    assert "Traceback" not in answer.output


def test_failed_runs_give_exit_code_1(app, monkeypatch):
    def broken(run):
        if run.replication == 1:
            raise ValueError("a fen is missing")
        return build(run)

    monkeypatch.setattr(execute, "build_model", broken)
    answer = call(app, "run", "two.yaml", "--workers", 1, "--no-figures")
    assert answer.exit_code == 1
    assert "5 of 15 runs failed, the first with: ValueError: a fen is missing" in answer.output
    assert "--resume" in answer.output


def test_hints_keep_set_and_lead_to_the_same_scenario(app, tmp_path, monkeypatch):
    words = ["run", "two.yaml", "--set", "seed=5", "-n2", "--workers", "1", "--no-figures"]
    monkeypatch.setattr(sys, "argv", ["run.py", *words])
    said = call(app, *words).stdout.splitlines()
    (folder,) = (tmp_path / "results" / "two-arms").iterdir()
    place = folder.relative_to(tmp_path)
    hint = said[-1].removeprefix("  python run.py ")
    assert hint == (
        f"run two.yaml --set seed=5 --workers 1 --no-figures --replications 30 --resume {place}"
    )
    followed = call(app, *hint.replace("--replications 30", "--replications 3").split())
    assert "10 of 15 runs were there already" in followed.stdout


def test_resume_remembers_replications_and_refuses_another_scenario(app):
    folder = run(app, "-n", 4)
    again = call(app, "run", "--resume", folder, "--workers", 1, "--no-figures")
    assert "20 of 20 runs were there already" in again.stdout
    fewer = call(app, "run", "two.yaml", "--resume", folder, "-w", 1, "-n", 2, "--no-figures")
    assert "finished replications beyond the 2 asked for are kept" in fewer.stdout
    other = call(app, "run", "two.yaml", "--set", "seed=5", "--resume", folder, "--workers", 1)
    assert other.exit_code == 2
    assert "seed: 20261122 in the folder, 5 now" in other.output
    assert call(app, "run", "--resume", "nowhere").exit_code == 2


@pytest.mark.parametrize(
    ("sets", "says"),
    [([], ""), (["population.enterprises=60"], "other numbers of agents"),
     (["parameters.enterprise.margin=0.3", "population.banks=3"], "other parameters")],
)  # fmt: skip
def test_another_population_than_that_of_the_calibration_is_mentioned(app, monkeypatch, sets, says):
    tables = {"hash": manifest.calibration_hash(load("two.yaml"))}
    monkeypatch.setattr(manifest, "precision_tables", lambda: tables)
    options = [word for text in sets for word in ("--set", text)]
    said = call(app, "run", "two.yaml", "-n", 1, "--workers", 1, "--no-figures", *options).output
    assert said.count("AUC") == bool(says)
    assert f"note: {says}" in said or not says


def test_what_has_no_effect_is_said_before_the_run(app):
    words = ("run", "two.yaml", "--workers", 1, "-n", 1, "--no-figures", "--set",
             "credit.lines.mobile=false")  # fmt: skip
    first = call(app, *words).stdout.splitlines()[0]
    assert first.startswith("note: arm 'free': credit.lines: nobody offers lines of credit")
    assert "credit.lines" not in call(app, *words, "--quiet").stdout


def test_being_ended_is_an_interruption_that_keeps_what_is_finished(app, monkeypatch):
    def ended(run):
        if run.replication == 1:
            os.kill(os.getpid(), signal.SIGTERM)
        return build(run)

    monkeypatch.setattr(execute, "build_model", ended)
    monkeypatch.setattr(sys, "argv", ["run.py", "run", "two.yaml", "--set", "seed=5"])
    before = signal.getsignal(signal.SIGTERM)
    answer = call(app, "run", "two.yaml", "--set", "seed=5", "--workers", 1, "--no-figures")
    assert answer.exit_code == 130
    assert "1 of 15 runs are finished and kept" in answer.output
    assert "run two.yaml --set seed=5 --resume" in answer.output
    assert signal.getsignal(signal.SIGTERM) == before


def test_resume_line_repeats_the_users_command(tmp_path):
    argv = ["run.py", "run", "a b.yaml", "--resume", "old", "--resume=older", "-n", "5"]
    line = commands.resume_line(tmp_path, argv)
    assert line == f"python run.py run 'a b.yaml' -n 5 --resume {tmp_path}"
    more = commands.resume_line(tmp_path, [*argv, "-n7", "--replications=8"], 30)
    assert more == f"python run.py run 'a b.yaml' --replications 30 --resume {tmp_path}"
    assert commands.program(["/usr/bin/shoal"]) == "shoal"
