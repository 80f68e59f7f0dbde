"""Platforms: they bring borrowers and savers together, by notes on each loan or by a pool."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sim.agents.provider import Provider
from sim.chart import PLATFORM
from sim.parameters.platform import PlatformParameters
from sim.table import Count, Flag, Money, Real
from sim.units import Floats

WIND_DOWN, LIQUIDATION = 1, 2  # modes of exit


class Platform(Provider):
    """An online platform; loans it matches belong to the holders of notes, pooled ones to it."""

    code: ClassVar[int] = PLATFORM

    client_cash = Money("money of its clients", unit="fen")
    reserve_cash = Money("reserve fund that buys back defaulted notes", unit="fen")
    is_pooling = Flag("lends its clients' money as a pool on its own account; else by notes")
    exit_mode = Count("how it left: 0 not yet, 1 orderly wind-down, 2 freeze and liquidation")
    prominence = Real("how well it is known, in platforms of size 1")
    posted_rate = Real("mean rate of its recent loans, shown to savers", unit="1/year")
    usage = Real("share of client money lent out, smoothed", unit="share")
    fee_income = Real("fees earned this month", unit="fen")
    lost_confidence = Real("money savers kept away for fear of failure", unit="fen")
    lost_notes = Real("money savers kept away after losses above those expected", unit="fen")
    saver_interest = Real("interest its clients received this month, net of fees", unit="fen")
    saver_loss = Real("principal of notes written off this month", unit="fen")


def prominence(uniforms: Floats, p: PlatformParameters) -> Floats:
    """Draw how well platforms are known: Pareto, cut at 30 so that none is the whole market."""
    return np.minimum(30.0, (1.0 - uniforms) ** (-1.0 / p.size_exponent))
