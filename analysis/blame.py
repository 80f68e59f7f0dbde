"""Who is to blame for whose fall, and by how much: attributed offspring of each party.

A fall has a contagious weight w = min(1, remembered impairments / shortfall), shared over its
parents by amount; what a party gets of others' weights is its attributed offspring. Responsible
for these shares, for the reproduction number by month and for superspreaders. Descriptive: runs
with channels off are the judge (`analysis.paired`), and of the chains drawn from largest parents
alone see `analysis.genealogy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from analysis import genealogy
from analysis.genealogy import CODES, SPAN
from analysis.results import AS_SET, CELL, PLACEBO, ResultsError

if TYPE_CHECKING:
    from analysis.results import Results

FIRM = CODES["enterprise"]
PASSES = 32  # steps from institution to institution that blame is followed
YEAR = 12
TOP = 0.01  # share of the fallen that are called its largest spreaders
SHARES = ["run_id", "victim", "month", "source", "channel", "weight"]

Floats = NDArray[np.float64]


def needed(results: Results) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return events and impairments of runs with channels as set, placebo left out."""
    for table, column in (("events", "weight"), ("impairments", "source")):
        if column not in getattr(results, table):
            raise ResultsError(
                f"{results.folder}: without the table {table!r} nobody can be blamed; "
                f"set outputs.{table}: all (or nobody fell)"
            )
    runs = results.runs
    mine = set(runs.loc[(runs["channels"] == AS_SET) & (runs["arm"] != PLACEBO), "run_id"])
    events, memory = results.events, results.impairments
    return events[events["run_id"].isin(mine)], memory[memory["run_id"].isin(mine)]


def shares(events: pd.DataFrame, impairments: pd.DataFrame) -> pd.DataFrame:
    """Return the part of each fall's weight that each source bears through each channel.

    weight = w x amount of the source / all that the victim remembered; the parts of a victim add
    up to its w. Falls of weight 0 have no rows.
    """
    fallen = genealogy.falls(events)
    if not len(fallen) or not len(impairments):
        return pd.DataFrame(columns=SHARES)
    fallen = fallen[["run_id", "party", "month", "weight"]].rename(columns={"party": "victim"})
    found = impairments.drop(columns="month").merge(fallen, on=["run_id", "victim"])
    total = found.groupby(["run_id", "victim"])["yuan"].transform("sum")
    found["weight"] *= found["yuan"] / total.where(total > 0, 1.0)
    return found.loc[found["weight"] > 0, SHARES].reset_index(drop=True)


def offspring(events: pd.DataFrame, impairments: pd.DataFrame) -> pd.DataFrame:
    """Return all who fell or are to blame, with attributed offspring.

    `offspring` : weight of others' falls that the party bears, anybody's
    `firm_offspring` : of firms only, for falls of firms, with institutions collapsed: what an
        institution bears is passed on to those who brought it down, by their shares in its own
        fall; the rest of its weight, and all of one that lives on, stays with it
    `month` : of its own fall, NaN for who lives on
    """
    fallen = genealogy.falls(events)[["run_id", "party", "month", "kind"]]
    parts = shares(events, impairments)
    nodes = pd.MultiIndex.from_frame(
        pd.concat(
            [fallen[["run_id", "party"]],
             parts[["run_id", "source"]].rename(columns={"source": "party"})]
        ).drop_duplicates()
    )  # fmt: skip
    found = nodes.to_frame(index=False).merge(
        fallen[["run_id", "party", "month"]], on=["run_id", "party"], how="left"
    )
    party = found["party"].to_numpy(dtype=np.int64)
    row = nodes.get_indexer(pd.MultiIndex.from_frame(parts[["run_id", "victim"]]))
    column = nodes.get_indexer(pd.MultiIndex.from_frame(parts[["run_id", "source"]]))
    weight = parts["weight"].to_numpy(dtype=np.float64)
    n = len(nodes)
    blame = sparse.csr_array((weight, (row, column)), shape=(n, n))
    is_firm = party % SPAN == FIRM
    return found.assign(
        offspring=np.bincount(column, weight, n), firm_offspring=_among_firms(blame, is_firm)
    )


def _among_firms(blame: sparse.csr_array, is_firm: NDArray[np.bool_]) -> Floats:
    """Sum what firms bear of firms' falls, directly and through institutions; (n,).

    blame : (n, n) - weight of the row's fall that the column bears
    b_F + (passed on by institutions, step by step) = 1' B_FF + 1' B_FI (1 + B_II + ...) B_IF
    """
    borne = blame.T @ is_firm.astype(np.float64)
    found = np.where(is_firm, borne, 0.0)
    held = np.where(is_firm, 0.0, borne)
    for _ in range(PASSES):
        if not held.any():
            break
        passed = blame.T @ held
        found += np.where(is_firm, passed, 0.0)
        held = np.where(is_firm, 0.0, passed)
    return found


def reproduction(results: Results) -> pd.DataFrame:
    """Return falls and attributed offspring by run and month of the parent's fall.

    R of a month = offspring / falls: how many others each of those that fell in it brought down,
    sooner or later. The last months of a run lack those that would have followed.
    """
    events, memory = needed(results)
    found = offspring(events, memory).dropna(subset="month")
    is_firm = found["party"] % SPAN == FIRM
    found = found.assign(falls=1, firm_falls=is_firm.astype(int))
    found["month"] = found["month"].astype(int)
    names = ["falls", "offspring", "firm_falls", "firm_offspring"]
    sums = found.groupby(["run_id", "month"])[names].sum()
    runs = pd.Index(events["run_id"].unique(), name="run_id")
    months = pd.RangeIndex(1, results.months + 1, name="month")
    return sums.reindex(pd.MultiIndex.from_product([runs, months]), fill_value=0.0).reset_index()


def rolling(monthly: pd.DataFrame, months: int = YEAR) -> pd.DataFrame:
    """Return R by run and month over falls of `months` months around: `all` and `firms`."""
    parts = []
    for run_id, mine in monthly.groupby("run_id", sort=False):
        wide = mine.set_index("month").drop(columns="run_id")
        sums = wide.rolling(months, center=True, min_periods=1).sum()
        parts.append(
            pd.DataFrame(
                {
                    "run_id": run_id,
                    "month": sums.index,
                    "all": sums["offspring"] / sums["falls"].where(sums["falls"] > 0),
                    "firms": sums["firm_offspring"]
                    / sums["firm_falls"].where(sums["firm_falls"] > 0),
                }
            )
        )
    columns = ["run_id", "month", "all", "firms"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def spread_by_arm(results: Results) -> pd.DataFrame:
    """Return how far falls spread, by point and arm: means of cascades, R, and who spreads.

    top_share : of all attributed offspring of the fallen, what the 1 % with most of it bear
    living_share : of all weight, what is borne by institutions that live on
    """
    events, memory = needed(results)
    born, trees = offspring(events, memory), genealogy.cascades(events)
    runs = results.runs[results.runs["run_id"].isin(set(events["run_id"]))]
    rows = []
    for (point, arm), mine in runs.groupby(["point", "arm"], sort=False):
        ids = set(mine["run_id"])
        some, cascades = born[born["run_id"].isin(ids)], trees[trees["run_id"].isin(ids)]
        rows.append({"point": point, "arm": arm, "runs": len(ids), **_spread(some, cascades)})
    return pd.DataFrame(rows)


def _spread(born: pd.DataFrame, cascades: pd.DataFrame) -> dict[str, float]:
    """Sum up one arm's runs in one row."""
    fell = born["month"].notna()
    firms = fell & (born["party"] % SPAN == FIRM)
    mine = np.sort(born.loc[fell, "offspring"].to_numpy(dtype=np.float64))[::-1]
    all_weight = float(born["offspring"].sum())
    top = mine[: max(1, round(TOP * len(mine)))].sum()
    return {
        "falls": float(fell.sum()),
        "cascades": float(len(cascades)),
        "mean_size": float(cascades["size"].mean()),
        "alone_share": float((cascades["size"] == 1).mean()),
        "largest": float(cascades["size"].max()),
        "mean_depth": float(cascades["depth"].mean()),
        "deepest": float(cascades["depth"].max()),
        "r": _ratio(float(mine.sum()), float(fell.sum())),
        "r_firms": _ratio(float(born.loc[firms, "firm_offspring"].sum()), float(firms.sum())),
        "top_share": _ratio(float(top), float(mine.sum())),
        "living_share": _ratio(float(born.loc[~fell, "offspring"].sum()), all_weight),
    }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


def superspreaders(results: Results, n: int = 10) -> pd.DataFrame:
    """Return the parties of all runs that bear most of others' falls.

    children, descendants : falls that name it as the largest parent, and all that followed
    """
    events, memory = needed(results)
    columns = ["run_id", "party", "children", "descendants"]
    trees = genealogy.family(events).reindex(columns=columns)
    found = offspring(events, memory).nlargest(n, "offspring")
    found = found.merge(trees, on=["run_id", "party"], how="left")
    found.insert(1, "name", [genealogy.name_of(party) for party in found["party"]])
    named = results.with_labels(found)
    order = [*CELL, "replication", "name", "party", "month", "offspring", "children", "descendants"]
    return named.sort_values("offspring", ascending=False)[order].reset_index(drop=True)


def channels_of(results: Results) -> pd.DataFrame:
    """Return the attributed weight by point, arm and channel, and its share in all falls."""
    events, memory = needed(results)
    parts = results.with_labels(shares(events, memory))
    counts = results.with_labels(genealogy.falls(events)).groupby(["point", "arm"]).size()
    sums = parts.groupby(["point", "arm", "channel"])["weight"].sum().reset_index()
    whole = [counts[point, arm] for point, arm in zip(sums["point"], sums["arm"], strict=True)]
    return sums.assign(share=sums["weight"] / np.asarray(whole, dtype=np.float64))
