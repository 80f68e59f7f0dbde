"""The table on returns to the baseline for the terminal, and how to read it.

Responsible for wording; the numbers come from `analysis.recovery`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from analysis.tables import brief, is_share, long_table

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

RECOVERY = "recovery"
FEW = 8  # more arms than this no list can be read of
COLUMNS = ["metric", "largest gap", "in month", "back after", "told for"]


def tables_of(found: Mapping[str, pd.DataFrame]) -> Iterator[Table]:
    """Lay out how far incidents threw each metric and when it was back."""
    frame = found.get(RECOVERY)
    if frame is None or not len(frame) or len(frame["arm"].unique()) > FEW:
        return
    for (arm, since, baseline), rows in frame.groupby(["arm", "since", "baseline"], sort=False):
        title = f"'{arm}' from its first incident in month {since} on, against '{baseline}'"
        yield long_table(rows, COLUMNS, title, _worded, roomy=False)


def reading_help(found: Mapping[str, pd.DataFrame]) -> list[str]:
    """Explain the table if it is there."""
    if not len(found.get(RECOVERY, ())):
        return []
    return [
        "largest gap: of the mean of replications from that of the arm most like it with fewer "
        "incidents. back after: months from the incident until the gap stays within what a placebo "
        "shows, for three months; told for: until its 95 % interval holds zero for three months."
    ]


def _worded(row: dict[str, Any]) -> dict[str, str]:
    return {
        "metric": row["metric"],
        "largest gap": _change(row["depth"], row["unit"]),
        "in month": str(row["worst"]),
        "back after": "no placebo" if math.isnan(row["floor"]) else _months(row["months"]),
        "told for": _months(row["told_months"]),
    }


def _change(difference: float, unit: str) -> str:
    """Write a difference with its unit; of shares in points."""
    return f"{brief(difference, unit)} {'% points' if is_share(unit) else unit}"


def _months(number: float) -> str:
    return "-" if math.isnan(number) else f"{number:.0f} month{'' if number == 1 else 's'}"
