"""Banks: collateral lending on deposits, wholesale loans to micro lenders."""

from __future__ import annotations

from typing import ClassVar

from sim.agents.provider import Provider
from sim.chart import BANK
from sim.table import Money


class Bank(Provider):
    """Traditional finance: lends against collateral, funded by deposits of the outside."""

    code: ClassVar[int] = BANK

    deposits = Money("deposits held by outside", unit="fen")
