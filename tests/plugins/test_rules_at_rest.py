"""Instruments that do not bind change nothing, bit for bit."""

import pytest

from sim.model import MicroFinance
from tests.worlds import differing, run, small, state

IDLE = {
    "licence": {"approval": 1.0, "case_cost": 0.0, "months": 120, "kinds": ["bank"]},
    "minimum_capital": {"amount": 0.01, "kinds": ["bank", "micro_lender"]},
    "closure_order": {"kinds": ["ecommerce_lender"]},
    "closure": {"months": 6, "kinds": []},
    "total_debt_cap": {"amount": 1e10, "kinds": []},
    "concentration_cap": {"share": 1.0, "kinds": []},
    "pooling_ban": {"months": 0},
    "guarantee_ban": {},
    "disclosure": {},
    "reserve_requirement": {"share": 0.0},
    "incident_reporting": {"months": 3, "kinds": [], "monthly_cost": 1e4},
    "security_standard": {"amount": 1e6, "kinds": [], "monthly_cost": 1e4},
}


def economy(**fields):
    return run(small(90, population={"investors": 120}, **fields), 8)


@pytest.fixture(scope="module")
def free() -> MicroFinance:
    return economy()


def test_mandatory_registry_binds(free):
    """All that must join make the preset `registry`; if banks alone must, the others see less."""
    preset = economy(credit={"preset": "registry"})
    obliged = economy(supervision={"mandatory_registry": {}})
    banks = economy(supervision={"mandatory_registry": {"kinds": ["bank"]}})
    assert differing(state(preset), state(obliged)) == []
    assert differing(state(free), state(obliged)) != []
    assert differing(state(banks), state(obliged)) != []
    rows = obliged.records()["limits"]
    assert set(rows["question"]) == {"file_sharing"}
    assert set(rows["instrument"]) == {"mandatory_registry"}
    dated = economy(supervision={"mandatory_registry": {"at": {9: {}}}})
    assert differing(state(free), state(dated)) == []


def test_rules_that_do_not_bind_change_nothing(free):
    bound = economy(supervision=IDLE)
    assert differing(state(free), state(bound)) == []
    assert "limits" not in bound.records()
