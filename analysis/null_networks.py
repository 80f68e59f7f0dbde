"""Networks that share only some features with a given one: what else could it have been.

Responsible for drawing them: links swapped so that nobody's numbers of claims and debts change, and
amounts dealt out anew over the links there are. A measure that the draws share is explained by
those features; one that they do not is the network's own. Draws follow from the seed alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analysis.networks import checked_count, checked_exposures
from analysis.reconstruction import max_entropy

Floats = NDArray[np.float64]
Model = Literal["links", "amounts", "both", "sums"]
SWAPS = 10  # tries per link


def rewired(exposures: Any, seed: int, swaps: int = SWAPS) -> Any:
    """Swap debtors between pairs of claims, so that only who owes whom changes.

    exposures : (n, n) money from 0, dense or sparse - [i, j] is i's claim on j
    seed      : of the draws
    swaps     : tries per link; claims a -> b and c -> d become a -> d and c -> b, unless that would
        be a claim on oneself or one that exists
    Returns csr_array (n, n) with the same numbers of claims and of debts of each node, and amounts
    that stay with their creditors: sums of rows and the total are kept, sums of columns are not.
    A ring of three claims cannot be turned round by swaps of two, which matters in tiny networks.
    Source: Maslov, Sneppen (2002); Artzy-Randrup, Stone (2005) on what swaps cannot reach.
    """
    claims, seed = checked_exposures(exposures), checked_count(seed, "seed")
    swaps = checked_count(swaps, "swaps")
    n, m = claims.shape[0], claims.nnz
    creditor = np.repeat(np.arange(n), np.diff(claims.indptr)).tolist()
    debtor = claims.indices.tolist()
    pairs = np.random.default_rng(seed).integers(0, max(m, 1), (swaps * m, 2)).tolist()
    exist = {a * n + b for a, b in zip(creditor, debtor, strict=True)}
    for first, second in pairs:
        a, b, c, d = creditor[first], debtor[first], creditor[second], debtor[second]
        if a == d or c == b or b == d or a * n + d in exist or c * n + b in exist:
            continue
        exist -= {a * n + b, c * n + d}
        exist |= {a * n + d, c * n + b}
        debtor[first], debtor[second] = d, b
    return _network(claims.data, creditor, debtor, n)


def reassigned(exposures: Any, seed: int, within: Literal["all", "creditor"] = "all") -> Any:
    """Deal the amounts out anew over the links that there are.

    within : `all` over all links, which keeps only the total; `creditor` over each creditor's
        links, which keeps sums of rows too
    Returns csr_array (n, n). Source: assumed, as usual in studies of weighted networks.
    """
    claims, seed = checked_exposures(exposures), checked_count(seed, "seed")
    if within not in ("all", "creditor"):
        raise ValueError(f"within is 'all' or 'creditor', not {within!r}")
    n = claims.shape[0]
    creditor = np.repeat(np.arange(n), np.diff(claims.indptr))
    draw = np.random.default_rng(seed).random(claims.nnz)
    order = np.lexsort((draw, creditor if within == "creditor" else np.zeros_like(creditor)))
    return _network(claims.data[order], creditor, claims.indices, n)


def with_sums_of(network: Any, exposures: Any) -> Any:
    """Return a network on the links of one with the sums of rows and columns of another.

    Amounts are as close to those of `network` as the sums allow (`max_entropy` with a prior); links
    on which these sums cannot be had are refused by ValueError.
    """
    claims = checked_exposures(exposures)
    sums = np.asarray(claims.sum(axis=1)), np.asarray(claims.sum(axis=0))
    return max_entropy(*sums, prior=checked_exposures(network, "network"), rtol=1e-10)


def _network(amounts: Any, creditor: Any, debtor: Any, n: int) -> Any:
    place = np.asarray(creditor, dtype=np.int64), np.asarray(debtor, dtype=np.int64)
    return sparse.csr_array((amounts, place), shape=(n, n))


@dataclass(frozen=True)
class NullComparison:
    """A measure of a network beside its values on networks drawn.

    observed : of the network
    values   : (n_draws,) of the networks drawn
    """

    observed: float
    values: Floats

    @property
    def z(self) -> float:
        """Standard deviations that the network lies above the mean of the draws; NaN without."""
        spread = float(self.values.std(ddof=1)) if len(self.values) > 1 else 0.0
        return (self.observed - float(self.values.mean())) / spread if spread else float("nan")

    @property
    def share_at_least(self) -> float:
        """Share of networks, itself included, with at least its value: a one-sided p-value."""
        return float((1 + (self.values >= self.observed).sum()) / (1 + len(self.values)))


def against_null(
    exposures: Any,
    measure: Callable[[Any], float],
    draws: int = 100,
    seed: int = 0,
    model: Model = "links",
) -> NullComparison:
    """Compare a measure of a network with its values on networks that share less with it.

    measure : function of a csr_array (n, n)
    model   : `links` are swapped, `amounts` dealt out anew, `both`, or links swapped and all `sums`
        of rows and columns restored; of the last, links that cannot carry the sums are drawn again
    Source: Maslov, Sneppen (2002).
    """
    claims, seed = checked_exposures(exposures), checked_count(seed, "seed")
    draws = checked_count(draws, "draws", 1)
    if not callable(measure):
        raise ValueError(f"measure is {measure!r}; it must be a function of a network")
    if model not in ("links", "amounts", "both", "sums"):
        raise ValueError(f"model is 'links', 'amounts', 'both' or 'sums', not {model!r}")
    seeds = np.random.SeedSequence(seed).generate_state(20 * draws).tolist()
    values: list[float] = []
    while len(values) < draws:
        if not seeds:
            raise ValueError("model 'sums': swapped links can seldom carry the sums; use 'links'")
        drawn = _drawn(claims, seeds.pop(0), model)
        if drawn is not None:
            values.append(float(measure(drawn)))
    return NullComparison(float(measure(claims)), np.array(values))


def _drawn(claims: Any, seed: int, model: str) -> Any:
    """Draw a network; None where swapped links cannot carry the sums."""
    if model == "amounts":
        return reassigned(claims, seed)
    drawn = rewired(claims, seed)
    if model == "both":
        return reassigned(drawn, seed)
    if model == "links":
        return drawn
    try:
        return with_sums_of(drawn, claims)
    except ValueError:
        return None
