"""Refresh what the regression test compares with: `python -m tests.regression.refresh`.

To be run after a change that is meant to change results, and looked at in the diff.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import scipy

from sim.model import MicroFinance
from sim.scenario import Scenario

STORED = Path(__file__).with_name("aggregates.json")
SCENARIO: dict[str, Any] = {
    "time": {"months": 24, "burn_in": 4},
    "population": {"enterprises": 200, "investors": 200, "platforms": 8,
                   "micro_lenders": 3, "banks": 2},
    "seed": 7,
}  # fmt: skip
COUNTS = ("firms_alive", "defaults", "closures", "platforms_alive", "lenders_alive", "entrants")


def machine() -> dict[str, Any]:
    """Name what may change the last digit of a float: versions and the CPU's features."""
    found = np.show_config(mode="dicts")["SIMD Extensions"]  # type: ignore[call-overload]
    return {
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "cpu": sorted([*found["baseline"], *found.get("found", [])]),
    }


def aggregates() -> dict[str, dict[str, int]]:
    """Run the economy and return whole numbers by month: balances in fen, counts, flows in fen."""
    model = MicroFinance(Scenario(**SCENARIO))
    months: dict[str, dict[str, int]] = {}
    for _ in model.months:
        model.step()
        records = model.records()
        if not records:
            continue
        row = months[str(model.month)] = {}
        held = records["balances"]
        columns = (held[name] for name in ("sector", "instrument", "account", "fen"))
        for sector, instrument, account, fen in zip(*columns, strict=True):
            if account != "memo":
                name = f"{sector} {instrument}"
                row[name] = row.get(name, 0) + int(fen)
        if "macro" in records:
            row |= {name: int(records["macro"][name][0]) for name in COUNTS}
            row["flows"] = int(records["flows"]["fen"].sum())
    return months


def main() -> None:
    """Write the aggregates of this code on this machine."""
    found = {"made_with": machine(), "months": aggregates()}
    STORED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"{STORED.name}: {len(found['months'])} months")


if __name__ == "__main__":
    main()
