"""Sets of rows behave as Mesa's `AgentSet`, compared with a plain set of the same agents."""

import copy
import random

import numpy as np
import pytest
from mesa.agent import AgentSet
from toy_economy import Bank, Firm, Saver, ToyEconomy

from sim.rows import RowSet


@pytest.fixture
def model():
    model = ToyEconomy(n=10, seed=1)
    model.populations[Firm].table.alive[4] = False
    return model


@pytest.fixture
def firms(model):
    return model.agents_by_type[Firm]


@pytest.fixture
def plain(firms):
    """Return the same agents in Mesa's own set, with a generator in the same state."""
    return AgentSet(list(firms), random=random.Random(1))


def rows(agents):
    return [agent.row for agent in agents]


class TestSequence:
    def test_length_and_order_follow_the_living_rows(self, firms):
        assert len(firms) == 9
        assert rows(firms) == [0, 1, 2, 3, 5, 6, 7, 8, 9]
        assert rows(reversed(firms)) == [9, 8, 7, 6, 5, 3, 2, 1, 0]

    def test_indices_and_slices(self, firms, plain):
        for item in (0, 4, 8, -1, -9, np.int64(3)):
            assert firms[item] is plain[item]
        for item in (slice(2, 6), slice(None, None, -2), slice(20, 30), slice(None)):
            assert firms[item] == plain[item]
        for item in (9, -10):
            with pytest.raises(IndexError):
                firms[item]

    def test_indices_run_over_populations(self, model):
        agents = list(model.agents)
        assert [type(a) for a in agents] == [Firm] * 9 + [Saver] * 4
        assert [model.agents[i] for i in range(13)] == agents
        assert model.agents[8:11] == agents[8:11]

    def test_index_and_count(self, firms):
        assert firms.index(firms[4]) == 4
        assert firms.count(firms[4]) == 1

    def test_membership(self, model, firms):
        assert firms[3] in firms
        assert firms[3] in model.agents
        assert firms[3] not in model.agents_by_type[Saver]
        assert ToyEconomy(seed=1).agents_by_type[Firm][3] not in firms
        assert "firm" not in firms

    def test_changes_of_the_table_show_at_once(self, model, firms):
        model.populations[Firm].table.append(2)
        assert len(firms) == 11
        model.populations[Firm].table.alive[:] = False
        assert len(firms) == 0
        assert list(firms) == []


class TestSetOperations:
    def test_union_intersection_difference(self, model, firms):
        savers = model.agents_by_type[Saver]
        assert len(firms | savers) == 13
        assert list(model.agents & firms) == list(firms)
        assert list(model.agents - firms) == list(savers)
        assert len(firms & savers) == 0
        assert (firms | savers).random is model.random

    def test_comparison(self, model, firms):
        assert firms <= model.agents
        assert firms == set(firms)
        assert firms.isdisjoint(model.agents_by_type[Saver])

    def test_membership_cannot_be_edited(self, model, firms):
        for edit in (
            lambda: firms.add(firms[0]),
            lambda: model.agents.add(firms[0]),
            lambda: firms.discard(firms[0]),
            lambda: firms.remove(firms[0]),
            lambda: model.agents.remove(firms[0]),
            firms.pop,
            firms.clear,
        ):
            with pytest.raises(TypeError, match="rows cannot be"):
                edit()
        assert len(firms) == 9
        with pytest.raises(KeyError):
            firms.remove(model.agents_by_type[Saver][0])
        assert firms.discard(model.agents_by_type[Saver][0]) is None


class TestSelectShuffleSort:
    def test_select(self, model, firms, plain):
        def is_good(firm):
            return firm.quality > 0.3

        assert list(firms.select(is_good)) == list(plain.select(is_good))
        assert list(firms.select(at_most=3)) == firms[:3]
        assert len(firms.select(at_most=0.5)) == 4
        assert list(model.agents.select(agent_type=Saver)) == list(model.agents_by_type[Saver])
        assert len(firms.select(lambda a: False)) == 0

    def test_select_nothing_is_a_snapshot(self, model, firms):
        everybody = firms.select()
        assert not isinstance(everybody, RowSet)
        model.populations[Firm].table.append(5)
        assert len(everybody) == 9
        assert list(everybody.shuffle(inplace=True).sort("row", ascending=True)) == list(firms[:9])

    def test_shuffle_is_the_permutation_mesa_makes(self, firms, plain):
        assert list(firms.shuffle()) == list(plain.shuffle())
        assert rows(firms) == [0, 1, 2, 3, 5, 6, 7, 8, 9]

    def test_sort(self, firms, plain):
        assert rows(firms.sort("cash")) == rows(plain.sort("cash")) == rows(firms)[::-1]
        assert rows(firms.sort(lambda a: -a.cash, ascending=True)) == rows(firms)[::-1]

    @pytest.mark.parametrize(
        "change",
        [
            lambda s: s.shuffle(inplace=True),
            lambda s: s.sort("cash", inplace=True),
            lambda s: s.select(lambda a: True, inplace=True),
        ],
    )
    def test_in_place_is_refused(self, model, firms, change):
        for agents in (firms, model.agents):
            with pytest.raises(TypeError, match="in place"):
                change(agents)


class TestDoAndMap:
    def test_do_a_method_or_a_function(self, firms):
        assert firms.do("age", months=2) is firms
        firms.do(lambda a, n: a.age(n), 3)
        assert firms.get("months_late") == [5] * 9

    def test_map_a_method_or_a_function(self, firms):
        assert firms.map("age", 4) == [4] * 9
        assert firms.map(lambda a: a.row) == rows(firms)

    def test_shuffle_do_visits_in_the_order_mesa_does(self, firms, plain):
        seen, expected = [], []
        firms.shuffle_do(lambda a: seen.append(a.row))
        plain.shuffle_do(lambda a: expected.append(a.row))
        assert seen == expected
        assert seen != rows(firms)

    def test_agents_removed_on_the_way_are_skipped(self, model, firms):
        seen = []

        def visit(agent):
            seen.append(agent.row)
            if agent.row == 2:
                for row in (1, 3):
                    model.populations[Firm].handles[row].remove()

        firms.do(visit)
        assert seen == [0, 1, 2, 5, 6, 7, 8, 9]

    def test_do_over_all_agents(self, model):
        Bank(model)
        model.agents.do("step")
        assert model.agents_by_type[Firm].get("months_late") == [1] * 9
        assert model.agents_by_type[Bank][0].capital == 101


class TestGetAggSet:
    def test_get(self, firms, plain):
        firms[0].mood = "sunny"
        assert firms.get("cash") == plain.get("cash")
        assert type(firms.get("cash")[0]) is int
        assert firms.get(["cash", "quality"]) == plain.get(["cash", "quality"])
        assert firms.get(["row", "cash"]) == plain.get(["row", "cash"])
        assert firms.get("unique_id") == plain.get("unique_id")
        assert firms.get("mood", handle_missing="default", default_value="dull")[:2] == [
            "sunny",
            "dull",
        ]

    def test_get_over_populations(self, model):
        assert len(model.agents.get("cash")) == 13
        assert model.agents.get("confidence", handle_missing="default")[8:10] == [None, 0.9]

    def test_get_of_the_unknown(self, firms):
        with pytest.raises(AttributeError, match="csh"):
            firms.get("csh")
        with pytest.raises(ValueError, match="handle_missing"):
            firms.get("cash", handle_missing="ignore")

    @pytest.mark.parametrize(
        "func", [sum, max, np.sum, np.mean, [min, max], [np.min, np.max], [np.sum, len]]
    )
    def test_agg(self, firms, plain, func):
        assert firms.agg("cash", func) == plain.agg("cash", func)
        assert firms.agg("row", func) == plain.agg("row", func)

    def test_agg_hands_lists_to_python_functions(self, model, firms):
        assert firms.agg("cash", lambda values: sum(values) / len(values) if values else 0) > 0
        assert firms.agg("cash", type) is list
        model.populations[Firm].table.alive[:] = False
        assert firms.agg("cash", np.sum) == firms.agg("cash", sum) == 0

    def test_set(self, model, firms):
        assert firms.set("quality", 0.5) is firms
        assert firms.get("quality") == [0.5] * 9
        assert model.populations[Firm].table.quality[4] == 0.4
        firms.set("mood", "sunny")
        assert firms.get("mood") == ["sunny"] * 9

    def test_set_takes_one_value_for_all(self, firms):
        with pytest.raises((TypeError, ValueError)):
            firms.set("quality", list(range(9)))


class TestGroupBy:
    def test_by_function_and_by_name(self, firms, plain):
        for by in (lambda a: a.row % 2, "alive"):
            assert firms.groupby(by).count() == plain.groupby(by).count()
            for result_type in ("agentset", "list"):
                ours = firms.groupby(by, result_type=result_type).groups
                mesas = plain.groupby(by, result_type=result_type).groups
                assert {k: list(v) for k, v in ours.items()} == {
                    k: list(v) for k, v in mesas.items()
                }

    def test_do_map_agg(self, firms):
        groups = firms.groupby(lambda a: a.row % 2)
        assert groups.agg("cash", sum) == {
            0: 100 + 300 + 700 + 900,
            1: 200 + 400 + 600 + 800 + 1000,
        }
        groups.do("do", "age")
        assert groups.map("get", "months_late") == {0: [1] * 4, 1: [1] * 5}


def test_copy_is_a_set_of_its_own(model, firms):
    twin = copy.copy(firms)
    twin.discard(firms[0])
    assert (len(twin), len(firms)) == (8, 9)
    everybody = copy.copy(model.agents)
    assert list(everybody) == list(model.agents)
