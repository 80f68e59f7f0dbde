"""Tables on networks and cascades for the terminal and the report.

Responsible for wording numbers; they come from `analysis.exposures`, `analysis.blame` and
`analysis.genealogy`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from rich.table import Table

from analysis.tables import brief, cell_name, long_table, percent, short


def layer_table(found: pd.DataFrame, month: int) -> Table:
    """Lay out what `exposures.layer_table` found."""
    columns = ["layer", "creditors", "debtors", "links", "yuan", "largest %"]
    title = f"Layers of the network at the end of month {month}"
    return long_table(found, columns, title, _worded_layer, roomy=False)


def _worded_layer(row: dict[str, Any]) -> dict[str, Any]:
    is_money = row["yuan"] > 0
    counts = {name: f"{row[name]:,}" for name in ("creditors", "debtors", "links")}
    return {
        **row,
        **counts,
        "yuan": brief(row["yuan"], "yuan") if is_money else "-",
        "largest %": percent(row["largest_share"]) if is_money else "-",
    }


def sheet_table(found: pd.DataFrame) -> Table:
    """Lay out what `exposures.sheet_table` found."""
    columns = ["kind", "alive", "cash", "claims", "assets", "owed", "worth"]
    title = "Balance sheets by population, yuan"
    return long_table(found, columns, title, _worded_sheet, roomy=False)


def _worded_sheet(row: dict[str, Any]) -> dict[str, Any]:
    money = {"cash": "cash", "claims": "claims", "assets": "fixed_assets", "owed": "owed",
             "worth": "net_worth"}  # fmt: skip
    shown = {name: brief(row[column], "yuan") for name, column in money.items()}
    kind = str(row["kind"]).replace("_", " ")
    return {**row, **shown, "kind": kind, "alive": f"{row['alive']:,}"}


def contagion_tables(found: dict[str, pd.DataFrame]) -> Iterator[Table]:
    """Lay out cascades, channels and superspreaders, as far as they are there."""
    if len(found["spread"]):
        yield long_table(
            found["spread"],
            ["arm", "falls", "alone %", "size", "largest", "depth", "R", "R firms", "top 1 %",
             "living %"],
            "Cascades of defaults and failures", _worded_spread, roomy=False,
        )  # fmt: skip
    if len(found["channels"]):
        yield long_table(
            found["channels"],
            ["arm", "channel", "weight", "% of falls"],
            "Contagious weight by channel",
            _worded_channel,
            roomy=False,
        )
    if len(found["superspreaders"]):
        yield long_table(
            found["superspreaders"],
            ["party", "arm", "run", "fell", "offspring", "children", "all"],
            "Superspreaders: who bears most of others' falls",
            _worded_spreader,
            roomy=False,
        )
    yield from static_tables(found)


def static_tables(found: dict[str, pd.DataFrame]) -> Iterator[Table]:
    """Lay out static measures of a recorded network, where there is one."""
    systemic = found.get("systemic", pd.DataFrame())
    if not len(systemic):
        return
    month = int(systemic["at_month"].iloc[0])
    yield long_table(
        systemic, ["party", "debtrank %", "rank", "furfine", "rank ", "owed", " rank", "to savers",
                   "through"],
        f"Most systemic in the network of month {month}, by mean rank", _worded_systemic,
        roomy=False,
    )  # fmt: skip
    yield long_table(
        found["agreement"],
        ["first", "second", "kendall", "shared %"],
        "How far these rankings agree",
        _worded_agreement,
        roomy=False,
    )
    yield long_table(
        found["clearing"],
        ["parties", "unable", "through others", "unpaid %"],
        "If all debts of that month were settled at once, at book values",
        _worded_clearing,
        roomy=False,
    )


def _worded_systemic(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "party": str(row["name"]).replace("enterprise", "firm"),
        "debtrank %": brief(row["debtrank"], "share"),
        "rank": f"{row['debtrank_rank']:g}",
        "furfine": brief(row["furfine"], "yuan"),
        "rank ": f"{row['furfine_rank']:g}",
        "owed": brief(row["exposure"], "yuan"),
        " rank": f"{row['exposure_rank']:g}",
        "to savers": _money(row["to_savers"]),
        "through": _money(row["through"]),
    }


def _money(yuan: float) -> str:
    return brief(yuan, "yuan") if yuan else ""


def _worded_agreement(row: dict[str, Any]) -> dict[str, Any]:
    names = {side: "owed" if row[side] == "exposure" else row[side] for side in ("first", "second")}
    return {**row, **names, "kendall": short(row["kendall"]), "shared %": percent(row["overlap"])}


def _worded_clearing(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "parties": f"{row['parties']:,}",
        "unable": f"{row['unable']:,}",
        "through others": f"{row['by_others']:,}",
        "unpaid %": brief(row["unpaid_share"], "share"),
    }


def _worded_spread(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "arm": cell_name(row["arm"], row["point"]) or "base",
        "falls": f"{row['falls'] / row['runs']:.4g}",
        "alone %": percent(row["alone_share"]),
        "size": f"{row['mean_size']:.3g}",
        "largest": f"{row['largest']:.0f}",
        "depth": f"{row['deepest']:.0f}",
        "R": short(row["r"]),
        "R firms": short(row["r_firms"]),
        "top 1 %": percent(row["top_share"]),
        "living %": percent(row["living_share"]),
    }


def _worded_channel(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "arm": cell_name(row["arm"], row["point"]) or "base",
        "channel": row["channel"],
        "weight": f"{row['weight']:.3g}",
        "% of falls": brief(row["share"], "share"),
    }


def _worded_spreader(row: dict[str, Any]) -> dict[str, Any]:
    fell = row["month"] == row["month"]
    return {
        "party": str(row["name"]).replace("enterprise", "firm"),
        "arm": cell_name(row["arm"], row["point"]) or "base",
        "run": str(row["replication"]),
        "fell": f"month {row['month']:.0f}" if fell else "lives on",
        "offspring": f"{row['offspring']:.3g}",
        "children": f"{row['children']:.0f}" if fell else "-",
        "all": f"{row['descendants']:.0f}" if fell else "-",
    }


SPREAD_HELP = (
    "falls: a run; alone %: cascades that end with the first to fall; size, largest: parties in a "
    "cascade; depth: generations of the deepest.",
    "R: others brought down per fall, by the contagious weights on record; R firms: firms by "
    "firms, what institutions bear passed on to those who brought them down.",
    "top 1 %: of all offspring, what the worst 1 % of the fallen bear; living %: of all weight, "
    "what is borne by lenders and platforms that did not fall.",
    "Attribution describes one run; what contagion adds to defaults is K of 'compare', from twins.",
)
WHO_LOSES = {
    True: "firms, institutions and savers; the wealth of savers, as one party, counts as equity",
    False: "firms and institutions; savers, who pass nothing on, are left out",
}
STATIC_HELP = (
    "debtrank %: of all equity, what the others lose if it loses its own, less what they lose "
    "anyway to those without equity; furfine: yuan they lose if it repays nothing, further "
    "defaults included; owed: to the others. The others: {who}.",
    "to savers: of what it owes, whatever covers it (balances in custody too); through: notes on "
    "loans to others that savers hold through it, for which it does not answer itself. Of the 300 "
    "who owe most.",
    "kendall: tau-b of two rankings; shared %: of the most systemic, named by both.",
    "unable: cannot pay all they owe; through others: could, if all others paid.",
)


def reading_help(found: dict[str, pd.DataFrame]) -> tuple[str, ...]:
    """Explain the tables that are there."""
    return SPREAD_HELP + static_help(found)


def static_help(found: dict[str, pd.DataFrame]) -> tuple[str, ...]:
    """Explain the tables on a recorded network, where they are there."""
    systemic = found.get("systemic", pd.DataFrame())
    if not len(systemic):
        return ()
    who = WHO_LOSES[bool(systemic["savers"].iloc[0])]
    return tuple(line.replace("{who}", who) for line in STATIC_HELP)
