"""The regulator: at present it registers institutions and reads their reports."""

from __future__ import annotations

from typing import ClassVar

from sim.chart import OUTSIDE, REGULATOR
from sim.rows import RowAgent
from sim.table import Count


class Regulator(RowAgent):
    """Supervises providers; ends each month without cash."""

    code: ClassVar[int] = REGULATOR

    registered = Count("institutions registered this month")


class Outside(RowAgent):
    """Households, customers, government and the rest of the economy: closes every account."""

    code: ClassVar[int] = OUTSIDE
