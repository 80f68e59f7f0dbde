"""Time a run of the baseline, then replications on one and on two processes with their memory.

Every study starts in a process of its own and is thrown away; the values of all tables must be
the same however many workers made them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from benchmarks.common import options
from benchmarks.rounds import ONE_THREAD, paired_ratio, show
from benchmarks.sides import HERE, peak

BASELINE = HERE.parent / "scenarios" / "baseline.yaml"


def study(replications: int, workers: int) -> dict[str, Any]:
    """Run replications; return seconds, the largest peak of a run in MB and a hash of tables.

    Without workers, the model alone runs, its records are made and no file is written.
    """
    command = [sys.executable, "-m", "benchmarks.ensemble", str(replications), str(workers)]
    done = subprocess.run(
        command,
        cwd=HERE.parent,
        env={**os.environ, **dict.fromkeys(ONE_THREAD, "1")},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def conduct_here(replications: int, workers: int) -> None:
    """Run a study in this process and print what `study` returns."""
    from sim.experiment.study import conduct
    from sim.model import MicroFinance
    from sim.scenario import Scenario

    scenario = Scenario.load(BASELINE)
    MicroFinance(scenario.but({"population.enterprises": 50, "population.investors": 50})).step()
    if not workers:
        start = perf_counter()
        model = MicroFinance(scenario)
        for _ in model.months:
            model.step()
            model.records()
        print(json.dumps({"seconds": perf_counter() - start, "peak_mb": peak() / 1e6}))
        return
    with TemporaryDirectory() as folder:
        start = perf_counter()
        done = conduct(scenario, replications=replications, workers=workers, out=Path(folder))
        seconds = perf_counter() - start
        most = max(fact["peak_memory_mb"] for fact in done.facts.values())
        print(json.dumps({"seconds": seconds, "peak_mb": most, "hash": hash_of(done.folder)}))


def hash_of(folder: Path) -> str:
    """Hash the values of all tables of a results folder but that of times and memory."""
    import pandas as pd

    total = sha256()
    for table in sorted(set(folder.glob("*.parquet")) - {folder / "runs.parquet"}):
        rows = pd.util.hash_pandas_object(pd.read_parquet(table), index=False)
        total.update(table.name.encode() + rows.to_numpy().tobytes())
    return total.hexdigest()


def main(argv: list[str] | None = None) -> None:
    """Print a single run, the gain of a second process and the peak as replications grow."""
    parser = options("ensemble", __doc__)
    parser.add_argument("--replications", type=int, default=8)
    parser.set_defaults(rounds=3)
    asked = parser.parse_args(argv)
    alone, singles = ([study(1, w) for _ in range(asked.rounds)] for w in (0, 1))
    pairs = [[study(asked.replications, w) for w in (1, 2)] for _ in range(asked.rounds)]
    one, two = zip(*pairs, strict=True)
    seconds = [[done["seconds"] for done in side] for side in (one, two)]
    rows = [
        row("1 run, no files", alone, 1.0),
        row("1 run, its process and files", singles, 1.0),
        row(f"{asked.replications} runs, 1 process", one, 1.0),
        row(f"{asked.replications} runs, 2 processes", two, paired_ratio(*seconds)),
    ]
    show(f"The default baseline after imports, {asked.rounds} rounds", rows, asked.json)
    same = all(one["hash"] == two["hash"] for one, two in pairs)
    print("All tables have the same values." if same else "THE TABLES DIFFER.")


def row(name: str, done: Any, gain: float) -> dict[str, Any]:
    """Return one line of the table."""
    return {
        "study": name,
        "median s": median(d["seconds"] for d in done),
        "fastest s": min(d["seconds"] for d in done),
        "times faster": gain,
        "peak MB of a process": max(d["peak_mb"] for d in done),
    }


if __name__ == "__main__":
    conduct_here(int(sys.argv[1]), int(sys.argv[2]))
