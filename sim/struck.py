"""Whom a shock ends whatever their state: firms drawn by id, or one party of a rank by size.

The closed go through the ordinary ends and estates; here is only who they are.
"""

from __future__ import annotations

import numpy as np

from sim.conditions import LIQUIDATED_KINDS
from sim.units import Ids, Mask
from sim.world import World


def struck_firms(world: World) -> Mask | None:
    """Mark the living firms that a shock closes this month; None where there is none.

    Of n living firms the round(share x n) with the lowest uniforms are closed, and the firm of
    the rank in size, the larger first, of equals the older row.
    """
    share = float(world.conditions["liquidated_share"])
    rank = _rank_of(world, "enterprise")
    if share <= 0.0 and rank == 0:
        return None
    firms = world.enterprises
    living = np.flatnonzero(firms.alive)
    struck = np.zeros(firms.n, dtype=np.bool_)
    u = world.draws.uniform("liquidation", world.month, firms.dice[living])
    count = round(min(share, 1.0) * len(living))
    struck[living[np.argsort(u, kind="stable")[:count]]] = True
    if 0 < rank <= len(living):
        struck[living[np.argsort(-firms.scale[living], kind="stable")[rank - 1]]] = True
    return struck


def struck_providers(world: World, kind: str) -> Ids:
    """Return the row of the living provider that a shock closes, by its rank in loans; or none."""
    return _of_rank(world, kind, _rank_of(world, kind))


def absconding_platform(world: World) -> Ids:
    """Return the row of the platform whose owner a shock makes run, by its rank in loans; or none.

    Nobody runs whose money the authorities have frozen.
    """
    rows = _of_rank(world, "platform", int(world.conditions["absconding_rank"]))
    return rows[~world.platforms.is_suspect[rows]]


def _of_rank(world: World, kind: str, rank: int) -> Ids:
    """Return the row of the living provider of a rank in loans, 1 the largest; none for 0."""
    if rank == 0:
        return np.empty(0, dtype=np.int64)
    table, start, loans = world.tables[kind], world.first_number(kind), world.loans
    lent = np.bincount(loans.provider, loans.principal * loans.is_open, world.n_providers)
    living = np.flatnonzero(table.alive)
    order = living[np.argsort(-lent[start + living], kind="stable")]
    return order[rank - 1 : rank]


def _rank_of(world: World, kind: str) -> int:
    return int(world.conditions["liquidated_rank"][LIQUIDATED_KINDS.index(kind)])
