"""What a scenario expected before it was run, beside what was found.

Responsible for verdicts on expectations and for the months they count; the differences come from
`analysis.paired`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import paired, sampled, tails
from analysis.results import Results, Window

AS_EXPECTED, NONE_TOLD = "as expected", "no difference told, as expected"
NOT_COMPARABLE = "own burn-in: not comparable"  # on the cohort, however many replications


def expected_and_found(
    results: Results, reference: str | None = None, window: Window | None = None
) -> pd.DataFrame:
    """Return the file's expectations beside what was found, one row each and per point.

    Of points that are a sample, one row for all of them (`analysis.sampled.mean_effects`).

    window : the months that count; of an expectation with a month `from` no earlier ones
    """
    reference = paired.known_arm(results, reference)
    first, last = results.window(*(window or (None, None)))
    rows = []
    for wish in results.manifest.get("expects", []):
        begin = max(first, wish.get("from") or 1)
        wish = {**wish, "months": f"{begin}-{last}" if begin <= last else "none"}
        built = wish["metric"] in (paired.COHORT, paired.CONTAGIOUS, *tails.MEASURES)
        if not built and wish["metric"] not in results.metrics:
            rows.append({**wish, "verdict": "no such metric"})
            continue
        if built and wish["metric"] not in paired.built_metrics(results):
            needs = "events" if wish["metric"] in tails.MEASURES else "twins with all channels off"
            rows.append({**wish, "verdict": f"needs {needs}"})
            continue
        if begin > last:
            rows.append({**wish, "verdict": f"begins in month {begin}"})
            continue
        found = _effects(results, wish["metric"], reference, (begin, last))
        for row in found[found["arm"] == wish["arm"]].to_dict("records"):
            names = ("point", "difference", "low", "high", "detectable", "unit", "n")
            told = NOT_COMPARABLE if row["note"] == "own burn-in" else verdict(wish, row)
            rows.append({**wish, **{k: row[k] for k in names}, "verdict": told})
    return pd.DataFrame(rows)


def _effects(results: Results, metric: str, reference: str, window: Window) -> pd.DataFrame:
    """Return the effects by point; of points that are a sample, on average over all of them."""
    if sampled.is_sampled(results):
        return sampled.mean_effects(results, [metric], reference, window).assign(point="")
    return paired.effects(results, [metric], reference, window)


def verdict(wish: dict[str, str], row: dict[str, float]) -> str:
    """Say whether a difference is as expected, the opposite, or not to be told from zero.

    Where none was expected, only runs that do not differ at all are as expected; an interval that
    holds zero tells no more than that a difference is hardly larger than `detectable`.
    """
    low, high = row["low"], row["high"]
    if not np.isfinite([low, high]).all():
        return "too few replications"
    sign = wish["sign"]
    if sign == "none" and low <= 0 <= high:
        return AS_EXPECTED if low == high else NONE_TOLD
    if low <= 0 <= high:
        return "not told from zero"
    found = "lower" if high < 0 else "higher"
    return AS_EXPECTED if sign == found else f"unexpected: {found}"
