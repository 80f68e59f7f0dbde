"""What each channel did: Shapley values over channels or groups of them, arm by arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis import attribution, paired
from analysis.figures import _style as style
from analysis.figures._forest import READING, Row, forest, largest, rows_by_arm

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.results import Results


SHARES = "beside the names are shares of all together"


def data(results: Results, metric: str = paired.COHORT) -> pd.DataFrame:
    """Return the value of each player and of all together, by arm and point."""
    return attribution.attribution(results, metric)


def draw(results: Results, metric: str = paired.COHORT) -> Figure:
    """Draw what each player adds to a metric, with its interval over replications."""
    style.need(attribution.has_attribution(results), attribution.NONE)
    style.need(
        metric in results.metrics or metric in paired.built_metrics(results),
        f"{metric} is not recorded",
    )
    found = data(results, metric)
    style.need(bool((found["n"] > 1).any()), "intervals need at least two replications")
    rows = _rows(found, results)
    factor, unit = style.reading(found["unit"].iloc[0], largest(rows))
    orders = attribution.game_of(results).orders
    how = f"over {len(orders)} orders drawn by lot" if orders else "over all orders"
    note = (
        f"{READING} Shapley values: what a channel adds when it comes into force, averaged {how} "
        f"in which channels may come in. {style.replications(results).capitalize()}."
    )
    if not all(attribution.is_total_told(part) for _, part in found.groupby(["arm", "point"])):
        note += f" Percent {SHARES}, so left out where that is not told from zero."
    else:
        note += f" Percent {SHARES}."
    figure = style.new_figure(8.5, 1.6 + 0.36 * len(rows), _message(found), note)
    axes = figure.subplots()
    forest(axes, rows, factor, with_names=True)
    axes.set_xlabel(f"{found['label'].iloc[0]}, {unit}: added by the channel")
    return figure


def _rows(found: pd.DataFrame, results: Results) -> list[Row]:
    """Return one row for each player and all together, arm by arm."""
    return rows_by_arm(found, results, _named, "value")


def _named(row: dict[str, Any]) -> str:
    """Name a player, with its share where there is one to tell."""
    name = str(row["player"]).replace("+", " + ")
    is_part = row["player"] != attribution.TOTAL and np.isfinite(row["share"])
    return f"{name}, {100 * row['share']:.0f} %" if is_part else name


def _message(found: pd.DataFrame) -> str:
    """Say which player adds most in the first arm, if it can be told from nothing."""
    players = found[found["player"] != attribution.TOTAL]
    mine = players[(players["arm"] == players["arm"].iloc[0]) & players["value"].notna()]
    question = "What did each channel add?"
    if not len(mine) or not np.isfinite(mine["low"]).all():
        return question
    few = style.few(int(mine["n"].iloc[0]))
    if few:
        return f"{question} ({few})"
    most = mine.loc[mine["value"].abs().idxmax()]
    if most["low"] <= 0 <= most["high"]:
        return f"{question} Nothing that can be told from zero"
    return f"{question} Most came through {most['player'].replace('+', ' + ')}"
