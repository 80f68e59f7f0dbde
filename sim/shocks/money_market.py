"""A money-market shock: yields shift, paper sells below par, redemptions are limited by order."""

from __future__ import annotations

from typing import Any, Literal

from sim.params import parameter
from sim.shocks.base import Shock


class MoneyMarket(Shock):
    """Shift the yield of money funds, lower the price of their paper or limit redemptions."""

    kind: Literal["money_market"] = "money_market"

    size: float = parameter(
        0.0, "1/year", "added to the yield of paper", "scenario", low=-0.2, high=1.0
    )
    haircut: float = parameter(
        0.0, "share of face", "loss on paper sold before it is due", "scenario", low=0.0, high=0.9
    )
    limit: bool = parameter(False, "flag", "all funds limit redemptions", "scenario")

    def conditions(self, month: int, n_sectors: int) -> dict[str, Any]:
        """Write the shift of yields, the price of paper over par, and whether limits are ordered.

        money_yield_shift : 1/year; paper_price : 1 - haircut; redemption_limits : 1 if ordered
        """
        if not self.is_active(month):
            return {}
        return {
            "money_yield_shift": self.size,
            "paper_price": 1.0 - self.haircut,
            "redemption_limits": float(self.limit),
        }
