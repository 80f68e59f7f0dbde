"""Scoring: what a provider's sources tell it of a firm, now or at an earlier grant.

Used when loans are underwritten and when scorecards are re-estimated, so that both see the
same signals. A provider gets only the columns its sources declare.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.provider import estimated_index
from sim.chart import NAMES
from sim.contracts.impairments import RELATION_OFFSET
from sim.contracts.signals import noise
from sim.units import Floats, Ids, Mask, yuan
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def estimates(
    world: World,
    scenario: Scenario,
    firm: Ids,
    number: Ids,
    month: Any,
    index: Floats,
    columns: dict[str, Any],
) -> tuple[Floats, Floats]:
    """Return each provider's estimate of the index, and what the look costs in fen.

    firm, number : (m,) enterprise and provider; month : () or (m,)
    index : (m,) latent index of that month; columns : what sources may ask for, (m,) each
    """
    precision, signals, cost = np.zeros(len(firm)), np.zeros(len(firm)), np.zeros(len(firm))
    kind = world.provider_kind[number]
    when = np.broadcast_to(month, firm.shape)
    for code, name in NAMES.items():
        mine = np.flatnonzero(kind == code)
        for source in world.policy.sources.get(name, ()) if len(mine) else ():
            view = applicants(source, columns, mine)
            p, error = look(world, scenario, source, firm[mine], number[mine], when[mine], view)
            precision[mine] += p
            # p_k s_k = p_k y + sqrt(p_k) e_k
            signals[mine] += p * index[mine] + np.sqrt(p) * error
            cost[mine] += yuan(source.cost)
    return estimated_index(precision, signals), cost


def look(
    world: World, scenario: Scenario, source: Any, firm: Ids, number: Ids, month: Ids, view: Any
) -> tuple[Floats, Floats]:
    """Return a source's precision on each firm, 0 where it shows nothing, and its unit noise.

    firm, number, month : (m,) enterprise, provider and month; view : what the source may see
    """
    dice, memory = world.enterprises.dice[firm], scenario.parameters.market.signal_memory
    p = source.precision(view, source.p)
    return p, noise(world.draws, source, dice, number, month, memory)


def applicant_columns(world: World, firm: Ids, number: Ids) -> dict[str, Any]:
    """Return all that sources may ask for of firms as they stand now, (m,) each.

    firm, number : (m,) enterprise and provider
    """
    since = world.relations.lookup((firm << 24) | number, np.inf)
    return {
        "months_known": np.clip(world.month + RELATION_OFFSET - since, 0, None),
        "fixed_assets": world.enterprises.fixed_assets[firm],
    }


def sees_all_debt(world: World, number: Ids) -> Mask:
    """Mark providers that see debts to others; number : (m,) providers."""
    return np.asarray(world.policy.sharing | world.limit("file_sharing")[number])


def applicants(source: Any, columns: dict[str, Any], mine: Ids) -> SimpleNamespace:
    """Show a source the columns it declares, read-only, and no other."""
    view = SimpleNamespace(n=len(mine))
    for name in source.columns:
        value = columns[name][mine]
        value.flags.writeable = False
        setattr(view, name, value)
    return view
