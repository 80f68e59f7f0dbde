"""Bands over replications.

Responsible for the ends of a band and for its name. Not responsible for intervals of a mean
(`analysis.paired`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

FEW = 5  # replications; a quantile of fewer is no quantile


def band_of(values: ArrayLike, axis: int | None = None) -> tuple[Any, Any]:
    """Return the ends of a band over replications: 5-95 %, or lowest and highest of a few.

    Numbers that are missing are passed over; whole slices of such must not be asked for.
    """
    numbers = np.asarray(values, dtype=float)
    n = numbers.size if axis is None else numbers.shape[axis]
    ends = np.nanquantile(numbers, [0.05, 0.95] if n >= FEW else [0.0, 1.0], axis=axis)
    return ends[0], ends[1]


def band_name(n: int) -> str:
    """Name the band that `band_of` makes of `n` replications."""
    return "5-95 % of replications" if n >= FEW else "lowest to highest replication"
