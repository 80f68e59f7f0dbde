"""What each arm changes: paired differences from the reference arm with 95 % intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis import paired
from analysis.figures import _style as style
from analysis.figures._forest import READING, Row, forest, largest
from analysis.results import PLACEBO

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

# Comparable between arms; the first two are counted on the closed cohort.
PANELS = (paired.COHORT, paired.CONTAGIOUS, "financing_gap", "loans_outstanding", "investor_loss",
          "platforms_alive", "closures", "output")  # fmt: skip
MOST, PER_ROW = 6, 3
NOTES = {"own burn-in": "own burn-in: not comparable"}


def panels(results: Results) -> list[str]:
    """Return the metrics shown: those of the list that these runs have."""
    have = set(results.metrics)
    if paired.has_cohort(results) and "cohort_defaults" in have:
        have |= {paired.COHORT} | ({paired.CONTAGIOUS} if _has_contrast_in_k(results) else set())
    shown = [name for name in PANELS if name in have]
    return (shown or results.headline)[:MOST]


def _has_contrast_in_k(results: Results) -> bool:
    runs = results.runs
    return runs.loc[runs["channels"] == paired.ALL_OFF, "arm"].nunique() > 1


def data(results: Results) -> pd.DataFrame:
    """Return what each arm changes of each metric shown, by point (`analysis.paired.effects`)."""
    return paired.effects(results, panels(results))


def draw(results: Results) -> Figure:
    """Draw one forest of arms for each metric, the placebo arm below as the floor of chaos."""
    others = [cell for cell in style.looks(results) if cell[0] != results.reference_arm]
    style.need(len(others) > 0, "there is only one arm, so nothing to compare")
    found = data(results)
    style.need(bool((found["n"] > 1).any()), "intervals need at least two replications")
    shown = panels(results)
    has_floor = bool(((found["arm"] == PLACEBO) & (found["n"] > 1)).any())
    floor = " Placebo: the reference with 1 % more cash in one firm, the floor of chaos."
    note = READING + (floor if has_floor else "") + f" {style.replications(results).capitalize()}."
    note += style.left_out(results)
    per_row = style.columns_for(len(shown), PER_ROW)
    n_rows = len(rows_of(found[found["metric"] == shown[0]], results))
    height = 1.2 + (0.75 + 0.34 * n_rows) * -(-len(shown) // per_row)
    told = next((name for name in shown if len(_of_arms(found, name))), shown[0])
    figure = style.new_figure(3.2 + 3.0 * per_row, height, _message(found, results, told), note)
    for i, axes in enumerate(style.grid(figure, len(shown), per_row)):
        _panel(axes, results, shown[i], found, with_names=i % per_row == 0)
    return figure


def _panel(
    axes: Axes, results: Results, metric: str, found: pd.DataFrame, with_names: bool
) -> None:
    rows = rows_of(found[found["metric"] == metric], results)
    factor, unit = style.reading(paired.unit_of(results, metric), largest(rows))
    if unit.startswith("%"):
        unit = unit.replace("%", "percentage points", 1)
    forest(axes, rows, factor, with_names)
    label = paired.label_of(results, metric)
    axes.set_title(label[:1].upper() + label[1:], loc="left", fontsize=style.TEXT + 0.5)
    axes.set_xlabel(f"difference, {unit}")


def rows_of(found: pd.DataFrame, results: Results) -> list[Row]:
    """Return the rows of one metric: arms in the order of the file, then the placebo."""
    looks = style.looks(results)
    rows: list[Row] = []
    floor: list[Row] = []
    for row in found.to_dict("records"):
        look = looks.get((row["arm"], row["point"]))
        numbers = (row["difference"], row["low"], row["high"], row["detectable"])
        note = NOTES.get(row["note"], "")
        if row["metric"] == paired.CONTAGIOUS and not note:
            note = "not run with channels off"
        if look is not None:
            rows.append(Row(look.name, *numbers, look.colour, look.marker, note))
        elif row["arm"] == PLACEBO and not floor:
            floor.append(Row(PLACEBO, *numbers, style.GREY, "o", note))
    return rows + floor


def _of_arms(found: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return the rows of arms, without the placebo, that have an interval on a metric."""
    return found[(found["metric"] == metric) & (found["arm"] != PLACEBO) & (found["n"] > 1)]


def _message(found: pd.DataFrame, results: Results, metric: str) -> str:
    """Say which arms move the first metric for certain."""
    mine = _of_arms(found, metric)
    label = paired.label_of(results, metric)
    label = label[:1].lower() + label[1:]
    hedge = style.few(int(mine["n"].max()) if len(mine) else 0)
    if hedge:
        return f"What arms change, compared with {results.reference_arm} ({hedge})"
    moved = mine[(mine["low"] > 0) | (mine["high"] < 0)]
    if moved.empty:
        return f"Compared with {results.reference_arm}, no arm is found to change {label}"
    unit = paired.unit_of(results, metric)
    unit = "" if style.is_share(unit) else f", {unit}"
    if moved["arm"].duplicated().any() or len(moved) > 3:
        return (
            f"Compared with {results.reference_arm}, {moved['arm'].nunique()} arms change "
            f"{label}{unit}"
        )
    spans = ", ".join(f"{row.arm} {_span(row)}" for row in moved.itertuples())
    return f"{label[:1].upper()}{label[1:]}{unit}, against {results.reference_arm}: {spans}"


def _span(row: Any) -> str:
    """Write a difference with its sign and its interval; shares as per cent."""
    factor = 100.0 if style.is_share(row.unit) else 1.0
    sign = "+" if row.difference > 0 else ""
    return sign + style.span(row.difference, row.low, row.high, factor)
