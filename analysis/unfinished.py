"""A study that has not come to its end: how far it is, and how to go on.

Responsible for what is said of it; tables are merged by `run` when all runs have ended.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def is_unmerged(manifest: Mapping[str, Any]) -> bool:
    """Tell whether a study has never come to its end, so that its tables are not all there."""
    return manifest.get("status") == "running" and not manifest.get("files")


def how_far(folder: Path, manifest: Mapping[str, Any]) -> str:
    """Say in a line how many runs of an unfinished study are there; nothing of a finished one."""
    if manifest.get("status") != "running":
        return ""
    planned = manifest.get("planned")
    of_all = f" of {planned}" if planned else ""
    return (
        f"{folder}: still running, or ended by force; {len(list(folder.glob('parts/*/DONE')))}"
        f"{of_all} runs are there, and tables are merged at the end; go on with: "
        f"python run.py run --resume {shlex.quote(str(folder))}"
    )
