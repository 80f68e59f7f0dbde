"""Who really matters: what follows when one party is closed, against what a static ranking says.

A design closes the parties of a kind one by one, by the shock `liquidation`, in runs that share all
else with a run in which nobody is closed. The impact of a party is what others default more often
until some months later. A static ranking, like size or DebtRank in a snapshot of the month before,
is as good as it orders parties by this impact. Responsible for impacts and for the agreement of
rankings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis import paired
from analysis.attribution_quality import agreement
from analysis.debtrank import debtrank_losses
from analysis.exposures import network
from analysis.genealogy import CODES, FALLS, SPAN
from analysis.reproduction import HORIZON, LIQUIDATION
from analysis.results import AS_SET

if TYPE_CHECKING:
    from analysis.results import Results

DIGITS = 12
KEYS = ["arm", "channels", "replication"]


def removals(results: Results, horizon: int = HORIZON) -> pd.DataFrame:
    """Return one row per run that closes one party: who it was, and what others suffered by it.

    party : row x 16 + code of its kind; month : of its closing; size : loans it held the month
        before, in yuan, NaN of firms
    defaults, failures : of firms and of institutions, less those of the run that closes nobody;
        from the month of the closing to `horizon` months after it, the closed party left out
    """
    done = results.runs[results.runs["status"] == "done"]
    events = dict(iter(results.events.groupby("run_id")))
    nothing = results.events.iloc[:0]
    closed = {run: _closed(events.get(run, nothing)) for run in done["run_id"]}
    free = {
        tuple(row[key] for key in KEYS): row["run_id"]
        for row in done.to_dict("records")
        if not len(closed[row["run_id"]])
    }
    rows = []
    for run in done.to_dict("records"):
        mine, other = closed[run["run_id"]], free.get(tuple(run[key] for key in KEYS))
        if len(mine) != 1 or other is None:
            continue
        who = mine.iloc[0]
        month = int(who["month"])
        last = min(month + horizon, results.months)
        counts = [_falls_of_others(events.get(r, nothing), who, month, last)
                  for r in (run["run_id"], other)]  # fmt: skip
        row: dict[str, Any] = {key: run[key] for key in KEYS} | {"point": run["point"]}
        row |= {"kind": who["kind"], "row": int(who["row"]), "month": month}
        row |= {"party": int(who["row"]) * SPAN + CODES[str(who["kind"])]}
        row |= {"size": _loans_before(results, other, who)}
        row |= {name: counts[0][name] - counts[1][name] for name in counts[0]}
        rows.append(row)
    return pd.DataFrame(rows)


def agreements(
    removed: pd.DataFrame,
    rankings: Mapping[str, pd.Series] | None = None,
    impact: str = "defaults",
) -> pd.DataFrame:
    """Return Spearman's correlation of static rankings with the impact, by arm, over replications.

    removed : what `removals` returns
    rankings : name -> Series by (replication, party); `size` is always among them
    """
    if not len(removed):
        return pd.DataFrame()
    index = pd.MultiIndex.from_frame(removed[["replication", "party"]])
    told = {"size": pd.Series(removed["size"].to_numpy(), index=index), **(rankings or {})}
    rows = []
    for (arm, channels), part in removed[removed["channels"] == AS_SET].groupby(KEYS[:2]):
        for name, ranking in told.items():
            found = {}
            for replication, here in part.groupby("replication"):
                known = ranking[ranking.index.get_level_values(0) == replication].droplevel(0)
                known = known[~known.index.duplicated()]
                found[replication] = agreement(here.set_index("party")[impact], known)
            values = pd.Series(found, dtype=float).dropna()
            mean = paired.contrast(values, pd.Series(0.0, index=values.index))
            row = {"arm": arm, "channels": channels, "ranking": name, "impact": impact}
            row |= {"correlation": mean.difference, "low": mean.low, "high": mean.high}
            rows.append(row | {"n": mean.n})
    return pd.DataFrame(rows)


def debtrank_before(results: Results, removed: pd.DataFrame) -> pd.Series:
    """Return the linear DebtRank of every party the month before, by (replication, party).

    removed : what `removals` returns; its runs must have recorded the network of that month, the
        same in all of them, since they part only with the closing
    What others would lose if a party lost all its equity, a share of all equity.
    """
    parts = {}
    firsts = removed.drop_duplicates("replication")
    for row in firsts.to_dict("records"):
        net = network(results, int(row["month"]) - 1, row["arm"], row["replication"], row["point"])
        parties = net.parties()
        equity = net.nodes["net_worth"].reindex(parties).to_numpy(dtype=float)
        losses = debtrank_losses(net.exposures(), equity).round(DIGITS)  # rounding ranks nobody
        parts[row["replication"]] = pd.Series(losses, index=parties)
    return pd.concat(parts, names=["replication", "party"])


def _closed(events: pd.DataFrame) -> pd.DataFrame:
    return events[events["event"] == LIQUIDATION]


def _falls_of_others(events: pd.DataFrame, who: pd.Series, first: int, last: int) -> dict[str, int]:
    """Count defaults of the cohort and failures of institutions, without the party closed."""
    is_other = (events["kind"] != who["kind"]) | (events["row"] != who["row"])
    mine = events[is_other & events["month"].between(first, last) & events["event"].isin(FALLS)]
    is_firm = mine["kind"] == "enterprise"
    defaults = is_firm & mine["in_cohort"].astype(bool)
    return {"defaults": int(defaults.sum()), "failures": int((~is_firm).sum())}


def _loans_before(results: Results, run: str, who: pd.Series) -> float:
    """Return the loans an institution held at the end of the month before, NaN where unknown."""
    if "institutions" not in results.tables:
        return float("nan")
    table = results.institutions
    mine = (table["run_id"] == run) & (table["month"] == who["month"] - 1)
    mine &= (table["kind"] == who["kind"]) & (table["row"] == who["row"])
    found = table.loc[mine, "loans"]
    return float(found.iloc[0]) if len(found) else float("nan")
