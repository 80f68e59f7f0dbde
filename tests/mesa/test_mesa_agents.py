"""A row is an agent: identity, columns, entering and leaving."""

import mesa
import pytest
from toy_economy import Bank, Firm, Saver, Stranger, ToyEconomy

from sim.rows import RowAgent, RowModel
from sim.table import Table, columns_of


@pytest.fixture
def model():
    return ToyEconomy(n=10, seed=1)


@pytest.fixture
def firms(model):
    return model.agents_by_type[Firm]


class TestHandles:
    def test_is_a_mesa_agent_of_its_model(self, model, firms):
        assert isinstance(firms[0], mesa.Agent)
        assert firms[0].model is model
        assert firms[0].random is model.random
        assert firms[0].rng is model.rng
        assert firms[0].pos is None

    def test_one_handle_per_row(self, model, firms):
        assert firms[3] is firms[3]
        assert firms[3] is model.agents[3]
        assert firms[3] is list(firms)[3]
        assert len({firms[3], firms[3]}) == 1

    def test_unique_id_is_row_and_code(self, model, firms):
        assert [a.unique_id for a in firms[:3]] == [1, 17, 33]
        assert model.agents_by_type[Saver][1].unique_id == 16 + 5
        with pytest.raises(AttributeError):
            firms[0].unique_id = 4

    def test_one_more_agent_shifts_nobody(self, model):
        before = model.agents_by_type[Saver].get("unique_id")
        Firm(model)
        assert model.agents_by_type[Saver].get("unique_id") == before

    def test_reads_python_scalars(self, firms):
        assert firms[3].cash == 400
        assert type(firms[3].cash) is int
        assert type(firms[3].quality) is float
        assert firms[3].alive is True

    def test_writes_through_to_the_table(self, model, firms):
        firms[3].quality = 0.75
        assert model.populations[Firm].table.quality[3] == 0.75
        model.populations[Firm].table.quality[3] = 0.25
        assert firms[3].quality == 0.25

    def test_keeps_attributes_of_its_own(self, firms):
        firms[3].mood = "sunny"
        assert firms[3].mood == "sunny"
        assert not hasattr(firms[4], "mood")

    def test_handles_survive_growth_of_the_table(self, model, firms):
        first = firms[0]
        for _ in range(50):
            Firm(model, quality=0.5)
        first.quality = 0.125
        assert first is firms[0]
        assert model.populations[Firm].table.quality[0] == 0.125

    def test_handles_are_made_on_demand_only(self, model, firms):
        assert len(firms) == 10
        firms.agg("cash", sum)
        firms.set("quality", 0.5)
        assert not model.populations[Firm].handles
        firms[2:4]
        assert sorted(model.populations[Firm].handles) == [2, 3]

    def test_repr_names_the_party(self, firms):
        assert repr(firms[2]) == "<Firm row 2, unique_id 33>"

    def test_step_and_advance_default_to_nothing(self, model):
        saver = model.agents_by_type[Saver][0]
        assert saver.step() is None
        assert saver.advance() is None


class TestMoney:
    def test_writing_money_through_a_handle_names_the_ledger(self, firms):
        with pytest.raises(AttributeError, match=r"Firm\.cash is money.*ledger"):
            firms[0].cash = 5
        with pytest.raises(AttributeError, match="ledger"):
            firms[0].net_worth += 5

    def test_writing_money_by_set_names_the_ledger(self, model, firms):
        with pytest.raises(AttributeError, match=r"cash is money.*ledger"):
            firms.set("cash", 5)
        with pytest.raises(AttributeError, match=r"cash is money.*ledger"):
            model.agents.set("cash", 5)
        with pytest.raises(AttributeError, match="ledger"):
            firms.select(at_most=3).set("sales", 5)
        assert firms[3].cash == 400

    def test_writing_money_by_do_names_the_ledger(self, firms):
        with pytest.raises(AttributeError, match="ledger"):
            firms.do(lambda a: setattr(a, "cash", 0))

    def test_columns_of_money_are_read_only(self, model):
        with pytest.raises(ValueError, match="read-only"):
            model.populations[Firm].table.cash[0] = 5


class TestEntering:
    def test_created_before_the_first_step(self, model, firms):
        firm = Firm(model, cash=700, quality=0.5)
        assert (firm.cash, firm.quality, firm.months_late, firm.row) == (700, 0.5, 0, 10)
        assert len(firms) == 11
        assert firms[-1] is firm
        assert firm in model.agents

    def test_create_agents_takes_lists_and_scalars(self, model, firms):
        made = Firm.create_agents(model, 3, cash=[1, 2, 3], quality=0.5)
        assert made.get(["cash", "quality"]) == [[1, 0.5], [2, 0.5], [3, 0.5]]
        assert len(firms) == 13

    def test_created_later_names_the_phase(self, model, firms):
        model.step()
        with pytest.raises(RuntimeError, match=r"before the first step.*admit_entrants"):
            Firm(model, cash=700)
        assert len(firms) == 10

    def test_unknown_column_names_the_nearest(self, model, firms):
        with pytest.raises(TypeError, match="no column 'qualty'; did you mean 'quality'"):
            Firm(model, qualty=0.5)
        assert len(firms) == 10

    def test_money_comes_in_whole_fen(self, model, firms):
        with pytest.raises(TypeError, match=r"whole fen.*12\.5"):
            Firm(model, cash=12.5)
        assert len(firms) == 10

    def test_needs_a_population_of_the_model(self, model):
        with pytest.raises(TypeError, match=r"Stranger is no population.*Firm, Saver"):
            Stranger(model)
        with pytest.raises(TypeError, match="needs a RowModel"):
            Firm(mesa.Model(seed=1))

    def test_without_a_ledger_money_is_refused(self):
        model = RowModel(seed=1)
        model.add_population(Firm, Table(Firm))
        assert Firm(model, quality=0.5).quality == 0.5
        with pytest.raises(AttributeError, match="ledger"):
            Firm(model, cash=1)


class TestLeaving:
    def test_remove_leaves_every_set(self, model, firms):
        fourth = firms[3]
        rich = firms.select(lambda a: a.cash > 300)
        fourth.remove()
        assert len(firms) == 9
        assert len(model.agents) == 13
        assert fourth not in firms
        assert fourth not in model.agents
        assert fourth.alive is False
        assert fourth.cash == 400
        del fourth
        assert [a.row for a in rich] == [4, 5, 6, 7, 8, 9]

    def test_removing_twice_does_nothing(self, firms):
        fourth = firms[3]
        fourth.remove()
        fourth.remove()
        assert len(firms) == 9

    def test_open_claims_forbid_it(self, model, firms):
        model.open_claims.add((Firm, 3))
        with pytest.raises(RuntimeError, match="open claims"):
            firms[3].remove()
        assert firms[3].alive
        assert len(firms) == 10

    def test_alive_cannot_be_set_by_hand(self, firms):
        with pytest.raises(AttributeError, match=r"use agent\.remove\(\)"):
            firms[3].alive = False
        with pytest.raises(AttributeError, match=r"use agent\.remove\(\)"):
            firms.set("alive", False)
        assert len(firms) == 10

    def test_failures_in_the_tables_leave_weak_sets_after_the_step(self, model, firms):
        everybody = firms.select(lambda a: True)
        model.populations[Firm].table.alive[[2, 5]] = False
        assert len(firms) == 8
        model.step()
        assert [a.row for a in everybody] == [0, 1, 3, 4, 6, 7, 8, 9]

    def test_remove_all_agents(self, model):
        Bank(model)
        model.remove_all_agents()
        assert len(model.agents) == 0
        assert list(model.agents) == []


class TestPopulations:
    def test_base_columns_come_first(self):
        assert list(columns_of(Firm))[:3] == ["alive", "cash", "net_worth"]
        assert list(columns_of(RowAgent)) == ["alive", "cash", "net_worth"]

    def test_codes_are_unique_and_small(self, model):
        class Double(RowAgent):
            code = 1

        class TooLarge(RowAgent):
            code = 15

        class Nameless(RowAgent):
            pass

        with pytest.raises(ValueError, match="Double has code 1 of another"):
            model.add_population(Double, Table(Double))
        for cls in (TooLarge, Nameless):
            with pytest.raises(ValueError, match="code must be from 0 to 14"):
                model.add_population(cls, Table(cls))

    def test_table_must_hold_the_columns(self, model):
        with pytest.raises(ValueError, match="lacks columns"):
            model.add_population(Stranger, Table(object))

    def test_types_are_listed(self, model):
        assert model.agent_types == [Firm, Saver]


class TestBesideOrdinaryAgents:
    def test_both_are_agents_of_the_model(self, model):
        banks = [Bank(model), Bank(model, capital=50)]
        assert len(model.agents) == 16
        assert list(model.agents)[-2:] == banks
        assert model.agents[-1] is banks[1]
        assert banks[0] in model.agents
        assert model.agents.select(agent_type=Bank)[1].capital == 50
        assert model.agents_by_type[Bank].do("step").get("capital") == [101, 51]
        assert len(model.agents.get("unique_id")) == len(set(model.agents.get("unique_id"))) == 16

    def test_columns_they_lack_are_missing_as_in_mesa(self, model):
        Bank(model)
        with pytest.raises(AttributeError, match="cash"):
            model.agents.get("cash")
        assert model.agents.get("cash", handle_missing="default", default_value=0)[-1] == 0

    def test_they_come_and_go_at_any_time(self, model):
        model.step()
        bank = Bank(model)
        assert bank in model.agents
        bank.remove()
        bank.remove()
        assert bank not in model.agents
        assert len(model.agents_by_type[Bank]) == 0
        assert len(model.agents) == 14
