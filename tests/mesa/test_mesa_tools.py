"""What Mesa offers around a model works on rows: collecting, batches, networks, copies."""

import copy
import gc
import pickle
import weakref

import mesa
import networkx as nx
import numpy as np
import pytest
from toy_economy import Bank, Firm, Saver, ToyEconomy


@pytest.fixture
def model():
    model = ToyEconomy(n=10, seed=1)
    model.step()
    return model


class TestDataCollector:
    def test_model_reporters(self, model):
        model.step()
        frame = model.datacollector.get_model_vars_dataframe()
        assert frame["late"].tolist() == [10, 20]
        assert frame["population"].tolist() == [14, 14]

    def test_agent_reporters(self, model):
        Bank(model)
        model.step()
        frame = model.datacollector.get_agent_vars_dataframe()
        assert frame.index.names == ["Step", "AgentID"]
        assert frame.loc[(1, 17), "cash"] == 200
        assert len(frame) == 14 + 15

    def test_agenttype_reporters(self, model):
        late = model.datacollector.get_agenttype_vars_dataframe(Firm)
        assert late["late"].tolist() == [1] * 10
        assert late.index.get_level_values("AgentID")[:3].tolist() == [1, 17, 33]
        trust = model.datacollector.get_agenttype_vars_dataframe(Saver)
        assert trust["trust"].tolist() == [0.9] * 4

    def test_a_user_s_own_collector(self, model):
        collector = mesa.DataCollector(
            model_reporters={"cash": lambda m: m.agents.agg("cash", np.sum)},
            agenttype_reporters={Firm: {"double": lambda a: 2 * a.cash}},
        )
        collector.collect(model)
        assert collector.model_vars["cash"] == [5500]
        assert collector.get_agenttype_vars_dataframe(Firm)["double"].sum() == 11000

    def test_the_dead_are_not_collected(self, model):
        model.populations[Firm].table.alive[:7] = False
        model.step()
        frame = model.datacollector.get_agenttype_vars_dataframe(Firm)
        assert frame.loc[2].index.tolist() == [7 * 16 + 1, 8 * 16 + 1, 9 * 16 + 1]


@pytest.mark.parametrize("processes", [1, 2])
def test_batch_run(processes):
    rows = mesa.batch_run(
        ToyEconomy,
        {"n": [10, 20], "seed": 1},
        iterations=2,
        max_steps=2,
        number_processes=processes,
        data_collection_period=-1,
        display_progress=False,
    )
    assert {row["RunId"] for row in rows} == {0, 1, 2, 3}
    assert {(row["n"], row["late"]) for row in rows} == {(10, 30), (20, 60)}
    assert {row["AgentID"] for row in rows if row["n"] == 10} == {
        *(16 * row + 1 for row in range(10)),
        *(16 * row + 5 for row in range(4)),
    }


class TestNetworks:
    def test_network_grid(self, model):
        grid = mesa.space.NetworkGrid(nx.path_graph(10))
        firms = model.agents_by_type[Firm]
        for node, firm in enumerate(firms):
            grid.place_agent(firm, node)
        gc.collect()
        assert firms[4].pos == 4
        assert [a.row for a in grid.get_neighbors(4)] == [3, 5]
        grid.move_agent(firms[4], 0)
        assert grid.get_cell_list_contents([0]) == [firms[0], firms[4]]
        grid.remove_agent(firms[4])
        assert firms[4].pos is None

    def test_discrete_space(self, model):
        from mesa.discrete_space import Network

        network = Network(nx.path_graph(10), random=model.random)
        firms = model.agents_by_type[Firm]
        for firm, cell in zip(firms, network.all_cells, strict=True):
            cell.add_agent(firm)
        assert list(network.all_cells.agents) == list(firms)


@pytest.mark.parametrize(
    "twin_of",
    [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))],
    ids=["deepcopy", "pickle"],
)
class TestCopies:
    @staticmethod
    def ready_model():
        model = ToyEconomy(n=10, seed=1)
        # Mesa's collector keeps local functions for agents' attributes, which no pickle takes.
        model.datacollector = mesa.DataCollector(model_reporters={"population": "size"})
        model.step()
        Bank(model)
        model.agents_by_type[Firm][3].mood = "sunny"
        return model

    def test_copy_goes_its_own_way(self, twin_of):
        model = self.ready_model()
        twin = twin_of(model)
        firms, theirs = model.agents_by_type[Firm], twin.agents_by_type[Firm]
        assert theirs[3].model is twin
        assert theirs[3].mood == "sunny"
        assert theirs[3] in twin.agents
        assert theirs[3] not in model.agents
        theirs.set("quality", 0.5)
        theirs[0].remove()
        assert firms[0].quality == 0.0
        assert (len(model.agents), len(twin.agents)) == (15, 14)

    def test_copy_continues_as_the_original(self, twin_of):
        model = self.ready_model()
        twin = twin_of(model)
        for each in (model, twin):
            each.step()
            each.step()
        assert twin.steps == model.steps == 3
        assert twin.random.random() == model.random.random()
        assert twin.datacollector.model_vars == model.datacollector.model_vars
        ours, theirs = model.agents.get("unique_id"), twin.agents.get("unique_id")
        assert theirs == ours
        assert Bank(twin).unique_id not in ours

    def test_sets_keep_to_their_model(self, twin_of):
        model = self.ready_model()
        twin = twin_of(model)
        assert twin.agents.random is twin.random
        assert twin.agents_by_type[Firm].random is twin.random
        assert len(twin.agents_by_type[Bank]) == 1
        assert [type(a) for a in twin_of(model.agents)] == [type(a) for a in model.agents]


class TestMemory:
    def test_model_is_freed(self):
        counted = len(mesa.Agent._ids)
        model = ToyEconomy(n=10, seed=1)
        Bank(model)
        Firm(model, cash=5)
        for _ in range(2):
            model.step()
        kept = model.agents.select(lambda a: True)
        copies = [copy.deepcopy(model)]
        ghosts = [weakref.ref(each) for each in (model, copies[0], model.agents_by_type[Firm][0])]
        del model, kept, copies
        gc.collect()
        assert [ghost() for ghost in ghosts] == [None] * 3
        assert len(mesa.Agent._ids) == counted

    def test_handles_live_as_long_as_their_rows(self, model):
        handle = weakref.ref(model.agents_by_type[Firm][2])
        gc.collect()
        assert handle() is not None
        model.agents_by_type[Firm][2].remove()
        gc.collect()
        assert handle() is None


def test_mesa_s_generator_is_left_alone_by_rows():
    model, untouched = ToyEconomy(n=10, seed=1), ToyEconomy(n=500, seed=1)
    list(model.agents)
    model.agents.get(["cash", "row"])
    Firm(model)
    assert model.random.random() == untouched.random.random()
    assert model.rng.random() == untouched.rng.random()
