"""An incident month by month: what an arm shows beside its paired baseline, and what is left of it.

Left the two levels, right their difference with the same draws, against what a placebo shows: one
firm with 1 % more cash. Shown is the arm with the most incidents; Python can ask for another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.figures import _style as style
from analysis.recovery import differences, first_incident, placebo_floor, recovery
from analysis.results import AS_SET, PLACEBO
from analysis.tables import brief

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

# What is blocked, what is lent, who is late and who takes money off, as far as results have it.
METRICS = ("uncollectable", "new_loans_platform", "withdrawn_money", "par30")
BEFORE, AFTER = 6, 18  # months shown around the first incident
ARM, BASE, FLOOR = "#D55E00", "#0072B2", "#E3E3E3"


def data(results: Results, arm: str | None = None) -> pd.DataFrame:
    """Return levels of arm and baseline, their difference and the floor by metric and month."""
    arm = _struck(results) if arm is None else arm
    since = first_incident(results, arm)
    shown = [name for name in METRICS if name in results.metrics]
    style.need(bool(shown), "these results have none of the metrics shown")
    parts = []
    for metric in shown:
        gap = differences(results, metric, arm, _point(results))
        rows = style.as_set(results.macro)
        rows = rows[rows["point"] == _point(results)]
        level = rows.pivot_table(index="month", columns="arm", values=metric, dropna=False)
        low, high = gap.quantile(0.1, axis=1), gap.quantile(0.9, axis=1)
        columns = {"arm": level[arm], "baseline": level[results.reference_arm],
                   "difference": gap.mean(axis=1), "low": low, "high": high}  # fmt: skip
        part = pd.DataFrame(columns).rename_axis("month").reset_index()
        part = part[part["month"].between(since - BEFORE, since + AFTER)]
        floor = placebo_floor(results, metric, since, _point(results))
        parts.append(part.assign(metric=metric, floor=floor, since=since, of=arm))
    return pd.concat(parts, ignore_index=True)


def _point(results: Results) -> str:
    return str(results.runs["point"].iloc[0])


def _struck(results: Results) -> str:
    """Name the arm with the most incidents on record."""
    style.need("events" in results.tables, "no event is on record")
    events = results.with_labels(results.events)
    mine = events[(events["event"] == "incident") & (events["channels"] == AS_SET)]
    mine = mine[~mine["arm"].isin([results.reference_arm, PLACEBO])]
    style.need(len(mine) > 0, "nobody was attacked but in the arm that others are compared with")
    counts = mine["arm"].value_counts()
    order = [arm for arm in results.runs["arm"].drop_duplicates() if arm in counts.index]
    return str(max(order, key=lambda arm: (counts[arm], -order.index(arm))))


def draw(results: Results, arm: str | None = None) -> Figure:
    """Draw levels and differences of each metric, and say when each is back."""
    found = data(results, arm)
    name, since = str(found["of"].iloc[0]), int(found["since"].iloc[0])
    metrics = list(found["metric"].drop_duplicates())
    note = (
        f"Mean over {style.replications(results)}; 'baseline' is the arm "
        f"'{results.reference_arm}' with the same draws; vertical: month of the first incident. "
        "Right: their difference, shaded where 80 % of replications lie; grey, too thin to see "
        "where the placebo moves little: 95 % of months of the placebo arm, one firm with 1 % more "
        "cash. Back: within the grey for three months in a row; told from zero: until the mean is "
        "within its 95 % interval of zero for three months."
    )
    figure = style.new_figure(9.5, 2.1 * len(metrics) + 1.4, _message(results, name, since), note)
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
              label="baseline", zorder=3)  # fmt: skip
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
    within = "near 0" if floor < 0.005 * largest else f"\u00b1{brief(factor * floor)}"
    within = f"; placebo {within}" if np.isfinite(floor) else ""
    axes.set_title(f"difference: {back}{within}", loc="left", fontsize=style.TEXT)


def _back(results: Results, metric: str, part: pd.DataFrame) -> str:
    """Say in words when a metric is back."""
    found = recovery(
        results, metric, str(part["of"].iloc[0]), int(part["since"].iloc[0]), _point(results)
    )
    if np.isnan(found.floor):
        return "no placebo to judge it by"
    if not np.isnan(found.months):
        return f"back after {_months(found.months)}" if found.months else "never beyond it"
    if np.isnan(found.told_months):
        return "not back before the end"
    if not found.told_months:
        return "never told from zero"
    return f"not back; told from zero for {_months(found.told_months)}"


def _months(number: float) -> str:
    return f"{number:.0f} month{'' if number == 1 else 's'}"


def _message(results: Results, arm: str, since: int) -> str:
    """Say how much could not be collected, beside what falls due anyway."""
    mean = differences(results, METRICS[0], arm, _point(results)).mean(axis=1)
    total = float(mean[mean.index >= since].sum()) if METRICS[0] in results.metrics else 0.0
    factor, unit = style.reading("yuan", total)
    few = style.few(int(results.runs["replication"].nunique()))
    said = f"Month {since}, '{arm}': dues of {brief(factor * total)} {unit} a run had to wait"
    return f"{said} ({few})" if few else said
