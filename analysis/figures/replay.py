"""A real episode and its replay, year by year: what was fitted and what was predicted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import replay
from analysis.figures import _style as style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

PER_ROW = 3
TWO_DECADES = 100.0  # ratio of largest to smallest number from which an axis is logarithmic


def data(results: Results) -> pd.DataFrame:
    """Return observed and simulated years of every series; columns of `replay.compared`."""
    episode = replay.episode_of(results)
    names = ", ".join(replay.EPISODES)
    style.need(episode is not None, f"the scenario replays no episode (there are: {names})")
    assert episode is not None
    found = replay.compared(results, episode)
    style.need(len(found) > 0, "the run is too short for a year to compare")
    return found


def draw(results: Results) -> Figure:
    """Draw one panel for each series: points observed, lines and bands simulated."""
    found = data(results)
    series = list(dict.fromkeys(found["series"]))
    n_rows = -(-len(series) // PER_ROW)
    note = (
        "Points: observed; full: years the scenario was fitted on, hollow: later ones. Lines: mean "
        "of replications, bands: lowest to highest, times one factor per series that makes the "
        "fitted years agree (exits have none). In brackets: root mean square of the logarithmic "
        "error of predicted years, and that of carrying the last fitted year forward."
    )
    title = str(results.manifest.get("title") or "How well is the episode replayed?")
    figure = style.new_figure(11.5, 1.2 + 3.0 * n_rows, title, note)
    wrong = replay.errors(found)
    for name, axes in zip(series, style.grid(figure, len(series), PER_ROW), strict=True):
        _panel(axes, found[found["series"] == name], results)
        mine = wrong[(wrong["series"] == name) & wrong["n"].gt(0)]
        told = mine[mine["arm"] == results.reference_arm]
        said = f" ({told['error'].iloc[0]:.2f}; {told['naive'].iloc[0]:.2f})" if len(told) else ""
        axes.set_title(f"{name}{said}", loc="left", fontsize=style.TEXT, color=style.INK)
    style.key(figure, list(style.looks(results).values()))
    return figure


def _panel(axes: Axes, found: pd.DataFrame, results: Results) -> None:
    """Draw one series: all arms, and what was observed."""
    for cell, look in style.looks(results).items():
        mine = found[(found["arm"] == cell[0]) & (found["point"] == cell[1])].sort_values("year")
        axes.plot(mine["year"], mine["value"], color=look.colour, linestyle=look.dash)
        axes.fill_between(mine["year"], mine["low"], mine["high"], color=look.colour, alpha=0.15,
                          linewidth=0)  # fmt: skip
    seen = found.drop_duplicates("year").sort_values("year")
    is_fitted = seen["part"] == replay.FITTED
    for mark, face in ((is_fitted, style.INK), (~is_fitted, "white")):
        axes.plot(seen["year"][mark], seen["observed"][mark], "o", color=style.INK,
                  markerfacecolor=face, markersize=5)  # fmt: skip
    numbers = found[["observed", "value"]].to_numpy()
    positive = numbers[numbers > 0]
    if len(positive) and positive.max() / positive.min() > TWO_DECADES:
        axes.set_yscale("symlog", linthresh=float(positive.min()))
        axes.set_ylim(bottom=0.0)
    else:
        axes.set_ylim(bottom=0.0, top=1.1 * float(np.nanmax(numbers)))
    years = range(int(seen["year"].min()), int(seen["year"].max()) + 1)
    axes.set_xticks(list(years)[:: 1 if len(years) < 6 else 2])
    axes.set_xlabel("year")
    axes.set_ylabel(str(seen["unit"].iloc[0]))
    style.tidy(axes)
