"""Networks of claims from what each party claims and owes in total.

Responsible for a matrix with given row and column sums and nothing on its diagonal: the one with
most entropy, which spreads claims as evenly as the sums allow, or one with fewest links. The two
bound what contagion may be expected of an unknown network.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import brentq

from analysis.networks import checked_network, checked_number, floats_of
from analysis.sparsest import fewest_links

Floats = NDArray[np.float64]
SAME = 1e-12  # of the total: sums that close are equal
MOST = 5_000  # parties for whom every pair is given an amount


def max_entropy(row_sums: Any, col_sums: Any, prior: Any = None, rtol: float = 1e-12) -> Any:
    """Return the network of most entropy that has given sums and nothing on its diagonal.

    row_sums : (n,) money from 0 - what each claims
    col_sums : (n,) money from 0 - what each owes, with the same total
    prior    : (n, n) from 0, dense or sparse - where claims are thought to lie and in what
        proportion; links that it lacks stay absent, its diagonal counts for nothing. Even
        everywhere by default.
    rtol     : share of the total by which sums of rows may be off with a prior
    Returns csr_array (n, n). Without a prior it holds an entry for every pair that claims and owes,
    so it is dense by nature: 8 n^2 bytes, several times over while it is made. More than 5,000
    parties are refused then; ask for `min_density`, or give a sparse prior.

    Least sum of X log(X / prior), which has the form X_ij = r_i prior_ij c_j. Without prior only
    one number, the scale of r c, must be searched for: see `_spread`. With a prior, r and c are
    fitted to rows and columns in turn (RAS); one on which the sums cannot be had is refused.
    Source: Upper, Worms (2004); Bacharach (1965) for RAS.
    """
    claims, debts = checked_sums(row_sums, col_sums)
    rtol = checked_number(rtol, "rtol", 0.0)
    if prior is not None:
        return _fit(claims, debts, _checked_prior(prior, len(claims)), rtol)
    n = len(claims)
    if n > MOST:
        raise ValueError(
            f"row_sums are {n}: an amount for every pair would take {8 * n * n:,} bytes, and "
            f"without a prior at most {MOST} parties are allowed; use min_density or a sparse prior"
        )
    if not claims.any():
        return sparse.csr_array((len(claims), len(claims)))
    total = float(claims.sum())
    hub = int(np.argmax(claims + debts))
    if total - claims[hub] - debts[hub] <= SAME * total:
        found = _star(claims, debts, hub)
    else:
        found = _spread(claims, debts)
    np.fill_diagonal(found, 0.0)
    return sparse.csr_array(found)


def min_density(row_sums: Any, col_sums: Any) -> Any:
    """Return a network with as few links as can be found for given sums and an empty diagonal.

    row_sums : (n,) money from 0 - what each claims
    col_sums : (n,) money from 0 - what each owes, with the same total
    Returns csr_array (n, n). More than one network may have as few links.

    A network without needless links is a forest between sums of claims and sums of debts: its links
    are their number less the number of trees. So the sums are cut into as many groups as possible
    whose claims equal their debts. Up to 16 sums above 0 the cut is the best one; beyond, equal
    pairs are taken out first, and small groups are looked for in several orders. Memory grows with
    n, time with its square: 1 s for 5,000 parties, 8 s for 20,000.
    Source: Anand, Craig, von Peter (2015) for the problem; the method is our own.
    """
    claims, debts = checked_sums(row_sums, col_sums)
    return fewest_links(claims, debts, SAME * float(claims.sum()))


def checked_sums(row_sums: Any, col_sums: Any) -> tuple[Floats, Floats]:
    """Return sums as floats with exactly the same total, or say why no network has them."""
    claims, debts = floats_of(row_sums, "row_sums"), floats_of(col_sums, "col_sums")
    if claims.ndim != 1 or claims.shape != debts.shape:
        raise ValueError(f"row_sums have shape {claims.shape} and col_sums {debts.shape}")
    for name, sums in (("row_sums", claims), ("col_sums", debts)):
        wrong = ~(np.isfinite(sums) & (sums >= 0))
        if wrong.any():
            at = int(np.argmax(wrong))
            raise ValueError(f"{name}[{at}] is {sums[at]:g}; it must be a finite number from 0")
    total, owed = float(claims.sum()), float(debts.sum())
    if abs(total - owed) > 1e-8 * max(total, owed):
        raise ValueError(f"row_sums add up to {total:.10g} and col_sums to {owed:.10g}")
    if owed:
        debts *= total / owed
    excess = claims + debts - total
    if len(claims) and excess.max() > 1e-9 * total:
        at = int(np.argmax(excess))
        raise ValueError(
            f"node {at} claims {claims[at]:g} and owes {debts[at]:g}, more together than the total "
            f"of {total:g}: the rest would be a claim on itself"
        )
    return claims, debts


def _star(claims: Floats, debts: Floats, hub: int) -> Floats:
    """Return the only network where one node has all debts of others, and owes all they claim."""
    found = np.zeros((len(claims), len(claims)))
    found[hub], found[:, hub] = debts, claims
    return found


def _spread(claims: Floats, debts: Floats) -> Floats:
    """Return X_ij = u p_i q_j off the diagonal, with p and q of sum 1.

    Rows and columns ask p (1 - q) = claims / u and q (1 - p) = debts / u of each node: a quadratic
    with the roots p = (1 + (claims - debts) / u -+ w) / 2. All nodes take the smaller root; where
    one is so large that these sum to less than 1 for any u, it takes the larger one. What is left
    is u, at which the p sum to 1.
    """
    wide, narrow = (np.square(np.sqrt(claims) + sign * np.sqrt(debts)) for sign in (1.0, -1.0))
    hub, least = int(np.argmax(wide)), float(wide.max())
    gap = (claims - debts, claims, debts)

    def parts(u: float) -> tuple[Floats, Floats, Floats]:
        excess, mine, owed = (part / u for part in gap)
        root = np.sqrt(np.maximum(1.0 - wide / u, 0.0) * np.maximum(1.0 - narrow / u, 0.0))
        p, q = _ratio(2.0 * mine, 1.0 + excess + root), _ratio(2.0 * owed, 1.0 - excess + root)
        return p, q, root

    def missing(u: float, large: bool) -> float:
        p, q, _ = parts(u)
        if not large:
            return float(p.sum()) - 1.0
        p[hub] = 0.0  # 1 less the larger root of p is the smaller one of q
        return float(p.sum()) - float(q[hub])

    large = missing(least, False) < 0.0
    high = 2.0 * max(least, float(claims.sum()))
    while (missing(high, large) > 0.0) != large and high < 1e30 * least:
        high *= 2.0
    u = brentq(missing, least, high, args=(large,), xtol=least * 1e-16, rtol=1e-15, maxiter=500)
    p, q, root = parts(u)
    if large:
        excess = (claims[hub] - debts[hub]) / u
        p[hub], q[hub] = (1.0 + excess + root[hub]) / 2.0, (1.0 - excess + root[hub]) / 2.0
    return u * np.outer(p, q)


def _checked_prior(prior: Any, n: int) -> Any:
    """Return a prior without its diagonal, which may hold anything from 0."""
    found = checked_network(prior, "prior")
    if found.shape != (n, n):
        raise ValueError(f"prior has shape {found.shape}; it must be ({n}, {n})")
    found.setdiag(0.0)
    found.eliminate_zeros()
    return found


def _fit(claims: Floats, debts: Floats, prior: Any, rtol: float, rounds: int = 10_000) -> Any:
    """Scale rows and columns of the prior in turn until both have the sums."""
    transposed = prior.T.tocsr()
    total = float(claims.sum())
    c = np.ones(len(claims))
    r = c.copy()
    for name, sums, reach in (("row", claims, prior), ("col", debts, transposed)):
        alone = (sums > 0) & ~(reach.sum(axis=1) > 0)
        if alone.any():
            at = int(np.argmax(alone))
            raise ValueError(f"{name}_sums[{at}] is {sums[at]:g}, but the prior has no link for it")
    for _ in range(rounds):
        with np.errstate(over="ignore", invalid="ignore"):
            r = _ratio(claims, prior @ c)
            c = _ratio(debts, transposed @ r)
            off = float(np.abs(r * (prior @ c) - claims).max(initial=0.0))
        if not np.isfinite(off):
            break
        if off <= rtol * total:
            found = sparse.csr_array(sparse.diags_array(r) @ prior @ sparse.diags_array(c))
            found.eliminate_zeros()
            return found
    raise ValueError(
        f"prior: sums of rows are still off after {rounds} rounds, or scales have no bounds; "
        "perhaps no network on its links has these sums"
    )


def _ratio(sums: Floats, reached: Floats) -> Floats:
    """Return sums / reached, 0 where nothing was reached: there the sum is 0 too."""
    return np.divide(sums, reached, out=np.zeros_like(sums), where=reached > 0)
