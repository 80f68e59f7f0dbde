"""The models that are timed, each in a process of its own that runs one month when told.

Responsible for building a side and for its clock; the order of turns and all statistics are
in `rounds`. Started by `rounds` as `python -m benchmarks.sides NAME SIZE WARM`.
"""

from __future__ import annotations

import importlib.util
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

HERE = Path(__file__).resolve().parent
PLAIN_MESA = HERE.parents[1] / "shared" / "bench" / "plain_mesa.py"
INSTITUTIONS = 60 + 20 + 4

Step = Callable[[], Any]


def shoal(n: int) -> Step:
    """Build the month of this project with n enterprises and n savers."""
    return _month("month.yaml", n)


def shoal_full(n: int) -> Step:
    """Build the same with every feature switched on."""
    return _month("month_full.yaml", n)


def _month(file: str, n: int) -> Step:
    from sim.model import MicroFinance
    from sim.scenario import Scenario

    scenario = Scenario.load(HERE / file)
    size = {"population.enterprises": n, "population.investors": n}
    return MicroFinance(scenario.but(size), seed=1).step


def plain_mesa(n: int) -> Step:
    """Build the yardstick: a far simpler month, one Mesa object an agent."""
    found = importlib.util.spec_from_file_location("plain_mesa", PLAIN_MESA)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    step: Step = module.CreditModel(n, n, seed=1).step
    return step


def bamengine(n: int) -> Step:
    """Build bamengine with as many agents as this project has at n: firms, households, banks."""
    import bamengine as bam

    unit = (2 * n + INSTITUTIONS) / 61
    size = {"n_firms": round(10 * unit), "n_households": round(50 * unit), "n_banks": round(unit)}
    step: Step = bam.Simulation.init(size, seed=1, log_level="ERROR").step
    return step


SIDES: dict[str, Callable[[int], Step]] = {
    "shoal": shoal,
    "shoal_full": shoal_full,
    "plain_mesa": plain_mesa,
    "bamengine": bamengine,
}


def peak() -> float:
    """Largest resident set of this process so far, in bytes."""
    return 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def serve(name: str, n: int, warm: int) -> None:
    """Answer every line on standard input with seconds, processor seconds and bytes grown."""
    import_all(name)
    before, start, busy = peak(), perf_counter(), process_time()
    step = SIDES[name](n)
    built = perf_counter() - start, process_time() - busy
    for _ in range(warm):
        step()
    print(*built, peak() - before, flush=True)
    for _ in sys.stdin:
        start, busy = perf_counter(), process_time()
        step()
        print(perf_counter() - start, process_time() - busy, peak() - before, flush=True)


def import_all(name: str) -> None:
    """Load what the side needs, so that neither time nor memory of imports is counted."""
    SIDES[name](50)()


if __name__ == "__main__":
    serve(sys.argv[1], int(float(sys.argv[2])), int(sys.argv[3]))
