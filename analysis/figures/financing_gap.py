"""What sound firms ask for and nobody lends: the oracle financing gap by arm and purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.figures import _dots
from analysis.figures import _style as style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.results import Results

PURPOSES = ("rollover", "working", "investment")
WORDS = {"rollover": "rollover", "working": "working capital", "investment": "investment"}
NEEDED = [f"{part}_{purpose}" for purpose in PURPOSES for part in ("need", "met")]


def data(results: Results) -> pd.DataFrame:
    """Return need not met over need, all months of a run together, by arm, point and purpose.

    value : mean of replications, low, high : their band; need : yuan a month, mean
    """
    macro = style.as_set(results.macro)
    sums = macro.groupby(["arm", "point", "replication"], sort=False)[NEEDED].sum()
    parts = []
    for purpose in PURPOSES:
        need = sums[f"need_{purpose}"]
        gap = 1.0 - sums[f"met_{purpose}"] / need.where(need > 0)
        found = _dots.over_replications(gap, ["arm", "point"])
        mean = need.groupby(level=["arm", "point"]).mean().rename("need") / results.months
        found = found.merge(mean.reset_index(), on=["arm", "point"])
        parts.append(found.assign(place=WORDS[purpose]))
    return pd.concat(parts, ignore_index=True)


def draw(results: Results) -> Figure:
    """Draw the gap by purpose, arms beside each other."""
    style.need(set(NEEDED) <= set(results.metrics), "the metrics of need and credit are missing")
    found = data(results)
    style.need(len(found) > 0, "no sound firm needed credit")
    note = (
        "Need of firms to which the oracle, who knows their true state and all their debts, would "
        "lend at the reference rate; each spell of need counts once. Points: mean, bars: "
        f"{style.band_words(results)}, all months together. Below the names: sound need a month"
        f" in {results.reference_arm}." + style.left_out(results)
    )
    figure = style.new_figure(8, 5.0, _message(found, results), note)
    axes = figure.subplots()
    places = [WORDS[purpose] for purpose in PURPOSES]
    percent = found.assign(**{name: 100.0 * found[name] for name in ("value", "low", "high")})
    lowest = 0.0
    for cell, look, shift in _dots.shown_cells(results):
        lowest = min(lowest, float(_dots.of_cell(percent, cell)["low"].min()))
        _dots.dots(axes, _dots.of_cell(percent, cell), places, look, shift)
    need = found[found["arm"] == results.reference_arm].groupby("place")["need"].first()
    factor, unit = style.reading("yuan", float(need.max()) if len(need) else 0.0)
    names = [f"{name}\n{need[name] * factor:.2g} {unit}" if name in need else name
             for name in places]  # fmt: skip
    _dots.name_places(axes, names)
    axes.set_ylim(bottom=lowest)
    axes.set_xlabel("purpose of the credit needed")
    axes.set_ylabel("sound need that nobody met, %")
    style.key(figure, list(style.looks(results).values()), with_marker=True)
    return figure


def _message(found: pd.DataFrame, results: Results) -> str:
    """Say for which purpose the reference arm leaves most unmet."""
    mine = found[found["arm"] == results.reference_arm]
    if not len(mine):
        return "How much sound need for credit is not met?"
    most = mine.sort_values("value").iloc[-1]
    where = f" ({results.reference_arm})" if found["arm"].nunique() > 1 else ""
    return (
        f"How much sound need for credit is not met? Most for {most['place']}: "
        f"{100 * most['value']:.0f} %{where}"
    )
