"""What a policy does to contagion, and what covering a channel costs.

A policy that adds fundamental defaults lowers the contagious share without lowering contagion, so
the effect on K is told as a difference in differences, beside the effect on fundamental defaults
and both shares. Responsible for these two tables; what channels add in one arm is worked out in
`analysis.paired`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis import paired
from analysis.results import ALL_OFF, AS_SET, CELL, PLACEBO, cell

if TYPE_CHECKING:
    from analysis.results import Results, Window

COVER = "cover_"
_PARTS = {"k": "difference", "fundamental": "second", "share": "share"}


def policy_effects(
    results: Results, reference: str | None = None, window: Window | None = None
) -> pd.DataFrame:
    """Return K(P) - K(B) and the change of fundamental defaults, for every arm with twins.

    Four runs per replication: policy and reference, each with channels as set and all off. Per
    100 potential firm-years of the closed cohort; columns `k_change`, `k_low`, `k_high` and the
    same with `fundamental`, beside K, fundamental defaults and contagious share of both arms.
    """
    reference = paired.known_arm(results, reference)
    if not paired.has_twins(results) or not paired.has_cohort(results):
        return pd.DataFrame()
    rate = paired.cohort_rate(results, window)
    within = paired.contagion(results, window)
    within = within[within["channels"] == ALL_OFF].set_index(["point", "arm"])
    rows = []
    for point, arm in within.index:
        if arm in (reference, PLACEBO) or (point, reference) not in within.index:
            continue
        if paired.contrasts_nothing(results, str(point), str(arm), reference):
            continue
        on = {name: cell(rate, str(point), name) for name in (arm, reference)}
        off = {name: cell(rate, str(point), name, ALL_OFF) for name in (arm, reference)}
        k = paired.contrast(on[arm] - off[arm], on[reference] - off[reference])
        base = paired.contrast(off[arm], off[reference])
        row = {"arm": arm, "point": point, "n": k.n}
        row |= {"k_change": k.difference, "k_low": k.low, "k_high": k.high}
        row |= {"k_variance_ratio": k.variance_ratio, "k_detectable": k.detectable}
        row |= {"fundamental_change": base.difference}
        row |= {"fundamental_low": base.low, "fundamental_high": base.high}
        for name, column in _PARTS.items():
            row[name] = within.at[(point, arm), column]
            row[f"{name}_reference"] = within.at[(point, reference), column]
        rows.append(row)
    return pd.DataFrame(rows)


def cover_costs(results: Results, window: Window | None = None) -> pd.DataFrame:
    """Return what `outside` paid to cover each channel, in yuan over the months of a window.

    One row per arm, point and channel with any cover: mean over replications with the channel off
    `alone` and with `all` off, premiums and what came back taken off. Negative where these exceed
    what was paid. A channel that is covered without payment (`confidence`) has no row.
    """
    names = [name for name in results.metrics if name.startswith(COVER)]
    twins = results.runs[results.runs["channels"] != AS_SET].drop_duplicates(CELL)
    rows = []
    for metric in names:
        channel = metric.removeprefix(COVER)
        paid = results.per_run(metric, window, how="sum")
        for point, arm in twins[["point", "arm"]].drop_duplicates().itertuples(index=False):
            alone = cell(paid, str(point), str(arm), f"{channel} off").mean()
            every = cell(paid, str(point), str(arm), ALL_OFF).mean()
            if pd.notna(alone) or pd.notna(every):
                rows.append(
                    {"arm": arm, "point": point, "channel": channel, "alone": alone, "all": every}
                )
    return pd.DataFrame(rows)
