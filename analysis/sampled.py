"""Effects of arms over a sample of points: at every point, and on average over all of them.

Responsible for paired differences at each point of a scenario's `sample`, their mean with an
interval, and how much of their spread is luck. Points of one walk of Morris, or of one pair of
samples of Saltelli, hang together: such blocks are what the interval is over. It is an interval
over parameters, since replications are the same at all points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis import paired
from analysis.results import AS_SET, PLACEBO, Results, ResultsError, Window
from sim.sampling import unit_sample, values_in

if TYPE_CHECKING:
    from sim.units import Floats


def is_sampled(results: Results) -> bool:
    """Tell whether the points of these results are a sample from ranges."""
    return bool(results.scenario.get("sample"))


def method_of(results: Results) -> str:
    """Return how the points were drawn: sobol, lhs, morris or saltelli."""
    sample: Any = results.scenario["sample"]
    return str(sample.get("method", "sobol"))


def ranges_of(results: Results) -> dict[str, tuple[float, float]]:
    """Return the field names of the sample with their ranges, in the order of the file."""
    over: Any = results.scenario["sample"]["over"]
    return {str(name): (float(low), float(high)) for name, (low, high) in over.items()}


def unit_rows(results: Results) -> Floats:
    """Return (rows, fields) the sample in the unit cube, drawn again."""
    sample: Any = results.scenario["sample"]
    seed = int(results.manifest["seed"])
    return unit_sample(method_of(results), int(sample.get("n", 64)), len(ranges_of(results)), seed)


def block_of(results: Results) -> int:
    """Return how many rows of the sample hang together: a walk, a pair of samples, or one."""
    n = len(ranges_of(results))
    return {"morris": n + 1, "saltelli": n + 2}.get(method_of(results), 1)


def names_of_rows(results: Results) -> list[str]:
    """Return (rows,) the name of the point at each row of the sample; empty where none has run."""
    over = ranges_of(results)
    runs, fields = results.runs, list(over)
    whole = {name: pd.api.types.is_integer_dtype(runs[name]) for name in fields}
    told = runs.drop_duplicates("point").set_index("point")[fields].astype(float)
    at = {tuple(row): str(name) for name, row in zip(told.index, told.to_numpy(), strict=True)}
    points = values_in(unit_rows(results), over, whole)
    return [at.get(tuple(float(point[name]) for name in fields), "") for point in points]


def levels_at(results: Results, values: pd.Series, arm: str) -> pd.Series:
    """Return the numbers of one arm by point and replication, channels as set.

    values : one number per run, as `paired.values_of` gives them
    """
    index = values.index
    mine = (index.get_level_values("arm") == arm) & (index.get_level_values("channels") == AS_SET)
    return values[mine].dropna().droplevel(["arm", "channels"])


def effect_at(results: Results, values: pd.Series, arm: str, reference: str) -> pd.Series:
    """Return what an arm changes, by point and replication: same draws, and runs of both."""
    both = [levels_at(results, values, name) for name in (arm, reference)]
    difference = both[0].sub(both[1]).dropna()
    size = max((float(part.abs().max()) for part in both if len(part)), default=0.0)
    return difference.mask(difference.abs() <= paired.ROUNDING * size, 0.0)


def other_arm(results: Results, arm: str, reference: str | None = None) -> tuple[str, str]:
    """Return the arm whose effect is asked for and the reference arm; refuse what gives none."""
    reference = paired.known_arm(results, reference)
    others = [name for name in paired.arms_of(results) if name != reference]
    if not others:
        raise ResultsError(
            f"{results.folder}: has one arm, {reference!r}, so no arm has an effect; add arms"
        )
    arm = paired.known_arm(results, arm)
    if arm == reference:
        raise ResultsError(
            f"the effect of {arm!r} on itself is nothing; others are {', '.join(others)}"
        )
    return arm, reference


def mean_effects(
    results: Results,
    metrics: Sequence[str] | None = None,
    reference: str | None = None,
    window: Window | None = None,
) -> pd.DataFrame:
    """Return each arm's effect over the sample, one row per arm and metric; none without one.

    difference, low, high : mean over the points and its 95 % t interval over blocks, n of them
    higher : share of points at which the metric is higher than in the reference arm
    least, most : 5th and 95th percentile of the effect over points
    noise : share of the variance over points that is luck (`noise_share`)
    """
    rows: list[dict[str, object]] = []
    reference = paired.known_arm(results, reference)
    others = [arm for arm in paired.arms_of(results) if arm not in (reference, PLACEBO)]
    if not is_sampled(results) or not others:
        return pd.DataFrame(rows)
    names = names_of_rows(results)
    for metric in metrics or [*results.headline, *paired.built_metrics(results)]:
        values = paired.values_of(results, metric, window)
        base = levels_at(results, values, reference)
        what = {"label": paired.label_of(results, metric), "unit": paired.unit_of(results, metric)}
        for arm in others:
            effect = effect_at(results, values, arm, reference)
            note = paired.comparable(results, metric, None, arm, reference)
            if note == "own burn-in":
                effect = effect.iloc[:0]
            row = {"arm": arm, "metric": metric, **what, **_over_points(effect, names)}
            kept = [part[part.index.isin(effect.index)] for part in
                    (levels_at(results, values, arm), base)]  # fmt: skip
            blocks = [_by_block(part, names, block_of(results)) for part in kept]
            found = asdict(paired.contrast(*blocks))
            rows.append(row | found | {"noise": noise_share(effect), "note": note})
    return pd.DataFrame(rows)


def noise_share(values: pd.Series) -> float:
    """Return the share of the variance over points, of means over replications, that is luck.

    What all points share in a replication is no luck between points, so it is taken out: residual
    variance of points and replications added up, over replications. NaN with fewer than two.
    """
    table = values.unstack("replication").dropna().to_numpy(dtype=float)
    if min(table.shape) < 2:
        return float("nan")
    means = table.mean(axis=1)
    total = float(means.var(ddof=1))
    rest = table - means[:, None] - table.mean(axis=0) + table.mean()
    luck = float((rest**2).sum()) / ((table.shape[0] - 1) * (table.shape[1] - 1) * table.shape[1])
    is_still = total <= (paired.ROUNDING * float(np.abs(means).max())) ** 2
    return 0.0 if is_still else min(1.0, luck / total)


def _over_points(effect: pd.Series, names: Sequence[str]) -> dict[str, float]:
    means = effect.groupby(level="point").mean().reindex(list(names)).dropna().to_numpy(dtype=float)
    if not len(means):
        return {"points": 0, "higher": np.nan, "lower": np.nan, "least": np.nan, "most": np.nan}
    least, most = np.quantile(means, [0.05, 0.95])
    ends = {"least": float(least), "most": float(most)}
    signs = {"higher": float((means > 0).mean()), "lower": float((means < 0).mean())}
    return {"points": len(means), **signs, **ends}


def _by_block(values: pd.Series, names: Sequence[str], block: int) -> pd.Series:
    """Return the mean over the points of each block, of blocks with any point."""
    at_rows = values.groupby(level="point").mean().reindex(list(names)).to_numpy(dtype=float)
    means = pd.Series(at_rows).groupby(np.arange(len(at_rows)) // block).mean()
    return means.dropna()
