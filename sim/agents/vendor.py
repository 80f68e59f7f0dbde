"""Vendors: suppliers of cloud and software on whom many institutions depend at once.

Columns and decision functions; money moves in `sim/vendors.py`.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sim.chart import VENDOR
from sim.parameters.vendor import VendorParameters
from sim.rows import RowAgent
from sim.table import Real
from sim.units import Floats, Ids


class Vendor(RowAgent):
    """A supplier of technology; it passes on what it receives and holds no cash overnight."""

    code: ClassVar[int] = VENDOR

    size = Real("how widely it is used, in vendors of the first rank", fill=1.0)
    income = Real("fees and spending on security received this month", unit="fen")
    down_until = Real(
        "end of its latest trouble, from the start of the month; 0: none", unit="hours"
    )


def sizes(count: int, p: VendorParameters) -> Floats:
    """Sizes of vendors by rank, (count,): rank^-exponent, the first is the largest.

    Source: rank-size rule, see `size_exponent`
    """
    return np.arange(1, count + 1, dtype=np.float64) ** -p.size_exponent


def chosen_vendors(size: Floats, noise: Floats) -> tuple[Ids, Ids]:
    """Pick the vendor an institution likes best and the next one, (m,) rows each; -1 for none.

    size : (n_vendors,); noise : (m, n_vendors) Gumbel
    log size + noise: a vendor is chosen in proportion to its size. Source: logit choice
    """
    order = np.argsort(-(np.log(size) + noise), axis=1, kind="stable")
    first = order[:, 0]
    return first, order[:, 1] if order.shape[1] > 1 else np.full(len(first), -1)


def concentration(weight: Floats) -> float:
    """Herfindahl index of weights, from 1 / n for equals to 1; nothing without any weight."""
    total = float(weight.sum())
    return float(((weight / total) ** 2).sum()) if total > 0 else float("nan")
