"""Compare agent-months a second with agent-periods a second of bamengine, same agent count.

A period of bamengine and a month of this project do different work: the ratio says how fast
each turns over its own agents, not that one is the faster way to the same answer.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from statistics import median

from benchmarks.common import options
from benchmarks.rounds import alternate, paired_ratio, show
from benchmarks.sides import INSTITUTIONS


def main(argv: list[str] | None = None) -> None:
    """Print agents turned over a second by both sides, and the median of paired ratios."""
    parser = options("bamengine", __doc__)
    parser.add_argument("--agents", type=float, default=61_000)
    asked = parser.parse_args(argv)
    try:
        peer = f"bamengine {version('bamengine')}"
    except PackageNotFoundError:
        print("bamengine is not installed (pip install bamengine==0.10.2); nothing to compare.")
        return
    n = (int(asked.agents) - INSTITUTIONS) // 2
    agents = 2 * n + INSTITUTIONS
    times = alternate(["bamengine", "shoal"], [n, n], asked.warm, asked.rounds)
    rows = [
        {
            "side": name,
            "median ms": 1e3 * median(own),
            "agents a second": agents / median(own),
            "times faster": paired_ratio(times[0], own),
        }
        for name, own in zip([peer, "shoal"], times, strict=True)
    ]
    show(f"{agents} agents, {asked.rounds} rounds after {asked.warm} periods", rows, asked.json)
    print("Note: the periods do different work.")
