"""Time the month with every feature switched on against the month of the baseline."""

from __future__ import annotations

from statistics import median

from benchmarks.common import options
from benchmarks.rounds import alternate, paired_ratio, show

SIDES = ["shoal", "shoal_full"]


def main(argv: list[str] | None = None) -> None:
    """Print medians of both in processor time, and the median of their paired ratios."""
    parser = options("full", __doc__)
    parser.add_argument("--n", type=float, default=10_000, help="enterprises, and investors")
    asked = parser.parse_args(argv)
    n = int(asked.n)
    times = alternate(SIDES, [n] * len(SIDES), asked.warm, asked.rounds, processor=True)
    rows = [
        {
            "side": name,
            "median ms": 1e3 * median(own),
            "fastest ms": 1e3 * min(own),
            "times as long": paired_ratio(own, times[0]),
        }
        for name, own in zip(SIDES, times, strict=True)
    ]
    title = f"Processor time of a month at n={n}, {asked.rounds} rounds after {asked.warm} months"
    show(title, rows, asked.json)
