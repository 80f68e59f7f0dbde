"""Emergency loans keep a solvent lender alive, rank before others in its estate, and end."""

import numpy as np
import pytest

from sim.agents.platform import LIQUIDATION
from sim.emergency import repay_from_estates
from sim.model import MicroFinance
from tests.worlds import audit_now, differing, run, small, state

# Micro lenders draw so much wholesale money that one cannot pay what is due, and fails.
THIN = {"micro_lender": {"capital_share": 0.02, "fixed_cost_share": 0.02, "leverage": 3.0},
        "bank": {"capital_share": 0.05}}  # fmt: skip


def economy(months, budget=100_000.0, **supervision) -> MicroFinance:
    parameters = {**THIN, "regulator": {"budget": budget}}
    return run(small(60, parameters=parameters, supervision=supervision), months)


@pytest.fixture(scope="module")
def failing():
    return economy(10)


def test_emergency_liquidity_binds(failing):
    helped = economy(9, emergency_liquidity={"at": {1: {}}})
    bound = set()
    while helped.month < 10:
        helped.step()
        bound |= {question for question, *_ in helped.world.desk.bound}
    world = helped.world
    assert world.micro_lenders.alive.sum() > failing.world.micro_lenders.alive.sum()
    assert world.of_providers("emergency").sum() > 0
    assert bound <= {"emergency_access"}
    assert not world.regulator.cash.any()


def test_without_a_budget_nobody_is_helped(failing):
    poor = economy(10, budget=1.0, emergency_liquidity={"at": {1: {}}})
    same = ("regulator.budget_left", "regulator.collected")
    assert differing(state(failing, same), state(poor, same)) == []


def test_an_estate_pays_it_from_what_there_is_and_the_rest_is_lost():
    world = economy(9, emergency_liquidity={"at": {1: {}}}).world
    table, regulator = world.micro_lenders, world.regulator
    rows = np.flatnonzero(table.emergency)
    owed, cash, worth = (table.column(c)[rows].copy() for c in ("emergency", "cash", "net_worth"))
    held, paid = int(regulator.net_worth[0]), np.minimum(owed, cash)
    assert len(rows)
    assert (paid < owed).any()
    repay_from_estates(world, "micro_lender", rows)
    assert not table.emergency.any()
    assert (table.cash[rows] == cash - paid).all()
    assert (table.net_worth[rows] == worth + owed - paid).all(), "what is written off is its gain"
    assert held == owed.sum(), "what the regulator is worth is what it is owed"
    assert not regulator.net_worth.any()
    audit_now(world)


def test_a_solvent_pool_that_cannot_pay_notice_is_saved_and_pays_back():
    """Without the loan it freezes; with it savers are paid next month, and the loan comes back."""
    pools = {
        "platform": {"pooling_share": 1.0, "pool_liquidity": 0.0},
        "investor": {"redemption_sensitivity": 60.0},
        "regulator": {"budget": 5e5},
    }
    size = {"investors": 150, "platforms": 8}

    def frozen(**supervision):
        scenario = small(100, parameters=pools, population=size, supervision=supervision,
                         time={"months": 18, "burn_in": 4})  # fmt: skip
        model, lent, repaid = run(scenario, 0), 0, 0
        while model.month < 18:
            model.step()
            for (flow, *_, account), fen in model.world.ledger.flows.items():
                lent += fen * (flow == "emergency_loan" and "client_cash" in account)
                repaid += fen * (flow == "emergency_repay" and "cash" in account)
        return int((model.world.platforms.exit_mode == LIQUIDATION).sum()), lent, repaid

    without, _, _ = frozen()
    helped, lent, repaid = frozen(emergency_liquidity={"at": {1: {}}})
    assert helped < without
    assert 0 < lent <= repaid, "what is lent comes back with interest"
