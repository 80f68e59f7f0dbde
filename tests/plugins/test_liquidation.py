"""Parties that a shock closes: they end through the ordinary estates, and nobody else is asked."""

import numpy as np
import pytest

from sim.conditions import LIQUIDATED_KINDS, write
from sim.shocks.liquidation import Liquidation
from tests.worlds import STRESS, audit_now, differing, run, small, state

MONTH = 5


def strike(**said):
    return {"strike": {"kind": "liquidation", "month": MONTH, **said}}


def economy(**fields):
    """A small economy whose estates are paid within the run."""
    return small(150, parameters={"enterprise": {"estate_months": 4}}, **fields)


@pytest.fixture(scope="module")
def untouched():
    """The economy without the shock: who lives as it enters the month, and how it ends."""
    model = run(economy(), MONTH - 1)
    living = np.flatnonzero(model.world.enterprises.alive)
    while model.month < 12:
        model.step()
    return living, state(model)


def closed_by(model):
    return [e for e in model.world.desk.events if (e["event"] == "liquidation").any()]


def test_liquidation_shock_is_felt(untouched):
    """The firms with the lowest draws are closed, are no defaults, and pay by estates."""
    model = run(economy(shocks=strike(share=0.1)), MONTH)
    world, firms = model.world, model.world.enterprises
    audit_now(world)
    (event,) = closed_by(model)
    gone = event["row"]
    entered = np.flatnonzero(firms.born[: firms.n] == MONTH)
    living = np.union1d(untouched[0], entered[firms.is_in_cohort[entered]])
    u = world.draws.uniform("liquidation", MONTH, firms.dice[living])
    assert gone.tolist() == sorted(living[np.argsort(u)[: round(0.1 * len(living))]])
    assert world.desk.tally["liquidations"] == len(gone) > 10
    assert set(event["cause"]) == {"liquidated"}
    assert (event["parent"] == -1).all()
    assert not firms.alive[gone].any()
    assert firms.is_in_estate[gone].all()
    assert not np.isin(gone, np.concatenate([[-1], *world.desk.new_defaults])).any()
    while model.month < 12:
        model.step()
        audit_now(world)
    assert not firms.is_in_estate[gone].any(), "their estates are paid like any other"
    assert not firms.cash[gone].any()


def test_liquidated_firms_are_no_defaults(untouched):
    everybody = run(economy(shocks=strike(share=1.0)), MONTH)
    assert everybody.world.desk.tally.get("defaults", 0) == 0
    assert not everybody.world.enterprises.alive.any()
    audit_now(everybody.world)


@pytest.mark.parametrize("shock", [{"share": 0.0}, {"rank": 10_000}])
def test_a_shock_that_closes_nobody_changes_no_bit(untouched, shock):
    model = run(economy(shocks=strike(**shock)))
    assert differing(state(model), untouched[1]) == []


def test_the_firm_of_a_rank_is_closed():
    model = run(economy(shocks=strike(rank=2)), MONTH - 1)
    living = np.flatnonzero(model.world.enterprises.alive)
    model.step()
    (event,) = closed_by(model)
    assert len(event["row"]) == 1
    assert event["row"][0] in living


@pytest.mark.parametrize("kind", ["bank", "micro_lender", "platform"])
def test_the_largest_institution_of_a_kind_is_closed(kind):
    fields = {**STRESS, "platform": {"pooling_share": 0.5, "fixed_cost": 0}}
    shocks = strike(target=kind, rank=1)
    model = run(small(100, shocks=shocks, parameters=fields), MONTH - 1)
    table = model.world.tables[kind]
    alive = table.alive.copy()
    assert alive.any()
    model.step()
    (event,) = [e for e in closed_by(model) if (e["kind"] == kind).all()]
    assert len(event["row"]) == 1
    assert alive[event["row"]].all()
    assert not table.alive[event["row"]].any()
    while model.month < 12:
        model.step()
        audit_now(model.world)


def test_ranks_of_several_shocks_are_told_by_kind():
    shocks = [
        Liquidation(month=3, rank=2, target="bank"),
        Liquidation(month=3, rank=5, target="platform", share=0.1),
        Liquidation(month=3, share=0.2),
    ]
    found = write(shocks, 3, 2)
    ranks = dict(zip(LIQUIDATED_KINDS, found["liquidated_rank"].tolist(), strict=True))
    assert {kind: rank for kind, rank in ranks.items() if rank} == {"bank": 2, "platform": 5}
    assert float(found["liquidated_share"]) == pytest.approx(0.3)
    assert write(shocks, 4, 2).neutral
