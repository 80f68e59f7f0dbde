"""What all figures share: colours, units as people read them, titles, direct labels.

Responsible for the look; a figure's file decides what is shown.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.bands import band_name
from analysis.figures import NotApplicable
from analysis.names import point_names
from analysis.results import AS_SET, PLACEBO
from analysis.tables import brief, cell_name, is_share

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.results import Results

# Okabe and Ito (2008): told apart by colour-blind readers; the dashes do the same in grey.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (6, 1.5, 1, 1.5)), (0, (9, 2)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
INK, GREY, PALE = "#222222", "#6E6E6E", "#E3E3E3"
MOST = 8  # arms and points that one picture can keep apart
TITLE, TEXT, SMALL = 13, 9.5, 8
DPI = 150
LINE = 1.5  # height of a line of a legend, in sizes of its letters
ROWS = 3  # of a legend that a figure is made for; it grows with further ones
STATEMENT = 10  # replications; a title says nothing of effects on fewer


@dataclass(frozen=True)
class Look:
    """How one arm at one point is drawn in every figure."""

    name: str
    colour: str
    dash: Any
    marker: str


Cell = tuple[str, str]


def looks(results: Results) -> dict[Cell, Look]:
    """Return (arm, point) -> look in the order of the file, at most `MOST`, placebo left out.

    Where there are more, all arms are shown at as many points as there is room for.
    """
    cells, names = _cells(results), point_names(results.runs["point"])
    if len(cells) > MOST:
        points = list(dict.fromkeys(point for _, point in cells))
        cells = sorted(cells, key=lambda cell: points.index(cell[1]))[:MOST]
    return {
        cell: Look(
            cell_name(cell[0], names[cell[1]]) or "base",
            COLOURS[i % len(COLOURS)],
            DASHES[i % len(DASHES)],
            MARKERS[i % len(MARKERS)],
        )
        for i, cell in enumerate(cells)
    }


def _cells(results: Results) -> list[Cell]:
    runs = as_set(results.runs)
    return list(dict.fromkeys(zip(runs["arm"], runs["point"], strict=True)))


def run_name(results: Results, arm: str, point: str, replication: int) -> str:
    """Name one run in a note."""
    named = cell_name(arm, point_names(results.runs["point"])[point])
    return ", ".join(part for part in (named, f"replication {replication}") if part)


def left_out(results: Results) -> str:
    """Say how many arms and points a picture does not show; nothing when it shows all."""
    n = len(_cells(results))
    return f" The first {MOST} of {n} arms and points are shown." if n > MOST else ""


def as_set(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows of runs with the channels as the file sets them, without the placebo."""
    return frame[(frame["channels"] == AS_SET) & (frame["arm"] != PLACEBO)]


def reading(unit: str, largest: float = 0.0) -> tuple[float, str]:
    """Return the factor and the unit by which numbers of a unit are read.

    largest : largest absolute number shown, which chooses between yuan and millions of yuan
    """
    if is_share(unit):
        return 100.0, "% a year" if unit.endswith("year") else "%"
    if unit.startswith("yuan"):
        sizes = ((1e9, 1e9, "billion"), (1e6, 1e6, "million"), (1e4, 1e3, "thousand"))
        for least, size, name in sizes:
            if np.isfinite(largest) and largest >= least:
                return 1.0 / size, unit.replace("yuan", f"{name} yuan", 1)
    return 1.0, {"count": "number", "": "number"}.get(unit, unit)


def new_figure(width: float, height: float, title: str, note: str = "") -> Figure:
    """Make a figure with its message on top and what one must know to read it at the bottom."""
    figure = Figure(figsize=(width, height), layout="constrained", dpi=DPI)
    figure.get_layout_engine().set(wspace=0.05)  # type: ignore[union-attr, call-arg]
    figure.suptitle(
        textwrap.fill(title, int(9.6 * width), break_on_hyphens=False), x=0.008, ha="left",
        fontsize=TITLE, fontweight="bold", color=INK,
    )  # fmt: skip
    if note:
        figure.supxlabel(
            textwrap.fill(note, int(15.5 * width)), x=0.008, ha="left", fontsize=SMALL, color=GREY
        )
    return figure


def tidy(axes: Axes) -> None:
    """Take away what carries no information."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.tick_params(colors=INK, labelsize=SMALL + 0.5)
    axes.xaxis.label.set_fontsize(TEXT)
    axes.yaxis.label.set_fontsize(TEXT)


def label_ends(
    axes: Axes, ends: Sequence[tuple[float, str, str]], gap: float = 0.06, x: float = 1.01
) -> None:
    """Write names beside the right ends of lines or layers, moved apart where they overlap.

    ends : (height as a share of the axes, name, colour); gap : least distance, as a share
    """
    order = sorted(ends, key=lambda end: end[0])
    at = spread([height for height, _, _ in order], gap)
    for (_, name, colour), y in zip(order, at, strict=True):
        axes.annotate(
            name, (x, y), xycoords="axes fraction", va="center", ha="left", fontsize=TEXT,
            color=colour, annotation_clip=False,
        )  # fmt: skip


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Move ascending heights apart to at least `gap`, by a pass up and one down."""
    at = list(heights)
    for i in range(1, len(at)):
        at[i] = max(at[i], at[i - 1] + gap)
    excess = (at[-1] - max(1.0, heights[-1])) if at else 0.0
    if excess > 0:
        at[-1] -= excess
        for i in range(len(at) - 2, -1, -1):
            at[i] = min(at[i], at[i + 1] - gap)
    return at


def key(figure: Figure, looks_shown: Sequence[Look], with_marker: bool = False) -> None:
    """Name the arms once for all panels, in a row below the title."""
    if len(looks_shown) < 2:
        return
    handles = [
        Line2D(
            [], [], color=look.colour, linestyle="none" if with_marker else look.dash,
            linewidth=2, marker=look.marker if with_marker else None, label=look.name,
        )
        for look in looks_shown
    ]  # fmt: skip
    legend_below_title(figure, handles, [look.colour for look in looks_shown])


def legend_below_title(figure: Figure, handles: Sequence[Any], inks: Sequence[str]) -> None:
    """Put a legend and the title in one block, so that neither covers the other.

    A legend of many rows is written smaller, and the figure grows by what it takes beyond `ROWS`.
    """
    title = figure.get_suptitle()
    figure.suptitle("")
    size = TEXT if len(handles) <= ROWS * _columns(figure, handles, TEXT) else SMALL
    n_columns = _columns(figure, handles, size)
    more = max(-(-len(handles) // n_columns) - ROWS, 0)
    figure.set_figheight(figure.get_figheight() + more * LINE * size / 72.0)
    block = figure.legend(
        handles=list(handles), loc="outside upper left", ncols=n_columns,
        frameon=False, fontsize=size, handlelength=3.0, labelcolor=list(inks), title=title,
        alignment="left", borderaxespad=0.1, borderpad=0.1,
    )  # fmt: skip
    block.get_title().set(fontsize=TITLE, fontweight="bold", color=INK)


def _columns(figure: Figure, handles: Sequence[Any], size: float) -> int:
    """Return how many entries of a legend of some size fit beside each other."""
    letter = 0.085 * size / TEXT
    widths = [0.75 + letter * len(str(handle.get_label())) for handle in handles]
    n = len(widths)
    fits = (k for k in range(n, 1, -1) if k * max(widths) <= figure.get_figwidth())
    if sum(widths) <= figure.get_figwidth():
        return n
    return next(fits, 1)


def name_panel(axes: Axes, name: str, inches: float) -> None:
    """Write the name of an arm and point above its panel, in lines no wider than the panel."""
    lines = textwrap.fill(name, int(11.0 * inches), break_on_hyphens=False)
    axes.set_title(lines, loc="left", fontsize=TEXT + 0.5)


def grid(figure: Figure, n: int, per_row: int, **shared: Any) -> list[Axes]:
    """Return `n` panels row by row; whoever has no panel below shows the ticks of the x axis."""
    rows = -(-n // per_row)
    panels = list(figure.subplots(rows, per_row, squeeze=False, **shared).flat)
    for axes in panels[n:]:
        axes.remove()
    for axes in panels[max(n - per_row, 0) : n]:
        axes.tick_params(labelbottom=True)
    return panels[:n]


def columns_for(n: int, most: int = 3) -> int:
    """Return how many panels stand side by side: four make a square."""
    return 2 if n == 4 else min(n, most)


def few(n: int) -> str:
    """Say that replications are too few for a statement on effects; nothing when they are not."""
    return f"{n} replication{'' if n == 1 else 's'}: no statement" if n < STATEMENT else ""


def span(value: float, low: float, high: float, factor: float = 1.0) -> str:
    """Write an estimate with its 95 % interval, for a title."""
    ends = [brief(number * factor) for number in (value, low, high)]
    return f"{ends[0]} ({ends[1]} to {ends[2]})"


def band_words(results: Results) -> str:
    """Word the band over replications that figures show."""
    n = int(results.runs["replication"].nunique())
    name = band_name(n).removesuffix(" of replications").removesuffix(" replication")
    return f"{name} of {replications(results)}"


def replications(results: Results) -> str:
    """Word the number of replications."""
    n = int(results.runs["replication"].nunique())
    return f"{n} replication{'' if n == 1 else 's'}"


def need(condition: bool, why: str) -> None:
    """Refuse to draw, saying why, unless the results hold what it takes."""
    if not condition:
        raise NotApplicable(why)
