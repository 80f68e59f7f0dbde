"""Providers score, price and decide with the information their credit system gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents import provider as lending
from sim.borrower_caps import cut_to_caps
from sim.chart import BANK, CODES, MICRO_LENDER, NAMES, PLATFORM
from sim.contracts.guarantees import priced_loss, several_shares
from sim.decisions import decide_ahead, matured, months_to_decide, promised, recall
from sim.guaranteeing import TAKERS, Guarantors, guarantors_of
from sim.kernels import group_sum, true_at
from sim.scoring import applicant_columns, estimates
from sim.units import Floats, Ids, Mask, to_fen, yuan
from sim.visibility import Files, files, sees_loan
from sim.world import KINDS, Applications, Offers, World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def underwrite(world: World, scenario: Scenario) -> None:
    """Let every provider asked score, price and decide, without regard to its budget.

    Takes `applications`; lays `offers`, one row for each application and provider asked. Takes
    `ahead` too, and writes down who would take these bullets over once they mature.
    """
    papers, ahead = world.desk.applications, world.desk.ahead
    assert papers is not None
    world.desk.offers = _offers(world, scenario, papers)
    if ahead is not None:
        decide_ahead(world, scenario, ahead, _offers(world, scenario, ahead))


def _offers(world: World, scenario: Scenario, papers: Applications) -> Offers:
    """Answer applications; where a decision is due its terms stand, and its sum is cut anew."""
    application, rank = np.nonzero(papers.candidates >= 0)
    number = papers.candidates[application, rank]
    firm = papers.firm[application]
    kind = world.provider_kind[number]
    on_file = files(world, firm, number)
    seen = on_file.seen_debt
    _note_opened_files(world, firm, number, on_file)
    columns = applicant_columns(world, firm, number)
    m, firms = scenario.parameters.market, world.enterprises
    index = firms.index[firm]
    estimate, cost = estimates(world, scenario, firm, number, world.month, index, columns)
    revenue = np.maximum(12.0 * firms.scale[firm], 1.0)
    ratio = seen / revenue
    pd = lending.default_probability(
        world.of_providers("pd_intercept")[number],
        world.of_providers("pd_slope")[number],
        world.of_providers("pd_debt")[number],
        estimate,
        ratio,
    )
    due = matured(world, papers, application, number)
    asked = np.minimum(papers.amount[application], promised(world, due))
    is_taker = (kind == TAKERS[0]) | (kind == TAKERS[1])
    stays = world.stays_with(papers.loan[application], number)
    found = guarantors_of(world, scenario, firm, is_taker, papers.loan[application])
    backing = np.asarray(m.guarantee_value * group_sum(found.at, found.room, len(firm)), np.float64)
    amount, pledged = _amount(
        world, scenario, papers, application, number, kind, asked, on_file, backing
    )
    lgd = np.where(kind == BANK, m.lgd_secured, m.lgd_unsecured)
    if len(found.at):
        kept = _kept_pledge(world, papers.loan[application], number)
        lgd = _guaranteed_lgd(scenario, found, amount, pledged + kept, lgd)
    cost = cost * np.where(stays, m.renewal_cost_share, 1.0)
    base = _base(scenario, world)[kind] + cost / np.maximum(amount, 1.0)
    offers = Offers(
        application,
        rank,
        number,
        amount,
        lending.loan_rate(base, pd, lgd),
        pd,
        lgd,
        estimate,
        ratio,
        pledged,
        columns["months_known"],
        on_file.own_debt,
        on_file.all_debt,
        cost,
        index,
        columns["fixed_assets"].astype(np.float64),
        np.full(len(firm), world.month),
        np.where(stays, 0, months_to_decide(world, scenario)[number]),
        np.zeros(len(firm), dtype=np.bool_),
        on_file.is_late,
        on_file.registered_debt,
    )
    recall(world, offers, due)
    offers.is_accepted = _decide(world, scenario, papers, offers, kind)
    offers.is_accepted &= (due < 0) | ~on_file.is_late
    return offers


def _note_opened_files(world: World, firm: Ids, number: Ids, on_file: Files) -> None:
    """Note where files that the regulator had opened show debts to others."""
    must = world.limit("file_sharing")
    if must.any():
        shown = on_file.seen_debt > on_file.own_debt + 0.5
        world.note_bound("file_sharing", firm, number, must[number] & shown)


def _amount(
    world: World,
    scenario: Scenario,
    papers: Applications,
    application: Ids,
    number: Ids,
    kind: Ids,
    asked: Floats,
    on_file: Files,
    backing: Floats,
) -> tuple[Any, Floats]:
    """Cut requests to the debt cap, to the regulator's caps and to collateral at banks.

    backing : (m,) fen that a bank lends beyond collateral, because others answer for the firm
    """
    m, firms = scenario.parameters.market, world.enterprises
    firm, loan = papers.firm[application], papers.loan[application]
    stays = world.stays_with(loan, number)
    # A rollover replaces debt that its own provider, and who sees it, already counts.
    seen, own_debt = on_file.seen_debt, on_file.own_debt
    already = np.where(sees_loan(world, loan, firm, number), seen - asked, seen)
    # Turnover is what applicants can prove: the cap follows recent sales when these are lower.
    turnover = np.minimum(firms.scale[firm], firms.plan[firm])
    room = m.debt_cap * 12.0 * turnover - already
    kept_debt = np.where(stays, own_debt - asked, own_debt)
    capped = cut_to_caps(world, firm, number, np.minimum(asked, room), kept_debt, already)
    own = world.loans
    secured_loans = true_at((own.pledged > 0) & own.is_open)
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
    rows = true_at(world.stays_with(loan, number))
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
    base[BANK] += world.deposit_premium
    base[PLATFORM] = scenario.parameters.platform.price_base
    return base


def _decide(
    world: World, scenario: Scenario, papers: Applications, offers: Offers, kind: Ids
) -> Mask:
    p, m = scenario.parameters, scenario.parameters.market
    number, rate = offers.provider, offers.rate
    cutoff, smallest = np.zeros(16), np.zeros(16)
    for name in KINDS:
        cutoff[CODES[name]] = getattr(p, name).pd_cutoff
        smallest[CODES[name]] = yuan(getattr(p, name).minimum_loan)
    ceiling = world.limit("rate_ceiling")[number]
    stays = world.stays_with(papers.loan[offers.application], number)
    least = np.where(stays, 1, smallest[kind])
    fine = (offers.pd <= cutoff[kind]) & (rate <= m.rate_cap) & (offers.amount >= least)
    administered = stays & world.is_off("closure")
    fine &= (world.of_providers("alive")[number] & world.limit("may_lend")[number]) | administered
    firm = papers.firm[offers.application]
    world.note_bound("rate_ceiling", firm, number, fine & (rate > ceiling))
    accepted: Mask = fine & (rate <= ceiling)
    return accepted
