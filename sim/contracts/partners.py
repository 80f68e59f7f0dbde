"""Whom a firm turns to among the providers of one kind: a lasting choice, remembered.

The choice by itself needs no memory: it is the best of the living, and all it weighs lasts. Kept
is the best so far, so that only newcomers, and those whose choice has closed, are weighed again.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.kernels import true_at
from sim.units import Floats, Ids, Mask

_RECENT = 64  # rows; whoever has looked since then needs to weigh only what came after


class Partners:
    """The provider of one kind that each firm prefers."""

    def __init__(self) -> None:
        self._best = np.zeros(0, dtype=np.int32)
        self._value = np.zeros(0)
        self._seen = np.zeros(0, dtype=np.int32)

    def preferred(
        self,
        firms: Ids,
        alive: Mask,
        appeal: Floats,
        noise: Callable[[Ids, Ids], Floats],
    ) -> Ids:
        """Return the living provider with the highest appeal plus noise of each firm.

        firms : (m,) rows, may repeat
        alive, appeal : (n,) by row of the provider; neither the dead revive nor appeals change
        noise : lasting noise of firms (k, 1) and providers (1, l), as (k, l)
        Returns (m,) rows, -1 where nobody lives.
        """
        self._grow(int(firms.max(initial=-1)) + 1)
        n = len(alive)
        best = self._best[firms]
        has_lost = (best >= 0) & ~alive[best] if n else np.zeros(len(firms), dtype=np.bool_)
        self._forget(firms[has_lost])
        seen = self._seen[firms]
        is_recent = (seen > 0) & (seen < n) & (seen >= n - _RECENT)
        for some, first in (
            (firms[is_recent], int(seen[is_recent].min(initial=n))),
            (firms[(seen < n) & ~is_recent], 0),
        ):
            rows = first + true_at(alive[first:])
            if len(some) and len(rows):
                self._weigh(some, rows, appeal, noise)
            self._seen[some] = n
        return self._best[firms].astype(np.int64)

    def _weigh(
        self, firms: Ids, rows: Ids, appeal: Floats, noise: Callable[[Ids, Ids], Floats]
    ) -> None:
        values = appeal[rows] + noise(firms[:, None], rows[None, :])
        place = np.argmax(values, axis=1)
        value = values[np.arange(len(firms)), place]
        better = value > self._value[firms]
        self._best[firms[better]] = rows[place[better]]
        self._value[firms[better]] = value[better]

    def _forget(self, firms: Ids) -> None:
        self._best[firms], self._value[firms], self._seen[firms] = -1, -np.inf, 0

    def _grow(self, n: int) -> None:
        more = n - len(self._best)
        if more > 0:
            more = max(more, len(self._best) // 4)
            self._best = np.append(self._best, np.full(more, -1, dtype=np.int32))
            self._value = np.append(self._value, np.full(more, -np.inf))
            self._seen = np.append(self._seen, np.zeros(more, dtype=np.int32))
