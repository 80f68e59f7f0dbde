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
# Units read in percent.
SHARES = ("of platforms a year", "of platforms a year, all", "a year, mean of the year")
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
    found = _readable(data(results))
    series = list(dict.fromkeys(found["series"]))
    n_rows = -(-len(series) // PER_ROW)
    note = (
        "Black: observed; full: years the scenario was fitted on, hollow: later ones. Lines: mean "
        "of replications, bands: lowest to highest, times one factor per series that makes the "
        "fitted years agree (problems and exits have none), in years that were observed. Problems "
        "are platforms frozen, absconded or closed by the police, exits are these and those wound "
        "down. In brackets: root mean square of the logarithmic error of predicted years, and that "
        f"of carrying the last fitted year forward. {style.replications(results).capitalize()}."
    )
    wrong = replay.errors(found)
    title = _message(wrong, results)
    figure = style.new_figure(11.5, 1.2 + 3.0 * n_rows, title, note)
    for name, axes in zip(series, style.grid(figure, len(series), PER_ROW), strict=True):
        _panel(axes, found[found["series"] == name], results)
        mine = wrong[(wrong["series"] == name) & wrong["n"].gt(0)]
        told = mine[mine["arm"] == results.reference_arm]
        numbers = told[["error", "naive"]].iloc[:1].to_numpy().ravel()
        known = [f"{number:.2f}" for number in numbers if np.isfinite(number)]
        said = f" ({'; '.join(known)})" if known else ""
        axes.set_title(f"{name}{said}", loc="left", fontsize=style.TEXT, color=style.INK)
    style.key(figure, list(style.looks(results).values()))
    return figure


def _readable(found: pd.DataFrame) -> pd.DataFrame:
    """Write shares in percent."""
    found, is_share = found.copy(), found["unit"].isin(SHARES)
    numbers = ["observed", "value", "low", "high"]
    found[numbers] = found[numbers].where(~is_share, 100.0 * found[numbers], axis=0)
    found["unit"] = found["unit"].where(~is_share, "% " + found["unit"])
    return found


def _message(wrong: pd.DataFrame, results: Results) -> str:
    """Say how many series are predicted better than by the last fitted year."""
    mine = wrong[(wrong["arm"] == results.reference_arm) & wrong["n"].gt(0)].dropna()
    if mine.empty:
        return "How well is the episode replayed? No year was predicted"
    hedge = style.few(int(results.runs["replication"].nunique()))
    if hedge:
        return f"How far the model's years are from the real ones ({hedge})"
    better = mine[mine["error"] < mine["naive"]]
    names = f": {', '.join(better['series'])}" if len(better) else ""
    return (
        f"{str(results.reference_arm).capitalize()}: of {len(mine)} series the model predicts "
        f"{len(better)} better than carrying the last fitted year forward{names}"
    )


def _panel(axes: Axes, found: pd.DataFrame, results: Results) -> None:
    """Draw one series: all arms, and what was observed."""
    for cell, look in style.looks(results).items():
        mine = found[(found["arm"] == cell[0]) & (found["point"] == cell[1])].sort_values("year")
        # A line breaks where years between were not observed.
        whole = mine.set_index("year")["value"]
        whole = whole.reindex(range(int(whole.index.min()), int(whole.index.max()) + 1))
        axes.plot(whole.index, whole, color=look.colour, linestyle=look.dash, marker=look.marker,
                  markersize=3.5)  # fmt: skip
        ends = mine.set_index("year")[["low", "high"]].reindex(whole.index)
        axes.fill_between(whole.index, ends["low"], ends["high"], color=look.colour, alpha=0.15,
                          linewidth=0)  # fmt: skip
        axes.vlines(mine["year"], mine["low"], mine["high"], color=look.colour, alpha=0.4,
                    linewidth=1.0)  # fmt: skip
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
