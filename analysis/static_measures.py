"""What a recorded network says of contagion without running it on: clearing and systemic ranks.

Responsible for cutting a month's network down to those who can pass losses on, and for handing it
to the algorithms of `analysis.systemic`, `analysis.debtrank`, `analysis.cascades` and
`sim.clearing`. A snapshot knows claims and book values only: no credit refused, no savers' fear.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.cascades import furfine_cascade
from analysis.debtrank import debtrank_linear
from analysis.genealogy import name_of
from analysis.systemic import Systemic
from sim.clearing import clearing_vector

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from analysis.exposures import Network

KINDS = ("enterprise", "bank", "micro_lender", "ecommerce_lender", "platform",
         "crowdfunding_platform")  # fmt: skip
SCORED = 300  # parties scored, those that owe the others most
TOP = 10
MEASURES = ("debtrank", "furfine", "exposure")


@dataclass(frozen=True)
class Core:
    """Firms and institutions of a network with claims on each other.

    exposures : csr_array (n, n) yuan; parties : (n,) unique_id; equity : (n,) net of provisions
    means : (n,) cash, fixed assets and claims on those left out; owed_outside : (n,) debts to them
    """

    exposures: sparse.csr_array
    parties: NDArray[np.int64]
    equity: NDArray[np.float64]
    means: NDArray[np.float64]
    owed_outside: NDArray[np.float64]


def core(net: Network) -> Core:
    """Keep firms and institutions: savers, funds and the outside only lose, and pass nothing on."""
    names = net.parties()
    sheets = net.nodes.loc[names]
    rows = np.flatnonzero(sheets["kind"].isin(KINDS))
    inside = net.exposures()[rows][:, rows]
    mine = sheets.iloc[rows]
    claims, owed = (
        mine[name].to_numpy(dtype=np.float64) - np.asarray(inside.sum(axis=axis))
        for name, axis in (("claims", 1), ("owed", 0))
    )
    own = mine["cash"].to_numpy(dtype=np.float64) + mine["fixed_assets"].to_numpy(dtype=np.float64)
    return Core(
        inside,
        names[rows].to_numpy(dtype=np.int64),
        (mine["net_worth"] - mine["provisions"]).to_numpy(dtype=np.float64),
        np.maximum(own + claims, 0.0),
        np.maximum(owed, 0.0),
    )


def importance(net: Network, scored: int = SCORED) -> Systemic:
    """Score those who owe the others most by DebtRank, by Furfine's cascades and by what they owe.

    debtrank : share of all equity that the others lose if it loses its own
    furfine : yuan that the others lose if it defaults and repays nothing, further defaults included
    exposure : yuan that it owes the others
    """
    found = core(net)
    owed = np.asarray(found.exposures.sum(axis=0))
    chosen = np.argsort(-owed, kind="stable")[:scored]
    chosen = np.sort(chosen[owed[chosen] > 0])
    equity = np.maximum(found.equity, 0.0)
    rows = []
    for node in map(int, chosen):
        rank = debtrank_linear(found.exposures, equity, {node: 1.0}).debtrank
        losses = furfine_cascade(found.exposures, equity, [node], 1.0).losses
        rows.append((rank, float(losses.sum() - losses[node]), float(owed[node])))
    index = pd.Index(found.parties[chosen], name="party")
    return Systemic(pd.DataFrame(rows, index=index, columns=list(MEASURES), dtype=np.float64))


def most_systemic(scores: Systemic, count: int = TOP) -> pd.DataFrame:
    """Return the parties of the best mean rank over the measures, with scores and ranks."""
    ranks = scores.ranks()
    order = ranks.mean(axis=1).sort_values(kind="stable").index[:count]
    found = scores.scores.loc[order].join(ranks.loc[order].add_suffix("_rank")).reset_index()
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
