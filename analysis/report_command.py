"""The command `report`: a study as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.terminal import Folder, open_results, stop


def register(app: typer.Typer) -> None:
    """Add the command of this file to the application."""
    app.command()(report)


def report(
    results: Folder,
    out: Annotated[
        Path | None, typer.Option(help="HTML file to write; report.html in the results if absent.")
    ] = None,
    figures: Annotated[bool, typer.Option(help="Draw all figures that apply.")] = True,
) -> None:
    """Write a study as one HTML page that needs no network: question, method, results, manifest.

    Example: python run.py report results/quick
    """
    from analysis.report import page
    from analysis.results import ResultsError

    opened = open_results(results)
    target = out or opened.folder / "report.html"
    try:
        text = page(opened, figures, lambda words: typer.echo(words, err=True))
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.tmp")
        draft.write_text(text, encoding="utf-8")
        draft.replace(target)
    except ResultsError as error:
        stop(str(error))
    except OSError as error:
        stop(f"cannot write {target}: {error.strerror or error}", 3)
    typer.echo(str(target))
