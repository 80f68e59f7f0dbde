"""Tables on contagion for the terminal: what channels did, what policy changed, what cover cost.

Responsible for wording numbers; they come from `analysis.attribution`,
`analysis.policy_contagion` and `analysis.reproduction`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from rich.table import Table

from analysis.attribution import is_total_told
from analysis.names import with_names
from analysis.results import AS_SET
from analysis.tables import (
    FULL_WIDTH,
    WIDE,
    brief,
    brief_band,
    cell_name,
    is_share,
    long_table,
    percent,
    short,
)


def policy_contagion_tables(
    found: pd.DataFrame, reference: str, width: int = WIDE
) -> Iterator[Table]:
    """Lay out what arms change of contagion: K less K of the reference, and what stands beside.

    width : columns of the terminal; one table on a wide one, one per arm and point on a narrower
    one, where the reference's numbers stand below and columns that do not fit are left out
    """
    columns = ["months", "K less K", "95 % interval", "detectable", "fundamental", "interval",
               "K", "share %"]  # fmt: skip
    title = f"Contagion less that of {reference}: differences in differences"
    if width >= WIDE:
        yield long_table(found, ["arm", *columns], title, _worded_policy, roomy=False)
        return
    for (arm, point), rows in with_names(found).groupby(["arm", "point"], sort=False):
        name = f"Contagion, {cell_name(str(arm), str(point))} less {reference}"
        kept = columns if width >= FULL_WIDTH else columns[:5]
        yield long_table(rows, kept, name, _worded_policy_briefly, roomy=False)


def cover_table(found: pd.DataFrame) -> Table:
    """Lay out what covering each channel cost, by arm and point."""
    columns = ["arm", "channel", "alone", "all off"]
    title = "Paid by outside to cover a channel, yuan a run"
    return long_table(found, columns, title, _worded_cover, roomy=False)


def reproduction_tables(found: pd.DataFrame) -> Iterator[Table]:
    """Lay out the causal reproduction number by channels, one table per arm and point."""
    columns = ["channels off", "R", "95 % interval", "carried", "interval", "on record",
               "closed"]  # fmt: skip
    for (arm, point), rows in with_names(found).groupby(["arm", "point"], sort=False):
        months = int(rows["months"].max())
        name = cell_name(str(arm), str(point))
        title = f"Others brought down by a firm closed by lot within {months} months, {name}"
        yield long_table(rows, columns, title, _worded_reproduction, roomy=False)


def attribution_tables(found: pd.DataFrame) -> Iterator[Table]:
    """Lay out what each player of an attribution adds to a metric, one table per arm and point."""
    columns = ["channels", "value", "95 % interval", "share %", "alone", "last", "order error",
               "detectable"]  # fmt: skip
    for (arm, point), rows in with_names(found).groupby(["arm", "point"], sort=False):
        unit = str(rows["unit"].iloc[0])
        title = f"{rows['label'].iloc[0]}, {'% points' if is_share(unit) else unit}, by channel"
        name = cell_name(str(arm), str(point))
        yield long_table(rows, columns, f"{title}: {name}", _worded_share, roomy=False)


def attribution_help(found: pd.DataFrame, has_orders: bool) -> list[str]:
    """Explain the tables of an attribution, and which of them tell no shares."""
    lines = [
        "value: Shapley value, what the channel adds averaged over the orders in which channels "
        "come into force; the values add up to 'all together'.",
        "alone: added with every other channel off; last: added with every other one in force.",
    ]
    cells = with_names(found)[found["n"] > 0].groupby(["arm", "point"], sort=False)
    untold = [cell_name(str(a), str(p)) for (a, p), rows in cells if not is_total_told(rows)]
    n = int(found["n"].max())
    if untold and n > 1:
        which = "" if len(untold) == len(cells) else f" of {'; '.join(untold)}"
        lines += [
            f"share %{which}: none, since all together is not told from zero, and parts of what "
            "may be nothing can be of any size."
        ]
    if has_orders:
        lines += ["order error: standard error of the value by the lot of orders."]
    return lines + (["Intervals need at least two replications."] if n < 2 else [])


def _worded_policy(row: dict[str, Any]) -> dict[str, Any]:
    def limits(name: str) -> str:
        ends = [short(row[f"{name}_{end}"]) for end in ("low", "high")]
        return " .. ".join(ends) if "-" not in ends else ""

    def both(name: str, word: Any) -> str:
        return f"{word(row[name])} ({word(row[f'{name}_reference'])})"

    return {
        "arm": cell_name(row["arm"], row["point"]),
        "months": row["months"],
        "K less K": short(row["k_change"]),
        "95 % interval": limits("k"),
        "detectable": short(row["k_detectable"]),
        "fundamental": short(row["fundamental_change"]),
        "interval": limits("fundamental"),
        "K": both("k", short),
        "share %": both("share", percent),
    }


def _worded_policy_briefly(row: dict[str, Any]) -> dict[str, Any]:
    """Word a policy in narrow columns: what holds for the reference stands below."""
    worded = _worded_policy(row)
    return {**worded, **{name: worded[name].replace(" (", "\n(") for name in ("K", "share %")}}


def _worded_cover(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "arm": cell_name(row["arm"], row["point"]),
        "channel": row["channel"],
        "alone": brief(row["alone"], "yuan"),
        "all off": brief(row["all"], "yuan"),
    }


def _worded_share(row: dict[str, Any]) -> dict[str, Any]:
    unit = row["unit"]
    held = str(row["channels"]).replace("+", ", ")
    own_name = held in ("", row["player"]) or row["player"].replace("+", ", ") == held
    numbers = {name: brief(row[name], unit) for name in ("value", "alone", "last", "detectable")}
    return {
        **numbers,
        "channels": row["player"] if own_name else f"{row['player']}: {held}",
        "95 % interval": brief_band(row["low"], row["high"], unit),
        "share %": percent(row["share"]),
        "order error": brief(row["order_error"], unit) if row["order_error"] > 0 else "",
    }


def _worded_reproduction(row: dict[str, Any]) -> dict[str, Any]:
    def limits(low: float, high: float) -> str:
        ends = [short(low), short(high)]
        return " .. ".join(ends) if "-" not in ends else ""

    return {
        "channels off": "none"
        if row["channels"] == AS_SET
        else row["channels"].removesuffix(" off"),
        "R": short(row["r"]),
        "95 % interval": limits(row["low"], row["high"]),
        "carried": short(row["carried"]),
        "interval": limits(row["carried_low"], row["carried_high"]),
        "on record": short(row["attributed"]),
        "closed": f"{row['k']:.0f}",
    }
