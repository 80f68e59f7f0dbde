"""The persistent noise of signals, computed when it is asked for and stored nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from typing import Any

import numpy as np

from sim.draws import Draws
from sim.kernels import cut
from sim.units import Floats, Ids

# An option holds, from the top: provider + 1, code of the source, number of the block. The
# longest run with the shortest blocks has fewer than 2^15 of them.
_CODES, _BLOCKS = 1 << 24, 1 << 15
_ENDS = np.array([[0], [1]])  # of a block: its own number, and that of the next


@cache
def source_code(kind: str) -> int:
    """Number a source by a hash of its whole name, the same in every process; below 2^24."""
    return int.from_bytes(blake2b(kind.encode(), digest_size=3).digest(), "little")


def noise(
    draws: Draws, source: Any, dice: Ids, provider: Ids, month: Ids | int, block: int
) -> Floats:
    """Standard normal noise per firm and source, and per provider where the source is private.

    dice, provider : (m,) - dice of the firms; month : (m,) or one for all; block : months
    Two keyed normals, one for each end of a block of months with a phase of its own per firm,
    mixed as sqrt(1 - f) and sqrt(f): unit variance at all times, correlation about 0.9 after a
    month and none after two blocks. Unlike an AR(1) it needs no stored path, so any firm and
    any month can be asked for alone. Source: assumed.
    """
    return _mixed(draws, dice, _option(source, provider), month, block)


def noise_of_looks(
    draws: Draws, looks: Sequence[tuple[Any, Ids, Ids, Ids]], block: int
) -> list[Floats]:
    """Give `noise` for several looks by one draw: sources with dice, providers and months."""
    if not looks:
        return []
    options = [_option(source, provider) for source, _, provider, _ in looks]
    dice, month = (np.concatenate([look[part] for look in looks]) for part in (1, 3))
    return cut(_mixed(draws, dice, np.concatenate(options), month, block), options)


def _option(source: Any, provider: Ids) -> Ids:
    """Tell sources apart and, where they are private, providers."""
    whose = np.zeros(len(provider), dtype=np.int64) if source.shared else provider + 1
    return whose * _CODES + source_code(source.kind)


def _mixed(draws: Draws, dice: Ids, option: Ids, month: Ids | int, block: int) -> Floats:
    phase = dice * 7 + option * 3
    shifted = month + (phase - phase // block * block) + 100 * block  # `%` takes far longer
    left = shifted // block
    share = (shifted - left * block) / block
    start, end = draws.normal("signal_noise", 0, dice, option * _BLOCKS + left + _ENDS)
    return np.sqrt(1.0 - share) * start + np.sqrt(share) * end
