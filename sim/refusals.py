"""Credit refused because of past losses: the difference real and shadow queues make.

Writes rows of the memory of impairments; decides nothing and moves no money.
"""

from __future__ import annotations

import numpy as np

from sim.chart import PLATFORM
from sim.kernels import true_at
from sim.postings import party
from sim.units import Floats, Ids, Mask
from sim.world import Applications, Offers, World


def attribute_refusals(
    world: World, papers: Applications, offers: Offers, granted: Mask, shadow: Mask
) -> None:
    """Write down credit that providers without excess losses would have granted.

    Positive differences per (firm, provider), at most the unmet amount of the application.
    """
    extra = true_at(shadow & ~granted)
    if not len(extra):
        return
    served = np.zeros(len(papers), dtype=np.int64)
    served[offers.application[granted]] = offers.amount[granted]  # one grant per application
    which = offers.application[extra]
    unmet = np.minimum(offers.amount[extra], papers.amount[which]) - served[which]
    positive = unmet > 0
    extra, which, unmet = extra[positive], which[positive], unmet[positive].astype(np.float64)
    victims, number = papers.firm[which], offers.provider[extra]
    sources = world.provider_party(number)
    kind = world.provider_kind[number]
    own = kind != PLATFORM
    if not world.is_off("wholesale"):
        _attribute_wholesale(world, number[own], unmet[own])
    world.impair("funding", victims[own], sources[own], unmet[own])
    table, row = world.platforms, world.provider_row[number[~own]]
    fear, loss = table.lost_confidence[row], table.lost_notes[row]
    share = fear / np.maximum(fear + loss, 1.0)
    for channel, part in (("confidence", share), ("notes", 1.0 - share)):
        world.impair(channel, victims[~own], sources[~own], unmet[~own] * part)


def _attribute_wholesale(world: World, number: Ids, unmet: Floats) -> None:
    """Write down wholesale money a lender lacked because its bank, or itself, had lost capital."""
    start, table = world.banks.n, world.micro_lenders
    short = np.bincount(number, unmet, world.n_providers)[start : start + table.n]
    lost = np.minimum(short, world.desk.wholesale_lost)
    rows = true_at(lost)
    world.impairments.record(
        party("micro_lender", rows), "wholesale", party("bank", table.home_bank[rows]), lost[rows]
    )
