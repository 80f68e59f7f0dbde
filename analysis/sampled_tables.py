"""Tables on effects over a sample of points for the terminal, and how to read them.

Responsible for wording numbers; they come from `analysis.sampled`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from analysis import sampled
from analysis.tables import brief, brief_band, is_share, long_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from rich.table import Table

    from analysis.results import Results, Window

SAMPLED = "sampled"


def found_over_points(
    opened: Results, base: str, metrics: Sequence[str] | None, window: Window
) -> dict[str, pd.DataFrame]:
    """Return the table that these results can give, by the name of its file."""
    return {SAMPLED: sampled.mean_effects(opened, metrics, base, window)}


def tables_of(found: Mapping[str, pd.DataFrame], base: str) -> Iterator[Table]:
    """Lay out the mean effect of each arm over the points of a sample."""
    frame = found.get(SAMPLED)
    if frame is None or frame.empty:
        return
    columns = ["metric", "difference", "95 % interval", "5 .. 95 % of points", "higher", "luck"]
    for arm, rows in frame[frame["points"] > 0].groupby("arm", sort=False):
        title = f"{arm} less {base}, over {rows['points'].max()} points of the sample"
        yield long_table(rows, columns, title, _worded, roomy=False)


def reading_help(opened: Results, found: Mapping[str, pd.DataFrame]) -> list[str]:
    """Explain the table where it is there."""
    if not len(found.get(SAMPLED, ())):
        return []
    block = {"morris": "walks", "saltelli": "pairs of samples"}
    over = block.get(sampled.method_of(opened), "points")
    line = (
        f"diff.: mean over the points, interval over {over}: over parameters, not over luck; "
        "5 .. 95 %: between which it lies at nine in ten points; higher: share of points, in %, at "
        "which the metric is higher than in the reference; luck: share, in %, of the variance over "
        "points that is chance within replications. By point: tables/effects.csv."
    )
    if sampled.method_of(opened) not in block:
        return [line]
    return [line, "Which fields an effect hangs on: python run.py sensitivity ... --effect ARM"]


def _worded(row: dict[str, Any]) -> dict[str, Any]:
    unit = row["unit"]
    words = "% points" if is_share(unit) else unit
    label = f"{row['label']}, {words}" if words else row["label"]
    note = {"": "", "other borrowers": " *"}.get(row["note"], f" ({row['note']})")
    return {
        "metric": label + note,
        "difference": brief(row["difference"], unit),
        "95 % interval": brief_band(row["low"], row["high"], unit),
        "5 .. 95 % of points": brief_band(row["least"], row["most"], unit),
        "higher": _percent(row["higher"]),
        "luck": _percent(row["noise"]),
    }


def _percent(share: float) -> str:
    return f"{100 * share:.0f}" if share == share else "-"
