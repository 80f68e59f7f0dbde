"""Options that all measurements share."""

from __future__ import annotations

import argparse
from pathlib import Path

WARM = 26  # months before the first round: the burn-in of 24 and two more


def options(name: str, doc: str | None) -> argparse.ArgumentParser:
    """Return a parser with the rounds, the months beforehand and the file for the results."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks {name}", description=doc)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--warm", type=int, default=WARM, help="months before the first round")
    parser.add_argument("--json", type=Path, help="write the rows to this file too")
    return parser
