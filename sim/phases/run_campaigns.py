"""Campaigns start, collect pledges, succeed or fail; escrow is released by milestones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.campaigning import conclude_campaigns, release_milestones, start_campaigns
from sim.crowdfunding import end_of_term
from sim.pledging import collect_pledges, learn_of_stakes
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def run_campaigns(world: World, scenario: Scenario) -> None:
    """Let projects no lender finances ask the crowd, savers pledge, escrow be released or returned.

    Takes `applications`, `offers`, `granted` and `put_off`. All or nothing: a campaign without its
    target in time gives back every fen.
    """
    if not world.crowdfunding_platforms.n:
        return
    learn_of_stakes(world, scenario)
    end_of_term(world)
    start_campaigns(world, scenario)
    collect_pledges(world, scenario)
    conclude_campaigns(world, scenario)
    release_milestones(world, scenario)
