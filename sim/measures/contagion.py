"""Contagion: attributed weights by channel and what covering a channel cost."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.contracts.impairments import CHANNELS
from sim.measures.base import measure
from sim.world import World


def _weight_of(channel: str) -> Callable[[World], float]:
    def weight(world: World) -> float:
        return world.desk.tally.get(f"attributed_{channel}", 0.0)

    weight.__name__ = f"attributed_{channel}"
    weight.__doc__ = f"Sum of contagious weights that came through `{channel}` this month."
    return weight


for _channel in CHANNELS:
    measure("count", f"Defaults attributed to the channel {_channel}")(_weight_of(_channel))


@measure("yuan", "Impairments remembered")
def impairment_memory(world: World) -> float:
    """Sum of the memory of impairments at the end of the month."""
    return float(world.impairments.amounts.sum()) / 100.0


def _cover_of(channel: str) -> Callable[[World], float]:
    def cover(world: World) -> float:
        paid, premium, back = (
            world.desk.cover.get(name, 0)
            for name in (channel, f"{channel}_premium", f"{channel}_back")
        )
        return (paid - premium - back) / 100.0

    cover.__name__ = f"cover_{channel}"
    cover.__doc__ = (
        f"Paid by outside for `{channel}` this month, less premiums and what debtors paid on "
        "claims taken over; below 0 where more comes back than is paid."
    )
    return cover


for _channel in ("trade", "guarantee", "funding", "notes", "wholesale", "closure", "cyber"):
    measure("yuan", f"Paid to cover the channel {_channel}, less what came back")(
        _cover_of(_channel)
    )


@measure("share", "Defaults short only because of others, share", over=("defaults",))
def short_by_others(world: World) -> float:
    """Share of the month's defaults short in the clearing, but not had all debtors paid in full."""
    rows = [r for r in world.desk.new_defaults if len(r)]
    if not rows:
        return 0.0
    marks = [world.enterprises.is_short_by_others[r] for r in rows]
    return float(sum(np.count_nonzero(m) for m in marks)) / sum(len(m) for m in marks)
