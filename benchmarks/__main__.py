"""`python -m benchmarks NAME [options]`: one measurement at a time."""

from __future__ import annotations

import importlib
import sys

NAMES = {
    "month": "the full month against the plain Mesa yardstick",
    "full": "the month with every feature switched on against the month of the baseline",
    "scaling": "the month at growing sizes",
    "memory": "peak memory over a year from the founding",
    "clearing": "clearing and DebtRank alone, on sparse networks",
    "ensemble": "replications on one and two processes",
    "bamengine": "agents turned over a second, beside bamengine",
}


def main(words: list[str]) -> int:
    """Run the measurement named first; without a name, list them."""
    if not words or words[0] not in NAMES:
        print("python -m benchmarks NAME [--help]\n")
        print("\n".join(f"  {name:10} {what}" for name, what in NAMES.items()))
        return 0 if not words or words[0] in ("-h", "--help") else 2
    importlib.import_module(f"benchmarks.{words[0]}").main(words[1:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
