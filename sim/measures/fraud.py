"""Fraud on platforms: who ends by it and when, what is taken, lost and found again."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.agents.platform import ABSCONDING, POLICE
from sim.kernels import true_at
from sim.measures.base import measure
from sim.units import Mask
from sim.world import World

Columns = dict[str, Any]
NEVER = 1_000_000  # fill of `ended`

COLUMN_INFO: dict[str, tuple[str, str]] = {
    "row": ("", "row of the platform"),
    "born": ("month", "opened in"),
    "ended": ("month", "ended in; empty while it is open"),
    "exit_mode": (
        "",
        "0 open, 1 wind-down, 2 liquidation, 3 absconded, 4 police case, 5 frozen by order",
    ),
    "is_fraud": ("", "its owner planned fraud"),
    "prominence": ("", "how well it is known"),
    "taken": ("fen", "what its owner took by fraud"),
    "claims_left": ("fen", "fake notes, client balances and uncovered pool claims it left"),
    "claims_paid": ("fen", "of these paid since"),
}


def _ended_by(world: World, mode: int) -> Mask:
    table = world.platforms
    return np.asarray((table.ended == world.month) & (table.exit_mode == mode))


@measure("count", "Platforms whose owners absconded")
def exits_absconding(world: World) -> float:
    """Count platforms that ended this month because their owners took the money and ran."""
    return float(np.count_nonzero(_ended_by(world, ABSCONDING)))


@measure("count", "Platforms closed by the police")
def exits_police(world: World) -> float:
    """Count platforms that ended this month as police cases, their assets frozen."""
    return float(np.count_nonzero(_ended_by(world, POLICE)))


@measure("count", "Inspections of platforms")
def inspections(world: World) -> float:
    """Count platforms that the regulator inspected this month."""
    return world.desk.tally.get("inspections", 0.0)


@measure("count", "Frauds found")
def frauds_found(world: World) -> float:
    """Count platforms that inspectors or police found to owe fake notes this month."""
    return world.desk.tally.get("frauds_found", 0.0)


@measure("count", "False alarms")
def false_alarms(world: World) -> float:
    """Count innocent platforms whose money was frozen on suspicion this month."""
    return world.desk.tally.get("false_alarms", 0.0)


@measure("yuan", "Money taken by fraudulent owners")
def fraud_taken(world: World) -> float:
    """Own cash skimmed, and own and client cash taken by owners who ran this month."""
    return world.desk.tally.get("fraud_taken", 0.0) / 100.0


@measure("yuan", "Client money misused")
def misused(world: World) -> float:
    """Client money turned into fake notes or taken out of pools this month."""
    return world.desk.tally.get("misused", 0.0) / 100.0


@measure("share", "Misused part of what savers hold on platforms")
def misused_share(world: World) -> float:
    """Fake notes, and money taken out of pools, over notes, claims and idle money of savers.

    Of each living platform at most what savers hold there; notes count at principal on both sides,
    so that interest owed on fake ones does not count. Empty where nobody holds anything.
    """
    accounts, platforms, book = world.accounts, world.platforms, world.fraud_claims
    rows = np.flatnonzero(accounts.platform >= 0)
    fen = accounts.invested + accounts.balance + accounts.claims
    held = np.bincount(accounts.platform[rows], fen[rows], platforms.n)
    fake = np.where(platforms.alive, platforms.pool_misused, 0).astype(np.float64)
    rows = np.flatnonzero(book.is_open & ~book.is_exposed & ~book.is_stolen)
    fake += np.bincount(book.platform[rows], book.principal[rows], platforms.n)
    total = float(held.sum())
    return float(np.minimum(fake, held).sum()) / total if total > 0 else np.nan


@measure("months", "Life of platforms ended by fraud", over=("exits_absconding", "exits_police"))
def fraud_life(world: World) -> float:
    """Mean months from opening to the end of platforms that fraud ended this month."""
    rows = true_at(_ended_by(world, ABSCONDING) | _ended_by(world, POLICE))
    return float(np.mean(world.month - world.platforms.born[rows])) if len(rows) else np.nan


@measure("yuan", "Losses of savers by fraud")
def fraud_loss(world: World) -> float:
    """Fake notes, client balances and pool claims left uncovered by fraud that ended this month.

    What comes back of it later is `fraud_recovered`; what a pool loses beyond it is `pool_loss`.
    """
    tally = world.desk.tally
    return (tally.get("fraud_loss", 0.0) + tally.get("fraud_loss_pools", 0.0)) / 100.0


@measure("yuan", "Paid to savers for losses by fraud")
def fraud_recovered(world: World) -> float:
    """What estates paid on fake notes and balances that were gone, and police on pool claims."""
    return world.desk.tally.get("fraud_recovered", 0.0) / 100.0


@measure("share", "Losses by fraud paid back so far")
def fraud_recovered_share(world: World) -> float:
    """Paid so far over fake notes and balances left unpaid so far; empty before the first."""
    left = float(world.platforms.claims_left.sum())
    return float(world.platforms.claims_paid.sum()) / left if left else np.nan


def platforms(world: World) -> Columns:
    """Every platform that ever opened: life, how it ended, what was taken; written once."""
    table = world.platforms
    rows = true_at((table.ended != NEVER) | table.alive)
    return {
        "row": rows,
        "born": table.born[rows].copy(),
        "ended": np.where(table.alive[rows], np.nan, table.ended[rows]),
        "exit_mode": table.exit_mode[rows].copy(),
        "is_fraud": table.is_fraud[rows].copy(),
        "prominence": table.prominence[rows].copy(),
        "taken": table.taken[rows].copy(),
        "claims_left": table.claims_left[rows].copy(),
        "claims_paid": table.claims_paid[rows].copy(),
    }
