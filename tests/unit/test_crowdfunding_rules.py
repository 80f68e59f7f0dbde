"""Crowdfunding by hand: shares of revenue, custody, milestones, ranks, guarantees and covers."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents import crowdfunding_platform as rules
from sim.campaigning import conclude_campaigns, release_milestones
from sim.chart import OUTSIDE
from sim.contracts.loans import INVESTMENT, WORKING
from sim.crowdfunding import end_campaigns, end_of_term, stakes_in_firms
from sim.ends import sell_assets
from sim.estates import pay_firm_estates
from sim.ledger import LedgerError
from sim.measures.crowdfunding import stake_return, stake_return_rate
from sim.stake_posting import charge_stake_premiums, let_stakes_suffer, pay_shares_of_revenue
from tests.unit.by_hand import YUAN, emptied, ids

NOBODY = np.zeros(0, dtype=np.int64)


# ------------------------------------------------------------ rules
def test_a_share_of_revenue_repays_with_the_return_promised():
    share = rules.share_of_revenue(
        np.array([1200.0]), np.array([0.12]), np.array([100.0]), 12
    ).item()
    left = 1200.0
    for _ in range(12):
        left = left * 1.01 - share * 100.0
    assert left == pytest.approx(0.0, abs=1e-9)


def test_savers_who_saw_nothing_believe_what_they_are_shown_and_then_what_they_lost():
    prior, nothing = np.array([[0.02, 0.10]]), np.zeros((1, 1))
    assert rules.perceived_loss(prior, nothing, nothing, nothing, 24, 9) == pytest.approx(prior)
    # Ten a month at risk for nine months on average, and two of it lost in a year of prior.
    seen = rules.perceived_loss(prior, np.array([[2.0]]), np.array([[90.0]]), nothing, 24, 9)
    assert seen == pytest.approx((prior * 240 + 24.0) / (240 + 90))


def test_who_has_no_stakes_any_more_forgets_what_they_lost():
    prior, faded = np.array([[0.02]]), 0.5 ** np.array([[0.0], [1.0], [5.0], [20.0]])
    lost, held, least = 30.0 * faded, 90.0 * faded, np.full((4, 1), 10.0)
    seen = rules.perceived_loss(prior, lost, held, least, 24, 9)[:, 0]
    assert (np.diff(seen) < 0).all()
    assert seen[-1] == pytest.approx(0.02, rel=1e-3)


def test_what_a_saver_pledges_is_within_its_means_and_its_share_of_wealth():
    free = np.array([100.0, 9.0, 100.0, -5.0])
    wealth, held = np.full(4, 400.0), np.array([0.0, 0.0, 35.0, 0.0])
    found = rules.pledge_budget(free, wealth, held, np.full(4, 500.0), 0.03, 0.1)
    assert found.tolist() == pytest.approx([15.0, 9.0, 5.0, 0.0])


pledges = st.lists(st.tuples(st.integers(0, 90), st.integers(0, 3), st.floats(0, 1)), max_size=12)


@pytest.mark.property
@settings(max_examples=60)
@given(pledges, st.lists(st.integers(0, 120), min_size=4, max_size=4))
def test_pledges_are_taken_in_their_order_and_never_beyond_the_target(wishes, room):
    wish, campaign, place = (np.array(c) for c in zip(*wishes, strict=True)) if wishes else [
        NOBODY, NOBODY, np.zeros(0)]  # fmt: skip
    taken = rules.cut_to_room(wish, campaign, place, np.array(room))
    left, expected = list(room), np.zeros(len(wish), dtype=np.int64)
    for i in sorted(range(len(wish)), key=lambda i: (campaign[i], place[i])):
        expected[i] = min(wish[i], left[campaign[i]])
        left[campaign[i]] -= expected[i]
    assert taken.tolist() == expected.tolist()


# ------------------------------------------------------------ custody and milestones
def funded(**terms):
    """Two savers have pledged 600 and 300 yuan to the campaign of firm 0, half of it a stake."""
    hands = emptied(firms=3, investors=3, crowdfunding_platforms=2, banks=1,
                    crowdfunding_platform={"milestones": 2, "origination_fee": 0.1})  # fmt: skip
    hands.cash("crowdfunding_platform", 90 * YUAN, 10 * YUAN)
    hands.pledges(0, (0, 600 * YUAN), (1, 300 * YUAN), revenue_share=0.09, project_return=0.05,
                  loss_rate=0.12, **terms)  # fmt: skip
    release_milestones(hands.world, hands.scenario)
    hands.checked()
    return hands


def test_a_milestone_turns_its_part_of_escrow_into_stakes_and_the_firm_invests_it():
    hands = funded()
    world = hands.world
    assert world.stakes.pledged.tolist() == world.stakes.cost.tolist() == [30_000, 15_000]
    assert world.stakes.share == pytest.approx([0.03, 0.015])
    assert hands.holds("crowdfunding_platform") == [90 * YUAN + 9_000, 10 * YUAN]
    assert world.enterprises.fixed_assets[0] == 45_000 - 9_000
    assert world.enterprises.project_income[0] == pytest.approx(0.05 * 36_000)
    release_milestones(world, hands.scenario)
    assert world.stakes.pledged.sum() == 45_000, "the next part is due in months"
    world.month += 3
    world.enterprises.months_late[0] = 1
    release_milestones(world, hands.scenario)
    assert world.stakes.pledged.sum() == 45_000, "who is late waits"
    world.enterprises.months_late[0] = 0
    release_milestones(world, hands.scenario)
    assert world.stakes.cost.tolist() == [60_000, 30_000]
    assert not world.campaigns.is_open.any()
    hands.checked()


def test_after_too_many_months_in_arrears_the_rest_goes_back_and_stakes_stay():
    hands = funded()
    world = hands.world
    world.month += 3 + hands.scenario.parameters.crowdfunding_platform.milestone_patience + 1
    world.enterprises.months_late[0] = 1
    release_milestones(world, hands.scenario)
    assert hands.holds("investor") == [30_000, 15_000, 0]
    assert world.stakes.is_open.all()
    assert not world.campaigns.is_open.any()
    hands.checked()


@pytest.mark.parametrize("flow", ["dividend", "institution_cost", "project_guarantee"])
def test_custody_pays_nothing_but_milestones_and_what_goes_back(flow):
    hands = funded()
    to = ("investor", ids(0)) if flow == "project_guarantee" else ("outside", None)
    with pytest.raises(LedgerError, match="not a payment that custody may make"):
        hands.world.ledger.pay(flow, "crowdfunding_platform", ids(0), *to, ids(5),
                               payer_account="client_cash")  # fmt: skip


def test_a_campaign_without_its_target_gives_back_every_fen_and_the_project():
    hands = emptied(firms=2, investors=2, crowdfunding_platforms=1)
    world = hands.world
    hands.pledges(0, (0, 7_001), (1, 2_999), is_funded=False, target=10_001, closes=1,
                  need=10_001.0, need_is_sound=True, need_purpose=WORKING)  # fmt: skip
    world.campaigns.project_size[0] = 12_000.0
    conclude_campaigns(world, hands.scenario)
    assert hands.holds("investor") == [7_001, 2_999]
    assert not world.stakes.is_open.any()
    assert world.enterprises.project_size[0] == 12_000.0
    assert world.enterprises.need[0] == 10_001.0
    assert world.enterprises.need_purpose[0] == WORKING, "the spell it came from goes on"
    assert "met_investment" not in {k for k, v in world.desk.tally.items() if v}
    hands.checked()


def test_what_campaigns_meet_counts_in_the_financing_gap():
    hands = emptied(firms=3, investors=2, crowdfunding_platforms=1)
    is_sound = {"is_funded": False, "need": 8_000.0, "need_is_sound": True}
    hands.pledges(0, (0, 9_000), **is_sound, need_purpose=INVESTMENT)
    hands.pledges(1, (1, 5_000), is_funded=False, need=8_000.0, need_purpose=INVESTMENT)
    hands.pledges(2, (0, 7_000), **is_sound, need_purpose=WORKING)
    conclude_campaigns(hands.world, hands.scenario)
    assert hands.world.desk.tally["met_investment"] == 8_000.0
    assert hands.world.desk.tally["met_working"] == 7_000.0, "as the spell began"
    assert hands.world.desk.tally["met_crowdfunding"] == 8_000.0


# ------------------------------------------------------------ payouts
def test_stakes_get_their_share_of_revenue_cost_first_and_then_income():
    hands = funded()
    world = hands.world
    hands.cash("enterprise", 1_000_000)
    world.enterprises.revenue[0], world.enterprises.outflow[0] = 1_200_000, 0.0
    pay_shares_of_revenue(world, hands.scenario)
    assert hands.holds("investor") == [36_000, 18_000, 0]
    assert world.stakes.cost.tolist() == [0, 0]
    assert world.investors.stake_income.tolist() == [6_000.0, 3_000.0, 0.0]
    assert world.stakes.paid.tolist() == [36_000, 18_000]
    hands.checked()


def test_stakes_wait_for_firms_in_arrears_and_leave_them_their_buffer():
    hands = funded()
    world, firms = hands.world, hands.world.enterprises
    hands.cash("enterprise", 50_000)
    firms.revenue[0], firms.outflow[0] = 10_000_000, 50_000.0  # a buffer of 27 days: 45,000
    firms.months_late[0] = 1
    pay_shares_of_revenue(world, hands.scenario)
    assert firms.cash[0] == 50_000
    firms.months_late[0] = 0
    pay_shares_of_revenue(world, hands.scenario)
    assert firms.cash[0] == 22_500
    assert world.stakes.cost.tolist() == [30_000 - 18_333, 15_000 - 9_167]
    assert (firms.months_late[0], firms.short_by[0]) == (0, 0)
    hands.checked()


def test_stakes_whose_months_are_over_lose_what_they_have_not_brought_back():
    hands = funded()
    world = hands.world
    world.stakes.until[:] = 0
    end_of_term(world)
    assert world.stakes.is_open.all(), "escrow is still to be released"
    world.month += 3
    release_milestones(world, hands.scenario)
    world.stakes.until[:], world.stakes.paid[:] = 0, (66_000, 33_000)
    end_of_term(world)
    assert not world.stakes.is_open.any()
    assert stake_return(world) == pytest.approx(0.1)
    assert stake_return_rate(world) == pytest.approx(0.4), "three months after the first release"
    assert world.investors.loss_total.tolist() == [60_000.0, 30_000.0, 0.0]
    hands.checked()


# ------------------------------------------------------------ ends of firms
def defaulted(hands, cash):
    """Firm 0 defaults and its estate closes with so much cash."""
    world, firms = hands.world, hands.world.enterprises
    firms.alive[0], firms.is_in_estate[0], firms.is_voluntary[0] = False, True, False
    firms.ended[0] = world.month
    sell_assets(world, hands.scenario, ids(0))
    hands.cash("enterprise", cash)
    let_stakes_suffer(world, ids(0))
    end_campaigns(world, hands.scenario)
    hands.checked()
    pay_firm_estates(world, hands.scenario, ids(0))
    hands.checked()


def test_escrow_of_a_firm_that_defaults_is_no_part_of_its_estate_and_stakes_rank_last():
    hands = funded()
    hands.lends("bank", 0, 0, 20_000)
    share = hands.scenario.parameters.enterprise.estate_cost_share
    defaulted(hands, 40_000)
    left = 40_000 - round(40_000 * share) - 20_000
    assert left > 0
    assert hands.holds("bank") == [20_000]
    # Half of the pledges had not been released; a third of what is left is the second saver's.
    assert hands.holds("investor") == [30_000 + left * 2 // 3, 15_000 + left - left * 2 // 3, 0]
    lost = 45_000 - left
    assert hands.world.investors.loss_total.sum() == lost
    assert hands.world.investors.stake_loss_seen.tolist() == [30_000.0, 15_000.0, 0.0]


def test_stakes_get_nothing_where_creditors_are_not_paid_in_full():
    hands = funded()
    hands.lends("bank", 0, 0, 50_000)
    defaulted(hands, 40_000)
    assert hands.holds("investor") == [30_000, 15_000, 0]
    assert hands.world.stakes.cost.sum() == 0


def test_a_guarantee_is_paid_from_the_platforms_own_cash_as_far_as_it_goes():
    hands = funded(guaranteed=0.5)
    own = hands.holds("crowdfunding_platform")[0]
    assert own < 22_500
    defaulted(hands, 0)
    assert hands.holds("investor") == [30_000 + own * 2 // 3, 15_000 + own - own * 2 // 3, 0]
    assert hands.holds("crowdfunding_platform")[0] == 0
    assert hands.world.investors.loss_total.sum() == 45_000 - own
    assert hands.world.impairments.amounts.sum() == own


def test_with_notes_covered_outside_bears_the_loss_and_savers_pay_what_was_expected():
    hands = funded(guaranteed=0.5)
    world = hands.world
    world.policy = SimpleNamespace(**{**vars(world.policy), "off": frozenset({"notes"})})
    own = hands.holds("crowdfunding_platform")[0]
    charge_stake_premiums(world)
    assert world.investors.stake_premium_due.tolist() == [300.0, 150.0, 0.0]
    defaulted(hands, 0)
    assert hands.holds("investor") == [60_000, 30_000, 0]
    assert hands.holds("crowdfunding_platform")[0] == own, "the guarantee is not called"
    assert (world.stakes.holder == OUTSIDE).all()
    assert not world.investors.loss_total.any()
    assert not world.investors.stake_loss_seen.any()
    assert not len(world.impairments.keys)
    world.stakes.holder[:] = 5
    charge_stake_premiums(world)
    assert hands.holds("investor") == [60_000 - 300, 30_000 - 150, 0]
    hands.checked()


def test_stakes_count_as_capital_of_the_firm_where_its_net_worth_is_tested():
    hands = funded()
    assert stakes_in_firms(hands.world).tolist() == [45_000, 0, 0]
    empty = emptied(firms=2)
    assert stakes_in_firms(empty.world) == 0


# ------------------------------------------------------------ ends of platforms
@pytest.mark.parametrize("off", [False, True])
def test_escrow_of_a_failed_platform_goes_back_unless_an_administrator_goes_on(off):
    hands = funded()
    world = hands.world
    hands.pledges(1, (2, 50_000), is_funded=False, target=60_000, closes=9)
    world.policy = SimpleNamespace(
        **{**vars(world.policy), "off": frozenset({"closure"} if off else ())}
    )
    world.crowdfunding_platforms.cost_late[0] = 9
    end_campaigns(world, hands.scenario)
    hands.checked()
    assert hands.holds("investor")[2] == 50_000, "what still collects is given back in any case"
    assert world.crowdfunding_platforms.alive.tolist() == [False, True]
    if off:
        assert hands.holds("investor")[:2] == [0, 0]
        assert world.crowdfunding_platforms.is_in_estate[0]
        assert not len(world.impairments.keys)
        world.month += 3
        release_milestones(world, hands.scenario)
        assert world.stakes.cost.sum() == 90_000
        end_campaigns(world, hands.scenario)
    else:
        assert hands.holds("investor")[:2] == [30_000, 15_000]
        assert world.impairments.amounts.sum() == 45_000
    assert not world.crowdfunding_platforms.is_in_estate.any()
    assert hands.holds("crowdfunding_platform")[0] == 0
    hands.checked()
