"""What attacks do at kinds of institution: banks pay by deposits, waves strike one kind or all, and
records are stolen once."""

import numpy as np
import pytest

from sim.chart import BANK, PLATFORM
from sim.measures.base import METRICS
from tests.accounts.test_audit_every_phase import watch_everything
from tests.worlds import run, small

SIZE = {"time": {"months": 3, "burn_in": 2}}
AT_BANKS = {"month": 3, "target": "bank", "count": 2, "certain": True}


def metric(name, world):
    return METRICS[name].function(world)


@pytest.fixture(scope="module")
def calm():
    return run(small(60, **SIZE), 3).world


def test_banks_pay_ransom_out_of_deposits(calm, monkeypatch):
    watch_everything(monkeypatch, set())
    ransom = {**AT_BANKS, "kind": "ransom", "amount": 5000.0, "start": 0.0}
    ransom["paid"] = "always"
    world = run(small(60, **SIZE, shocks={"x": ransom}), 3).world
    n = world.incidents.n
    assert n > 0
    assert metric("ransoms_paid", world) == n
    assert metric("ransom_paid", world) == 5000 * n
    assert not world.incidents.hours.any()
    assert metric("hours_down", world) == 0
    assert world.banks.net_worth.sum() <= calm.banks.net_worth.sum() - 500_000 * n + 1000
    never = run(small(60, **SIZE, shocks={"x": {**ransom, "paid": "never"}}), 3).world
    assert metric("ransom_paid", never) == 0
    assert metric("hours_down", never) == 168 * n


def test_banks_pay_to_end_outages(monkeypatch):
    watch_everything(monkeypatch, set())
    outage = {**AT_BANKS, "kind": "outage", "hours": 50.0, "start": 0.0}
    world = run(small(60, **SIZE, shocks={"x": outage}), 3).world
    n = world.incidents.n
    assert n > 0
    assert (world.incidents.cost == 50 * 20_000).all()
    assert metric("incident_cost", world) == 10_000 * n


def arrived(**wave):
    storm = {"kind": "wave", "month": 1, "months": 3, "rate": 0.5, **wave}
    sure = {"security": {"vulnerability": 1.0, "productivity": 0.0}}
    model = run(small(60, **SIZE, shocks={"x": storm}, parameters=sure), 3)
    return model.world.incidents


def test_a_wave_strikes_all_kinds_or_one():
    every, some = arrived(), arrived(target="platform")
    assert len(set(every.population.tolist())) > 2
    assert set(some.population.tolist()) == {PLATFORM}
    mine = every.population == PLATFORM
    for name in ("month", "row", "kind", "start"):
        assert every.column(name)[mine].tolist() == some.column(name).tolist(), name
    assert set(arrived(target="bank").population.tolist()) == {BANK}


def breached(*shares, **fields):
    leak = {**AT_BANKS, "kind": "breach", "target": "platform", "count": 6}
    shocks = {f"leak {i}": {**leak, "share": share}
              for i, share in enumerate(shares)}  # fmt: skip
    return run(small(80, **SIZE, shocks=shocks, **fields), 3).world


def test_records_are_stolen_once():
    whole = breached(1.0).incidents.records
    assert (whole > 1).all()
    assert whole.sum() > 20
    twice = breached(1.0, 1.0).incidents
    assert twice.n == len(whole), "a thief who finds nothing left leaves no incident"
    assert twice.records.tolist() == whole.tolist()
    halves = breached(0.5, 0.5)
    first, second = np.split(halves.incidents.records, 2)
    assert (np.abs(first - whole / 2) <= 1).all()
    assert (np.abs(second - whole / 4) <= 1).all()
    assert halves.desk.tally["records_lost"] == halves.incidents.records.sum() < whole.sum()


def test_a_breach_of_no_record_is_no_incident():
    world = breached(0.0)
    assert not world.incidents.n
    assert not world.breaches.n
    assert world.desk.tally["attacks"] > 2
