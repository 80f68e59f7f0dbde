"""Rounds A B A B between processes, medians of paired ratios, and the table of results."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.sides import HERE

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Side:
    """A model in its own process; `month` runs one month and returns its seconds."""

    def __init__(self, name: str, n: int, warm: int) -> None:
        command = [sys.executable, "-m", "benchmarks.sides", name, str(n), str(warm)]
        self.process = subprocess.Popen(
            command,
            cwd=HERE.parent,
            env={**os.environ, **dict.fromkeys(ONE_THREAD, "1")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.built, self.busy, self.grown = self._read()

    def _read(self) -> tuple[float, float, float]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"a side stopped with exit code {self.process.wait()}; see above")
        seconds, busy, grown = map(float, line.split())
        return seconds, busy, grown

    def month(self) -> float:
        """Run a month; return its seconds, and keep those of the processor in `busy`."""
        assert self.process.stdin is not None
        self.process.stdin.write("month\n")
        self.process.stdin.flush()
        seconds, self.busy, self.grown = self._read()
        return seconds

    def close(self) -> None:
        """Let the process end."""
        self.process.communicate()


def alternate(
    names: list[str], sizes: list[int], warm: int, rounds: int, processor: bool = False
) -> list[list[float]]:
    """Time a month of each side in turn, `rounds` times after `warm` months; seconds by side.

    processor : count what the processor spent on it, which other work on the machine lengthens less
    """
    sides = [Side(name, n, warm) for name, n in zip(names, sizes, strict=True)]
    times: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for side, own in zip(sides, times, strict=True):
            seconds = side.month()
            own.append(side.busy if processor else seconds)
    for side in sides:
        side.close()
    return times


def paired_ratio(slow: list[float], fast: list[float]) -> float:
    """Median of the ratios of one round each."""
    return median(a / b for a, b in zip(slow, fast, strict=True))


def show(title: str, rows: list[dict[str, Any]], target: Path | None = None) -> None:
    """Print rows of equal keys as a table, and write them as JSON if a file is given."""
    heads = list(rows[0])
    cells = [[_text(row[head]) for head in heads] for row in rows]
    widths = [
        max(len(head), *map(len, column)) for head, *column in zip(heads, *cells, strict=True)
    ]
    print(title)
    for line in [heads, *cells]:
        words = [line[0].ljust(widths[0])]
        words += [word.rjust(width) for word, width in zip(line[1:], widths[1:], strict=True)]
        print("  ".join(words).rstrip())
    if target:
        target.write_text(json.dumps({"title": title, "rows": rows}, indent=2) + "\n")


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return str(value)
