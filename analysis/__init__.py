"""Reading results: folders as tidy frames, paired effects, figures, reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.results import Results


def load(folder: str | Path) -> Results:
    """Open a results folder, or the newest one below it."""
    from analysis.results import load as load_results

    return load_results(folder)
