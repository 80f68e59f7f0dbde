"""Security at work: what owners spend, what a standard adds, and when neither matters."""

import numpy as np
import pytest

from sim.measures.base import METRICS
from sim.security import expected_attacks, private_loss
from sim.vendors import CLIENTS
from sim.world import KINDS
from tests.worlds import run, small


def metric(name, world):
    return METRICS[name].function(world)


STANDARD = {"security_standard": {"amount": 600.0, "monthly_cost": 100.0}}


def economy(rate, vendors=0, **supervision):
    return small(60, time={"months": 4, "burn_in": 2}, supervision=supervision,
                 population={"vendors": vendors, "crowdfunding_platforms": 2},
                 parameters={"security": {"prior_rate": rate}})  # fmt: skip


@pytest.fixture(scope="module")
def models():
    """Nobody thinks of attacks; owners do; a standard binds platforms beside them."""
    return [
        run(economy(rate, 3 * bool(rules), **rules))
        for rate, rules in ((0.0, {}), (0.1, {}), (0.1, STANDARD))
    ]


def spending(model, kind):
    table = model.world.tables[kind]
    return table.security_spending[table.alive]


def test_nobody_spends_before_there_is_a_reason(models):
    assert not any(spending(models[0], kind).any() for kind in CLIENTS)
    assert metric("security_spending", models[0].world) == 0


def test_owners_spend_less_than_the_bound_of_what_they_lose(models):
    world, p = models[1].world, models[1].scenario.parameters.security
    losses = private_loss(world, models[1].scenario)
    for kind in CLIENTS:
        table = world.tables[kind]
        seen = table.attacks_seen, table.attack_months
        rate = expected_attacks(*seen, world.news.attacks, world.news.attack_months, p)
        # Cash moves on after the spending: dividends and what was spent itself.
        most = rate * p.vulnerability * (losses[kind] + 0.5 * table.cash) / np.e
        assert (table.security_spending <= most + 1).all()
        assert (rate[table.alive] < p.prior_rate).all(), "months without an attack calm"
    assert sum(spending(models[1], kind).sum() for kind in KINDS) > 0


def test_the_standard_is_a_floor_for_those_it_binds(models):
    (_, free, bound) = models
    assert (spending(free, "platform") < 60_000).any()
    world, table = bound.world, bound.world.platforms
    mine = table.alive & (table.born < world.month) & (table.institution_arrears == 0)
    assert mine.any()
    assert (table.security_spending[mine] >= 60_000).all()
    assert (spending(free, "bank") < 60_000).all()
    rows = bound.records()["limits"]
    assert set(rows["instrument"][rows["question"] == "security_standard"]) == {"security_standard"}
    costs = bound.records()["supervision"]
    assert "security_standard" in set(costs["purpose"])


def test_without_vendors_spending_goes_outside(models):
    flows = models[1].records()["flows"]
    mine = flows["flow"] == "security_spend"
    assert set(flows["receiver"][mine]) == {"outside"}
    total = flows["fen"][mine].sum()
    assert total == 100 * metric("security_spending", models[1].world)
    spent = [models[1].world.tables[kind].security_spending.sum() for kind in CLIENTS]
    assert total == sum(spent) > 0


def test_spending_goes_to_vendors_and_on_from_them(models):
    flows = models[2].records()["flows"]
    mine = flows["flow"] == "security_spend"
    assert set(flows["receiver"][mine]) == {"vendor"}
    total = flows["fen"][mine].sum()
    assert total == 100 * metric("security_spending", models[2].world) > 0
    fees = flows["fen"][flows["flow"] == "vendor_fee"].sum()
    assert flows["fen"][flows["flow"] == "vendor_cost"].sum() == total + fees


def test_incidents_raise_what_is_expected_and_quiet_months_lower_it():
    p = economy(0.02).parameters.security
    none, month = np.zeros(1), np.ones(1)
    assert expected_attacks(none, none, 0.0, 0.0, p) == pytest.approx(0.02)
    assert expected_attacks(none, 24 * month, 0.0, 0.0, p) == pytest.approx(0.01)
    assert expected_attacks(month, none, 0.0, 0.0, p) == pytest.approx((0.48 + 1) / 24)
    assert expected_attacks(none, none, 5.0, 0.0, p) == pytest.approx((0.48 + 1) / 24)
