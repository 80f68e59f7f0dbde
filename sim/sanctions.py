"""Who walks away from debt: what owners would lose by it, against what they would keep.

Used by the phase that declares defaults; apart because it reads the credit system, supervision and
the books of loans together. An owner who walks away does not come back: what he does next, and
how well, is outside the model, and a sanction is the share of the draws to come that he expects
to lose with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents import enterprise as rules
from sim.kernels import true_at
from sim.units import Floats, Ids, Mask
from sim.visibility import reported_share
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def walking_away(world: World, scenario: Scenario) -> Mask:
    """Mark the enterprises whose owners walk away this month, (n,); most months nobody.

    Debt is the principal of loans; seizable are cash, shares of a money fund and the
    liquidation value of fixed assets, pledged or not. Whom the blacklist alone keeps is written
    down as bound by it.
    """
    p, firms = scenario.parameters.enterprise, world.enterprises
    walks = np.zeros(firms.n, dtype=np.bool_)
    rows = true_at(firms.is_opportunist & firms.alive)
    if not len(rows):
        return walks
    rows = rows[world.debt_of_firms()[rows] > 0]
    debt = world.debt_of_firms()[rows]
    seizable = firms.cash[rows] + firms.fund_shares[rows]
    seizable = seizable + p.liquidation_value * firms.fixed_assets[rows]
    value = rules.value_at_stake(firms.owner_draw[rows], p)
    shut = credit_behind_registry(world)
    weight, lister = _blacklisting(world, rows)
    unlisted = rules.sanction(shut, np.zeros(len(rows)))
    would = rules.walks_away(debt, seizable, value, unlisted)
    faced = rules.sanction(shut, weight)
    walks[rows] = rules.walks_away(debt, seizable, value, faced)
    world.desk.count("sanctions_faced", float(faced.sum()))
    world.desk.count("opportunists_in_debt", len(rows))
    world.note_bound("blacklist_weight", rows, lister, would & ~walks[rows])
    return walks


def credit_behind_registry(world: World) -> float:
    """Share of the market's credit at lenders that would hear of an owner who walked away.

    Members of the registry hear, as far as clients are reported to it. The share is that of
    performing loans of the lenders in business.
    """
    hears = reported_share(world)
    loans = world.loans
    credit = np.bincount(loans.provider, loans.principal * ~loans.is_bad, world.n_providers)
    credit *= world.of_providers("alive")
    whole = float(credit.sum())
    return float(credit @ hears) / whole if whole > 0 else 0.0


def _blacklisting(world: World, firms: Ids) -> tuple[Floats, Ids]:
    """Give the weight of the blacklist that each firm faces and the provider that would list it.

    firms : (m,) rows; the heaviest of what its creditors would do counts. Returns (m,) weight and
    (m,) provider number, -1 where nobody lists.
    """
    weight = np.zeros(world.enterprises.n)
    lister = np.full(world.enterprises.n, -1, dtype=np.int64)
    loans, weights = world.loans, world.limit("blacklist_weight")
    if weights.any():
        owed = true_at(loans.principal > 0)
        order = owed[np.argsort(weights[loans.provider[owed]], kind="stable")]
        # Of several loans of a firm the last one written stays, which is the heaviest.
        weight[loans.borrower[order]] = weights[loans.provider[order]]
        lister[loans.borrower[order]] = loans.provider[order]
    return weight[firms], lister[firms]
