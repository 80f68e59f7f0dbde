"""The command `sensitivity`: which parameters matter for a metric, from a sample of points."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

HELP = {
    "morris": "mu*: mean size of the effect of moving the field over its range; sigma: how much "
    "the effect hangs on the other fields, or bends.",
    "saltelli": "total: share of variance with the field and all it does together with others; "
    "first: by the field alone.",
}


def register(app: typer.Typer) -> None:
    """Add `sensitivity` to the application."""
    app.command()(sensitivity)


def sensitivity(
    results: Annotated[
        Path, typer.Argument(help="A results folder, or a folder above it (then the newest below).")
    ],
    metric: Annotated[str, typer.Option(help="Metric to explain.")] = "cohort_default_rate",
    arm: Annotated[str | None, typer.Option(help="Arm; the reference arm if absent.")] = None,
    first: Annotated[int, typer.Option("--from", help="First month that counts.")] = 1,
    last: Annotated[int | None, typer.Option("--to", help="Last month that counts.")] = None,
) -> None:
    """Tell which parameters matter, by indices of Morris or of Sobol.

    Example: python run.py sensitivity results/morris --metric default_rate
    """
    from rich.console import Console

    from analysis import sensitivity as indices
    from analysis.results import ResultsError, load

    try:
        opened = load(results)
        found = indices.sensitivity(opened, metric, opened.window(first, last), arm)
        unit = _unit(opened, metric)
    except (ResultsError, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    method = str(found["method"].iloc[0])
    path = opened.folder / "tables" / f"sensitivity-{metric}.csv"
    path.parent.mkdir(exist_ok=True)
    found.to_csv(path, index=False)
    console = Console(highlight=False, markup=False, emoji=False)
    console.print(opened.manifest["title"] or opened.manifest["name"], style="bold")
    console.print(_table(found, f"{metric}, {unit}" if method == "morris" else metric))
    console.print(HELP[method])
    console.print(str(path), soft_wrap=True)


def _unit(opened: Any, metric: str) -> str:
    from analysis import paired

    return paired.unit_of(opened, metric)


def _table(found: Any, title: str) -> Any:
    from analysis.tables import brief, long_table

    pairs = {
        "mu_star": ("mu*", "half_width"),
        "sigma": ("sigma", ""),
        "total": ("total", "total_half_width"),
        "first": ("first", "first_half_width"),
    }

    def worded(row: dict[str, Any]) -> dict[str, Any]:
        words = {"field": row["field"].removeprefix("parameters.")}
        for name, (head, width) in pairs.items():
            shown = "" if name not in row else brief(row[name])
            words[head] = f"{shown} ± {brief(row[width])}" if shown and width else shown
        return words

    columns = ["field", *(head for head, _ in pairs.values())]
    shown = found.assign(n=found["points"])
    n = int(found["points"].iloc[0])
    return long_table(shown, columns, f"{title}: {n} points", worded, roomy=False)
