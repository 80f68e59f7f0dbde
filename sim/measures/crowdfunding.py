"""Crowdfunding: campaigns, money raised and released, what stakes bring and lose."""

from __future__ import annotations

import numpy as np

from sim.chart import INVESTOR
from sim.kernels import true_at
from sim.measures.base import measure, tallied
from sim.world import World


def _yuan(world: World, name: str) -> float:
    return tallied(world, name) / 100.0


@measure("count", "Campaigns started")
def campaigns_started(world: World) -> float:
    """Projects that passed review this month and are shown to savers."""
    return tallied(world, "campaigns_started")


@measure("count", "Campaigns funded")
def campaigns_funded(world: World) -> float:
    """Campaigns that reached their target this month."""
    return tallied(world, "campaigns_funded")


@measure("count", "Campaigns failed")
def campaigns_failed(world: World) -> float:
    """Campaigns whose time ended this month without their target."""
    return tallied(world, "campaigns_failed")


@measure("share", "Success rate of campaigns", over=("campaigns_funded", "campaigns_failed"))
def campaign_success_rate(world: World) -> float:
    """Funded over all campaigns that ended their collection this month; empty if none did."""
    funded = campaigns_funded(world)
    ended = funded + campaigns_failed(world)
    return funded / ended if ended else np.nan


@measure("count", "Projects reviewed")
def campaigns_reviewed(world: World) -> float:
    """Projects that platforms were asked to show this month."""
    return tallied(world, "campaigns_reviewed")


@measure("share", "Projects that pass review", over=("campaigns_reviewed",))
def review_pass_rate(world: World) -> float:
    """Campaigns started over projects that platforms were asked to show this month."""
    reviewed = campaigns_reviewed(world)
    return campaigns_started(world) / reviewed if reviewed else np.nan


@measure("yuan", "Raised by campaigns")
def campaign_raised(world: World) -> float:
    """Targets of the campaigns that were funded this month."""
    return _yuan(world, "campaign_raised")


@measure("yuan", "Pledges in custody")
def escrow(world: World) -> float:
    """Pledged and neither released nor given back."""
    return float(world.stakes.pledged.sum()) / 100.0


@measure("yuan", "Stakes of savers at cost")
def stakes_held(world: World) -> float:
    """Released to firms less payouts, at least nothing, of stakes that savers hold."""
    book = world.stakes
    return float(book.cost[true_at(book.holder == INVESTOR)].sum()) / 100.0


@measure("yuan", "Payouts on stakes")
def stake_payouts(world: World) -> float:
    """Shares of revenue paid this month, recoveries from estates included."""
    return _yuan(world, "stake_payouts")


@measure("yuan", "Losses of savers on stakes")
def stake_loss(world: World) -> float:
    """Cost of stakes written off this month, what was guaranteed left out."""
    return _yuan(world, "stake_loss")


@measure("yuan", "Put into stakes that ended")
def stakes_ended_invested(world: World) -> float:
    """Money that firms once got for the stakes that ended this month, at term or in an estate."""
    return _yuan(world, "stakes_ended_invested")


@measure("yuan", "Had from stakes that ended")
def stakes_ended_paid(world: World) -> float:
    """All that these stakes brought: payouts, recoveries, guarantees and covers."""
    return _yuan(world, "stakes_ended_paid")


@measure("share", "Realised gain on stakes", over=("stakes_ended_invested",))
def stake_return(world: World) -> float:
    """Had from the stakes that ended this month over what was put in, less one; over their life."""
    put_in = stakes_ended_invested(world)
    return stakes_ended_paid(world) / put_in - 1.0 if put_in > 0 else np.nan


@measure("yuan years", "Money times years in stakes that ended")
def stakes_ended_years(world: World) -> float:
    """Money that firms once got for the stakes that ended this month, times years since."""
    return _yuan(world, "stakes_ended_fen_months") / 12.0


@measure("1/year", "Annual gain on stakes", over=("stakes_ended_years",))
def stake_return_rate(world: World) -> float:
    """Gain on the stakes that ended this month, over money put in times years since first release.

    A simple rate, without interest on payouts; empty where no stake ended after its first month.
    """
    fen_years = tallied(world, "stakes_ended_fen_months") / 12.0
    gain = tallied(world, "stakes_ended_paid") - tallied(world, "stakes_ended_invested")
    return gain / fen_years if fen_years > 0 else np.nan


@measure("yuan", "Project guarantees paid")
def project_guarantees(world: World) -> float:
    """Made good by platforms this month for stakes in firms that defaulted."""
    return _yuan(world, "project_guarantees")


@measure("yuan", "Sound investment met by campaigns")
def met_crowdfunding(world: World) -> float:
    """Sound investment need that campaigns met this month; a part of all that was met."""
    return _yuan(world, "met_crowdfunding")


@measure("share", "Investment need met by campaigns", over=("need_investment",))
def crowdfunding_share(world: World) -> float:
    """Sound investment need that campaigns met, over the need that began this month."""
    need = _yuan(world, "need_investment")
    return met_crowdfunding(world) / need if need > 0 else np.nan


@measure("1/year", "Default rate of firms with stakes")
def funded_default_rate(world: World) -> float:
    """Defaults of firms in which there are stakes, over such firms, at an annual rate."""
    book, firms = world.stakes, world.enterprises
    has = np.zeros(firms.n, dtype=np.bool_)
    has[book.firm[true_at(book.is_open & (book.invested > 0))]] = True
    defaulted = tallied(world, "funded_defaults")
    alive = float(np.count_nonzero(has & firms.alive)) + defaulted
    return 12.0 * defaulted / alive if alive else np.nan


@measure("count", "Crowdfunding platforms alive")
def crowdfunding_platforms_alive(world: World) -> float:
    """Count crowdfunding platforms open for business."""
    return float(np.count_nonzero(world.crowdfunding_platforms.alive))


@measure("count", "Crowdfunding platform failures")
def crowdfunding_failures(world: World) -> float:
    """Count crowdfunding platforms that failed this month."""
    return tallied(world, "crowdfunding_failures")
