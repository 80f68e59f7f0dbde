"""Whether what sectors own goes on growing or shrinking after the transition.

Responsible for the statistic; what it should be is a target of `analysis.stylised_facts`.
"""

from __future__ import annotations

import numpy as np

from analysis.results import Results

MEMOS = ("net_worth", "revenue")  # stand beside the balances


def drift(results: Results, sector: str, instrument: str | None = None) -> float:
    """Slope of what a sector holds less it owes in the second half, per year, over annual output.

    instrument : count this alone, say all its `cash`, that of clients and reserves among it; None:
        all, which is the net worth of the sector
    Of the reference arm with channels as set; mean over its runs, NaN where nobody is there.
    """
    frame = results.with_labels(results.balances)
    frame = frame[(frame["channels"] == "as set") & (frame["arm"] == results.reference_arm)]
    frame = frame[(frame["sector"] == sector) & (frame["month"] > results.months // 2)]
    wanted = ~frame["instrument"].isin(MEMOS)
    late = frame[wanted if instrument is None else frame["instrument"] == instrument]
    if late.empty:
        return float("nan")
    macro = results.macro
    output = macro[macro["month"] >= 1].groupby("run_id")["output"].mean() * 12.0
    slopes = []
    for run, rows in late.groupby("run_id"):
        owned = rows.groupby("month")["yuan"].sum()
        slope = np.polyfit(owned.index.to_numpy(dtype=float), owned.to_numpy(dtype=float), 1)[0]
        slopes.append(12.0 * slope / output[run])
    return float(np.mean(slopes))
