"""An incident month by month: what an arm shows beside its paired baseline, and what is left of it.

Left the two levels, right their difference with the same draws, against what a placebo shows: one
firm with 1 % more cash. Shown is the arm with the most incidents, or the one asked for, beside the
arm most like it in which fewer happen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.figures import _style as style
from analysis.recovery import (
    METRICS,
    baseline_of,
    differences,
    first_incident,
    incidents_by_arm,
    placebo_floor,
    recovery,
)
from analysis.tables import brief

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

SAID = {  # of a run, beyond the baseline
    "uncollectable": "a run of dues had to wait",
    "cash_stolen": "stolen in a run",
    "records_lost": "records stolen in a run",
}
SHOWN = 4  # metrics at most, in the order of `recovery.METRICS`
BEFORE, AFTER = 6, 18  # months shown around the first incident
ARM, BASE, FLOOR = "#D55E00", "#0072B2", "#E3E3E3"


def data(results: Results, arm: str | None = None) -> pd.DataFrame:
    """Return levels of arm and baseline, their difference and the floor by metric and month.

    Of metrics the first four that differ around the incident.
    """
    arm = _struck(results) if arm is None else arm
    baseline, since, point = (
        baseline_of(results, arm),
        first_incident(results, arm),
        _point(results),
    )
    counts = incidents_by_arm(results)
    style.need(counts[baseline] < counts[arm], f"no arm has fewer incidents than {arm!r}")
    rows = style.as_set(results.macro)
    rows = rows[rows["point"] == point]
    parts: list[pd.DataFrame] = []
    for metric in (name for name in METRICS if name in results.metrics):
        gap = differences(results, metric, arm, point, baseline)
        level = rows.pivot_table(index="month", columns="arm", values=metric, dropna=False)
        low, high = gap.quantile(0.1, axis=1), gap.quantile(0.9, axis=1)
        columns = {"arm": level[arm], "baseline": level[baseline],
                   "difference": gap.mean(axis=1), "low": low, "high": high}  # fmt: skip
        part = pd.DataFrame(columns).rename_axis("month").reset_index()
        part = part[part["month"].between(since - BEFORE, since + AFTER)]
        floor = placebo_floor(results, metric, since, point)
        if len(parts) < SHOWN and part[["low", "high", "difference"]].any(axis=None):
            parts.append(part.assign(metric=metric, floor=floor, since=since, of=arm, to=baseline))
    style.need(bool(parts), f"nothing differs between {arm!r} and {baseline!r}")
    return pd.concat(parts, ignore_index=True)


def _point(results: Results) -> str:
    return str(results.runs["point"].iloc[0])


def _struck(results: Results) -> str:
    """Name the arm with the most incidents on record."""
    counts = incidents_by_arm(results)
    style.need(any(counts.values()), "no incident is on record")
    return max(counts, key=lambda arm: counts[arm])


def draw(results: Results, arm: str | None = None) -> Figure:
    """Draw levels and differences of each metric, and say when each is back."""
    found = data(results, arm)
    since, baseline = int(found["since"].iloc[0]), str(found["to"].iloc[0])
    metrics = list(found["metric"].drop_duplicates())
    note = (
        f"Mean over {style.replications(results)}; the baseline is the arm '{baseline}' with the "
        "same draws; vertical: month of the first incident. "
        "Right: their difference, shaded where 80 % of replications lie; grey, too thin to see "
        "where the placebo moves little: 95 % of months of the placebo arm, one firm with 1 % more "
        "cash. Back: within the grey for three months in a row; told from zero: until the mean is "
        "within its 95 % interval of zero for three months."
    )
    figure = style.new_figure(9.5, 2.1 * len(metrics) + 1.4, _message(results, found), note)
    panels = figure.subplots(len(metrics), 2, squeeze=False, sharex=True)
    for row, metric in enumerate(metrics):
        part = found[found["metric"] == metric]
        _levels(panels[row, 0], results, metric, part, row == 0)
        _difference(panels[row, 1], results, metric, part)
        for axes in panels[row]:
            axes.axvline(since, color=style.INK, linewidth=0.9, linestyle=(0, (3, 2)))
            axes.set_xlim(float(part["month"].min()), float(max(part["month"].max(), since + 1)))
            style.tidy(axes)
    for axes in panels[-1]:
        axes.set_xlabel("month")
        axes.xaxis.get_major_locator().set_params(integer=True)
    return figure


def _levels(axes: Axes, results: Results, metric: str, part: pd.DataFrame, is_first: bool) -> None:
    """Draw the arm and its baseline."""
    largest = float(np.nanmax(np.abs(part[["arm", "baseline"]].to_numpy(dtype=float))))
    factor, unit = style.reading(results.unit(metric), largest)
    axes.plot(part["month"], factor * part["baseline"], color=BASE, linestyle="--", linewidth=1.6,
              label=str(part["to"].iloc[0]), zorder=3)  # fmt: skip
    axes.plot(part["month"], factor * part["arm"], color=ARM, linewidth=1.8,
              label=str(part["of"].iloc[0]))  # fmt: skip
    axes.set_title(results.label(metric), loc="left", fontsize=style.TEXT)
    axes.set_ylabel(unit)
    axes.set_ylim(bottom=0.0)
    if is_first:
        axes.legend(frameon=False, fontsize=style.SMALL, loc="best")


def _difference(axes: Axes, results: Results, metric: str, part: pd.DataFrame) -> None:
    """Draw the difference with its band over replications and the floor of the placebo."""
    columns = part[["difference", "low", "high"]].to_numpy(dtype=float)
    floor = float(part["floor"].iloc[0])
    largest = float(np.nanmax(np.abs(np.append(columns, np.nan_to_num(floor)))))
    factor, unit = style.reading(results.unit(metric), largest)
    unit = "percentage points" if unit.startswith("%") else unit
    if np.isfinite(floor):
        axes.axhspan(-factor * floor, factor * floor, color=FLOOR, linewidth=0)
    axes.axhline(0.0, color=style.GREY, linewidth=0.8)
    axes.fill_between(part["month"], factor * part["low"], factor * part["high"], color=ARM,
                      alpha=0.2, linewidth=0)  # fmt: skip
    axes.plot(part["month"], factor * part["difference"], color=ARM, linewidth=1.8)
    axes.set_ylabel(unit)
    back = _back(results, metric, part)
    is_seen = np.isfinite(floor) and floor >= 0.005 * largest
    within = f"; placebo \u00b1{brief(factor * floor)}" if is_seen else ""
    axes.set_title(f"difference: {back}{within}", loc="left", fontsize=style.TEXT)


def _back(results: Results, metric: str, part: pd.DataFrame) -> str:
    """Say in words when a metric is back."""
    found = recovery(
        results,
        metric,
        str(part["of"].iloc[0]),
        int(part["since"].iloc[0]),
        _point(results),
        str(part["to"].iloc[0]),
    )
    if np.isnan(found.floor):
        return "no placebo to judge it by"
    if not np.isnan(found.months):
        return f"back after {_months(found.months)}" if found.months else "never beyond it"
    if np.isnan(found.told_months):
        return "not back before the end"
    if not found.told_months:
        return "never told from zero"
    return f"not back, told from zero for {_months(found.told_months)}"


def _months(number: float) -> str:
    return f"{number:.0f} month{'' if number == 1 else 's'}"


def _message(results: Results, found: pd.DataFrame) -> str:
    """Say what the first metric shown comes to beyond the baseline, over the months after."""
    arm, since = str(found["of"].iloc[0]), int(found["since"].iloc[0])
    metric = str(found["metric"].iloc[0])
    gap = differences(results, metric, arm, _point(results), str(found["to"].iloc[0])).mean(axis=1)
    said = SAID.get(metric)
    few = style.few(int(results.runs["replication"].nunique()))
    end = f" ({few})" if few else ""
    if said is None:
        return f"Month {since}, '{arm}': what differs from '{found['to'].iloc[0]}'{end}"
    factor, unit = style.reading(
        results.unit(metric), total := float(gap[gap.index >= since].sum())
    )
    counted = "" if unit == "count" else f" {unit}"
    return f"Month {since}, '{arm}': {brief(factor * total)}{counted} {said}{end}"
