"""What each channel did: Shapley values over channels, from runs with combinations of them off.

v(S) is a metric with the players S in force and the others covered, on the same draws. A player's
value is what it adds to v, averaged over the orders in which players may come in:

    value_i = sum over S without i of |S|! (n - |S| - 1)! / n! (v(S + i) - v(S)),

or the mean over orders drawn by lot. In every replication the values add up to v(all) - v(none),
and a player that changes no run has exactly zero. Responsible for the arithmetic and its intervals;
the runs are made by `sim.experiment`.

Source: Shapley 1953; sampled orders: Castro, Gomez and Tejada 2009.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import factorial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import paired
from analysis.results import PLACEBO, ResultsError, cell

if TYPE_CHECKING:
    from analysis.results import Results, Window

Coalition = frozenset[str]
Values = Mapping[Coalition, NDArray[np.float64]]
TOTAL = "all together"
NONE = "this file attributes nothing; run.py attribute does"


@dataclass(frozen=True)
class Game:
    """Who plays, in which orders players come in, and what runs of a combination are called.

    channels : player -> its channels
    orders : orders drawn by lot; none where every combination is run
    runs : players in force -> label of the runs
    """

    channels: Mapping[str, Sequence[str]]
    orders: Sequence[Sequence[str]]
    runs: Mapping[Coalition, str]

    @property
    def players(self) -> list[str]:
        """Names of the players."""
        return list(self.channels)


def has_attribution(results: Results) -> bool:
    """Tell whether these results were made to attribute an outcome to channels."""
    return bool(results.manifest.get("attribution"))


def game_of(results: Results) -> Game:
    """Return the game that these results play."""
    said: Any = results.manifest.get("attribution")
    if not said:
        raise ResultsError(f"{results.folder}: {NONE}")
    runs = {frozenset(run["in_force"]): str(run["channels"]) for run in said["runs"]}
    return Game(said["players"], said["orders"], runs)


def shapley(values: Values, players: Sequence[str]) -> NDArray[np.float64]:
    """Return (replications, players) Shapley values, from every combination of players.

    values : players in force -> (replications,) metric
    """
    n = len(players)
    found = []
    for player in players:
        parts = []
        for some, without in values.items():
            if player not in some:
                weight = factorial(len(some)) * factorial(n - len(some) - 1) / factorial(n)
                parts.append(weight * (values[some | {player}] - without))
        found.append(np.sum(parts, axis=0))
    return np.stack(found, axis=1)


def along_orders(
    values: Values, players: Sequence[str], orders: Sequence[Sequence[str]]
) -> NDArray[np.float64]:
    """Return (orders, replications, players): what each player adds where it comes in."""
    added = np.zeros((len(orders), len(values[frozenset()]), len(players)))
    for i, order in enumerate(orders):
        for place, player in enumerate(order):
            before = frozenset(order[:place])
            added[i, :, players.index(player)] = values[before | {player}] - values[before]
    return added


def attribution(
    results: Results, metric: str = paired.COHORT, window: Window | None = None
) -> pd.DataFrame:
    """Return the value of each player and of all together, by arm and point.

    value, low, high, sd, n : mean over replications with its 95 % t interval
    share : of the total, as a ratio of means; NaN where the total's interval holds zero or is
        none, since parts of what may be nothing are of any size and sign (`is_total_told`)
    alone, last : what it adds when it alone is in force, and when it comes in last
    order_error : standard error of the value by the lot of orders; 0 where all were run
    """
    game = game_of(results)
    rows = []
    for arm, point, values, found in _cells(results, metric, window):
        n = len(values[frozenset()])
        errors = _order_errors(game, values)
        everyone, nobody = values[frozenset(game.players)], values[frozenset()]
        zero = pd.Series(np.zeros(n))
        whole = paired.contrast(pd.Series(everyone - nobody), zero)
        total = whole.difference if whole.low > 0 or whole.high < 0 else np.nan
        named = {name: found[:, i] for i, name in enumerate(game.players)}
        for name, column in {**named, TOTAL: everyone - nobody}.items():
            numbers = asdict(paired.contrast(pd.Series(column), zero))
            mean = numbers["difference"]
            rows.append(
                {"arm": arm, "point": point, "metric": metric, "player": name}
                | {"channels": "+".join(game.channels.get(name, ())), "value": mean}
                | {key: numbers[key] for key in ("low", "high", "sd", "p_value", "detectable", "n")}
                | {"share": mean / total}
                | _ends(game, values, name)
                | {"order_error": errors.get(name, 0.0)}
                | {
                    "unit": paired.unit_of(results, metric),
                    "label": paired.label_of(results, metric),
                }
            )
    return pd.DataFrame(rows)


def is_total_told(found: pd.DataFrame) -> bool:
    """Tell whether all together is told from zero, so that shares of it mean something.

    found : rows of one arm and point of `attribution`
    """
    return bool(found.loc[found["player"] == TOTAL, "share"].notna().all())


def by_replication(
    results: Results, metric: str = paired.COHORT, window: Window | None = None
) -> pd.DataFrame:
    """Return the value of each player in each replication, and the metric with all and none."""
    game = game_of(results)
    frames = []
    for arm, point, values, found in _cells(results, metric, window):
        index = _replications(results, metric, window, arm, point)
        frame = pd.DataFrame(found, columns=game.players, index=index)
        frame.insert(0, "with_none", values[frozenset()])
        frame.insert(1, "with_all", values[frozenset(game.players)])
        frame = frame.rename_axis("replication").reset_index()
        frame.insert(0, "arm", arm)
        frame.insert(1, "point", point)
        frames.append(frame.assign(metric=metric))
    return pd.concat(frames, ignore_index=True)


def _cells(results: Results, metric: str, window: Window | None) -> list[Any]:
    """Return (arm, point, values, Shapley values) of every arm and point that is attributed."""
    game = game_of(results)
    cells = []
    for (arm, point), runs in results.runs.groupby(["arm", "point"], sort=False):
        labels = set(runs["channels"])
        if arm != PLACEBO and set(game.runs.values()) <= labels:
            values = _values(results, metric, window, str(arm), str(point))
            if game.orders:
                found = along_orders(values, game.players, game.orders).mean(axis=0)
            else:
                found = shapley(values, game.players)
            cells.append((str(arm), str(point), values, found))
    if not cells:
        raise ResultsError(f"{results.folder}: no arm has all the runs that attribution needs")
    return cells


def _table(
    results: Results, metric: str, window: Window | None, arm: str, point: str
) -> pd.DataFrame:
    """Return the metric by replication, one column per combination, where all have finished."""
    if metric == paired.CONTAGIOUS:
        raise ResultsError(
            f"{metric} is itself a difference between channels on and off; "
            f"attribute {paired.COHORT} instead"
        )
    game = game_of(results)
    found = paired.values_of(results, paired.known_metric(results, metric), window)
    columns = [cell(found, point, arm, label) for label in game.runs.values()]
    return pd.concat(columns, axis=1, join="inner").dropna()


def _values(
    results: Results, metric: str, window: Window | None, arm: str, point: str
) -> dict[Coalition, NDArray[np.float64]]:
    table = _table(results, metric, window, arm, point).to_numpy(dtype=np.float64)
    return {some: table[:, i] for i, some in enumerate(game_of(results).runs)}


def _replications(
    results: Results, metric: str, window: Window | None, arm: str, point: str
) -> pd.Index:
    return _table(results, metric, window, arm, point).index


def _order_errors(game: Game, values: Values) -> dict[str, float]:
    """Return the standard error of each value by the lot of orders.

    The orders are drawn independently, so it is the deviation over orders of what a player adds on
    average over replications, by the root of their number.
    """
    if not game.orders:
        return {}
    if not len(values[frozenset()]):
        return {}
    means = along_orders(values, game.players, game.orders).mean(axis=1)
    errors = means.std(axis=0, ddof=1) / np.sqrt(len(game.orders))
    return dict(zip(game.players, errors.tolist(), strict=True))


def _ends(game: Game, values: Values, name: str) -> dict[str, float]:
    """Return what a player adds alone and last; NaN where these runs were not asked for."""
    players = frozenset(game.players)
    me = players if name == TOTAL else frozenset([name])
    pairs = {"alone": (me, frozenset()), "last": (players, players - me)}
    return {
        end: _mean(values[up] - values[down]) if up in values and down in values else np.nan
        for end, (up, down) in pairs.items()
    }


def _mean(numbers: NDArray[np.float64]) -> float:
    return float(numbers.mean()) if len(numbers) else float("nan")
