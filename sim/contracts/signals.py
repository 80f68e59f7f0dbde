"""The persistent noise of signals, computed when it is asked for and stored nowhere."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from typing import Any

import numpy as np

from sim.draws import Draws
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
    option = np.zeros(len(dice), dtype=np.int64) if source.shared else provider + 1
    option = option * _CODES + source_code(source.kind)
    shifted = month + (dice * 7 + option * 3) % block + 100 * block
    left = shifted // block
    share = (shifted - left * block) / block
    start, end = draws.normal("signal_noise", 0, dice, option * _BLOCKS + left + _ENDS)
    return np.sqrt(1.0 - share) * start + np.sqrt(share) * end
