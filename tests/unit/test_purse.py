"""The regulator's purse: every cost has a purpose, and what it collects pays for more."""

import numpy as np
import pytest

from sim.model import MicroFinance
from sim.purse import affordable, collect_fines, open_purse, spend
from tests.worlds import run, small


@pytest.fixture
def world():
    scenario = small(20, parameters={"regulator": {"budget": 1000.0}})
    model = MicroFinance(scenario, seed=1)
    model.world.ledger.phase = "supervise"
    open_purse(model.world, scenario)
    return model.world


def test_what_is_spent_is_written_down_and_leaves_less(world):
    assert affordable(world, 30_000) == 3
    spend(world, "inspection", 60_000)
    spend(world, "inspection", 0)
    spend(world, "licence", 5_000)
    assert world.desk.costs == {"inspection": 60_000, "licence": 5_000}
    assert world.desk.tally["supervision_cost"] == 65_000
    assert affordable(world, 30_000) == 1
    spend(world, "registration", 10**9)
    assert affordable(world, 30_000) == 0, "law may cost more than there is"
    assert not world.regulator.cash.any()


def test_a_fine_is_paid_from_cash_and_adds_to_the_next_budget(world):
    scenario = small(20, parameters={"regulator": {"budget": 1000.0}})
    due = np.full(world.n_providers, 7_00)
    due[0] = world.of_providers("cash")[0] + 5
    unpaid = collect_fines(world, due)
    assert unpaid[0] == 5
    assert not unpaid[1:].any()
    assert not world.regulator.cash.any()
    open_purse(world, scenario)
    assert world.regulator.budget_left[0] == 1000_00 + due.sum() - 5


def test_each_instrument_costs_what_it_says(monkeypatch):
    costly = {"loan_cap": {"amount": 1e10, "monthly_cost": 30.0, "kinds": ["platform"]}}
    plain, dear = run(small(20), 2), run(small(20, supervision=costly), 2)
    living = int(dear.world.platforms.alive.sum())
    assert dear.world.desk.costs["loan_cap"] == living * 30_00
    assert "loan_cap" not in plain.world.desk.costs
    rows = dear.records()["supervision"]
    assert dict(zip(rows["purpose"], rows["fen"], strict=True)) == dear.world.desk.costs
