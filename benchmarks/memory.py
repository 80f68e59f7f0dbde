"""Measure the peak of memory over a year from the founding, after imports."""

from __future__ import annotations

from statistics import median

from benchmarks.common import options
from benchmarks.rounds import Side, show

MONTHS = 12


def main(argv: list[str] | None = None) -> None:
    """Print growth of the largest resident set by enterprise-investor pair, and the months."""
    parser = options("memory", __doc__)
    parser.add_argument("--n", type=float, nargs="+", default=[1e4, 1e5])
    asked = parser.parse_args(argv)
    rows = []
    for n in map(int, asked.n):
        side = Side("shoal", n, 0)
        times = [side.month() for _ in range(MONTHS)]
        rows.append({
            "pairs": n,
            "peak MB": side.grown / 1e6,
            "bytes per pair": side.grown / n,
            "founding s": side.built,
            "median month s": median(times),
            "slowest month s": max(times),
        })  # fmt: skip
        side.close()
    show(f"Growth of the largest resident set over {MONTHS} months", rows, asked.json)
