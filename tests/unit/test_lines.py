"""Lines of credit on round numbers: limits, draws, sweeps, and what becomes of a dead lender's."""

import numpy as np
import pytest
from by_hand import emptied, ids

from sim.agents.ecommerce_lender import draw_wanted, line_limit, swept_principal
from sim.capacities import line_capacities
from sim.chart import ECOMMERCE_LENDER, OUTSIDE
from sim.contracts.loans import INVESTMENT, LINE, WORKING
from sim.limits import Limits
from sim.lines import draw_on_lines, swept_from_sales
from sim.parameters.ecommerce_lender import EcommerceLenderParameters
from sim.phases.seek_credit import seek_credit
from sim.phases.settle import settle
from sim.scenario_schema import Lines

YUAN = 100
# A line of two months of online sales, half of all sales; a quarter of these is swept.
RULES = {
    "online_sales_share": 0.5, "limit_months": 2.0, "sweep_share": 0.25, "minimum_loan": 100.0,
    "pd_cutoff": 0.9, "fixed_cost_share": 0.0, "price_base": 0.12,
}  # fmt: skip


# ------------------------------------------------------------ rules
def test_a_limit_is_months_of_online_sales_below_caps_on_debt():
    p = EcommerceLenderParameters(online_sales_share=0.5, limit_months=2.0)
    sales, room = np.array([1000.0] * 5), np.array([9e9, 9e9, 400.0, -50.0, 9e9])
    fine = np.array([True, False, True, True, True])
    assert line_limit(sales, room, fine, 1.0, p).tolist() == [1000, 0, 400, 0, 1000]
    assert line_limit(sales, room, fine, 0.25, p).tolist() == [250, 0, 250, 0, 250]
    assert not line_limit(sales, room, fine, 0.0, p).any()


def test_a_draw_is_what_is_lacking_up_to_what_is_free():
    lacking = np.array([500.4, 500.0, -20.0, 99.0, 500.0])
    free = np.array([900.0, 300.0, 900.0, 900.0, -10.0])
    assert draw_wanted(lacking, free, 100).tolist() == [500, 300, 0, 0, 0]
    assert draw_wanted(lacking, free, 0).tolist() == [500, 300, 0, 99, 0]


def test_sales_are_swept_for_interest_first():
    p = EcommerceLenderParameters(online_sales_share=0.5, sweep_share=0.25)
    sales, interest = np.array([800.0, 800.0, 800.0, 0.0]), ids(30, 30, 150, 30)
    # An eighth of 800 is 100: 30 go to interest, 70 to principal as far as there is any.
    assert swept_principal(sales, interest, ids(500, 50, 500, 500), p).tolist() == [70, 50, 0, 0]


# ------------------------------------------------------------ a world by hand
@pytest.fixture
def shop():
    """Two online sellers of 1000 yuan a month and a shop that is not, a lender of 5000 yuan."""
    hands = emptied(firms=3, ecommerce_lenders=1, ecommerce_lender=RULES)
    firms = hands.world.enterprises
    firms.is_online[:], firms.is_core[:] = [True, True, False], False
    for column in ("scale", "plan", "revenue", "outflow"):
        firms.column(column)[:] = 1000.0 * YUAN
    firms.index[:] = 3.0
    hands.cash("ecommerce_lender", 5000 * YUAN)
    hands.world.ecommerce_lenders.initial_capital[:] = 5000.0 * YUAN
    return hands


def policy(hands, **fields):
    """Let policy say this of lines, or of channels: `off`."""
    object.__setattr__(hands.world.policy, "off", frozenset(fields.pop("off", ())))
    object.__setattr__(hands.world.policy, "lines", Lines(**fields))


def draw(hands, *gap):
    """Let firms lack this many yuan; what they drew, in yuan."""
    gap = np.array(gap) * float(YUAN)
    drawn = draw_on_lines(hands.world, hands.scenario, gap, np.zeros(3, dtype=np.int64))
    hands.checked()
    return (drawn / YUAN).tolist()


def close(hands):
    """Let the lender fail; its estate stays open."""
    hands.world.ecommerce_lenders.alive[:] = False
    hands.world.ecommerce_lenders.is_in_estate[:] = True


def limits(hands):
    return (hands.world.enterprises.line_limit / YUAN).tolist()


def test_limits_follow_turnover_and_are_for_online_sellers(shop):
    shop.world.enterprises.plan[:] = np.array([1000.0, 600.0, 1000.0]) * YUAN
    draw(shop, 0, 0, 0)
    assert limits(shop) == [1000, 600, 0]


def test_a_draw_is_paid_out_at_once_and_is_one_loan(shop):
    assert draw(shop, 300, 5000, 300) == [300, 1000, 0]
    assert shop.holds("enterprise") == [300 * YUAN, 1000 * YUAN, 0]
    assert shop.holds("ecommerce_lender") == [3700 * YUAN]
    loans = shop.world.loans
    assert loans.principal.tolist() == [300 * YUAN, 1000 * YUAN]
    assert loans.holder.tolist() == [ECOMMERCE_LENDER] * 2
    assert loans.purpose.tolist() == [LINE] * 2
    assert draw(shop, 900, 10, 0) == [700, 0, 0], "up to the limit, which the second has reached"
    assert loans.principal.tolist() == [1000 * YUAN, 1000 * YUAN]
    assert loans.n == 2
    assert shop.world.desk.tally["new_loans_ecommerce_lender"] == 2000 * YUAN


def test_a_draw_meets_the_need_for_working_capital_that_runs(shop):
    firms, tally = shop.world.enterprises, shop.world.desk.tally
    firms.need[:2], firms.need_purpose[:2] = 400.0 * YUAN, [WORKING, INVESTMENT]
    firms.need_is_sound[:] = True
    assert draw(shop, 300, 900, 0)[:2] == [300, 900]
    assert firms.need[:2].tolist() == [100 * YUAN, 400 * YUAN]
    # The need of the first was counted when it began; that of the second is another.
    assert (tally["need_working"], tally["met_working"]) == (900 * YUAN, 1200 * YUAN)
    assert draw(shop, 300, 0, 0)[:2] == [300, 0]
    assert (tally["need_working"], tally["met_working"]) == (900 * YUAN, 1300 * YUAN)


def test_terms_are_those_of_the_last_draw(shop):
    draw(shop, 300, 0, 0)
    before = shop.world.loans.rate[0]
    m, loans = shop.scenario.parameters.market, shop.world.loans
    base = 0.12 + 5 / 1000  # the look costs 5 yuan, on a full line of 1000
    assert before == pytest.approx((base + loans.pd[0] * m.lgd_unsecured) / (1 - loans.pd[0]))
    shop.world.ecommerce_lenders.pd_intercept[:] += 0.5
    draw(shop, 0, 0, 0)
    assert loans.rate[0] == before
    draw(shop, 100, 0, 0)
    assert loans.rate[0] > before


def test_no_decision_is_paid_for_without_a_draw(shop):
    draw(shop, 0, 0, 0)
    assert shop.world.ecommerce_lenders.decision_cost.tolist() == [0]
    draw(shop, 300, 300, 0)
    assert shop.world.ecommerce_lenders.decision_cost.tolist() == [10 * YUAN]


def test_a_score_above_the_cut_off_cuts_the_line_but_calls_nothing(shop):
    draw(shop, 300, 0, 0)
    shop.world.ecommerce_lenders.pd_intercept[:] = 5.0
    assert draw(shop, 300, 300, 0) == [0, 0, 0]
    assert limits(shop) == [0, 0, 0]
    assert shop.world.loans.principal.tolist() == [300 * YUAN]
    assert not shop.world.loans.principal_due.any()


def test_policy_cuts_lines_by_a_factor(shop):
    policy(shop, limit_factor=0.5)
    assert draw(shop, 900, 0, 0) == [500, 0, 0]
    policy(shop, limit_factor=0.0)
    assert draw(shop, 900, 900, 0) == [0, 0, 0]


def test_a_line_in_arrears_is_frozen(shop):
    draw(shop, 300, 0, 0)
    shop.world.loans.late_months[0] = 1
    assert draw(shop, 300, 300, 0) == [0, 300, 0]


def test_the_regulators_limits_bind_lines(shop):
    columns = dict(shop.world.limits.columns)
    columns["loan_cap"] = np.array([250.0])
    shop.world.limits = Limits(columns, dict(shop.world.limits.setters))
    assert draw(shop, 300, 0, 300) == [250, 0, 0]
    assert [(q, f.tolist()) for q, f, _, _ in shop.world.desk.bound] == [("loan_cap", [0])]
    columns["may_lend"] = np.array([False])
    assert draw(shop, 0, 300, 0) == [0, 0, 0]


def test_visible_debt_leaves_less_room(shop):
    shop.world.enterprises.scale[:] = 250.0 * YUAN  # 0.35 x 12 x 250 = 1050 yuan of debt at most
    shop.world.ecommerce_lenders.pd_debt[:] = 0.0
    draw(shop, 1000, 0, 0)
    shop.world.loans.is_line[0] = False  # as if it ran off: the next line has 50 yuan of room
    draw(shop, 0, 0, 0)
    assert limits(shop) == pytest.approx([50, 1000, 0])


# ------------------------------------------------------------ mobile withdrawal
def test_without_mobile_withdrawal_money_comes_a_month_after_asking(shop):
    policy(shop, mobile=False)
    assert draw(shop, 300, 400, 0) == [0, 0, 0]
    assert draw(shop, 500, 100, 0) == [300, 100, 0], "what was asked, as far as it still lacks"
    assert draw(shop, 200, 0, 0) == [200, 0, 0]
    assert draw(shop, 0, 800, 0) == [0, 0, 0]


def test_with_it_nothing_is_asked_for_in_advance(shop):
    draw(shop, 300, 5000, 0)
    assert not shop.world.enterprises.line_asked.any()


# ------------------------------------------------------------ the lender's money
def test_the_lenders_cash_binds_and_past_losses_are_remembered(shop):
    shop.cash("ecommerce_lender", 1100 * YUAN)
    # Of 5000 paid in, 3900 were lost beyond what was priced: without that both were served.
    shop.world.ecommerce_lenders.excess_loss[:] = 3900.0 * YUAN
    real, shadow = line_capacities(shop.world, shop.scenario)
    assert (real.tolist(), shadow.tolist()) == ([1100 * YUAN], [5000 * YUAN])
    drawn = draw(shop, 1000, 1000, 0)
    assert sorted(drawn) == [0, 0, 1000], "the second in the queue does not fit"
    memory, firm = shop.world.impairments, drawn[:2].index(0)
    assert memory.victims.tolist() == [firm * 16 + 1]
    assert memory.sources.tolist() == [ECOMMERCE_LENDER]
    assert memory.amounts.tolist() == [1000.0 * YUAN]


def test_with_funding_covered_a_refused_draw_is_not_remembered(shop):
    policy(shop, off=["funding"])
    shop.cash("ecommerce_lender", 0)
    shop.world.ecommerce_lenders.excess_loss[:] = 5000.0 * YUAN
    assert draw(shop, 1000, 0, 0) == [0, 0, 0]
    assert not shop.world.impairments.keys.size


# ------------------------------------------------------------ repaid from sales
def test_a_line_is_repaid_from_sales_interest_first(shop):
    """1000 yuan of sales: 125 swept, of which 10 are the month's interest at 12 %."""
    draw(shop, 800, 0, 0)
    world = shop.world
    world.month, world.loans.rate[0] = 2, 0.15
    world.enterprises.is_online[:] = False  # nobody draws again
    seek_credit(world, shop.scenario)
    assert world.loans.interest_due.tolist() == [10 * YUAN]
    assert world.loans.principal_due.tolist() == [115 * YUAN]
    assert swept_from_sales(world, shop.scenario).tolist() == [115 * YUAN]
    settle(world, shop.scenario)
    shop.checked()
    assert world.loans.principal.tolist() == [685 * YUAN]
    assert shop.holds("ecommerce_lender") == [(4200 + 125) * YUAN]
    assert world.enterprises.months_late.tolist() == [0, 0, 0]


def test_a_missed_sweep_is_lateness(shop):
    draw(shop, 800, 0, 0)
    world = shop.world
    shop.cash("enterprise", 0, 0, 0)
    world.month, world.enterprises.is_online[:] = 2, False
    seek_credit(world, shop.scenario)
    settle(world, shop.scenario)
    assert world.enterprises.months_late.tolist() == [1, 0, 0]
    assert world.loans.late_months.tolist() == [1]


def test_without_sales_only_interest_is_due(shop):
    draw(shop, 800, 0, 0)
    shop.world.month, shop.world.enterprises.revenue[:] = 2, 0.0
    seek_credit(shop.world, shop.scenario)
    assert shop.world.loans.interest_due[0] > 0
    assert not shop.world.loans.principal_due.any()


# ------------------------------------------------------------ the lender closes
def test_lines_of_a_closed_lender_run_off(shop):
    draw(shop, 800, 0, 0)
    close(shop)
    before, loans, m = shop.world.loans.rate[0], shop.world.loans, shop.scenario.parameters.market
    assert draw(shop, 100, 100, 0) == [0, 0, 0]
    assert (loans.is_line[0], loans.is_runoff[0], loans.months_left[0]) == (False, True, 6)
    assert loans.rate[0] == pytest.approx(before + m.runoff_spread)
    memory = shop.world.impairments
    assert memory.amounts.tolist() == [800.0 * YUAN]
    assert memory.sources.tolist() == [ECOMMERCE_LENDER]


def test_with_closure_covered_an_administrator_keeps_the_line(shop):
    draw(shop, 800, 0, 0)
    policy(shop, off=["closure"])
    close(shop)
    assert draw(shop, 100, 100, 0) == [0, 0, 0], "the balance at closure is the limit"
    loans = shop.world.loans
    assert loans.is_line[0]
    assert loans.holder[0] == OUTSIDE
    assert shop.world.desk.cover == {"closure": 800 * YUAN}
    assert not shop.world.impairments.keys.size
    rate = loans.rate[0]
    shop.world.month = 2
    shop.world.enterprises.is_online[:] = False
    seek_credit(shop.world, shop.scenario)
    settle(shop.world, shop.scenario)
    shop.world.enterprises.is_online[:] = [True, True, False]
    repaid = 800 - loans.principal[0] / YUAN
    assert repaid > 0
    assert draw(shop, 1000, 0, 0) == [pytest.approx(repaid), 0, 0], "again up to that balance"
    assert shop.world.desk.cover["closure"] == round((800 + repaid) * YUAN), "which outside pays"
    assert shop.world.desk.cover["closure_back"] > repaid * YUAN, "interest comes back too"
    assert loans.rate[0] == rate
