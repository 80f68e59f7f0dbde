"""What a shock may change in a month: a closed list of conditions, and how shocks combine.

Responsible for the conditions, their folds and neutral values. Not responsible for who
writes them (`sim/shocks/`) nor for what they do (the phases multiply or add them). A shock
never changes a parameter in place, so it ends by ending.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from sim.units import Floats

Fold = Literal["product", "sum", "most"]
Shape = Literal["sector", "scalar", "kind", "target"]
# Whom a liquidation may name, in the order of conditions by kind.
LIQUIDATED_KINDS = ("enterprise", "bank", "micro_lender", "ecommerce_lender", "platform")
# Institutions that can be attacked, in the order of conditions by target.
ATTACKED_KINDS = ("bank", "micro_lender", "ecommerce_lender", "platform", "crowdfunding_platform")


@dataclass(frozen=True)
class Condition:
    """One thing of the world that shocks may change."""

    name: str
    unit: str
    fold: Fold
    neutral: float
    shape: Shape
    doc: str


CONDITIONS: dict[str, Condition] = {
    "demand_factor": Condition(
        "demand_factor", "factor", "product", 1.0, "sector", "final demand of a sector of trade"
    ),
    "core_demand_factor": Condition(
        "core_demand_factor", "factor", "product", 1.0, "sector", "the same for core firms on top"
    ),
    "wholesale_spread": Condition(
        "wholesale_spread", "1/year", "sum", 0.0, "scalar", "added to the cost of wholesale money"
    ),
    "entry_factor": Condition(
        "entry_factor", "factor", "product", 1.0, "scalar", "chance that a potential platform opens"
    ),
    "attention": Condition(
        "attention",
        "share",
        "product",
        1.0,
        "scalar",
        "savers who consider platforms for new money",
    ),
    "money_yield_shift": Condition(
        "money_yield_shift", "1/year", "sum", 0.0, "scalar", "added to the yield of money funds"
    ),
    "paper_price": Condition(
        "paper_price", "factor", "product", 1.0, "scalar", "price of funds' paper sold early"
    ),
    "redemption_limits": Condition(
        "redemption_limits", "count", "sum", 0.0, "scalar", "orders that limit redemptions of funds"
    ),
    "liquidated_share": Condition(
        "liquidated_share", "share", "sum", 0.0, "scalar", "living firms closed, drawn by id"
    ),
    "liquidated_rank": Condition(
        "liquidated_rank", "place", "most", 0.0, "kind", "the one closed, by size in its kind"
    ),
    "absconding_rank": Condition(
        "absconding_rank", "place", "most", 0.0, "scalar", "platform whose owner runs, by loans"
    ),
    "attack_rate": Condition(
        "attack_rate", "1/month", "sum", 0.0, "target", "further attacks that arrive at each"
    ),
    "vendor_attack_rate": Condition(
        "vendor_attack_rate", "1/month", "sum", 0.0, "scalar", "the same at each vendor"
    ),
}

_FOLDS: dict[str, Callable[..., Floats]] = {
    "product": np.multiply,
    "sum": np.add,
    "most": np.maximum,
}


@dataclass(frozen=True)
class Conditions:
    """Hold this month's conditions: arrays by sector, by kind or by target, or of one number."""

    values: dict[str, Floats] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Floats:
        return self.values[name]

    @property
    def neutral(self) -> bool:
        """Tell whether no shock changes anything this month."""
        return all((self.values[n] == c.neutral).all() for n, c in CONDITIONS.items())


@lru_cache(maxsize=16)
def _neutral_values(n_sectors: int) -> dict[str, Floats]:
    """Give the conditions of a month without shocks."""
    shapes: dict[str, tuple[int, ...]] = {
        "sector": (n_sectors,),
        "scalar": (),
        "kind": (len(LIQUIDATED_KINDS),),
        "target": (len(ATTACKED_KINDS),),
    }
    values = {n: np.full(shapes[c.shape], c.neutral) for n, c in CONDITIONS.items()}
    for array in values.values():
        array.flags.writeable = False
    return values


def write(shocks: Sequence[Any], month: int, n_sectors: int) -> Conditions:
    """Let every shock write its conditions of the month and fold them.

    demand_factor, core_demand_factor : (n_sectors,) factor on final demand
    wholesale_spread : () 1/year - added to the cost of wholesale money
    entry_factor : () factor on the chance of entry of platforms
    attention : () share of savers who consider platforms for new money
    money_yield_shift : () 1/year - added to the yield of money funds
    paper_price : () factor - price of their paper sold before it is due, over par
    redemption_limits : () count - orders in force that limit redemptions
    liquidated_share : () share of living firms closed
    liquidated_rank : (kinds,) place of the one closed, 0 for none, as in `LIQUIDATED_KINDS`
    absconding_rank : () place by loans of the platform whose owner runs, 0 for none
    attack_rate : (targets,) 1/month - attacks on an institution, on the mean of its kind, beyond
        the parameter's, in the order of `ATTACKED_KINDS`
    vendor_attack_rate : () 1/month - the same on a vendor
    """
    values = dict(_neutral_values(n_sectors))
    for shock in shocks:
        for name, change in shock.conditions(month, n_sectors).items():
            if name not in CONDITIONS:
                raise KeyError(f"{type(shock).__name__} wrote {name!r}, not in {list(CONDITIONS)}")
            fold = _FOLDS[CONDITIONS[name].fold]
            values[name] = np.asarray(
                fold(values[name], np.broadcast_to(np.asarray(change, float), values[name].shape))
            )
    for array in values.values():
        array.flags.writeable = False
    return Conditions(values)
