"""State as columns: `Table` for populations, `Book` for contracts.

A schema is a class whose attributes are `Column`s; one class body is the schema and its
documentation. Money columns are handed out read-only: only the ledger may write them.
Responsible for storage and growth; knows nothing of agents, flows or months.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.kernels import index_by, true_at
from sim.units import Ids

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # names of two settings of glibc's malloc


def keep_freed_memory(n_rows: int) -> None:
    """Let freed arrays be used again instead of going back to the system; Linux only.

    A month makes and drops arrays all the time. By default each one up to 32 MB is fetched
    from the system page by page: a fifth of the month at 10,000 firms and more. Where a
    column alone takes megabytes, the memory kept would count for more than the time.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        is_large = n_rows >= 500_000
        mallopt(_MMAP_THRESHOLD, (8 if is_large else 32) << 20)
        mallopt(_TRIM_THRESHOLD, (128 if is_large else 256) << 20)


class Column:
    """One column of a schema; read through a row handle it gives that row's scalar."""

    dtype: ClassVar[type] = np.float64
    is_money: ClassVar[bool] = False

    def __init__(self, doc: str, unit: str = "", fill: Any = 0) -> None:
        self.doc, self.unit, self.fill = doc, unit, fill
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, handle: Any, owner: type | None = None) -> Any:
        if handle is None:
            return self
        return handle.table.column(self.name).item(handle.row)

    def __set__(self, handle: Any, value: Any) -> None:
        if self.is_money:
            raise AttributeError(
                f"{type(handle).__name__}.{self.name} is money and only the ledger moves it: "
                f"use model.world.ledger.post(...) with a flow declared in sim/chart.py"
            )
        handle.table.column(self.name)[handle.row] = value


class Money(Column):
    """Whole fen, int64; read-only outside the ledger."""

    dtype = np.int64
    is_money = True


class Real(Column):
    """A float64 number."""


class Count(Column):
    """A whole number, int32."""

    dtype = np.int32


class Flag(Column):
    """True or false."""

    dtype = np.bool_


class Ref(Column):
    """A row of a population or book, or a party id (row * 16 + population code); int64."""

    dtype = np.int64


def columns_of(schema: type) -> dict[str, Column]:
    """Collect a schema's columns, base classes first, in the order they are written."""
    found: dict[str, Column] = {}
    for cls in reversed(schema.__mro__):
        found.update({k: v for k, v in vars(cls).items() if isinstance(v, Column)})
    return found


class Columns:
    """A growing struct of arrays; `n` rows are in use, capacity grows by a quarter."""

    def __init__(self, schema: type, capacity: int = 0) -> None:
        self.schema = schema
        self.registered_as = ""  # the name of a book in the ledger
        self.spec = columns_of(schema)
        self._fills = {name: column.fill for name, column in self.spec.items() if column.fill}
        self.n = 0
        self.version = 0
        self._writes: dict[str, int] = {}
        self._store: dict[str, NDArray[Any]] = {
            name: np.zeros(max(capacity, 1), dtype=c.dtype) for name, c in self.spec.items()
        }
        # From this row on arrays hold zeros since they were made: unwritten, they take no memory.
        self._unused = 0
        self._views: set[str] = set()
        self._money = frozenset(name for name, column in self.spec.items() if column.is_money)

    def __getattr__(self, name: str) -> NDArray[Any]:
        # Asked once a column: the view then stands as an attribute, renewed as rows come and go.
        if name not in self.__dict__.get("spec", {}):
            raise AttributeError(f"{type(self).__name__} has no column {name!r}")
        self._views.add(name)
        self._renew_views(name)
        view: NDArray[Any] = self.__dict__[name]
        return view

    def _renew_views(self, *names: str) -> None:
        """Take the views of these columns anew, or of all: rows came or went, or arrays moved."""
        attributes, store, n, money = self.__dict__, self._store, self.n, self._money
        for name in self._views.intersection(names) if names else self._views:
            view = store[name][:n]
            if name in money:
                view.flags.writeable = False
            attributes[name] = view

    def __getstate__(self) -> dict[str, Any]:
        state = {k: v for k, v in self.__dict__.items() if k not in self._views}
        return {**state, "_views": set()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def column(self, name: str) -> NDArray[Any]:
        """Return the rows in use of a column: a view, read-only where it is money."""
        view: NDArray[Any] = getattr(self, name)
        return view

    def _writable(self, name: str) -> NDArray[Any]:
        """Return a money column for writing. The ledger's alone (an architecture test)."""
        self._writes[name] = self._writes.get(name, 0) + 1
        return self._store[name][: self.n]

    def _rotate(self, names: tuple[str, ...]) -> None:
        """Let each column take the array of the next, the last that of the first."""
        arrays = [self._store[name] for name in names]
        for name, array in zip(names, (*arrays[1:], arrays[0]), strict=True):
            self._store[name] = array
            self._writes[name] = self._writes.get(name, 0) + 1
        self._renew_views(*names)

    def stamp(self, *money: str) -> tuple[int | None, ...]:
        """Tell whether rows or these money columns may have changed since another stamp."""
        return (self.version, *map(self._writes.get, money))

    def append(self, count: int, values: Mapping[str, Any] | None = None) -> Ids:
        """Add `count` rows and return their numbers; columns not named take their fill.

        values : column -> scalar or (count,) - money columns are refused: they start at
            their fill and are entered by the ledger
        """
        values = values or {}
        start, stop = self.n, self.n + count
        self._grow(stop)
        unknown = values.keys() - self.spec.keys()
        if unknown:
            raise AttributeError(f"{self.schema.__name__} has no columns {sorted(unknown)}")
        for name in self._money.intersection(values):
            raise AttributeError(f"{name} is money: append the row, then post to the ledger")
        written = {**self._fills, **values}
        for name, value in written.items():
            self._store[name][start:stop] = value
        if start < self._unused:  # rows that were dropped may have left something there
            for name in self.spec.keys() - written.keys():
                self._store[name][start : min(stop, self._unused)] = 0
        self.n = stop
        self._unused = max(self._unused, stop)
        self._renew_views()
        self.version += 1
        return np.arange(start, stop, dtype=np.int64)

    def _grow(self, needed: int) -> None:
        capacity = len(next(iter(self._store.values())))
        if needed <= capacity:
            return
        capacity = max(needed, capacity + capacity // 4 + 16)
        for name, old in self._store.items():
            # Spare rows, and columns of what nobody uses, are left unwritten.
            new = np.zeros(capacity, dtype=old.dtype)
            if old[: self.n].any():
                new[: self.n] = old[: self.n]
            self._store[name] = new
        self._unused = self.n

    @property
    def nbytes(self) -> int:
        """Bytes held by all columns, spare capacity included."""
        return sum(a.nbytes for a in self._store.values())


class Table(Columns):
    """A population: rows never move and are never reused; the dead stay with alive False."""


class Book(Columns):
    """Contracts; closed rows are dropped by `compact`. Where others name them they have a `serial`.

    A schema with the column `serial` gets a permanent number for every row.
    """

    def __init__(self, schema: type, capacity: int = 0) -> None:
        super().__init__(schema, capacity)
        self.next_serial = 0
        self._indices: dict[str, tuple[int, Ids, Ids | None]] = {}

    def append(self, count: int, values: Mapping[str, Any] | None = None) -> Ids:
        """Open `count` contracts and return their present rows (see `Columns.append`)."""
        rows = super().append(count, {"is_open": True, **(values or {})})
        if "serial" in self.spec:
            serials = np.arange(self.next_serial, self.next_serial + count)
            self._store["serial"][self.n - count : self.n] = serials
        self.next_serial += count
        return rows

    def close(self, rows: Any) -> None:
        """Mark contracts as closed; they are dropped at a later `compact`."""
        self._store["is_open"][rows] = False

    def compact(self, at_once: bool = False) -> Ids | None:
        """Drop closed rows when they are more than a quarter; return old row -> new row, else None.

        at_once : drop them however few they are

        Dropped rows map to -1. The order of those that stay is kept.
        """
        open_rows = true_at(self.is_open)
        if not at_once and (self.n < 64 or 4 * len(open_rows) >= 3 * self.n):
            return None
        moved = np.full(self.n, -1, dtype=np.int64)
        moved[open_rows] = np.arange(len(open_rows))
        for old in self._store.values():
            old[: len(open_rows)] = old[open_rows]
        self.n = len(open_rows)
        self._renew_views()
        self.version += 1
        return moved

    def rows_where(self, column: str, ids: Ids) -> Ids:
        """Return the rows whose `column` is among `ids`, id by id (see `groups_where`)."""
        return self.groups_where(column, ids)[0]

    def groups_where(self, column: str, ids: Ids) -> tuple[Ids, Ids, Ids]:
        """Return the rows whose `column` is among `ids`, which of the ids each belongs to, and
        how many rows each id has.

        ids : (n_ids,) - distinct values from 0; the index behind it is rebuilt only when rows
            were added or dropped, so a column used here must not be rewritten in place
        """
        known = self._indices.get(column)
        if known is None or known[0] != self.version:
            values = self.column(column)
            known = (self.version, *index_by(values, int(values.max(initial=-1)) + 1))
            self._indices[column] = known
        _, pointer, order = known
        last = len(pointer) - 1  # ids that no row has lie beyond it
        first = pointer[np.minimum(ids, last)]
        counts = pointer[np.minimum(ids + 1, last)] - first
        ends = counts.cumsum()
        at = np.arange(len(ids)).repeat(counts)
        places = np.arange(len(at)) + (first - ends + counts)[at]
        rows = places if order is None else order[places].astype(np.int64)
        return rows, at, counts
