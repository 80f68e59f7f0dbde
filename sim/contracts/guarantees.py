"""Mutual guarantees: who answers for which loan, and the circles in which firms do so.

A guarantee is a memo until it is called. What a guarantor then pays is a claim on the estate of
the debtor (recourse), which stands here too. Lenders and loans are known by number only.
"""

from __future__ import annotations

import numpy as np

from sim.kernels import split_by_weights, true_at
from sim.ledger import Position
from sim.table import Book, Flag, Money, Real, Ref
from sim.units import Fen, Floats, Ids, Mask

SMALLEST, LARGEST = 3, 8  # members of a circle
TYPICAL = 5.5
WIDEST = 1 << 16  # firms of a neighbourhood, however few of them join


class Guarantee:
    """What one member of a circle answers for on one loan of another member."""

    serial = Ref("permanent number")
    is_open = Flag("loan or recourse not yet settled", fill=True)
    loan = Ref("serial of the loan")
    debtor = Ref("row of the enterprise that borrowed")
    guarantor = Ref("row of the enterprise that answers for it")
    limit = Ref("most it can be called for", unit="fen")
    called = Ref("called and not yet paid", unit="fen")
    claim = Money("paid on call, and claimed from the debtor's estate", unit="fen")
    covered = Money("the same, paid by outside in the guarantor's place", unit="fen")
    provision = Real("provision of the guarantor on what was called", unit="fen")


def neighbourhood(share: float, n_sectors: int) -> int:
    """Count the consecutive firms among whom circles form, so that one is of typical size.

    share : of firms that join, above 0
    """
    return min(max(1, round(TYPICAL * n_sectors / share)), WIDEST)


def circles(joins: Mask, sector: Ids, block: Ids, n_sectors: int, width: int) -> Ids:
    """Put those who join into circles of 3 to 8 members of one sector and neighbourhood.

    joins, sector, block : (n,) whole neighbourhoods of `width` firms each, in their order
    Returns (n,) number of the circle, -1 for none: fewer than three stay alone, more than
    eight part evenly. Whoever joins elsewhere is not looked at.
    """
    group = block * n_sectors + sector
    rows = true_at(joins)
    _, place, counts = np.unique(group[rows], return_inverse=True, return_counts=True)
    order = np.argsort(place, kind="stable")
    rank = np.empty(len(rows), dtype=np.int64)
    rank[order] = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    parts = -(-counts // LARGEST)
    number = np.full(len(joins), -1, dtype=np.int64)
    many = counts[place] >= SMALLEST
    number[rows[many]] = (group[rows] * width + rank % parts[place])[many]
    return number


def several_shares(amount: Fen, at: Ids, limit: Fen) -> Fen:
    """Let guarantors answer for equal shares of a sum, each up to its own limit.

    amount : (n,) fen; at : (m,) ascending - which sum each guarantor answers for; limit : (m,)
    Equal shares by rounding the cumulative ones: nothing is lost but what limits cut.
    """
    named = np.bincount(at, minlength=len(amount)) > 0
    ones = np.ones(len(at), dtype=np.int64)
    return np.minimum(split_by_weights(np.where(named, amount, 0), ones, at), limit)


def priced_loss(
    secured: Floats, guaranteed: Floats, lgd_secured: float, lgd_unsecured: float, cut: float
) -> Floats:
    """Loss given default that lenders price on a guaranteed loan.

    secured, guaranteed : (m,) shares of the loan that collateral and guarantees stand for
    lgd = (secured x lgd_secured + (1 - secured) x lgd_unsecured) x (1 - cut x guaranteed)
    Source: assumed.
    """
    plain = secured * lgd_secured + (1.0 - secured) * lgd_unsecured
    return np.asarray(plain * (1.0 - cut * guaranteed))


def positions(guarantees: Book) -> list[Position]:
    """List recourse claims as the book shows them; guarantees not called are memo items."""
    held = []
    for column, holder in (("claim", "enterprise"), ("covered", "outside")):
        rows = true_at(guarantees.column(column))
        if len(rows):
            creditor = None if holder == "outside" else guarantees.guarantor[rows]
            fen = guarantees.column(column)[rows]
            held.append(
                Position("recourse", "enterprise", guarantees.debtor[rows], holder, creditor, fen)
            )
    return held
