"""E-commerce lenders: revolving lines to online sellers, decided automatically on their sales."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sim.agents.provider import Provider
from sim.chart import ECOMMERCE_LENDER
from sim.parameters.ecommerce_lender import EcommerceLenderParameters
from sim.units import Fen, Floats, Mask, to_fen


class EcommerceLender(Provider):
    """A lender of its own capital to online sellers, repaid out of the sales it sees."""

    code: ClassVar[int] = ECOMMERCE_LENDER


def line_limit(
    sales: Floats, room: Floats, is_fine: Mask, factor: float, p: EcommerceLenderParameters
) -> Floats:
    """Set limits of lines from turnover; where the lender would not lend, the line is cut.

    sales : (m,) fen a month - recent sales of the firm, of which a share are online
    room : (m,) fen - most the line may hold under caps on debt
    is_fine : (m,) score, price and the regulator allow it; factor : policy's factor on limits
    limit = min(factor x limit_months x online share x sales, room). Source: assumed.
    """
    by_turnover = factor * p.limit_months * p.online_sales_share * sales
    return np.where(is_fine, np.maximum(np.minimum(by_turnover, room), 0.0), 0.0)


def draw_wanted(lacking: Floats, free: Floats, smallest: int) -> Fen:
    """Tell what firms draw: what they lack, up to what is free, nothing below the smallest draw.

    lacking, free : (m,) fen; smallest : fen
    """
    fen = to_fen(np.maximum(np.minimum(lacking, free), 0.0))
    return np.where(fen >= max(smallest, 1), fen, 0)


def swept_principal(
    sales: Floats, interest_due: Fen, to_come: Fen, p: EcommerceLenderParameters
) -> Fen:
    """Principal of lines that falls due out of the month's sales, after interest.

    sales : (m,) fen - the month's revenue; interest_due : (m,) fen
    to_come : (m,) fen - principal not yet due
    due = min(to come, max(0, sweep_share x online share x sales - interest)). Source: assumed.
    """
    swept = to_fen(p.sweep_share * p.online_sales_share * sales) - interest_due
    return np.minimum(np.maximum(swept, 0), to_come)
