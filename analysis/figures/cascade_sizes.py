"""How far defaults spread: cascades of at least each size, per 1000 firm-years, by arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from analysis import genealogy
from analysis.figures import _style as style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

PER = 1000  # firm-years
TICKS = (1, 2, 3, 4, 5, 6, 7, 10, 15, 20, 30, 50, 100, 200, 500, 1000)


def data(results: Results) -> pd.DataFrame:
    """Return cascades of at least each size by arm and point: number, and per 1000 firm-years."""
    found = results.with_labels(genealogy.cascades(results.events))
    macro = style.as_set(results.macro)
    years = macro.groupby(["arm", "point"])["firms_alive"].sum() / 12.0
    rows = []
    for arm, point in style.looks(results):
        mine = style.as_set(found) if len(found) else found
        sizes = mine.loc[(mine["arm"] == arm) & (mine["point"] == point), "size"]
        exceed = genealogy.at_least(sizes)
        rate = exceed["cascades"] / max(float(years.get((arm, point), 0.0)), 1e-9) * PER
        rows.append(exceed.assign(arm=arm, point=point, per_1000_firm_years=rate))
    return pd.concat(rows, ignore_index=True)


def draw(results: Results) -> Figure:
    """Draw how often cascades reach each size, on logarithmic axes."""
    style.need("firms_alive" in results.metrics, "the metric firms_alive is needed")
    found = data(results)
    style.need(len(found) > 0, "nobody defaulted, so there is no cascade")
    note = (
        "Cascade: defaults of firms and failures of lenders and platforms linked by the party "
        "that cost the next one most; size 1 brings down nobody else. Lenders that cut credit but "
        f"live on are not followed. All months of {style.replications(results)}."
        + style.left_out(results)
    )
    shown = style.looks(results)
    figure = style.new_figure(8, 5.4, _message(found, results), note)
    axes = figure.subplots()
    for cell, look in shown.items():
        part = found[(found["arm"] == cell[0]) & (found["point"] == cell[1])]
        axes.plot(
            part["size"], part["per_1000_firm_years"], color=look.colour, linestyle=look.dash,
            marker=look.marker, markersize=5.5, linewidth=1.3,
        )  # fmt: skip
    _axes(axes, int(found["size"].max()))
    style.key(figure, list(shown.values()))
    return figure


def _axes(axes: Axes, largest: int) -> None:
    """Make both axes logarithmic and write plain numbers on them."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    ticks = [n for n in TICKS if n <= 1.2 * largest]
    axes.set_xticks(ticks, [str(n) for n in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlim(0.9, max(2.2, 1.15 * largest))
    axes.yaxis.set_major_formatter(FuncFormatter(_plain))
    low, high = axes.get_ylim()
    if high < 30 * low:  # within so little, powers of ten alone would leave the axis bare
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 3.0, 5.0, 7.0)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("size of the cascade: parties that fell (log scale)")
    axes.set_ylabel(f"cascades at least this large,\nper {PER} firm-years (log scale)")
    style.tidy(axes)


def _plain(value: float, _: object = None) -> str:
    """Write a number without powers of ten."""
    return f"{value:,g}"


def _message(found: pd.DataFrame, results: Results) -> str:
    """Say how many falls stay alone in the reference arm, and the largest cascade of all."""
    mine = found[found["arm"] == results.reference_arm]
    every = int(mine["cascades"].max()) if len(mine) else 0
    if not every:
        return "How far do defaults spread?"
    more = int(mine.loc[mine["size"] >= 2, "cascades"].max()) if (mine["size"] >= 2).any() else 0
    largest = int(mine["size"].max())
    where = f" ({results.reference_arm})" if found["arm"].nunique() > 1 else ""
    return (
        f"{100 * (1 - more / every):.0f} of 100 cascades end with the first to fall; "
        f"the largest takes {largest} {'party' if largest == 1 else 'parties'}{where}"
    )
