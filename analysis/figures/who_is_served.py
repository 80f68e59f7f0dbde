"""Who is served by whom: firms with a loan by size class and kind of lender."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.figures import _dots
from analysis.figures import _style as style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.results import Results

SIZES = ("micro", "small", "larger")  # as the table of firms names them
WORDS = {
    "micro": "micro firms: below 1 million yuan a year",
    "small": "small firms: 1 to 5 million yuan",
    "larger": "larger firms: from 5 million yuan",
}
ANYONE = "any lender"
RUN = ["arm", "point", "replication"]


def data(results: Results) -> pd.DataFrame:
    """Return the share of living firms of a size class that owe a loan, by arm and kind of lender.

    Firms are counted at the end of policy years 1, 3, 5, ...; value : mean over these and over
    replications, low, high : band of replications; `firms` : mean number of living firms of the
    class
    """
    borrowers, firms = style.as_set(results.with_labels(results.borrowers)), results.firms.copy()
    if not (len(borrowers) and len(firms)):
        return pd.DataFrame()
    borrowers.attrs = firms.attrs = {}  # which pandas would copy with every step
    months = sorted(borrowers["month"].unique())
    living = style.as_set(results.with_labels(firms[~firms["is_core"]]))
    alive = _living(living, months)
    sized = borrowers.merge(living[["run_id", "row", "size"]], on=["run_id", "row"])
    by = [*RUN, "size", "month"]
    parts = [sized.groupby([*by, "kind"]).size().rename("served").reset_index()]
    anyone = sized.drop_duplicates([*by, "row"]).groupby(by).size().rename("served")
    parts.append(anyone.reset_index().assign(kind=ANYONE))
    served = pd.concat(parts, ignore_index=True)
    kinds = list(dict.fromkeys([*borrowers["kind"], ANYONE]))
    every = alive.merge(pd.DataFrame({"kind": kinds}), how="cross")
    both = every.merge(served, on=[*by, "kind"], how="left").fillna({"served": 0})
    both["share"] = both["served"] / both["alive"]
    keys = ["arm", "point", "size", "kind"]
    runs = both.groupby([*keys, "replication"], sort=False)["share"].mean()
    found = _dots.over_replications(runs, keys)
    mean = alive.groupby(["arm", "point", "size"])["alive"].mean().rename("firms").reset_index()
    return found.merge(mean, on=["arm", "point", "size"])


def _living(firms: pd.DataFrame, months: list[int]) -> pd.DataFrame:
    """Count living firms of each run and size class at the end of some months."""
    parts = []
    ended = firms["ended"].fillna(np.inf)
    for month in months:
        mine = firms[(firms["entered"] <= month) & (ended > month)]
        parts.append(mine.groupby([*RUN, "size"]).size().rename("alive").reset_index()
                     .assign(month=month))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def draw(results: Results) -> Figure:
    """Draw a panel for each size class: share of firms served by each kind of lender."""
    for table in ("borrowers", "firms"):
        style.need(table in results.tables, f"the run wrote no table of {table} (outputs.{table})")
    found = data(results)
    style.need(len(found) > 0, "no firm owed a loan at the end of a year")
    note = (
        "Living firms that owe a performing loan to a lender of the kind, at the end of every "
        "other year; a firm may owe to several kinds. Points: mean, bars: "
        f"{style.band_words(results)}. Size by normal annual revenue; firms that anchor supply "
        "chains are left out." + style.left_out(results)
    )
    sizes = [size for size in SIZES if size in set(found["size"])]
    title = f"Who is served, and by whom? {_message(found, results)}"
    figure = style.new_figure(4.0 * len(sizes) + 0.3, 4.6, title, note)
    places = [_dots.words(kind) for kind in _kinds(found)]
    drawn = found.assign(
        place=[_dots.words(kind) for kind in found["kind"]],
        **{name: 100.0 * found[name] for name in ("value", "low", "high")},
    )
    panels = figure.subplots(1, len(sizes), sharey=True, squeeze=False)[0]
    for axes, size in zip(panels, sizes, strict=True):
        for cell, look, shift in _dots.shown_cells(results):
            part = _dots.of_cell(drawn[drawn["size"] == size], cell)
            _dots.dots(axes, part, places, look, shift)
        _dots.name_places(axes, [name.replace(" ", "\n") for name in places])
        axes.set_title(WORDS[size], loc="left", fontsize=style.TEXT, color=style.INK)
    panels[0].set_ylim(bottom=0)
    panels[0].set_ylabel("firms with a loan, % of the class")
    panels[len(sizes) // 2].set_xlabel("kind of lender")
    style.key(figure, list(style.looks(results).values()), with_marker=True)
    return figure


def _kinds(found: pd.DataFrame) -> list[str]:
    """Return the kinds of lender by the share of micro firms they serve, anyone last."""
    kinds = found[found["kind"] != ANYONE].groupby("kind")["value"].mean()
    return [*kinds.sort_values(ascending=False, kind="stable").index, ANYONE]


def _message(found: pd.DataFrame, results: Results) -> str:
    """Say how much more often larger firms are served than micro firms in the reference arm."""
    mine = found[(found["arm"] == results.reference_arm) & (found["kind"] == ANYONE)]
    share = mine.groupby("size")["value"].first()
    if not {"micro", "larger"} <= set(share.index):
        return ""
    where = f" ({results.reference_arm})" if found["arm"].nunique() > 1 else ""
    return (
        f"{100 * share['micro']:.0f} of 100 micro firms and {100 * share['larger']:.0f} of 100 "
        f"larger firms owe a loan{where}"
    )
