"""Runs that another study has finished already: they are taken over, not run again.

A `run_id` names all that a run sees and the code that ran it, so equal names are equal runs.
Responsible for finding such runs below a folder and for putting them into another; not for saying
which are wanted.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from sim.experiment import manifest, plan, store
from sim.experiment.plan import Run


def adopt(folder: Path, runs: Sequence[Run], near: Path) -> list[str]:
    """Take over what other results folders below `near` hold of these runs; return their ids.

    A folder that mixes runs of several versions of the code (`--force`) gives none.
    """
    wanted = {run.run_id: run for run in runs}
    taken: list[str] = []
    for part in _parts(folder, near):
        run = wanted.get(part.run_id)
        if run is not None and part.facts(plan.outputs_hash(run.scenario)) is not None:
            _copy(part, folder / store.PARTS / part.run_id)
            taken.append(part.run_id)
            del wanted[part.run_id]
    return taken


def _parts(folder: Path, near: Path) -> Iterator[store.Part]:
    """Find the finished parts of all results folders below a folder but one."""
    for path in sorted([*near.glob("*/manifest.json"), *near.glob("*/*/manifest.json")]):
        said = manifest.read(path.parent)
        if path.parent.resolve() != folder.resolve() and said and not said.get("other_code"):
            for done in sorted(path.parent.glob(f"{store.PARTS}/*/{store.DONE}")):
                yield store.Part(done.parent)


def _copy(part: store.Part, target: Path) -> None:
    """Put a part in place: links to its files where the disk can, copies elsewhere; `DONE` last."""
    with store.storing(target):
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        files = [path for path in sorted(part.folder.iterdir()) if not path.name.startswith(".")]
        for path in sorted(files, key=lambda path: path.name == store.DONE):
            try:
                os.link(path, target / path.name)
            except OSError:
                shutil.copy2(path, target / path.name)
