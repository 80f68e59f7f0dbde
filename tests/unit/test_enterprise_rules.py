"""What enterprises decide, against numbers worked out by hand."""

import warnings

import numpy as np
import pytest
from scipy.special import ndtr

from sim.agents import enterprise as rules
from sim.parameters.enterprise import EnterpriseParameters

# Round numbers, none of them the default, so that a swapped parameter shows.
P = EnterpriseParameters(
    median_revenue=100_000.0, size_sigma=0.5, tail_share=0.2, tail_exponent=2.0,
    size_cut_ratio=10.0, size_cut_share=1.0, demand_persistence=0.8, demand_volatility=0.3,
    young_volatility_ratio=2.0, young_months=2, young_closure=0.5, mature_closure=0.1,
    margin=0.1, margin_per_quality=0.05, fixed_cost_share=0.3, search_premium=0.2,
    market_adjustment=0.25, buffer_days=30.0, core_buffer_days=90.0, depreciation_rate=0.12,
    investment_fading=0.05, arrears_months=3, index_quality=2.0, index_liquidity=0.5,
    index_trading=4.0, index_mean=1.0, index_sd=2.0,
)  # fmt: skip


def near(found, want):
    assert np.asarray(found) == pytest.approx(np.asarray(want))


# ------------------------------------------------------------ size
def test_the_body_is_log_normal_and_the_tail_pareto():
    join = 100_000 * np.exp(0.5 * 0.8416212335729143)  # where 80 % lie below
    near(rules.revenue_scale(np.array([0.5, ndtr(-1.0)]), P), [100_000, 100_000 * np.exp(-0.5)])
    # Beyond the join: of the 20 % above it, a quarter lie above twice the size at exponent 2.
    near(rules.revenue_scale(np.array([0.8, 0.95]), P), [join, 2.0 * join])


def test_no_firm_is_larger_than_the_cut():
    near(rules.revenue_scale(np.array([1.0 - 1e-12]), P), [1_000_000])


def test_without_a_tail_all_sizes_are_log_normal():
    p = P.model_copy(update={"tail_share": 0.0})
    near(rules.revenue_scale(np.array([ndtr(1.0), ndtr(2.0)]), p), 100_000 * np.exp([0.5, 1.0]))


def test_without_a_tail_nothing_is_divided_by_nothing():
    p = P.model_copy(update={"tail_share": 0.0})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        near(rules.revenue_scale(np.array([0.5, 1.0 - 1e-16]), p), [100_000, 1_000_000])


def test_the_cut_is_a_share_of_what_it_leaves():
    p = P.model_copy(update={"size_cut_share": 0.4})
    # 4 firms of 1 and one of c have 4 + c, and c = 0.4 (4 + c).
    near(rules.largest_revenue(np.array([1.0, 10.0, 1.0, 1.0, 1.0]), p), 8.0 / 3.0)
    # Two are cut: c = 0.4 (1 + 2 c).
    near(rules.largest_revenue(np.array([0.5, 9.0, 8.0, 0.25, 0.25]), p), 2.0)
    # Nobody is: a newcomer may have 0.4 of 5.
    near(rules.largest_revenue(np.ones(5), p), 2.0)


def test_two_firms_cannot_each_have_less_than_half():
    p = P.model_copy(update={"size_cut_share": 0.4})
    assert rules.largest_revenue(np.array([1.0, 5.0]), p) == np.inf


def test_the_tail_has_the_exponent_asked_for():
    p = EnterpriseParameters(size_cut_ratio=1e5, size_cut_share=1.0)
    u = (np.arange(200_000) + 0.5) / 200_000
    sizes = np.sort(rules.revenue_scale(u, p))[::-1]
    top = sizes[:20_000]  # a tenth, well inside the tail of a fifth
    assert 1.0 / np.mean(np.log(top[:-1] / top[-1])) == pytest.approx(1.1, abs=0.02)


def test_a_ticket_for_each_median_and_one_at_least():
    median = 100_000 * 100 / 12
    assert rules.tickets(median * np.array([0.1, 1.0, 2.4, 2.6]), P).tolist() == [1, 1, 2, 3]


def test_ages_halve_where_half_of_every_age_go():
    # Young and mature hazards are both one half here: ages 0 .. 9, shares 512, 256 ... of 1023.
    u = (np.array([1, 511, 513, 767, 769, 1022.5])) / 1023
    assert rules.initial_age(u, P).tolist() == [0, 0, 1, 1, 2, 9]


# ------------------------------------------------------------ demand
def test_demand_keeps_a_part_and_moves_more_while_young():
    found = rules.demand_step(np.array([1.0, 1.0]), np.array([1.0, 1.0]), np.array([1, 2]), P)
    near(found, [0.8 + 0.6, 0.8 + 0.3])


def test_mean_demand_is_one():
    near(rules.demand_mean_correction(P), 0.5 * 0.09 / 0.36)


def test_final_customers_fill_a_quarter_of_the_room_left():
    scale = np.array([100.0, 100.0, 100.0])
    final, sold = np.array([80.0, 80.0, 80.0]), np.array([60.0, 20.0, 130.0])
    near(rules.next_final_demand(final, sold, scale, P), [70.0, 80.0, 60.0])


# ------------------------------------------------------------ costs and assets
def cost(**changes):
    given = {"scale": 1000.0, "revenue": 800, "plan": 900.0, "bought": 200, "searching": 0.0,
             "share": 0.4, "quality": 0.0, **changes}  # fmt: skip
    arrays = {k: np.array([v]) for k, v in given.items()}
    return rules.operating_cost(**arrays, p=P)[0]


def test_cost_is_fixed_variable_and_inputs_from_outside():
    # 300 fixed; of each yuan sold 1 - 0.1 - 0.3 - 0.4 = 0.2; inputs 0.4 x 900 - 200.
    near(cost(), 300 + 160 + 160)
    near(cost(quality=2.0), 300 + 80 + 160)
    near(cost(quality=9.0), 300 + 0 + 160)
    near(cost(bought=500), 300 + 160)
    near(cost(searching=50.0), 300 + 160 + 160 + 10)


def test_margin_is_earned_at_the_normal_level():
    # At plan with all inputs bought from partners: revenue 1000, cost 300 + 200, purchases 400.
    left = 1000 - cost(revenue=1000, plan=1000.0, bought=400) - 400
    near(left, 0.1 * 1000)


def test_projects_wear_as_fast_as_they_fade_and_the_rest_slowly():
    assets, target = np.array([1500.0, 800.0]), np.array([1000.0, 1000.0])
    near(rules.wear(assets, target, P), [10.0 + 25.0, 8.0])


def test_the_buffer_is_days_of_outflow():
    near(rules.cash_buffer(np.array([600.0, 600.0]), np.array([False, True]), P), [600.0, 1800.0])


# ------------------------------------------------------------ index and ends
def test_the_index_weighs_quality_liquidity_and_trading():
    quality, liquidity = np.array([1.0, 0.0, 0.0]), np.array([2.0, 9.0, -9.0])
    trading = np.array([-0.5, 5.0, -5.0])
    want = [(2 + 1 - 2 - 1) / 2, (2 + 8 - 1) / 2, (-1.5 - 8 - 1) / 2]
    near(rules.latent_index(quality, liquidity, trading, P), want)


def test_owners_of_young_firms_close_more():
    assert rules.closure_hazard(np.array([0, 2, 3]), P).tolist() == [0.5, 0.5, 0.1]


@pytest.mark.parametrize(
    ("late", "worth", "fails"),
    [(0, -1, False), (1, -1, True), (1, 0, False), (2, 5, False), (3, 5, True)],
)
def test_default_is_long_arrears_or_arrears_without_net_worth(late, worth, fails):
    assert rules.is_in_default(np.array([late]), np.array([worth]), P).tolist() == [fails]


# ------------------------------------------------------------ walking away
def test_a_normal_month_leaves_the_owner_the_margin_less_wear():
    # 10 % and 5 % per unit of quality of 1,000; a hundredth of assets wears in a month.
    found = rules.normal_draw(np.full(3, 1000.0), np.array([2.0, 0.0, -4.0]),
                              np.array([5000.0, 5000.0, 0.0]), P)  # fmt: skip
    near(found, [150, 50, 0])


def test_value_at_stake_is_the_discounted_draws_of_the_months_that_count():
    def value(draw_horizon, draw_discount_rate):
        given = {"draw_horizon": draw_horizon, "draw_discount_rate": draw_discount_rate}
        return rules.value_at_stake(np.array([0.0, 100.0]), P.model_copy(update=given))

    near(value(24, 0.0), [0, 2400])
    near(value(1, 0.1), [0, 100 * 0.992089])
    near(value(2, 0.21), [0, 100 * (0.984240 + 0.968729)])
    near(value(0, 0.1), [0, 0])


def test_the_sanction_adds_up_to_all_that_can_be_lost():
    found = rules.sanction(np.array([0.0, 0.3, 0.7, 1.0]), np.array([0.0, 0.5, 0.5, 1.0]))
    near(found, [0, 0.8, 1, 1])


def test_owners_walk_away_where_they_save_more_than_they_lose():
    # 1,000 owed less 400 seized is 600, against a share of 1,500 to lose.
    walks = rules.walks_away(
        np.full(4, 1000), np.full(4, 400.0), np.full(4, 1500.0), np.array([0.0, 0.399, 0.4, 1.0])
    )
    assert walks.tolist() == [True, True, False, False], "at a tie the owner stays"
    debt, seizable = np.array([0, 0, 400, 401]), np.array([0.0, 50.0, 400.0, 400.0])
    nothing = np.zeros(4)
    found = rules.walks_away(debt, seizable, nothing, nothing)
    assert found.tolist() == [False, False, False, True], "who owes nothing has nothing to leave"
