"""What a provider sees of a firm's debts and arrears: its own files, and what members report.

Responsible for who is a member of the registry and for what stands in it. Used when loans are
underwritten and when scorecards are re-estimated. It decides nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.units import Floats, Ids, Mask
from sim.world import World


class Files(NamedTuple):
    """What is on file about applicants, (m,) each, one per firm and provider asked; debts in fen.

    own_debt : to the provider asked; all_debt : to all providers, whoever sees it
    is_late : behind with a loan of the provider asked
    """

    own_debt: Floats
    all_debt: Floats
    is_late: Mask


def files(world: World, firm: Ids, number: Ids) -> Files:
    """Look up debts and arrears of firms as the providers asked have them on file.

    firm, number : (m,) enterprise and provider
    """
    loans = world.loans
    asks = np.zeros(world.enterprises.n, dtype=np.bool_)
    asks[firm] = True
    rows = np.flatnonzero(asks[loans.borrower])
    keys, inverse = np.unique(
        (loans.borrower[rows] << 24) | loans.provider[rows], return_inverse=True
    )

    def of_pair(values: Floats | Mask) -> Floats:
        """Sum over the loans of each firm from the provider asked, (m,)."""
        sums = np.append(np.bincount(inverse, values, len(keys)), 0.0)
        wanted = (firm << 24) | number
        at = np.searchsorted(keys, wanted)
        return sums[np.where(np.append(keys, -1)[at] == wanted, at, len(keys))]

    own, late = of_pair(loans.principal[rows]), of_pair(loans.late_months[rows] > 0)
    every = world.debt_of_firms()[firm].astype(np.float64)
    return Files(own, every, late > 0)
