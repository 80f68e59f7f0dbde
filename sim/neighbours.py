"""Whom savers know, and which of their acquaintances took money off a platform last month.

Responsible for the graph of savers and for what they see on it. The graph is a small world: a ring
of places with ties to the next few, some of them rewired for good. Nothing is stored but the ties.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.investor import SLOTS
from sim.kernels import add_at
from sim.units import Floats, Ids, Mask
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

CHUNK = 16384  # ties whose accounts are compared at once


def ties(world: World, scenario: Scenario) -> tuple[Ids, Ids]:
    """Give the ties of the ring of places, each once; two arrays of places.

    Place i is tied to i + 1 .. i + k on a ring of as many places as savers are founded, each tie
    rewired with chance `rewiring` to a place drawn evenly. Both ends know each other. A tie to
    oneself is dropped, a double one counts once.
    Source: Watts and Strogatz (1998).
    """
    if world.news.edges is None:
        p, n = scenario.parameters.investor, scenario.population.investors
        steps = np.arange(1, min(p.ring_neighbours, (n - 1) // 2) + 1)
        one = np.repeat(np.arange(n), len(steps))
        step = np.tile(steps, n)
        draws = world.draws
        is_rewired = draws.uniform("rewired_tie", 0, one, step) < p.rewiring
        drawn = (draws.uniform("tie", 0, one, step) * n).astype(np.int64)
        other = np.where(is_rewired, drawn, (one + step) % max(n, 1))
        pair = np.unique(np.minimum(one, other) * max(n, 1) + np.maximum(one, other))
        low, high = pair // max(n, 1), pair % max(n, 1)
        world.news.edges = low[low != high], high[low != high]
    return world.news.edges


def acquaintances(world: World, scenario: Scenario) -> tuple[Ids, Ids]:
    """Give the ties between living savers, each in both directions: who looks, at whom; rows.

    An entrant takes the place row modulo number of places; of those who live in a place, the newest
    is known there.
    """
    places, alive = scenario.population.investors, np.flatnonzero(world.investors.alive)
    newest = np.full(places, -1, dtype=np.int64)
    newest[alive % max(places, 1)] = alive  # ascending rows: the last one stays
    one, other = (newest[end] for end in ties(world, scenario))
    is_there = (one >= 0) & (other >= 0)
    one, other = one[is_there], other[is_there]
    return np.concatenate([one, other]), np.concatenate([other, one])


def exits_felt(world: World, scenario: Scenario) -> Floats:
    """Share that acquaintances took off last month of the money they had on a platform.

    Returns (n_accounts,): for each platform a saver watches, the mean over those acquaintances who
    could have taken client money off it, of the share they took; 0 where there are none.
    """
    news, n = world.news, world.accounts.n
    who, whom = acquaintances(world, scenario)
    known = np.flatnonzero(news.exit_platform >= 0)
    had = np.full((world.investors.n, SLOTS), -1, dtype=np.int64)
    had.reshape(-1)[known] = news.exit_platform[known]
    watched = world.accounts.platform.reshape(-1, SLOTS)
    felt, seen = np.zeros(n), np.zeros(n)
    for slot in range(SLOTS):
        could = np.flatnonzero(had[whom, slot] >= 0)
        for start in range(0, len(could), CHUNK):
            some = could[start : start + CHUNK]
            one, other = who[some], whom[some]
            tie, place = np.nonzero(watched[one] == had[other, slot][:, None])
            at = one[tie] * SLOTS + place
            add_at(seen, at, np.ones(len(at)))
            add_at(felt, at, news.exit_share[other[tie] * SLOTS + slot])
    return np.divide(felt, seen, out=felt, where=seen > 0)


def remember_exits(world: World, could: Mask, share: Floats) -> None:
    """Keep for next month which accounts held client money and what share was taken off.

    could : (n_accounts,) held money that could be taken; share : (n_accounts,) taken by choice
    """
    news = world.news
    news.exit_platform = np.where(could, world.accounts.platform, -1)
    news.exit_share = np.where(could, share, 0.0)


def remember_asking(world: World, rows: Ids, share: Floats) -> None:
    """Add for next month who had claims on pools and what share of them was asked back.

    rows : (m,) accounts; share : (m,). After `remember_exits` of the month.
    """
    news = world.news
    news.exit_platform[rows], news.exit_share[rows] = world.accounts.platform[rows], share
