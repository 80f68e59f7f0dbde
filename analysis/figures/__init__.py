"""Figures: one file each, `draw(results) -> Figure`, found by listing this folder."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.results import Results

FORMATS = ("png", "svg")


def names() -> list[str]:
    """Return the names of all figures."""
    here = Path(__file__).parent
    return sorted(p.stem for p in here.glob("*.py") if not p.stem.startswith("_"))


def draw(name: str, results: Results) -> Figure:
    """Draw a figure by name."""
    figure: Figure = import_module(f"analysis.figures.{name}").draw(results)
    return figure


def save(name: str, results: Results, folder: Path) -> list[Path]:
    """Draw a figure and write it as PNG and SVG; return the files."""
    figure = draw(name, results)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.{ending}" for ending in FORMATS]
    for path in paths:
        figure.savefig(path, dpi=150)
    return paths
