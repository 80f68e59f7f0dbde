"""Pools in whole economies: absent, frozen, wound down, and with their channels covered."""

import numpy as np
import pytest

from sim.channels import CHANNELS
from tests.worlds import STRESS, audit_now, differing, run, small, state, watch_phases

POOLS = {"pooling_share": 0.6}
# Platforms that lose their capital within the year, short loans, savers whom failures frighten.
FRAIL = {
    "enterprise": {"demand_volatility": 0.3, "buffer_days": 10, "arrears_months": 2},
    "market": {"bullet_months": 4, "instalment_months": 4, "runoff_months": 3},
    "platform": {**POOLS, "fixed_cost": 15_000},
    "investor": {"loss_given_failure": 0.9, "similarity": 1.0},
}


def economy(**fields):
    size = {"investors": 150, "platforms": 10}
    time = {"months": 15, "burn_in": 6}
    return small(120, **{"parameters": FRAIL, "population": size, "time": time, **fields})


@pytest.fixture(scope="module")
def frail():
    """Every end of a pool, audited after every phase; tallies of all months."""
    found: dict[str, float] = {}

    def look(world, phase):
        audit_now(world)
        accounts = world.accounts
        assert (accounts.asked <= accounts.claims).all(), phase
        pooled = np.append(world.platforms.is_pooling, False)[accounts.platform]
        assert not accounts.claims[~pooled].any(), phase
        assert not accounts.balance[pooled].any(), phase
        if phase == "close_books":
            for name, value in world.desk.tally.items():
                found[name] = found.get(name, 0.0) + value

    with pytest.MonkeyPatch.context() as patch:
        watch_phases(patch, look)
        model = run(economy())
    return model, found


def test_pools_freeze_and_every_fen_is_there(frail):
    model, found = frail
    table = model.world.platforms
    modes = table.exit_mode[table.is_pooling]
    assert {0, 2} <= set(modes.tolist())
    assert (table.exit_mode[~table.is_pooling] < 2).all()
    for name in ("redemptions_paid", "claims_paid_in_exit", "pool_loss"):
        assert found[name] > 0, name
    gone = (modes > 0) & ~table.is_in_estate[table.is_pooling]
    assert gone.any()
    assert not table.net_worth[table.is_pooling][gone].any()


def test_where_nobody_pools_nothing_of_pools_matters():
    told = {"notice_months": 3, "pool_liquidity": 0.5, "liquidation_cost": 0.5}
    other = small(parameters={"platform": told, "investor": {"redemption_share": 0.9}})
    assert differing(state(run(small(), 4)), state(run(other, 4))) == []


@pytest.mark.parametrize("alike", [1.0, 0.5])  # below 1 savers tell platforms of a kind apart
def test_with_confidence_covered_savers_are_deaf_to_failures(alike, monkeypatch):
    """Twice the failures that savers could see, every month, changes no bit of anything else."""
    import sim.phases.move_savings as phase

    savers = {**FRAIL["investor"], "other_form": alike, "herding": 4.0 * (1.0 - alike)}
    scenario = economy(channels={"confidence": False}, time={"months": 6, "burn_in": 0},
                       parameters={**FRAIL, "investor": savers})  # fmt: skip
    calm = state(run(scenario))
    learn = phase.learn

    def doubled(world, scenario, *seen):
        learn(world, scenario, *seen)
        world.investors.failures_seen[:] = 2.0 * world.investors.failures_seen + 1.0
        world.news.failures = 2.0 * world.news.failures + 1.0
        world.news.failures_by_class = 2.0 * world.news.failures_by_class + 1.0

    monkeypatch.setattr(phase, "learn", doubled)
    assert differing(calm, state(run(scenario))) == ["investor.failures_seen"]


def test_with_all_channels_covered_nothing_is_remembered():
    bad = {**STRESS, "platform": {**STRESS["platform"], **POOLS}}
    months = {"months": 12, "burn_in": 0}
    off = dict.fromkeys(CHANNELS, False)
    model = run(economy(channels=off, parameters=bad, time=months))
    assert model.world.platforms.exit_mode.any()
    assert not len(model.world.impairments.keys)
    assert not model.world.investors.loss_total.any()
