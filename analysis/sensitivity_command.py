"""The command `sensitivity`: which parameters matter for a metric, from a sample of points."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from analysis.terminal import open_results

HELP = {
    "morris": "mu*: mean size of the effect of moving the field over its range; mu: with its sign; "
    "sigma: how much the effect hangs on the other fields, or bends.",
    "saltelli": "total: share of variance with the field and all it does together with others; "
    "first: by the field alone.",
}


NOISE = (
    "luck: {percent} % of the variance over points is chance within replications, which no field "
    "explains; it adds to sigma and to total."
)


def register(app: typer.Typer) -> None:
    """Add `sensitivity` to the application."""
    app.command()(sensitivity)


def sensitivity(
    results: Annotated[
        Path, typer.Argument(help="A results folder, or a folder above it (then the newest below).")
    ],
    metric: Annotated[str, typer.Option(help="Metric to explain.")] = "cohort_default_rate",
    effect: Annotated[
        str | None,
        typer.Option(help="Arm whose effect to explain: its paired difference at each point."),
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(help="Arm that --effect compares with; the file's reference arm if absent."),
    ] = None,
    arm: Annotated[
        str | None,
        typer.Option(help="Arm whose level to explain; the reference arm if absent."),
    ] = None,
    first: Annotated[int, typer.Option("--from", help="First month that counts.")] = 1,
    last: Annotated[int | None, typer.Option("--to", help="Last month that counts.")] = None,
) -> None:
    """Tell which parameters a metric, or what an arm changes in it, hangs on (Morris, Sobol).

    Example: python run.py sensitivity results/morris --metric platform_failures --effect "level 3"
    """
    from rich.console import Console

    from analysis import sensitivity as indices
    from analysis.results import ResultsError

    opened = open_results(results)
    try:
        found = indices.sensitivity(
            opened, metric, opened.window(first, last), arm, effect, reference
        )
        unit = _unit(opened, metric)
    except (ResultsError, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    method = str(found["method"].iloc[0])
    path = opened.folder / "tables" / f"{_file_name(found, opened.reference_arm)}.csv"
    try:
        path.parent.mkdir(exist_ok=True)
        found.to_csv(path, index=False)
    except OSError as error:
        typer.echo(f"cannot write {path}: {error.strerror or error}", err=True)
        raise typer.Exit(3) from None
    console = Console(highlight=False, markup=False, emoji=False)
    console.print(opened.manifest["title"] or opened.manifest["name"], style="bold")
    console.print(_table(found, unit))
    console.print(HELP[method])
    noise = float(found["noise"].iloc[0])
    if noise == noise:
        console.print(NOISE.format(percent=f"{100 * noise:.0f}"))
    console.print(str(path), soft_wrap=True)


def _unit(opened: Any, metric: str) -> str:
    from analysis import paired

    return paired.unit_of(opened, metric)


def _file_name(found: Any, reference: str) -> str:
    """Name the table by metric and, where it is not the level of the reference arm, by arms."""
    from analysis.tables import file_name

    row = found.iloc[0]
    name = f"sensitivity-{row['metric']}"
    if row["against"]:
        name += f"-effect-{row['arm']}" + ("" if row["against"] == reference
                                           else f"-against-{row['against']}")  # fmt: skip
    elif row["arm"] != reference:
        name += f"-{row['arm']}"
    return file_name(name)


def _table(found: Any, unit: str) -> Any:
    """Lay out the indices; those of Morris in the unit of the metric, of shares in % points."""
    from analysis.tables import brief, is_share, long_table

    row = found.iloc[0]
    of = f"effect of {row['arm']} less {row['against']}" if row["against"] else f"arm {row['arm']}"
    shown_unit = unit if row["method"] == "morris" else ""
    words = "% points" if is_share(shown_unit) else shown_unit
    title = f"{row['metric']}{', ' if words else ''}{words}; {of}; {row['points']} points"
    pairs = {
        "mu_star": ("mu*", "half_width"),
        "mu": ("mu", ""),
        "sigma": ("sigma", ""),
        "total": ("total", "total_half_width"),
        "first": ("first", "first_half_width"),
    }

    def worded(row: dict[str, Any]) -> dict[str, Any]:
        words = {"field": row["field"].removeprefix("parameters.")}
        for name, (head, width) in pairs.items():
            shown = "" if name not in row else brief(row[name], shown_unit)
            half = brief(row[width], shown_unit) if width and width in row else ""
            words[head] = f"{shown} ± {half}" if shown and half else shown
        return words

    columns = ["field", *(head for head, _ in pairs.values())]
    return long_table(found.assign(n=found["points"]), columns, title, worded, roomy=False)
