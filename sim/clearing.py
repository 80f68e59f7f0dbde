"""Clearing vectors: who can pay what when everybody's means depend on everybody's payments.

Responsible for the greatest clearing vector of Eisenberg, Noe (2001) and Rogers, Veraart
(2013) on sparse debts, and for the same in whole fen. Moves no money: it only says what
would be paid. The descent to the vector itself is in `sim.descent`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import sparse

from sim.descent import Debts, Descent
from sim.kernels import group_sum, index_by, split_by_weights, true_at
from sim.units import Fen, Floats, Ids, Mask

_WHOLE = 1e-6  # fen: a payment this close below a whole fen is that fen


@dataclass(frozen=True)
class Clearing:
    """A clearing vector.

    payments  : (n,) - paid by each node; with external creditors ranking equally, theirs too
    defaulted : (n,) mask - pays strictly less than it owes
    received  : (n,) - got from the other nodes
    equity    : (n,) - assets and receipts less all obligations at face; below 0 is unpaid
    rounds    : waves of falling payments and solved systems until nothing fell any more
    """

    payments: Floats
    defaulted: Mask
    received: Floats
    equity: Floats
    rounds: int


def clearing_vector(
    liabilities: Any,
    external_assets: Any,
    external_liabilities: Any = None,
    seniority: Literal["pari_passu", "senior"] = "pari_passu",
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    rtol: float = 1e-10,
) -> Clearing:
    """Compute the greatest clearing vector of a network of debts.

    liabilities          : (n, n) dense or scipy.sparse - what the row owes the column
    external_assets      : (n,) - means from outside the network; or one number for all, or a
        dict of node number to number, 0 for all others
    external_liabilities : the same - owed outside; "pari_passu" ranks it with the network's
        debts and counts it in the payments, "senior" pays it first and leaves it out
    alpha, beta          : shares of assets and of receipts that survive a default

    p_i = owed_i where means_i >= owed_i, else max(0, alpha assets_i + beta received_i - senior_i).
    Source: Eisenberg, Noe (2001); Rogers, Veraart (2013), equation 2.1.
    """
    matrix = _as_csr(liabilities)
    n = matrix.shape[0]
    assets = _per_node(external_assets, n, "external_assets")
    owed_outside = 0.0 if external_liabilities is None else external_liabilities
    outside = _per_node(owed_outside, n, "external_liabilities")
    _refuse_bad_network(matrix, assets, outside, seniority)
    _refuse_bad_shares(alpha, beta, rtol)
    debts = Debts(matrix.indptr, matrix.indices, matrix.data)
    owed: Floats = np.asarray(matrix.sum(axis=1), dtype=np.float64)
    senior = outside if seniority == "senior" else np.zeros(n)
    if seniority == "pari_passu":
        owed = owed + outside
    at_face = np.bincount(matrix.indices, weights=matrix.data, minlength=n)
    found = Descent(debts, owed, at_face.astype(np.float64), assets, senior, alpha, beta, rtol)
    found.run()
    defaulted = found.short & (owed > 0)
    payments = np.where(defaulted, np.minimum(found.fraction, 1.0) * owed, owed)
    equity = assets + found.received - senior - owed
    return Clearing(payments, defaulted, found.received, equity, found.rounds)


def _as_csr(liabilities: Any) -> Any:
    """Return a square matrix of debts as csr_array of floats."""
    try:
        found: Any = liabilities
        if not sparse.issparse(liabilities):
            found = _floats(liabilities)
        elif np.dtype(found.dtype).kind not in "biuf":
            raise TypeError("no real numbers")
    except (TypeError, ValueError) as problem:
        raise ValueError("liabilities must be a matrix of numbers (n, n)") from problem
    if np.size(found) == 0 and found.ndim == 1:
        found = found.reshape(0, 0)
    if found.ndim != 2 or found.shape[0] != found.shape[1]:
        raise ValueError(f"liabilities has shape {found.shape}; it must be (n, n)")
    if sparse.issparse(found):
        refuse_stored(found, "liabilities")
    return sparse.csr_array(found, dtype=np.float64)


def refuse_stored(matrix: Any, name: str) -> None:
    """Refuse bad entries one by one, before those of one place are summed: a sum may hide them.

    matrix : sparse, of any format; name : what the ValueError calls it
    """
    entries = matrix.tocoo()
    wrong = ~(np.isfinite(entries.data) & (entries.data >= 0))
    if wrong.any():
        at = int(np.argmax(wrong))
        place = ", ".join(str(index[at]) for index in entries.coords)
        raise ValueError(f"{name}[{place}] is {entries.data[at]:g}; it must be finite, from 0")


def _floats(values: Any) -> Floats:
    """Return a new array of floats; raise where numbers are complex, or text, or none."""
    found = np.asarray(values)
    if found.dtype.kind in "cUS":
        raise TypeError("no real numbers")
    return np.array(found, dtype=np.float64)


def _per_node(values: Any, n: int, name: str) -> Floats:
    """Return one number per node from an array, one number for all, or a dict."""
    if isinstance(values, Mapping):
        for node, value in values.items():
            if node not in range(n):
                raise ValueError(f"{name}: node {node!r} does not exist; there are 0 to {n - 1}")
            if not isinstance(value, (int, float, np.integer, np.floating)):
                raise ValueError(f"{name}[{node}] is {value!r}; it must be a number")
        values = [values.get(node, 0.0) for node in range(n)]
    try:
        found = _floats(values)
    except (TypeError, ValueError) as problem:
        raise ValueError(f"{name} must be numbers, one per node") from problem
    if found.ndim == 0:
        found = np.full(n, float(found))
    if found.shape != (n,):
        raise ValueError(f"{name} has shape {found.shape}; it must be ({n},)")
    return found


def _refuse_bad_network(matrix: Any, assets: Floats, outside: Floats, seniority: str) -> None:
    where = {
        "liabilities": (matrix.data, ~(np.isfinite(matrix.data) & (matrix.data >= 0))),
        "external_assets": (assets, ~np.isfinite(assets)),
        "external_liabilities": (outside, ~(np.isfinite(outside) & (outside >= 0))),
    }
    for name, (values, wrong) in where.items():
        if wrong.any():
            at = int(np.argmax(wrong))
            place = str(at)
            if name == "liabilities":
                row = int(np.searchsorted(matrix.indptr, at, side="right")) - 1
                place = f"{row}, {matrix.indices[at]}"
            allowed = "finite" if name == "external_assets" else "finite, from 0"
            raise ValueError(f"{name}[{place}] is {values[at]:g}; it must be {allowed}")
    own = matrix.diagonal()
    if own.any():
        at = int(np.argmax(own != 0))
        raise ValueError(f"liabilities[{at}, {at}] is {own[at]:g}; nobody owes itself")
    if seniority not in ("pari_passu", "senior"):
        raise ValueError(f"seniority is 'pari_passu' or 'senior', not {seniority!r}")


def _refuse_bad_shares(alpha: float, beta: float, rtol: float) -> None:
    for name, number, most in (("alpha", alpha, 1.0), ("beta", beta, 1.0), ("rtol", rtol, np.inf)):
        is_one = isinstance(number, (int, float, np.integer, np.floating))
        if not (is_one and np.isfinite(number) and 0 <= number <= most):
            allowed = "a share between 0 and 1" if most == 1.0 else "a finite number from 0"
            raise ValueError(f"{name} is {number!r}; it must be {allowed}")


@dataclass(frozen=True)
class FenClearing:
    """Payments in whole fen.

    paid           : (m,) fen - paid on each debt
    senior_paid    : (n,) fen - paid of the senior dues
    short          : (n,) mask - cannot pay all it owes, rounding apart
    rounds         : of the descent and of the corrections of rounding
    fraction       : (n,) - share of its debts each node pays before rounding
    owed, at_face  : (n,) fen - sum of debts, and of claims
    """

    paid: Fen
    senior_paid: Fen
    short: Mask
    rounds: int
    fraction: Floats
    owed: Fen
    at_face: Fen

    @property
    def float_payments(self) -> Floats:
        """The vector before rounding, (n,) fen as float, senior dues apart."""
        return np.where(self.short, self.fraction, 1.0) * self.owed.astype(np.float64)


def clear_in_fen(
    cash: Fen,
    senior_due: Fen,
    debtor: Ids,
    creditor: Ids,
    due: Fen,
    always_pays: int | None = None,
) -> FenClearing:
    """Clear debts in whole fen: nobody ends below zero and no fen is lost.

    cash        : (n,) fen from 0 - what each node can pay with
    senior_due  : (n,) fen from 0 - paid first, to nobody among the nodes' creditors
    debtor, creditor : (m,) - node that owes, node it owes to; a pair may come twice
    due         : (m,) fen from 0
    always_pays : the node that pays everything whatever its cash

    Nodes that can pay pay exactly; the others the floor of the greatest Eisenberg-Noe
    payment, split over their debts by cumulative rounding. Whoever then is short by rounding
    pays a creditor that many fen less, until nobody is.
    """
    n = len(cash)
    _refuse_bad_dues(cash, senior_due, due, always_pays)
    owed, at_face = group_sum(debtor, due, n), group_sum(creditor, due, n)
    means = np.asarray(cash, dtype=np.float64).copy()
    if always_pays is not None:
        means[always_pays] = float(owed[always_pays]) + float(senior_due[always_pays])
    pointer, order = index_by(debtor, n)
    debts = Debts(pointer, creditor, due, order)
    found = Descent(debts, owed.astype(np.float64), at_face.astype(np.float64), means, senior_due)
    found.run()
    paid, senior_paid = np.array(due, dtype=np.int64), np.array(senior_due, dtype=np.int64)
    rounds = found.rounds
    if found.short.any():
        _round_down(found, owed, paid, senior_paid)
        rest = cash - senior_paid - owed + at_face
        _book_unpaid(rest, found, paid)
        if always_pays is not None:
            rest[always_pays] = np.iinfo(np.int64).max
        rounds += _correct_rounding(rest, debts, paid, senior_paid)
    return FenClearing(paid, senior_paid, found.short, rounds, found.fraction, owed, at_face)


def _refuse_bad_dues(cash: Fen, senior_due: Fen, due: Fen, always_pays: int | None) -> None:
    poor = np.asarray(cash) < 0
    if always_pays is not None:
        poor[always_pays] = False
    if poor.any() or (len(due) and np.min(due) < 0) or (len(cash) and np.min(senior_due) < 0):
        raise ValueError("clear_in_fen: cash, senior dues and dues must be at least 0")


def _round_down(found: Descent, owed: Fen, paid: Fen, senior_paid: Fen) -> None:
    """Write the floor of the payments of those short, split over their debts."""
    short = true_at(found.short)
    means = np.floor(found.assets[short] + found.received[short] + _WHOLE).astype(np.int64)
    senior_paid[short] = np.minimum(senior_paid[short], means)
    amount = np.floor(found.fraction[short] * owed[short] + _WHOLE).astype(np.int64)
    amount = np.minimum(amount, owed[short])
    edges, counts = found.debts.of(short)
    groups = np.arange(len(short)).repeat(counts)
    paid[edges] = split_by_weights(amount, paid[edges], groups)


def _book_unpaid(rest: Fen, found: Descent, paid: Fen) -> None:
    """Turn cash at full payment into cash at what is paid, in int64, in place."""
    short = true_at(found.short)
    edges, counts = found.debts.of(short)
    unpaid = found.debts.due[edges] - paid[edges]
    rest += group_sum(short.repeat(counts), unpaid, len(rest))
    rest -= group_sum(found.debts.creditor[edges], unpaid, len(rest))


def _correct_rounding(rest: Fen, debts: Debts, paid: Fen, senior_paid: Fen) -> int:
    """Let whoever is below zero pay its largest creditor less, until nobody is.

    rest : (n,) fen - cash after all payments, corrected in place

    A creditor that can bear the cut comes first, then the one cut least often, then the
    largest: so missing fen do not circle for ever in a ring of debts but visit every creditor
    until somebody bears them. Who has been through all its creditors owes senior dues then.
    Payments only fall, so this ends. Returns the number of rounds.
    """
    rounds = 0
    times_cut = np.zeros(len(paid), dtype=np.int32)
    poor = true_at(rest < 0)
    while len(poor):
        rounds += 1
        payers, edges = _payments_to_cut(poor, rest, debts, paid, times_cut)
        bearable = rest[debts.creditor[edges]] >= np.minimum(-rest[payers], paid[edges])
        by_debt = bearable | (times_cut[edges] == 0) | (senior_paid[payers] == 0)
        payers, edges = payers[by_debt], edges[by_debt]
        cut = np.minimum(-rest[payers], paid[edges])
        paid[edges] -= cut
        times_cut[edges] += 1
        rest[payers] += cut
        losers, which = np.unique(debts.creditor[edges], return_inverse=True)
        rest[losers] -= group_sum(which, cut, len(losers))
        others = np.setdiff1d(poor, payers, assume_unique=True)
        cut = np.clip(-rest[others], 0, senior_paid[others])
        senior_paid[others] -= cut
        rest[others] += cut
        touched = np.union1d(poor, losers)
        poor = touched[rest[touched] < 0]
    return rounds


def _payments_to_cut(
    nodes: Ids, rest: Fen, debts: Debts, paid: Fen, times_cut: Any
) -> tuple[Ids, Ids]:
    """Return the nodes that pay anything on a debt, and of each the debt to pay less on."""
    edges, counts = debts.of(nodes)
    owner = np.repeat(nodes, counts)
    paying = (paid[edges] > 0) & (debts.creditor[edges] != owner)
    edges, owner = edges[paying], owner[paying]
    amount = paid[edges]
    too_poor = rest[debts.creditor[edges]] < np.minimum(-rest[owner], amount)
    order = np.lexsort((-amount, times_cut[edges], too_poor, owner))
    payers, first = np.unique(owner[order], return_index=True)
    return payers, edges[order][first]
