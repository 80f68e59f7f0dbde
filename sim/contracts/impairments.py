"""The memory of impairments: how much each victim lost through which channel by whom.

Not money but a record for attribution: nothing here is paid. Amounts halve every few months.
Also the memory of who has been whose client.
"""

from __future__ import annotations

import numpy as np

from sim.kernels import add_at, distinct, true_at
from sim.units import Floats, Ids

CHANNELS = ("trade", "guarantee", "funding", "notes", "confidence", "wholesale", "closure", "cyber")
RELATION_OFFSET = 1_000  # months of first contact are stored shifted: zeros are dropped
_PARTY_BITS = 29
_CHANNEL_BITS = 4


class PairSums:
    """Amounts by key, kept sorted; new keys are put in their places in whole batches."""

    def __init__(self) -> None:
        self.keys: Ids = np.empty(0, dtype=np.int64)
        self.amounts: Floats = np.empty(0, dtype=np.float64)

    def add(self, keys: Ids, amounts: Floats) -> None:
        """Add amounts (any sign) to keys; a sum that falls to nothing is dropped."""
        if not len(keys):
            return
        at = self.keys.searchsorted(keys)
        is_new = at == len(self.keys)
        known = ~is_new
        is_new[known] = self.keys[at[known]] != keys[known]
        if np.count_nonzero(is_new):
            new = distinct(keys[is_new])
            self._make_room(new)
            at += new.searchsorted(keys)  # each moved by the new ones below it
        add_at(self.amounts, at, amounts)
        # Whoever is not named keeps what it had, which was more than nothing.
        if np.count_nonzero(self.amounts[at] <= 0.5):
            keep = true_at(self.amounts > 0.5)
            self.keys, self.amounts = self.keys[keep], self.amounts[keep]

    def _make_room(self, new: Ids) -> None:
        """Put new keys (ascending, from 0) in their places, with nothing yet."""
        places = self.keys.searchsorted(new) + np.arange(len(new))
        is_old = np.ones(len(self.keys) + len(new), dtype=np.bool_)
        is_old[places] = False
        keys, amounts = np.empty(len(is_old), dtype=np.int64), np.zeros(len(is_old))
        keys[places] = new
        keys[is_old], amounts[is_old] = self.keys, self.amounts
        self.keys, self.amounts = keys, amounts

    def lookup(self, keys: Ids, missing: float) -> Floats:
        """Return the amounts of keys, `missing` where there is none."""
        if not len(self.keys):
            return np.full(len(keys), missing)
        at = np.minimum(self.keys.searchsorted(keys), len(self.keys) - 1)
        return np.where(self.keys[at] == keys, self.amounts[at], missing)


class Impairments(PairSums):
    """Amounts in fen by (victim party, channel, source party)."""

    def record(self, victims: Ids, channel: str, sources: Ids, amounts: Floats) -> None:
        """Add what victims lost through a channel by sources (party ids); may be negative."""
        self.add(_key(victims, channel, sources), np.asarray(amounts, dtype=np.float64))

    def fade(self, factor: float, cleared: Ids) -> None:
        """Shrink all amounts and forget those of cleared victims (sorted party ids)."""
        self.amounts = self.amounts * factor
        keep = self.amounts > 0.5
        if len(cleared) and len(self.keys):
            at = np.minimum(cleared.searchsorted(self.victims), len(cleared) - 1)
            keep &= cleared[at] != self.victims
        self.keys, self.amounts = self.keys[keep], self.amounts[keep]

    def clear(self) -> None:
        """Forget everything."""
        self.keys, self.amounts = self.keys[:0], self.amounts[:0]

    @property
    def victims(self) -> Ids:
        """Party ids of the victims, ascending."""
        return self.keys >> (_PARTY_BITS + _CHANNEL_BITS)

    @property
    def channels(self) -> Ids:
        """Channel numbers, as in CHANNELS."""
        return (self.keys >> _PARTY_BITS) & ((1 << _CHANNEL_BITS) - 1)

    @property
    def sources(self) -> Ids:
        """Party ids of the sources."""
        return self.keys & ((1 << _PARTY_BITS) - 1)

    def of(self, victims: Ids) -> tuple[Ids, Ids, Ids, Floats]:
        """Return (position in victims, channel, source, amount) of all rows of some victims."""
        mine = self.victims
        first = mine.searchsorted(victims, side="left")
        count = mine.searchsorted(victims, side="right") - first
        at = np.arange(len(victims)).repeat(count)
        ends = count.cumsum()
        within = np.arange(int(count.sum())) - np.repeat(ends - count, count)
        rows = first.repeat(count) + within
        return at, self.channels[rows], self.sources[rows], self.amounts[rows]


def _key(victims: Ids, channel: str, sources: Ids) -> Ids:
    number = CHANNELS.index(channel)
    parties = np.asarray(victims, dtype=np.int64) << (_PARTY_BITS + _CHANNEL_BITS)
    return parties | (number << _PARTY_BITS) | np.asarray(sources, dtype=np.int64)
