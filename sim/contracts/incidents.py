"""Incidents: attacks that succeeded, one row for each institution they got into; and downtime."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from sim.table import Count, Flag, Real, Ref
from sim.units import Floats, Ids, Mask

KINDS = ("theft", "ransom", "breach", "outage", "vendor")  # of attacks, by code
MONTH_HOURS = 720.0  # of thirty days


@cache
def attack_code(kind: str) -> int:
    """Number a kind of attack: its place in KINDS, others by a hash of the name, from 2^24.

    So a kind that is added leaves the numbers of all others, and with them their draws, alone.
    """
    if kind in KINDS:
        return KINDS.index(kind)
    return (1 << 24) + int.from_bytes(blake2b(kind.encode(), digest_size=3).digest(), "little")


class Incident:
    """One attack that got into one institution."""

    serial = Ref("permanent number")
    is_open = Flag("kept on record", fill=True)
    month = Count("month in which it happened", unit="month")
    kind = Count("kind of attack: its place in KINDS, from 2^24 a hash of the name of another")
    is_hidden = Flag("nothing stopped working, so that the victim finds out late")
    population = Count("population code of the victim")
    row = Ref("row of the victim in its population")
    vendor = Ref("row of the vendor through which it came; -1: none", fill=-1)
    cause = Ref("serial of the first incident of the same attack")
    start = Real("when it began, from the start of the month", unit="hours")
    hours = Real("time that systems are down", unit="hours")
    stolen = Ref("cash taken, or paid as ransom", unit="fen")
    cost = Ref("what the victim paid to end it", unit="fen")
    records = Ref("records of clients stolen")
    found = Count("month in which the victim found out", unit="month")
    known = Count("month in which others learn of it", unit="month")


class Downtime(NamedTuple):
    """When systems of institutions are down in a month: disjoint spells, by party and time.

    party : (m,) ids, ascending; begin, end : (m,) hours from the start of the month
    serial : (m,) of the incident that begins the spell
    """

    party: Ids
    begin: Floats
    end: Floats
    serial: Ids

    def covers(self, parties: Ids, hours: Floats) -> Mask:
        """Mark moments at which a party's systems are down; parties, hours : (k,)."""
        if not len(self.party):
            return np.zeros(len(parties), dtype=np.bool_)
        moment = parties * MONTH_HOURS + hours
        at = np.searchsorted(self.party * MONTH_HOURS + self.begin, moment, side="right") - 1
        before = np.maximum(at, 0)
        return (at >= 0) & (self.party[before] == parties) & (hours < self.end[before])

    def share_of(self, parties: Ids) -> Floats:
        """Share of the month that systems of each party are down; parties : (k,) ascending."""
        at = np.searchsorted(parties, self.party)
        at = np.minimum(at, max(len(parties) - 1, 0))
        mine = parties[at] == self.party if len(parties) else np.zeros(len(at), dtype=np.bool_)
        hours = np.bincount(at[mine], (self.end - self.begin)[mine], len(parties))
        return np.asarray(hours / MONTH_HOURS)


_NOBODY = np.zeros(0, dtype=np.int64)
NEVER_DOWN = Downtime(_NOBODY, np.zeros(0), np.zeros(0), _NOBODY)


def merge_spells(party: Ids, begin: Floats, end: Floats, serial: Ids) -> Downtime:
    """Join spells of a party that overlap or touch; all : (m,), begin below end."""
    order = np.lexsort((begin, party))
    party, begin, end, serial = party[order], begin[order], end[order], serial[order]
    # On one line on which a party's month follows that of the party before it.
    first, last = party * MONTH_HOURS + begin, party * MONTH_HOURS + end
    reach = np.maximum.accumulate(last)
    opens = np.ones(len(party), dtype=np.bool_)
    opens[1:] = (first[1:] > reach[:-1]) | (party[1:] != party[:-1])
    until = np.maximum.reduceat(end, np.flatnonzero(opens)) if len(end) else end
    return Downtime(party[opens], begin[opens], until, serial[opens])
