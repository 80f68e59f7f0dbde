"""Sizes of firms: rank against size on logarithmic axes, with a Pareto tail to compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter

from analysis.figures import _style as style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from analysis.figures._style import Cell
    from analysis.results import Results

TAIL = 0.1  # share of firms the exponent is measured on
AXTELL = 1.06  # exponent of US firms by employees; source: Axtell 2001, Science 293
LEAST = 10  # firms in the tail
SHOWN = 10  # firms; fewer make no distribution
POINTS = 250  # per curve; more cannot be seen


def data(results: Results) -> pd.DataFrame:
    """Return size and rank of living firms at the end: one replication after the other."""
    runs = results.runs
    arm, point = _cell(results)
    firms = results.with_labels(results.firms)
    if not len(firms):
        return pd.DataFrame(columns=["replication", "rank", "size", "share"])
    mine = style.as_set(firms)
    mine = mine[(mine["arm"] == arm) & (mine["point"] == point) & mine["ended"].isna()]
    parts = []
    for replication, part in mine.groupby("replication"):
        size = np.sort(part["scale"].to_numpy(dtype=float))[::-1]
        rank = np.arange(1, len(size) + 1)
        some = np.unique(np.geomspace(1, len(size), POINTS).round().astype(int)) - 1
        columns = {"rank": rank[some], "size": size[some], "share": rank[some] / len(size)}
        parts.append(pd.DataFrame({"replication": replication, **columns}))
    return pd.concat(parts, ignore_index=True) if parts and len(runs) else mine[["replication"]]


def tail_exponent(sizes: NDArray[np.float64], share: float = TAIL) -> float:
    """Return the Pareto exponent of the largest `share` of firms.

    NaN where these are fewer than `LEAST`, or all of one size, as where a limit cuts them.

    Source: Hill 1975, the maximum-likelihood estimator k / sum(log(x_i / x_(k+1))).
    """
    ordered = np.sort(sizes)[::-1]
    k = int(share * len(ordered))
    if k < LEAST or ordered[k] <= 0 or ordered[0] == ordered[k]:
        return float("nan")
    return float(k / np.log(ordered[:k] / ordered[k]).sum())


def exponents(results: Results) -> NDArray[np.float64]:
    """Return the tail exponent of each replication that has firms enough."""
    arm, point = _cell(results)
    firms = style.as_set(results.with_labels(results.firms))
    mine = firms[(firms["arm"] == arm) & (firms["point"] == point) & firms["ended"].isna()]
    parts = mine.groupby("replication")["scale"]
    found = np.array([tail_exponent(part.to_numpy(dtype=float)) for _, part in parts])
    return found[np.isfinite(found)]


def _cell(results: Results) -> Cell:
    return results.reference_arm, str(results.runs["point"].iloc[0])


def draw(results: Results) -> Figure:
    """Draw rank against size of firms alive in the last month of the reference arm."""
    style.need("firms" in results.tables, "the run wrote no table of firms (outputs.firms: all)")
    found = data(results)
    style.need(len(found) > 0, "no firm is alive in the end")
    measured = exponents(results)
    shown = found.groupby("replication").agg({"size": "nunique", "rank": "max"})
    style.need(
        bool((shown["rank"] >= SHOWN).any()) and bool((shown["size"] > 1).any()),
        f"no replication has {SHOWN} firms alive in the end, of more than one size",
    )
    if len(measured):
        found_tail = f"Tail exponent {measured.mean():.2f}, in reality about 1"
    else:
        found_tail = "(too few firms of different size to measure the tail)"
    note = (
        f"Firms alive in month {results.months}, arm {results.reference_arm}, one curve for each "
        f"of {style.replications(results)}. Exponent: Hill (1975) on the largest "
        f"{100 * TAIL:.0f} % of firms, mean of replications. Dashed: exponent {AXTELL} "
        "(Axtell 2001), laid through the same point. The largest firms are cut by assumption."
    )
    figure = style.new_figure(8, 5.6, f"Are a few firms very large? {found_tail}", note)
    axes = figure.subplots()
    for _, part in found.groupby("replication"):
        axes.plot(part["size"], part["rank"], color=style.COLOURS[0], linewidth=1.1, alpha=0.75)
    axes.set_xscale("log")
    axes.set_yscale("log")
    _pareto(axes, found)
    low, high = found["size"].min(), found["size"].max()
    axes.set_xlim(0.8 * low, high * (high / low) ** 0.2 * 1.1)  # room for the label of the line
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(_in_words))
    axes.set_xlabel("normal revenue of the firm, yuan a month (log scale)")
    axes.set_ylabel("rank of the firm, 1 = largest (log scale)")
    style.tidy(axes)
    return figure


def _pareto(axes: Axes, found: pd.DataFrame) -> None:
    """Draw a Pareto tail from where the largest tenth begins."""
    at = found.iloc[int((found["share"] - TAIL).abs().to_numpy().argmin())]
    low, high = float(at["size"]), float(found["size"].max())
    sizes = np.geomspace(low, max(high, 1.01 * low), 3)
    ranks = float(at["rank"]) * (sizes / low) ** -AXTELL
    axes.plot(sizes, ranks, color=style.INK, linewidth=1.4, linestyle=(0, (5, 2)))
    axes.annotate("Pareto tail as\nin reality", (sizes[-1], ranks[-1]), xytext=(5, 0),
                  textcoords="offset points", va="center", fontsize=style.TEXT,
                  color=style.INK)  # fmt: skip


def _in_words(value: float, _: object = None) -> str:
    """Write 10,000 and 10 million as such: powers of ten are not for everyone."""
    if value >= 1e6:
        return f"{value / 1e6:,.0f} million"
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
