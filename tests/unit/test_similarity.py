"""Failures elsewhere weigh by form, licence and region; the neutral setting weighs them alike."""

import numpy as np
import pytest
from by_hand import emptied, ids

from sim.agents.investor import SLOTS, similarities
from sim.beliefs import learn, views
from sim.parameters.investor import InvestorParameters
from tests.worlds import differing, run, small, state

APART = {"other_form": 0.5, "other_licence": 0.4, "other_region": 0.2}


def test_the_weight_is_a_product_over_what_differs():
    found = similarities(3, InvestorParameters(**APART))
    assert found.shape == (12, 12)
    assert (np.diag(found) == 1).all()
    # Classes: region + 3 x (form + 2 x licence).
    assert found[0, 1] == pytest.approx(0.2)
    assert found[0, 3] == pytest.approx(0.5)
    assert found[0, 6] == pytest.approx(0.4)
    assert found[2, 0 + 3 + 6] == pytest.approx(0.2 * 0.5 * 0.4)
    assert (found == found.T).all()


def seen_by_one(failed, **factors):
    """Hazards that a saver sees on platforms 1 and 2 after platform 0 or 3 has failed.

    Platforms 0 and 1 pool, the others do not; the saver has watched 1 and 2 for a month.
    """
    hands = emptied(platforms=4, investors=1, platform={"regions": 1},
                    investor={"belief_half_life": 1.0, "prior_months": 10.0, "prior_failure": 0.12,
                              "similarity": 0.5, **factors})  # fmt: skip
    world = hands.world
    world.platforms.is_pooling[:] = [True, True, False, False]
    world.platforms.alive[failed], world.platforms.ended[failed] = False, 0
    world.accounts.platform[:] = ids(1, 2, -1, -1)
    learn(world, hands.scenario, np.zeros(1))
    options = world.accounts.platform.reshape(SLOTS, 1) + 1
    return hands, views(world, hands.scenario, ids(0), options)


def test_a_failure_of_the_same_form_frightens_more():
    # Prior: 0.1 failures in 10 months; watched: none in 2; elsewhere 1 failure, 3 months lived,
    # of which those of the other form count half.
    _, seen = seen_by_one(0, other_form=0.5)
    pools, matches = seen.actual.hazard[:2, 0]
    assert pools == pytest.approx(12 * (0.1 + 0.5 * 1.0) / (10 + 2 + 0.5 * (1 + 0.5 * 2)))
    assert matches == pytest.approx(12 * (0.1 + 0.5 * 0.5) / (10 + 2 + 0.5 * (2 + 0.5 * 1)))
    _, seen = seen_by_one(3, other_form=0.5)
    assert seen.actual.hazard[1, 0] > seen.actual.hazard[0, 0]
    assert seen.calm.hazard[0, 0] == pytest.approx(1.2 / (10 + 2 + 0.5 * (2 + 0.5 * 1)))


def test_without_factors_all_platforms_look_alike_to_a_saver():
    _, seen = seen_by_one(0)
    assert seen.actual.hazard.tolist() == pytest.approx([12 * (0.1 + 0.5) / (10 + 2 + 0.5 * 3)])


def test_regions_last_and_are_all_met():
    def regions(platforms):
        world = emptied(platforms=platforms).world
        return (4 * world.draws.uniform("platform_region", 0, np.arange(platforms))).astype(int)

    assert set(regions(60)) == {0, 1, 2, 3}
    assert (regions(60)[:20] == regions(20)).all()


def test_telling_platforms_apart_changes_what_savers_do_and_nothing_else_does():
    failing = {"platform": {"fixed_cost": 20_000}}
    time = {"months": 10, "burn_in": 4}
    base = state(run(small(40, time=time, parameters=failing)))
    apart = state(run(small(40, time=time, parameters={**failing, "investor": APART})))
    regions = {"platform": {**failing["platform"], "regions": 9}}
    more = state(run(small(40, time=time, parameters=regions)))
    assert "investor.cash" in differing(base, apart)
    assert differing(base, more) == []
