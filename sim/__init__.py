"""Shoal: an agent-based laboratory of internet micro-finance.

`load_scenario` and `simulate` are all a notebook needs; everything heavy is imported when
one of them is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.results import Results
    from sim.scenario import Scenario


def load_scenario(path: str | Path) -> Scenario:
    """Read and check a scenario file; all mistakes are told at once."""
    from sim.scenario import load

    return load(path)


def simulate(
    scenario: Scenario | str | Path,
    replications: int | None = None,
    *,
    workers: int | None = None,
    out: str | Path = "results",
    resume: str | Path | None = None,
    instruments: Sequence[Any] = (),
    sources: Sequence[Any] = (),
    shocks: Sequence[Any] = (),
    progress: bool = True,
) -> Results:
    """Run a scenario, all its arms, points and replications, and open the results.

    workers : processes to use, all cores if None
    out : folder in which the results folder is made, as `run.py run` does
    resume : results folder to go on with; only what it lacks is run
    instruments, sources, shocks : plug-in objects beside those the scenario names
    """
    from analysis.results import load
    from sim.experiment.progress import Bar
    from sim.experiment.study import conduct

    if isinstance(scenario, str | Path):
        scenario = load_scenario(scenario)
    if instruments or sources or shocks:
        scenario = scenario.with_plugins(instruments=instruments, sources=sources, shocks=shocks)
    study = conduct(
        scenario,
        replications=replications,
        workers=workers,
        out=Path(out),
        resume=Path(resume) if resume else None,
        show=Bar if progress else None,
    )
    kept = f"{study.n_done} of {len(study.runs)} runs are kept in {study.folder}"
    if study.status == "interrupted":
        raise KeyboardInterrupt(f"{kept}; go on with simulate(..., resume=folder)")
    if study.status in ("disk", "crashed"):
        raise RuntimeError(f"{study.problem}; {kept}; go on with simulate(..., resume=folder)")
    if study.failed:
        from warnings import warn

        first = next(iter(study.failed.values()))
        warn(f"{study.n_failed} runs failed ({first.error}); {kept}", stacklevel=2)
    return load(study.folder)
