"""A ban on pools: clients' money may be lent through notes only."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from sim.params import parameter
from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class PoolingBan(Instrument):
    """Forbid platforms to pool their clients' money; pools that exist run off and close.

    From its first month pools take in no money and make no loans; who has claims on them may
    redeem as before. After the run-off they are ordered to close. Newcomers match instead.
    """

    kind: ClassVar[str] = "pooling_ban"
    for_clients: ClassVar[bool] = True

    months: int = parameter(
        12,
        "months",
        "for which existing pools may run off before they are ordered to close",
        "China 2016, Interim Measures on online lending, article 44: 12 months to comply",
        low=0,
        high=120,
    )

    kinds: tuple[Kind, ...] = kinds_field("platform")

    def may_pool(self, view: Any) -> Floats:
        """Answer no for platforms."""
        return self.where(view, self.kinds, 0.0, 1.0)

    def pool_months(self, view: Any) -> Floats:
        """Answer the months of the run-off for platforms, infinity elsewhere."""
        return self.where(view, self.kinds, float(self.months), np.inf)
