"""Cascades in which a party that fails is lost at once: Furfine, thresholds, Gai and Kapadia.

Responsible for who is brought down by whom, round by round, when a failure costs creditors a given
share of their claims. Claims that are paid in part are the business of `sim.clearing`, distress
before failure that of `analysis.debtrank`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.networks import checked_column, checked_exposures, checked_nodes

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Ids = NDArray[np.int64]

_TIE = 1e-12  # relative: a loss this close to what it is held against equals it


@dataclass(frozen=True)
class Cascade:
    """Who fell, and when.

    fallen : (n,) mask
    round  : (n,) round of the fall; 0 those who fell first, -1 those who stand
    losses : (n,) money or share of weights lost to all who fell, of those who fell too
    """

    fallen: Mask
    round: Ids
    losses: Floats

    @property
    def size(self) -> int:
        """Count those who fell after the first."""
        return int(np.count_nonzero(self.round > 0))


def furfine_cascade(
    exposures: Any,
    equity: Any,
    initial_defaults: Any,
    lgd: Any = 1.0,
    default_rule: Literal["loss>equity", "loss>=equity"] = "loss>equity",
) -> Cascade:
    """Let defaults cost creditors a given share of their claims until nobody else defaults.

    exposures        : (n, n) money - [i, j] is i's claim on j
    equity           : (n,) money
    initial_defaults : node numbers (list, set, array), or a mask (n,)
    lgd              : loss given default, share from 0 to 1; one for all, or (n,) by debtor
    default_rule     : whether a loss that just equals equity is survived
    Losses are not capped at equity; one that equals equity but for rounding is a tie. Whoever the
    rule holds against without any loss defaults in round 1.
    Raises ValueError that names a bad entry.
    Source: Furfine (2003), sequential failure; Upper (2011), section 3.
    """
    claims = checked_exposures(exposures)
    n = claims.shape[0]
    capital = checked_column(equity, n, "equity")
    share = checked_column(lgd, n, "lgd", 0.0)
    if (share > 1.0).any():
        at = int(np.argmax(share > 1.0))
        raise ValueError(f"lgd[{at}] is {share[at]:g}; a share of a claim is at most 1")
    if default_rule not in ("loss>equity", "loss>=equity"):
        raise ValueError(f"default_rule is 'loss>equity' or 'loss>=equity', not {default_rule!r}")
    slack = _TIE * np.abs(capital)

    def falls(lost: Floats) -> Mask:
        if default_rule == "loss>equity":
            return np.asarray(lost > capital + slack)
        return np.asarray(lost >= capital - slack)

    claims.data *= share[claims.indices]
    return _spread(claims, initial_defaults, "initial_defaults", falls)


def linear_threshold(weights: Any, thresholds: Any, seeds: Any) -> Cascade:
    """Switch nodes whose active neighbours weigh as much as their threshold, or more.

    weights    : (n, n) from 0 - [i, j] is the influence of j on i
    thresholds : (n,), or one for all
    seeds      : node numbers, or a mask (n,), active from the start
    Rounds are synchronous. A node that nobody influences never switches.
    Source: Granovetter (1978); Watts (2002), with shares of neighbours as weights.
    """
    influence = checked_exposures(weights, "weights")
    n = influence.shape[0]
    needed = checked_column(thresholds, n, "thresholds")
    has_neighbours = np.diff(influence.indptr) > 0
    slack = _TIE * np.maximum(np.abs(needed), 1.0)
    return _spread(
        influence, seeds, "seeds", lambda lost: has_neighbours & (lost >= needed - slack)
    )


def gai_kapadia(adjacency: Any, interbank_assets: Any, capital: Any, seeds: Any) -> Cascade:
    """Let banks fail that lose their capital to fallen borrowers, who repay nothing.

    adjacency        : (n, n) - [i, j] other than 0: i has lent to j
    interbank_assets : (n,) money or share of the balance sheet, or one for all; each bank's are
        spread evenly over its borrowers
    capital          : (n,) in the same unit, or one for all
    seeds            : node numbers, or a mask (n,)
    A bank fails when the lost share of its interbank assets reaches capital over interbank assets.
    `losses` are shares of interbank assets.
    Source: Gai, Kapadia (2010), equation 1 with no recovery and no fall of prices.
    """
    links = checked_exposures(adjacency, "adjacency")
    n = links.shape[0]
    links.data[:] = 1.0
    lent = checked_column(interbank_assets, n, "interbank_assets", 0.0)
    held = checked_column(capital, n, "capital")
    borrowers = np.diff(links.indptr)
    exposed = (borrowers > 0) & (lent > 0)
    # Whole borrowers are counted, so that shares such as three thirds come out exactly.
    needed = held * borrowers / np.where(exposed, lent, 1.0)
    slack = _TIE * np.maximum(np.abs(needed), 1.0)
    found = _spread(links, seeds, "seeds", lambda lost: exposed & (lost >= needed - slack))
    return Cascade(found.fallen, found.round, found.losses / np.maximum(borrowers, 1))


def _spread(losses_to: Any, seeds: Any, name: str, falls: Callable[[Floats], Mask]) -> Cascade:
    """Let losses run round by round.

    losses_to : csr (n, n) - what i loses if j falls; seeds, name : who falls first, and what errors
    call them; falls : tells from losses (n,) who cannot bear them
    """
    n = losses_to.shape[0]
    fallen = checked_nodes(seeds, n, name)
    when = np.where(fallen, 0, -1).astype(np.int64)
    by_cause = losses_to.tocsc()
    lost, newly, now = np.zeros(n), np.flatnonzero(fallen), 0
    while True:
        claims = by_cause[:, newly]
        lost += np.bincount(claims.indices, weights=claims.data, minlength=n)
        now += 1
        newly = np.flatnonzero(falls(lost) & ~fallen)
        if not len(newly):
            return Cascade(fallen, when, lost)
        fallen[newly], when[newly] = True, now
