"""Scoring: what a provider's sources tell it of a firm, now or at an earlier grant.

Used when loans are underwritten and when scorecards are re-estimated, so that both see the
same signals. A provider gets only the columns its sources declare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.provider import (
    decision_cost_factor,
    default_probability,
    estimated_index,
    is_sound,
    precision_factor,
)
from sim.chart import NAMES
from sim.contracts.breaches import precision_kept
from sim.contracts.impairments import RELATION_OFFSET
from sim.contracts.signals import noise, noise_of_looks, source_code
from sim.kernels import true_at
from sim.units import Floats, Ids, Mask, yuan
from sim.visibility import has_past
from sim.world import KINDS, Applications, Offers, World

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
    index : (m,) latent index of that month
    columns : what sources may ask for, (m,) each
    """
    precision, signals, cost = np.zeros(len(firm)), np.zeros(len(firm)), np.zeros(len(firm))
    kind, dice = world.provider_kind[number], world.enterprises.dice[firm]
    when = np.broadcast_to(month, firm.shape)
    m = scenario.parameters.market
    looks = []
    for code, name in NAMES.items():
        if sources := world.policy.sources.get(name, ()):
            mine = true_at(kind == code)
            looks += [(name, source, mine) for source in sources if len(mine)]
    who = [(source, dice[mine], number[mine], when[mine]) for _, source, mine in looks]
    errors = noise_of_looks(world.draws, who, m.signal_memory)
    kept = _precision_kept(world, number, when)
    for (name, source, mine), error in zip(looks, errors, strict=True):
        p = source.precision(applicants(source, columns, mine), source.p)
        level = getattr(scenario.parameters, name).technology
        p = p * precision_factor(level, m.technology_precision)
        p = p if kept is None else p * kept[mine]
        precision[mine] += p
        # p_k s_k = p_k y + sqrt(p_k) e_k
        signals[mine] += p * index[mine] + np.sqrt(p) * error
        cost[mine] += yuan(source.cost) * decision_cost_factor(level, m.technology_saving)
    return estimated_index(precision, signals), cost


def _precision_kept(world: World, number: Ids, when: Ids) -> Floats | None:
    """Share of precision that breaches left each provider when it looked; None: all of it."""
    if not world.breaches.n or world.is_off("cyber"):
        return None
    return precision_kept(world.breaches, world.n_providers, number, when)


def look(
    world: World, scenario: Scenario, source: Any, firm: Ids, number: Ids, month: Ids, view: Any
) -> tuple[Floats, Floats]:
    """Return a source's precision on each firm, 0 where it shows nothing, and its unit noise.

    firm, number, month : (m,) enterprise, provider and month; view : what the source may see
    """
    dice, memory = world.enterprises.dice[firm], scenario.parameters.market.signal_memory
    p = source.precision(view, source.p)
    return p, noise(world.draws, source, dice, number, month, memory)


def is_sound_need(world: World, scenario: Scenario, firm: Ids, more: Floats) -> Mask:
    """Tell where the oracle would lend: with the true index, and all debt.

    firm : (m,) enterprises; more : (m,) fen - debt that the loan would add
    """
    m, firms = scenario.parameters.market, world.enterprises
    revenue = np.maximum(12.0 * firms.scale[firm], 1.0)
    debt = world.debt_of_firms()[firm] / revenue + more / revenue
    pd = default_probability(
        m.oracle_intercept, m.oracle_slope, m.oracle_debt, firms.index[firm], debt
    )
    return is_sound(pd, m.lgd_unsecured, m.reference_rate, m.reference_cost)


def applicants(source: Any, columns: dict[str, Any], mine: Ids) -> SimpleNamespace:
    """Show a source the columns it declares, read-only, and no other."""
    view = SimpleNamespace(n=len(mine))
    for name in source.columns:
        own = f"{source.kind}.{name}"
        value = columns[own if own in columns else name][mine]
        value.flags.writeable = False
        setattr(view, name, value)
    return view


def applicant_columns(world: World, firm: Ids, number: Ids) -> dict[str, Any]:
    """Return what sources in force may ask for of firms as they stand now, (m,) each.

    firm, number : (m,) enterprise and provider
    """
    since = world.relations.lookup((firm << 24) | number, np.inf)
    known = {
        "months_known": (world.month + RELATION_OFFSET - since).clip(0, None),
        "fixed_assets": world.enterprises.fixed_assets[firm],
    }
    return with_declared(world, sources_in_force(world), firm, world.month, known)


def sources_in_force(world: World) -> list[Any]:
    """List one source of each kind that some lender or lending platform holds."""
    by_kind = world.policy.sources.items()
    held = {s.kind: s for kind, sources in by_kind if kind in KINDS for s in sources}
    return list(held.values())


def with_declared(
    world: World, sources: Iterable[Any], firm: Ids, month: Any, columns: dict[str, Any]
) -> dict[str, Any]:
    """Add the columns that sources declare and that are not there yet; no other is looked up.

    firm, month : (m,)
    """
    found = dict(columns)
    for source in sources:
        for name in source.columns:
            if name == "coverage_draw":  # a draw for each source
                dice, option = world.enterprises.dice[firm], source_code(source.kind)
                draw = world.draws.uniform("source_coverage", 0, dice, option)
                found[f"{source.kind}.{name}"] = draw
            elif name not in found:
                found[name] = _COLUMNS[name](world, firm, month)
    return found


def supplies_core(world: World) -> Mask:
    """Mark the enterprises that a living core firm orders from; (n_firms,)."""
    firms, links = world.enterprises, world.links
    rows = true_at(links.is_active & (firms.is_core & firms.alive).take(links.buyer))
    found = np.zeros(firms.n, dtype=np.bool_)
    found[links.supplier[rows]] = True
    return found


# Columns of applicants that are filed at a grant; the others can be found for any month.
FILED = ("months_known", "fixed_assets", "supplies_core")
_COLUMNS: dict[str, Callable[[World, Ids, Any], Any]] = {
    "is_online": lambda world, firm, month: world.enterprises.is_online[firm],
    "supplies_core": lambda world, firm, month: supplies_core(world)[firm],
    "has_past": has_past,
}


def reached(world: World, kind: str, firm: Ids) -> Mask:
    """Mark the firms that online providers of a kind can reach; (m,).

    Those online, and those covered by a source of theirs that opens a channel.
    """
    found = world.enterprises.is_online[firm].copy()
    for source in world.policy.sources.get(kind, ()):
        if source.opens_channel:
            columns = with_declared(world, (source,), firm, world.month, {})
            found |= source.coverage(applicants(source, columns, np.arange(len(firm))))
    return found


def file_grants(world: World, papers: Applications, offers: Offers, chosen: Ids) -> None:
    """File what was known when each grant was decided, to learn from its outcome.

    chosen : rows of offers. Whom a firm supplies is taken as of the payment.
    """
    firm = papers.firm[offers.application[chosen]]
    _file_records(
        world,
        firm,
        offers.provider[chosen],
        offers.decided[chosen],
        offers.index[chosen],
        (offers.own_debt[chosen], offers.registered_debt[chosen]),
        offers.months_known[chosen],
        offers.fixed_assets[chosen],
    )


def file_draws(
    world: World, firm: Ids, number: Ids, own: Floats, registered: Floats, known: Floats
) -> None:
    """File what providers know now of firms that draw at once; (m,) each.

    own, registered : fen - debt to the provider, and in the registry; known : months a client
    """
    firms = world.enterprises
    index, assets = firms.index[firm], firms.fixed_assets[firm]
    _file_records(world, firm, number, world.month, index, (own, registered), known, assets)


def _file_records(
    world: World,
    firm: Ids,
    number: Ids,
    month: Ids | int,
    index: Floats,
    debts: tuple[Floats, Floats],
    known: Floats,
    fixed_assets: Any,
) -> None:
    revenue = np.maximum(12.0 * world.enterprises.scale[firm], 1.0)
    world.score_records.append(
        len(firm),
        {
            "firm": firm,
            "provider": number,
            "month": month,
            "index": index,
            "own_debt": debts[0] / revenue,
            "registered_debt": debts[1] / revenue,
            "months_known": known,
            "fixed_assets": fixed_assets,
            "supplies_core": supplies_core(world)[firm],
        },
    )
