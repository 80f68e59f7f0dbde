"""Time the month at growing sizes and fit how time grows with the number of pairs."""

from __future__ import annotations

from math import log
from statistics import median
from typing import Any

from benchmarks.common import options
from benchmarks.rounds import Side, show


def main(argv: list[str] | None = None) -> None:
    """Print the month at 1e3, 1e4, ... and the exponent from each size to the next."""
    parser = options("scaling", __doc__)
    parser.add_argument("--largest", type=float, default=1e5)
    asked = parser.parse_args(argv)
    rows: list[dict[str, Any]] = []
    n, before = 1000, 0.0
    while n <= asked.largest:
        side = Side("shoal", n, asked.warm)
        times = [side.month() for _ in range(asked.rounds)]
        side.close()
        month = median(times)
        rows.append({
            "pairs": n,
            "median ms": 1e3 * month,
            "fastest ms": 1e3 * min(times),
            "us per pair": 1e6 * month / n,
            "time ~ n^": log(month / before, 10) if before else "",
        })  # fmt: skip
        n, before = 10 * n, month
    show(f"The month by size, {asked.rounds} rounds after {asked.warm} months", rows, asked.json)
