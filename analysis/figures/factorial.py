"""Effects of a factorial experiment: contrasts named beforehand, and a map of all combinations.

Above are the primary contrasts with their intervals, which the title puts into words; below is a
map per level of the last factor, coloured by sign.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis import factorial, paired
from analysis.figures import _style as style
from analysis.figures._forest import Row, forest, largest
from analysis.results import cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from analysis.results import Results

METRIC = paired.COHORT
IN_WORDS = 3  # contrasts that a title tells one by one
LEAST_WIDTH = 10.0  # inches
TOLD, OPEN = style.COLOURS[0], style.GREY


def data(results: Results) -> pd.DataFrame:
    """Return each combination against the reference arm: levels, difference and interval."""
    factors = factorial.factors_of(results)
    style.need(bool(factors), "these results are of no factorial experiment")
    style.need(len(factors) == 3, f"the map shows three factors, and there are {len(factors)}")
    metric = METRIC if paired.has_cohort(results) else "default_rate"
    values = paired.values_of(results, metric)
    base = cell(values, "", results.reference_arm)
    rows = []
    for arm in results.manifest["arms"]:
        found = paired.contrast(cell(values, "", arm), base)
        levels = dict(zip(factors, arm.split(factorial.CROSS), strict=True))
        rows.append({**levels, "metric": metric, "is_reference": arm == results.reference_arm,
                     "difference": found.difference, "low": found.low, "high": found.high,
                     "n": found.n})  # fmt: skip
    return pd.DataFrame(rows)


def draw(results: Results) -> Figure:
    """Draw primary contrasts, and heat maps: rows of the first factor, columns of the second."""
    found, factors = data(results), factorial.factors_of(results)
    missing = "the reference arm and another one must have finished in the same replication"
    style.need(bool((found["n"] > 0).any()), missing)
    primary = factorial.primary_contrasts(results)
    n_rows, _, n_panels = (len(levels) for levels in factors.values())
    above = 0.7 * primary["unit"].nunique() + 0.36 * len(primary) if len(primary) else 0.0
    below = 1.5 + 0.42 * n_rows
    figure = style.new_figure(max(LEAST_WIDTH, 2.4 + 2.7 * n_panels), 1.3 + above + below,
                              message_of(results, primary, found),
                              _note(results, found, len(primary) > 0))  # fmt: skip
    below_them: Any = figure
    if len(primary):
        parts: Any = figure.subfigures(2, 1, height_ratios=[above, below])
        upper, below_them = parts
        _contrasts(upper, results, primary)
    _maps(below_them, results, found, factors)
    return figure


# ---------------------------------------------------------------- in words
def contrast_name(results: Results, row: Mapping[Any, Any]) -> str:
    """Say by which levels two arms differ, and which others are not those of the reference arm."""
    first, second, base = (
        str(arm).split(factorial.CROSS) for arm in (row["arm"], row["against"], _base(results))
    )
    own = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
    shared = zip(factorial.factors_of(results), first, second, base, strict=True)
    rest = [f"{factor}: {a}" for factor, a, b, c in shared if a == b != c]
    new, old = (" and ".join(pair[i] for pair in own) for i in (0, 1))
    return f"{new} instead of {old}" + (f" ({', '.join(rest)})" if rest else "")


def _base(results: Results) -> str:
    return str(results.reference_arm)


def message_of(results: Results, primary: pd.DataFrame, found: pd.DataFrame) -> str:
    """Say what the primary contrasts found, by p values corrected for their number.

    primary : of `analysis.factorial.primary_contrasts`; found : of `data`
    """
    factors = list(factorial.factors_of(results))
    what = f"What {', '.join(factors[:-1])} and {factors[-1]} change"
    few = style.few(int(primary["n"].max()) if len(primary) else int(found["n"].max()))
    if few:
        return f"{what} ({few})"
    if not len(primary):
        return _message_of_map(results, found)
    n, is_told = len(primary), primary["p_holm"] <= 0.05
    told = primary[is_told].to_dict("records")
    known = int(np.isfinite(primary["p_holm"]).sum())
    all_of = f"{n} contrasts named beforehand"
    if known < n:
        all_of += f" ({n - known} not yet run)"
    if not told:
        return f"{what}: none of {all_of} is told from zero"
    start = f"{len(told)} of {all_of} {'is' if len(told) == 1 else 'are'} told from zero"
    if len(told) <= IN_WORDS:
        return f"{start}: {_in_words(results, told)}"
    expected = sum(row["verdict"] == "as expected" for row in told)
    return f"{start}: {expected} as expected, {len(told) - expected} not"


def _in_words(results: Results, told: Sequence[Mapping[Any, Any]]) -> str:
    """Say what is higher or lower by which contrasts, those of a metric and a sign together."""
    ways: dict[str, list[str]] = {}
    for row in told:
        label = str(row["label"])
        way = "higher" if row["difference"] > 0 else "lower"
        aside = "" if row["verdict"] == "as expected" else " (not expected)"
        name = f"with {contrast_name(results, row)}{aside}"
        ways.setdefault(f"{label[:1].lower()}{label[1:]} are {way}", []).append(name)
    return "; ".join(f"{way} {', and '.join(names)}" for way, names in ways.items())


def _message_of_map(results: Results, found: pd.DataFrame) -> str:
    """Say how many combinations differ, where no contrast was named beforehand."""
    others = found[(found["n"] > 0) & ~found["is_reference"]]
    clear = int(((others["low"] > 0) | (others["high"] < 0)).sum())
    label = paired.label_of(results, str(found["metric"].iloc[0]))
    return f"{label}: {clear} of {len(others)} combinations differ from {_base(results)} at 95 %"


def _note(results: Results, found: pd.DataFrame, has_contrasts: bool) -> str:
    unit = _unit_of_difference(paired.unit_of(results, found["metric"].iloc[0]))
    label = paired.label_of(results, found["metric"].iloc[0])
    others = len(found) - 1
    lines = []
    if has_contrasts:
        lines += [
            "Above: paired differences of contrasts named before running, with 95 % intervals; p "
            "is corrected for their number (Holm), and what is told from zero by it is blue. Pale: "
            "too small to be found with these replications (80 % power)."
        ]
    lines += [
        f"Map: {label[:1].lower()}{label[1:]}, {unit}, less that of {_base(results)}; orange is "
        f"more, purple less. * its 95 % interval leaves out zero: not corrected, about "
        f"{0.05 * others:.0f} of {others} would by chance alone.",
        f"{style.replications(results).capitalize()}.",
    ]
    return " ".join(lines)


def _unit_of_difference(unit: str, most: float = 0.0) -> str:
    _, words = style.reading(unit, most)
    return words.replace("%", "percentage points", 1) if words.startswith("%") else words


# ---------------------------------------------------------------- parts
def _contrasts(figure: SubFigure, results: Results, primary: pd.DataFrame) -> None:
    """Draw the primary contrasts, a panel for each unit, with their corrected p values."""
    groups = [part.to_dict("records") for _, part in primary.groupby("unit", sort=False)]
    panels = figure.subplots(len(groups), 1, squeeze=False,
                             height_ratios=[len(part) + 1 for part in groups])  # fmt: skip
    for axes, part in zip(panels.flat, groups, strict=True):
        rows = [_row(results, record) for record in part]
        factor, _ = style.reading(str(part[0]["unit"]), largest(rows))
        forest(axes, rows, factor, with_names=True)
        axes.set_xlabel(f"difference, {_unit_of_difference(part[0]['unit'], largest(rows))}")
        for i, record in enumerate(part):
            p = record["p_holm"]
            said = "" if p != p else "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
            axes.annotate(said, (1.01, len(rows) - 1 - i), va="center", fontsize=style.SMALL,
                          xycoords=("axes fraction", "data"), annotation_clip=False,
                          color=rows[i].colour)  # fmt: skip


def _row(results: Results, record: Mapping[Any, Any]) -> Row:
    numbers = (record["difference"], record["low"], record["high"], record["detectable"])
    colour = TOLD if record["p_holm"] <= 0.05 else OPEN
    label = str(record["label"])
    name = f"{label[:1].lower()}{label[1:]}: {contrast_name(results, record)}"
    return Row(name, *numbers, colour, note="not yet run")


def _maps(
    figure: Any, results: Results, found: pd.DataFrame, factors: dict[str, list[str]]
) -> None:
    """Draw a map for each level of the third factor; figure : or a part of one."""
    rows, columns, panels = factors
    unit = paired.unit_of(results, found["metric"].iloc[0])
    factor, _ = style.reading(unit)
    most = factor * float(np.nanmax(np.abs(found["difference"]))) or 1.0
    grid = style.grid(figure, len(factors[panels]), len(factors[panels]))
    for i, (axes, panel) in enumerate(zip(grid, factors[panels], strict=True)):
        part = found[found[panels] == panel].set_index([rows, columns])
        part = part.loc[list(pd.MultiIndex.from_product([factors[rows], factors[columns]]))]
        _map(axes, part, (len(factors[rows]), len(factors[columns])), factor, most)
        axes.set_title(f"{panels}: {panel}", loc="left", fontsize=style.TEXT)
        axes.set_xticks(range(len(factors[columns])), factors[columns], rotation=30, ha="right")
        axes.set_yticks(range(len(factors[rows])), factors[rows] if i == 0 else [])
        axes.tick_params(length=0)
        if i == 0:
            axes.set_ylabel(rows, fontsize=style.TEXT)
        axes.set_xlabel(columns, fontsize=style.TEXT)


def _map(
    axes: Axes, part: pd.DataFrame, shape: tuple[int, int], factor: float, most: float
) -> None:
    values = factor * part["difference"].to_numpy(dtype=float).reshape(shape)
    axes.imshow(values, cmap="PuOr_r", vmin=-most, vmax=most, aspect="auto")
    clear = ((part["low"] > 0) | (part["high"] < 0)).to_numpy().reshape(shape)
    is_base = part["is_reference"].to_numpy().reshape(shape)
    for (y, x), value in np.ndenumerate(values):
        dark = abs(value) > 0.6 * most
        text = f"{round(value, 2) + 0.0:+.2f}{'*' if clear[y, x] else ''}"
        text = "ref." if is_base[y, x] else text if np.isfinite(value) else "-"
        axes.text(x, y, text, ha="center", va="center", fontsize=style.TEXT - 1,
                  color="white" if dark else "black")  # fmt: skip
