"""The command `run`: a scenario file in, a results folder out, every ending explained.

Responsible for options, for talking to the user and for the exit code: 0 all runs finished,
1 some did not, 2 the request is wrong, 3 the disk refuses, 130 interrupted. Heavy packages
are imported inside the commands, so that `--help` and `check` stay quick.
"""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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
ENOUGH = 30  # replications of a study
UNCALIBRATED = (
    "note: {} than those that information sources were calibrated with, so their accuracy (AUC) is "
    "near the stated one, not equal to it"
)
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
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print only the folder, and draw no figures.")
    ] = False,
) -> None:
    """Run a scenario: all its arms, points and replications.

    Example: python run.py run scenarios/baseline.yaml --replications 30 --workers 2
    """
    from sim.experiment import study
    from sim.experiment.resuming import StudyError
    from sim.experiment.store import StoreError
    from sim.scenario_checks import notes
    from sim.scenario_errors import ScenarioError

    if scenario is None and resume is None:
        stop("say which scenario file to run, e.g. run.py run scenarios/baseline.yaml")
    try:
        loaded, text = _load(scenario, resume, set_ or [])
        if not (quiet or resume):
            for note in notes(loaded):
                typer.echo(f"note: {note}")
        with ended_like_ctrl_c():
            done = study.conduct(
                loaded,
                text=text,
                replications=replications,
                workers=workers,
                out=out,
                resume=resume,
                force=force,
                show=None if quiet else bar,
            )
    except (ScenarioError, StudyError) as error:
        stop(str(error))
    except StoreError as error:
        stop(str(error), EXIT_CODES["disk"])
    _report(done, replications, figures, quiet)


@contextmanager
def ended_like_ctrl_c() -> Iterator[None]:
    """Take SIGTERM, by which queues of clusters end jobs, for Ctrl-C: both keep what is there."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _load(file: Path | None, resume: Path | None, sets: list[str]) -> tuple[Scenario, str]:
    """Read the scenario, from its file or from the folder to resume, and its text."""
    from sim.experiment import resuming
    from sim.scenario import load

    resuming.manifest_before(resume, force=True)  # a wrong folder is the first thing to hear of
    source = file or (resume or Path()) / resuming.MERGED
    scenario = load(source, sets)
    kept = source if file else source.with_name("scenario.yaml")
    return scenario, kept.read_text(encoding="utf-8-sig") if kept.is_file() else ""


def bar(months: Months, n_months: int, n_runs: int) -> Bar:
    """Make the bar that shows months, runs and time left."""
    from sim.experiment.progress import Bar

    return Bar(months, n_months, n_runs)


def _report(done: Study, replications: int | None, figures: bool, quiet: bool) -> NoReturn:
    """Say how it ended, where the results are and what to do next; exit accordingly."""
    if not quiet:
        if done.n_found:
            typer.echo(f"{done.n_found} of {len(done.runs)} runs were there already")
        if replications is not None and _count(done) > replications:
            typer.echo(f"finished replications beyond the {replications} asked for are kept")
        if done.n_done and done.status != "disk" and _present:
            _present[0](done.folder, figures and done.status in ("complete", "failures"))
        if done.calibration != "same" and not done.n_found:
            what = {"other population": "other numbers of agents"}
            typer.echo(UNCALIBRATED.format(what.get(done.calibration, done.calibration)))
    typer.echo(str(done.folder) if quiet else f"results in {done.folder}")
    if done.status != "complete":
        typer.echo(what_went_wrong(done), err=True)
        typer.echo(f"  {resume_line(done.folder, sys.argv)}", err=True)
    elif not quiet:
        typer.echo(_next_steps(done))
    raise typer.Exit(EXIT_CODES[done.status])


def _count(done: Study) -> int:
    return 1 + max(run.replication for run in done.runs)


def what_went_wrong(done: Study) -> str:
    """Say why a study is not complete and what to do next."""
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


def _next_steps(done: Study) -> str:
    door, folder = program(sys.argv), shlex.quote(str(done.folder))
    lines = []
    if len({run.arm for run in done.runs}) > 1:
        lines.append(f"{door} compare {folder}")
    lines.append(f"{door} figure metric {folder}")
    if _count(done) < ENOUGH:
        lines.append(resume_line(done.folder, sys.argv, ENOUGH))
    return "what to try next:\n" + "\n".join(f"  {line}" for line in lines)


def program(argv: Sequence[str]) -> str:
    """Return how the user calls this program."""
    name = Path(argv[0]).name
    return f"python {shlex.quote(argv[0])}" if name.endswith(".py") else name


def resume_line(folder: Path, argv: Sequence[str], replications: int | None = None) -> str:
    """Return the user's own command with `--resume` for this folder.

    replications : to ask for instead of the user's own number
    """
    left_out = ("--resume", "--replications", "-n") if replications else ("--resume",)
    words: list[str] = []
    skip = False
    for word in argv[1:]:
        if skip:
            skip = False
        elif word in left_out:
            skip = True
        elif not _is_joined(word, left_out):
            words.append(word)
    words += ["--replications", str(replications)] if replications else []
    return f"{program(argv)} {shlex.join([*words, '--resume', str(folder)])}"


def _is_joined(word: str, options: Sequence[str]) -> bool:
    """Tell whether a word is one of the options with its value: `--resume=old`, `-n5`."""
    return any(
        word.startswith(f"{option}=" if option.startswith("--") else option) for option in options
    )


def stop(message: str, code: int = 2) -> NoReturn:
    """End the program with a message and an exit code."""
    typer.echo(message, err=True)
    raise typer.Exit(code)
