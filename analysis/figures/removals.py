"""Who really matters: what closing each party does to others, against its static rank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis import paired, removals, reproduction
from analysis.figures import _style as style
from analysis.results import AS_SET

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

MOST = 6  # panels
JITTER = 0.16  # of replications beside each other


def data(results: Results) -> pd.DataFrame:
    """Return `analysis.removals.removals` with `rank` by size among those closed, 1 the largest."""
    found = removals.removals(results)
    if found.empty:
        return found
    found = found[found["channels"] == AS_SET].reset_index(drop=True)
    sizes = found.groupby(["arm", "replication"])["size"]
    return found.assign(rank=sizes.rank(ascending=False, method="first"))


def draw(results: Results) -> Figure:
    """Draw, arm by arm, defaults of others by rank in size: each run, mean and 95 % interval."""
    events = results.events
    closes = "event" in events and bool((events["event"] == reproduction.LIQUIDATION).any())
    style.need(closes, "no run closes a party by a shock")
    found = data(results)
    style.need(
        not found.empty and bool(found["rank"].notna().any()),
        "no run closes one party beside one that closes nobody, or its size is not on record",
    )
    arms = list(dict.fromkeys(found["arm"]))[:MOST]
    per_row = style.columns_for(len(arms))
    note = (
        "Grey: a replication; points: mean with its 95 % interval, hollow where it holds zero. "
        "Rank among those closed, by loans held the month before. Correlation: of size and impact "
        "(Spearman), within replications, with its 95 % interval from 10 of them on. "
        f"{style.replications(results).capitalize()}."
    )
    told = {row["arm"]: row for row in removals.agreements(found).to_dict("records")}
    height = 1.4 + 2.9 * -(-len(arms) // per_row)
    figure = style.new_figure(max(3.7 * per_row, 7.0), height, _message(told, arms), note)
    panels = style.grid(figure, len(arms), per_row)
    for i, (axes, arm) in enumerate(zip(panels, arms, strict=True)):
        _panel(axes, found[found["arm"] == arm], i)
        axes.set_title(f"{arm}\n{_correlation(told[arm])}", loc="left", fontsize=style.TEXT)
        axes.set_xlabel("rank in size")
        if i % per_row == 0:
            axes.set_ylabel("defaults of others, more than without")
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, i: int) -> None:
    colour = style.COLOURS[i % len(style.COLOURS)]
    n = max(int(rows["replication"].nunique()) - 1, 1)
    beside = (rows["replication"].rank(method="dense") - 1) / n - 0.5
    axes.plot(rows["rank"] + 2 * JITTER * beside, rows["defaults"], ".", color=style.GREY,
              markersize=4, alpha=0.55, zorder=1)  # fmt: skip
    for rank in sorted(rows["rank"].dropna().unique().tolist()):
        values = rows.loc[rows["rank"] == rank, "defaults"].astype(float)
        mean = paired.contrast(values, pd.Series(0.0, index=values.index))
        is_clear = mean.low > 0 or mean.high < 0
        if np.isfinite(mean.low):
            axes.vlines(rank, mean.low, mean.high, color=colour, linewidth=1.8, zorder=3)
        axes.plot([rank], [mean.difference], style.MARKERS[i % len(style.MARKERS)], color=colour,
                  markersize=7, markerfacecolor=colour if is_clear else "white",
                  zorder=4)  # fmt: skip
    axes.axhline(0.0, color=style.INK, linewidth=0.9, zorder=2)
    ranks = sorted(rows["rank"].dropna().unique())
    axes.set_xticks(ranks, [f"{rank:.0f}" for rank in ranks])
    axes.set_xlim(0.4, max(ranks, default=1.0) + 0.6)
    style.tidy(axes)


def _correlation(row: dict[Any, Any]) -> str:
    if not np.isfinite(row["correlation"]):
        return "correlation: too few to tell"
    mean = f"correlation {row['correlation']:.2f}"
    if style.few(int(row["n"])) or not np.isfinite(row["low"]):
        return f"{mean}, {row['n']:.0f} replication{'' if row['n'] == 1 else 's'}"
    return f"{mean} ({row['low']:.2f} to {row['high']:.2f})"


def _message(told: dict[str, dict[Any, Any]], arms: list[str]) -> str:
    """Say of whom size tells who matters, if there are runs enough."""
    question = "Does size tell who brings down most when it is closed?"
    few = style.few(max((int(row["n"]) for row in told.values()), default=0))
    if few:
        return f"{question} ({few})"
    clear = [arm for arm in arms if told[arm]["low"] > 0]
    if not clear:
        return f"{question} Not that it could be told from chance"
    return f"{question} Among {', '.join(clear)}"
