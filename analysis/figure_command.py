"""The command that draws figures from results.

Responsible for drawing them for a user: what cannot be drawn is named and left out. Heavy packages
are imported inside, so that `--help` stays quick.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.terminal import Folder, open_results, stop

if TYPE_CHECKING:
    from analysis.results import Results


def figure(
    name: Annotated[str, typer.Argument(help="Name of a figure, or 'all'.")],
    results: Folder,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the files; the results' figures/ if absent.")
    ] = None,
    metric: Annotated[
        str | None, typer.Option(help="Metric to draw: of attribution, metric and sensitivity.")
    ] = None,
    arm: Annotated[str | None, typer.Option(help="Arm to draw: of incident_timeline.")] = None,
) -> None:
    """Draw a figure from results and write it as PNG and SVG, with its data as CSV.

    Example: python run.py figure metric results/baseline --metric npl_ratio
    """
    from analysis import figures, paired
    from analysis.results import ResultsError, unknown

    known = figures.names()
    if name != "all" and name not in known:
        stop(str(unknown("figure", name, [*known, "all"])))
    if metric is not None and name not in figures.TAKE_METRIC:
        stop(f"--metric belongs to the figures {', '.join(figures.TAKE_METRIC)}, not to {name!r}")
    if arm is not None and name not in figures.TAKE_ARM:
        stop(f"--arm belongs to the figure {', '.join(figures.TAKE_ARM)}, not to {name!r}")
    opened = open_results(results)
    try:
        if metric is not None and name == "metric":
            opened.refuse_unknown(metric)
        elif metric is not None:
            paired.known_metric(opened, metric)
        if arm is not None:
            paired.known_arm(opened, arm)
    except ResultsError as error:
        stop(str(error))
    chosen = known if name == "all" else [name]
    paths = draw_figures(opened, chosen, out, tell_unfit=name != "all", chosen_by=arm or metric)
    for path in paths:
        typer.echo(str(path))
    if not paths:
        raise typer.Exit(1)


def draw_figures(
    opened: Results,
    chosen: list[str],
    out: Path | None = None,
    tell_unfit: bool = True,
    chosen_by: str | None = None,
) -> list[Path]:
    """Draw figures; one that goes wrong is named and left out.

    chosen_by : the metric or arm that was asked for
    tell_unfit : also name those that these results do not hold the data for
    """
    from analysis import figures

    paths: list[Path] = []
    for name in chosen:
        try:
            paths += figures.save(name, opened, out or opened.folder / "figures", chosen_by)
        except OSError as error:
            place = error.filename or out or opened.folder
            stop(f"cannot write figure {name} to {place}: {error.strerror or error}", 3)
        except figures.NotApplicable as reason:
            if tell_unfit:
                typer.echo(f"figure {name} left out: {reason}", err=True)
        except Exception as error:
            typer.echo(f"figure {name} left out: {error}", err=True)
    return paths
