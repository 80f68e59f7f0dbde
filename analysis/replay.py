"""Replays: yearly series of a real episode beside those of a model that was told its beginning.

Holds the series of online lending in China, 2012 to 2020, and compares results with them: one
factor per series is fitted on the first years, the later ones are predictions. Responsible for data
and errors; not for pictures (`analysis.figures.replay`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.results import AS_SET, PLACEBO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.results import Results

FITTED = "fitted"
PREDICTED = "predicted"


@dataclass(frozen=True)
class Series:
    """One yearly series: what is observed, and which metric of a run stands for it.

    metrics : metrics of a run that together stand for it
    how : "end" (December), "sum", "mean" of the months of a year, or "share" (the sum of `metrics`
        over the mean of `over`)
    scaled : whether one factor turns the model's unit into the real one
    """

    name: str
    unit: str
    metrics: tuple[str, ...]
    how: str
    observed: Mapping[int, float]
    source: str
    over: str = ""
    scaled: bool = True


@dataclass(frozen=True)
class Episode:
    """An episode: the year of month 1, the years a scenario was fitted on, and its series."""

    first_year: int
    fitted: tuple[int, ...]
    series: tuple[Series, ...]


# Portals call platforms problems that were frozen, absconded or closed by the police; all exits are
# these and those that wound down or changed trade.
PROBLEMS = ("exits_liquidation", "exits_absconding", "exits_police")
EXITS = (*PROBLEMS, "exits_ordered", "exits_wind_down")

CHINA = Episode(
    2012,
    (2012, 2013, 2014),
    (
        Series(
            "platforms", "platforms at the end of the year", ("platforms_alive",), "end",
            {2012: 50, 2013: 800, 2014: 1575, 2015: 2595, 2016: 2448, 2017: 2240, 2018: 1021,
             2019: 343, 2020: 0},
            "McKinsey (2012); WDZJ yearly reports 2014-2019; regulator, November 2020",
        ),
        Series(
            "problems", "of platforms a year", PROBLEMS, "share",
            {2013: 76 / 425, 2014: 275 / 1187.5, 2018: 0.5145 * 1279 / 1630.5},
            "WDZJ: new problem platforms over the mean number; 2018: 51.45 % of 1,279 exits",
            over="platforms_alive", scaled=False,
        ),
        Series(
            "exits", "of platforms a year, all", EXITS, "share", {2018: 1279 / 1630.5},
            "WDZJ: problem platforms and orderly exits over the mean number",
            over="platforms_alive", scaled=False,
        ),
        Series(
            "loan balance", "billion yuan at the end of the year", ("credit_platform",), "end",
            {2013: 26.8, 2014: 103.6, 2015: 439.5, 2016: 679.5, 2017: 1041.8, 2018: 789.0},
            "WDZJ yearly reports; 2016-2018 restated",
        ),
        Series(
            "volume", "billion yuan a year", ("new_loans_platform",), "sum",
            {2013: 105.8, 2014: 252.8, 2015: 975.0, 2016: 2064.0, 2017: 2804.8, 2018: 1794.8},
            "WDZJ and 01Caijing; 2013 from the growth of 2014",
        ),
        Series(
            "rate", "a year, mean of the year", ("mean_rate_platform",), "mean",
            {2014: 0.1786, 2015: 0.1329, 2016: 0.1045, 2017: 0.0945, 2018: 0.0981},
            "WDZJ: mean yield of savers; the model's rate is that of borrowers",
        ),
    ),
)  # fmt: skip
EPISODES: dict[str, Episode] = {"china-p2p-2012-2020": CHINA}


def episode_of(results: Results) -> Episode | None:
    """Return the episode that a scenario replays, by its name, or nothing."""
    return EPISODES.get(str(results.manifest["name"]))


def simulated(results: Results, episode: Episode) -> pd.DataFrame:
    """Return the model's yearly value of every series, in the model's own units.

    Columns series, arm, point, replication, year, value.
    """
    macro = results.macro
    macro = macro[(macro["channels"] == AS_SET) & (macro["arm"] != PLACEBO)]
    if "credit_platform" not in macro and "credit_share_platform" in macro:
        credit = macro["loans_outstanding"] * macro["credit_share_platform"].fillna(0.0)
        macro = macro.assign(credit_platform=credit)
    macro = macro.assign(year=episode.first_year + (macro["month"] - 1) // 12)
    by = ["arm", "point", "replication", "year"]
    parts = []
    for series in episode.series:
        shown = macro[_counted(series, macro)].sum(axis=1, skipna=False)
        groups = macro.assign(shown=shown).groupby(by, sort=False)
        if series.how == "end":
            value = groups["shown"].last()
        elif series.how == "share":
            value = groups["shown"].sum() / groups[series.over].mean().replace(0.0, np.nan)
        else:
            value = getattr(groups["shown"], series.how)()
        parts.append(value.rename("value").reset_index().assign(series=series.name))
    return pd.concat(parts, ignore_index=True)


def _counted(series: Series, macro: pd.DataFrame) -> list[str]:
    """Metrics of a series; older results count who was frozen by order in `exits_liquidation`."""
    return [name for name in series.metrics if name != "exits_ordered" or name in macro]


def compared(results: Results, episode: Episode) -> pd.DataFrame:
    """Set every observed year beside the model, arm by arm.

    Columns series, unit, arm, point, year, part, observed, factor, value, low, high: the mean of
    replications and their extremes, times the factor that makes the logarithms of fitted years
    agree on average. A series with a factor and without observed years among the fitted ones is
    fitted on its first; one without a factor is fitted on nothing else.
    """
    found = simulated(results, episode)
    rows = []
    for series in episode.series:
        observed = pd.Series(series.observed, dtype=float)
        mine = found[found["series"] == series.name]
        for (arm, point), cell in mine.groupby(["arm", "point"], sort=False):
            years = cell.groupby("year")["value"].agg(["mean", "min", "max"])
            both = observed.index.intersection(years.index)
            known = [year for year in both if year in episode.fitted]
            known = known or (list(both[:1]) if series.scaled else [])
            factor = _factor(observed[known], years["mean"][known]) if series.scaled else 1.0
            for year in both:
                mean, low, high = factor * years.loc[year]
                rows.append({
                    "series": series.name, "unit": series.unit, "arm": arm, "point": point,
                    "year": year, "part": FITTED if year in known else PREDICTED,
                    "observed": observed[year], "factor": factor, "value": mean, "low": low,
                    "high": high,
                })  # fmt: skip
    return pd.DataFrame(rows)


def _factor(observed: pd.Series, model: pd.Series) -> float:
    """Return the factor that lets logarithms agree on average; positive pairs only, else 1."""
    use = (observed > 0) & (model > 0)
    if not use.any():
        return 1.0
    return float(np.exp((np.log(observed[use]) - np.log(model[use])).mean()))


def errors(found: pd.DataFrame) -> pd.DataFrame:
    """Return the error of the predicted years of every series, and that of knowing nothing.

    error : root mean square of log(model / observed); naive : the same had the last fitted year
    been carried forward, NaN where there is none; n : predicted years with positive numbers on
    both sides. Years in which one side is zero are counted in `zeros`.
    """
    rows = []
    for (series, arm, point), cell in found.groupby(["series", "arm", "point"], sort=False):
        cell = cell.sort_values("year")
        ahead = cell[cell["part"] == PREDICTED]
        last = cell.loc[cell["part"] == FITTED, "observed"].iloc[-1:].max()
        use = ahead[(ahead["observed"] > 0) & (ahead["value"] > 0)]
        rows.append({
            "series": series, "arm": arm, "point": point, "n": len(use),
            "zeros": len(ahead) - len(use), "factor": cell["factor"].iloc[0],
            "error": _log_error(use["value"], use["observed"]),
            "naive": _log_error(pd.Series(last, index=use.index), use["observed"]),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _log_error(value: pd.Series, observed: pd.Series) -> float:
    if not len(value):
        return float("nan")
    return float(np.sqrt((np.log(value / observed) ** 2).mean()))
