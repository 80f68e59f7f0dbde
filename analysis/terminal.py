"""What all commands that read results share: opening a folder, the console, and stopping.

Heavy packages are imported inside, so that `--help` stays quick.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from analysis.results import Results

Folder = Annotated[
    Path, typer.Argument(help="A results folder, or a folder above it (then the newest below).")
]


def open_results(folder: Path) -> Results:
    """Open a results folder for a command; a message and exit code 2 where there is none."""
    from analysis.results import ResultsError, load

    try:
        opened = load(folder)
    except ResultsError as error:
        stop(str(error))
    if opened.unmerged or not {"macro", "runs"} <= set(opened.tables):
        stop(opened.missing("macro" if "runs" in opened.tables else "runs"))
    return opened


def console() -> Console:
    """Make a console that prints text as it is: names and titles may hold [brackets]."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def stop(message: str, code: int = 2) -> NoReturn:
    """End the command with a message on standard error."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


def keep(opened: Results, name: str, frame: pd.DataFrame) -> Path:
    """Write a table as CSV into the results folder; return the folder of such tables."""
    path = opened.folder / "tables" / f"{name}.csv"
    try:
        path.parent.mkdir(exist_ok=True)
        frame.to_csv(path, index=False)
    except OSError as error:
        stop(f"cannot write {path}: {error.strerror or error}", 3)
    return path.parent
