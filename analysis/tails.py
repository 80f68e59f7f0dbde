"""The tail of cascade sizes: numbers of one run, which arms can be compared by.

Sizes are those of `analysis.genealogy`. Responsible for one number per run and measure; the
contrasts are made by `analysis.paired`, like those of any metric.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.genealogy import cascades
from analysis.results import CELL

if TYPE_CHECKING:
    from analysis.results import Results, Window

LARGE = 5  # parties
TAIL = 0.99
MEAN, QUANTILE = "cascade_size", "cascade_size_99"
SHARE, PER_RUN = "large_cascades_share", "large_cascades"
# Measure -> unit and label, as metrics have them.
MEASURES = {
    MEAN: ("count", "cascade size, mean"),
    QUANTILE: ("count", f"cascade size, {100 * TAIL:.0f} % quantile"),
    SHARE: ("share", f"cascades of {LARGE} or more, of all cascades"),
    PER_RUN: ("count", f"cascades of {LARGE} or more in the run"),
}


def has_events(results: Results) -> bool:
    """Tell whether runs wrote down who fell, and through whom."""
    return "events" in results.tables and {"event", "parent"} <= set(results.events.columns)


def by_run(results: Results, measure: str, window: Window | None = None) -> pd.Series:
    """Return a measure of the cascades that began in a window of months, one number per run.

    A run without any cascade has no sizes (NaN), and no large cascade.
    """
    first, last = results.window(*(window or (None, None)))
    found = cascades(results.events)
    sizes = found[found["first_month"].between(first, last)]
    groups = sizes.astype({"size": float}).groupby("run_id")["size"]
    number = {
        MEAN: groups.mean,
        QUANTILE: lambda: groups.quantile(TAIL),
        SHARE: lambda: groups.agg(lambda size: float((size >= LARGE).mean())),
        PER_RUN: lambda: groups.agg(lambda size: float((size >= LARGE).sum())),
    }[measure]()
    runs = results.runs[results.runs["status"] == "done"]
    values = runs["run_id"].map(number).astype(float)
    if measure == PER_RUN:
        values = values.fillna(0.0)
    index = pd.MultiIndex.from_frame(runs[[*CELL, "replication"]])
    return pd.Series(values.to_numpy(dtype=np.float64), index=index).sort_index()
