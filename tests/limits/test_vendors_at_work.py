"""Vendors at work: who depends on whom, what it costs, and what it does not change."""

import numpy as np
import pytest

from sim.agents import vendor as rules
from sim.measures.base import METRICS
from sim.parameters.vendor import VendorParameters
from sim.vendors import CLIENTS, clients_of_vendor
from tests.worlds import differing, run, small, state


def metric(name, world):
    return METRICS[name].function(world)


THERE = {"crowdfunding_platforms": 2, "ecommerce_lenders": 1}
TECHNOLOGY = {kind: {"technology": 0.5} for kind in ("platform", "bank", "crowdfunding_platform")}


def economy(vendors, **vendor):
    return small(40, time={"months": 5, "burn_in": 2}, population={**THERE, "vendors": vendors},
                 parameters={**TECHNOLOGY, "vendor": vendor})  # fmt: skip


@pytest.fixture(scope="module")
def models():
    """Without vendors, with six, and with six where everybody has two of them."""
    return run(economy(0)), run(economy(6)), run(economy(6, second_share=1.0))


def test_vendors_alone_change_nothing_for_anybody_else(models):
    without, shared, _ = models
    parts = differing(state(without), state(shared))
    assert {name.split(".")[1] for name in parts if not name.startswith("vendor.")} == {"vendor"}


def test_fees_come_out_of_running_cost_and_are_passed_on(models):
    _, shared, twice = models
    _, flows, more = (m.records()["flows"] for m in models)
    paid = [f["fen"][f["flow"] == "vendor_fee"].sum() for f in (flows, more)]
    assert paid[0] > 0
    assert paid[1] == pytest.approx(1.5 * paid[0], rel=0.01), "a second vendor costs half as much"
    for m, fen in zip((shared, twice), paid, strict=True):
        assert not m.world.vendors.cash.any()
        assert not m.world.vendors.net_worth.any()
        assert metric("paid_to_vendors", m.world) == fen / 100
    total = [m.world.of_providers("net_worth").sum() for m in models]
    assert total[0] == total[1] > total[2]


def test_everybody_has_a_vendor_and_entrants_too(models):
    _, shared, twice = models
    for kind in CLIENTS:
        one, two = shared.world.tables[kind], twice.world.tables[kind]
        assert (one.vendor >= 0).all()
        assert (one.second_vendor == -1).all()
        assert (one.vendor[: two.n] == two.vendor[: one.n]).all()
        assert ((two.second_vendor >= 0) & (two.second_vendor != two.vendor)).all()
    assert shared.world.platforms.born.max() > 0
    found = shared.records()["institutions"]
    assert set(found["vendor"]) <= set(range(6))
    assert set(found["second_vendor"]) == {-1}


def test_clients_of_a_vendor_are_those_that_have_it_first_or_second(models):
    _, shared, twice = models
    for model in (shared, twice):
        for row in range(6):
            for kind in CLIENTS:
                table = model.world.tables[kind]
                rows, other = clients_of_vendor(model.world, kind, row)
                mine = (table.vendor == row) | (table.second_vendor == row)
                assert rows.tolist() == np.flatnonzero(mine & table.alive).tolist()
                assert (other != row).all()
                assert (other >= 0).all() if model is twice else (other == -1).all()


def test_concentration_is_that_of_the_clients(models):
    _, shared, _ = models
    world = shared.world
    rows = [world.tables[k].vendor[world.tables[k].alive] for k in CLIENTS]
    share = np.bincount(np.concatenate(rows), minlength=6) / sum(map(len, rows))
    assert metric("vendor_concentration", world) == pytest.approx((share**2).sum())
    assert metric("largest_vendor_share", world) == pytest.approx(share.max())
    assert np.isnan(metric("vendor_concentration", models[0].world))


def test_vendors_are_chosen_by_size():
    size = rules.sizes(6, VendorParameters())
    assert size / size.sum() == pytest.approx([0.41, 0.20, 0.14, 0.10, 0.08, 0.07], abs=0.01)
    u = (np.arange(60_000).reshape(-1, 6) * 0.61803398875 + 0.1234) % 1.0
    first, second = rules.chosen_vendors(size, -np.log(-np.log(u)))
    assert np.bincount(first)[0] == np.bincount(first).max()
    assert (first != second).all()
    alone, none = rules.chosen_vendors(size[:1], np.zeros((3, 1)))
    assert (alone == 0).all()
    assert (none == -1).all()
