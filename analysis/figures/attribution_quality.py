"""How good attribution within a run is: shares on record against shares by twins, by channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis import attribution_quality as quality
from analysis.figures import _style as style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

LEAST = 0.3  # % of defaults; names of smaller shares would cover each other
REACH = 1.15  # of the axes beyond the largest number


def data(results: Results) -> pd.DataFrame:
    """Return both shares of defaults by arm, point and channel, and R where it is known."""
    shares = quality.by_channel(results)
    numbers = quality.by_reproduction(results)
    if len(numbers):
        shown = numbers.rename(columns={"r": "counterfactual", "low": "counterfactual_low",
                                        "high": "counterfactual_high"})  # fmt: skip
        names = [name for name in shares.columns if name in shown]
        shares = pd.concat([shares, shown[names].assign(channel="R")], ignore_index=True)
    return shares


def draw(results: Results) -> Figure:
    """Draw each channel's share on record against its share by twins; on the line they agree."""
    style.need(quality.has_quality(results), "there are no twins with channels off, or no weights")
    found = data(results)
    shares = found[found["channel"] != "R"]
    style.need(len(shares) > 0, "no channel has both a twin of its own and weights on record")
    note = (
        "Across: share of defaults of the cohort that vanish when the channel is covered, 95 % "
        "bootstrap interval. Up: share by the weights on record in the same runs. Above the line "
        f"the record claims too much. {style.replications(results).capitalize()}."
    )
    figure = style.new_figure(6.5, 6.0, _message(shares), note)
    axes = figure.subplots()
    looks = style.looks(results)
    first = shares[["arm", "point"]].iloc[0].tolist()
    in_legend: set[tuple[str, str]] = set()
    for row in shares.to_dict("records"):
        key = (row["arm"], row["point"])
        look = looks.get(key)
        if look is not None:
            name = None if key in in_legend else look.name
            _draw_point(axes, row, look, list(key) == first, name)
            in_legend.add(key)
    if shares[["arm", "point"]].drop_duplicates().shape[0] > 1:
        axes.legend(frameon=False, fontsize=style.SMALL, loc="upper left")
    columns = [c for c in shares.columns if str(c).startswith(("attributed", "counterfactual"))]
    numbers = 100 * shares[columns].to_numpy(dtype=float)
    low, high = min(0.0, np.nanmin(numbers)) * REACH, max(1.0, np.nanmax(numbers)) * REACH
    axes.plot([low, high], [low, high], color=style.GREY, linewidth=0.9, zorder=1)
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_xlabel("by twins: % of defaults")
    axes.set_ylabel("on record: % of defaults")
    style.tidy(axes)
    return figure


def _draw_point(
    axes: Axes, row: dict[Any, Any], look: style.Look, is_named: bool, name: str | None
) -> None:
    x, y = 100 * row["counterfactual"], 100 * row["attributed"]
    for at, flat in (("counterfactual", True), ("attributed", False)):
        ends = [100 * row[f"{at}_low"], 100 * row[f"{at}_high"]]
        if np.isfinite(ends).all():
            axes.plot(ends if flat else [x, x], [y, y] if flat else ends, color=look.colour,
                      linewidth=1.2, zorder=2)  # fmt: skip
    axes.plot([x], [y], marker=look.marker, color=look.colour, markersize=6, zorder=3,
              linestyle="none", label=name)  # fmt: skip
    if is_named and max(abs(x), abs(y)) > LEAST:
        axes.annotate(str(row["channel"]), (x, y), (5, 4), textcoords="offset points",
                      fontsize=style.SMALL, color=look.colour)  # fmt: skip


def _message(shares: pd.DataFrame) -> str:
    """Say whether the record claims more or less than the twins, for all channels together."""
    every = shares[shares["channel"] == quality.EVERY]
    few = style.few(int(shares["n"].max()))
    question = "How good is attribution within a run?"
    if few or not len(every):
        return f"{question} ({few})" if few else question
    row = every.iloc[0]
    shown = (
        f"{100 * row['attributed']:.0f} % on record, {100 * row['counterfactual']:.0f} % by twins"
    )
    return f"{question} Contagious defaults: {shown}"
