"""The causal reproduction number: how many others a firm brings down that is closed by lot.

Two runs share their draws and everything else until a shock closes k firms in one of them:

    R = (defaults of others with the shock - defaults of others without) / k,

counted on the closed cohort from the month of the shock to some months after it. The k firms are
left out in both runs. With a channel off in both, what is missing of R came through it. Responsible
for R and for the number that the memory of impairments claims instead (`attributed`): falls whose
line of parents begins with one of the k, over k.

Source: `liquidation` shocks; the paired design of `analysis.paired`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis import paired
from analysis.genealogy import falls, origins, parents
from analysis.results import AS_SET, CELL, PLACEBO, cell

if TYPE_CHECKING:
    from analysis.results import Results

HORIZON = 24  # months
LIQUIDATION = "liquidation"
COUNTED = ("k", "r", "attributed", "months")


def has_liquidations(results: Results) -> bool:
    """Tell whether a shock closed firms in some run, and what happened then is on record."""
    if "events" not in results.tables or "event" not in results.events.columns:
        return False
    events = results.events
    return bool(((events["event"] == LIQUIDATION) & (events["kind"] == "enterprise")).any())


def by_run(results: Results, horizon: int = HORIZON, reference: str | None = None) -> pd.DataFrame:
    """Return one row per arm with liquidations, point, channels and replication.

    k, month : firms closed and when the first were; extra : defaults of others with the shock less
    those without; r : extra / k; attributed : R by parents on record; in the arm itself
    """
    base = paired.known_arm(results, reference)
    done = results.runs[results.runs["status"] == "done"]
    keys = [*CELL, "replication"]
    cells = list(done[keys].itertuples(index=False, name=None))
    named = dict(zip(cells, done["run_id"], strict=True))
    events = dict(iter(results.events.groupby("run_id")))
    rows = []
    for (point, arm, channels, replication), run in named.items():
        mine = events.get(run)
        closed = None if mine is None else _closed(mine)
        other = named.get((point, base, channels, replication))
        if mine is None or closed is None or not len(closed) or other is None or other == run:
            continue
        theirs = events.get(other, mine.iloc[:0])
        if arm == PLACEBO or len(_closed(theirs)):
            continue  # the reference must be free of the shock
        month, k = int(closed["month"].min()), len(closed)
        last = min(month + horizon, results.months)
        counts = [_defaults_of_others(part, closed, month, last) for part in (mine, theirs)]
        row: dict[str, Any] = {"point": point, "arm": arm, "channels": channels}
        row |= {"replication": replication, "month": month, "months": last - month, "k": k}
        row |= {"extra": counts[0] - counts[1], "r": (counts[0] - counts[1]) / k}
        rows.append(row | {"attributed": _descendants(mine, month, last) / k})
    return pd.DataFrame(rows)


def reproduction(
    results: Results, horizon: int = HORIZON, reference: str | None = None
) -> pd.DataFrame:
    """Return R with its interval by arm, point and channels, and what each channel carries of it.

    r, low, high, sd, n : mean over replications with its 95 % t interval
    attributed : the same by parents on record, mean
    carried, carried_low, carried_high : R with the channels as set less R with these off
    """
    runs = by_run(results, horizon, reference)
    if not len(runs):
        return runs
    values = runs.set_index([*CELL, "replication"]).sort_index()
    rows = []
    for point, arm, channels in runs[CELL].drop_duplicates().itertuples(index=False, name=None):
        here = {name: cell(values[name], point, arm, channels) for name in COUNTED}
        r = paired.contrast(here["r"], pd.Series(0.0, index=here["r"].index))
        row = {"arm": arm, "point": point, "channels": channels, "k": here["k"].mean()}
        row |= {"r": r.difference, "low": r.low, "high": r.high, "sd": r.sd, "n": r.n}
        row |= {"detectable": r.detectable, "attributed": here["attributed"].mean()}
        whole = cell(values["r"], point, arm)
        carried = paired.contrast(whole, here["r"] if channels != AS_SET else whole.iloc[:0])
        row |= {"carried": carried.difference, "carried_low": carried.low}
        row |= {"carried_high": carried.high, "months": int(here["months"].max())}
        rows.append(row)
    return pd.DataFrame(rows)


def _closed(events: pd.DataFrame) -> pd.DataFrame:
    return events[(events["event"] == LIQUIDATION) & (events["kind"] == "enterprise")]


def _defaults_of_others(events: pd.DataFrame, closed: pd.DataFrame, first: int, last: int) -> int:
    """Count defaults of the cohort in some months, without the firms that the shock closed."""
    mine = events["event"].eq("default") & events["in_cohort"].astype(bool)
    mine &= events["month"].between(first, last) & ~events["row"].isin(closed["row"])
    return int(mine.sum())


def _descendants(events: pd.DataFrame, first: int, last: int) -> int:
    """Count firms that defaulted and whose line of parents begins with a firm that was closed."""
    fallen = falls(events)
    start = origins(parents(fallen))
    begun = fallen["event"].to_numpy() == LIQUIDATION
    mine = begun[start] & ~begun & fallen["event"].eq("default").to_numpy()
    mine &= fallen["month"].between(first, last).to_numpy()
    return int(np.count_nonzero(mine))
