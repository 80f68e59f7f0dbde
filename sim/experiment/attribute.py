"""The command `attribute`: runs every combination of channels and tells what each of them did.

Responsible for turning a scenario into the study that attribution needs, and for going on with
one that was begun: what any results folder below `--out` has finished is not run again. The
shares are worked out and shown by `analysis`, which is handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.experiment import commands

if TYPE_CHECKING:
    from sim.experiment.execute import Build
    from sim.experiment.study import Show, Study
    from sim.scenario import Scenario

Present = Callable[[Path, str, bool, bool], None]
COHORT, CONTAGIOUS = "cohort_default_rate", "contagious_defaults"
MOST_EXACT = 10  # players; beyond, there are thousands of combinations
_present: list[Present] = []


def register(app: typer.Typer, present: Present) -> None:
    """Add `attribute` to the application.

    present : shows an attribution: folder, metric, with figures, quiet
    """
    _present[:] = [present]
    app.command()(attribute)


def attribute(
    scenario: Annotated[Path, typer.Argument(help="Scenario file.", show_default=False)],
    channels: Annotated[
        str,
        typer.Option(help="groups, each, or a list: real,funding,notes+confidence."),
    ] = "groups",
    metric: Annotated[str, typer.Option(help="Metric to attribute.")] = COHORT,
    arm: Annotated[
        str | None, typer.Option(help="Arm to attribute; the reference arm if absent.")
    ] = None,
    permutations: Annotated[
        int | None,
        typer.Option(min=2, help="Orders drawn by lot; every combination is run if absent."),
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Override a field. Repeatable.")
    ] = None,
    replications: Annotated[
        int | None, typer.Option("--replications", "-n", min=1, help="Runs of each combination.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", "-w", min=1, help="Processes; all cores if absent.")
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder of results folders; finished runs in it are taken over.")
    ] = Path("results"),
    figures: Annotated[bool, typer.Option(help="Draw the figure in the end.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the folder.")] = False,
) -> None:
    """Tell what each channel of contagion did to a metric, by Shapley values.

    Example: python run.py attribute scenarios/quick.yaml --channels trade,notes+confidence
    """
    from sim.experiment.resuming import StudyError
    from sim.experiment.store import StoreError
    from sim.scenario import load
    from sim.scenario_errors import ScenarioError

    try:
        told = prepared(load(scenario, set_ or []), channels, metric, arm, permutations)
        with commands.ended_like_ctrl_c():
            done = conduct(
                told,
                out,
                replications=replications,
                workers=workers,
                show=None if quiet else commands.bar,
            )
        if done.n_found and not quiet:
            typer.echo(f"{done.n_found} of {len(done.runs)} runs were there already")
        if done.n_done and done.status != "disk":
            _present[0](done.folder, metric, figures, quiet)
    except (ScenarioError, StudyError) as error:
        commands.stop(str(error))
    except StoreError as error:
        commands.stop(str(error), commands.EXIT_CODES["disk"])
    typer.echo(str(done.folder) if quiet else f"results in {done.folder}")
    if done.status != "complete":
        typer.echo(f"{commands.what_went_wrong(done)}\n  the same command", err=True)
    raise typer.Exit(commands.EXIT_CODES[done.status])


def prepared(
    scenario: Scenario,
    channels: str = "groups",
    metric: str = COHORT,
    arm: str | None = None,
    permutations: int | None = None,
) -> Scenario:
    """Return the study that attributes a metric in one arm of a scenario; refuse what is wrong."""
    from sim.experiment import coalitions, plan
    from sim.scenario_errors import say

    _refuse_metric(metric)
    arm = arm or plan.reference_arm(scenario)
    scenario.resolve(arm)  # refuses an arm that is not there, with the nearest name
    players = channels if channels in ("groups", "each") else channels.split(",")
    others = {label: None for label in scenario.arms if label != arm}
    changes: dict[str, Any] = {
        "name": f"{scenario.name[:68]}-attribution",
        "attribution": {"channels": players, "permutations": permutations, "arms": [arm]},
        "twins": None,
        "placebo": False,
        "expects": [],
        "reference_arm": arm if scenario.arms else None,
    }
    told = scenario.but({**changes, **({"arms": others} if others else {})})
    n = len(coalitions.players_of(told.attribution)) if told.attribution else 0
    if permutations is None and n > MOST_EXACT:
        raise say(f"--channels: {n} channels have {2**n} combinations; draw orders: --permutations")
    return told


def _refuse_metric(metric: str) -> None:
    from sim.scenario_errors import nearest, say
    from sim.scenario_schema import unknown_metrics

    if metric == CONTAGIOUS:
        why = f"is itself a difference between channels on and off; attribute {COHORT}"
        raise say(f"--metric: {metric} {why}")
    unknown = unknown_metrics([metric])
    if unknown:
        near = nearest(metric, unknown[metric]) or "; 'describe metrics' lists them"
        raise say(f"--metric: there is no metric '{metric}'{near}")


def conduct(
    told: Scenario,
    out: Path,
    replications: int | None = None,
    workers: int | None = None,
    show: Show | None = None,
    build: Build | None = None,
) -> Study:
    """Run the study, going on with its folder below `out` if it was begun before.

    Runs that any other results folder there has finished are taken over.
    """
    from sim.experiment import study

    begun = begun_before(told, out)
    return study.conduct(
        told,
        replications=replications,
        workers=workers,
        out=out,
        resume=begun,
        reuse=out,
        show=show,
        build=build,
    )


def begun_before(told: Scenario, out: Path) -> Path | None:
    """Return the newest folder that holds the same study by the same code, or None."""
    from sim.experiment import manifest, plan, resuming

    arms = [arm or plan.ONLY_ARM for arm in plan.arms_of(told)]
    wanted = (manifest.code_hash(), resuming.fixed_hash(told, arms))
    for path in sorted((out / told.name).glob(f"*/{manifest.MANIFEST}"), reverse=True):
        said = manifest.read(path.parent) or {}
        if (said.get("code_hash"), said.get("fixed_hash")) == wanted:
            return path.parent
    return None
