"""Micro lenders: licensed, own capital, a little wholesale money."""

from __future__ import annotations

from typing import ClassVar

from sim.agents.provider import Provider
from sim.chart import MICRO_LENDER
from sim.table import Count


class MicroLender(Provider):
    """A licensed lender of its own capital, with some wholesale money from banks."""

    code: ClassVar[int] = MICRO_LENDER

    months_late = Count("months its own debts stand unpaid", unit="months")
    home_bank = Count("row of the bank that refinances it")
