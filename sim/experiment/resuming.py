"""Going on with a results folder: what may have changed since, and what is kept.

Responsible for refusing whatever would replace finished runs by others, and for how many
replications are meant. A resume only adds: replications, and arms beside those there were.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.experiment import manifest, plan, store
from sim.experiment.plan import Run
from sim.scenario_errors import ScenarioError, shown

if TYPE_CHECKING:
    from sim.scenario import Scenario

MERGED = "scenario.merged.yaml"
MOST_SHOWN = 6
ABSENT = "nothing"


class StudyError(Exception):
    """The experiment cannot begin; the message is meant for the user."""


def manifest_before(folder: Path | None, force: bool = False) -> dict[str, Any] | None:
    """Return the manifest of the folder to resume, refusing one made by other code."""
    if folder is None:
        return None
    before = manifest.read(folder)
    if before is None or not {"code_hash", "start", "replications", "arms"} <= before.keys():
        raise StudyError(
            f"--resume {folder}: no results folder (it has no readable {manifest.MANIFEST})"
            f"{_newest_below(folder)}"
        )
    if before["code_hash"] != manifest.code_hash() and not force:
        raise StudyError(
            f"{folder}: was begun with other code ({before['code_hash']}, now "
            f"{manifest.code_hash()}); old and new runs would not be comparable. "
            f"Start a new run, or mix them knowingly with --force"
        )
    return before


def _newest_below(folder: Path) -> str:
    """Name the results folder that was probably meant, if there are any below."""
    below = [*folder.glob(f"*/{manifest.MANIFEST}"), *folder.glob(f"*/*/{manifest.MANIFEST}")]
    if not below:
        return ""
    newest = max(below, key=lambda path: path.parent.name).parent
    return f"; did you mean {shlex.quote(str(newest))}?"


def fixed_facts(scenario: Scenario, arms: Sequence[str]) -> dict[str, Any]:
    """Return what a resume may not change: all that is said but title, replications, new arms.

    arms : those there were; others, and what is expected of them, may be added
    """
    facts = dict(scenario.model_dump(mode="json"))
    facts["arms"] = {label: said for label, said in facts["arms"].items() if label in arms}
    facts["expects"] = [
        {k: v for k, v in wish.items() if k != "from"}  # which changes no run
        for wish in facts["expects"]
        if wish["arm"] in arms
    ]
    facts["reference_arm"] = plan.reference_arm(scenario)
    facts["plug-ins"] = plan.plugin_facts(scenario.extra_plugins)
    return {k: v for k, v in facts.items() if k not in ("title", "replications")}


def fixed_hash(scenario: Scenario, arms: Sequence[str]) -> str:
    """Return the hash of what a resume may not change."""
    return manifest.hash_of(fixed_facts(scenario, arms))


def refuse_another(folder: Path, before: Mapping[str, Any], scenario: Scenario) -> None:
    """Refuse a scenario under which runs of the folder would be dropped or replaced."""
    arms = before["arms"]
    if before.get("fixed_hash") == fixed_hash(scenario, arms):
        return
    lines = [
        f"--resume {folder}: holds runs of another scenario, and they stay as they are:",
        *(f"  {line}" for line in _differences(folder, arms, scenario)),
        "start a new folder by leaving out --resume, or go on with the folder's own scenario:",
        f"  run --resume {shlex.quote(str(folder))}",
    ]
    raise StudyError("\n".join(lines))


def _differences(folder: Path, arms: Sequence[str], scenario: Scenario) -> list[str]:
    """Name the fields that differ, a line each, the first few of them."""
    from sim.scenario import load

    try:
        old = load(folder / MERGED)
    except ScenarioError:
        return [f"(its {MERGED} cannot be read)"]
    there, now = (dict(_leaves(fixed_facts(s, arms))) for s in (old, scenario))
    names = [n for n in dict.fromkeys([*there, *now]) if there.get(n, ABSENT) != now.get(n, ABSENT)]
    if not names:
        return [f"its {MERGED} was changed, or plug-ins given from Python differ"]
    lines = [f"{n}: {_worded(there, n)} in the folder, {_worded(now, n)} now" for n in names]
    more = len(lines) - MOST_SHOWN
    return [*lines[:MOST_SHOWN], *([f"and {more} more"] if more > 0 else [])]


def _worded(leaves: Mapping[str, Any], name: str) -> str:
    return shown(leaves[name]) if name in leaves else ABSENT


def _leaves(facts: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Take maps apart into dotted names and values; an empty map is a value."""
    if isinstance(facts, Mapping) and facts:
        for name, value in facts.items():
            yield from _leaves(value, f"{path}.{name}" if path else str(name))
    else:
        yield path, "{}" if isinstance(facts, Mapping) else facts


def replications_meant(
    scenario: Scenario, asked: int | None, before: Mapping[str, Any] | None
) -> int:
    """Return how many replications to run: those asked for, else as begun, else as the file says.

    A file that says another number than when the folder was begun counts as asking for it.
    """
    if asked is not None:
        return asked
    if before is None or before.get("replications_of_file") != scenario.replications:
        return scenario.replications
    return int(before["replications"])


def refuse_below_one(**numbers: int) -> None:
    """Refuse numbers of runs or processes that make no sense."""
    for name, number in numbers.items():
        if number < 1:
            raise StudyError(f"{name}: {number} is out of bounds: must be at least 1")


def kept(runs: Sequence[Run], finished: Mapping[str, Any], replications: int) -> list[Run]:
    """Leave out replications that are neither asked for nor finished: what is there stays."""
    return [run for run in runs if run.replication < replications or run.run_id in finished]


def prepare(folder: Path) -> None:
    """Make the folders inside a results folder, where they are missing."""
    for inner in (store.PARTS, "logs", "figures"):
        with store.storing(folder / inner):
            (folder / inner).mkdir(exist_ok=True)
