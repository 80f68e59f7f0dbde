"""The descent from full payment to the greatest clearing vector.

Responsible for the fixed point itself, in float64 on a list of debts. Everybody starts by
paying in full; who falls short lowers what its creditors receive, and only nodes whose
payment fell pass anything on. Where such waves fade slowly, the linear system of those short
is solved instead. Every iterate lies above the greatest vector, so nobody is ever counted
short who is not.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import MatrixRankWarning, spsolve

from sim.units import Floats, Ids, Mask

_TIE = 1e-13  # shortage, relative to all amounts of a node, that is rounding of sums
_PATIENCE = 3  # waves with few newly short before the linear system is tried; doubles
_FEW = 50  # few are less than one in so many of those short
_SPARSE = 16  # waves are passed on debt by debt below one in so many nodes, else to all
_MOST_QUICK = 8  # solutions that are tried without patience, while each helps
_HELPS = 4  # times smaller falls are after a solution that was worth its while
_BY_ROWS, _IN_CACHE = 4, 1 << 17  # product from which on, and debts up to which, one by rows pays
_DENSE = 128  # nodes up to which a system is solved dense
_DIRECT = 2000  # nodes up to which elimination is affordable whatever it fills in
_MANY = 30  # waves that cost about as much as setting up and solving the system
_MOST_STEPS, _RESIDUAL = 100, 2e-13
_LEAK = 1e-9
_ALL = slice(None)


class Debts:
    """Debts with an index by debtor.

    pointer  : (n + 1,) - debts of node i stand at pointer[i] .. pointer[i + 1]
    creditor : (m,) - node owed to
    due      : (m,) - amount
    order    : (m,) or None - debt at each place of the index; None where sorted already
    """

    def __init__(self, pointer: Any, creditor: Any, due: Any, order: Any = None) -> None:
        self.pointer, self.creditor, self.due, self.order = pointer, creditor, due, order
        self._by_creditor: Any = None
        self._products = 0

    def of(self, nodes: Ids) -> tuple[Ids, Ids]:
        """Return the debts of `nodes`, node by node, and how many each has."""
        first = self.pointer[nodes]
        counts = self.pointer[nodes + 1] - first
        ends = counts.cumsum()
        total = int(ends[-1]) if len(ends) else 0
        places = np.arange(total) + np.repeat(first - ends + counts, counts)
        return (places if self.order is None else self.order[places]), counts

    def to_creditors(self, nodes: Ids, shares: Floats) -> Floats:
        """Sum over creditors the given shares of the debts of `nodes`; (n,), all creditors.

        Where many nodes are touched, a product with the whole matrix is several times faster.
        """
        n = len(self.pointer) - 1
        if 4 * len(nodes) < n:
            edges, counts = self.of(nodes)
            amounts = self.due[edges] * shares.repeat(counts)
            sums = np.bincount(self.creditor[edges], weights=amounts, minlength=n)
            return sums.astype(np.float64, copy=False)
        share_of = np.zeros(n)
        share_of[nodes] = shares
        return self.received(share_of)

    def received(self, shares: Floats) -> Floats:
        """Sum over creditors the given shares of all debts; (n,) by debtor, answer by creditor.

        Adds up in the order of debtors, by columns or by rows: both give the same bits.
        """
        if self._by_creditor is None:
            n = len(self.pointer) - 1
            sort = slice(None) if self.order is None else self.order
            content = np.asarray(self.due[sort], np.float64), self.creditor[sort], self.pointer
            self._by_creditor = sparse.csc_array(content, shape=(n, n))
        self._products += 1
        if self._products == _BY_ROWS and len(self.due) <= _IN_CACHE:
            self._by_creditor = self._by_creditor.tocsr()
        return np.asarray(self._by_creditor @ shares)


class Descent:
    """One descent; `run` leaves the answer in `fraction`, `received`, `short` and `rounds`.

    owed, at_face : (n,) - sum of debts (and of outside debts of equal rank), and of claims
    assets, senior : (n,) - means from outside, and what is paid before any debt
    fraction : (n,) - share of `owed` that is paid
    received : (n,) - what the debts of others bring in
    short    : (n,) mask - means below senior dues and debts
    """

    def __init__(
        self,
        debts: Debts,
        owed: Floats,
        at_face: Floats,
        assets: Floats,
        senior: Any,
        alpha: float = 1.0,
        beta: float = 1.0,
        rtol: float = 1e-10,
    ) -> None:
        self.debts, self.owed, self.at_face = debts, owed, at_face
        self.assets, self.beta = assets, beta
        self.stop, self.lift = rtol / 20, rtol / 100
        self._need = owed + senior - assets
        self._base = alpha * assets - senior
        self._per_owed = 1.0 / np.where(owed > 0, owed, np.inf)
        self._slack = _TIE * (np.abs(assets) + at_face + owed + senior)
        self.fraction, self.received = np.ones(len(owed)), at_face.copy()
        self.short: Mask = np.zeros(len(owed), dtype=np.bool_)
        self.rounds, self._n_short = 0, 0

    def run(self) -> None:
        """Fall until nobody's payment falls any more."""
        nodes, falls = self._fall(_ALL)
        patience, quiet, total, helped = _PATIENCE, 0, np.inf, 0
        while len(nodes):
            self.rounds += 1
            n_before, total_before, total = self._n_short, total, float(falls.sum())
            nodes, falls = self._fall(self._pass_on(nodes, falls))
            quiet = quiet + 1 if _FEW * (self._n_short - n_before) <= self._n_short else 0
            is_slow = total >= total_before or self._waves_left(falls, total / total_before) > _MANY
            if quiet >= patience and is_slow and len(nodes):
                nodes, falls = self._jump(nodes, falls)
                quiet, helped = 0, helped + 1
                helps = helped <= _MOST_QUICK and _HELPS * float(falls.sum()) <= total
                patience = 1 if helps else 2 * max(patience, _PATIENCE)
            if not len(nodes):
                self._refresh()
                nodes, falls = self._fall(_ALL)

    def _waves_left(self, falls: Floats, rate: float) -> float:
        """Guess how many waves it takes until the largest fall is negligible."""
        if not len(falls):
            return 0.0
        return float(np.log(self.stop / falls.max()) / np.log(max(rate, 1e-9)))

    def _fall(self, nodes: Ids | slice) -> tuple[Ids, Floats]:
        """Lower the payments of `nodes` to their means; return those that fell and how far."""
        received, stop = self.received[nodes], self.stop
        newly = self._need[nodes] - received > self._slack[nodes]
        newly &= ~self.short[nodes]
        n_newly = int(np.count_nonzero(newly))
        share = self.beta * received
        share += self._base[nodes]
        np.maximum(share, 0.0, out=share)
        np.minimum(share, self.owed[nodes], out=share)
        share *= self._per_owed[nodes]
        fall = self.fraction[nodes] - share
        fell = self.short[nodes] & (fall > stop)
        if n_newly:
            self.short[nodes] |= newly
            self._n_short += n_newly
            fell |= newly & (fall > 0)
        which = fell.nonzero()[0]
        fallen = which if isinstance(nodes, slice) else nodes[which]
        self.fraction[fallen] = share[which]
        return fallen, fall[which]

    def _pass_on(self, nodes: Ids, falls: Floats) -> Ids | slice:
        """Take what fell from the creditors' receipts; return the creditors."""
        if _SPARSE * len(nodes) > len(self.owed):
            self.received -= self.debts.to_creditors(nodes, falls)
            return _ALL
        edges, counts = self.debts.of(nodes)
        losses = self.debts.due[edges] * falls.repeat(counts)
        hit, which = np.unique(self.debts.creditor[edges], return_inverse=True)
        self.received[hit] -= np.bincount(which, weights=losses, minlength=len(hit))
        return hit

    def _refresh(self) -> None:
        """Compute receipts afresh from the payments, free of the rounding of many waves."""
        short = self.short.nonzero()[0]
        self.received = self.at_face - self.debts.to_creditors(short, 1.0 - self.fraction[short])

    def _jump(self, nodes: Ids, falls: Floats) -> tuple[Ids, Floats]:
        """Put those short at the solution of their linear system, all others paying in full.

        Their number only grows on the way down, so the solution still lies above the
        greatest vector; it is lifted by a hair against the error of the solver.
        """
        short = (self.short & (self.owed > 0)).nonzero()[0]
        base = self._base_of(short)
        is_many = 4 * len(short) >= len(self.owed) and len(short) > _DENSE
        by_products = is_many and base.min() >= 0
        share = self._share_by_products(short, base) if by_products else None
        if share is None:
            share = self._share_by_system(short, base, iterates=not by_products)
        if share is None:
            return nodes, falls
        self.rounds += 1
        share[share > 0] += self.lift
        self.fraction[short] = np.minimum(self.fraction[short], share)
        self._refresh()
        return self._fall(_ALL)

    def _base_of(self, short: Ids) -> Floats:
        """Return what those short pay, as a share of their debts, if none of them paid anything."""
        unpaid = self.debts.to_creditors(short, np.ones(len(short)))
        from_others = (self.at_face - unpaid)[short]
        return (self._base[short] + self.beta * from_others) / self.owed[short]

    def _share_by_products(self, short: Ids, base: Floats) -> Floats | None:
        """Solve by products with the matrix of all debts; None where that does not do.

        Vectors over all nodes are zero where nobody is short, so nothing need be cut out of it.
        """
        scale, start, guess = np.zeros((3, len(self.owed)))
        scale[short] = self.beta * self._per_owed[short]
        start[short], guess[short] = base, self.fraction[short]
        share = _iterated(Passed(self.debts, scale), start, guess)
        return None if share is None else _plausible(share[short], guess[short])

    def _share_by_system(self, short: Ids, base: Floats, iterates: bool) -> Floats | None:
        """Solve the system of those short, cut out of all debts; None if out of reach."""
        edges, counts = self.debts.of(short)
        place = np.full(len(self.owed), -1, dtype=np.int64)
        place[short] = np.arange(len(short))
        debtor = np.repeat(np.arange(len(short)), counts)
        creditor = place[self.debts.creditor[edges]]
        inside = creditor >= 0
        debtor, creditor = debtor[inside], creditor[inside]
        due = np.asarray(self.debts.due[edges[inside]], np.float64)
        passed = self.beta * due / self.owed[short][creditor]
        links = sparse.csr_array((passed, (creditor, debtor)), shape=(len(short), len(short)))
        return _fixed_point(links, base, self.fraction[short], iterates)


class Passed:
    """What nodes pass on of what they are paid: a square matrix, known by its products.

    scale : (n,) - multiplies what each node receives; 0 for those who take no part
    """

    def __init__(self, debts: Debts, scale: Floats) -> None:
        self.debts, self.scale = debts, scale

    def __matmul__(self, x: Floats) -> Floats:
        found = self.debts.received(x)
        found *= self.scale
        return found


def _fixed_point(links: Any, base: Floats, guess: Floats, iterates: bool = True) -> Floats | None:
    """Solve x = max(0, base + links x) for its greatest solution; None if out of reach.

    With negative bases, who is above zero is found from below by policy iteration; a hair
    of leakage in the first guess keeps rings that lose nothing from being singular there.
    """
    active = np.ones(len(base), dtype=np.bool_)
    if base.min() < 0:
        first = solve_linked((1.0 - _LEAK) * links, base, guess)
        if first is None:
            return None
        active = first > 0
    for _ in range(len(base) + 1):
        x = np.zeros(len(base))
        whole = bool(active.all())
        part = links if whole else links[active][:, active]
        inner = solve_linked(part, base[active], guess[active], iterates)
        if inner is None:
            return None
        x[active] = np.maximum(inner, 0.0)
        positive = base + links @ x > 0
        if whole or not (positive & ~active).any():
            return _plausible(x, guess)
        active |= positive
    return None


def _plausible(x: Floats, guess: Floats) -> Floats | None:
    """Return `x` unless it lies above what payments have fallen to already."""
    return x if bool((x <= guess + 1e-6).all()) else None


def solve_linked(links: Any, base: Floats, guess: Floats, iterates: bool = True) -> Floats | None:
    """Solve x = base + links x; None where singular or too large and too slow.

    iterates : False where iteration is known to lead nowhere
    """
    k = len(base)
    if k == 0:
        return base.copy()
    if k <= _DENSE:
        try:
            x = np.linalg.solve(np.eye(k) - links.toarray(), base)
        except np.linalg.LinAlgError:
            return None
        return _checked(x, links, base)
    found = _iterated(links, base, guess) if iterates else None
    if found is None and (k <= _DIRECT or links.nnz <= 1.05 * k):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MatrixRankWarning)
            system = sparse.csc_array(sparse.eye_array(k) - links)
            found = _checked(spsolve(system, base), links, base)
    return found


def _iterated(links: Any, base: Floats, guess: Floats) -> Floats | None:
    """Solve x = base + links x by iteration; None if it does not come to rest."""
    return _checked(_bicgstab(links, base, guess), links, base)


def _bicgstab(links: Any, base: Floats, guess: Floats) -> Floats:
    """Iterate towards x = base + links x from a guess.

    Not scipy's: its inner products run in BLAS threads, whose number would show in the last
    digits. Source: van der Vorst (1992), BiCGSTAB without preconditioner.
    """
    x = guess.copy()
    residual = base + links @ x - x
    shadow, step = residual.copy(), residual.copy()
    rho = _inner(shadow, residual)
    for _ in range(_MOST_STEPS):
        if rho == 0.0 or np.abs(residual).max() <= _RESIDUAL:
            break
        moved = step - links @ step
        alpha = rho / (_inner(shadow, moved) or np.inf)
        residual -= alpha * moved
        turned = residual - links @ residual
        omega = _inner(turned, residual) / (_inner(turned, turned) or np.inf)
        x += alpha * step + omega * residual
        residual -= omega * turned
        rho_before, rho = rho, _inner(shadow, residual)
        step = residual + (rho / rho_before * alpha / (omega or np.inf)) * (step - omega * moved)
    return x


def _inner(a: Floats, b: Floats) -> float:
    return float(np.einsum("i,i->", a, b))


def _checked(x: Floats, links: Any, base: Floats) -> Floats | None:
    """Return `x` if it solves the system to rounding, else None."""
    error = np.abs(base + links @ x - x).max()  # nan where the solver broke down
    return x if error <= 1e-12 * max(1.0, np.abs(x).max()) else None
