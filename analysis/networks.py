"""What a network of claims must be before anything is computed on it, and how to build one.

Responsible for checking networks and numbers per node once for all algorithms of `analysis`; an
error names the entry. A network is a csr_array `exposures` with [i, j] = i's claim on j.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from sim.clearing import refuse_stored

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Ids = NDArray[np.int64]


def checked_exposures(exposures: Any, name: str = "exposures") -> Any:
    """Return a network of claims as csr_array without stored zeros, or say which entry is wrong.

    exposures : (n, n) money from 0, dense, nested lists or scipy.sparse - [i, j] is i's claim on j;
        entries stored twice add up, each from 0
    name      : what errors call it
    Refused are other shapes, claims that are negative or not finite, and claims on oneself.
    """
    found = checked_network(exposures, name)
    own = found.diagonal()
    if own.any():
        at = int(np.argmax(own != 0))
        raise ValueError(f"{name}[{at}, {at}] is {own[at]:g}; nobody has a claim on itself")
    return found


def checked_network(matrix: Any, name: str) -> Any:
    """Return a square matrix of finite numbers from 0 as csr_array without stored zeros."""
    found = _as_csr(matrix, name)
    if found.ndim != 2 or found.shape[0] != found.shape[1]:
        raise ValueError(f"{name} has shape {found.shape}; it must be (n, n)")
    found.sum_duplicates()
    if len(found.data) and not (found.data.min() >= 0 and found.data.max() < np.inf):
        at = int(np.argmin(np.isfinite(found.data) & (found.data >= 0)))
        value = found.data[at]
        raise ValueError(f"{name}[{_place(found, at)}] is {value:g}; it must be finite, from 0")
    found.eliminate_zeros()
    return found


def exposures_of(liabilities: Any) -> Any:
    """Return the exposures, csr_array (n, n), that answer to liabilities [i, j] of i towards j."""
    return checked_exposures(liabilities, "liabilities").T.tocsr()


def liabilities_of(exposures: Any) -> Any:
    """Return what each row owes each column, csr_array (n, n), from exposures."""
    return checked_exposures(exposures).T.tocsr()


def exposures_from_edges(creditors: Any, debtors: Any, amounts: Any, nodes: Any) -> Any:
    """Build a network from a list of claims; several of one pair add up.

    creditors, debtors : (m,) - whose claim it is, and on whom
    amounts            : (m,) money from 0, or one amount for all
    nodes              : number of nodes, whose names are 0, 1, ..., or their names in order
    Returns csr_array (n, n). A party that is not among `nodes` is refused.
    """
    names = _names_of(nodes)
    row = _numbers_of(creditors, names, "creditors")
    column = _numbers_of(debtors, names, "debtors")
    if len(row) != len(column):
        raise ValueError(f"creditors are {len(row)}, debtors {len(column)}; they must be as many")
    amount = checked_column(amounts, len(row), "amounts", 0.0)
    own = row == column
    if own.any():
        at = int(np.argmax(own))
        raise ValueError(f"claim {at} is one of {names[row[at]]} on itself")
    entries = (amount, (row, column))
    return checked_exposures(sparse.csr_array(entries, shape=(len(names), len(names))))


def checked_column(values: Any, n: int, name: str, low: float | None = None) -> Floats:
    """Return one finite number per node as floats (a new array), or say which is wrong.

    values : (n,); one number for all; or a dict of node number to value, 0 for all others
    low    : what none may be below
    """
    if isinstance(values, Mapping):
        found = np.zeros(n)
        for node, value in values.items():
            number = _existing(node, n, name)
            try:
                found[number] = value
            except (TypeError, ValueError) as problem:
                raise ValueError(f"{name}[{number}] is {value!r}; it must be a number") from problem
    else:
        found = floats_of(values, name, "numbers, one per node")
        if found.ndim == 0:
            found = np.full(n, float(found))
    if found.shape != (n,):
        raise ValueError(f"{name} has shape {found.shape}; the network asks for ({n},)")
    right = np.isfinite(found) if low is None else np.isfinite(found) & (found >= low)
    if not right.all():
        at = int(np.argmin(right))
        allowed = "a finite number" if low is None else f"a finite number from {low:g}"
        raise ValueError(f"{name}[{at}] is {found[at]:g}; it must be {allowed}")
    return found


def floats_of(values: Any, name: str, wanted: str = "numbers") -> Floats:
    """Return values of any shape as a new array of floats, or say that they are no numbers."""
    try:
        found = np.asarray(values)
        if found.dtype.kind in "cOUS":  # complex, text and what is hidden among objects
            return np.array(_real(found), dtype=np.float64)
        return np.array(found, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise ValueError(f"{name} must be {wanted}") from problem


def _real(values: NDArray[Any]) -> NDArray[Any]:
    """Refuse complex numbers and text that reads as a number."""
    if values.dtype.kind != "O" or any(isinstance(v, (str, bytes, complex)) for v in values.flat):
        raise TypeError("no real numbers")
    return values


def checked_number(
    value: Any, name: str, low: float = -np.inf, high: float = np.inf, wanted: str = ""
) -> float:
    """Return one finite number within [low, high], or say what it must be."""
    is_one = np.ndim(value) == 0 if not isinstance(value, (list, tuple)) else False
    number = floats_of(value, name, wanted or "a number") if is_one else np.zeros(2)
    if number.ndim or not (np.isfinite(number) and low <= number <= high):
        span = f" from {low:g}" if np.isfinite(low) else ""
        span += f" to {high:g}" if np.isfinite(high) else ""
        raise ValueError(f"{name} is {value!r}; it must be {wanted or f'a finite number{span}'}")
    return float(number)


def checked_count(value: Any, name: str, low: int = 0) -> int:
    """Return a whole number from `low`, or say that it is none."""
    is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    is_whole |= isinstance(value, (float, np.floating)) and float(value).is_integer()
    if not is_whole or value < low:
        raise ValueError(f"{name} is {value!r}; it must be a whole number from {low}")
    return int(value)


def checked_nodes(chosen: Any, n: int, name: str) -> Mask:
    """Return chosen nodes as a mask (n,).

    chosen : a node number; a list, tuple, set or array of them; a mask (n,) of True and False; None
    """
    mask = np.zeros(n, dtype=np.bool_)
    if chosen is None:
        return mask
    given = list(chosen) if isinstance(chosen, Set) else chosen
    try:
        found = np.asarray(given)
    except ValueError as problem:
        raise ValueError(f"{name} must be a list of nodes or a mask") from problem
    if found.dtype == np.bool_ and found.ndim:
        if found.shape != (n,):
            raise ValueError(f"{name} is a mask of shape {found.shape}; it must be ({n},)")
        return found.copy()
    for node in found.ravel().tolist():
        mask[_existing(node, n, name)] = True
    return mask


def _as_csr(matrix: Any, name: str) -> Any:
    """Return a copy as csr_array of floats; an empty list is a network of nobody."""
    if sparse.issparse(matrix):
        stored: Any = matrix
        if np.dtype(stored.dtype).kind not in "biuf":
            raise ValueError(f"{name} must be a matrix of numbers (n, n)")
        refuse_stored(stored, name)
        return sparse.csr_array(stored, dtype=np.float64, copy=True)
    dense: Any = floats_of(matrix, name, "a matrix of numbers (n, n)")
    if dense.size == 0:
        dense = dense.reshape(0, 0)
    if dense.ndim != 2:
        raise ValueError(f"{name} has shape {dense.shape}; it must be (n, n)")
    return sparse.csr_array(dense)


def _place(matrix: Any, stored: int) -> str:
    """Return row and column of a stored entry."""
    row = int(np.searchsorted(matrix.indptr, stored, side="right")) - 1
    return f"{row}, {matrix.indices[stored]}"


def _existing(node: Any, n: int, name: str) -> int:
    """Return a node number that exists."""
    whole = isinstance(node, (int, np.integer)) or (isinstance(node, float) and node.is_integer())
    number = int(node) if whole else -1
    if isinstance(node, bool) or not 0 <= number < n:
        raise ValueError(f"{name}: node {node!r} does not exist; there are 0 to {n - 1}")
    return number


def _names_of(nodes: Any) -> pd.Index:
    """Return the names of nodes in order, from their number or the names themselves."""
    if isinstance(nodes, (int, np.integer)) and not isinstance(nodes, bool) and nodes >= 0:
        return pd.RangeIndex(int(nodes))
    return checked_names(nodes, "nodes", "a number from 0, or names in order")


def checked_names(names: Any, what: str, wanted: str = "names in order") -> pd.Index:
    """Return names in their order, each once, or say what is wrong."""
    if isinstance(names, (str, bytes, Set)) or not isinstance(names, Iterable):
        raise ValueError(f"{what} is {names!r}; it must be {wanted}")
    found = _index_of(names, what)
    if not found.is_unique:
        raise ValueError(f"{what}: a name occurs twice: {found[found.duplicated()][0]}")
    return found


def _numbers_of(parties: Any, names: pd.Index, what: str) -> Ids:
    """Return the numbers of named parties."""
    asked = _index_of(parties, what)
    found = names.get_indexer(asked)
    if (found < 0).any():
        at = int(np.argmax(found < 0))
        raise ValueError(f"{what}[{at}] is {asked[at]}, who is not among the nodes")
    return np.asarray(found, dtype=np.int64)


def _index_of(parties: Any, what: str) -> pd.Index:
    """Return names as an index, each as it was given: "1" is not 1."""
    try:
        given: Any = parties if hasattr(parties, "__len__") else list(parties)
        numbers = getattr(getattr(given, "dtype", None), "kind", "O") in "iuf"
        if numbers:
            return pd.Index(given)
        hash(tuple(given))  # lists and dicts are no names
        return pd.Index(given, dtype=object)
    except (TypeError, ValueError) as problem:
        raise ValueError(f"{what} must be a list of names") from problem
