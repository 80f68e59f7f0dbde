"""The model itself as a Mesa user meets it: agents, sets, collectors, batches, memory."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref

import mesa
import numpy as np
import pandas as pd
import pytest

from sim.agents.enterprise import Enterprise
from sim.agents.investor import Investor
from sim.agents.platform import Platform
from sim.model import MicroFinance
from sim.world import SCHEMAS

SMALL = {
    "time.months": 6,
    "time.burn_in": 3,
    "population.enterprises": 60,
    "population.investors": 50,
    "population.platforms": 6,
    "population.micro_lenders": 3,
    "population.banks": 2,
}


@pytest.fixture
def model():
    return MicroFinance(seed=1, **SMALL)


def test_every_population_is_reachable(model):
    names = {cls.__name__ for cls in model.agents_by_type}
    assert names == {cls.__name__ for name, cls in SCHEMAS.items() if name != "outside"}
    assert len(names) == len(SCHEMAS) - 1
    assert len(model.agents_by_type[Enterprise]) == 60
    assert all(isinstance(agent, mesa.Agent) for agent in model.agents_by_type[Platform])


@pytest.mark.parametrize("name", ["seed", "replication"])
@pytest.mark.parametrize("value", [-1, "a", 1.5, True, 2**63])
def test_what_fixes_the_draws_is_a_whole_number(name, value):
    with pytest.raises(ValueError, match=f"{name} must be a whole number from 0"):
        MicroFinance(**{name: value}, **SMALL)


def test_numbers_of_numpy_fix_the_draws_too(model):
    same = MicroFinance(seed=np.int64(1), replication=np.int32(0), **SMALL)
    assert same.world.enterprises.scale.tolist() == model.world.enterprises.scale.tolist()


def test_agents_show_their_columns(model):
    firm = model.agents_by_type[Enterprise][5]
    assert firm.cash == model.world.enterprises.cash[5]
    assert firm.unique_id == 5 * 16 + Enterprise.code
    with pytest.raises(AttributeError, match="ledger"):
        firm.cash = 7


def test_sets_select_and_aggregate(model):
    firms = model.agents_by_type[Enterprise]
    large = firms.select(lambda firm: firm.scale > 2_500_000)
    assert 0 < len(large) < len(firms)
    assert firms.agg("cash", np.sum) == model.world.enterprises.cash.sum()


def test_collectors_work(model):
    collector = mesa.DataCollector(
        model_reporters={"firms": lambda m: len(m.agents_by_type[Enterprise])},
        agenttype_reporters={Investor: {"cash": "cash"}},
    )
    model.step()
    collector.collect(model)
    assert collector.get_model_vars_dataframe()["firms"].iloc[0] > 0
    assert len(collector.get_agenttype_vars_dataframe(Investor)) == len(
        model.agents_by_type[Investor]
    )


def test_metrics_are_collected_as_mesa_would(model):
    twin = mesa.DataCollector(model_reporters=model.datacollector.model_reporters)
    for _ in range(2):
        model.step()
        twin.collect(model)
    ours, theirs = (c.get_model_vars_dataframe() for c in (model.datacollector, twin))
    assert list(ours) == list(model.metric_info)
    pd.testing.assert_frame_equal(ours, theirs)


@pytest.mark.parametrize("twin_of", [lambda m: m, copy.deepcopy])
def test_reporters_of_others_are_collected_beside_the_metrics(model, twin_of):
    model.datacollector._new_model_reporter("size", lambda m: len(m.agents_by_type[Enterprise]))
    model.datacollector._new_model_reporter("firms_alive", lambda m: [m.month])  # a metric's name
    model.datacollector._new_model_reporter("month", "month")
    model = twin_of(model)
    model.step()
    found = model.datacollector.model_vars
    assert (found["size"], found["firms_alive"], found["month"]) == ([60], [[-2]], [-2])
    assert len(found["mean_rate"]) == 1
    assert set(found) == set(model.datacollector.model_reporters)
    assert len(model.datacollector.get_model_vars_dataframe()) == 1


def test_batch_run_takes_dotted_names():
    found = mesa.batch_run(
        MicroFinance,
        {**SMALL, "credit.preset": ["none", "private"]},
        iterations=1,
        max_steps=2,
        number_processes=1,
        display_progress=False,
    )
    assert len(found) == 2
    assert all(np.isfinite(row["firms_alive"]) for row in found)


def test_run_model_runs_burn_in_and_months(model):
    model.run_model()
    assert model.month == 6
    assert model.steps == 9


def test_a_run_that_has_ended_stays_as_it_is(model):
    model.run_model()
    assert not model.running
    model.run_model()
    with pytest.raises(RuntimeError, match=r"ended with month 6 \(time.months: 6\)"):
        model.step()
    assert model.month == 6
    assert len(model.datacollector.get_model_vars_dataframe()) == 9


def test_same_seed_and_replication_give_the_same_run():
    def cash(replication):
        run = MicroFinance(seed=5, replication=replication, **SMALL)
        run.run_model()
        return run.world.enterprises.cash.copy()

    assert np.array_equal(cash(1), cash(1))
    assert not np.array_equal(cash(1)[:60], cash(2)[:60])


def test_an_agent_made_by_hand_is_paid_by_outside(model):
    before = int(model.world.outside.cash[0])
    firm = Enterprise(model, cash=5_000_00, scale=1_000_00.0)
    assert firm.cash == 5_000_00
    assert int(model.world.outside.cash[0]) == before - 5_000_00
    model.step()
    with pytest.raises(RuntimeError, match="admit_entrants"):
        Enterprise(model, cash=1)


def test_a_party_with_open_claims_cannot_be_removed(model):
    for _ in range(4):
        model.step()
    world = model.world
    busy = model.agents_by_type[Enterprise].select(lambda firm: world.debt_of_firms()[firm.row] > 0)
    with pytest.raises(RuntimeError, match="open"):
        busy[0].remove()


def test_copies_and_pickles_run_on_alike(model):
    model.step()
    twin, thawed = copy.deepcopy(model), pickle.loads(pickle.dumps(model))
    for each in (model, twin, thawed):
        each.step()
    assert np.array_equal(model.world.enterprises.cash, twin.world.enterprises.cash)
    assert np.array_equal(model.world.enterprises.cash, thawed.world.enterprises.cash)


def test_a_dropped_model_is_freed():
    model = MicroFinance(seed=1, **SMALL)
    model.step()
    list(model.agents)
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_a_users_shuffle_do_touches_no_draw_of_the_model():
    plain, shuffled = (MicroFinance(seed=3, **SMALL) for _ in range(2))
    for _ in range(3):
        shuffled.agents_by_type[Enterprise].shuffle_do(lambda firm: firm.scale)
        plain.step()
        shuffled.step()
    assert np.array_equal(plain.world.enterprises.cash, shuffled.world.enterprises.cash)
