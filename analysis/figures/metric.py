"""One metric over time: median and 5-95 % band over replications, one colour per arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from analysis.results import AS_SET, PLACEBO

if TYPE_CHECKING:
    from analysis.results import Results

# Okabe and Ito (2008): told apart by colour-blind readers; the dashes do the same in grey.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", "--", "-.", ":")


def draw(results: Results, metric: str | None = None) -> Figure:
    """Draw a metric (the first headline metric if none is named) by arm and point."""
    metric = metric or results.headline[0]
    rows = results.macro
    rows = rows[(rows["channels"] == AS_SET) & (rows["arm"] != PLACEBO)]
    scale = 100.0 if results.unit(metric).split("/")[0].strip() in ("share", "1", "fraction") else 1
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    groups = list(rows.groupby(["arm", "point"], sort=False))
    for i, ((arm, point), part) in enumerate(groups):
        by_month = part.groupby("month")[metric]
        middle, low, high = (by_month.quantile(q) * scale for q in (0.5, 0.05, 0.95))
        colour, dash = COLOURS[i % len(COLOURS)], DASHES[i % len(DASHES)]
        name = ", ".join(text for text in (str(arm), str(point)) if text)
        axes.plot(middle.index, middle, color=colour, linestyle=dash, label=name)
        axes.fill_between(middle.index, low, high, color=colour, alpha=0.18, linewidth=0)
    if len(groups) > 1:
        axes.legend(frameon=False)
    unit = results.unit(metric)
    axes.set_xlabel("month")
    axes.set_ylabel(f"{results.label(metric)} ({f'%, {unit}' if scale == 100 else unit})")
    axes.set_title(f"{results.label(metric)}: median and 5-95 % of replications", loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlim(1, results.months)
    return figure
