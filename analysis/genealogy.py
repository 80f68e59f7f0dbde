"""Who brought down whom: cascades of defaults and failures, from the parents on record.

Every default or failure names its parent, the party whose failure to pay, to lend or to exist cost
it most. A cascade is what hangs together by these links. Responsible for sorting events into
cascades, for their sizes and depths; who is blamed for how much is worked out by `analysis.blame`,
and how far all this may be trusted is judged by runs with channels off (`analysis.paired`).
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
NAMES = {0: "outside", 5: "investor", 6: "regulator", 9: "money_fund", 10: "vendor",
         **{code: name for name, code in CODES.items()}}  # fmt: skip
SPAN = 16
# A voluntary closure pays everybody and is no fall; firms that a shock closed may begin cascades.
FALLS = ("default", "failure", "liquidation")
PATIENCE = 6  # months; the half-life of remembered impairments
COLUMNS = ["run_id", "cascade", "size", "firms", "depth", "first_month", "last_month"]

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
    """Return one row per cascade: run, size, firms in it, depth, first and last month.

    size : parties that fell, the first included, so a fall that brings down nobody has size 1
    depth : generations after the first fall
    """
    fallen = family(events, patience)
    if not len(fallen):
        return pd.DataFrame(columns=COLUMNS)
    named = fallen.assign(is_firm=fallen["kind"] == "enterprise")
    groups = named.groupby("cascade", sort=False)
    found = groups.agg(
        run_id=("run_id", "first"), size=("month", "size"), firms=("is_firm", "sum"),
        depth=("generation", "max"), first_month=("month", "min"), last_month=("month", "max"),
    )  # fmt: skip
    return found.reset_index()[COLUMNS]


def family(events: pd.DataFrame, patience: int = PATIENCE) -> pd.DataFrame:
    """Return all falls with their place in the family tree.

    Columns beside those of events: `above`, the place of the parent's fall, -1 for the first of a
    cascade; `cascade`, the place of that first; `generation`, 0 for it; `children`, falls that name
    this one; `descendants`, all that follow from it.
    """
    fallen = falls(events)
    above = parents(fallen, patience)
    cascade = origins(above)
    place = np.arange(len(above))
    above = np.where(cascade == place, -1, above)  # a ring is cut where it begins
    generation = _generations(above)
    sizes = np.ones(len(above), dtype=np.int64)
    for depth in range(int(generation.max(initial=0)), 0, -1):
        mine = np.flatnonzero(generation == depth)
        sizes += np.bincount(above[mine], sizes[mine], len(above)).astype(np.int64)
    return fallen.assign(
        above=above, cascade=cascade, generation=generation, descendants=sizes - 1,
        children=np.bincount(above[above >= 0], minlength=len(above)),
    )  # fmt: skip


def _generations(above: Places) -> Places:
    """Count the steps up to the first of each line, in doubling strides; (n,) without rings."""
    steps = (above >= 0).astype(np.int64)
    up = np.where(above >= 0, above, np.arange(len(above)))
    for _ in range(len(above).bit_length()):
        steps = steps + steps[up]
        up = up[up]
    return steps


def name_of(party: int) -> str:
    """Name a party as people read it."""
    kind = NAMES.get(int(party) % SPAN, "party").replace("_", " ")
    return "outside" if kind == "outside" else f"{kind} {int(party) // SPAN}"


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
