"""Rules of money funds against numbers by hand, and redemptions in a world made by hand."""

import numpy as np
import pytest

from sim.agents import money_fund as rules
from sim.agents.enterprise import cash_from_fund
from sim.conditions import Conditions
from sim.fund_shares import earn_yield, enter_funds, open_month, place_cash, redeem, subscribe
from sim.parameters.money_fund import MoneyFundParameters
from sim.parking import NEVER_PARKS, NONE_YET, find_homes, outside_yield, sure_value
from tests.unit.by_hand import YUAN, emptied, ids

P = MoneyFundParameters()


def test_paper_is_sold_at_par_while_it_falls_due_and_then_at_its_price():
    need, paper = ids(100, 100, 100, 0), ids(300, 300, 120, 50)
    face, brings = rules.sale_of_paper(need, paper, np.array([200.0, 40.0, 0.0, 9.0]), 0.8)
    assert face.tolist() == [100, 40 + 75, 120, 0]
    assert brings.tolist() == [100, 100, 96, 0], "the third fund sells all it has"


def test_at_par_nothing_is_lost():
    face, brings = rules.sale_of_paper(ids(7, 70), ids(50, 50), np.zeros(2), 1.0)
    assert face.tolist() == brings.tolist() == [7, 50]


def test_a_limit_counts_what_was_redeemed_before():
    limited = np.array([True, True, True, False])
    allowed = rules.within_limit(ids(50, 50, 50, 50), np.array([0.0, 70.0, 120.0, 120.0]),
                                 limited, 100)  # fmt: skip
    assert allowed.tolist() == [50, 30, 0, 50]


def test_the_yield_returns_to_its_mean():
    assert rules.next_yield(P.mean_yield, 0.0, P) == P.mean_yield
    above = rules.next_yield(P.mean_yield + 0.02, 0.0, P)
    assert above == pytest.approx(P.mean_yield + 0.02 * P.yield_persistence)
    assert rules.next_yield(P.mean_yield, 2.0, P) == pytest.approx(
        P.mean_yield + 2 * P.yield_volatility
    )


def test_banks_pay_more_the_more_savings_are_in_funds_and_nothing_without():
    assert rules.deposit_premium(0.0, 0.05, 0.02, P) == 0.0
    assert rules.deposit_premium(0.4, 0.05, 0.02, P) == pytest.approx(0.012)
    assert rules.deposit_premium(0.4, 0.01, 0.02, P) == 0.0


def test_firms_take_out_what_they_lack_up_to_what_they_have():
    gap, uses = np.array([30.0, 500.0, -80.0, -80.0]), np.array([0.0, 0.0, 60.0, 100.0])
    assert cash_from_fund(gap, uses, ids(100, 100, 100, 100)).tolist() == [30, 100, 0, 20]


# ------------------------------------------------------------ a world by hand
def with_fund(*shares, firm=0, **parameters):
    """One fund, savers with these shares and a firm with some, all of it in paper."""
    hands = emptied(firms=1, investors=len(shares), money_fund=parameters)
    world = hands.world
    enter_funds(world, hands.scenario, 1)
    for kind, fen in (("investor", ids(*shares)), ("enterprise", ids(firm))):
        hands.cash(kind, *fen)
        world.tables[kind].home_fund[:] = 0
        subscribe(world, kind, np.arange(len(fen)), fen)
    place_cash(world, hands.scenario)
    open_month(world, hands.scenario)
    return hands


def conditions(world, **values):
    changed = {name: np.asarray(value, dtype=float) for name, value in values.items()}
    world.conditions = Conditions({**world.conditions.values, **changed})


def ask(hands, kind, *fen, **how):
    rows = np.arange(len(fen))
    return redeem(hands.world, hands.scenario, kind, rows, ids(*fen), **how).tolist()


def test_in_calm_all_is_paid_at_once_and_at_par():
    hands = with_fund(600, 300, firm=100, limit_trigger=2.0)
    assert ask(hands, "investor", 600, 50) == [600, 50]
    assert ask(hands, "enterprise", 999) == [100], "no more than it has"
    assert hands.world.money_funds.paper.tolist() == [250]
    assert hands.world.investors.fund_shares.tolist() == [0, 250]
    hands.checked()


def test_paper_sold_below_par_takes_the_same_part_of_all_shares():
    hands = with_fund(600, 300, firm=100, paper_months=60.0, limit_trigger=2.0)
    conditions(hands.world, paper_price=0.5)
    hands.world.money_funds.at_par[:] = 0.0
    assert ask(hands, "investor", 100, 0) == [100, 0]
    assert hands.world.money_funds.paper.tolist() == [800], "200 were sold for 100"
    # The loss of 100 is a tenth of 1000: from 600, 300 and 100, and then 100 were paid out.
    assert hands.world.investors.fund_shares.tolist() == [440, 270]
    assert hands.world.enterprises.fund_shares.tolist() == [90]
    assert hands.world.money_funds.net_worth.tolist() == [0]
    assert hands.world.investors.net_worth.tolist() == [540, 270]
    hands.checked()
    least = sure_value(hands.world, ids(0))
    assert least.tolist() == [43], "half of 90, less two fen for rounding"


def test_even_if_all_leave_at_once_the_last_fen_is_shared():
    hands = with_fund(599, 301, firm=100, paper_months=60.0, limit_trigger=2.0)
    conditions(hands.world, paper_price=0.7)
    hands.world.money_funds.at_par[:] = 0.0
    paid = ask(hands, "investor", 599, 301)
    assert [fen / whole for fen, whole in zip(paid, (599, 301), strict=True)] == pytest.approx(
        [0.7, 0.7], abs=0.15
    )
    ask(hands, "enterprise", 100, at_once=False)
    world = hands.world
    assert not world.investors.fund_shares.any()
    assert not world.enterprises.fund_shares.any()
    assert world.money_funds.cash.sum() + world.money_funds.paper.sum() == 0
    hands.checked()


def test_a_rush_trips_the_limit_and_it_stays_for_a_month():
    hands = with_fund(900 * YUAN, 90 * YUAN, limit_trigger=0.5, redemption_limit=30.0)
    hands.world.money_funds.at_par[:] = 900.0 * YUAN
    conditions(hands.world, paper_price=0.9)
    assert ask(hands, "investor", 400 * YUAN, 0) == [400 * YUAN, 0], "below the trigger"
    assert ask(hands, "investor", 0, 90 * YUAN) == [0, 90 * YUAN], "still below"
    assert ask(hands, "investor", 100 * YUAN, 0) == [0, 0], "above, and 30 yuan are used up"
    assert hands.world.desk.tally["redemptions_refused"] == 100 * YUAN
    for month, paid in ((2, 30 * YUAN), (3, 90 * YUAN)):
        hands.world.month = month
        conditions(hands.world, paper_price=1.0)
        open_month(hands.world, hands.scenario)
        assert ask(hands, "investor", 90 * YUAN) == [paid]
    hands.checked()


def test_estates_and_leavers_wait_and_fall_under_no_limit():
    hands = with_fund(100 * YUAN, firm=100 * YUAN, redemption_limit=10.0)
    conditions(hands.world, redemption_limits=1.0)
    assert ask(hands, "investor", 100 * YUAN) == [10 * YUAN]
    assert ask(hands, "enterprise", 100 * YUAN, at_once=False) == [100 * YUAN]


def test_interest_is_yield_and_fee_to_the_fen():
    hands = with_fund(700 * YUAN, 301 * YUAN, firm=99 * YUAN, yield_volatility=0.0, mean_yield=0.12,
                      fee_share=0.25)  # fmt: skip
    world = hands.world
    earn_yield(world, hands.scenario)
    assert world.investors.fund_shares.tolist() == [70_525, 30_325]
    assert world.enterprises.fund_shares.tolist() == [9_975]
    assert world.investors.fund_income.tolist() == [525, 225]
    assert world.money_funds.yield_rate.tolist() == [pytest.approx(0.09)]
    assert world.money_funds.net_worth.tolist() == [0]
    hands.checked()


def test_the_outside_option_is_the_fund_and_never_worse_than_cash():
    hands = with_fund(100, 100)
    funds, rows = hands.world.money_funds, ids(0, 1)
    funds.yield_rate[:], funds.loss_rate[:] = 0.04, 0.01
    assert outside_yield(hands.world, hands.scenario, rows) == pytest.approx([0.03, 0.03])
    funds.loss_rate[:] = 0.3
    assert outside_yield(hands.world, hands.scenario, rows).tolist() == [0.0, 0.0]
    funds.loss_rate[:] = 0.0
    conditions(hands.world, redemption_limits=1.0)
    assert outside_yield(hands.world, hands.scenario, rows).tolist() == [0.0, 0.0]
    none = emptied(investors=2)
    fixed = none.scenario.parameters.investor.outside_yield
    assert outside_yield(none.world, none.scenario, rows).tolist() == [fixed, fixed]


def test_homes_are_drawn_for_good_and_among_living_funds():
    hands = emptied(firms=40, investors=60, money_fund={"firm_share": 0.5})
    world = hands.world
    enter_funds(world, hands.scenario, 3)
    world.money_funds.prominence[:] = 1.0, 1.0, 30.0
    find_homes(world, hands.scenario)
    drawn = world.investors.home_fund.copy()
    assert np.bincount(drawn, minlength=3).argmax() == 2, "most hold the fund that is best known"
    parks = world.enterprises.home_fund >= 0
    assert 0 < parks.sum() < 40
    assert (world.enterprises.home_fund[~parks] == NEVER_PARKS).all()
    world.money_funds.alive[2] = False
    find_homes(world, hands.scenario)
    assert (world.investors.home_fund == drawn).all(), "a home lasts"
    world.investors.home_fund[:] = NONE_YET
    find_homes(world, hands.scenario)
    assert (world.investors.home_fund[drawn != 2] == drawn[drawn != 2]).all()
    assert not (world.investors.home_fund == 2).any()
