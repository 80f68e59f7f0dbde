"""Providers score, price and decide with the information their credit system gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents import provider as lending
from sim.chart import BANK, CODES, MICRO_LENDER, NAMES, PLATFORM
from sim.contracts.guarantees import priced_loss, several_shares
from sim.guaranteeing import TAKERS, Guarantors, guarantors_of
from sim.kernels import group_sum
from sim.scoring import applicant_columns, estimates
from sim.units import Floats, Ids, to_fen, yuan
from sim.visibility import files, sees_loan
from sim.world import KINDS, Applications, Offers, World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def underwrite(world: World, scenario: Scenario) -> None:
    """Let every provider asked score, price and decide, without regard to its budget.

    Takes `applications`; lays `offers`, one row for each application and provider asked.
    """
    papers = world.desk.applications
    assert papers is not None
    application, rank = np.nonzero(papers.candidates >= 0)
    number = papers.candidates[application, rank]
    firm = papers.firm[application]
    kind = world.provider_kind[number]
    on_file = files(world, firm, number)
    seen = on_file.seen_debt
    columns = applicant_columns(world, firm, number)
    estimate, cost = estimates(
        world,
        scenario,
        firm,
        number,
        world.month,
        world.enterprises.index[firm],
        columns,
    )
    m, firms = scenario.parameters.market, world.enterprises
    revenue = np.maximum(12.0 * firms.scale[firm], 1.0)
    ratio = seen / revenue
    pd = lending.default_probability(
        world.of_providers("pd_intercept")[number],
        world.of_providers("pd_slope")[number],
        world.of_providers("pd_debt")[number],
        estimate,
        ratio,
    )
    found = guarantors_of(world, scenario, firm, np.isin(kind, TAKERS))
    backing = np.asarray(m.guarantee_value * group_sum(found.at, found.room, len(firm)), np.float64)
    amount, pledged = _amount(world, scenario, papers, application, number, kind, seen, backing)
    lgd = np.where(kind == BANK, m.lgd_secured, m.lgd_unsecured)
    if len(found.at):
        kept = _kept_pledge(world, papers.loan[application], number)
        lgd = _guaranteed_lgd(scenario, found, amount, pledged + kept, lgd)
    cost = cost * np.where(
        world.stays_with(papers.loan[application], number), m.renewal_cost_share, 1.0
    )
    base = _base(scenario, world)[kind] + cost / np.maximum(amount, 1.0)
    rate = lending.loan_rate(base, pd, lgd)
    accepted = _decide(world, scenario, papers, application, number, kind, rate, pd, amount)
    world.desk.offers = Offers(
        application,
        rank,
        number,
        amount,
        rate,
        pd,
        lgd,
        estimate,
        ratio,
        pledged,
        columns["months_known"],
        on_file.own_debt,
        on_file.all_debt,
        cost,
        accepted,
        on_file.is_late,
        on_file.registered_debt,
    )


def _amount(
    world: World,
    scenario: Scenario,
    papers: Applications,
    application: Ids,
    number: Ids,
    kind: Ids,
    seen: Floats,
    backing: Floats,
) -> tuple[Any, Floats]:
    """Cut requests to the debt cap, to collateral at banks, and to the cap per borrower.

    backing : (m,) fen that a bank lends beyond collateral, because others answer for the firm
    """
    m, firms = scenario.parameters.market, world.enterprises
    firm, asked = papers.firm[application], papers.amount[application].astype(np.float64)
    loan = papers.loan[application]
    stays = world.stays_with(loan, number)
    # A rollover replaces debt that its own provider, and who sees it, already counts.
    already = np.where(sees_loan(world, loan, firm, number), seen - asked, seen)
    # Turnover is what applicants can prove: the cap follows recent sales when these are lower.
    turnover = np.minimum(firms.scale[firm], firms.plan[firm])
    room = m.debt_cap * 12.0 * turnover - already
    cap = world.limit("loan_cap")[number] * 100.0
    bounded = np.minimum(asked, room)
    capped = np.minimum(bounded, np.maximum(cap - already, 0.0))
    world.note_bound("loan_cap", firm, number, capped < bounded - 0.5)
    own = world.loans
    secured_loans = np.flatnonzero((own.pledged > 0) & own.is_open)
    pledged_before = np.bincount(own.borrower[secured_loans], own.pledged[secured_loans], firms.n)
    free = np.maximum(firms.fixed_assets[firm] - pledged_before[firm], 0.0)
    secured = np.where(stays, np.inf, m.collateral_value * free)
    amount = np.where(kind == BANK, np.minimum(capped, secured + backing), capped)
    covered = np.minimum(amount, secured) / max(m.collateral_value, 1e-9)
    pledge = np.where((kind == BANK) & ~stays, covered, 0.0)
    fen = to_fen(np.maximum(amount, 0.0))
    # Platforms lend in whole shares, which their notes are made of.
    face = yuan(scenario.parameters.platform.note_face)
    return np.where(kind == PLATFORM, fen - fen % face, fen), pledge


def _kept_pledge(world: World, loan: Ids, number: Ids) -> Floats:
    """Book value pledged already for a loan that its provider would extend in place."""
    kept = np.zeros(len(loan))
    rows = np.flatnonzero(world.stays_with(loan, number))
    kept[rows] = world.loans.pledged[loan[rows]]
    return kept


def _guaranteed_lgd(
    scenario: Scenario, found: Guarantors, amount: Any, pledged: Floats, lgd: Floats
) -> Floats:
    """Lower the loss that lenders price where other members of a circle answer for the loan."""
    m = scenario.parameters.market
    signed = several_shares(amount, found.at, found.room)
    guaranteed = group_sum(found.at, signed, len(amount)) / np.maximum(amount, 1)
    secured = np.minimum(m.collateral_value * pledged / np.maximum(amount, 1), 1.0)
    priced = priced_loss(secured, guaranteed, m.lgd_secured, m.lgd_unsecured, m.guarantee_lgd_cut)
    return np.where(guaranteed > 0, priced, lgd)


def _base(scenario: Scenario, world: World) -> Floats:
    """Give funding, operating cost and margin by population code, at present wholesale prices."""
    base = np.zeros(16)
    spread = float(world.conditions["wholesale_spread"])
    for code in (BANK, MICRO_LENDER):
        base[code] = getattr(scenario.parameters, NAMES[code]).price_base + spread
    base[PLATFORM] = scenario.parameters.platform.price_base
    return base


def _decide(
    world: World,
    scenario: Scenario,
    papers: Applications,
    application: Ids,
    number: Ids,
    kind: Ids,
    rate: Floats,
    pd: Floats,
    amount: Any,
) -> Any:
    p, m = scenario.parameters, scenario.parameters.market
    cutoff, smallest = np.zeros(16), np.zeros(16)
    for name in KINDS:
        cutoff[CODES[name]] = getattr(p, name).pd_cutoff
        smallest[CODES[name]] = yuan(getattr(p, name).minimum_loan)
    ceiling = world.limit("rate_ceiling")[number]
    stays = world.stays_with(papers.loan[application], number)
    least = np.where(stays, 1, smallest[kind])
    fine = (pd <= cutoff[kind]) & (rate <= m.rate_cap) & (amount >= least)
    administered = stays & world.is_off("closure")
    fine &= (world.of_providers("alive")[number] & world.limit("may_lend")[number]) | administered
    world.note_bound("rate_ceiling", papers.firm[application], number, fine & (rate > ceiling))
    return fine & (rate <= ceiling)
