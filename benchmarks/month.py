"""Time the full month against the plain Mesa yardstick, a far simpler month."""

from __future__ import annotations

from statistics import median

from benchmarks.common import options
from benchmarks.rounds import alternate, paired_ratio, show
from benchmarks.sides import PLAIN_MESA


def main(argv: list[str] | None = None) -> None:
    """Print medians of both sides and the median of their paired ratios."""
    parser = options("month", __doc__)
    parser.add_argument("--n", type=float, default=10_000, help="enterprises, and investors")
    asked = parser.parse_args(argv)
    n, names = int(asked.n), ["plain_mesa", "shoal"]
    if not PLAIN_MESA.exists():
        print(f"The yardstick is not here ({PLAIN_MESA.name}); only this project is timed.")
        names = ["shoal"]
    times = alternate(names, [n] * len(names), asked.warm, asked.rounds)
    rows = [
        {
            "side": name,
            "median ms": 1e3 * median(own),
            "fastest ms": 1e3 * min(own),
            "us per pair": 1e6 * median(own) / n,
            "times faster": paired_ratio(times[0], own),
        }
        for name, own in zip(names, times, strict=True)
    ]
    show(f"A month at n={n}, {asked.rounds} rounds after {asked.warm} months", rows, asked.json)
