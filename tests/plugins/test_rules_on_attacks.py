"""Attacks and instruments on security at work: what each does at least."""

import numpy as np
import pytest

from sim.contracts.incidents import KINDS
from tests.worlds import run, small

SIZE = {"time": {"months": 4, "burn_in": 2}, "population": {"platforms": 6}}
OUTAGE = {"kind": "outage", "month": 2, "target": "platform", "count": 6, "certain": True}


def bound(model, question):
    rows = model.records().get("limits", {"instrument": [], "question": []})
    return {*np.array(rows["instrument"])[np.array(rows["question"]) == question]}


def test_security_standard_binds():
    thinking = {"security": {"prior_rate": 0.1}}
    free, held = (
        run(small(60, **SIZE, parameters=thinking, supervision=rules))
        for rules in ({}, {"security_standard": {"amount": 700.0}})
    )
    for model, is_held in ((free, False), (held, True)):
        table = model.world.platforms
        mine = table.alive & (table.born < model.world.month) & (table.institution_arrears == 0)
        assert mine.any()
        assert (table.security_spending[mine] >= 70_000).all() == is_held
    assert bound(held, "security_standard") == {"security_standard"}


@pytest.mark.parametrize("suspension", [0, 2])
def test_incident_reporting_binds(suspension):
    rules = {"incident_reporting": {"months": 0, "suspension": suspension, "kinds": ["platform"]}}
    model = run(small(150, **SIZE, supervision=rules, shocks={"down": OUTAGE}), 1)
    stopped = set()
    for _ in range(3):
        model.step()
        stopped |= bound(model, "may_lend")
    assert (model.world.platforms.last_report == 2).any(), "what is found is known at once"
    assert stopped == ({"incident_reporting"} if suspension else set())


def struck(kind, **said):
    """Incidents of platforms that all are attacked in month 2, and how many there were."""
    attack = {"kind": kind, "month": 2, "target": "platform", "count": 6, "certain": True, **said}
    size = {**SIZE, "population": {"platforms": 6, "vendors": 2}}
    model = run(small(60, **size, shocks={"strike": attack}), 2)
    found = model.world.incidents
    assert set(found.month.tolist()) == {2}
    assert {KINDS[code] for code in found.kind} == {kind}
    return found


def test_outage_shock_is_felt():
    assert (struck("outage", hours=72).hours == 72).all()


def test_theft_shock_is_felt():
    assert struck("theft", share=1.0).stolen.sum() > 0


def test_ransom_shock_is_felt():
    assert (struck("ransom", amount=1.0, paid="always").stolen == 100).any()


def test_breach_shock_is_felt():
    assert struck("breach", share=1.0).records.sum() > 0


def test_vendor_shock_is_felt():
    found = struck("vendor", target="largest", count=1, hours=24)
    assert set(found.vendor.tolist()) == {0}
    assert found.n > 1, "all clients at once"


def test_wave_shock_is_felt():
    calm, rough = (
        run(small(60, **SIZE, shocks=shocks)).world.incidents
        for shocks in ({}, {"wave": {"kind": "wave", "month": 3, "months": 2, "rate": 5.0}})
    )
    assert calm.n == 0
    assert set(rough.month.tolist()) <= {3, 4}
    assert rough.n > 0
