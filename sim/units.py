"""Units of money and time: whole fen, annual fractions, months.

Responsible for every conversion between yuan and fen. Not responsible for splitting
sums between holders (`sim.kernels.split_by_weights`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Fen = NDArray[np.int64]
Floats = NDArray[np.float64]
Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]

FEN_PER_YUAN = 100
MONTHS_PER_YEAR = 12


def to_fen(fen: Any) -> Fen:
    """Round amounts computed in float64 to whole fen, halves to even.

    fen : any shape, fen as float - amounts already in fen, not yuan
    """
    return np.rint(fen).astype(np.int64)


def yuan(amount: float) -> int:
    """Turn an amount in yuan, as files state it, into whole fen."""
    return round(amount * FEN_PER_YUAN)


def to_yuan(fen: Any) -> Floats:
    """Turn whole fen into yuan for files and plots."""
    return np.asarray(fen, dtype=np.float64) / FEN_PER_YUAN
