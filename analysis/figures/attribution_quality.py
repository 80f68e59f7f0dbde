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
NAME, LINE = 0.12, 0.042  # length and height of a name, as shares of the axes
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
        "t interval. Up: share by the weights on record in the same runs. Above the line "
        f"the record claims too much. {style.replications(results).capitalize()}."
    )
    figure = style.new_figure(6.5, 6.0, _message(shares), note)
    axes = figure.subplots()
    looks = style.looks(results)
    first = shares[["arm", "point"]].iloc[0].tolist()
    drawn: list[style.Look] = []
    for row in shares.to_dict("records"):
        look = looks.get((row["arm"], row["point"]))
        if look is not None:
            _draw_point(axes, row, look)
            drawn.append(look)
    style.key(figure, list(dict.fromkeys(drawn)), with_marker=True)
    columns = [c for c in shares.columns if str(c).startswith(("attributed", "counterfactual"))]
    numbers = 100 * shares[columns].to_numpy(dtype=float)
    low, high = min(0.0, np.nanmin(numbers)) * REACH, max(1.0, np.nanmax(numbers)) * REACH
    axes.plot([low, high], [low, high], color=style.GREY, linewidth=0.9, zorder=1)
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    _name_channels(axes, shares, first, high - low)
    axes.set_xlabel("by twins: % of defaults")
    axes.set_ylabel("on record: % of defaults")
    style.tidy(axes)
    return figure


def _draw_point(axes: Axes, row: dict[Any, Any], look: style.Look) -> None:
    x, y = 100 * row["counterfactual"], 100 * row["attributed"]
    for at, flat in (("counterfactual", True), ("attributed", False)):
        ends = [100 * row[f"{at}_low"], 100 * row[f"{at}_high"]]
        if np.isfinite(ends).all():
            axes.plot(ends if flat else [x, x], [y, y] if flat else ends, color=look.colour,
                      linewidth=1.2, zorder=2)  # fmt: skip
    axes.plot([x], [y], marker=look.marker, color=look.colour, markersize=6, zorder=3,
              linestyle="none")  # fmt: skip


def _name_channels(axes: Axes, shares: pd.DataFrame, first: list[Any], span: float) -> None:
    """Write names beside the first arm's points; those near each other are moved apart."""
    ends = shares[["counterfactual", "counterfactual_high"]].max(axis=1)
    right_of = 100 * ends.groupby(shares["channel"]).max()
    names = shares.assign(y=100 * shares["attributed"], x=100 * shares["counterfactual"])
    names = names[(names[["arm", "point"]] == first).all(axis=1)]
    names = names[names[["x", "y"]].abs().max(axis=1) > LEAST].sort_values("x")
    # Names that start further apart than a name is long cannot overlap.
    cluster = (names["x"].diff() > NAME * span).cumsum()
    for _, near in names.groupby(cluster):
        near = near.sort_values("y")
        right = float(right_of[near["channel"]].max())
        lowest = float(near["y"].min())
        shares_up = [(y - lowest) / span for y in near["y"]]
        moved = np.asarray(style.spread(shares_up, LINE))
        heights = lowest + span * (moved - np.mean(moved - shares_up))  # apart about their middle
        for name, height in zip(near["channel"], heights, strict=True):
            axes.text(right + 0.012 * span, height, str(name), va="center",
                      fontsize=style.SMALL, color=style.INK)  # fmt: skip


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
