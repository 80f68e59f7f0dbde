"""Breaches: records stolen from providers of credit, and what follows from each for a while."""

from __future__ import annotations

import numpy as np

from sim.kernels import add_at
from sim.table import Book, Count, Flag, Real, Ref
from sim.units import Floats, Ids


class Breach:
    """Records of its clients stolen from one provider."""

    serial = Ref("permanent number")
    is_open = Flag("still of some effect", fill=True)
    month = Count("month in which it happened", unit="month")
    known = Count("month in which others learn of it", unit="month")
    provider = Ref("provider number of the victim")
    records = Ref("clients whose records were stolen")
    precision_lost = Real("of the precision of its sources until renewed", unit="share")
    renewed = Count("month from which its sources are what they were", unit="month")
    identity_loans = Real("that thieves ask for in stolen names, a month", unit="fen")
    used_until = Count("month from which they ask no more", unit="month")
    trust_lost = Real("failures of a platform that the news counts as to its savers")
    compensation = Real("paid for each record", unit="fen")
    source = Ref("party behind it, for the memory of impairments")


def precision_kept(book: Book, n_providers: int, provider: Ids, month: Ids) -> Floats:
    """Share of the precision of sources that breaches left, 1 where there was none; (m,).

    provider, month : (m,) who looked, and when. Product over breaches of 1 - share lost.
    """
    kept = np.ones(len(provider))
    if not len(provider):
        return kept
    first, last = int(month.min()), int(month.max())
    rows = np.flatnonzero((book.month <= last) & (book.renewed > first))
    if not len(rows):
        return kept
    starts = np.maximum(book.month[rows], first)
    counts = np.minimum(book.renewed[rows], last + 1) - starts
    which = np.repeat(np.arange(len(rows)), counts)
    within = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    logs = np.zeros((last - first + 1) * n_providers)
    place = (starts[which] + within - first) * n_providers + book.provider[rows[which]]
    with np.errstate(divide="ignore"):  # where all of it is lost
        add_at(logs, place, np.log1p(-book.precision_lost[rows[which]]))
    return np.asarray(np.exp(logs[(month - first) * n_providers + provider]))
