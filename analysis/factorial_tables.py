"""Tables on factorial experiments for the terminal, and how to read them.

Responsible for wording numbers; they come from `analysis.factorial`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis import factorial
from analysis.tables import brief, brief_band, is_share, long_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from analysis.results import Results, Window

PRIMARY, FACTORIAL = "primary", "factorial"


def found_by_factors(
    opened: Results,
    metrics: Sequence[str] | None,
    window: Window,
    reference: str | None = None,
) -> dict[str, pd.DataFrame]:
    """Return the tables that these results can give, by the name of their file."""
    return {
        PRIMARY: factorial.primary_contrasts(opened, window),
        FACTORIAL: factorial.factorial_effects(opened, metrics, window, reference),
    }


def tables_of(found: Mapping[str, pd.DataFrame]) -> Iterator[Table]:
    """Lay out primary contrasts, main effects by metric, and interactions told from zero."""
    if len(found.get(PRIMARY, ())):
        n = len(found[PRIMARY])
        columns = ["arm", "diff.", "95 % interval", "p Holm", "verdict"]
        title = f"Primary contrasts, named before running, corrected for being {n}"
        yield long_table(found[PRIMARY], columns, title, _worded_primary, roomy=False)
    if not len(found.get(FACTORIAL, ())):
        return
    for _, rows in found[FACTORIAL].groupby("metric", sort=False):
        unit = "% points" if is_share(str(rows["unit"].iloc[0])) else rows["unit"].iloc[0]
        label = f"{_lower(rows['label'].iloc[0])}, {unit}"
        main = rows[rows["kind"] == "main"]
        columns = ["factor", "level", "diff.", "95 % interval", "detectable"]
        title = f"Main effects on {label}: averages over all other factors"
        yield long_table(main, columns, title, _worded_effect, roomy=False)
        both = rows[rows["kind"] == "interaction"]
        clear = both[(both["low"] > 0) | (both["high"] < 0)]
        count = f"{len(clear)} of {len(both)} told from zero at 95 %, not corrected"
        title = f"Interactions on {label}: {count}"
        if len(clear):
            yield long_table(clear, ["level", *columns[2:]], title, _worded_effect, roomy=False)


def reading_help(found: Mapping[str, pd.DataFrame]) -> list[str]:
    """Explain the tables that are there."""
    lines = []
    if len(found.get(PRIMARY, ())):
        lines += ["p Holm: p value corrected for the number of primary contrasts; verdicts use it."]
        if not len(found.get(FACTORIAL, ())):
            lines += [
                "main effects: none, as no replication has these metrics in all arms (K is there "
                "for the primary contrasts; attributed_defaults stands for it)."
            ]
    if len(found.get(FACTORIAL, ())):
        lines += [
            "main effect: a level less that of the reference arm. interaction: what two levels do "
            "together beyond the sum of each alone. All combinations: tables/effects.csv; all "
            "interactions: tables/factorial.csv."
        ]
        lines += [_count_of_interactions(found[FACTORIAL])]
        if (found[FACTORIAL]["metric"] == "attributed_defaults").any():
            lines += [
                "attributed defaults stand for contagion here: K needs runs with channels off, "
                "which only the primary contrasts have."
            ]
    return lines


def _count_of_interactions(found: pd.DataFrame) -> str:
    """Say how many interactions of each metric are told from zero, also where none is."""
    both = found[found["kind"] == "interaction"]
    clear = (both["low"] > 0) | (both["high"] < 0)
    counts = [
        f"{int(clear[rows.index].sum())} of {len(rows)} on {_lower(rows['label'].iloc[0])}"
        for _, rows in both.groupby("label", sort=False)
    ]
    return (
        f"interactions told from zero at 95 %, not corrected: {', '.join(counts)}; by chance "
        "alone 1 in 20 would be."
    )


def _lower(label: object) -> str:
    """Write a label as it stands inside a sentence."""
    return f"{str(label)[:1].lower()}{str(label)[1:]}"


def _worded_primary(row: dict[str, Any]) -> dict[str, Any]:
    unit = row["unit"]
    p = row["p_holm"]
    return {
        "arm": f"{row['label']}: {row['arm']}\nless {row['against']}",
        "diff.": brief(row["difference"], unit),
        "95 % interval": brief_band(row["low"], row["high"], unit),
        "p Holm": "-" if p != p else "<0.001" if p < 0.001 else f"{p:.3f}",
        "verdict": f"expected {row['sign']}: {row['verdict']}",
    }


def _worded_effect(row: dict[str, Any]) -> dict[str, Any]:
    unit = row["unit"]
    beside = f" with {row['other_level']}" if row["other_level"] else ""
    return {
        "factor": row["factor"],
        "level": f"{row['level']}{beside}",
        "diff.": brief(row["difference"], unit),
        "95 % interval": brief_band(row["low"], row["high"], unit),
        "detectable": brief(row["detectable"], unit),
    }
