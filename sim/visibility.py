"""What a provider sees of a firm's debts and arrears: its own files, and what members report.

Responsible for who is a member of the registry and for what stands in it. Used when loans are
underwritten and when scorecards are re-estimated. It decides nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.chart import CODES
from sim.contracts.impairments import RELATION_OFFSET
from sim.kernels import distinct_places, true_at
from sim.units import Floats, Ids, Mask
from sim.world import World

_CLIENT = 24  # bits of the provider in the key of a pair


class Files(NamedTuple):
    """What is on file about applicants, (m,) each, one per firm and provider asked; debts in fen.

    own_debt : to the provider asked; all_debt : to all providers, whoever sees it
    seen_debt : what the provider asked sees: its own, and as a member what others reported
    registered_debt : the same for members; for others all debt, as if all had reported
    is_late : behind with a loan of the provider asked, or with one it sees
    """

    own_debt: Floats
    all_debt: Floats
    seen_debt: Floats
    registered_debt: Floats
    is_late: Mask


def members(world: World) -> Mask:
    """Mark who sees the registry and is seen in it; (n_providers,).

    Members are those who hold a source that opens debts, and those a regulator obliges to open
    their files.
    """
    holds = np.zeros(16, dtype=np.bool_)
    for kind, held in world.policy.sources.items():
        holds[CODES[kind]] = any(source.opens_debts for source in held)
    return holds[world.provider_kind] | world.limit("file_sharing")


def pooling(world: World) -> Mask:
    """Mark the members whose scorecards learn from one sample of outcomes; (n_providers,)."""
    return members(world) & (world.policy.sharing | world.limit("file_sharing"))


def reported_share(world: World) -> Floats:
    """Share of its clients each provider reports, 0 for who is no member; (n_providers,)."""
    share = np.zeros(16)
    for kind, held in world.policy.sources.items():
        for source in held:
            if source.opens_debts:
                share[CODES[kind]] = source.reports
    return np.where(world.limit("file_sharing"), 1.0, share[world.provider_kind])


def is_reported(world: World, firm: Ids, number: Ids, share: Floats) -> Mask:
    """Mark which pairs of firm and provider stand in the registry, by a lasting draw.

    firm, number : (m,); share : (n_providers,) of clients reported
    """
    wanted = share[number]
    found = wanted >= 1.0
    drawn = true_at((wanted > 0.0) & ~found)
    if len(drawn):
        dice = world.enterprises.dice[firm[drawn]]
        found[drawn] = world.draws.uniform("reporting", 0, dice, number[drawn]) < wanted[drawn]
    return found


def files(world: World, firm: Ids, number: Ids) -> Files:
    """Look up debts and arrears of firms as the providers asked have them on file.

    firm, number : (m,) enterprise and provider
    """
    loans, n = world.loans, world.enterprises.n
    asks = np.zeros(n, dtype=np.bool_)
    asks[firm] = True
    rows = true_at(asks.take(loans.borrower))
    client, lender = loans.borrower[rows], loans.provider[rows]
    debt, late = loans.principal[rows].astype(np.float64), loans.late_months[rows] > 0
    keys, inverse = distinct_places((client << _CLIENT) | lender)
    wanted = (firm << _CLIENT) | number
    at = keys.searchsorted(wanted)
    at = np.where(np.append(keys, -1)[at] == wanted, at, len(keys))

    def of_pair(values: Floats | Mask) -> Floats:
        """Sum over the loans of each firm from the provider asked, (m,)."""
        return np.append(np.bincount(inverse, values, len(keys)), 0.0)[at]

    own, every = of_pair(debt), world.debt_of_firms()[firm].astype(np.float64)
    own_late = of_pair(late) > 0
    is_member = members(world)[number]
    if not is_member.any():
        return Files(own, every, own, every, own_late)
    on_file = is_reported(world, client, lender, reported_share(world))
    others = np.bincount(client, debt * on_file, n)[firm] - of_pair(debt * on_file)
    seen = own + np.where(is_member, others, 0.0)
    any_late = own_late | (np.bincount(client, late & on_file, n)[firm] > 0)
    return Files(
        own,
        every,
        seen,
        np.where(is_member, seen, every),
        np.where(is_member, any_late, own_late),
    )


def sees_loan(world: World, loan: Ids, firm: Ids, number: Ids) -> Mask:
    """Mark where the provider asked sees a loan of the firm (-1: none): its own or a reported one.

    loan, firm, number : (m,)
    """
    sees = world.stays_with(loan, number)
    rows = true_at((loan >= 0) & members(world)[number])
    if len(rows):
        lender = world.loans.provider[loan[rows]]
        sees[rows] |= is_reported(world, firm[rows], lender, reported_share(world))
    return sees


def has_past(world: World, firm: Ids, month: Ids | int, share: Floats | None = None) -> Mask:
    """Mark the firms of which a member reported a loan granted before a month.

    firm : (m,); month : (m,) or one for all; share : (n_providers,) of clients reported, by
    default that of the members of today
    """
    keys, first = world.relations.keys, world.relations.amounts - RELATION_OFFSET
    client, lender = keys >> _CLIENT, keys & ((1 << _CLIENT) - 1)
    share = reported_share(world) if share is None else share
    kept = true_at(is_reported(world, client, lender, share))
    earliest = np.full(world.enterprises.n, np.inf)
    if len(kept):
        client, first = client[kept], first[kept]  # ascending by client
        starts = true_at(np.diff(client, prepend=-1))
        earliest[client[starts]] = np.minimum.reduceat(first, starts)
    return np.asarray(earliest[firm] < month)
