"""What is counted of downtime: in the month it falls into, of those who live, never below zero."""

import numpy as np
import pytest
from by_hand import emptied, ids

from sim.chart import CODES
from sim.contracts.incidents import MONTH_HOURS, Downtime
from sim.measures.base import METRICS
from sim.outages import part_withdrawals
from sim.postings import loans_of_provider
from sim.theft import rob
from tests.worlds import run, small

SIZE = {"time": {"months": 6, "burn_in": 3}, "parameters": {"cyber": {"outage_cost": 0.0}}}
ALL = {"kind": "outage", "month": 3, "count": 6, "certain": True}


def metric(name, world):
    return METRICS[name].function(world)


def credit_of_living(world):
    """Share of loans that platforms hold or service that still live, all of which were struck."""
    loans, rows = loans_of_provider(world), np.flatnonzero(world.platforms.alive)
    assert set(rows.tolist()) <= set(world.incidents.row.tolist())
    return float(loans[world.first_number("platform") + rows].sum() / loans.sum())


def test_credit_is_down_in_the_month_into_which_the_hours_fall():
    """Two outages that overlap, of 108 hours before the end of month 3 and 72 in month 4."""
    shocks = {"a": {**ALL, "start": 612, "hours": 180}, "b": {**ALL, "start": 700, "hours": 50}}
    model = run(small(80, shocks=shocks, **SIZE), 3)
    assert credit_of_living(model.world) > 0.05
    assert metric("credit_down", model.world) == pytest.approx(0.15 * credit_of_living(model.world))
    model.step()
    assert metric("credit_down", model.world) == pytest.approx(0.1 * credit_of_living(model.world))
    model.step()
    assert metric("credit_down", model.world) == 0.0


def test_no_credit_is_down_where_cyber_is_covered():
    shocks = {"a": {**ALL, "start": 100, "hours": 300}}
    world = run(small(80, shocks=shocks, channels={"cyber": False}, **SIZE), 3).world
    assert world.incidents.n > 3
    assert metric("credit_down", world) == metric("hours_down", world) == 0.0


def test_hours_are_those_of_institutions_that_live():
    """All platforms are down for four months and lose all their cash in the first."""
    shocks = {"down": {**ALL, "start": 0, "hours": 3000},
              "heist": {**ALL, "kind": "theft", "share": 1.0}}  # fmt: skip
    model = run(small(80, shocks=shocks, **SIZE), 3)
    struck = len(set(model.world.incidents.row.tolist()))
    assert metric("hours_down", model.world) == 720 * struck > 0
    living = int(model.world.platforms.alive[model.world.incidents.row[:struck]].sum())
    model.step()
    assert metric("hours_down", model.world) == 720 * living < 720 * struck


def test_what_thieves_took_of_blocked_withdrawals_is_not_taken_off_new_ones():
    hands = emptied(1, 0, 0, 1, 2)
    world, second = hands.world, hands.world.slots
    hands.deposits(0, 0, 100)
    hands.deposits(second, 0, 100)
    platform = ids(CODES["platform"])
    world.downtime = Downtime(platform, np.zeros(1), np.full(1, MONTH_HOURS), ids(0))
    part_withdrawals(world, ids(0), ids(100))
    assert world.desk.tally["withdrawals_blocked"] == 100
    hands.world.ledger.in_custody = np.zeros(1, dtype=bool)
    rob(world, "platform", ids(0), np.array([0.8]), ids(0))
    part_withdrawals(world, ids(second), ids(15))
    assert world.accounts.balance[[0, second]].tolist() == [20, 20]
    assert world.desk.tally["withdrawals_blocked"] == 115
    assert world.asked_again[1].tolist() == [20, 15]
