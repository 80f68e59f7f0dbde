"""Factorial experiments: what each factor does on average, how factors interact, what was primary.

Responsible for effects over arms that are all combinations of levels of some factors, each from the
same replications, and for contrasts that were named before running, corrected for their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from analysis import expected, paired
from analysis.results import Results, Window, cell

CROSS = " / "  # between the levels in the name of an arm, as `sim` writes it
METRICS = ("cohort_default_rate", "attributed_defaults", "saver_losses", "financing_gap")


def factors_of(results: Results, reference: str | None = None) -> dict[str, list[str]]:
    """Return the levels of each factor, that of the reference arm first; empty without factors.

    reference : an arm to start from instead of the file's reference arm
    """
    said: dict[str, list[str]] = results.manifest.get("factors") or {}
    reference = reference or results.reference_arm
    if not said or not reference:
        return {}
    start = dict(zip(said, reference.split(CROSS), strict=True))
    return {
        name: [start[name], *(level for level in levels if level != start[name])]
        for name, levels in said.items()
    }


def shown_metrics(results: Results, metrics: Sequence[str] | None = None) -> list[str]:
    """Return the metrics of the tables: those asked for, else those of the list that are there."""
    built = paired.built_metrics(results)
    return list(metrics) if metrics else [m for m in METRICS if m in {*results.metrics, *built}]


def factorial_effects(
    results: Results,
    metrics: Sequence[str] | None = None,
    window: Window | None = None,
    reference: str | None = None,
) -> pd.DataFrame:
    """Return main effects of levels and interactions of pairs of levels, by metric.

    A main effect is the difference from the level of the reference arm, averaged over all
    combinations of the other factors; an interaction is how much two levels together differ from
    the sum of what each does alone, averaged over the rest. Each is one number a replication, over
    which intervals are taken (`analysis.paired.contrast`); replications that lack an arm are left
    out. K exists in few arms and is none of them; defaults attributed to contagion are.
    Columns: metric, kind, factor, level, other_factor, other_level, and those of `Contrast`.
    """
    factors = factors_of(results, reference)
    rows: list[dict[str, object]] = []
    if not factors:
        return pd.DataFrame(rows)
    for metric in shown_metrics(results, metrics):
        cube = _cube(results, metric, factors, window)
        if cube.empty:  # no replication has all arms yet
            continue
        name = {"metric": metric, "label": paired.label_of(results, metric)}
        name |= {"unit": paired.unit_of(results, metric)}
        for factor, levels in factors.items():
            start = cube.groupby([factor, "replication"])["value"].mean()
            for level in levels[1:]:
                found = paired.contrast(start.loc[level], start.loc[levels[0]])
                what = {"kind": "main", "factor": factor, "level": level}
                rows.append(name | what | {"other_factor": "", "other_level": ""} | asdict(found))
        for factor, other in combinations(factors, 2):
            mean = cube.groupby([factor, other, "replication"])["value"].mean()
            a, b = factors[factor][0], factors[other][0]
            for level in factors[factor][1:]:
                for beside in factors[other][1:]:
                    found = paired.contrast(
                        mean.loc[level, beside] - mean.loc[a, beside],
                        mean.loc[level, b] - mean.loc[a, b],
                    )
                    what = {"kind": "interaction", "factor": factor, "level": level}
                    what |= {"other_factor": other, "other_level": beside}
                    rows.append(name | what | asdict(found))
    return pd.DataFrame(rows)


def primary_contrasts(results: Results, window: Window | None = None) -> pd.DataFrame:
    """Return the contrasts named before running, with p values corrected by Holm.

    Columns: arm, against, metric, expected sign, those of `Contrast`, p_holm and a verdict; the
    verdict is by the corrected p value, so that one wrong answer among all is as rare as 5 %.
    Source: Holm (1979).
    """
    rows = []
    for wish in results.manifest.get("primary") or []:
        values = paired.values_of(results, wish["metric"], window)
        first, second = (cell(values, "", wish[name]) for name in ("arm", "against"))
        found = asdict(paired.contrast(first, second))
        unit = paired.unit_of(results, wish["metric"])
        rows.append(
            {**wish, "label": paired.label_of(results, wish["metric"]), "unit": unit, **found}
        )
    frame = pd.DataFrame(rows)
    if len(frame):
        frame["p_holm"] = holm(frame["p_value"].to_numpy(dtype=float))
        frame["verdict"] = [_verdict(row) for row in frame.to_dict("records")]
    return frame


def holm(p_values: np.ndarray) -> np.ndarray:
    """Correct p values for their number, (m,); those missing stay missing and do not count."""
    corrected = np.full(len(p_values), np.nan)
    known = np.flatnonzero(np.isfinite(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    steps = p_values[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return corrected


def _verdict(row: dict[Any, Any]) -> str:
    if not np.isfinite(row["p_holm"]):
        return "too few replications"
    if row["p_holm"] > 0.05:
        return expected.verdict(row, {"low": min(row["low"], 0.0), "high": max(row["high"], 0.0)})
    return expected.verdict(row, {"low": row["difference"], "high": row["difference"]})


def _cube(
    results: Results, metric: str, factors: dict[str, list[str]], window: Window | None
) -> pd.DataFrame:
    """Return one row per arm and replication, with its levels; whole replications only."""
    values = paired.values_of(results, metric, window)
    parts = []
    for arm in results.manifest["arms"]:
        levels = arm.split(CROSS)
        part = cell(values, "", arm).rename("value").rename_axis("replication").reset_index()
        parts.append(part.assign(**dict(zip(factors, levels, strict=True))))
    cube = pd.concat(parts, ignore_index=True).dropna(subset=["value"])
    n_arms = len(results.manifest["arms"])
    whole = cube.groupby("replication")["value"].transform("size") == n_arms
    return cube[whole]
