"""The command `run`: a scenario file in, a results folder out, every ending explained.

Responsible for options, for talking to the user and for the exit code: 0 all runs finished,
1 some did not, 2 the request is wrong, 3 the disk refuses, 130 interrupted. Heavy packages
are imported inside the commands, so that `--help` and `check` stay quick.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from sim.experiment.execute import Months
    from sim.experiment.progress import Bar
    from sim.experiment.study import Study
    from sim.scenario import Scenario

Present = Callable[[Path, bool], None]
EXIT_CODES = {"complete": 0, "failures": 1, "crashed": 1, "disk": 3, "interrupted": 130}
OPTIONS_WITH_VALUE = ("--resume",)
_present: list[Present] = []


def register(app: typer.Typer, present: Present | None = None) -> None:
    """Add `run` to the application.

    present : shows the results in a folder, with figures or without
    """
    if present is not None:
        _present[:] = [present]
    app.command()(run)


def run(
    scenario: Annotated[
        Path | None, typer.Argument(help="Scenario file; with --resume the folder's own.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="Override a field: credit.preset=none. Repeatable."),
    ] = None,
    replications: Annotated[
        int | None, typer.Option("--replications", "-n", min=1, help="Runs of each arm and point.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", "-w", min=1, help="Processes; all cores if absent.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for results folders.")] = Path("results"),
    resume: Annotated[
        Path | None, typer.Option(help="Results folder to go on with: only runs it lacks.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Resume although the code has changed.")
    ] = False,
    figures: Annotated[bool, typer.Option(help="Draw the figures in the end.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the folder.")] = False,
) -> None:
    """Run a scenario: all its arms, points and replications.

    Example: python run.py run scenarios/baseline.yaml --replications 30 --workers 2
    """
    from sim.experiment import study
    from sim.experiment.store import StoreError
    from sim.scenario_errors import ScenarioError

    if scenario is None and resume is None:
        _stop("say which scenario file to run, e.g. run.py run scenarios/baseline.yaml")
    try:
        loaded, text = _load(scenario, resume, set_ or [])
        done = study.conduct(
            loaded,
            text=text,
            replications=replications,
            workers=workers,
            out=out,
            resume=resume,
            force=force,
            show=None if quiet else _bar,
        )
    except (ScenarioError, study.StudyError) as error:
        _stop(str(error))
    except StoreError as error:
        _stop(str(error), EXIT_CODES["disk"])
    _report(done, scenario, figures, quiet)


def _load(file: Path | None, resume: Path | None, sets: list[str]) -> tuple[Scenario, str]:
    """Read the scenario, from its file or from the folder to resume, and its text."""
    from sim.scenario import load

    source = file or (resume or Path()) / "scenario.merged.yaml"
    scenario = load(source, sets)
    kept = source if file else source.with_name("scenario.yaml")
    return scenario, kept.read_text(encoding="utf-8-sig") if kept.is_file() else ""


def _bar(months: Months, n_months: int, n_runs: int) -> Bar:
    from sim.experiment.progress import Bar

    return Bar(months, n_months, n_runs)


def _report(done: Study, scenario: Path | None, figures: bool, quiet: bool) -> NoReturn:
    """Say how it ended, where the results are and what to do next; exit accordingly."""
    if not quiet:
        if not done.is_calibrated:
            typer.echo(
                "note: signal precisions were calibrated for other population or parameters; "
                "the AUC of sources will differ from what the scenario asks (make calibrate)"
            )
        if done.n_found:
            typer.echo(f"{done.n_found} of {len(done.runs)} runs were there already")
        if done.n_done and done.status != "disk" and _present:
            _present[0](done.folder, figures and done.status in ("complete", "failures"))
    typer.echo(str(done.folder) if quiet else f"results in {done.folder}")
    if done.status != "complete":
        typer.echo(_what_went_wrong(done), err=True)
        typer.echo(f"  {resume_line(done.folder, sys.argv)}", err=True)
    elif not quiet:
        typer.echo(_next_steps(done, scenario))
    raise typer.Exit(EXIT_CODES[done.status])


def _what_went_wrong(done: Study) -> str:
    kept = f"{done.n_done} of {len(done.runs)} runs are finished and kept"
    if done.status == "failures":
        return f"{_failures(done)}\ntry the failed runs again with"
    if done.status == "interrupted":
        return f"interrupted; {kept}; go on with"
    if done.status == "disk":
        return f"{done.problem}; {kept}; make room and go on with"
    return (
        f"{done.problem}; {kept}. Too little memory is the usual cause: try fewer --workers. "
        f"Go on with"
    )


def _failures(done: Study) -> str:
    first = next(iter(done.failed.values()))
    return (
        f"{done.n_failed} of {len(done.runs)} runs failed, the first with: {first.error}\n"
        f"details in {done.folder / 'logs' / 'run.log'}"
    )


def _next_steps(done: Study, scenario: Path | None) -> str:
    door = program(sys.argv)
    lines = []
    if len({run.arm for run in done.runs}) > 1:
        lines.append(f"{door} compare {done.folder}")
    lines.append(f"{door} figure metric {done.folder}")
    count = 1 + max(run.replication for run in done.runs)
    if count < 30 and scenario is not None:
        lines.append(f"{door} run {scenario} --replications 30 --resume {done.folder}")
    return "what to try next:\n" + "\n".join(f"  {line}" for line in lines)


def program(argv: Sequence[str]) -> str:
    """Return how the user calls this program."""
    name = Path(argv[0]).name
    return f"python {argv[0]}" if name.endswith(".py") else name


def resume_line(folder: Path, argv: Sequence[str]) -> str:
    """Return the user's own command with `--resume` for this folder."""
    words: list[str] = []
    skip = False
    for word in argv[1:]:
        if not skip and not word.startswith("--resume="):
            skip = word in OPTIONS_WITH_VALUE
            words += [] if skip else [word]
        else:
            skip = False
    return f"{program(argv)} {shlex.join([*words, '--resume', str(folder)])}"


def _stop(message: str, code: int = 2) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)
