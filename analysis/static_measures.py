"""What a recorded network says of contagion without running it on: clearing and systemic ranks.

Responsible for cutting a month's network down to firms and institutions, with savers as one node
that only loses, or left out, and for handing it to the algorithms of `analysis.systemic`,
`analysis.debtrank`, `analysis.cascades` and `sim.clearing`. A snapshot knows claims and book values
only: no credit refused, no savers' fear.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.cascades import furfine_cascade
from analysis.debtrank import debtrank_losses
from analysis.genealogy import name_of
from analysis.systemic import Systemic
from sim.clearing import clearing_vector

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.exposures import Network

KINDS = ("enterprise", "bank", "micro_lender", "ecommerce_lender", "platform",
         "crowdfunding_platform")  # fmt: skip
SAVING = ("investor", "money_fund")  # who loses and passes nothing on
SAVERS = -1  # stands for all of them together
SCORED = 300  # parties scored, those that owe the others most
TOP = 10
MEASURES = ("debtrank", "furfine", "exposure")


@dataclass(frozen=True)
class Core:
    """Firms and institutions of a network with claims on each other, and savers or not.

    exposures : csr_array (n, n) yuan; parties : (n,) unique_id, -1 for savers
    equity : (n,) net of provisions
    means : (n,) cash, fixed assets and claims on those left out; owed_outside : (n,) debts to them
    """

    exposures: sparse.csr_array
    parties: NDArray[np.int64]
    equity: NDArray[np.float64]
    means: NDArray[np.float64]
    owed_outside: NDArray[np.float64]


def core(net: Network, savers: bool = False) -> Core:
    """Keep firms and institutions, and savers with their funds as one last node, if asked for.

    Savers owe nobody, so that together they lose what they lose one by one; without them what they
    are owed is owed outside. Others left out: the regulator, vendors and the outside.
    """
    names = net.parties()
    sheets = net.nodes.loc[names]
    place = np.full(len(names), -1)
    firms = np.flatnonzero(sheets["kind"].isin(KINDS))
    place[firms] = np.arange(len(firms))
    n = len(firms) + savers
    if savers:
        place[sheets["kind"].isin(SAVING).to_numpy()] = len(firms)
    rows = np.flatnonzero(place >= 0)
    to = sparse.csr_array((np.ones(len(rows)), (rows, place[rows])), shape=(len(names), n))
    inside = sparse.csr_array(to.T @ net.exposures() @ to)

    def summed(column: str) -> NDArray[np.float64]:
        return np.asarray(to.T @ sheets[column].to_numpy(dtype=np.float64))

    claims = summed("claims") - np.asarray(inside.sum(axis=1))
    owed = summed("owed") - np.asarray(inside.sum(axis=0))
    if savers:
        inside.setdiag(0.0)  # savers' shares in funds are claims within the node
        inside.eliminate_zeros()
    parties = names[firms].to_numpy(dtype=np.int64)
    return Core(
        inside,
        np.append(parties, SAVERS) if savers else parties,
        summed("net_worth") - summed("provisions"),
        np.maximum(summed("cash") + summed("fixed_assets") + claims, 0.0),
        np.maximum(owed, 0.0),
    )


def importance(net: Network, scored: int = SCORED, savers: bool = True) -> Systemic:
    """Score those who owe the others most by DebtRank, by Furfine's cascades and by what they owe.

    debtrank : share of all equity that the others lose if it loses its own
    furfine : yuan that the others lose if it defaults and repays nothing, further defaults included
    exposure : yuan that it owes the others
    savers : count them among the others, their wealth as equity; else only who can pass losses on
    What the others lose anyway, to parties without equity from the start, counts for nobody.
    """
    found = core(net, savers)
    owed = np.asarray(found.exposures.sum(axis=0))
    owed[found.parties == SAVERS] = 0.0
    chosen = np.argsort(-owed, kind="stable")[:scored]
    chosen = np.sort(chosen[owed[chosen] > 0])
    equity = np.maximum(found.equity, 0.0)
    ranks = debtrank_losses(found.exposures, equity, nodes=chosen)
    rows = []
    for node, rank in zip(chosen.tolist(), ranks.tolist(), strict=True):
        losses = furfine_cascade(found.exposures, equity, [node], 1.0).losses
        rows.append((rank, float(losses.sum() - losses[node]), float(owed[node])))
    index = pd.Index(found.parties[chosen], name="party")
    return Systemic(pd.DataFrame(rows, index=index, columns=list(MEASURES), dtype=np.float64))


def held_by_savers(net: Network) -> pd.DataFrame:
    """Return what savers and their funds stand to lose to each party, indexed by party, yuan.

    to_savers : what they claim of it; through : of others, through it: notes on loans it arranged.
        These do not fall due to it, but who collects them when it is gone is another matter.
    """
    names = net.nodes.index[net.nodes["kind"].isin(SAVING)]
    mine = net.edges[net.edges["creditor"].isin(names) & ~net.edges["debtor"].isin(names)]
    found = {
        "to_savers": mine.groupby("debtor")["yuan"].sum(),
        "through": mine[mine["via"] >= 0].groupby("via")["yuan"].sum(),
    }
    return pd.DataFrame(found).fillna(0.0).rename_axis("party")


def most_systemic(scores: Systemic, count: int = TOP, net: Network | None = None) -> pd.DataFrame:
    """Return the parties of the best mean rank over the measures, with scores and ranks.

    net : also tells what savers hold of each and through it (`held_by_savers`)
    """
    ranks = scores.ranks()
    order = ranks.mean(axis=1).sort_values(kind="stable").index[:count]
    found = scores.scores.loc[order].join(ranks.loc[order].add_suffix("_rank"))
    if net is not None:
        found = found.join(held_by_savers(net).reindex(order).fillna(0.0))
    found = found.reset_index()
    found.insert(0, "name", [name_of(party) for party in found["party"]])
    return found


def cleared(net: Network) -> pd.DataFrame:
    """Return one row: what happens if all debts are settled at once, at book values.

    unable : parties that cannot pay in full; by_others : of these, who could if all others paid
    unpaid_share : of debts among firms and institutions
    Debts to those left out rank equally. Source: Eisenberg, Noe (2001).
    """
    found = core(net)
    owed_inside = np.asarray(found.exposures.sum(axis=0))
    answer = clearing_vector(found.exposures.T.tocsr(), found.means, found.owed_outside)
    at_face = found.means + np.asarray(found.exposures.sum(axis=1))
    owed = owed_inside + found.owed_outside
    could = answer.defaulted & (at_face >= owed)
    paid = answer.received.sum()
    total = float(owed_inside.sum())
    row = {
        "parties": len(owed),
        "unable": int(answer.defaulted.sum()),
        "by_others": int(could.sum()),
        "unpaid_share": 1.0 - float(paid) / total if total > 0 else 0.0,
    }
    return pd.DataFrame([row])
