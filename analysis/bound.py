"""Where limits of the regulator bound: which, on whom and when, as counts by arm.

Responsible for these counts and for laying them out; every single case stands in `limits.parquet`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.results import AS_SET, PLACEBO
from analysis.tables import READABLE, brief, long_table

if TYPE_CHECKING:
    from rich.table import Table

    from analysis.results import Results, Window

BOUND = "limits_bound"
MONTHS_PER_YEAR = 12
BY = ["arm", "point", "instrument", "question", "provider_kind"]


def limits_bound(results: Results, window: Window) -> pd.DataFrame:
    """Return how often each limit bound in runs as set, by arm, point and kind of provider.

    Columns as in BY; times : 1/year and run; providers, borrowers : different ones in a run, mean;
    first, last : months in which it did in any run
    """
    labels = results.runs[(results.runs["channels"] == AS_SET) & (results.runs["arm"] != PLACEBO)]
    found = results.limits
    if not len(found):
        return pd.DataFrame()
    labels = labels[["run_id", "arm", "point"]]
    found = labels.merge(found[found["month"].between(*window)], on="run_id")
    n_runs = labels.groupby(["arm", "point"])["run_id"].size()
    years = (window[1] - window[0] + 1) / MONTHS_PER_YEAR
    rows = []
    for key, part in found.groupby(BY, sort=False):
        names: dict[str, Any] = dict(zip(BY, key, strict=True))
        n = int(n_runs[names["arm"], names["point"]])
        who, whom = (part[part[name] >= 0].groupby("run_id")[name].nunique().sum()
                     for name in ("provider_row", "borrower"))  # fmt: skip
        rows.append({
            **names, "times": len(part) / n / years, "providers": who / n, "borrowers": whom / n,
            "first": int(part["month"].min()), "last": int(part["month"].max()),
        })  # fmt: skip
    return pd.DataFrame(rows)


def tables_of(found: Mapping[str, pd.DataFrame]) -> Iterator[Table]:
    """Lay out where limits bound; of very many arms and points nothing that could be read."""
    frame = found.get(BOUND, pd.DataFrame())
    if len(frame) and len(frame[["arm", "point"]].drop_duplicates()) <= READABLE:
        title = "Limits that bound: how often a year, on how many in a run, in which months"
        columns = ["arm", "point", "limit", "a year", "providers", "borrowers", "months"]
        yield long_table(frame, columns, title, _worded, roomy=False)


def _worded(row: dict[str, Any]) -> dict[str, str]:
    rule, question = row["instrument"], row["question"]
    name = rule if rule == question else f"{rule}: {question}" if rule else f"law: {question}"
    kind = str(row["provider_kind"]).replace("_", " ")
    return {
        "arm": row["arm"],
        "point": row["point"],
        "limit": f"{name.replace('_', ' ')}, {kind}",
        "a year": brief(row["times"]),
        "providers": brief(row["providers"]),
        "borrowers": brief(row["borrowers"]) if row["borrowers"] else "",
        "months": f"{row['first']}-{row['last']}",
    }
