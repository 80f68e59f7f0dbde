"""The largest cascade as a tree: who fell first, who followed, through which channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from analysis import blame, genealogy
from analysis.figures import _party as party
from analysis.figures import _style as style
from analysis.names import point_names
from analysis.results import ResultsError
from analysis.tables import cell_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

MOST_NAMED = 60  # parties; beyond, only the first and institutions bear their names
# Channel -> how its links are drawn: told apart in grey by their dashes.
LINES: dict[str, tuple[str, Any]] = {
    "trade": ("#0072B2", "-"),
    "guarantee": ("#0072B2", (0, (1, 1))),
    "funding": ("#D55E00", "-"),
    "wholesale": ("#D55E00", (0, (1, 1))),
    "notes": ("#009E73", (0, (5, 1.5))),
    "confidence": ("#CC79A7", (0, (6, 1.5, 1, 1.5))),
    "closure": ("#000000", (0, (5, 1.5))),
    "cyber": ("#000000", (0, (1, 1))),
}
NOTE = (
    "Each party hangs on the one that cost it most of what it remembered when it fell; m: month. "
    "w: contagious weight, what others cost it over what it lacked, 1 at most. The channel is the "
    "one through which this parent cost it most."
)


def data(results: Results) -> pd.DataFrame:
    """Return the members of the largest cascade of the reference arm, parents first.

    Columns: run, name, party, month, generation, parent (party, -1 for the first), channel, weight,
    and where it is drawn (`height`). Among equals the deepest, then the earliest is taken.
    """
    events, memory = blame.needed(results)
    runs = results.runs
    mine = set(runs.loc[runs["arm"] == results.reference_arm, "run_id"])
    events = events[events["run_id"].isin(mine)]
    trees = genealogy.family(events)
    found = genealogy.cascades(events)
    if not len(found):
        return pd.DataFrame()
    order = ["size", "depth", "first_month"]
    largest = found.sort_values(order, ascending=[False, False, True]).iloc[0]["cascade"]
    tree = trees[trees["cascade"] == largest].copy()
    tree["parent"] = tree["above"].map(trees["party"]).fillna(-1).astype(np.int64)
    tree["channel"] = _channels(tree, memory)
    tree["height"] = _heights(tree)
    tree.insert(1, "name", [genealogy.name_of(number) for number in tree["party"]])
    columns = ["run_id", "name", "party", "month", "generation", "parent", "channel", "weight",
               "height"]  # fmt: skip
    return tree.sort_values(["generation", "height"])[columns].reset_index(drop=True)


def _channels(tree: pd.DataFrame, memory: pd.DataFrame) -> list[str]:
    """Find the channel through which each member's parent cost it most; "" for the first."""
    mine = memory[memory["run_id"] == tree["run_id"].iloc[0]].sort_values("yuan")
    keys = zip(mine["victim"], mine["source"], strict=True)
    largest = dict(zip(keys, mine["channel"], strict=True))
    pairs = zip(tree["party"], tree["parent"], strict=True)
    return [str(largest.get(pair, "")) for pair in pairs]


def _heights(tree: pd.DataFrame) -> list[float]:
    """Give each member its place: those without children in order, parents amid their children."""
    children: dict[int, list[int]] = {}
    for place, above in zip(tree.index, tree["above"], strict=True):
        children.setdefault(int(above), []).append(int(place))
    height: dict[int, float] = {}
    leaves = 0
    waiting = [(place, False) for place in reversed(children.get(-1, []))]
    while waiting:
        place, is_done = waiting.pop()
        below = children.get(place, [])
        if below and not is_done:
            waiting += [(place, True), *((child, False) for child in reversed(below))]
        elif below:
            height[place] = float(np.mean([height[child] for child in below]))
        else:
            height[place] = float(leaves)
            leaves += 1
    return [height[int(place)] for place in tree.index]


def draw(results: Results) -> Figure:
    """Draw the tree from left to right, one column per generation."""
    try:
        found = data(results)
    except ResultsError as error:
        raise style.NotApplicable(str(error)) from error
    style.need(len(found) > 0, "nobody fell, so there is no cascade")
    style.need(len(found) > 1, "every cascade ended with the first to fall: there is no tree")
    leaves = int(found["height"].max()) + 1
    depth = int(found["generation"].max())
    figure = style.new_figure(
        min(max(9.0, 3.0 + 2.3 * depth), 16.0), min(max(3.2, 1.9 + 0.42 * leaves), 16.0),
        _message(found, results), NOTE,
    )  # fmt: skip
    axes = figure.subplots()
    _links(axes, found)
    _parties(axes, found)
    last = int(found["generation"].max())
    axes.set_xticks(range(last + 1), ["first", *(f"generation {i}" for i in range(1, last + 1))])
    axes.set_xlim(-0.6, last + 0.75)
    axes.set_ylim(leaves - 0.4, -0.6)
    axes.set_yticks([])
    style.tidy(axes)
    axes.spines["left"].set_visible(False)
    _key(figure, found)
    return figure


def _links(axes: Axes, found: pd.DataFrame) -> None:
    at = {row["party"]: row for row in found.to_dict("records")}
    for row in at.values():
        above = at.get(row["parent"])
        if above is None:
            continue
        colour, dash = LINES.get(row["channel"], (style.GREY, "-"))
        x, y = above["generation"], above["height"]
        xs = [x, x + 0.5, row["generation"]]
        axes.plot(xs, [y, row["height"], row["height"]], color=colour, linestyle=dash, lw=1.6,
                  zorder=1)  # fmt: skip


def _parties(axes: Axes, found: pd.DataFrame) -> None:
    """Draw parties with their names, where no line to their children runs."""
    above = set(found["parent"])
    for row in found.to_dict("records"):
        kind = party.kind_of(row["party"])
        marker, colour, _ = party.KINDS.get(kind, party.OTHER)
        x, y = row["generation"], row["height"]
        axes.plot(x, y, marker=marker, color=colour, markeredgecolor=style.INK, markersize=8,
                  linestyle="none", zorder=2)  # fmt: skip
        if len(found) <= MOST_NAMED or row["parent"] < 0 or kind != "enterprise":
            weight = f", w {row['weight']:.2f}" if row["parent"] >= 0 else ""
            side = "left" if row["party"] not in above else "right"
            place = (9, -3) if side == "left" else (5, 8) if x else (-9, -3)
            axes.annotate(
                f"{party.word_of(row['party'])}, m {row['month']}{weight}", (x, y),
                xytext=place, ha=side, textcoords="offset points", fontsize=style.SMALL,
                color=style.INK,
            )  # fmt: skip


def _key(figure: Figure, found: pd.DataFrame) -> None:
    kinds = [k for k in party.KINDS if k in {party.kind_of(p) for p in found["party"]}]
    used = [name for name in LINES if name in set(found["channel"])]
    entries = party.handles(kinds)
    entries += [
        Line2D([], [], color=LINES[name][0], linestyle=LINES[name][1], lw=1.8, label=name)
        for name in used
    ]
    style.legend_below_title(figure, entries, [style.INK] * len(entries))


def _message(found: pd.DataFrame, results: Results) -> str:
    """Tell the story in a line, with the arm and point it is of where there are several."""
    run = results.runs[results.runs["run_id"] == found["run_id"].iloc[0]].iloc[0]
    is_one = results.runs[["arm", "point"]].drop_duplicates().shape[0] == 1
    point = point_names(results.runs["point"])[run["point"]]
    where = "" if is_one else f" of {cell_name(str(run['arm']), point)}"
    first = found.iloc[0]
    name = first["name"].replace("enterprise", "firm")
    span = int(found["month"].max() - found["month"].min())
    others = len(found) - 1
    return (
        f"The largest cascade{where}: {name} fell in month {first['month']}, and {others} other"
        f"{' party' if others == 1 else ' parties'} with it within {span} month{'s' * (span != 1)}"
    )
