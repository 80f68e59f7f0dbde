"""Tables a person reads in the terminal: headline metrics, contrasts, contagion, expectations.

Responsible for wording numbers; the numbers come from `analysis.results` and
`analysis.paired`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.table import Table

from analysis.bands import band_name
from analysis.expected import NONE_TOLD
from analysis.names import with_names
from analysis.results import PLACEBO

SIDE_BY_SIDE = 4  # more arms than this are listed below each other
READABLE = 24  # more than this no list of metrics by arm can be read
# Least widths on a narrow terminal, where names would else give way to numbers.
NAME_WIDTH = {"metric": 22, "verdict": 11, "channels off": 10, "channels": 18}
NARROW_WIDTH = {"metric": 12, "verdict": 8}  # where numbers leave less than that
LABEL_WIDTH = 28
WIDE = 120  # columns of a terminal on which arms of expectations have a column of their own
FULL_WIDTH = 76  # columns of a terminal that the whole table of effects takes
HEADS = {"var. ratio": "var.\nratio", "detectable": "detect-\nable", "placebo sd": "placebo\nsd",
         "difference": "diff.", "channels off": "off", "without": "with-\nout",
         "attr. %": "attr.\n%", "K less K": "K less\nK", "order error": "order\nerror",
         "fundamental": "funda-\nmental"}  # fmt: skip


def number(value: float, unit: str = "") -> str:
    """Write a number the way its unit asks: shares in percent, large ones with k, m, bn."""
    text = plain(value, unit)
    return f"{text} %" if is_share(unit) and text != "-" else text


def plain(value: float, unit: str = "") -> str:
    """Write a number without the sign of its unit: shares are multiplied by 100."""
    if value is None or not math.isfinite(value):
        return "-"
    if is_share(unit):
        return f"{100 * value:.2f}"
    for size, scale, name in ((1e9, 1e9, " bn"), (1e6, 1e6, " m"), (1e4, 1e3, " k")):
        if abs(value) >= size:
            return f"{value / scale:.4g}{name}"
    return f"{value:.4g}"


def brief(value: float, unit: str = "") -> str:
    """Write a number with three digits, and shares in percent without the sign."""
    if value is None or not math.isfinite(value):
        return "-"
    value = float(f"{100 * value if is_share(unit) else value:.3g}") + 0.0
    if 0 < abs(value) < 0.001:
        return f"{value:.1g}"
    sizes = () if is_share(unit) else ((1e9, " bn"), (1e6, " m"), (1e3, " k"))
    for size, name in sizes:
        if abs(value) >= size:
            return f"{value / size:.3g}{name}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def is_share(unit: str) -> bool:
    """Tell whether numbers of this unit are read as percent."""
    head = unit.split("/")[0].split(" of ")[0].strip()
    return head in ("share", "1", "fraction", "annual fraction")


def band(low: float, high: float, unit: str = "") -> str:
    """Write an interval, empty where there is none."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"{plain(low, unit)} .. {plain(high, unit)}"


def cell_name(arm: str, point: str) -> str:
    """Name an arm and its point."""
    return ", ".join(text for text in (arm, point) if text)


def summary_table(summary: pd.DataFrame, title: str) -> Table:
    """Lay out headline metrics: mean over policy months, the band of replications below it."""
    summary = with_names(summary)
    cells = list(dict.fromkeys(zip(summary["arm"], summary["point"], strict=True)))
    if len(cells) > SIDE_BY_SIDE:
        return long_table(
            summary, ["arm", "point", "label", "mean", "band", "n"], title, _worded_summary
        )
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column(f"mean over months ({band_name(int(summary['n'].max()))})")
    for arm, point in cells:
        table.add_column(cell_name(arm, point), justify="right")
    for _, rows in summary.groupby("metric", sort=False):
        first = rows.iloc[0]
        shown = [_mean_and_band(row) for row in rows.to_dict("records")]
        table.add_row(_with_unit(first["label"], first["unit"]), *shown)
    return table


def shortened(summary: pd.DataFrame, reference: str | None) -> tuple[pd.DataFrame, str]:
    """Leave out arms that have not finished, and of very many arms all but one.

    Returns the rows to show and a line on what is missing, empty where nothing is.
    """
    summary = with_names(summary)
    finished = summary[summary["n"] > 0]
    cells = finished[["arm", "point"]].drop_duplicates()
    if finished.empty:
        return summary, ""
    if len(cells) <= READABLE:
        n = len(summary[["arm", "point"]].drop_duplicates()) - len(cells)
        return finished, f"left out: {n} of the arms and points have not finished" if n else ""
    named = cells[cells["arm"] == reference]
    arm, point = (named if len(named) else cells).iloc[0]
    rows = finished[(finished["arm"] == arm) & (finished["point"] == point)]
    name = cell_name(arm, point)
    return rows, f"shown: {name}, one of {len(cells)} arms and points; 'compare' has the others"


def _mean_and_band(row: dict[Any, Any]) -> str:
    inside = band(row["low"], row["high"], row["unit"]) if row["n"] > 1 else ""
    return number(row["mean"], row["unit"]) + (f"\n({inside})" if inside else "")


def _with_unit(label: str, unit: str) -> str:
    """Add the unit to a label; percent is said beside the number, so only its period stays."""
    if is_share(unit):
        unit = f"per {unit.split('/')[1]}" if "/" in unit else ""
    return f"{label}, {unit}" if unit else label


def effects_tables(
    effects: pd.DataFrame, reference: str, width: int = FULL_WIDTH
) -> Iterator[Table]:
    """Lay out paired differences from the reference arm, one table per arm and point.

    The placebo arm is no policy: it shows as the column of its spread.
    width : columns of the terminal; on a narrow one only effect, interval and detectable stay
    """
    effects = with_names(effects)
    shown = effects[(effects["arm"] != PLACEBO) & ((effects["n"] > 0) | (effects["note"] != ""))]
    columns = ["metric", "difference", "95 % interval", "detectable"]
    if width >= FULL_WIDTH:
        columns += ["var. ratio", "placebo sd", "n"]
    for (arm, point), rows in shown.groupby(["arm", "point"], sort=False):
        title = f"{cell_name(str(arm), str(point))} less {reference}"
        yield long_table(
            rows.assign(label=_labels(rows)), columns, title, _worded_effect, roomy=False
        )


def placebo_table(effects: pd.DataFrame) -> Table:
    """Lay out the spread of the placebo arm alone, where no policy's table has a column for it."""
    rows = with_names(effects[(effects["arm"] == PLACEBO) & effects["placebo_sd"].notna()])
    whole = rows["months"].iloc[0]
    title = f"Placebo: spread by 1 % more cash in one firm, months {whole}"
    rows = rows.assign(label=_labels(rows))
    return long_table(rows, ["metric", "placebo sd", "n"], title, _worded_effect, roomy=False)


def _labels(rows: pd.DataFrame) -> list[str]:
    """Return the labels of metrics, with the months where they are not those of the first row."""
    whole = rows["months"].iloc[0]
    return [
        r["label"] if r["months"] == whole else f"{r['label']} (months {r['months']})"
        for r in rows.to_dict("records")
    ]


def contagion_tables(contagion: pd.DataFrame) -> Iterator[Table]:
    """Lay out what channels add to defaults, one table per arm, point and span of months."""
    columns = ["channels off", "without", "K", "95 % interval", "share %", "attr. %", "n",
               "var. ratio", "detectable"]  # fmt: skip
    named = with_names(contagion)
    for (arm, point, months), rows in named.groupby(["arm", "point", "months"], sort=False):
        name = cell_name(str(arm), str(point))
        title = f"Contagion, {name}, months {months}"
        yield long_table(rows, columns, title, _worded_contagion, roomy=False)


def expectations_table(found: pd.DataFrame, width: int = FULL_WIDTH) -> Table:
    """Lay out what the file expected beside what was found.

    width : columns of the terminal; on a narrow one the arm stands below the metric
    """
    columns = ["metric", "arm", "point", "expected", "found", "95 % interval", "verdict"]
    if (found["verdict"] == NONE_TOLD).any():
        columns.insert(-1, "detectable")  # says how small a difference would have been told
    title = "Expected before running, and found"
    if found["months"].nunique() == 1:
        title += f", months {found['months'].iloc[0]}"
    else:
        columns.insert(3, "months")
    if width >= WIDE:
        return long_table(found, columns, title, _worded_wish, roomy=False)
    columns.remove("arm")
    return long_table(found, columns, title, _worded_wish_briefly, False, NARROW_WIDTH)


def columns_of(tables: Iterable[Table]) -> set[str]:
    """Return the names of the columns that tables show, to explain these and no others."""
    heads = {str(column.header) for table in tables for column in table.columns}
    full = {head: name for name, head in HEADS.items()}
    return {full.get(head, head) for head in heads}


def long_table(
    frame: pd.DataFrame,
    columns: Sequence[str],
    title: str,
    worded: Any,
    roomy: bool = True,
    least: Mapping[str, int] = NAME_WIDTH,
) -> Table:
    """Lay out one row per row, leaving out columns that are empty throughout.

    least : width of columns of names
    """
    rows = [worded(row) for row in with_names(frame).to_dict("records")]
    kept = [c for c in columns if any(row[c] not in ("", "-") for row in rows)]
    if "n" in kept and frame["n"].nunique() == 1:
        kept.remove("n")  # the heading names the replications already
    gap = (0, int(roomy), 0, 0)
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=gap)
    words = ("arm", "point", "metric", "label", "months", "channels off", "channels", "channel",
             "limit", "verdict", "factor", "level")  # fmt: skip
    for name in kept:
        is_text = name in words
        table.add_column(
            HEADS.get(name, name),
            justify="left" if is_text else "right",
            no_wrap=not is_text or name == "months",
            overflow="fold" if is_text else "ellipsis",
            min_width=LABEL_WIDTH if name == "metric" and roomy else least.get(name),
        )
    for row in rows:
        table.add_row(*(str(row[c]) for c in kept))
    return table


def _worded_summary(row: dict[str, Any]) -> dict[str, Any]:
    unit = row["unit"]
    shown = {"label": _with_unit(row["label"], unit), "mean": number(row["mean"], unit)}
    return {**row, **shown, "band": band(row["low"], row["high"], unit) if row["n"] > 1 else ""}


def _worded_effect(row: dict[str, Any]) -> dict[str, Any]:
    unit = row["unit"]
    return {
        **row,
        "metric": _with_unit(row["label"], "% points" if is_share(unit) else unit)
        + {"": "", "other borrowers": " *"}.get(row["note"], f" ({row['note']})"),
        "difference": brief(row["difference"], unit),
        "95 % interval": brief_band(row["low"], row["high"], unit),
        "var. ratio": _brief_ratio(row["variance_ratio"]),
        "detectable": brief(row["detectable"], unit),
        "placebo sd": brief(row["placebo_sd"], unit),
    }


def file_name(name: str) -> str:
    """Make a name that holds an arm's fit for a file: letters, digits, points and dashes."""
    return re.sub(r"[^\w.-]+", "_", name)


def brief_band(low: float, high: float, unit: str) -> str:
    """Write an interval with three digits, empty where there is none."""
    is_there = math.isfinite(low) and math.isfinite(high)
    return f"{brief(low, unit)} .. {brief(high, unit)}" if is_there else ""


def _brief_ratio(ratio: float) -> str:
    return "<0.001" if 0 < ratio < 0.001 else brief(ratio)


def percent(share: float) -> str:
    """Write a share in whole percent."""
    return f"{100 * share:.0f}" if math.isfinite(share) else "-"


def _worded_contagion(row: dict[str, Any]) -> dict[str, Any]:
    """Word a row in few characters, so that nine columns fit on 80."""
    share = percent(row["share"])
    ends = [percent(row[name]) for name in ("share_low", "share_high")]
    inside = "..".join(ends) if "-" not in ends else ""
    limits = [short(row[name]) for name in ("low", "high")]
    return {
        **row,
        "channels off": row["channels"].removesuffix(" off"),
        "without": short(row["second"]),
        "K": short(row["difference"]),
        "95 % interval": " .. ".join(limits) if "-" not in limits else "",
        "share %": f"{share} ({inside})" if inside else share,
        "attr. %": percent(row.get("attributed_share", math.nan)),
        "var. ratio": short(row["variance_ratio"]),
        "detectable": short(row["detectable"]),
    }


def short(value: float) -> str:
    """Write a number with two decimals, and -0.00 without its sign."""
    return f"{round(value, 2) + 0.0:.2f}" if math.isfinite(value) else "-"


def _worded_wish(row: dict[str, Any]) -> dict[str, Any]:
    unit = _text(row.get("unit"))
    source = f" ({row['source']})" if _text(row.get("source")) else ""
    why = f"\n{row['why']}{source}" if _text(row.get("why")) else ""
    return {
        **row,
        "point": _text(row.get("point")),
        "expected": row["sign"],
        "metric": f"{row['metric']}{', % points' if is_share(unit) else ''}{why}",
        "found": plain(row.get("difference", math.nan), unit),
        "detectable": brief(row.get("detectable", math.nan), unit),
        "95 % interval": band(row.get("low", math.nan), row.get("high", math.nan), unit),
    }


def _worded_wish_briefly(row: dict[str, Any]) -> dict[str, Any]:
    """Word an expectation in few columns: the arm below the metric, numbers of three digits."""
    unit = _text(row.get("unit"))
    metric, *why = _worded_wish(row)["metric"].split("\n")
    return {
        **_worded_wish(row),
        "metric": "\n".join([metric, f"in {row['arm']}", *why]),
        "found": brief(row.get("difference", math.nan), unit),
        "95 % interval": brief_band(row.get("low", math.nan), row.get("high", math.nan), unit),
    }


def _text(value: Any) -> str:
    """Return a text; of what a row does not have, which is no text, an empty one."""
    return value if isinstance(value, str) else ""
