"""Who brought down whom: cascades of defaults and failures, from the parents on record.

Every default or failure names its parent, the party whose failure to pay, to lend or to exist cost
it most. A cascade is what hangs together by these links. Responsible for sorting events into
cascades and for their sizes; how far the links may be trusted is judged by runs with channels
off (`analysis.paired`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.results import AS_SET

if TYPE_CHECKING:
    from analysis.results import Results

# A party's number is its row times 16 plus the code of its population.
CODES = {"enterprise": 1, "micro_lender": 2, "bank": 3, "platform": 4, "ecommerce_lender": 7,
         "crowdfunding_platform": 8}  # fmt: skip
SPAN = 16
# A voluntary closure pays everybody and is no fall; firms that a shock closed may begin cascades.
FALLS = ("default", "failure", "liquidation")
PATIENCE = 6  # months; the half-life of remembered impairments
COLUMNS = ["run_id", "cascade", "size", "firms", "first_month", "last_month"]

Places = NDArray[np.int64]


def falls(events: pd.DataFrame) -> pd.DataFrame:
    """Return defaults of firms and failures of institutions with the party's number."""
    if not len(events):
        return pd.DataFrame(columns=["run_id", "month", "kind", "parent", "party"])
    mine = events[events["event"].isin(FALLS)].reset_index(drop=True)
    return mine.assign(party=mine["row"].astype(np.int64) * SPAN + mine["kind"].map(CODES))


def parents(fallen: pd.DataFrame, patience: int = PATIENCE) -> Places:
    """Return the place of each fall's parent among the falls, -1 where there is none to follow.

    fallen : what `falls` returns
    A parent is followed if it fell in the same run, before its child or at most `patience` months
    after: a firm that is late long enough may bring down its supplier first. A parent that lives
    on, like a lender that cut its credit, is not followed.
    """
    if not len(fallen):
        return np.empty(0, dtype=np.int64)
    place = pd.Series(np.arange(len(fallen)), index=_keys(fallen, "party"))
    place = place[~place.index.duplicated()]
    found = place.reindex(_keys(fallen, "parent")).fillna(-1).to_numpy(dtype=np.int64)
    month = fallen["month"].to_numpy(dtype=np.int64)
    in_time = month[found] <= month + patience
    itself = found == np.arange(len(found))
    return np.where((found >= 0) & in_time & ~itself, found, -1)


def _keys(fallen: pd.DataFrame, column: str) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([fallen["run_id"], fallen[column].astype(np.int64)])


def cascades(events: pd.DataFrame, patience: int = PATIENCE) -> pd.DataFrame:
    """Return one row per cascade: run, size, firms in it, first and last month.

    size : parties that fell, the first included, so a fall that brings down nobody has size 1
    """
    fallen = falls(events)
    if not len(fallen):
        return pd.DataFrame(columns=COLUMNS)
    cascade = origins(parents(fallen, patience))
    named = fallen.assign(cascade=cascade, is_firm=fallen["kind"] == "enterprise")
    groups = named.groupby("cascade", sort=False)
    found = groups.agg(
        run_id=("run_id", "first"), size=("month", "size"), firms=("is_firm", "sum"),
        first_month=("month", "min"), last_month=("month", "max"),
    )  # fmt: skip
    return found.reset_index()[COLUMNS]


def origins(above: Places) -> Places:
    """Return the place where each fall's line of parents begins, in doubling strides.

    above : (n,) place of the parent, -1 for none
    Parties that brought each other down form a ring; it begins at its first member.
    """
    place = np.arange(len(above))
    up = np.where(above >= 0, above, place)
    first = np.minimum(place, up)  # the lowest place met on the way so far
    for _ in range(len(above).bit_length()):
        first = np.minimum(first, first[up])
        up = up[up]
    is_ring = above[up] >= 0
    return np.where(is_ring, first[up], up)


def cascade_sizes(results: Results) -> Places:
    """Return the sizes of all cascades of the reference arm with the channels as set."""
    found = results.with_labels(cascades(results.events))
    mine = (found["arm"] == results.reference_arm) & (found["channels"] == AS_SET)
    return found.loc[mine, "size"].to_numpy(dtype=np.int64)


def at_least(sizes: pd.Series) -> pd.DataFrame:
    """Return for each size that occurs how many cascades are at least that large."""
    counts = sizes.astype(np.int64).value_counts().sort_index()
    above = counts[::-1].cumsum()[::-1]
    return pd.DataFrame({"size": above.index.to_numpy(), "cascades": above.to_numpy()})


def offspring(events: pd.DataFrame, patience: int = PATIENCE) -> float:
    """Return how many falls name a given fall as their parent, on average; NaN without falls."""
    above = parents(falls(events), patience)
    return float((above >= 0).mean()) if len(above) else float("nan")
