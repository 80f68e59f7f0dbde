"""Money funds: how much is in them, what they yield, who cannot get out, what banks pay for it."""

from __future__ import annotations

import numpy as np

from sim.fund_shares import shares_by_fund
from sim.measures.base import measure
from sim.units import FEN_PER_YUAN
from sim.world import World


def _tally(world: World, name: str) -> float:
    return world.desk.tally.get(name, 0.0) / FEN_PER_YUAN


@measure("yuan", "Money in money funds")
def money_in_funds(world: World) -> float:
    """Shares of all money funds at the end of the month."""
    return float(shares_by_fund(world).sum()) / FEN_PER_YUAN


@measure("share", "Share of savers' wealth in money funds")
def savers_share_in_funds(world: World) -> float:
    """Shares that savers hold over their net worth."""
    savers = world.investors
    return float(savers.fund_shares.sum()) / max(float(savers.net_worth.sum()), 1.0)


@measure("share", "Share of firms' liquid money in money funds")
def firms_share_in_funds(world: World) -> float:
    """Shares that living firms hold over their cash and shares."""
    firms = world.enterprises
    parked = float((firms.fund_shares * firms.alive).sum())
    return parked / max(float((firms.cash * firms.alive).sum()) + parked, 1.0)


@measure("1/year", "Yield of money funds after the fee")
def yield_of_funds(world: World) -> float:
    """Yield of the month, the same for all funds; nothing without funds."""
    return float(world.money_funds.yield_rate.mean()) if world.money_funds.n else np.nan


@measure("yuan", "Inflow into money funds")
def inflow_into_funds(world: World) -> float:
    """Shares bought less shares redeemed in the month."""
    return _tally(world, "fund_subscribed") - _tally(world, "fund_redeemed")


@measure("share", "Shares of money funds asked back")
def asked_from_funds(world: World) -> float:
    """Shares that holders asked back in the month over those at its start."""
    funds = world.money_funds
    before = float(funds.shares_before.sum())
    return float(funds.redeemed.sum()) / before if before > 0 else np.nan


@measure("yuan", "Redemptions refused by limits of money funds")
def redemptions_refused(world: World) -> float:
    """What holders asked back this month and did not get because of a limit."""
    return _tally(world, "redemptions_refused")


@measure("yuan", "Losses of money funds")
def losses_of_funds(world: World) -> float:
    """Face less price of paper sold below par in the month, borne by all shares."""
    return _tally(world, "fund_losses")


@measure("1/year", "Rate that banks pay on deposits")
def bank_funding_rate(world: World) -> float:
    """Rate at which deposits earned interest this month, shocks and money in funds included."""
    return world.desk.tally.get("deposit_rate", np.nan)
