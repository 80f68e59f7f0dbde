"""Pools of platforms: claims, redemptions, what covers them, and how platforms leave."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.agents.platform import LIQUIDATION, ORDERED, WIND_DOWN
from sim.measures.base import measure
from sim.pools import asked_of, claims_on, pool_assets, pooled_loans
from sim.world import World

Columns = dict[str, Any]

COLUMN_INFO: dict[str, tuple[str, str]] = {
    "row": ("", "row of the platform"),
    "exit_mode": (
        "",
        "0 open, 1 wind-down, 2 liquidation, 3 absconded, 4 police case, 5 frozen by order",
    ),
    "client_cash": ("fen", "money of its clients that is there"),
    "loans": ("fen", "loans of the pool, those in default included"),
    "claims": ("fen", "claims of savers on the pool"),
    "asked": ("fen", "of these under notice and not paid"),
    "notice_given": ("fen/month", "claims that notice was given for"),
    "redemption_due": ("fen/month", "claims whose notice had run out"),
    "redemption_paid": ("fen/month", "of these paid"),
    "hazard_seen": ("1/year", "chance of failing that holders of its claims see, mean"),
}


def pools(world: World) -> Columns:
    """Pools that live or have an open estate, at the end of the month; nothing without pools."""
    table = world.platforms
    rows = np.flatnonzero(table.is_pooling & (table.alive | table.is_in_estate))
    if not len(rows):
        return {}
    flows = ("notice_given", "redemption_due", "redemption_paid")
    return {
        "month": np.full(len(rows), world.month, dtype=np.int32),
        "row": rows,
        "exit_mode": table.exit_mode[rows].copy(),
        "client_cash": table.client_cash[rows].copy(),
        "loans": pooled_loans(world)[rows],
        "claims": claims_on(world)[rows],
        "asked": asked_of(world)[rows],
        **{name: np.rint(table.column(name)[rows]).astype(np.int64) for name in flows},
        "hazard_seen": table.hazard_seen[rows].copy(),
    }


def _yuan(world: World, name: str) -> float:
    return world.desk.tally.get(name, 0.0) / 100.0


@measure("count", "Pooling platforms alive")
def pools_alive(world: World) -> float:
    """Count platforms open for business that pool their clients' money."""
    return float(np.count_nonzero(world.platforms.alive & world.platforms.is_pooling))


@measure("yuan", "Claims on pools")
def pool_claims(world: World) -> float:
    """What savers claim of pools, those being wound down or liquidated included."""
    return float(world.accounts.claims.sum()) / 100.0


@measure("share", "Cover of pool claims")
def pool_cover(world: World) -> float:
    """Client cash and loans of living pools, net of provisions, over their savers' claims."""
    mine = world.platforms.alive & world.platforms.is_pooling
    claims = float(claims_on(world)[mine].sum()) if mine.any() else 0.0
    return float(pool_assets(world)[mine].sum()) / claims if claims else np.nan


@measure("yuan", "Redemptions asked")
def redemptions_asked(world: World) -> float:
    """Pool claims that notice was given for this month."""
    return _yuan(world, "redemptions_asked")


@measure("yuan", "Redemptions due")
def redemptions_due(world: World) -> float:
    """Pool claims on living platforms whose notice had run out this month."""
    return _yuan(world, "redemptions_due")


@measure("yuan", "Redemptions paid")
def redemptions_paid(world: World) -> float:
    """What pools of living platforms paid of them."""
    return _yuan(world, "redemptions_paid")


@measure("yuan", "Pool claims paid in exits")
def claims_paid_in_exit(world: World) -> float:
    """Paid to savers of pools that are wound down or liquidated."""
    return _yuan(world, "claims_paid_in_exit")


@measure("yuan", "Losses of savers on pool claims, fraud left out")
def pool_loss(world: World) -> float:
    """Claims on pools written off this month, less what `fraud_loss` counted when fraud ended them.

    Losses on notes are counted apart.
    """
    return _yuan(world, "pool_loss")


@measure("yuan", "Losses of savers on idle client money")
def balance_loss(world: World) -> float:
    """Idle balances outside custody that frozen matching platforms could not pay this month."""
    return _yuan(world, "balance_loss")


@measure("yuan", "Own cash paid for promises")
def own_support(world: World) -> float:
    """Paid by platforms that promised principal, beyond their reserve funds."""
    return _yuan(world, "own_support")


def _left(world: World, mode: int) -> float:
    table = world.platforms
    return float(np.count_nonzero((table.ended == world.month) & (table.exit_mode == mode)))


@measure("count", "Platforms wound down")
def exits_wind_down(world: World) -> float:
    """Count platforms that began an orderly wind-down this month."""
    return _left(world, WIND_DOWN)


@measure("count", "Platforms frozen")
def exits_liquidation(world: World) -> float:
    """Count platforms frozen this month because they could not pay, or by a shock."""
    return _left(world, LIQUIDATION)


@measure("count", "Platforms frozen by order")
def exits_ordered(world: World) -> float:
    """Count solvent platforms that an order to close froze this month, to be liquidated."""
    return _left(world, ORDERED)


@measure("count", "Platforms in exit")
def platforms_in_exit(world: World) -> float:
    """Count platforms that have closed and still serve loans or owe savers."""
    return float(np.count_nonzero(world.platforms.is_in_estate))
