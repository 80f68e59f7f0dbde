"""The regulator: it has a budget, reads reports, examines, orders and lends."""

from __future__ import annotations

from typing import ClassVar

from sim.chart import OUTSIDE, REGULATOR
from sim.rows import RowAgent
from sim.table import Count, Real


class Regulator(RowAgent):
    """Supervises providers; ends each month without cash."""

    code: ClassVar[int] = REGULATOR

    registered = Count("institutions registered this month")
    budget_left = Real("what is left of this month's budget", unit="fen")
    collected = Real("levies and fines since the budget was set", unit="fen")


class Outside(RowAgent):
    """Households, customers, government and the rest of the economy: closes every account."""

    code: ClassVar[int] = OUTSIDE
