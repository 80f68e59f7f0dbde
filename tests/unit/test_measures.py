"""Metrics and accounts of the month on a world of a few contracts; postings in fen."""

import math

import numpy as np
import pytest
from by_hand import emptied, four_loans, ids, metric

from sim.agents.enterprise import NEVER
from sim.contracts.impairments import CHANNELS
from sim.measures import accounts
from sim.measures.base import METRICS, Metric, measure
from sim.postings import party
from tests.worlds import run, small

YUAN = 100
UNITS = {"yuan", "yuan years", "count", "share", "1/year", "per 100 firm-years", "months", "hours"}


@pytest.fixture
def books():
    return four_loans()


def tally(hands, **yuan):
    hands.world.desk.tally |= {name: value * YUAN for name, value in yuan.items()}


# ------------------------------------------------------------ the registry
@pytest.mark.parametrize("name", METRICS)
def test_every_metric_has_unit_label_and_meaning(name):
    found = METRICS[name]
    assert found.name == name
    assert found.unit in UNITS
    assert found.label
    assert found.label[0].isupper()
    assert found.function.__doc__


def test_labels_tell_metrics_apart():
    assert len({m.label for m in METRICS.values()}) == len(METRICS)


def test_declaring_a_metric_leaves_the_function_as_it_is():
    def wealth_of_nobody(world):
        return 0.0

    try:
        assert measure("yuan", "Wealth of nobody")(wealth_of_nobody) is wealth_of_nobody
        assert METRICS["wealth_of_nobody"] == Metric(
            "wealth_of_nobody", "yuan", "Wealth of nobody", wealth_of_nobody
        )
    finally:
        METRICS.pop("wealth_of_nobody", None)


def test_a_month_has_a_number_for_every_metric():
    model = run(small(60), 2)
    macro = model.records()["macro"]
    assert set(METRICS) <= set(macro)
    assert set(model.metric_info) == set(METRICS)
    for name in METRICS:
        assert isinstance(float(macro[name][0]), float), name
        assert not math.isinf(macro[name][0]), name


@pytest.mark.parametrize("name", METRICS)
def test_no_metric_stumbles_over_an_empty_world(name):
    assert not math.isinf(metric(emptied(firms=1), name))


# ------------------------------------------------------------ credit risk
def test_balances_and_shares_of_loans(books):
    assert metric(books, "loans_outstanding") == 2000
    assert metric(books, "npl_ratio") == pytest.approx((200 + 400) / 2000)
    assert metric(books, "par30") == pytest.approx((600 + 200 + 400) / 2000)
    assert metric(books, "par90") == pytest.approx(200 / 2000)


def test_mean_rates_weigh_by_balance_and_leave_out_the_bad(books):
    assert metric(books, "mean_rate_bank") == pytest.approx(0.06)
    assert metric(books, "mean_rate_micro_lender") == pytest.approx(0.18)
    books.funds(0, 3, (0, 200 * YUAN), rate=0.20)
    assert metric(books, "mean_rate_platform") == pytest.approx(0.136)


def test_performing_loans_are_counted_by_who_granted_them(books):
    counted = [metric(books, f"loans_{kind}") for kind in ("bank", "micro_lender", "platform")]
    assert counted == [1, 1, 1]


def test_debt_is_set_against_a_year_of_revenue_of_living_small_firms(books):
    firms = books.world.enterprises
    firms.scale[:] = np.array([100, 200, 700, 9999]) * YUAN
    firms.is_core[:] = [False, False, False, True]
    firms.alive[1] = False
    assert metric(books, "debt_ratio") == pytest.approx(1800 / (12 * 800))


def test_borrowers_are_living_firms_with_a_performing_loan(books):
    assert metric(books, "borrowers") == pytest.approx(2 / 4)


# ------------------------------------------------------------ access
def test_the_gap_is_sound_need_not_met():
    hands = emptied(firms=1)
    assert math.isnan(metric(hands, "financing_gap"))
    tally(hands, need_working=300, need_investment=100, met_working=150, met_investment=50)
    tally(hands, need_rollover=80, met_rollover=60)
    assert metric(hands, "financing_gap") == pytest.approx(0.5)
    assert metric(hands, "financing_gap_rollover") == pytest.approx(0.25)
    assert metric(hands, "need_working") == 300
    assert metric(hands, "financing_gap_working") == pytest.approx(0.5)
    tally(hands, met_investment=80)
    assert metric(hands, "financing_gap_investment") == pytest.approx(0.2)


def test_money_that_waits_is_idle(books):
    assert metric(books, "idle_client_money") == 0
    books.deposits(1, 0, 70 * YUAN)
    assert metric(books, "idle_client_money") == 70


# ------------------------------------------------------------ stability
def test_the_default_rate_is_annual_over_firms_at_the_start_of_the_month():
    hands = emptied(firms=17)
    hands.world.enterprises.alive[:3] = False
    hands.world.desk.tally |= {"defaults": 2.0, "closures": 1.0}
    # The tally counts three that have just left: 14 trade, 17 did.
    assert metric(hands, "default_rate") == pytest.approx(12 * 2 / 17)
    assert metric(hands, "firms_alive") == 14


def test_strategic_defaults_of_the_cohort_are_set_against_all_it_ever_had():
    hands = emptied(firms=8)
    assert metric(hands, "strategic_default_rate") == 0
    hands.world.enterprises.is_in_cohort[:5] = True
    hands.world.enterprises.alive[:2] = False
    hands.world.desk.tally |= {"strategic_defaults": 3.0, "cohort_strategic_defaults": 1.0}
    assert math.isnan(metric(hands, "sanction_faced"))
    hands.world.desk.tally |= {"opportunists_in_debt": 4.0, "sanctions_faced": 1.0}
    assert metric(hands, "sanction_faced") == 0.25
    assert metric(hands, "strategic_defaults") == 3
    assert metric(hands, "strategic_default_rate") == pytest.approx(100 * 12 / 5)


def test_capital_is_that_of_lenders_net_of_provisions(books):
    books.world.banks.provisions += 100 * YUAN
    books.cash("platform", 999 * YUAN)
    assert metric(books, "lender_capital") == 600 + 200 + 400 - 100


def test_who_entered_this_month_is_counted():
    hands = emptied(firms=3)
    hands.world.enterprises.entered[:] = [0, 1, 1]
    assert metric(hands, "entrants") == 2


# ------------------------------------------------------------ welfare
def test_the_return_of_banks_is_their_income_before_dividends():
    hands = emptied(firms=1, banks=1)
    hands.cash("bank", 1000 * YUAN)
    world = hands.world
    world.ledger.open_month()
    world.desk.opening_worth["bank"] = 1000.0 * YUAN
    ledger, bank = world.ledger, ids(0)
    ledger.pay("dividend", "bank", bank, "outside", None, ids(30 * YUAN))
    ledger.pay("entry_equity", "outside", None, "bank", bank, ids(100 * YUAN))
    ledger.pay("deposit_interest", "bank", bank, "outside", None, ids(20 * YUAN))
    assert metric(hands, "return_bank") == pytest.approx(-12 * 0.02)
    assert math.isnan(metric(hands, "return_micro_lender"))
    assert metric(hands, "return_lenders") == pytest.approx(-12 * 0.02)
    assert math.isnan(metric(hands, "return_platform"))


def test_savers_return_is_interest_less_losses_on_notes(books):
    books.world.investors.interest[0] = 10 * YUAN
    assert metric(books, "return_savers") == pytest.approx(12 * 10 / 800)
    tally(books, investor_loss=30)
    assert metric(books, "return_savers") == pytest.approx(-12 * 20 / 800)


# ------------------------------------------------------------ contagion
def test_what_a_cover_cost_is_net_of_what_came_back():
    hands = emptied(firms=1)
    hands.world.desk.cover |= {"trade": 500, "trade_back": 200, "closure": 300, "notes": 400,
                               "notes_premium": 100, "notes_back": 600}  # fmt: skip
    found = [metric(hands, f"cover_{c}") for c in ("trade", "closure", "notes", "cyber")]
    assert found == [3.0, 3.0, -3.0, 0.0]


def test_memory_is_summed_in_yuan():
    hands = emptied(firms=2)
    hands.world.impair("trade", ids(0, 1), party("enterprise", ids(1, 0)), np.array([300.0, 50.0]))
    assert metric(hands, "impairment_memory") == 3.5


def test_defaults_short_by_others_are_a_share_of_the_month_s():
    hands = emptied(firms=4)
    hands.world.enterprises.is_short_by_others[:] = [True, False, False, True]
    hands.world.desk.new_defaults += [ids(0, 1), ids(), ids(2)]
    assert metric(hands, "short_by_others") == pytest.approx(1 / 3)


def test_every_channel_that_exists_has_its_attribution():
    names = {name for name in METRICS if name.startswith("attributed_")} - {"attributed_defaults"}
    assert names == {f"attributed_{c}" for c in CHANNELS}


# ------------------------------------------------------------ tables
def test_balances_of_sectors_sum_to_zero_by_instrument(books):
    found = accounts.balances(books.world, books.world.positions())
    keys = zip(found["sector"], found["instrument"], found["account"], strict=True)
    fen = dict(zip(keys, found["fen"].tolist(), strict=True))
    assert fen["bank", "loans", "held"] == 800 * YUAN
    assert fen["enterprise", "loans", "owed"] == -1200 * YUAN
    assert fen["investor", "notes", "held"] == -fen["enterprise", "notes", "owed"] == 800 * YUAN
    assert {k[2] for k in fen if k[:2] == ("platform", "cash")} == {
        "cash", "client_cash", "reserve_cash"
    }  # fmt: skip
    for name in {k[1] for k in fen if k[2] != "memo"} - {"fixed_assets"}:
        assert sum(v for k, v in fen.items() if k[1] == name) == 0, name


def test_institutions_show_books_and_clients(books):
    books.deposits(1, 0, 70 * YUAN)
    found = accounts.institutions(books.world)
    assert found["kind"].tolist() == ["bank", "micro_lender", "platform"]
    assert found["loans"].tolist() == [800 * YUAN, 400 * YUAN, 800 * YUAN]
    assert found["bad_loans"].tolist() == [200 * YUAN, 0, 0]
    assert found["client_balances"].tolist() == [0, 0, 70 * YUAN]
    assert found["state"].tolist() == ["alive"] * 3


def test_grades_count_performing_loans_and_those_gone_bad_this_month(books):
    books.world.loans.grade[:] = [0, 2, 1, 2]
    books.world.enterprises.ended[1] = books.world.month
    found = accounts.grades(books.world)
    kinds = list(zip(found["kind"], found["grade"], strict=True))
    performing = dict(zip(kinds, found["performing"].tolist(), strict=True))
    gone = dict(zip(kinds, found["gone_bad"].tolist(), strict=True))
    assert {k for k, n in performing.items() if n} == {
        ("bank", "A"), ("micro_lender", "B"), ("platform", "C")
    }  # fmt: skip
    assert {k for k, n in gone.items() if n} == {("bank", "C")}


def test_firms_tell_how_they_ended():
    hands = emptied(firms=3)
    firms = hands.world.enterprises
    firms.ended[:] = [5, NEVER, 7]
    firms.is_voluntary[2] = True
    found = accounts.firms(hands.world)
    assert found["defaulted"].tolist() == [True, False, False]
    assert found["ended"][[0, 2]].tolist() == [5.0, 7.0]
    assert math.isnan(found["ended"][1])
    firms.scale[:] = np.array([10_000, 100_000, 1_000_000]) * YUAN
    assert accounts.firms(hands.world)["size"].tolist() == ["micro", "small", "larger"]


def test_flows_of_the_month_are_listed_without_zeros(books):
    books.world.ledger.open_month()
    pay = books.world.ledger.pay
    pay("final_sales", "outside", None, "enterprise", ids(0, 1), ids(3, 4))
    pay("trade_cash", "enterprise", ids(0), "enterprise", ids(1), ids(0))
    found = accounts.flows(books.world)
    assert found["flow"].tolist() == ["final_sales"]
    assert found["fen"].tolist() == [7]
    assert (found["payer"][0], found["receiver"][0]) == ("outside", "enterprise")
