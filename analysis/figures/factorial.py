"""Effects of a factorial experiment: a map per level of the last factor, coloured by sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import factorial, paired
from analysis.figures import _style as style
from analysis.results import cell

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.results import Results

METRIC = paired.COHORT


def data(results: Results) -> pd.DataFrame:
    """Return each combination against the reference arm: levels, difference and interval."""
    factors = factorial.factors_of(results)
    style.need(bool(factors), "these results are of no factorial experiment")
    style.need(len(factors) == 3, f"the map shows three factors, and there are {len(factors)}")
    metric = METRIC if paired.has_cohort(results) else "default_rate"
    values = paired.values_of(results, metric)
    base = cell(values, "", results.reference_arm)
    rows = []
    for arm in results.manifest["arms"]:
        found = paired.contrast(cell(values, "", arm), base)
        levels = dict(zip(factors, arm.split(factorial.CROSS), strict=True))
        rows.append({**levels, "metric": metric, "difference": found.difference,
                     "low": found.low, "high": found.high, "n": found.n})  # fmt: skip
    return pd.DataFrame(rows)


def draw(results: Results) -> Figure:
    """Draw a heat map per level of the third factor: rows of the first, columns of the second."""
    found, factors = data(results), factorial.factors_of(results)
    missing = "the reference arm and another one must have finished in the same replication"
    style.need(bool((found["n"] > 0).any()), missing)
    rows, columns, panels = factors
    unit = paired.unit_of(results, found["metric"].iloc[0])
    label = paired.label_of(results, found["metric"].iloc[0])
    note = (
        f"Difference from {results.reference_arm}, {unit}; * its 95 % interval leaves out zero. "
        f"{style.replications(results).capitalize()}."
    )
    width = 2.4 + 2.7 * len(factors[panels])
    message = f"{label[:1].upper()}{label[1:]} by {rows}, {columns} and {panels}"
    figure = style.new_figure(width, 2.1 + 0.42 * len(factors[rows]), message, note)
    largest = float(np.nanmax(np.abs(found["difference"]))) or 1.0
    grid = style.grid(figure, len(factors[panels]), len(factors[panels]))
    for i, (axes, panel) in enumerate(zip(grid, factors[panels], strict=True)):
        part = found[found[panels] == panel].set_index([rows, columns])
        index = pd.MultiIndex.from_product([factors[rows], factors[columns]])
        part = part.reindex(index)
        shape = (len(factors[rows]), len(factors[columns]))
        values = part["difference"].to_numpy(dtype=float).reshape(shape)
        axes.imshow(values, cmap="PuOr_r", vmin=-largest, vmax=largest, aspect="auto")
        clear = ((part["low"] > 0) | (part["high"] < 0)).to_numpy().reshape(shape)
        for (y, x), value in np.ndenumerate(values):
            dark = abs(value) > 0.6 * largest
            text = f"{value:+.2f}{'*' if clear[y, x] else ''}" if np.isfinite(value) else "-"
            axes.text(x, y, text, ha="center", va="center",
                      fontsize=style.TEXT - 1, color="white" if dark else "black")  # fmt: skip
        axes.set_title(str(panel), loc="left", fontsize=style.TEXT)
        axes.set_xticks(range(shape[1]), factors[columns], rotation=30, ha="right")
        axes.set_yticks(range(shape[0]), factors[rows] if i == 0 else [])
        axes.tick_params(length=0)
    return figure
