"""What news of a fraud does to platforms that had no part in it.

Runs in which owners ran (shock `absconding`) are compared with those in which they stayed, and
twins in which savers hear of nothing (`twins: {off: [confidence]}`) tell the news from the rest:
clients' lost money, and borrowers who turn elsewhere. Responsible for numbers of platforms that
lived on; effects on whole markets are a matter of `analysis.paired`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.figures import NotApplicable
from analysis.paired import contrast
from analysis.results import AS_SET, PLACEBO

if TYPE_CHECKING:
    from analysis.results import Results

COVERED = "confidence off"
ABSCONDED = 3  # mode of exit in platforms.parquet
HORIZON = 12  # months
MEASURES = {
    "loans": "loans of others after the horizon, share of what they have without the fraud",
    "rate": "mean rate of platforms' performing loans over the horizon, 1/year",
    "failures": "others that ended within the horizon",
}
KEYS = ["point", "replication", "channels"]


def by_run(results: Results, horizon: int = HORIZON) -> pd.DataFrame:
    """Return one row per run in which owners ran who stay in the reference arm.

    victims : how many ran; since : month of the first
    loans, rate, failures : as in `MEASURES`, less those of the same replication and channels of the
        reference arm; `loans` as a share. Others are platforms that lived in both the month before
        and whose owners ran in neither within the horizon.
    """
    runs = results.runs[(results.runs["status"] == "done") & (results.runs["arm"] != PLACEBO)]
    ends = dict(iter(results.table("platforms").groupby("run_id")))
    loans = results.institutions.query("kind == 'platform'")
    loans = loans.pivot_table(index=["run_id", "row"], columns="month", values="loans")
    rate = results.macro.pivot_table(
        index="run_id", columns="month", values="mean_rate_platform", dropna=False
    )
    is_reference = runs["arm"] == results.reference_arm
    calm = runs[is_reference].set_index(KEYS)["run_id"]
    rows = []
    for run in runs[~is_reference].to_dict("records"):
        key = tuple(run[name] for name in KEYS)
        if key not in calm.index:
            continue
        pair = run["run_id"], calm.loc[key]
        here, there = (ends[name].set_index("row") for name in pair)
        ran = here[(here["exit_mode"] == ABSCONDED) & (here["ended"] >= 1)]
        stayed = there["exit_mode"].reindex(ran.index) != ABSCONDED
        stayed |= there["ended"].reindex(ran.index) > ran["ended"]
        victims = ran[stayed]
        if not len(victims):
            continue
        since = int(victims["ended"].min())
        last = min(since + horizon, results.months)
        others = _living(here, since).intersection(_living(there, since)).difference(victims.index)
        lent = [loans.loc[name].reindex(others)[last].sum() for name in pair]
        rates = [rate.loc[name].loc[since + 1 : last].mean() for name in pair]
        failed = [int(side["ended"].reindex(others).between(since, last).sum())
                  for side in (here, there)]  # fmt: skip
        rows.append({
            "arm": run["arm"], **dict(zip(KEYS, key, strict=True)),
            "victims": len(victims), "since": since,
            "loans": lent[0] / lent[1] - 1.0 if lent[1] else np.nan,
            "rate": rates[0] - rates[1], "failures": failed[0] - failed[1],
        })  # fmt: skip
    if not rows:
        raise NotApplicable("in no arm an owner ran who stays in the reference arm")
    return pd.DataFrame(rows)


def _living(platforms: pd.DataFrame, month: int) -> pd.Index:
    """Rows of platforms that had entered before a month and not ended."""
    ended = platforms["ended"]
    return platforms.index[(platforms["born"] < month) & (ended.isna() | (ended >= month))]


def effects(results: Results, horizon: int = HORIZON) -> pd.DataFrame:
    """Return mean changes with 95 % t intervals by arm and measure, and the part of the news.

    Columns arm, point, measure, part (`all`, `without news`, `news`), and those of
    `analysis.paired.Contrast`. `news` is all less what the twin has in which `confidence` is
    covered; it and `without news` are there only where twins were run.
    """
    found = by_run(results, horizon)
    rows = []
    for (arm, point), group in found.groupby(["arm", "point"], sort=False):
        for measure in MEASURES:
            seen = {
                channels: side.set_index("replication")[measure].astype(float)
                for channels, side in group.groupby("channels")
            }
            parts = {"all": (seen[AS_SET], 0.0 * seen[AS_SET])}
            if COVERED in seen:
                parts["without news"] = (seen[COVERED], 0.0 * seen[COVERED])
                parts["news"] = (seen[AS_SET], seen[COVERED])
            for part, (first, second) in parts.items():
                row: dict[str, Any] = {"arm": arm, "point": point, "measure": measure}
                rows.append(row | {"part": part} | asdict(contrast(first, second)))
    return pd.DataFrame(rows)
