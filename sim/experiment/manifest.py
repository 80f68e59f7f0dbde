"""What a results folder says of itself: hashes, versions, command, times, files.

Responsible for `manifest.json` and for the two hashes that name runs and folders. Not
responsible for the tables (`store`).
"""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.credit.base import precision_tables
from sim.experiment import store
from sim.experiment.hashes import hash_of
from sim.scenario_schema import Population

if TYPE_CHECKING:
    from sim.scenario import Scenario

MANIFEST = "manifest.json"
SIM = Path(__file__).resolve().parent.parent
PACKAGES = ("shoal", "mesa", "numpy", "scipy", "pandas", "pyarrow", "pydantic", "joblib")


@cache
def code_hash() -> str:
    """Return the hash of everything in `sim/` that can change a result.

    Running, storing and describing experiments (`sim/experiment`, the cover `__init__`) is
    left out: a change there must not make finished runs worthless.
    """
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(SIM.rglob("*")):
        relative = path.relative_to(SIM)
        if path.suffix not in {".py", ".yaml", ".json"} or relative.parts[0] == "experiment":
            continue
        if relative.as_posix() == "__init__.py":
            continue
        digest.update(relative.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def calibration_hash(scenario: Scenario, population: Population | None = None) -> str:
    """Return the hash of what signal precisions depend on: population and parameters.

    population : takes the place of the scenario's own
    """
    seen = scenario.model_dump(mode="json")
    counts = seen.get("population") if population is None else population.model_dump(mode="json")
    return hash_of({"population": counts, "parameters": seen.get("parameters")})


def calibration_of(scenario: Scenario) -> str:
    """Say how a scenario differs from the one the shipped signal precisions were calibrated on.

    same | other population (the parameters are the same) | other parameters
    """
    wanted = precision_tables()["hash"]
    if wanted == calibration_hash(scenario):
        return "same"
    has_same_parameters = wanted == calibration_hash(scenario, Population())
    return "other population" if has_same_parameters else "other parameters"


def versions() -> dict[str, str]:
    """Return the versions of Python, of the machine type and of the packages in use."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def git_state() -> dict[str, Any]:
    """Return the commit of the code and whether files differ from it; None without git."""
    commit = _git("rev-parse", "HEAD")
    changes = _git("status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "dirty": bool(changes) if commit else None}


def _git(*arguments: str) -> str | None:
    try:
        answer = subprocess.run(
            ["git", "-C", str(SIM), *arguments], capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def now() -> str:
    """Return the present moment in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def opening(study: Mapping[str, Any], workers: int) -> dict[str, Any]:
    """Return the manifest of an experiment that begins.

    study : what the experiment is: name, hashes, arms, reference arm, seed, expectations
    """
    return {
        "status": "running",
        **study,
        "code_hash": code_hash(),
        "other_code": [],
        "versions": versions(),
        "git": git_state(),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "workers": workers,
        "start": now(),
        "end": None,
        "runs": {},
        "files": {},
    }


def read(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a results folder, or None where there is none to read."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def write(folder: Path, content: Mapping[str, Any]) -> None:
    """Write the manifest."""
    store.write_json(folder / MANIFEST, content)


def files_of(folder: Path, rows: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """Return rows and SHA-256 of the tables and scenario files of a folder."""
    paths = [p for p in sorted(folder.glob("*.parquet")) if p.stem in rows]
    paths += sorted(folder.glob("scenario*.yaml"))
    found: dict[str, dict[str, Any]] = {}
    for path in paths:
        found[path.name] = {"sha256": store.sha256_of(path)}
        if path.stem in rows:
            found[path.name]["rows"] = rows[path.stem]
    return found
