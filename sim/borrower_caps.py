"""Caps on what one borrower may owe: to one provider, to all it sees, over the provider's size.

Responsible for how much room each cap of the regulator leaves a request. Used when loans are
underwritten and when limits of lines are set, so that both count alike. It decides nothing else.
"""

from __future__ import annotations

import numpy as np

from sim.chart import PLATFORM
from sim.postings import loans_of_provider
from sim.units import Floats, Ids, Mask
from sim.world import World


def cut_to_caps(
    world: World,
    firm: Ids,
    number: Ids,
    wanted: Floats,
    own_debt: Floats,
    seen_debt: Floats,
    counts: Mask | bool = True,
) -> Floats:
    """Cut sums to what the regulator's caps leave, and note each cap that cut.

    firm, number : (m,) borrower and provider asked; wanted : (m,) fen
    own_debt : (m,) fen - what the borrower keeps owing the provider, whatever it gets now
    seen_debt : (m,) fen - what it keeps owing to anybody, as far as the provider sees it
    counts : (m,) - where a cut is worth a note
    Each request of a month is cut as if it were the only one.
    """
    for question, room in _rooms(world, number, own_debt, seen_debt):
        cut = np.minimum(wanted, np.maximum(room, 0.0))
        world.note_bound(question, firm, number, (cut < wanted - 0.5) & counts)
        wanted = cut
    return wanted


def _rooms(
    world: World, number: Ids, own_debt: Floats, seen_debt: Floats
) -> list[tuple[str, Floats]]:
    rooms = [
        ("loan_cap", world.limit("loan_cap")[number] * 100.0 - own_debt),
        ("total_debt_cap", world.limit("total_debt_cap")[number] * 100.0 - seen_debt),
    ]
    share = world.limit("concentration_ceiling")
    if (share < 1.0).any():
        most = np.where(share < 1.0, share * sizes(world), np.inf)
        rooms.append(("concentration_ceiling", most[number] - own_debt))
    return rooms


def sizes(world: World) -> Floats:
    """What a concentration cap is a share of, (n_providers,) fen.

    Own-account lenders: capital net of provisions. Platforms: loans outstanding and the client
    money that waits to be lent, so that a new one can begin.
    """
    size = np.maximum(world.capital(), 0.0)
    mine = world.provider_kind == PLATFORM
    size[mine] = loans_of_provider(world)[mine] + world.platforms.client_cash
    return size
