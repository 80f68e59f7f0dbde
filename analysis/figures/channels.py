"""Which channel carries defaults: what each set of channels adds, from twins with it off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import paired
from analysis.figures import _style as style
from analysis.figures._forest import READING, Row, forest, rows_by_arm
from analysis.results import ALL_OFF, PLACEBO

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.results import Results

ALL = "all channels together"


def data(results: Results) -> pd.DataFrame:
    """Return what each set of channels adds to defaults, by arm and point."""
    return paired.contagion(results)


def draw(results: Results) -> Figure:
    """Draw contagious defaults by channel, arm by arm, with the placebo as floor."""
    style.need(
        paired.has_cohort(results) and "cohort_defaults" in results.metrics,
        "the closed cohort is not recorded",
    )
    style.need(
        bool((results.runs["channels"] != "as set").any()), "there are no twins with channels off"
    )
    found = data(results)
    style.need(bool((found["n"] > 1).any()), "intervals need at least two replications")
    rows = _rows(found, results)
    note = (
        f"{READING} Defaults of the closed cohort with channels as set, less those of the twin "
        f"with the channel covered. {style.replications(results).capitalize()}."
    )
    figure = style.new_figure(8.5, 1.6 + 0.36 * len(rows), _message(found, results), note)
    axes = figure.subplots()
    forest(axes, rows, 1.0, with_names=True)
    axes.set_xlabel("defaults per 100 firm-years that vanish when the channel is covered")
    return figure


def _rows(found: pd.DataFrame, results: Results) -> list[Row]:
    """Return one row for each twin, arm by arm, and one for the placebo."""
    rows = rows_by_arm(found, results, lambda row: _channel(row["channels"]), "difference")
    runs = results.runs
    if (runs["arm"] == PLACEBO).any():
        against = paired.effects(results, [paired.COHORT])
        floor = against[against["arm"] == PLACEBO].iloc[0]
        numbers = (floor["difference"], floor["low"], floor["high"], floor["detectable"])
        rows.append(Row("placebo (one firm's cash + 1 %)", *numbers, style.GREY))
    return rows


def _channel(channels: str) -> str:
    return ALL if channels == ALL_OFF else channels.removesuffix(" off")


def _message(found: pd.DataFrame, results: Results) -> str:
    """Say how many defaults of the reference arm are contagious."""
    mine = found[(found["arm"] == results.reference_arm) & (found["channels"] == ALL_OFF)]
    if not len(mine) or not np.isfinite(mine["low"].iloc[0]):
        return "Through which channel do defaults spread?"
    row = mine.iloc[0]
    where = f" ({results.reference_arm})" if found["arm"].nunique() > 1 else ""
    if style.few(int(row["n"])):
        return f"Through which channel do defaults spread? ({style.few(int(row['n']))})"
    k = style.span(row["difference"], row["low"], row["high"])
    if row["low"] <= 0 <= row["high"]:
        found_k = f"{k} defaults per 100 firm-years"
        return f"Contagion cannot be told from none: {found_k}{where}"
    share = f", {100 * row['share']:.0f} % of all" if np.isfinite(row["share"]) else ""
    return (
        f"Through which channel do defaults spread? All together carry {k} "
        f"per 100 firm-years{share}{where}"
    )
