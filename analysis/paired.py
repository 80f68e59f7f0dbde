"""Effects from runs with common draws: differences, intervals, what pairing gained.

Every contrast compares the same replications of two sets of runs. Responsible for the
statistics of contrasts and of contagion; not for printing them (`analysis.commands`).

Definitions. K = defaults of the closed cohort with the channels as set, less those of its twin
with all channels off, per 100 potential firm-years. Contagious share CS = K / defaults, as a
ratio of means over replications. A policy's effect on contagion = K(policy) - K(reference).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from analysis import tails
from analysis.results import (
    ALL_OFF,
    AS_SET,
    CELL,
    OTHER_BORROWERS,
    PLACEBO,
    Results,
    Window,
    cell,
    unknown,
)

TRANSITION = 24  # months after the change of policy that are reported apart
MONTHS_PER_100_YEARS = 1200
ROUNDING = 1e-12  # of the numbers compared; what differs by less is equal
CONTAGIOUS, COHORT = "contagious_defaults", "cohort_default_rate"


@dataclass(frozen=True)
class Contrast:
    """A paired difference: mean, 95 % t interval and how it compares with unpaired runs.

    variance_ratio : var(difference) / (var(first) + var(second)) - below 1 pairing helps
    detectable : smallest true effect found with 80 % power at the 5 % level
    """

    n: int
    first: float
    second: float
    difference: float
    low: float
    high: float
    sd: float
    p_value: float
    variance_ratio: float
    detectable: float


def contrast(first: pd.Series, second: pd.Series) -> Contrast:
    """Compare two series of numbers by replication, on the replications both have.

    Source: paired t test; minimum detectable effect (t_0.975 + t_0.80) sd / sqrt(n).
    """
    if not first.index.equals(second.index):
        first, second = first.align(second, join="inner")
    both = np.column_stack([first.to_numpy(dtype=float), second.to_numpy(dtype=float)])
    both = both[~np.isnan(both).any(axis=1)]
    n = len(both)
    if n == 0:
        return Contrast(0, *[np.nan] * 9)
    difference = both[:, 0] - both[:, 1]
    rounding = ROUNDING * float(np.abs(both).max())
    difference[np.abs(difference) <= rounding] = 0.0
    mean = float(difference.mean())
    mean = mean if abs(mean) > rounding else 0.0
    means = (float(both[:, 0].mean()), float(both[:, 1].mean()))
    if n == 1:
        return Contrast(1, *means, mean, *[np.nan] * 6)
    sd = float(difference.std(ddof=1))
    sd = sd if sd > rounding else 0.0
    error = sd / np.sqrt(n)
    half = float(stdtrit(n - 1, 0.975)) * error
    p_value = float(2 * stdtr(n - 1, -abs(mean) / error)) if error > 0 else float(mean == 0)
    unpaired = float(both.var(axis=0, ddof=1).sum())
    return Contrast(
        n, *means, mean, mean - half, mean + half, sd, p_value,
        sd**2 / unpaired if unpaired > 0 else np.nan,
        float(stdtrit(n - 1, 0.975) + stdtrit(n - 1, 0.80)) * error,
    )  # fmt: skip


def effects(
    results: Results,
    metrics: Sequence[str] | None = None,
    reference: str | None = None,
    window: Window | None = None,
) -> pd.DataFrame:
    """Return each arm against the reference arm, by point and metric.

    The placebo arm is among the arms: its `sd` is the chaos floor, repeated in every row as
    `placebo_sd`.
    """
    reference = known_arm(results, reference)
    rows = []
    apart = _with_own_burn_in(results, reference)
    for metric in metrics or [*results.headline, *built_metrics(results)]:
        values = values_of(results, metric, window)
        for point in points_of(results):
            base = cell(values, point, reference)
            floor = contrast(cell(values, point, PLACEBO), base).sd
            for arm in arms_of(results):
                if arm != reference:
                    found = _hindrance(metric, (point, arm) in apart)
                    first = cell(values, point, arm) if found != "own burn-in" else base.iloc[:0]
                    row = {"point": point, "arm": arm, "metric": metric}
                    row |= {"label": label_of(results, metric), "unit": unit_of(results, metric)}
                    rows.append(
                        row | asdict(contrast(first, base)) | {"placebo_sd": floor, "note": found}
                    )
    return pd.DataFrame(rows)


def effects_by_span(
    results: Results, metrics: Sequence[str] | None, reference: str, window: Window
) -> pd.DataFrame:
    """Return `effects` of a window, and of all policy months also those of the spans apart.

    Only what is counted on the closed cohort is given by span: transition and what follows.
    """
    on_cohort = [name for name in _cohort_metrics(results) if not metrics or name in metrics]
    parts = []
    for i, (name, span) in enumerate(windows_of(results, window).items()):
        asked = on_cohort if i else metrics
        if i == 0 or on_cohort:
            parts.append(effects(results, asked, reference, span).assign(months=name))
    return pd.concat(parts, ignore_index=True)


def values_of(results: Results, metric: str, window: Window | None = None) -> pd.Series:
    """Return one number per run of a metric, or of one of those built after the run."""
    if metric in tails.MEASURES:
        return tails.by_run(results, metric, window)
    if metric == COHORT:
        return cohort_rate(results, window)
    if metric == CONTAGIOUS:
        return contagious_defaults(results, window)
    return results.per_run(metric, window)


def unit_of(results: Results, metric: str) -> str:
    """Return the unit of a metric, also of those built after the run."""
    if metric in tails.MEASURES:
        return tails.MEASURES[metric][0]
    built = metric in (COHORT, CONTAGIOUS)
    return "per 100 firm-years" if built else results.unit(metric)


def label_of(results: Results, metric: str) -> str:
    """Return the label of a metric, also of those built after the run."""
    names = {COHORT: "defaults of the closed cohort", CONTAGIOUS: "contagious defaults K"}
    names |= {name: label for name, (_, label) in tails.MEASURES.items()}
    return names.get(metric, results.label(metric))


def _cohort_metrics(results: Results) -> list[str]:
    built = [COHORT] if "cohort_defaults" in results.metrics and has_cohort(results) else []
    return [*built, *([CONTAGIOUS] if built and has_twins(results) else [])]


def built_metrics(results: Results) -> list[str]:
    """Return the metrics built after the run that these results can give."""
    sizes = list(tails.MEASURES) if tails.has_events(results) else []
    return [*_cohort_metrics(results), *sizes]


def has_cohort(results: Results) -> bool:
    """Tell whether the size of the closed cohort is known."""
    return "cohort" in results.tables or "cohort_firms" in results.metrics


def has_twins(results: Results) -> bool:
    """Tell whether there are runs with all channels off."""
    return bool((results.runs["channels"] == ALL_OFF).any())


def arms_of(results: Results) -> list[str]:
    """Return the arms in the order of the file, the placebo last."""
    return list(results.runs["arm"].drop_duplicates())


def points_of(results: Results) -> list[str]:
    """Return the points in the order of the file."""
    return list(results.runs["point"].drop_duplicates())


def known_arm(results: Results, arm: str | None) -> str:
    """Return the arm to compare with, refusing a name that is not there."""
    arm = results.reference_arm if arm is None else arm
    if arm not in arms_of(results):
        raise unknown("arm", arm, arms_of(results))
    return arm


def known_metric(results: Results, metric: str) -> str:
    """Return a metric that can be compared, refusing a name that is not there."""
    known = [*results.metrics, COHORT, CONTAGIOUS, *tails.MEASURES]
    if metric not in known:
        raise unknown("metric", metric, known)
    return metric


def comparable(results: Results, metric: str, point: str | None, arm: str, reference: str) -> str:
    """Say what keeps two arms from being compared on a metric, empty if nothing does.

    point : the one to look at; None looks at all
    """
    apart = {(p, a) for p, a in _with_own_burn_in(results, reference) if a == arm}
    return _hindrance(metric, bool(apart) if point is None else (point, arm) in apart)


def _hindrance(metric: str, is_apart: bool) -> str:
    on_cohort = metric in (COHORT, CONTAGIOUS) or metric.startswith("cohort_")
    if on_cohort and is_apart:
        return "own burn-in"
    return "other borrowers" if metric.startswith(OTHER_BORROWERS) else ""


def _with_own_burn_in(results: Results, reference: str) -> set[tuple[str, str]]:
    """Return the (point, arm) whose firms are others than those of the reference arm there."""
    # Older results only tell that a burn-in was not the common one, not whether two were the same.
    told = "burn_in" if "burn_in" in results.runs else "own_burn_in"
    own = results.runs.groupby(["point", "arm"])[told].first().unstack("arm")
    differ = own.notna().mul(own[reference].notna(), axis=0) & own.ne(own[reference], axis=0)
    return set(differ.stack()[lambda is_apart: is_apart].index)


def contrasts_nothing(results: Results, point: str, arm: str, reference: str) -> bool:
    """Tell whether two arms have burn-ins of their own, so that their cohorts differ."""
    return comparable(results, COHORT, point, arm, reference) != ""


def firm_months(results: Results, window: Window | None = None) -> pd.Series:
    """Return the potential firm-months of the closed cohort in a window, one number per run."""
    if "cohort_firms" in results.metrics:
        return results.per_run("cohort_firms", window, how="sum")
    sizes = results.with_labels(results.cohort)
    whole = sizes.set_index([*CELL, "replication"])["firm_months"].sort_index()
    first, last = results.window(*(window or (None, None)))
    return whole * (last - first + 1) / results.months  # the cohort grows little: by months


def cohort_rate(results: Results, window: Window | None = None) -> pd.Series:
    """Return defaults of the closed cohort per 100 potential firm-years, one per run."""
    defaults = results.per_run("cohort_defaults", window, how="sum")
    return defaults / firm_months(results, window) * MONTHS_PER_100_YEARS


def contagious_defaults(results: Results, window: Window | None = None) -> pd.Series:
    """Return K per replication of every arm that has a twin with all channels off."""
    rate = cohort_rate(results, window)
    on = rate.xs(AS_SET, level="channels")
    off = rate[rate.index.get_level_values("channels") == ALL_OFF].droplevel("channels")
    k = (on - off).dropna().rename("k").reset_index().assign(channels=AS_SET)
    return k.set_index([*CELL, "replication"])["k"].sort_index()


def contagion(results: Results, window: Window | None = None) -> pd.DataFrame:
    """Return what each set of channels adds to defaults: as set less its twin, by arm.

    `share` is the ratio of means (CS for the twin with all channels off), `attributed_share`
    the sum of contagious weights over defaults in the same runs.
    """
    rate = cohort_rate(results, window)
    attributed = None
    if "attributed_defaults" in results.metrics:
        total = results.per_run("attributed_defaults", window, how="sum")
        attributed = total / firm_months(results, window) * MONTHS_PER_100_YEARS
    twins = results.runs.drop_duplicates(CELL)
    rows = []
    for _, twin in twins[twins["channels"] != AS_SET].iterrows():
        on = cell(rate, twin["point"], twin["arm"])
        off = cell(rate, twin["point"], twin["arm"], twin["channels"])
        found = contrast(on, off)
        share, low, high = ratio_of_means(on - off, on)
        row = {name: twin[name] for name in CELL} | asdict(found)
        row |= {"share": share, "share_low": low, "share_high": high}
        if attributed is not None and twin["channels"] == ALL_OFF:
            weights = cell(attributed, twin["point"], twin["arm"])
            row["attributed_share"] = ratio_of_means(weights, on)[0]
            row["attributed_bias"] = row["attributed_share"] - share
        rows.append(row)
    return pd.DataFrame(rows)


def effects_on_contagion(
    results: Results, reference: str | None = None, window: Window | None = None
) -> pd.DataFrame:
    """Return K(arm) - K(reference) for every arm with twins: a difference in differences."""
    return effects(results, [CONTAGIOUS], reference, window).dropna(subset=["difference"])


def windows_of(results: Results, window: Window | None = None) -> dict[str, Window]:
    """Return the spans reported apart: of all policy months also transition and what follows.

    window : another one is one span
    """
    whole = results.window(*(window or (None, None)))
    spans = [whole]
    if whole == (1, results.months) and results.months > TRANSITION:
        spans += [(1, TRANSITION), (TRANSITION + 1, results.months)]
    return {f"{first}-{last}": (first, last) for first, last in spans}


def ratio_of_means(above: pd.Series, below: pd.Series) -> tuple[float, float, float]:
    """Return mean(above) / mean(below) over replications with a 95 % t interval.

    Delta method: the ratio times the mean of `below` errs as the mean of above - ratio x below.
    Percentiles of a bootstrap would hold the truth too seldom with few replications.
    """
    both = pd.concat([above, below], axis=1, join="inner").dropna().to_numpy(dtype=float)
    n = len(both)
    if n == 0 or both[:, 1].mean() == 0:
        return np.nan, np.nan, np.nan
    ratio = float(both[:, 0].mean() / both[:, 1].mean())
    if n == 1:
        return ratio, np.nan, np.nan
    rest = both[:, 0] - ratio * both[:, 1]
    error = float(rest.std(ddof=1)) / np.sqrt(n) / abs(float(both[:, 1].mean()))
    half = float(stdtrit(n - 1, 0.975)) * error
    return ratio, ratio - half, ratio + half
