"""Firms that end: defaults by cause and closures by their owners, over time and by arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.patches import Patch

from analysis.figures import _style as style
from analysis.figures._marks import draw_marks, marks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

# Lowest layer first: what is rare stands on the axis, where it can be read.
LAYERS = {
    "contagious": ("default, contagious", "#000000"),
    "mixed": ("default, partly contagious", "#D55E00"),
    "strategic": ("default, owner walked away", "#CC79A7"),
    "fundamental": ("default, fundamental", "#56B4E9"),
    "closure": ("closed by the owner", "#FFFFFF"),
}
INKS = {"fundamental": "#0072B2", "closure": style.GREY}  # dark enough to read on white
BARS = 32


def data(results: Results) -> pd.DataFrame:
    """Return firms that end per month by arm, point, span of months and layer.

    Means over replications and over the months of a span, which are few enough to be read.
    Strategic defaults are a layer only where some arm has any.
    """
    span = max(1, -(-results.months // BARS))
    starts = np.arange(1, results.months + 1, span)
    widths = np.minimum(starts + span, results.months + 1) - starts
    runs = style.as_set(results.runs)
    counts = runs[runs["status"] == "done"].groupby(["arm", "point"])["replication"].nunique()
    ends = _ends(results)
    layers = [k for k in LAYERS if k != "strategic" or (ends["layer"] == k).any()]
    rows = []
    for arm, point in style.looks(results):
        mine = ends[(ends["arm"] == arm) & (ends["point"] == point)]
        for layer in layers:
            months = mine.loc[mine["layer"] == layer, "month"].to_numpy(dtype=int)
            number = np.bincount((months - 1) // span, minlength=len(starts))
            per_month = number / widths / max(int(counts.get((arm, point), 0)), 1)
            columns = {"first_month": starts, "months": widths, "layer": layer}
            rows.append(pd.DataFrame({"arm": arm, "point": point, **columns, "firms": per_month}))
    return pd.concat(rows, ignore_index=True)


def _ends(results: Results) -> pd.DataFrame:
    """Return defaults and closures of firms with the layer each belongs to."""
    events = results.events
    columns = ["arm", "point", "month", "layer"]
    if not len(events):
        return pd.DataFrame(columns=columns)
    firms = events[(events["kind"] == "enterprise") & events["event"].isin(["default", "closure"])]
    named = style.as_set(results.with_labels(firms))
    is_default = named["event"] == "default"
    return named.assign(layer=named["cause"].where(is_default, "closure"))[columns]


def draw(results: Results) -> Figure:
    """Draw stacked bars of firms that end, one panel for each arm."""
    found = data(results)
    shown = style.looks(results)
    n, per_row = len(shown), style.columns_for(len(shown))
    span = int(found["months"].iloc[0])
    note = (
        f"Firms per month: mean of {style.replications(results)}"
        + (f" and of {span} months." if span > 1 else ".")
        + " Contagious: what others' failures cost the firm covers its whole shortfall; partly: "
        "some of it." + style.left_out(results)
    )
    width = 9.5 if per_row == 1 else 4.2 * per_row
    title = _message(found, results)
    figure = style.new_figure(width, 1.3 + 2.9 * -(-n // per_row), title, note)
    panels = style.grid(figure, n, per_row, sharex=True, sharey=True)
    for i, (axes, (cell, look)) in enumerate(zip(panels, shown.items(), strict=True)):
        part = found[(found["arm"] == cell[0]) & (found["point"] == cell[1])]
        middles = _stack(axes, part)
        draw_marks(axes, marks(results, cell[0]))
        axes.set_xlim(0.5, results.months + 0.5)
        style.name_panel(axes, look.name if n > 1 else "", width / per_row - 0.5)
        axes.set_xlabel("month" if i >= n - per_row else "")
        axes.set_ylabel("firms per month" if i % per_row == 0 else "")
        style.tidy(axes)
    whole = found.groupby(["arm", "point", "first_month"])["firms"].sum()
    top = max(float(whole.max()), 1e-9) * (1.2 if marks(results) else 1.05)
    axes.set_ylim(0, top)
    if n == 1:
        ends = [(middles[k] / top, LAYERS[k][0], INKS.get(k, LAYERS[k][1])) for k in middles]
        style.label_ends(axes, ends, gap=0.085)
    else:
        patches = [_patch(k) for k in found["layer"].unique()]
        style.legend_below_title(figure, patches, [style.INK] * len(patches))
    return figure


def _look_of(layer: str) -> dict[str, Any]:
    """Return how a layer is filled; closures are outlined, so that they stand out from marks."""
    edge = {"edgecolor": "#BBBBBB", "linewidth": 0.7} if layer == "closure" else {"linewidth": 0}
    return {"facecolor": LAYERS[layer][1], **edge}


def _patch(layer: str) -> Patch:
    return Patch(label=LAYERS[layer][0], **_look_of(layer))


def _stack(axes: Axes, part: pd.DataFrame) -> dict[str, float]:
    """Draw the bars; return the middle height of each layer at the right end."""
    bottom, middle = np.zeros(1), {}
    for layer in part["layer"].unique():
        rows = part[part["layer"] == layer]
        heights = rows["firms"].to_numpy(dtype=float)
        width = rows["months"].to_numpy(dtype=float)
        left = rows["first_month"].to_numpy(dtype=float) - 0.5
        axes.bar(left, heights, width * 0.92, bottom, align="edge", **_look_of(layer))
        middle[layer] = float((bottom + heights / 2)[-3:].mean())
        bottom = bottom + heights
    return middle


def _message(found: pd.DataFrame, results: Results) -> str:
    """Say how many of the firms that end default, and how many of these by contagion."""
    mine = found[found["arm"] == results.reference_arm]
    weight = mine["firms"] * mine["months"]
    sums = weight.groupby(mine["layer"]).sum()
    defaults = float(sums.drop("closure").sum())
    if defaults <= 0:
        return "No firm defaults"
    by_others = float(sums["contagious"] + sums["mixed"]) / defaults
    share = defaults / float(sums.sum())
    where = f" ({results.reference_arm})" if found["arm"].nunique() > 1 else ""
    return (
        f"Of 100 firms that end, {100 * share:.0f} default; "
        f"of 100 defaults, {100 * by_others:.0f} are at least partly contagious{where}"
    )
