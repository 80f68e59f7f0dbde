"""Figures: one file each, `draw(results) -> Figure`, found by listing this folder.

A file may also hold `data(results) -> DataFrame`, the numbers drawn; they are saved as CSV beside
the picture. A figure that these results cannot feed raises `NotApplicable` and says why.
"""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.results import Results

FORMATS = ("png", "svg")
ON_REQUEST = ("metric",)  # drawn by name only: another figure of every run shows the same
TAKE_METRIC = ("attribution", "metric", "sensitivity")  # figures of a metric that can be chosen
TAKE_ARM = ("incident_timeline",)  # figures of an arm that can be chosen


class NotApplicable(Exception):  # noqa: N818 - an answer, not an error
    """These results do not hold what the figure shows; the message says what is missing."""


def names() -> list[str]:
    """Return the names of all figures."""
    here = Path(__file__).parent
    return sorted(p.stem for p in here.glob("*.py") if not p.stem.startswith("_"))


def standard() -> list[str]:
    """Return the names of the figures drawn after every run, as far as they apply."""
    return [name for name in names() if name not in ON_REQUEST]


def draw(name: str, results: Results) -> Figure:
    """Draw a figure by name."""
    figure: Figure = import_module(f"analysis.figures.{name}").draw(results)
    return figure


def save(name: str, results: Results, folder: Path, asked: str | None = None) -> list[Path]:
    """Draw a figure and write it as PNG and SVG, with its data as CSV; return the files.

    asked : the metric a figure of `TAKE_METRIC` shows, or the arm one of `TAKE_ARM` does; its files
        are then named after it
    """
    module: Any = import_module(f"analysis.figures.{name}")
    chosen = () if asked is None else (asked,)
    file = "-".join((name, *(re.sub(r"[^\w-]+", "-", said) for said in chosen)))
    paths = write(module.draw(results, *chosen), folder, file)
    if hasattr(module, "data"):
        paths.append(folder / f"{file}.csv")
        module.data(results, *chosen).to_csv(paths[-1], index=False)
    return paths


def write(figure: Figure, folder: Path, file: str) -> list[Path]:
    """Write a figure as PNG and SVG, the same bytes for the same figure; return the files."""
    from matplotlib import rc_context

    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{file}.{ending}" for ending in FORMATS]
    with rc_context({"svg.hashsalt": "shoal"}):
        for path in paths:
            figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else {})
            figure.set_layout_engine("none")  # the layout stands; finding it again takes long
    return paths
