"""The network of a month as a map, with the cascades of the year that follows laid over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from analysis import exposures, genealogy
from analysis.figures import _party as party
from analysis.figures import _style as style
from analysis.results import ResultsError
from analysis.tables import brief

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.exposures import Network
    from analysis.results import Results

AFTER = 24  # months in which falls are looked for
BORNE = 0.5  # contagious weight from which what a living lender did is shown
NUMBERED = 3  # cascades told one by one
RED = "#A63603"  # dark enough to stand out in grey
INSIDE, OUTSIDE = 0.36, 0.56  # radius of institutions, least radius of firms
MOST_LINES = 12_000  # of each layer; the largest claims
MANY = 250  # lines, from which on they are drawn fainter
NOTE = (
    "Each dot is a firm: sectors are slices, large firms lie inside, small ones at the rim; in the "
    "middle lenders and platforms, the larger the more they lend. Blue lines are trade credit, "
    "grey ones loans, also those through a platform's notes; savers are not drawn."
)
FALLS_NOTE = (
    " Crosses: firms that defaulted and parties that failed in these months without a part in a "
    "cascade. Arrows run from each fall to those it cost most; broken ones from lenders and "
    "platforms that lived on to firms that fell mostly for the credit they were refused or lost."
)


def data(results: Results, month: str | None = None) -> pd.DataFrame:
    """Return all parties drawn with place, size and, where they fell soon after, their cascade."""
    return _picture(exposures.network(results, None if month is None else int(month)), results)


def draw(results: Results, month: str | None = None) -> Figure:
    """Draw the network of a month of the reference arm; the last one recorded if none is named."""
    try:
        net = exposures.network(results, None if month is None else int(month))
    except ResultsError as error:
        raise style.NotApplicable(str(error)) from error
    return draw_network(net, results)


def draw_network(net: Network, results: Results) -> Figure:
    """Draw any recorded network of these results."""
    found = _picture(net, results)
    style.need(len(found) > 1, f"nobody has a claim in month {net.month}")
    left = _months_left(net, results)
    note = NOTE + FALLS_NOTE if left else NOTE
    figure = style.new_figure(9.5, 8.2, _message(net, found, left), note)
    axes = figure.subplots()
    _lines(axes, net, found)
    _dots(axes, found)
    _cascades(axes, found)
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_xlim(-1.03, 1.03)
    axes.set_ylim(-1.03, 1.03)
    _key(figure, found, left > 0)
    return figure


def _months_left(net: Network, results: Results) -> int:
    """Return the months after the recorded one in which falls are looked for."""
    return max(min(AFTER, results.months - net.month), 0)


# ------------------------------------------------------------ places
def _picture(net: Network, results: Results) -> pd.DataFrame:
    """Lay out firms and institutions, and mark who fell in the months after the recorded one.

    members : of its cascade that have fallen by then, those that fell before the month included
    """
    nodes = net.nodes[net.nodes["kind"].isin(party.KINDS)]
    nodes = nodes[nodes["state"] != "gone"].copy()
    nodes["weight"] = _lent(net).reindex(nodes.index).fillna(0.0)
    nodes["x"], nodes["y"] = 0.0, 0.0
    firms = nodes["kind"] == "enterprise"
    nodes.loc[firms, ["x", "y"]] = _firms_at(nodes[firms])
    nodes.loc[~firms, ["x", "y"]] = _institutions_at(nodes[~firms])
    trees = genealogy.family(results.events[results.events["run_id"] == net.run_id])
    trees = trees.reindex(columns=["party", "month", "above", "cascade", "parent", "weight"])
    trees = trees[trees["month"] <= net.month + AFTER]
    trees["above"] = trees["above"].map(trees["party"])
    trees["members"] = trees.groupby("cascade")["month"].transform("size")
    late = trees[trees["month"] > net.month]
    tree = late.drop_duplicates("party").set_index("party").reindex(nodes.index)
    nodes["fell"], nodes["cascade"] = tree["month"], tree["cascade"]
    nodes["parent"] = tree["above"].where(tree["above"].isin(nodes.index))
    nodes["members"] = tree["members"]
    refused = (tree["weight"] >= BORNE) & nodes["parent"].isna()
    nodes["refused_by"] = tree["parent"].where(refused & tree["parent"].isin(nodes.index))
    columns = ["kind", "row", "x", "y", "weight", "fell", "cascade", "members", "parent"]
    return nodes[[*columns, "refused_by"]]


def _lent(net: Network) -> pd.Series:
    """Sum what each institution has lent, notes counted with the platform they go through."""
    mine = net.edges[net.edges["layer"].isin(("credit", "notes", "wholesale"))]
    lender = mine["via"].where(mine["via"] >= 0, mine["creditor"])
    return mine["yuan"].groupby(lender).sum()


def _firms_at(firms: pd.DataFrame) -> Any:
    """Place firms in slices by sector, the largest inside; (n, 2)."""
    sectors = np.unique(firms["sector"])
    slice_of = np.searchsorted(sectors, firms["sector"])
    rank = firms.groupby("sector")["revenue"].rank(ascending=False, pct=True, method="first")
    # Even density: the area inside a radius is in proportion to the firms inside it.
    radius = np.sqrt(OUTSIDE**2 + (1 - OUTSIDE**2) * rank.to_numpy(dtype=np.float64))
    golden = (firms["row"].to_numpy() * 0.6180339887498949) % 1.0
    angle = 2 * np.pi * (slice_of + 0.04 + 0.92 * golden) / max(len(sectors), 1)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def _institutions_at(nodes: pd.DataFrame) -> Any:
    """Place institutions on rings in the middle, banks first, each kind by what it lends."""
    order = {kind: i for i, kind in enumerate(party.KINDS)}
    rank = np.lexsort((-nodes["weight"].to_numpy(), nodes["kind"].map(order).to_numpy()))
    place = np.empty(len(nodes))
    place[rank] = np.arange(len(nodes))
    # A sunflower: as even as can be whatever the number.
    radius = INSIDE * np.sqrt((place + 0.5) / max(len(nodes), 1))
    angle = np.pi * (3 - np.sqrt(5)) * place
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


# ------------------------------------------------------------ drawing
def _lines(axes: Axes, net: Network, found: pd.DataFrame) -> None:
    """Draw claims faintly, the more of them the fainter: trade, loans, wholesale."""
    edges = net.edges.assign(
        lender=net.edges["creditor"].where(net.edges["via"] < 0, net.edges["via"])
    )
    for layers, colour, strength in (
        (("trade", "guarantee"), "#0072B2", 0.5),
        (("credit", "notes"), "#555555", 0.3),
        (("wholesale", "technology"), "#009E73", 0.6),
    ):
        mine = edges[edges["layer"].isin(layers)]
        pairs = mine.groupby(["lender", "debtor"])["yuan"].sum().nlargest(MOST_LINES)
        ends = [found.index.get_indexer(pairs.index.get_level_values(i)) for i in (0, 1)]
        there = (ends[0] >= 0) & (ends[1] >= 0)
        at = found[["x", "y"]].to_numpy()
        segments = np.stack([at[ends[0][there]], at[ends[1][there]]], axis=1)
        axes.add_collection(
            LineCollection(list(segments), colors=colour, linewidths=0.5, zorder=1, rasterized=True,
                           alpha=strength * min(1.0, (MANY / max(len(segments), 1)) ** 0.6))
        )  # fmt: skip


def _dots(axes: Axes, found: pd.DataFrame) -> None:
    """Draw parties; who fell alone is crossed."""
    largest = max(float(found["weight"].max()), 1.0)
    size = 22.0 / np.sqrt(max((found["kind"] == "enterprise").sum() / 250, 1.0))
    for kind, mine in found.groupby("kind"):
        marker, colour, _ = party.KINDS[str(kind)]
        is_firm = kind == "enterprise"
        area = size if is_firm else 25 + 190 * np.sqrt(mine["weight"] / largest)
        axes.scatter(
            mine["x"], mine["y"], s=area, marker=marker, color="#B9B9B9" if is_firm else colour,
            edgecolors="none" if is_firm else style.INK, linewidths=0.6,
            zorder=2 if is_firm else 4, rasterized=is_firm,
        )  # fmt: skip
    alone = found[found["fell"].notna() & ~_in_cascade(found)]
    axes.scatter(
        alone["x"], alone["y"], s=26, marker="x", color=style.INK, linewidths=0.9, zorder=5
    )


def _in_cascade(found: pd.DataFrame) -> pd.Series:
    return found["members"] > 1


def _cascades(axes: Axes, found: pd.DataFrame) -> None:
    """Draw the trees in front, the largest numbered at their first fall."""
    mine = found[_in_cascade(found)]
    for _, row in mine.iterrows():
        if row["parent"] == row["parent"]:
            start = found.loc[row["parent"]]
            axes.annotate(
                "", (row["x"], row["y"]), (start["x"], start["y"]), zorder=6,
                arrowprops={"arrowstyle": "-|>", "color": RED, "lw": 2.0, "shrinkA": 3,
                            "shrinkB": 4, "mutation_scale": 13,
                            "connectionstyle": "arc3,rad=0.12"},
            )  # fmt: skip
    for _, row in found[found["refused_by"].notna()].iterrows():
        start = found.loc[row["refused_by"]]
        axes.annotate(
            "", (row["x"], row["y"]), (start["x"], start["y"]), zorder=5,
            arrowprops={"arrowstyle": "-|>", "color": RED, "lw": 1.1, "linestyle": (0, (4, 2)),
                        "mutation_scale": 9, "shrinkB": 4},
        )  # fmt: skip
    for kind, some in mine.groupby("kind"):
        axes.scatter(some["x"], some["y"], s=70, marker=party.KINDS[str(kind)][0], color=RED,
                     edgecolors="black", linewidths=1.2, zorder=7)  # fmt: skip
    for i, (_, some) in enumerate(_largest(found)):
        first = some.sort_values("fell").iloc[0]
        first = some[some["parent"].isna()].iloc[0] if some["parent"].isna().any() else first
        axes.annotate(
            str(i + 1), (first["x"], first["y"]), xytext=(9, 9), textcoords="offset points",
            fontsize=style.TEXT + 2, fontweight="bold", color="black", zorder=9,
            bbox={"boxstyle": "circle,pad=0.2", "fc": "white", "ec": "black", "lw": 1.0},
        )  # fmt: skip


def _largest(found: pd.DataFrame) -> list[tuple[Any, pd.DataFrame]]:
    """Return the cascades told one by one, the largest first, then the earliest."""
    groups = [g for g in found[_in_cascade(found)].groupby("cascade") if len(g[1]) > 1]
    return sorted(groups, key=lambda g: (-len(g[1]), g[1]["fell"].min()))[:NUMBERED]


def _key(figure: Figure, found: pd.DataFrame, is_followed: bool) -> None:
    kinds = [kind for kind in party.KINDS if (found["kind"] == kind).any()]
    entries: list[Any] = party.handles(kinds)
    if is_followed:
        entries.append(
            Line2D([], [], marker="x", linestyle="none", color=style.INK, label="fell alone")
        )
        entries.append(Line2D([], [], color=RED, lw=2, marker=">", label="cascade"))
    if found["refused_by"].notna().any():
        label = "refused by one that lived on"
        entries.append(Line2D([], [], color=RED, lw=1.2, linestyle=(0, (4, 2)), label=label))
    for i, (_, some) in enumerate(_largest(found)):
        entries.append(Line2D([], [], linestyle="none", label=f"{i + 1}: {_story(some)}"))
    style.legend_below_title(figure, entries, [style.INK] * len(entries))


def _story(some: pd.DataFrame) -> str:
    """Tell a cascade in few words."""
    order = some.sort_values("fell")
    roots = order[order["parent"].isna()]
    first = roots.index[0] if len(roots) else order.index[0]
    kinds = order.drop(index=first)["kind"].value_counts()
    words = [f"{n} {party.KINDS[str(kind)][2]}{'s' * (n > 1)}" for kind, n in kinds.items()]
    return (
        f"{party.word_of(int(first))} (m {order.loc[first, 'fell']:.0f}), then {', '.join(words)}"
    )


def _message(net: Network, found: pd.DataFrame, left: int) -> str:
    """Say how large the network is and what became of it in the months that the run has left.

    Whoever fell is counted once: in a cascade, else for lack of credit, else alone.
    """
    claims = net.edges.loc[net.edges["instrument"] != "guarantee", "yuan"].sum()
    n = int((found["kind"] == "enterprise").sum())
    start = (
        f"Month {net.month}: claims of {brief(float(claims))} yuan link {n:,} firms and those who "
        "lend; "
    )
    if not left:
        return f"{start}the run ends here, so nothing is known of what came after"
    fell, is_hit = found["fell"].notna(), _in_cascade(found)
    refused = int((found["refused_by"].notna() & ~is_hit).sum())
    hit, alone = int(is_hit.sum()), int((fell & ~is_hit).sum()) - refused
    span = "month" if left == 1 else f"{left} months"
    if not fell.any():
        return f"{start}none of them fell in the {span} after it"
    return (
        f"{start}{int(fell.sum())} of them fell in the {span} after it: {hit} in cascades, "
        f"{refused} for lack of credit, {alone} alone"
    )
