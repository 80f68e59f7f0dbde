"""Which combinations of channels must be run to tell what each of them did.

A player is a channel, or channels that act as one. Every combination of players in force is run, or
those that orders drawn by lot pass through on the way from none to all. Responsible for the
combinations; the shares are worked out by `analysis.attribution`.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from sim.channels import CHANNELS, GROUPS, channels_named, label_off
from sim.experiment.hashes import hash_of

if TYPE_CHECKING:
    from sim.scenario_study import Attribution

Players = dict[str, tuple[str, ...]]


def players_of(told: Attribution) -> Players:
    """Return the channels of each player by its name."""
    if told.channels == "groups":
        return {name: channels for name, channels in GROUPS.items() if channels}
    if told.channels == "each":
        return {name: (name,) for name in CHANNELS}
    return {str(name): channels_named(name) for name in told.channels}


def orders_of(told: Attribution, seed: int) -> list[list[str]]:
    """Return the orders drawn by lot, none where every combination is run.

    Players are sorted by a hash of (seed, number of the order, player): every order is as likely
    as any other, and more orders leave the first ones as they are.
    """
    players = list(players_of(told))
    return [
        sorted(players, key=lambda player: hash_of([seed, "order", number, player]))
        for number in range(told.permutations or 0)
    ]


def coalitions_of(told: Attribution, seed: int) -> list[tuple[str, ...]]:
    """Return the combinations of players in force that are run, from all to none."""
    players = list(players_of(told))
    orders = orders_of(told, seed)
    if orders:
        passed = {frozenset(order[:n]) for order in orders for n in range(len(order) + 1)}
        found = [tuple(p for p in players if p in some) for some in passed]
    else:
        sizes = range(len(players) + 1)
        found = [some for size in sizes for some in combinations(players, size)]
    return sorted(found, key=lambda some: (-len(some), [players.index(p) for p in some]))


def sets_of(told: Attribution, seed: int) -> dict[str, tuple[str, ...]]:
    """Return the channels to switch off by label, for every run but the one with all in force."""
    sets = [channels_off(told, some) for some in coalitions_of(told, seed)]
    return {label_off(off): off for off in sets if off}


def channels_off(told: Attribution, some: tuple[str, ...]) -> tuple[str, ...]:
    """Return the channels that are off while only these players are in force."""
    off = [c for name, held in players_of(told).items() if name not in some for c in held]
    return tuple(name for name in CHANNELS if name in off)


def facts_of(told: Attribution | None, seed: int, as_set: str) -> dict[str, Any] | None:
    """Return what readers of results need to know, for the manifest; None without attribution.

    as_set : what results call runs without anything switched off
    """
    if told is None:
        return None
    runs = []
    for some in coalitions_of(told, seed):
        off = channels_off(told, some)
        runs.append({"in_force": list(some), "channels": label_off(off) if off else as_set})
    held = {name: list(channels) for name, channels in players_of(told).items()}
    return {"players": held, "orders": orders_of(told, seed), "runs": runs}
