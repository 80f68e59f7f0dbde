"""Where savers keep their money: cash, money funds, idle on platforms, lent; over time by arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.patches import Patch

from analysis.figures import _style as style
from analysis.figures._marks import draw_marks, marks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.results import Results

# Lowest layer first; what stands in none of the lists is lent through platforms.
PLACES = {
    "cash": ("cash", "#D9D9D9", style.GREY),
    "fund_shares": ("money funds", "#009E73", "#009E73"),
    "client_balances": ("idle on platforms", "#E69F00", "#A06E00"),
    "lent": ("lent through platforms", "#0072B2", "#0072B2"),
}


def data(results: Results) -> pd.DataFrame:
    """Return what savers own by arm, point, month and place: yuan and share of all of it.

    Means over replications; months from 1.
    """
    held = results.balances
    mine = held[(held["sector"] == "investor") & (held["account"] != "memo") & (held["month"] > 0)]
    mine = style.as_set(results.with_labels(mine))
    known = mine["instrument"].isin(list(PLACES))
    mine = mine.assign(place=mine["instrument"].where(known, "lent"))
    sums = mine.groupby(["arm", "point", "replication", "month", "place"])["yuan"].sum()
    wide = sums.unstack("place", fill_value=0).reindex(columns=list(PLACES), fill_value=0)
    keys = ["arm", "point", "month"]
    mean = wide.groupby(keys).mean().reset_index()
    found = mean.melt(id_vars=keys, value_vars=list(PLACES), var_name="place", value_name="yuan")
    whole = found.groupby(keys)["yuan"].transform("sum")
    return found.assign(share=found["yuan"] / whole.where(whole > 0))


def draw(results: Results) -> Figure:
    """Draw stacked shares of what savers own, one panel for each arm."""
    style.need("balances" in results.tables, "the balances of savers are missing")
    found = data(results)
    style.need(float(found["yuan"].sum()) > 0, "there are no savers")
    shown = style.looks(results)
    n, per_row = len(shown), style.columns_for(len(shown))
    note = (
        f"Share of what savers own, end of month: mean of {style.replications(results)}. Lent: "
        "notes at face, bad ones included until written off." + style.left_out(results)
    )
    width = 9.5 if per_row == 1 else 4.2 * per_row
    title = _message(found, results)
    figure = style.new_figure(width, 1.3 + 2.7 * -(-n // per_row), title, note)
    panels = style.grid(figure, n, per_row, sharex=True, sharey=True)
    for i, (axes, (cell, look)) in enumerate(zip(panels, shown.items(), strict=True)):
        part = found[(found["arm"] == cell[0]) & (found["point"] == cell[1])]
        wide = 100.0 * part.pivot(index="month", columns="place", values="share")
        layers = [wide[place].to_numpy(dtype=float) for place in PLACES]
        colours = [colour for _, colour, _ in PLACES.values()]
        axes.stackplot(wide.index.to_numpy(dtype=float), *layers, colors=colours, linewidth=0)
        draw_marks(axes, marks(results, cell[0]))
        axes.set_xlim(1, max(results.months, 2))
        axes.set_ylim(0, 118 if marks(results) else 100)  # marks are named above the layers
        axes.set_yticks(range(0, 101, 20))
        style.name_panel(axes, look.name if n > 1 else "", width / per_row - 0.5)
        axes.set_xlabel("month" if i >= n - per_row else "")
        axes.set_ylabel("% of savers' wealth" if i % per_row == 0 else "")
        style.tidy(axes)
    used = found.groupby("place")["yuan"].sum()
    named = [looks for place, looks in PLACES.items() if used[place] > 0]
    handles = [Patch(label=name, facecolor=colour) for name, colour, _ in named]
    style.legend_below_title(figure, handles, [ink for _, _, ink in named])
    return figure


def _message(found: pd.DataFrame, results: Results) -> str:
    """Say where savers of the reference arm have their money, all months together."""
    mine = found[found["arm"] == results.reference_arm]
    sums = mine.groupby("place")["yuan"].sum()
    share = 100.0 * sums / max(float(sums.sum()), 1e-9)
    where = f" ({results.reference_arm})" if found["arm"].nunique() > 1 else ""
    funds = f"{share['fund_shares']:.0f} % in money funds and " if share["fund_shares"] > 0 else ""
    on = share["lent"] + share["client_balances"]
    return f"Where do savers keep their money? {funds}{on:.0f} % on platforms{where}"
