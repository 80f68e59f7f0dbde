"""The headline metrics over time, by arm: how the economy did in six pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.figures import _style as style
from analysis.figures import metric as one
from analysis.figures._marks import draw_marks, marks_by_arm

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.results import Results

# What happens to firms, to credit, and to those who lend.
PANELS = ("default_rate", "closures", "financing_gap", "debt_ratio", "npl_ratio", "platforms_alive")
PER_MONTH = ("default_rate", "closures", "financing_gap", "new_loans", "investor_loss", "defaults",
             "cohort_defaults", "attributed_defaults")  # fmt: skip
SMOOTH = 6  # months; counts of a single month are mostly chance
PER_ROW = 3


def panels(results: Results) -> list[str]:
    """Return the metrics shown: the usual ones, filled up from the headline."""
    known = [name for name in PANELS if name in results.metrics]
    more = [name for name in results.headline if name not in known]
    return (known + more)[: len(PANELS)]


def data(results: Results) -> pd.DataFrame:
    """Return median and band of every metric shown, by arm, point and month."""
    return pd.concat([_smooth(results, name) for name in panels(results)], ignore_index=True)


def _smooth(results: Results, name: str) -> pd.DataFrame:
    return one.data(results, name, over=SMOOTH if name in PER_MONTH else 1)


def draw(results: Results) -> Figure:
    """Draw one fan chart for each headline metric."""
    shown = panels(results)
    n_rows = -(-len(shown) // PER_ROW)
    title = results.manifest.get("title") or "How does the economy develop?"
    note = f"{one.band_note(results)} {_what_is_smoothed(results, shown)}"
    figure = style.new_figure(11.5, 0.9 + 2.9 * n_rows, title, note)
    found = marks_by_arm(results)
    for i, axes in enumerate(style.grid(figure, len(shown), PER_ROW, sharex=True)):
        one.fan(axes, results, shown[i], _smooth(results, shown[i]))
        one.stand_on_zero(axes, results, shown[i])
        axes.set_xlabel("month" if i >= len(shown) - PER_ROW else "")
        if found:  # room for the names of shocks and policies
            axes.set_ylim(top=axes.get_ylim()[1] * (1.04 + 0.07 * min(len(found), 3)))
        draw_marks(axes, found)
    style.key(figure, list(style.looks(results).values()))
    return figure


def _what_is_smoothed(results: Results, shown: list[str]) -> str:
    names = [results.label(name).lower() for name in shown if name in PER_MONTH]
    if not names:
        return ""
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"Trailing mean of {SMOOTH} months: {listed}."
