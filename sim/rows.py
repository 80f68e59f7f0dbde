"""Rows as Mesa agents: `RowAgent`, `RowSet` and `RowModel` are the Mesa face of a `Table`.

A population is a table; its agents are handles made when somebody asks for one and kept
from then on, because Mesa's sets hold agents weakly and would otherwise lose them.
Responsible for what a Mesa user expects of agents and their sets. Not responsible for
money: endowments and claims are the business of the model that overrides the two hooks.
"""

from __future__ import annotations

import difflib
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, cast

import mesa
import numpy as np
from mesa.agent import AgentSet
from numpy.typing import NDArray

from sim.table import Column, Flag, Money, Table, columns_of
from sim.units import Ids

ID_STRIDE = 16
ORDINARY_CODE = ID_STRIDE - 1  # of Mesa agents that are no rows, so that ids never meet

_IN_PLACE = "a set of rows cannot be reordered or cut in place: use the set that is returned"


class Population:
    """A table, the class of its rows, and the handles given out so far."""

    def __init__(self, model: RowModel, cls: type[RowAgent], table: Table) -> None:
        self.model, self.cls, self.table = model, cls, table
        self.handles: dict[int, RowAgent] = {}

    def living(self) -> Ids:
        """Return the rows that are alive, in order."""
        return np.flatnonzero(self.table.alive)

    def handle(self, row: int) -> RowAgent:
        """Return the one handle on a row, made on first demand."""
        if row not in self.handles:
            self.bind(self.cls.__new__(self.cls), row)  # the row exists: no __init__
        return self.handles[row]

    def bind(self, agent: RowAgent, row: int) -> None:
        """Make an agent the handle on a row and keep it alive."""
        agent.model, agent.table, agent.row = self.model, self.table, row
        self.handles[row] = agent

    def release_dead(self) -> None:
        """Let go of handles on rows that died, so that weak sets lose them as in Mesa."""
        if self.handles:
            rows = np.fromiter(self.handles, dtype=np.int64, count=len(self.handles))
            for row in rows[~self.table.alive[rows]].tolist():
                del self.handles[row]


class Life(Flag):
    """Whether a row takes part; a handle may read it, only `remove()` may end it."""

    def __set__(self, handle: Any, value: Any) -> None:
        raise AttributeError(f"{type(handle).__name__}.alive cannot be set: use agent.remove()")


class RowAgent(mesa.Agent):
    """A handle on one row of a population; subclasses declare the columns."""

    code: ClassVar[int]
    table: Table
    row: int
    pos: Any = None

    alive = Life("takes part in the economy; a dead row keeps its number", fill=True)
    cash = Money("settlement asset it can pay with", unit="fen")
    net_worth = Money("what it owns less what it owes", unit="fen")

    def __init__(self, model: RowModel, **values: Any) -> None:
        """Enter a new row from outside, before the first step; its endowment is paid by outside.

        values : column -> scalar - Money columns in whole fen
        """
        population = _population_of(model, type(self))
        if model.steps > 0:
            raise RuntimeError(
                f"{type(self).__name__}(...) works before the first step only: later, parties "
                f"enter in the phase admit_entrants, which posts their endowment to the ledger"
            )
        _check_values(type(self), values)
        population.bind(self, int(model.admit_from_outside(type(self), values)))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} row {self.row}, unique_id {self.unique_id}>"

    @property
    def unique_id(self) -> int:
        """Party id: row * 16 + population code, so one more enterprise shifts nobody."""
        return self.row * ID_STRIDE + self.code

    def remove(self) -> None:
        """Leave the model; refused while claims are open, nothing happens when already gone."""
        if self.alive:
            self.model.deregister_agent(self)


def _population_of(model: Any, cls: type[RowAgent]) -> Population:
    if not isinstance(model, RowModel):
        raise TypeError(f"{cls.__name__} needs a RowModel, not {type(model).__name__}")
    if cls not in model.populations:
        known = ", ".join(c.__name__ for c in model.populations) or "none"
        raise TypeError(f"{cls.__name__} is no population of this model (it has: {known})")
    return model.populations[cls]


def _check_values(cls: type[RowAgent], values: Mapping[str, Any]) -> None:
    """Refuse unknown columns and money that is not in whole fen."""
    spec = columns_of(cls)
    for name, value in values.items():
        if name not in spec:
            near = difflib.get_close_matches(name, spec, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise TypeError(f"{cls.__name__} has no column {name!r}{hint}")
        if spec[name].is_money and not isinstance(value, int | np.integer):
            raise TypeError(f"{cls.__name__}.{name} is in whole fen, not {value!r}: see units.yuan")


class RowSet(AgentSet):
    """An `AgentSet` over the living rows of some populations, always up to date.

    It behaves as Mesa's, except that it cannot be reordered or changed in place: the order
    is that of the rows. Methods on columns (`get`, `agg`, `set`) make no handles.
    """

    def __init__(self, populations: Iterable[Population], random: Any) -> None:
        self.populations = list(populations)
        self.random = random

    @property
    def _agents(self) -> weakref.WeakKeyDictionary[Any, None]:
        """The handles of this moment as Mesa keeps them; inherited methods work on these."""
        return weakref.WeakKeyDictionary(dict.fromkeys(self))

    def __len__(self) -> int:
        return sum(int(np.count_nonzero(p.table.alive)) for p in self.populations)

    def __iter__(self) -> Iterator[Any]:
        for population in self.populations:
            yield from map(population.handle, population.living().tolist())

    def __contains__(self, agent: object) -> bool:
        tables = [population.table for population in self.populations]
        return isinstance(agent, RowAgent) and agent.table in tables and agent.alive

    def __getitem__(self, item: Any) -> Any:
        rows = [population.living() for population in self.populations]
        ends = np.cumsum([len(each) for each in rows])

        def at(position: int) -> RowAgent:
            which = int(np.searchsorted(ends, position, side="right"))
            return self.populations[which].handle(int(rows[which][position - ends[which]]))

        positions = range(int(ends[-1]) if len(ends) else 0)[item]
        return [at(each) for each in positions] if isinstance(item, slice) else at(positions)

    def __copy__(self) -> AgentSet:
        return AgentSet(list(self), random=self.random)

    def __getstate__(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def _from_iterable(self, agents: Iterable[Any]) -> AgentSet:
        return AgentSet(list(agents), random=self.random)

    def _column_of(self, name: str) -> list[NDArray[Any]] | None:
        """Return the living rows' values per population, or None where it is no column of all."""
        if not all(name in p.table.spec for p in self.populations):
            return None
        return [p.table.column(name)[p.table.alive] for p in self.populations]

    def get(self, attr_names: Any, handle_missing: Any = "error", default_value: Any = None) -> Any:
        """Return one attribute of every agent, or a list of several, as Mesa does."""
        single = isinstance(attr_names, str)
        columns = [self._column_of(name) for name in ([attr_names] if single else attr_names)]
        if handle_missing not in ("error", "default") or any(c is None for c in columns):
            return super().get(attr_names, handle_missing, default_value)
        values = [[v for part in cast(list[Any], c) for v in part.tolist()] for c in columns]
        return values[0] if single else [list(of_agent) for of_agent in zip(*values, strict=True)]

    def agg(self, attribute: str, func: Any) -> Any:
        """Return func(values), or a list for several; numpy functions get an array at once."""
        functions: list[Callable[[Any], Any]] = [func] if callable(func) else list(func)
        columns = self._column_of(attribute)
        if columns and all(map(_takes_arrays, functions)):
            values: Any = np.concatenate(columns)
        else:
            values = self.get(attribute)
        results = [function(values) for function in functions]
        return results[0] if callable(func) else results

    def set(self, attr_name: str, value: Any) -> RowSet:
        """Set an attribute of every agent to one value; money is refused, the ledger moves it."""
        plain = all(_is_plain(p.table.spec.get(attr_name)) for p in self.populations)
        if not plain or np.ndim(value) != 0 or self._column_of(attr_name) is None:
            super().set(attr_name, value)
        else:
            for population in self.populations:
                population.table.column(attr_name)[population.table.alive] = value
        return self

    def shuffle(self, inplace: bool = False) -> AgentSet:
        """Return the agents in random order as a new set; in place is refused."""
        if inplace:
            raise TypeError(_IN_PLACE)
        return super().shuffle()

    def _update(self, agents: Iterable[Any]) -> AgentSet:
        raise TypeError(_IN_PLACE)

    def add(self, agent: Any) -> None:
        """Refuse: agents enter by being created."""
        raise TypeError("rows cannot be added to a population's set: create one by its class")

    def discard(self, agent: Any) -> None:
        """Refuse: agents leave by `agent.remove()`."""
        if agent in self:
            raise TypeError("rows cannot be taken out of a population's set: use agent.remove()")

    def remove(self, agent: Any) -> None:
        """Discard an agent; one that is not in the set is a KeyError."""
        if agent not in self:
            raise KeyError(agent)
        self.discard(agent)


def _takes_arrays(function: Any) -> bool:
    """Tell numpy's functions from others, which are owed a list as Mesa gives them."""
    home = getattr(function, "__module__", None) or ""
    return isinstance(function, np.ufunc) or home.startswith("numpy")


def _is_plain(column: Column | None) -> bool:
    return column is not None and type(column).__set__ is Column.__set__ and not column.is_money


class AllRows(RowSet):
    """`model.agents`: the rows of every population, then ordinary Mesa agents beside them."""

    def __init__(self, random: Any) -> None:
        super().__init__([], random)
        self.others: dict[mesa.Agent, None] = {}

    def __len__(self) -> int:
        return super().__len__() + len(self.others)

    def __iter__(self) -> Iterator[Any]:
        yield from super().__iter__()
        yield from list(self.others)

    def __contains__(self, agent: object) -> bool:
        return agent in self.others or super().__contains__(agent)

    def __getitem__(self, item: Any) -> Any:
        return list(self)[item] if self.others else super().__getitem__(item)

    def _column_of(self, name: str) -> list[NDArray[Any]] | None:
        return None if self.others else super()._column_of(name)

    def add(self, agent: Any) -> None:
        """Take in an ordinary Mesa agent; rows are refused."""
        if isinstance(agent, RowAgent):
            super().add(agent)
        self.others[agent] = None

    def discard(self, agent: Any) -> None:
        """Let an ordinary Mesa agent go; rows are refused."""
        if agent in self.others:
            del self.others[agent]
        else:
            super().discard(agent)


class RowModel(mesa.Model):
    """A Mesa model whose populations are tables.

    A model with money overrides two hooks: `admit_from_outside` and `withdraw_row`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.populations: dict[type[RowAgent], Population] = {}
        self._all_agents: AllRows = AllRows(self.random)
        self._ordinary_agents_made = 0

    def add_population(self, cls: type[RowAgent], table: Table) -> RowSet:
        """Show the rows of a table as agents of a class; return their set."""
        code = getattr(cls, "code", -1)
        if not 0 <= code < ORDINARY_CODE:
            raise ValueError(f"{cls.__name__}.code must be from 0 to {ORDINARY_CODE - 1}: {code}")
        if code in {known.code for known in self.populations}:
            raise ValueError(f"{cls.__name__} has code {code} of another population")
        if not set(columns_of(cls)) <= set(table.spec):
            raise ValueError(f"the table of {table.schema.__name__} lacks columns of {cls}")
        population = self.populations[cls] = Population(self, cls, table)
        self._all_agents.populations.append(population)
        rows = self._agents_by_type[cls] = RowSet([population], self.random)
        return rows

    def admit_from_outside(self, cls: type[RowAgent], values: Mapping[str, Any]) -> int:
        """Append a row for an agent created by hand and return it; money needs an override.

        values : column -> scalar - checked: known columns, money in whole fen
        """
        return int(self.populations[cls].table.append(1, values)[0])

    def withdraw_row(self, table: Table, row: int) -> None:
        """Settle what a row holds before it leaves, or raise to refuse."""

    def register_agent(self, agent: Any) -> None:
        """Take in an ordinary Mesa agent under an id that no row can have."""
        agent.unique_id = self._ordinary_agents_made * ID_STRIDE + ORDINARY_CODE
        self._ordinary_agents_made += 1
        # Mesa counts ids in a dict on the class, keyed by model: it would keep us for ever.
        mesa.Agent._ids.pop(self, None)
        super().register_agent(agent)

    def deregister_agent(self, agent: Any) -> None:
        """Let an agent go; a row is first withdrawn, which may refuse."""
        if isinstance(agent, RowAgent):
            self.withdraw_row(agent.table, agent.row)
            agent.table.alive[agent.row] = False
            self.populations[type(agent)].handles.pop(agent.row, None)
        else:
            super().deregister_agent(agent)

    def remove_all_agents(self) -> None:
        """Remove every agent, rows and ordinary ones alike."""
        for agent in list(self.agents):
            agent.remove()

    def _wrapped_step(self, *args: Any, **kwargs: Any) -> None:
        super()._wrapped_step(*args, **kwargs)
        for population in self.populations.values():
            population.release_dead()
