"""Which parameters matter: indices of Morris or of Sobol, of a level and of what arms change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import paired, sensitivity
from analysis.figures import _dots
from analysis.figures import _style as style
from analysis.results import PLACEBO, ResultsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

MOST = 6  # panels: the level and the effects of this many arms less one
NAMED, LEAST = 6, 0.2  # points named: the largest, and none below this share of the largest mu*
REACH, ROOM = 1.08, 2.1  # of axes beyond the largest number, sideways and for names on top
SHIFT = 0.14  # of total and first index beside each other


def data(results: Results, metric: str = paired.COHORT) -> pd.DataFrame:
    """Return the indices of the level of the reference arm and of the effect of every other one."""
    base = results.reference_arm
    others = [arm for arm in paired.arms_of(results) if arm not in (base, PLACEBO)]
    parts = [sensitivity.sensitivity(results, metric).assign(panel=f"Level: {base}")]
    for arm in others:
        try:
            found = sensitivity.sensitivity(results, metric, effect=arm)
        except ResultsError:  # its runs are missing, or it is not comparable
            continue
        parts.append(found.assign(panel=f"Effect: {arm} less {base}"))
    return pd.concat(parts, ignore_index=True)


def draw(results: Results, metric: str = paired.COHORT) -> Figure:
    """Draw one panel for the level and one for each arm's effect."""
    style.need(
        sensitivity.has_indices(results),
        "there is no sample of method morris or saltelli to work indices out from",
    )
    known = [*results.metrics, *paired.built_metrics(results)]
    style.need(metric in known, f"{metric} is not recorded")
    try:
        found = data(results, metric)
    except ResultsError as error:
        style.need(False, str(error))
        raise
    panels = list(dict.fromkeys(found["panel"]))[:MOST]
    is_morris = found["method"].iloc[0] == "morris"
    per_row = style.columns_for(len(panels))
    n_rows = -(-len(panels) // per_row)
    fields = list(dict.fromkeys(found["field"]))
    tall = 3.3 if is_morris else 1.0 + 0.34 * len(fields)
    title = f"On what does it hang? {_label(results, metric)}"
    figure = style.new_figure(
        max(4.2 * per_row, 7.5), 1.3 + tall * n_rows, title, _note(found, is_morris, results)
    )
    shared = {} if is_morris else {"sharey": True, "sharex": True}
    factor, unit = style.reading(paired.unit_of(results, metric), _largest(found))
    for axes, panel in zip(style.grid(figure, len(panels), per_row, **shared), panels, strict=True):
        rows = found[found["panel"] == panel]
        if is_morris:
            _morris(axes, rows, factor)
            axes.set_xlabel(f"mu*, {unit.replace('%', '% points')}")
            axes.set_ylabel("sigma")
        else:
            _sobol(axes, rows, fields)
            axes.set_xlabel("share of variance")
        luck = rows["noise"].iloc[0]
        known_luck = f"\nluck {100 * luck:.0f} % of variance" if np.isfinite(luck) else ""
        axes.set_title(panel + known_luck, loc="left", fontsize=style.TEXT)
    return figure


def _morris(axes: Axes, rows: pd.DataFrame, factor: float) -> None:
    """Draw sigma over mu* with the interval of mu*; the largest bear numbers, named on top."""
    if not rows["mu_star"].any():
        _nothing(axes)
        return
    rows = rows.sort_values("mu_star", ascending=False, kind="stable")
    mu, sigma, half = (
        factor * rows[name].to_numpy(dtype=float) for name in ("mu_star", "sigma", "half_width")
    )
    half = np.nan_to_num(half)
    right = REACH * float((mu + half).max())
    top = max(float(sigma.max()), 0.25 * right) * ROOM
    end = min(right, 1.15 * top / ROOM)
    axes.plot([0.0, end], [0.0, end], color=style.GREY, linewidth=0.9, zorder=1)
    axes.hlines(sigma, np.maximum(mu - half, 0.0), mu + half, color=style.COLOURS[0], alpha=0.4,
                zorder=2)  # fmt: skip
    named = int(((mu > LEAST * mu[0]) & (np.arange(len(mu)) < NAMED)).sum())
    if named < len(mu):  # a line of no points, not clipped, would take room at the page's corner
        axes.plot(mu[named:], sigma[named:], "o", color=style.COLOURS[0], markersize=4, alpha=0.6,
                  zorder=3, clip_on=False)  # fmt: skip
    for i in reversed(range(named)):
        axes.plot(mu[i], sigma[i], "o", color=style.COLOURS[0], markersize=11, zorder=4 + named - i,
                  markeredgecolor="white", clip_on=False)  # fmt: skip
        axes.annotate(str(i + 1), (float(mu[i]), float(sigma[i])), ha="center", va="center",
                      color="white", fontsize=style.SMALL, zorder=4 + named - i)  # fmt: skip
    listed = "\n".join(f"{i + 1}  {_short(rows['field'].iloc[i])}" for i in range(named))
    axes.annotate(listed, (0.02, 0.98), xycoords="axes fraction", ha="left", va="top",
                  fontsize=style.SMALL, color=style.INK, zorder=20,
                  bbox={"color": "white", "pad": 2.0})  # fmt: skip
    axes.set_xlim(0.0, right)
    axes.set_ylim(0.0, top)
    style.tidy(axes)


def _nothing(axes: Axes) -> None:
    """Say that no field moves what is explained, without a scale made of rounding."""
    axes.annotate("no field changes it at any point", (0.5, 0.5), xycoords="axes fraction",
                  ha="center", va="center", fontsize=style.TEXT, color=style.GREY)  # fmt: skip
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(0.0, 1.0)
    axes.set_xticks([0.0])
    axes.set_yticks([0.0])
    style.tidy(axes)


def _sobol(axes: Axes, rows: pd.DataFrame, fields: list[str]) -> None:
    """Draw total and first index of each field with their intervals."""
    names = [_short(field) for field in fields]
    for name, colour, shift in (("total", 0, -SHIFT), ("first", 1, SHIFT)):
        value, half = rows[name], rows[f"{name}_half_width"]
        part = pd.DataFrame({"place": [_short(f) for f in rows["field"]], "value": value,
                             "low": value - half, "high": value + half})  # fmt: skip
        look = style.Look(name, style.COLOURS[colour], "-", style.MARKERS[colour])
        _dots.dots(axes, part, names, look, shift, across=True)
    _dots.name_places(axes, names, across=True)
    axes.axvline(0.0, color=style.INK, linewidth=0.9, zorder=1)


def _short(field: str) -> str:
    return field.removeprefix("parameters.").replace("_", " ")


def _label(results: Results, metric: str) -> str:
    label = paired.label_of(results, metric)
    return label[:1].upper() + label[1:]


def _largest(found: pd.DataFrame) -> float:
    columns = [name for name in ("mu_star", "sigma") if name in found]
    return float(np.nanmax(found[columns].to_numpy(dtype=float))) if columns else 0.0


def _note(found: pd.DataFrame, is_morris: bool, results: Results) -> str:
    how = (
        "mu*: mean size of what moving a field over its range does, bars: 95 % interval over "
        "walks; sigma: how much that varies from place to place. Above the line, mostly it hangs "
        "on other fields, bends, or is luck."
        if is_morris
        else "Circles: total index, with all a field does together with others; squares: by the "
        "field alone; bars: 95 % intervals."
    )
    return (
        f"{how} Luck: chance within replications, which no field explains. "
        f"{found['points'].iloc[0]} points, {style.replications(results)} each."
    )
