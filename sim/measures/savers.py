"""Savers: what they believe, put on platforms and take off, and whom they follow."""

from __future__ import annotations

import numpy as np

from sim.measures.base import measure
from sim.world import World


def _mean(world: World, sum_of: str, number: str) -> float:
    """Divide two tallies of the month; nan of nothing."""
    n = world.desk.tally.get(number, 0.0)
    return world.desk.tally.get(sum_of, 0.0) / n if n else np.nan


@measure("yuan", "New money on platforms")
def new_money(world: World) -> float:
    """Cash that savers put on platforms this month."""
    return world.desk.tally.get("deposited", 0.0) / 100.0


@measure("yuan", "Money taken off platforms")
def withdrawn_money(world: World) -> float:
    """Client money paid back to savers this month, whatever their reason."""
    return world.desk.tally.get("withdrawn", 0.0) / 100.0


@measure("share", "Savers leaving platforms")
def savers_leaving(world: World) -> float:
    """Share of its idle money that a saver takes off by choice, mean over savers who have some.

    Where notes are traded they count as money.
    """
    return _mean(world, "savers_left", "savers_with_money")


@measure("share", "Exits of neighbours that savers felt")
def exits_felt(world: World) -> float:
    """Share that acquaintances took off last month, mean over platforms watched; nan if unseen."""
    return _mean(world, "exits_felt", "accounts_watching")


@measure("1/year", "Failure hazard of platforms as savers see it")
def hazard_perceived(world: World) -> float:
    """Perceived hazard, mean over platforms watched by savers who chose this month."""
    return _mean(world, "hazard_seen", "platforms_weighed")


@measure("1/year", "Loss rate of notes as savers see it")
def loss_perceived(world: World) -> float:
    """Perceived loss rate, mean over platforms watched by savers who chose this month."""
    return _mean(world, "loss_seen", "platforms_weighed")


@measure("yuan", "Notes offered to other savers")
def notes_offered(world: World) -> float:
    """Face of the notes that savers offered this month."""
    return world.desk.tally.get("notes_offered", 0.0) / 100.0


@measure("yuan", "Notes sold to other savers")
def notes_traded(world: World) -> float:
    """Face of the notes that changed hands this month."""
    return world.desk.tally.get("notes_traded", 0.0) / 100.0


@measure("share", "Discount on notes sold", over=("notes_traded",))
def note_discount(world: World) -> float:
    """Face less price of notes sold this month, over their face; nan where none was sold."""
    return _mean(world, "note_gap", "notes_traded")
