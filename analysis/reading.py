"""Reading a table of results, and means over its months.

Responsible for units, labels and weights that a file carries in its columns. Which tables a folder
has, and what is missing, is `analysis.results`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sim.units import to_yuan


class UnreadableError(Exception):
    """A file is damaged, or no table."""


def read_table(path: Path, filters: list[tuple[str, str, Any]] | None = None) -> pd.DataFrame:
    """Read a Parquet file, or its rows that meet filters, with all money in yuan.

    `df.attrs` has `units`, `labels` and `over`: by column the unit, the name as people read it,
    and for some metrics the columns that a mean over months is weighted by.
    Raises UnreadableError.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, filters=filters)
    except (OSError, pa.ArrowException) as error:
        raise UnreadableError(f"{path}: is damaged or no table ({error})") from error
    frame = table.to_pandas()
    units, labels, names, over = {}, {}, {}, {}
    for field in table.schema:
        facts = field.metadata or {}
        unit = facts.get(b"unit", b"").decode()
        name = names[field.name] = field.name
        if unit.split("/")[0].strip() == "fen":
            frame[name] = to_yuan(frame[name])
            unit = unit.replace("fen", "yuan", 1)
            if name == "fen" or name.endswith("_fen"):
                names[name] = name.removesuffix("fen") + "yuan"
        label = facts.get(b"label", b"").decode().removesuffix(" fen")
        units[names[name]] = unit
        labels[names[name]] = label if label not in ("", "fen") else names[name]
        if b"over" in facts:
            over[names[name]] = facts[b"over"].decode().split()
    frame = frame.rename(columns=names)
    frame.attrs.update(units=units, labels=labels, over=over)
    return frame


def mean_over_months(
    rows: pd.DataFrame, metric: str, by: list[str], over: Sequence[str] | None = None
) -> pd.Series:
    """Return the mean of a metric over the months of each group; months without a value are none.

    over : columns whose sum weights a month, for means and shares of what a month may hold little
        of; the mean is then that of all that ended, was sold or was paid in the group's months
    """
    if over is None:
        return rows.groupby(by)[metric].mean()
    weight = rows[list(over)].sum(axis=1).where(rows[metric].notna())
    held = rows[by].assign(weight=weight, total=rows[metric] * weight)
    sums = held.groupby(by)[["weight", "total"]].sum()
    return (sums["total"] / sums["weight"].where(sums["weight"] > 0)).rename(metric)
