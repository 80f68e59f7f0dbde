"""What each rule changes: all arms in one column, effects on exits, losses, access and cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis import paired
from analysis.figures import _rules as rules
from analysis.figures import _style as style
from analysis.figures._forest import READING, Row, forest, largest
from analysis.names import with_names
from analysis.tables import cell_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.results import Results

PANELS = ("platform_failures", "exits_absconding", "exits_liquidation", "saver_losses",
          paired.COHORT, paired.CONTAGIOUS, "financing_gap", "supervision_cost")  # fmt: skip
MONTHLY = {*PANELS} - {paired.COHORT, paired.CONTAGIOUS, "financing_gap"}  # sums of a month
HEADLINE = ("platform_failures", "saver_losses", paired.COHORT, "financing_gap")  # for the title
PER_ROW = 4
CLEAR = style.COLOURS[0]


def panels(results: Results) -> list[str]:
    """Return the metrics shown: those of the list that these runs have."""
    return [name for name in PANELS if name in {*results.metrics, *paired.built_metrics(results)}]


def data(results: Results) -> pd.DataFrame:
    """Return what each arm changes of each metric shown (`analysis.paired.effects`)."""
    found = paired.effects(results, panels(results))
    return found[found["arm"].isin(rules.arms(results))]


def draw(results: Results) -> Figure:
    """Draw a forest of all arms for each metric; other figures show no more than a few arms."""
    rules.need_rules(results)
    found = data(results)
    style.need(bool(len(found)), "there is only one arm, so nothing to compare")
    style.need(bool((found["n"] > 1).any()), "intervals need at least two replications")
    shown = panels(results)
    n_rows = len(found[found["metric"] == shown[0]])
    note = f"{READING} {style.replications(results).capitalize()}."
    across = min(len(shown), PER_ROW)
    down = -(-len(shown) // across)
    width, height = 3.0 + 2.9 * across, 1.2 + down * (0.9 + 0.26 * n_rows)
    figure = style.new_figure(width, height, _message(found, results), note)
    for i, (axes, metric) in enumerate(
        zip(style.grid(figure, len(shown), across), shown, strict=True)
    ):
        rows = _rows(found[found["metric"] == metric])
        factor, unit = style.reading(paired.unit_of(results, metric), largest(rows))
        if unit.startswith("%"):
            unit = unit.replace("%", "percentage points", 1)
        forest(axes, rows, factor, with_names=i % across == 0)
        label = paired.label_of(results, metric)
        axes.set_title(label[:1].upper() + label[1:], loc="left", fontsize=style.TEXT)
        axes.set_xlabel(f"difference, {unit}{' a month' if metric in MONTHLY else ''}")
    return figure


def _rows(found: pd.DataFrame) -> list[Row]:
    rows = []
    for row in with_names(found).to_dict("records"):
        name = cell_name(row["arm"], row["point"])
        numbers = (row["difference"], row["low"], row["high"], row["detectable"])
        rows.append(Row(name, *numbers, CLEAR, "o", row["note"]))
    return rows


def _message(found: pd.DataFrame, results: Results) -> str:
    """Say how many arms move what matters most for certain, or that too few runs tell."""
    start = f"What each rule changes, compared with {results.reference_arm}"
    hedge = style.few(int(found["n"].max()))
    if hedge:
        return f"{start} ({hedge})"
    moved = found[(found["low"] > 0) | (found["high"] < 0)]["metric"]
    counts = [
        f"{paired.label_of(results, name).lower()} {int((moved == name).sum())}"
        for name in HEADLINE
        if (found["metric"] == name).any()
    ]
    return f"{start}: of {found['arm'].nunique()} arms so many change {', '.join(counts)}"
