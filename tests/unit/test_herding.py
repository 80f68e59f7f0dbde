"""Savers who follow each other: whom they know, what they see, and how much of it calm bears."""

import numpy as np
import pytest
from by_hand import emptied

from sim.agents.investor import appeal, expected_return, withdrawal_share
from sim.beliefs import learn, views
from sim.herding import largest_herding, leaving_share
from sim.neighbours import acquaintances, exits_felt, remember_exits, ties
from sim.parameters import AllParameters
from sim.parameters.investor import InvestorParameters
from sim.scenario import ScenarioError
from tests.worlds import differing, run, small, state, watch_phases


# ------------------------------------------------------------ the limit of calm
def settled(h, p, start):
    """Let the share leaving run to rest from a start."""
    x = np.array([start])
    for _ in range(600):
        x = leaving_share(h * x, p)
    return float(x[0])


@pytest.mark.parametrize("fields", [{}, {"withdrawal_speed": 0.3, "return_sensitivity": 90.0}])
def test_below_the_limit_calm_returns_and_above_it_everybody_runs(fields):
    p = AllParameters(investor=InvestorParameters(**fields))
    most = largest_herding(p)
    calm = float(leaving_share(np.zeros(1), p)[0])
    below, above = settled(0.98 * most, p, calm), settled(1.02 * most, p, calm)
    assert calm < below < 0.5 * above
    slope = np.diff(leaving_share(np.array([below - 1e-5, below + 1e-5]) * 0.98 * most, p))
    assert slope[0] / 2e-5 < 1.0, "the stated condition: h F' below 1"


def test_without_a_jump_there_is_no_limit():
    assert largest_herding(AllParameters(investor=InvestorParameters(partial_withdrawal=True))) == (
        np.inf
    )
    nobody = AllParameters(investor=InvestorParameters(withdrawal_speed=0.0))
    assert largest_herding(nobody) == np.inf


def test_a_scenario_beyond_the_limit_is_refused_in_a_line():
    most = largest_herding(AllParameters())
    small(parameters={"investor": {"herding": 0.99 * most}})
    with pytest.raises(ScenarioError, match=r"herding: 9.0 must be below 6\.\d+") as error:
        small(parameters={"investor": {"herding": 9}})
    assert str(error.value).count("\n") == 0
    # Where funds pay more than a savings account, so many leave in calm that more herding only
    # raises their share, without a jump.
    assert largest_herding(AllParameters(), outside=0.04) == np.inf
    small(population={"money_funds": 3}, parameters={"investor": {"herding": 9}})


# ------------------------------------------------------------ the graph
def world_of(savers, **investor):
    hands = emptied(platforms=2, investors=savers, investor=investor)
    return hands.world, hands.scenario


def test_without_rewiring_everybody_knows_the_next_on_both_sides():
    world, scenario = world_of(8, ring_neighbours=2, rewiring=0.0)
    who, whom = acquaintances(world, scenario)
    known = {row: sorted(whom[who == row].tolist()) for row in range(8)}
    assert known[0] == [1, 2, 6, 7]
    assert known[5] == [3, 4, 6, 7]
    few, scenario = world_of(3, ring_neighbours=5, rewiring=0.0)
    assert len(acquaintances(few, scenario)[0]) == 6, "a ring of three has no room for more"


def test_rewiring_moves_its_share_of_ties_for_good():
    world, scenario = world_of(1000, ring_neighbours=3, rewiring=0.2)
    one, other = ties(world, scenario)
    step = np.minimum((other - one) % 1000, (one - other) % 1000)
    assert (step > 3).mean() == pytest.approx(0.2, abs=0.03)
    assert not (one == other).any()
    again, _ = world_of(1000, ring_neighbours=3, rewiring=0.2)
    assert (ties(again, scenario)[1] == other).all()


def test_entrants_are_known_in_the_place_they_take():
    world, scenario = world_of(6, ring_neighbours=1, rewiring=0.0)
    world.investors.append(1)  # row 6, place 0, whose founder still lives
    who, whom = acquaintances(world, scenario)
    assert sorted(whom[who == 6].tolist()) == [1, 5]
    assert 0 not in whom
    world.investors.alive[[1, 6]] = False
    who, whom = acquaintances(world, scenario)
    assert sorted(whom[who == 0].tolist()) == [5], "a place where nobody lives is empty"


def test_savers_see_what_those_they_know_took_off_the_same_platform():
    world, scenario = world_of(5, ring_neighbours=1, rewiring=0.0)
    watched = world.accounts.platform.reshape(5, 4)
    watched[:] = -1
    watched[:, 0], watched[2, 1] = [0, 0, 1, 0, 0], 0
    could = world.accounts.platform >= 0
    share = np.zeros((5, 4))
    share[1, 0], share[3, 0], share[2, 1] = 1.0, 0.5, 1.0
    remember_exits(world, could, share.ravel())
    felt = exits_felt(world, scenario).reshape(5, 4)
    assert felt[0, 0] == pytest.approx(0.5), "of two who had money on platform 0, one left"
    assert felt[2].tolist() == [0, 0.75, 0, 0], "nobody it knows was on platform 1"
    assert felt[1, 0] == pytest.approx(0.5)
    watched[0, 0] = 1
    assert exits_felt(world, scenario)[0] == 0, "what was seen of one platform is not of another"


# ------------------------------------------------------------ decisions
def test_neighbours_who_leave_lower_the_appeal_and_raise_what_is_taken_off():
    p = InvestorParameters(herding=2.0, return_sensitivity=50.0)
    value, outside = np.array([0.02, 0.04, -np.inf]), np.full(3, 0.02)
    assert appeal(value, None, outside, p).tolist() == [0.0, 1.0, -np.inf]
    seen = appeal(value, np.array([0.5, 0.5, 0.5]), outside, p)
    assert seen[:2].tolist() == pytest.approx([-1.0, 0.0])
    assert withdrawal_share(appeal(value, None, outside, p)).tolist() == pytest.approx(
        [0.5, 1 / (1 + np.e), 1.0]
    )


def test_savers_come_back_as_what_frightened_them_fades():
    world, scenario = world_of(1, belief_half_life=6.0)
    world.accounts.platform[:2] = [0, 1]
    world.platforms.alive[0], world.platforms.ended[0] = False, 0
    options = world.accounts.platform.reshape(4, 1) + 1
    shares = []
    for _ in range(37):
        learn(world, scenario, np.zeros(1))
        seen = views(world, scenario, np.array([0]), options).actual
        p = scenario.parameters.investor
        value = expected_return(np.array([0.1]), seen.loss, seen.hazard, np.array([0.5]), p)
        shares.append(withdrawal_share(appeal(value, None, np.array([0.025]), p))[0])
        world.month += 1
    assert (np.diff(shares) < 0).all(), "less is taken off every month without bad news"
    assert shares[36] < 0.5 < shares[0]


# ------------------------------------------------------------ at work
FAILING = {"platform": {"fixed_cost": 12_000}, "enterprise": {"demand_volatility": 0.4}}
BRAVE = {"herding": 6.0, "rewiring": 0.3}


def crowd(investor, months=8, pooling=0.0, **fields):
    platform = {**FAILING["platform"], "pooling_share": pooling}
    parameters = {**FAILING, "platform": platform, "investor": investor}
    return small(30, time={"months": months, "burn_in": 5}, population={"investors": 200},
                 parameters=parameters, **fields)  # fmt: skip


def months_of(investor):
    """Run an economy; return its last state and the tallies of its months."""
    scenario, found = crowd(investor), []
    model = run(scenario, 0)
    while model.month < scenario.time.months:
        model.step()
        found.append(dict(model.world.desk.tally))
    return state(model), found


@pytest.fixture(scope="module")
def alone():
    return months_of({})


def total(months, name):
    return sum(month.get(name, 0.0) for month in months)


def test_the_graph_matters_only_where_savers_look_at_it(alone):
    wired, _ = months_of({"rewiring": 0.9, "ring_neighbours": 1})
    assert differing(alone[0], wired) == []


def test_savers_who_follow_each_other_leave_more(alone):
    _, follow = months_of(BRAVE)
    share = [total(m, "savers_left") / total(m, "savers_with_money") for m in (alone[1], follow)]
    assert 0 < share[0] < share[1]
    assert total(follow, "exits_felt") > 0
    assert not total(alone[1], "exits_felt")


def test_partial_withdrawals_take_a_share_off_every_platform():
    model = run(crowd({"partial_withdrawal": True, "withdrawal_speed": 1.0}), 3)
    world, tally = model.world, model.world.desk.tally
    assert 0 < tally["savers_left"] < tally["savers_with_money"]
    watched = {}

    def look(world, phase):
        if phase == "allocate_losses":
            watched["before"] = world.accounts.balance.copy()

    with pytest.MonkeyPatch.context() as patch:
        watch_phases(patch, look)
        model.step()
    before = watched["before"]
    left = world.accounts.balance[: len(before)]
    had = (before > 1000) & (left <= before) & world.investors.alive.repeat(4)[: len(before)]
    kept = left[had] / before[had]
    assert had.sum() > 20
    assert ((kept > 0) & (kept < 1)).mean() > 0.9, "a share goes, the rest stays"


# ------------------------------------------------------------ confidence
@pytest.mark.parametrize(("investor", "pooling"), [
    ({**BRAVE, "other_region": 0.3}, 0.0), ({**BRAVE, "partial_withdrawal": True}, 0.5),
])  # fmt: skip
def test_where_confidence_is_covered_nobody_minds_failures_or_neighbours(investor, pooling):
    scenario = crowd(investor, pooling=pooling, channels={"confidence": False})
    model, twin = run(scenario, 1), run(scenario, 1)
    news = twin.world.news
    while model.month < 8:
        for it in (model, twin):
            it.step()
        twin.world.investors.failures_seen[:] *= 2
        news.failures, news.failures_by_class = 2 * news.failures, 2 * news.failures_by_class
        news.exit_share = 1.0 - news.exit_share
    assert news.failures > 0
    assert differing(state(model), state(twin)) == ["investor.failures_seen"]
    assert not model.world.platforms.lost_confidence.any()
