"""One experiment from a scenario to a results folder that says what happened.

Responsible for the order of things: plan, folder, runs, merge, manifest, log; also after a
failed run, a full disk or Ctrl-C. Not responsible for talking to the user (`commands`).
"""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib

from sim.experiment import adopting, coalitions, execute, manifest, plan, resuming, store
from sim.experiment.execute import Months, Outcome
from sim.experiment.lock import alone_in
from sim.experiment.plan import Run
from sim.experiment.progress import Silent
from sim.scenario_text import as_yaml

if TYPE_CHECKING:
    from sim.scenario import Scenario

Show = Callable[[Months, int, int], Silent]
MACRO = "macro"


@dataclass
class Study:
    """An experiment and how far it got.

    status : complete | failures (some runs raised) | interrupted | disk | crashed
    """

    folder: Path
    runs: Sequence[Run]
    status: str = "complete"
    problem: str = ""
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    failed: dict[str, Outcome] = field(default_factory=dict)
    n_found: int = 0
    calibration: str = "same"

    @property
    def n_done(self) -> int:
        """Runs whose results are on disk."""
        return sum(run.run_id in self.facts for run in self.runs)

    @property
    def n_failed(self) -> int:
        """Runs that raised an error."""
        return sum(run.run_id in self.failed for run in self.runs)


def conduct(
    scenario: Scenario,
    *,
    text: str | None = None,
    replications: int | None = None,
    workers: int | None = None,
    out: Path = Path("results"),
    resume: Path | None = None,
    force: bool = False,
    reuse: Path | None = None,
    show: Show | None = None,
    build: execute.Build | None = None,
) -> Study:
    """Run a scenario, or what is left of it, and return the study with its folder.

    text : the scenario as its author wrote it, kept in the folder beside the merged one
    reuse : folder of results folders; runs that any of them has finished are taken over
    """
    resuming.manifest_before(resume, force)  # a wrong folder is no place for a lock
    with ExitStack() as held:
        if resume:
            held.enter_context(alone_in(resume))
        before = resuming.manifest_before(resume, force)
        if resume and before:
            resuming.refuse_another(resume, before, scenario)
        count = resuming.replications_meant(scenario, replications, before)
        workers = joblib.cpu_count() if workers is None else workers
        resuming.refuse_below_one(replications=count, workers=workers)
        code = before["code_hash"] if before else manifest.code_hash()
        runs = plan.plan(scenario, max(count, before["replications"] if before else 0), code)
        folder = resume or new_folder(out, scenario.name, plan.scenario_hash(scenario))
        if not resume:
            held.enter_context(alone_in(folder))
        resuming.prepare(folder)
        study = Study(folder, runs, calibration=manifest.calibration_of(scenario))
        _find_finished(study, runs)
        if reuse:
            lacking = [run for run in _unique(runs) if run.run_id not in study.facts]
            adopting.adopt(folder, lacking, reuse)
            _find_finished(study, runs)
        study.runs = resuming.kept(runs, study.facts, count)
        study.n_found = study.n_done
        todo = [run for run in _unique(study.runs) if run.run_id not in study.facts]
        notes = _opening(scenario, study.runs, workers, before)
        merged = as_yaml(scenario.written()) + "\n"
        store.write_text(folder / "scenario.yaml", merged if text is None else text)
        store.write_text(folder / resuming.MERGED, merged)
        manifest.write(folder, notes)
        log(folder, f"begin: {len(study.runs)} runs, {len(todo)} to do, {workers} workers")
        _run_all(study, todo, workers, show, build or execute.build_model)
        _close(study, notes)
        return study


def _unique(runs: Sequence[Run]) -> list[Run]:
    """Give each run once, whatever number of arms share it."""
    return list({run.run_id: run for run in runs}.values())


def new_folder(out: Path, name: str, digits: str) -> Path:
    """Create and return `out/<name>/<UTC time>-<hash>`, never one that exists."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    folder = out / name / f"{stamp}-{digits}"
    with store.storing(folder):
        for attempt in range(1, 1000):
            try:
                folder.mkdir(parents=True)
                break
            except FileExistsError:
                if not folder.is_dir():
                    raise
                folder = folder.with_name(f"{stamp}-{digits}-{attempt + 1}")
    return folder


def _opening(
    scenario: Scenario, runs: Sequence[Run], workers: int, before: dict[str, Any] | None
) -> dict[str, Any]:
    arms = [arm or plan.ONLY_ARM for arm in plan.arms_of(scenario)]
    study = {
        "name": scenario.name,
        "title": scenario.title,
        "scenario_hash": plan.scenario_hash(scenario),
        "seed": scenario.seed,
        "months": scenario.time.months,
        "arms": arms,
        "reference_arm": plan.reference_arm(scenario),
        "points": list(plan.points_of(scenario)),
        "channels": list(dict.fromkeys(run.channels for run in runs)),
        "attribution": coalitions.facts_of(scenario.attribution, scenario.seed, plan.AS_SET),
        "replications": 1 + max((run.replication for run in runs), default=-1),
        "replications_of_file": scenario.replications,
        "planned": len(_unique(runs)),
        "fixed_hash": resuming.fixed_hash(scenario, arms),
        "calibration": manifest.calibration_of(scenario),
        "factors": {name: list(levels) for name, levels in scenario.factors.items()},
        "primary": [_said(wish.model_dump(mode="json")) for wish in scenario.primary],
        "expects": [_said(wish.model_dump(mode="json")) for wish in scenario.expects],
    }
    notes = manifest.opening(study, workers)
    if before:
        if before["code_hash"] != notes["code_hash"]:
            notes["other_code"] = [*before.get("other_code", []), notes["code_hash"]]
            notes["code_hash"] = before["code_hash"]
        notes["start"] = before["start"]
        # What the tables hold until this pass has ended.
        notes["runs"], notes["files"] = before.get("runs", {}), before.get("files", {})
        notes["resumed"] = [*before.get("resumed", []), manifest.now()]
    return notes


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _run_all(
    study: Study, todo: Sequence[Run], workers: int, show: Show | None, build: execute.Build
) -> None:
    """Run what is left; whatever ends it early is written into the study, not raised."""
    if not todo:
        return
    parts = study.folder / store.PARTS
    counter = parts / ".months"
    try:
        with store.storing(parts):
            months = Months(counter, len(todo), create=True)
        bar = show(months, sum(run.n_months for run in todo), len(todo)) if show else Silent()
        running = execute.outcomes(todo, parts, counter, workers, build)
        with bar, warnings.catch_warnings(), closing(running):
            warnings.filterwarnings("ignore", message=".*tasks which were still being processed")
            for outcome in running:
                bar.run_ended()
                _take(study, outcome)
                if outcome.status == "disk":
                    study.status, study.problem = "disk", outcome.error
                    break
    except KeyboardInterrupt:
        study.status = "interrupted"
    except store.StoreError as error:
        study.status, study.problem = "disk", study.problem or str(error)
    except Exception as error:
        log(study.folder, traceback.format_exc())
        study.status = "crashed"
        study.problem = f"the worker processes broke down ({type(error).__name__}: {error})"
    counter.unlink(missing_ok=True)
    _find_finished(study, todo)
    if study.failed and study.status == "complete":
        study.status = "failures"


def _find_finished(study: Study, runs: Sequence[Run]) -> None:
    """Take in the facts of every run whose part is whole on disk."""
    for run in runs:
        if run.run_id not in study.facts:
            part = store.Part(study.folder / store.PARTS / run.run_id)
            facts = part.facts(plan.outputs_hash(run.scenario))
            if facts is not None:
                study.facts[run.run_id] = facts


def _take(study: Study, outcome: Outcome) -> None:
    if outcome.status == "done":
        log(study.folder, f"run {outcome.run_id}: done in {outcome.seconds:.1f} s")
        return
    if outcome.status == "failed":
        study.failed[outcome.run_id] = outcome
    log(study.folder, f"run {outcome.run_id}: {outcome.status}: {outcome.error}\n{outcome.trace}")


def _close(study: Study, notes: dict[str, Any]) -> None:
    """Merge what is finished and write the manifest; a disk that refuses is a status."""
    folder = study.folder
    try:
        if study.n_done < notes["runs"].get("done", 0):
            log(folder, "finished parts of an earlier pass are gone: its tables stay as they are")
        else:
            notes["files"] = manifest.files_of(folder, merge_all(study))
            failed = study.n_failed
            notes["runs"] = {"asked": len(study.runs), "done": study.n_done, "failed": failed}
    except store.StoreError as error:
        study.status, study.problem = "disk", study.problem or str(error)
    notes["status"], notes["end"] = study.status, manifest.now()
    try:
        manifest.write(folder, notes)
    except store.StoreError as error:
        study.status, study.problem = "disk", study.problem or str(error)
    log(folder, f"end: {study.status} {study.problem}")


def merge_all(study: Study) -> dict[str, int]:
    """Write every table of the folder from the finished parts; return rows per table."""
    done = [run for run in study.runs if run.run_id in study.facts]
    parts = {run.run_id: store.Part(study.folder / store.PARTS / run.run_id) for run in done}
    once = [store.Labelled(part, {"run_id": run_id}) for run_id, part in parts.items()]
    named = [store.Labelled(parts[run.run_id], run.labels) for run in done]
    rows = {"runs": store.write_rows(study.folder / "runs.parquet", runs_table(study))}
    for table in sorted({t for run in done for t in study.facts[run.run_id]["tables"]}):
        rows[table] = store.merge(study.folder, table, named if table == MACRO else once)
    for path in study.folder.glob("*.parquet"):
        if path.stem not in rows:
            path.unlink()  # left by an earlier, differently asked pass over this folder
    return rows


def runs_table(study: Study) -> list[dict[str, Any]]:
    """Return one row per run: its names, how it ended and every swept field."""
    rows = []
    for run in study.runs:
        ended = study.failed.get(run.run_id)
        facts = study.facts.get(run.run_id) or (asdict(ended) if ended else {})
        rows.append(
            {
                **run.labels,
                "status": facts.get("status", "not run"),
                "seconds": facts.get("seconds", float("nan")),
                "peak_memory_mb": facts.get("peak_memory_mb", float("nan")),
                "error": facts.get("error", ""),
                "is_placebo": run.is_placebo,
                "own_burn_in": run.own_burn_in,
                "burn_in": run.burn_in,
                **run.swept,
            }
        )
    return rows


def log(folder: Path, line: str) -> None:
    """Add a line to the log; a log that cannot be written stops nothing."""
    try:
        with (folder / "logs" / "run.log").open("a", encoding="utf-8") as file:
            file.write(f"{manifest.now()} {line.rstrip()}\n")
    except OSError:
        return
