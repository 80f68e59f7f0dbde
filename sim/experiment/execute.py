"""Running simulations: worker processes, months done, failures.

Responsible for getting every run done once, in any order and by any number of workers, with
the same values. Not responsible for which runs there are (`plan`), for what a part looks like
on disk (`store`) or for the experiment around them (`study`).
"""

from __future__ import annotations

import gc
import signal
import sys
import time
import traceback
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from sim.experiment.plan import Run, outputs_hash
from sim.experiment.store import Part, PartWriter, StoreError

Build = Callable[[Run], Any]


@dataclass(frozen=True)
class Outcome:
    """How one run ended: `done`, `failed` (the model raised) or `disk` (could not be kept)."""

    run_id: str
    status: str
    seconds: float
    peak_memory_mb: float
    error: str = ""
    trace: str = ""


def build_model(run: Run) -> Any:
    """Build the model of one run."""
    from sim.model import MicroFinance

    return MicroFinance(
        run.scenario,
        seed=run.scenario.seed,
        replication=run.replication,
        placebo=run.is_placebo,
    )


class Months:
    """Months done by each run, in a small file that all workers share."""

    def __init__(self, path: Path, n_runs: int, create: bool = False) -> None:
        mode: Any = "w+" if create else "r+"
        self.path, self.n_runs = path, n_runs
        self._counts = np.memmap(path, dtype=np.int32, mode=mode, shape=(max(n_runs, 1),))

    def tick(self, place: int) -> None:
        """Count one more month of the run at `place`."""
        self._counts[place] += 1

    def total(self) -> int:
        """Return the months done by all runs together."""
        return int(self._counts.sum())


@dataclass(frozen=True)
class Task:
    """One run and where its records and its count of months go."""

    run: Run
    parts: Path
    counter: Path
    place: int
    n_runs: int
    build: Build


def outcomes(
    runs: Sequence[Run], parts: Path, counter: Path, workers: int, build: Build = build_model
) -> Generator[Outcome, None, None]:
    """Run everything and yield each outcome as it comes, in no particular order."""
    tasks = [Task(run, parts, counter, i, len(runs), build) for i, run in enumerate(runs)]
    workers = min(workers, len(tasks))
    if workers <= 1:
        yield from map(execute_run, tasks)
        return
    _send_by_value(runs, build)
    pool = joblib.Parallel(
        n_jobs=workers, return_as="generator_unordered", batch_size=1, max_nbytes=None
    )
    yield from pool(joblib.delayed(execute_in_worker)(task) for task in tasks)


def execute_in_worker(task: Task) -> Outcome:
    """Execute a run in a worker process, which leaves Ctrl-C to its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return execute_run(task)


def execute_run(task: Task) -> Outcome:
    """Simulate one run and leave its part on disk; an error of the model is an outcome."""
    start = time.perf_counter()
    part = Part(task.parts / task.run.run_id)
    error, trace, status = "", "", "done"
    try:
        _simulate(task, part, start)
    except StoreError as problem:
        error, status = str(problem), "disk"
    except Exception as problem:
        error, trace = f"{type(problem).__name__}: {problem}", traceback.format_exc()
        status = "failed"
    gc.collect()
    seconds = time.perf_counter() - start
    return Outcome(task.run.run_id, status, seconds, peak_memory_mb(), error, trace)


def _simulate(task: Task, part: Part, start: float) -> None:
    months = Months(task.counter, task.n_runs)
    model = task.build(task.run)
    writer = PartWriter(part, {"macro": model.metric_info, **getattr(model, "column_info", {})})
    try:
        if not task.run.scenario.time.burn_in:
            writer.add(model.records())  # the balances that month 1 opens with
        for _ in model.months:
            model.step()
            writer.add(model.records())
            months.tick(task.place)
        writer.add(model.final_records())
        seconds = time.perf_counter() - start
        ended = Outcome(task.run.run_id, "done", seconds, peak_memory_mb())
        writer.finish({**asdict(ended), "outputs": outputs_hash(task.run.scenario)})
    except BaseException:
        writer.abandon()
        raise


def peak_memory_mb() -> float:
    """Return the largest memory this process has held so far, NaN where nobody counts it."""
    try:
        import resource
    except ImportError:
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def _send_by_value(runs: Sequence[Run], build: Build) -> None:
    """Let plug-ins and builders from a user's own module travel to workers that lack it."""
    # joblib carries its own cloudpickle or uses the installed one, by version: ask the one in use.
    from joblib.externals.loky.cloudpickle_wrapper import dumps

    cloudpickle = sys.modules[dumps.__module__]
    kinds = {type(p) for run in runs for p in getattr(run.scenario, "extra_plugins", ())}
    for name in {kind.__module__ for kind in kinds} | {build.__module__}:
        if name != "__main__" and name.split(".")[0] not in {"sim", "analysis"}:
            cloudpickle.register_pickle_by_value(sys.modules[name])
