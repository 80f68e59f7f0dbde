"""Who enters and with what: sizes, tickets, links, ages, endowments."""

import copy
from types import SimpleNamespace

import numpy as np
import pytest
from by_hand import emptied, ids
from scipy.special import ndtri

from sim.entry import (
    append_links,
    choose_suppliers,
    endow_enterprises,
    enter_enterprises,
    leave_the_rest_to_final_customers,
)
from sim.model import MicroFinance
from sim.scenario import Scenario
from tests.worlds import small

LARGE = Scenario(
    population={"enterprises": 3000, "investors": 1000, "platforms": 20, "micro_lenders": 5}
)


@pytest.fixture(scope="module")
def founded():
    """An economy of 3000 firms before its first month."""
    model = MicroFinance(LARGE, seed=3)
    return SimpleNamespace(
        world=model.world,
        scenario=model.scenario,
        firms=model.world.enterprises,
        p=model.scenario.parameters.enterprise,
    )


def sold_by(world):
    """Orders each supplier has at its customers' normal size."""
    links = world.links
    orders = links.weight * world.enterprises.scale[links.buyer]
    return np.bincount(links.supplier, orders, world.enterprises.n)


# ------------------------------------------------------------ sizes and tickets
def test_sizes_have_a_median_a_tail_and_a_cut(founded):
    yearly = founded.firms.scale * 12 / 100
    assert np.median(yearly) == pytest.approx(600_000, rel=0.06)
    top = np.sort(yearly)[::-1][:300]
    assert 1.0 / np.mean(np.log(top[:-1] / top[-1])) == pytest.approx(1.1, abs=0.25)
    assert yearly.max() <= 200 * 600_000
    assert (founded.firms.is_core == (yearly >= 60_000_000 * (1 - 1e-12))).all()


@pytest.mark.parametrize("n", [60, 300])
def test_no_founder_has_more_than_its_share_of_all_sales(n):
    firms = MicroFinance(small(n), seed=3).world.enterprises
    assert firms.scale.max() / firms.scale.sum() <= 0.02 + 1e-9


CUT = {"enterprise": {"size_cut_share": 0.02, "entry_size_ratio": 0.5}}


def test_the_founders_cut_is_taken_of_what_is_left():
    firms = MicroFinance(small(300, parameters=CUT), seed=3).world.enterprises
    assert firms.scale.max() == pytest.approx(0.02 * firms.scale.sum())


def test_entrants_meet_the_founders_cut():
    model = MicroFinance(small(300, parameters=CUT), seed=3)
    world, firms = model.world, model.world.enterprises
    cut = 0.02 * firms.scale.sum()
    firms.alive[:250] = False  # who lives does not matter
    rows = enter_enterprises(world, 300, model.scenario, founding=False)
    assert firms.scale[rows].max() == pytest.approx(0.5 * cut)


def entrants(count, **parameters):
    """Enter so many firms at once into an economy of 20."""
    hands = emptied(firms=20, enterprise=parameters)
    rows = enter_enterprises(hands.world, count, hands.scenario, founding=False)
    return hands, rows


def test_an_entrant_is_smaller_by_its_ratio_and_newly_born():
    hands, rows = entrants(3, entry_size_ratio=0.5)
    whole, _ = entrants(3, entry_size_ratio=1.0)
    firms = hands.world.enterprises
    assert firms.scale[rows] == pytest.approx(0.5 * whole.world.enterprises.scale[rows])
    assert firms.born[rows].tolist() == firms.entered[rows].tolist() == [1, 1, 1]
    assert (firms.final_demand[rows] == firms.scale[rows]).all()


def test_traits_belong_to_the_row_not_to_the_batch():
    together, rows = entrants(40)
    apart, _ = entrants(25)
    enter_enterprises(apart.world, 15, apart.scenario, founding=False)
    for name in ("quality", "sector", "purchase_share", "is_online", "demand", "ticket_end"):
        one, other = (h.world.enterprises.column(name)[rows] for h in (together, apart))
        assert one.tolist() == other.tolist(), name


def test_the_size_of_an_entrant_does_not_hang_on_how_many_enter_with_it():
    # In an economy of 5000 firms 57 or 58 enter in a month.
    together, rows = entrants(58)
    apart, _ = entrants(29)
    enter_enterprises(apart.world, 29, apart.scenario, founding=False)
    one, other = (h.world.enterprises.scale[rows] for h in (together, apart))
    assert one.tolist() == other.tolist()


def test_sellers_hold_consecutive_tickets_by_size(founded):
    firms, median = founded.firms, 600_000 * 100 / 12
    count = np.diff(firms.ticket_end, prepend=0)
    sells = firms.sells_to_business
    assert not count[~sells].any()
    assert count[sells].tolist() == np.maximum(1, np.rint(firms.scale[sells] / median)).tolist()
    assert founded.world.tickets_issued == firms.ticket_end[-1]
    assert sells.mean() == pytest.approx(0.5, abs=0.03)


def test_ages_are_those_of_a_stationary_population(founded):
    age, p = -23 - 1 - founded.firms.born, founded.p
    assert age.min() >= 0
    # With hazards h up to 36 months and g beyond, the young are (1 - q) / h of the whole
    # (1 - q) / h + q / g, q being the share that reaches 36.
    h, g = p.young_closure, 5 * p.mature_closure
    q = (1 - h) ** p.young_months
    young = (1 - q) / h / ((1 - q) / h + q / g)
    assert np.mean(age < p.young_months) == pytest.approx(young, abs=0.03)


def test_mature_founders_lack_the_worst_draws(founded):
    firms, p = founded.firms, founded.p
    age = -24 - firms.born
    mature, new = age >= p.young_months, age < 6
    assert firms.quality[mature].min() > ndtri(p.founding_selection)
    assert firms.quality[new].min() < -1.5
    half = (age > 12) & (age < p.young_months)
    assert firms.quality[half].min() > ndtri(p.founding_selection * 12 / p.young_months)


def test_mature_founders_have_projects_of_their_past(founded):
    firms, p = founded.firms, founded.p
    age = -24 - firms.born
    mature = (age >= p.young_months) & ~firms.is_core
    earned = firms.project_income / firms.scale
    assert earned[mature].mean() == pytest.approx(p.founding_projects, rel=0.05)
    assert not earned[firms.is_core].any()
    assert not earned[age == 0].any()
    book = firms.fixed_assets - firms.asset_target
    assert book == pytest.approx(12 * firms.project_income / p.investment_return, abs=1)


# ------------------------------------------------------------ links
def test_suppliers_are_others_that_sell_and_each_slot_has_one(founded):
    world, firms, links = founded.world, founded.firms, founded.world.links
    assert (links.buyer != links.supplier).all()
    assert firms.sells_to_business[links.supplier].all()
    per_buyer = np.bincount(links.buyer, minlength=firms.n)
    assert per_buyer.min() >= 0
    assert per_buyer.max() <= 10
    assert per_buyer.mean() == pytest.approx(3.0, abs=0.15)
    assert len(np.unique(links.buyer * 16 + links.slot)) == links.n
    assert links.is_active.all()
    assert world.links.agreed_months.max() <= 4


def test_terms_of_payment_have_their_shares(founded):
    months = founded.world.links.agreed_months
    share = np.bincount(months, minlength=5) / len(months)
    assert share == pytest.approx(founded.p.payment_months, abs=0.02)


def test_network_sales_stay_below_their_cap(founded):
    firms, sold = founded.firms, sold_by(founded.world)
    assert (sold <= 0.8 * firms.scale * (1 + 1e-9)).all()
    assert np.isclose(sold, 0.8 * firms.scale).any(), "the cap binds somewhere"
    assert firms.final_demand + sold == pytest.approx(firms.scale)


def test_planned_purchases_are_a_third_of_revenue_at_most_forty_percent(founded):
    links, firms = founded.world.links, founded.firms
    share = np.bincount(links.buyer, links.weight, firms.n)
    assert share.max() <= 0.4 + 1e-9
    wanted = np.bincount(links.buyer, links.wanted, firms.n)
    assert (links.weight <= links.wanted).all()
    assert (wanted <= firms.purchase_share * (1 + 1e-9)).all()
    assert firms.purchase_share.min() >= 0.3
    assert firms.purchase_share.max() <= 0.4


def test_the_cap_shrinks_all_orders_of_a_supplier_alike():
    hands = emptied(firms=3, enterprise={"network_sales_cap": 0.8})
    world, firms = hands.world, hands.world.enterprises
    firms.scale[:] = [1000.0, 2000.0, 500.0]
    weight = np.array([0.4, 0.3, 0.1])
    append_links(world, ids(0, 1, 1), ids(2, 2, 0), ids(0, 0, 1), 0, weight, hands.scenario)
    leave_the_rest_to_final_customers(world)
    # Firm 2 would sell 400 + 600 and may sell 400; firm 0 sells 200 of 1000.
    assert world.links.weight.tolist() == pytest.approx([0.16, 0.12, 0.1])
    assert firms.final_demand.tolist() == pytest.approx([800.0, 2000.0, 100.0])
    assert world.links.wanted.tolist() == weight.tolist()


def test_a_supplier_takes_of_new_orders_what_it_has_room_for():
    hands = emptied(firms=3, enterprise={"network_sales_cap": 0.8})
    world, firms = hands.world, hands.world.enterprises
    firms.scale[:] = [1000.0, 2000.0, 500.0]
    append_links(world, ids(0), ids(2), ids(0), 0, np.array([0.3]), hands.scenario)
    # Firm 2 may sell 400 and sells 300; of the 500 that the next one wants it takes 100.
    append_links(world, ids(1), ids(2), ids(0), 0, np.array([0.25]), hands.scenario)
    assert world.links.weight.tolist() == pytest.approx([0.3, 0.05])
    assert world.links.wanted.tolist() == pytest.approx([0.3, 0.25])
    world.links.is_active[0] = False
    append_links(world, ids(1), ids(2), ids(1), 0, np.array([0.1]), hands.scenario)
    assert world.links.weight.tolist() == pytest.approx([0.3, 0.05, 0.1])


def test_network_sales_stay_below_their_cap_when_others_come():
    model = MicroFinance(small(300), seed=3)
    for _ in range(12):
        model.step()
    world, firms = model.world, model.world.enterprises
    active = world.links.is_active
    orders = world.links.weight[active] * firms.scale[world.links.buyer[active]]
    sold = np.bincount(world.links.supplier[active], orders, firms.n)
    assert (sold <= 0.8 * firms.scale * (1 + 1e-9)).all()
    assert (firms.born[world.links.buyer[active]] > firms.entered[0]).any(), "newcomers buy too"


def tickets_of(hands, *counts):
    firms = hands.world.enterprises
    firms.ticket_end[:] = np.cumsum(counts)
    hands.world.tickets_issued = sum(counts)


def test_suppliers_are_drawn_by_their_tickets():
    hands = emptied(firms=4)
    tickets_of(hands, 0, 6, 2, 0)
    buyers, slots = np.zeros(8000, dtype=np.int64), np.arange(8000)
    found = choose_suppliers(hands.world, buyers, slots, buyers)
    share = np.bincount(found, minlength=4) / 8000
    assert share == pytest.approx([0.0, 0.75, 0.25, 0.0], abs=0.02)


def test_nobody_supplies_itself_and_the_dead_supply_nobody():
    hands = emptied(firms=3)
    tickets_of(hands, 5, 5, 5)
    hands.world.enterprises.alive[1] = False
    some = np.arange(200)
    found = choose_suppliers(hands.world, np.zeros(200, dtype=np.int64), some, some * 0)
    assert set(found.tolist()) == {2}
    hands.world.enterprises.alive[2] = False
    assert choose_suppliers(hands.world, ids(0), ids(0), ids(0)).tolist() == [-1]


@pytest.mark.parametrize("buyers", [3, 600])
def test_a_slot_tries_64_tickets_and_none_of_the_next_slot(buyers):
    hands = emptied(firms=2)
    tickets_of(hands, 0, 5)
    hands.world.enterprises.alive[:] = False
    asked, draws = [], hands.world.draws

    def uniform(purpose, month, who, options):
        asked.append(np.broadcast_to(options, (len(who), options.shape[1])).copy())
        return draws.uniform(purpose, month, who, options)

    hands.world.draws = SimpleNamespace(uniform=uniform)
    zeros = np.zeros(buyers, dtype=np.int64)
    assert (choose_suppliers(hands.world, zeros, zeros + 2, zeros + 1) == -1).all()
    # The second supplier of slot 2: options (10 + 2) 64 .. (10 + 2) 64 + 63.
    assert np.concatenate(asked, axis=1)[0].tolist() == list(range(12 * 64, 13 * 64))


def test_a_newcomer_s_tickets_change_nobody_else_s_supplier():
    hands = emptied(firms=4)
    tickets_of(hands, 3, 3, 3, 0)
    buyers, slots = np.zeros(500, dtype=np.int64), np.arange(500)
    before = choose_suppliers(hands.world, buyers, slots, buyers)
    tickets_of(hands, 3, 3, 3, 2)
    after = choose_suppliers(hands.world, buyers, slots, buyers)
    assert set(after[after != before].tolist()) == {3}


# ------------------------------------------------------------ endowments
def test_entrants_are_paid_in_cash_and_buy_their_assets():
    hands = emptied(firms=1, enterprise={"buffer_days": 30.0})
    firms = hands.world.enterprises
    firms.outflow[:], firms.asset_target[:], firms.is_core[:] = 1000.0, 700.0, False
    endow_enterprises(hands.world, ids(0), hands.scenario, "entry_equity")
    assert hands.holds("enterprise") == [1500]
    assert (firms.fixed_assets[0], firms.net_worth[0]) == (700, 2200)
    hands.checked()


def test_founders_hold_up_to_two_buffers(founded):
    firms, p = founded.firms, founded.p
    days = np.where(firms.is_core, p.core_buffer_days, p.buffer_days)
    buffers = firms.cash / (firms.outflow * days / 30.0)
    assert 0.0 <= buffers.min() < 0.01
    assert 1.99 < buffers.max() < 2.0 + 1e-6
    assert buffers.mean() == pytest.approx(1.0, abs=0.04)
    assert (firms.net_worth == firms.cash + firms.fixed_assets).all()


def test_lenders_capital_is_a_share_of_typical_revenue(founded):
    world, p = founded.world, founded.scenario.parameters
    for table, share in ((world.banks, p.bank.capital_share),
                         (world.micro_lenders, p.micro_lender.capital_share)):  # fmt: skip
        assert table.cash.sum() == pytest.approx(share * world.base_revenue, abs=table.n)


def test_entering_leaves_those_who_are_there_untouched():
    hands = emptied(firms=30)
    before = copy.deepcopy(hands.world.enterprises)
    enter_enterprises(hands.world, 10, hands.scenario, founding=False)
    for name in before.spec:
        assert (hands.world.enterprises.column(name)[:30] == before.column(name)).all(), name
