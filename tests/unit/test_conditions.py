"""Conditions: shocks multiply and add, and end by ending."""

import pytest

from sim.conditions import write
from sim.shocks.demand import Demand
from sim.shocks.funding import Funding


def test_neutral_without_shocks():
    conditions = write([], 3, 4)
    assert conditions["demand_factor"].tolist() == [1.0] * 4
    assert float(conditions["wholesale_spread"]) == 0.0
    assert conditions.neutral


def test_shocks_on_the_same_month_combine():
    shocks = [
        Demand(month=3, months=2, size=-0.5),
        Demand(month=4, months=1, size=-0.2, sector=1),
        Funding(month=4, size=0.03),
        Funding(month=4, size=0.01),
    ]
    assert write(shocks, 3, 3)["demand_factor"].tolist() == [0.5, 0.5, 0.5]
    both = write(shocks, 4, 3)
    assert both["demand_factor"].tolist() == pytest.approx([0.5, 0.4, 0.5])
    assert float(both["wholesale_spread"]) == pytest.approx(0.04)
    assert write(shocks, 5, 3).neutral


def test_a_shock_of_core_firms_is_a_condition_of_its_own():
    shocks = [
        Demand(month=1, size=-0.5, core=True),
        Demand(month=1, size=-0.2, core=True, sector=1),
    ]
    found = write(shocks, 1, 3)
    assert found["core_demand_factor"].tolist() == pytest.approx([0.5, 0.4, 0.5])
    assert found["demand_factor"].tolist() == [1.0] * 3
    assert not found.neutral


def test_a_sector_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match=r"0\.\.2"):
        write([Demand(month=1, size=-0.1, sector=3)], 1, 3)


def test_an_unknown_condition_is_refused():
    class Odd:
        def conditions(self, month, n_sectors):
            return {"weather": 1.0}

    with pytest.raises(KeyError, match="weather"):
        write([Odd()], 1, 3)
