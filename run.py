#!/usr/bin/env python3
"""The one door to Shoal: run, attribute, compare, contagion, network, report and more.

Responsible for the commands and for turning every foreseeable mistake into one clear answer
and an exit code. Heavy packages are imported inside the commands, so that `--help` and
`check` answer at once.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

import analysis.attribution_report
import analysis.commands
import analysis.network_commands
import analysis.report_command
import analysis.sensitivity_command
import sim.experiment.attribute
import sim.experiment.commands

app = typer.Typer(
    help="Shoal: an agent-based laboratory of internet micro-finance.\n\n"
    "First contact: python run.py run scenarios/quick.yaml",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

File = Annotated[Path, typer.Argument(help="Scenario file.", show_default=False)]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", help="Override a field: credit.preset=none. Repeatable."),
]
SCHEMA_FILE = Path("scenarios/schema.json")


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Scenario files.", show_default=False)],
    set_: Sets = None,
) -> None:
    """Check scenario files without running them; tell all mistakes at once.

    Example: python run.py check scenarios/baseline.yaml
    """
    gc.disable()  # what is loaded stays, and looking it through takes a sixth of the time
    try:
        _check(files, set_ or [])
    finally:
        gc.enable()


def _check(files: list[Path], sets: list[str]) -> None:
    from sim.experiment.extent import beyond_judgement, size_of
    from sim.scenario import load
    from sim.scenario_checks import notes
    from sim.scenario_errors import ScenarioError

    mistakes = []
    for file in files:
        try:
            scenario = load(file, sets)
        except ScenarioError as error:
            mistakes += error.mistakes
        else:
            typer.echo(f"{file}: valid; {size_of(scenario)}")
            for note in [*notes(scenario), *beyond_judgement(scenario)]:
                typer.echo(f"{file}: note: {note}")
    if mistakes:
        raise ScenarioError(mistakes)


@app.command()
def show(
    file: File,
    arm: Annotated[str | None, typer.Option(help="Show the file with this arm laid over.")] = None,
    everything: Annotated[
        bool,
        typer.Option("--all", help="Show defaults too, and of one arm also what presets give."),
    ] = False,
    month: Annotated[
        int | None, typer.Option(help="With --all: policy of this month as if it never changed.")
    ] = None,
    set_: Sets = None,
) -> None:
    """Print a scenario as merged from all the files it extends; saved, it gives the same runs.

    Example: python run.py show scenarios/rate_cap.yaml --arm "cap 15 %" --all
    """
    from sim.scenario import load
    from sim.scenario_course import everything_in_force, is_one_run
    from sim.scenario_errors import say
    from sim.scenario_text import as_yaml

    scenario = load(file, set_ or [])
    first, last = 1 - scenario.time.burn_in, scenario.time.months
    if month is not None and not first <= month <= last:
        raise say(f"--month: {month} is not one of months {first}..{last}")
    if arm is not None:
        scenario = scenario.resolve(arm)
    if month is not None and not (everything and is_one_run(scenario)):
        raise say("--month: belongs to --all and, where a file has arms, to one --arm")
    if everything and not is_one_run(scenario):
        typer.echo(
            "# Policy is as written, for arms and points lie over it: --arm shows it in full."
        )
    typer.echo(as_yaml(everything_in_force(scenario, month) if everything else scenario.written()))


@app.command()
def schema(
    out: Annotated[
        str, typer.Option(help="File to write; - prints instead.", show_default=True)
    ] = str(SCHEMA_FILE),
) -> None:
    """Write the JSON Schema of scenario files, by which editors complete and check.

    Example: python run.py schema --out -
    """
    from sim.scenario_text import schema_text

    if out == "-":
        typer.echo(schema_text(), nl=False)
        return
    Path(out).write_text(schema_text(), encoding="utf-8")
    typer.echo(out)


@app.command()
def describe(
    part: Annotated[
        str | None,
        typer.Argument(
            help="phases, parameters, a population, credit, sources, presets, a plug-in's name, "
            "limits, metrics ...; all if absent."
        ),
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print tables in Markdown.")] = False,
) -> None:
    """Describe the model from its own code: phases, parameters, plug-ins, limits, channels.

    Example: python run.py describe platform
    """
    from sim.describe import tables

    typer.echo(tables(part, markdown))


sim.experiment.commands.register(app, analysis.commands.present)
sim.experiment.attribute.register(app, analysis.attribution_report.present)
analysis.commands.register(app)
analysis.sensitivity_command.register(app)
analysis.network_commands.register(app)
analysis.report_command.register(app)


def main() -> None:
    """Run the command line; a wrong scenario or an unwritable file ends with a clear answer."""
    try:
        app()
    except ValueError as error:
        if type(error).__name__ != "ScenarioError":
            raise
        typer.echo(str(error), err=True)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        typer.echo(f"{error.filename or 'file'}: {error.strerror or error}", err=True)
        sys.exit(3)


if __name__ == "__main__":
    main()
