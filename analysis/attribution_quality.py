"""How good is attribution within a run? Shares on record against shares by runs with channels off.

The memory of impairments gives each default a contagious weight, shared over channels, in one run.
Runs with channels covered are its judge: the share that a channel really has is what disappears
when it alone is covered. Both are shares of all defaults of the closed cohort; the bias is their
difference. Channels that stand in for each other lose less alone than they carry together, so
shares need not add up. Responsible for the comparison; the numbers come from `analysis.paired` and
`analysis.reproduction`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis import paired, reproduction
from analysis.results import ALL_OFF, AS_SET, PLACEBO, cell

if TYPE_CHECKING:
    from analysis.results import Results, Window

ATTRIBUTED, EVERY = "attributed_", "all channels"
OFF = " off"


def has_quality(results: Results) -> bool:
    """Tell whether there are weights on record and twins to judge them by."""
    has_twins = bool((results.runs["channels"] != AS_SET).any())
    return has_twins and f"{ATTRIBUTED}defaults" in results.metrics and paired.has_cohort(results)


def by_channel(results: Results, window: Window | None = None) -> pd.DataFrame:
    """Return both shares of defaults by arm, point and channel, with 95 % t intervals.

    attributed, counterfactual : sums of weights, and defaults that vanish with the channel
        covered, over all defaults; ratios of means over the replications that have both runs
    bias : attributed less counterfactual
    alone for every channel that has a twin of its own, and for all of them together
    """
    rate = paired.cohort_rate(results, window)
    months = paired.firm_months(results, window)
    rows = []
    for point, arm, label in _twins(results):
        name = EVERY if label == ALL_OFF else label.removesuffix(OFF)
        metric = f"{ATTRIBUTED}{'defaults' if label == ALL_OFF else name}"
        if metric not in results.metrics:
            continue
        weights = results.per_run(metric, window, how="sum") / months * 1200
        on, off = cell(rate, point, arm), cell(rate, point, arm, label)
        both = on.index.intersection(off.index)
        found = {
            "attributed": paired.ratio_of_means(cell(weights, point, arm).reindex(both), on[both]),
            "counterfactual": paired.ratio_of_means(on[both] - off[both], on[both]),
        }
        row: dict[str, Any] = {"arm": arm, "point": point, "channel": name, "n": len(both)}
        for key, (share, low, high) in found.items():
            row |= {key: share, f"{key}_low": low, f"{key}_high": high}
        rows.append(row | {"bias": found["attributed"][0] - found["counterfactual"][0]})
    return pd.DataFrame(rows)


def by_reproduction(results: Results) -> pd.DataFrame:
    """Return the causal reproduction number beside that on record, with the channels as set."""
    if not reproduction.has_liquidations(results):
        return pd.DataFrame()
    found = reproduction.reproduction(results)
    return found[found["channels"] == AS_SET].reset_index(drop=True)


def agreement(first: pd.Series, second: pd.Series) -> float:
    """Return Spearman's correlation of two rankings of the same parties; NaN for fewer than 3."""
    both = pd.concat([first, second], axis=1, join="inner").dropna()
    if len(both) < 3 or both.nunique().min() < 2:
        return float("nan")
    return float(np.corrcoef(both.rank().to_numpy().T)[0, 1])


def _twins(results: Results) -> list[tuple[str, str, str]]:
    runs = results.runs[(results.runs["channels"] != AS_SET) & (results.runs["arm"] != PLACEBO)]
    cells = runs[["point", "arm", "channels"]].drop_duplicates()
    single = ~cells["channels"].str.contains(" + ", regex=False)
    return list(cells[single].itertuples(index=False, name=None))
