"""Crowdfunding in whole economies: doors shut change nothing, every end of escrow balances."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim import campaigning
from sim.channels import CHANNELS
from sim.ledger import CHART
from sim.measures.base import METRICS
from sim.model import MicroFinance
from tests.worlds import STRESS, audit_now, differing, run, small, state, watch_phases

CROWD = {"time": {"months": 8, "burn_in": 3}, "population": {"crowdfunding_platforms": 3}}
INTO, OUT = ("pledge",), ("pledge_return", "milestone_release")


def escrow_is_what_was_pledged(world, seen):
    """Custody holds what savers pledged less what firms got and what went back, and no fen else."""
    flows = world.ledger.flows.items()
    moved = {name: sum(fen for k, fen in flows if k[0] == name and k[1] == "payment")
             for name in (*INTO, *OUT)}  # fmt: skip
    assert all(k[0] in OUT for k, _ in flows
               if k[3] == "crowdfunding_platform" and k[5].startswith("client_cash"))  # fmt: skip
    held = int(world.crowdfunding_platforms.client_cash.sum())
    assert held == int(world.stakes.pledged.sum())
    change = moved["pledge"] - moved["pledge_return"] - moved["milestone_release"]
    assert held == seen.opening + change


@pytest.fixture(scope="module")
def ends():
    """Stressed economies, audited after every phase, and what happened in them."""
    seen = SimpleNamespace(opening=0, happened={}, lost_firm=0, lost_platform=0)

    def look(world, phase):
        if phase == "open_books":
            seen.opening = int(world.crowdfunding_platforms.client_cash.sum())
            seen.had = np.bincount(world.stakes.firm, world.stakes.pledged, world.enterprises.n)
            seen.keeps = world.crowdfunding_platforms.client_cash > 0
        audit_now(world)
        escrow_is_what_was_pledged(world, seen)
        if phase == "resolve_failures":
            ended = world.enterprises.ended[: len(seen.had)] == world.month
            seen.lost_firm += int((ended & (seen.had > 0)).sum())
            gone = world.crowdfunding_platforms.ended[: len(seen.keeps)] == world.month
            seen.lost_platform += int((gone & seen.keeps).sum())
        if phase == "close_books":
            for name, value in world.desk.tally.items():
                seen.happened[name] = seen.happened.get(name, 0.0) + value

    with pytest.MonkeyPatch.context() as patch:
        watch_phases(patch, look)
        for seed, guarantee in ((1, 0.0), (2, 0.5)):
            scenario = small(
                150,
                time={"months": 14, "burn_in": 2},
                population={"crowdfunding_platforms": 3, "investors": 200},
                parameters=STRESS,
                credit={"crowdfunding": {"guarantee": guarantee}},
            )
            run(scenario, seed=seed)
    return seen


def test_the_books_balance_over_all_ends_and_all_of_them_are_met(ends):
    happened = ends.happened
    for name in ("campaigns_funded", "campaigns_failed", "stake_payouts", "funded_defaults",
                 "stake_loss", "crowdfunding_failures", "project_guarantees", "pledges_returned",
                 "met_crowdfunding"):  # fmt: skip
        assert happened.get(name, 0.0) > 0, name
    assert ends.lost_firm > 0, "a firm ended while escrow was kept for it"
    assert ends.lost_platform > 0, "a platform failed while it kept escrow"


def test_platforms_with_shut_doors_change_nobody_elses_bit():
    shut = {"credit": {"crowdfunding": {"open": False}}}
    with_them, without = run(small(80, **CROWD, **shut)), run(small(80, time=CROWD["time"]))
    one, other = state(with_them), state(without)
    assert one.pop("outside.cash") != other.pop("outside.cash"), "it paid their capital"
    own = [name for name in one if name.startswith("crowdfunding_platform.")]
    for name in own:
        del one[name], other[name]
    assert differing(one, other) == []
    assert with_them.world.crowdfunding_platforms.alive[:3].all(), "the founders"
    for name, metric in METRICS.items():
        a, b = metric.function(with_them.world), metric.function(without.world)
        assert name == "crowdfunding_platforms_alive" or a == b or (np.isnan(a) and np.isnan(b))


def test_doors_that_open_in_a_month_change_nothing_before_it_and_something_after():
    opened = {"credit": {"crowdfunding": {"open": {"undated": False, "at": {4: True}}}}}
    shut = {"credit": {"crowdfunding": {"open": False}}}
    stress = {"parameters": STRESS}
    late, never = (MicroFinance(small(80, **CROWD, **how, **stress), seed=1)
                   for how in (opened, shut))  # fmt: skip
    while late.month < 3:
        late.step()
        never.step()
    assert differing(state(late), state(never)) == []
    late.run_model()
    assert late.world.stakes.next_serial > 0


def test_with_all_channels_off_nothing_is_remembered():
    off = dict.fromkeys(CHANNELS, False)
    guarantee = {"crowdfunding": {"guarantee": 0.5}}
    scenario = small(120, **CROWD, parameters=STRESS, channels=off, credit=guarantee)
    model = run(scenario, 0, seed=3)
    lost = 0.0
    while model.month < 8:
        model.step()
        assert not len(model.world.impairments.keys)
        lost += model.world.desk.tally.get("funded_defaults", 0.0)
    assert lost > 0
    assert not model.world.investors.stake_loss_seen.any()


def reviewed(**review):
    """Terms of the same projects: expected loss, true index, whether it is shown, what it cost."""
    sources = {"application": False, "review": review or False}
    credit = {"providers": {"crowdfunding_platform": {"sources": sources}}}
    model = MicroFinance(small(150, **CROWD, credit=credit), seed=1)
    model.step()
    world = model.world
    firm = np.flatnonzero(world.enterprises.alive)
    target = np.full(len(firm), 1_000_000)
    before = world.crowdfunding_platforms.decision_cost.sum()
    terms = campaigning._review(world, model.scenario, firm, target)
    campaigning._open(world, model.scenario, firm, target, terms)
    shown = world.campaigns.is_disclosed[-len(firm) :]
    cost = world.crowdfunding_platforms.decision_cost.sum() - before
    return terms.loss_rate, world.enterprises.index[firm], bool(shown.all()), cost


def test_review_tells_good_projects_from_bad_ones_and_savers_are_shown_what_it_found():
    blind, index, shown, cost = reviewed()
    assert np.ptp(blind) == 0.0, "without a source all projects look alike"
    assert (shown, cost) == (False, 0.0)
    keen, _, shown, cost = reviewed(auc=0.8)
    weak, _, _, _ = reviewed(auc=0.55)
    assert np.corrcoef(-index, keen)[0, 1] > 0.5 > np.corrcoef(-index, weak)[0, 1] + 0.1
    assert shown
    assert cost > 0


def test_the_chart_lets_custody_pay_only_what_it_may():
    assert {pair for name in OUT for pair in CHART[name].pairs} == {
        ("crowdfunding_platform", "investor"),
        ("crowdfunding_platform", "enterprise"),
    }
