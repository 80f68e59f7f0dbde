"""What `compare` tells of contagion beside what channels add: policy, cover, reproduction.

Responsible for gathering these tables and for how to read them; the numbers come from
`analysis.policy_contagion` and `analysis.reproduction`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from analysis import contagion_tables, paired, policy_contagion, reproduction
from analysis.tables import WIDE

if TYPE_CHECKING:
    from rich.table import Table

    from analysis.results import Results, Window

POLICY, COVER, REPRODUCTION = "policy_contagion", "cover", "reproduction"


def found_on_contagion(opened: Results, base: str, window: Window) -> dict[str, pd.DataFrame]:
    """Return the tables on contagion that these results can give, by the name of their file."""
    closed = reproduction.has_liquidations(opened)
    again = reproduction.reproduction(opened, reference=base) if closed else pd.DataFrame()
    if not paired.has_cohort(opened) or "cohort_defaults" not in opened.metrics:
        return {REPRODUCTION: again}
    parts = []
    for name, span in paired.windows_of(opened, window).items():
        part = policy_contagion.policy_effects(opened, base, span)
        if len(part):
            part.insert(0, "months", name)
            parts.append(part)
    policy = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    cover = policy_contagion.cover_costs(opened, window)
    return {POLICY: policy, COVER: cover, REPRODUCTION: again}


def tables_of(found: Mapping[str, pd.DataFrame], base: str, width: int = WIDE) -> Iterator[Table]:
    """Lay out those tables that hold anything; width : columns of the terminal."""
    if len(found.get(POLICY, ())):
        yield from contagion_tables.policy_contagion_tables(found[POLICY], base, width)
    if len(found.get(COVER, ())):
        yield contagion_tables.cover_table(found[COVER])
    if len(found.get(REPRODUCTION, ())):
        yield from contagion_tables.reproduction_tables(found[REPRODUCTION])


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
            "paid to cover: the size of the subsidy, less premiums and what came back, with the "
            "channel off alone and with all off; confidence is covered without payment."
        ]
    if len(found.get(REPRODUCTION, ())):
        lines += [
            "R: extra defaults of others over firms closed, from the month of the shock; carried: "
            "R with all channels less R with these off; on record: R by recorded parents."
        ]
    return lines
