"""What `compare` tells of contagion beside what channels add: policy, cover, reproduction.

Responsible for gathering these tables and for how to read them; the numbers come from
`analysis.policy_contagion`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from analysis import contagion_tables, paired, policy_contagion

if TYPE_CHECKING:
    from rich.table import Table

    from analysis.results import Results, Window

POLICY, COVER = "policy_contagion", "cover"


def found_on_contagion(opened: Results, base: str, window: Window) -> dict[str, pd.DataFrame]:
    """Return the tables on contagion that these results can give, by the name of their file."""
    if not paired.has_cohort(opened) or "cohort_defaults" not in opened.metrics:
        return {}
    parts = []
    for name, span in paired.windows_of(opened, window).items():
        part = policy_contagion.policy_effects(opened, base, span)
        if len(part):
            part.insert(0, "months", name)
            parts.append(part)
    policy = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return {POLICY: policy, COVER: policy_contagion.cover_costs(opened, window)}


def tables_of(found: Mapping[str, pd.DataFrame], base: str) -> Iterator[Table]:
    """Lay out those tables that hold anything."""
    if len(found.get(POLICY, ())):
        yield contagion_tables.policy_contagion_table(found[POLICY], base)
    if len(found.get(COVER, ())):
        yield contagion_tables.cover_table(found[COVER])


def reading_help(found: Mapping[str, pd.DataFrame]) -> list[str]:
    """Explain the tables that are there."""
    lines = []
    if len(found.get(POLICY, ())):
        lines += [
            "K less K: what the policy adds to contagious defaults, four runs a replication; "
            "fundamental: what it adds to defaults with all channels off; K and share: in the arm "
            "(in the reference). A share may fall because fundamental defaults rise."
        ]
    if len(found.get(COVER, ())):
        lines += [
            "paid to cover: the size of the subsidy, premiums taken off, with the channel off "
            "alone and with all off; confidence is covered without payment."
        ]
    return lines
