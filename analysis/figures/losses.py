"""How bad the worst month of a run is: the share of runs that reach each loss, by arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import paired
from analysis.figures import NotApplicable
from analysis.figures import _style as style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.results import Results

# The first that is not zero throughout is drawn.
LOSSES = ("credit_down", "cash_stolen", "saver_losses", "default_rate")


def metric_of(results: Results) -> str:
    """Name the loss that these results can show."""
    macro = style.as_set(results.macro)
    for name in LOSSES:
        if name in results.metrics and bool((macro[name] > 0).any()):
            return name
    raise NotApplicable(f"there are no losses: none of {', '.join(LOSSES)} is above zero")


def data(results: Results, metric: str | None = None) -> pd.DataFrame:
    """Return the worst month of each run, and the share of runs of its arm at least as bad."""
    name = metric or metric_of(results)
    macro = style.as_set(results.macro)
    keys = ["arm", "point", "replication"]
    worst = macro.groupby(keys, sort=False)[name].max().rename("worst").reset_index()
    rank = worst.groupby(["arm", "point"])["worst"].rank(method="max", ascending=False)
    runs = worst.groupby(["arm", "point"])["worst"].transform("count")
    found = worst.assign(metric=name, share=rank / runs)
    return found.sort_values(["arm", "point", "worst"], ignore_index=True)


def draw(results: Results, metric: str | None = None) -> Figure:
    """Draw for each arm which share of its runs has a month at least so bad."""
    found = data(results, metric)
    name = str(found["metric"].iloc[0])
    factor, unit = style.reading(paired.unit_of(results, name), float(found["worst"].max()))
    there = set(zip(found["arm"], found["point"], strict=True))
    # Of arms without a finished run nothing is known, which is not the same as no loss.
    shown = {cell: look for cell, look in style.looks(results).items() if cell in there}
    label = paired.label_of(results, name)
    note = (
        f"{label}: the worst month of each run; {style.replications(results)}. A line that starts "
        "lower and reaches further has rarer and larger losses." + style.left_out(results)
    )
    figure = style.new_figure(8, 5, _message(found, results, label, factor, unit), note)
    axes = figure.subplots()
    for cell, look in shown.items():
        part = found[(found["arm"] == cell[0]) & (found["point"] == cell[1])]
        x = factor * np.concatenate([[0.0], part["worst"].to_numpy(dtype=float)])
        y = 100.0 * np.concatenate([[1.0], part["share"].to_numpy(dtype=float)])
        axes.step(
            x, y, where="pre", color=look.colour, linestyle=look.dash, linewidth=1.6,
        )  # fmt: skip
        axes.plot(x[-1], y[-1], color=look.colour, marker=look.marker, markersize=5.5)
    axes.set_ylim(0, 103)
    axes.set_xlim(left=0)
    axes.set_xlabel(f"{label[:1].lower()}{label[1:]} in the worst month, {unit}")
    axes.set_ylabel("runs with a month at least as bad, %")
    style.tidy(axes)
    style.key(figure, list(shown.values()))
    return figure


def _message(found: pd.DataFrame, results: Results, label: str, factor: float, unit: str) -> str:
    """Name the arm with the worst run."""
    runs = int(found.groupby(["arm", "point"])["replication"].nunique().max())
    if found["arm"].nunique() == 1 or style.few(runs):
        return f"How bad does it get? {label} in the worst month of a run"
    at = int(found["worst"].to_numpy().argmax())
    arm, most = str(found["arm"].iloc[at]), factor * float(found["worst"].iloc[at])
    return f"{label}: the worst run is one of {arm}, {most:.3g} {unit}"
