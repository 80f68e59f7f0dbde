"""Campaigns: which firms start one, on which terms, and how money raised is released to them.

A project that lenders refused, or whose owner prefers the crowd, is reviewed by one platform. Sound
ones are shown to savers for some months, all or nothing; what was raised is released milestone by
milestone and becomes stakes. What savers choose stands in `pledging`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.agents.crowdfunding_platform import share_of_revenue
from sim.agents.enterprise import NEVER
from sim.agents.provider import (
    decision_cost_factor,
    decision_months,
    default_probability,
    estimated_index,
    loan_rate,
    precision_factor,
)
from sim.contracts.campaigns import places, raised
from sim.contracts.loans import INVESTMENT
from sim.kernels import group_sum
from sim.ledger import Claim
from sim.scoring import applicants, look, with_declared
from sim.stake_posting import KIND, release_pledges, return_pledges
from sim.units import Fen, Floats, Ids, Mask, to_fen, yuan
from sim.visibility import is_reported, reported_share
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

# Platforms have noise of their own in private sources: numbers beyond those of any lender.
FIRST_VIEWER = 1 << 20


# ---------------------------------------------------------------- who comes
def may_campaign(world: World, scenario: Scenario, firm: Ids, amount: Fen) -> Mask:
    """Mark the firms that could ask the crowd for a sum now; firm, amount : (m,)."""
    p, firms, table = (
        scenario.parameters.crowdfunding_platform,
        world.enterprises,
        world.crowdfunding_platforms,
    )
    if not (world.policy.crowdfunding.open and table.alive.any()):
        return np.zeros(len(firm), dtype=np.bool_)
    fits = (amount >= yuan(p.minimum_target)) & (amount <= yuan(p.maximum_target))
    fits &= firms.is_online[firm] & firms.alive[firm] & (firms.months_late[firm] == 0)
    return np.asarray(fits & (firms.campaign_from[firm] <= world.month))


def crowd_first(world: World, scenario: Scenario, firm: Ids, purpose: Ids, amount: Fen) -> Mask:
    """Mark the applications whose owners try a campaign before they ask lenders; (m,)."""
    if not world.crowdfunding_platforms.n:
        return np.zeros(len(firm), dtype=np.bool_)
    share = scenario.parameters.crowdfunding_platform.prefer_share
    dice = world.enterprises.dice[firm]
    prefers = world.draws.uniform("prefers_crowdfunding", 0, dice) < share
    return (purpose == INVESTMENT) & prefers & may_campaign(world, scenario, firm, amount)


def start_campaigns(world: World, scenario: Scenario) -> None:
    """Let firms whose project no lender finances turn to a platform, which reviews it.

    Takes `applications`, `offers`, `granted` and `put_off`. The firm's need goes with the campaign.
    """
    papers, offers, desk = world.desk.applications, world.desk.offers, world.desk
    assert papers is not None
    assert offers is not None
    served = np.zeros(len(papers), dtype=np.bool_)
    for mask in (desk.granted, desk.put_off):
        if mask is not None:
            served[offers.application[mask]] = True
    which = np.flatnonzero((papers.purpose == INVESTMENT) & ~served)
    which = which[may_campaign(world, scenario, papers.firm[which], papers.amount[which])]
    firm, target, firms = papers.firm[which], papers.amount[which], world.enterprises
    if not len(firm):
        return
    asked_nobody = ~(papers.candidates[which] >= 0).any(axis=1)
    firms.asks_from[firm[asked_nobody]] = world.month  # no lender has refused them
    terms = _review(world, scenario, firm, target)
    p = scenario.parameters
    wait = np.where(
        terms.is_sound, p.crowdfunding_platform.rest_months, p.enterprise.reapply_months
    )
    firms.campaign_from[firm] = world.month + wait
    _open(world, scenario, firm[terms.is_sound], target[terms.is_sound], terms.sound())


# ---------------------------------------------------------------- review
class Terms(NamedTuple):
    """What platforms found of projects, and the terms they would have; (m,) each."""

    platform: Ids
    rate: Floats
    loss_rate: Floats
    revenue_share: Floats
    is_sound: Mask

    def sound(self) -> Terms:
        """Keep the projects that passed."""
        kept: list[Any] = [column[self.is_sound] for column in self]
        return Terms(*kept)


def _review(world: World, scenario: Scenario, firm: Ids, target: Fen) -> Terms:
    """Score projects, price their stakes and let sound ones pass; reviews cost the platform."""
    p, m = scenario.parameters.crowdfunding_platform, scenario.parameters.market
    firms, table = world.enterprises, world.crowdfunding_platforms
    platform = platform_of(world, firm)
    estimate, cost = _estimates(world, scenario, firm, platform)
    debt = seen_debt(world, firm) / np.maximum(12.0 * firms.scale[firm], 1.0)
    pd = default_probability(m.pd_intercept, m.pd_slope, m.pd_debt, estimate, debt)
    lgd = np.full(len(firm), p.loss_given_default)
    at_risk = lgd * (1.0 - world.policy.crowdfunding.guarantee)
    rate = loan_rate(np.full(len(firm), p.price_base), pd, at_risk)
    share = share_of_revenue(target.astype(np.float64), rate, firms.scale[firm], p.stake_months)
    stakes = world.stakes
    taken = np.bincount(stakes.firm, stakes.share * stakes.is_open, firms.n)[firm]
    is_sound = (pd <= p.pd_cutoff) & (share + taken <= p.most_revenue_share)
    charged = cost * np.where(is_sound, 1.0, m.refusal_cost_share)
    table.decision_cost[:] += np.bincount(platform, charged, table.n)
    world.desk.count("campaigns_reviewed", len(firm))
    return Terms(platform, rate, pd * lgd, share, is_sound)


def platform_of(world: World, firm: Ids) -> Ids:
    """Living platform each firm turns to: a lasting choice by size and noise; (m,) rows."""
    table, dice = world.crowdfunding_platforms, world.enterprises.dice
    living = np.flatnonzero(table.alive)
    noise = world.draws.gumbel("choose_crowdfunding_platform", 0, dice[firm][:, None], living)
    liking = noise + np.log(np.maximum(table.initial_capital[living], 1.0))
    return living[liking.argmax(axis=1)]


def _estimates(world: World, scenario: Scenario, firm: Ids, platform: Ids) -> tuple[Floats, Floats]:
    """Return what the platform's sources say of each firm, and what the look costs in fen."""
    m, firms = scenario.parameters.market, world.enterprises
    level = scenario.parameters.crowdfunding_platform.technology
    sources = world.policy.sources.get(KIND, ())
    when, every = np.full(len(firm), world.month), np.arange(len(firm))
    columns = review_columns(world, firm)
    precision, signals, cost = np.zeros(len(firm)), np.zeros(len(firm)), 0.0
    for source in sources:
        view = applicants(source, columns, every)
        p, error = look(world, scenario, source, firm, FIRST_VIEWER + platform, when, view)
        p = p * precision_factor(level, m.technology_precision)
        precision += p
        signals += p * firms.index[firm] + np.sqrt(p) * error
        cost += yuan(source.cost) * decision_cost_factor(level, m.technology_saving)
    return estimated_index(precision, signals), np.full(len(firm), cost)


def review_columns(world: World, firm: Ids) -> dict[str, Any]:
    """Return what sources of crowdfunding platforms may ask for of firms now, (m,) each."""
    sources = world.policy.sources.get(KIND, ())
    assets = world.enterprises.fixed_assets[firm]
    known = {"months_known": np.zeros(len(firm)), "fixed_assets": assets}
    return with_declared(world, sources, firm, world.month, known)


def seen_debt(world: World, firm: Ids) -> Floats:
    """Loans of firms that platforms see: those in the registry, if they may look into it."""
    loans, sources = world.loans, world.policy.sources.get(KIND, ())
    if not any(source.opens_debts for source in sources):
        return np.zeros(len(firm))
    on_file = is_reported(world, loans.borrower, loans.provider, reported_share(world))
    debt = np.bincount(loans.borrower, loans.principal * on_file, world.enterprises.n)
    return np.asarray(debt[firm], dtype=np.float64)


def _open(world: World, scenario: Scenario, firm: Ids, target: Fen, terms: Terms) -> None:
    """Open campaigns; the project and the need it was to meet go with them."""
    p, firms, policy = (
        scenario.parameters.crowdfunding_platform,
        world.enterprises,
        world.policy.crowdfunding,
    )
    sources = world.policy.sources.get(KIND, ())
    delay = decision_months(max((s.delay for s in sources), default=0), p.technology)
    opens = world.month + delay
    world.campaigns.append(
        len(firm),
        {
            "firm": firm,
            "platform": terms.platform,
            "target": target,
            "opens": opens,
            "closes": opens + p.campaign_months - 1,
            "project_size": firms.project_size[firm],
            "project_return": firms.project_return[firm],
            "need": firms.need[firm],
            "need_purpose": firms.need_purpose[firm],
            "need_is_sound": firms.need_is_sound[firm],
            "rate": terms.rate,
            "revenue_share": terms.revenue_share,
            "loss_rate": terms.loss_rate,
            "is_disclosed": any(source.discloses for source in sources),
            "guaranteed": policy.guarantee,
        },
    )
    # No other project is met while this one is out for money.
    firms.project_size[firm], firms.project_left[firm] = 0.0, delay + p.campaign_months + 1
    firms.need[firm], firms.need_purpose[firm] = 0.0, -1
    world.desk.count("campaigns_started", len(firm))


# ---------------------------------------------------------------- outcome
def conclude_campaigns(world: World, scenario: Scenario) -> None:
    """Let campaigns succeed that have their target, and fail whose time is over."""
    book, stakes = world.campaigns, world.stakes
    if not book.n:
        return
    runs = book.is_open & ~book.is_funded & (book.opens <= world.month)
    is_full = raised(book, stakes) >= book.target
    won = np.flatnonzero(runs & is_full)
    lost = np.flatnonzero(runs & ~is_full & (book.closes <= world.month))
    book.is_funded[won], book.next_release[won] = True, world.month
    # The months are counted from when the average part is released.
    p = scenario.parameters.crowdfunding_platform
    wait = (p.milestones - 1) * p.milestone_months // 2
    book.until[won] = world.month + wait + p.stake_months - 1
    _count_success(world, won)
    if len(lost):
        _give_back(world, lost)
        _return_projects(world, scenario, lost)
        world.desk.count("campaigns_failed", len(lost))


def _count_success(world: World, won: Ids) -> None:
    book, firms, desk = world.campaigns, world.enterprises, world.desk
    met = np.minimum(book.target[won], book.need[won]) * book.need_is_sound[won]
    for_project = book.need_purpose[won] == INVESTMENT  # or else of a spell that began otherwise
    for name in ("met_investment", "met_crowdfunding"):
        desk.count(name, float(met[for_project].sum()))
    desk.count("met_working", float(met[~for_project].sum()))
    desk.count("campaigns_funded", len(won))
    desk.count("campaign_raised", float(book.target[won].sum()))
    firms.project_left[book.firm[won]] = 0
    firms.need_since[book.firm[won]] = NEVER


def _give_back(world: World, rows: Ids) -> None:
    """Return the escrow of campaigns that are over, and close them."""
    book, stakes = world.campaigns, world.stakes
    pledged = np.flatnonzero(stakes.pledged)
    return_pledges(world, pledged[np.isin(places(book, stakes, pledged), rows)])
    book.close(rows)


def _return_projects(world: World, scenario: Scenario, rows: Ids) -> None:
    """Let firms whose campaigns failed look elsewhere for a while; the need was counted before."""
    book, firms = world.campaigns, world.enterprises
    firm = book.firm[rows]
    firms.project_size[firm], firms.project_return[firm] = (
        book.project_size[rows],
        book.project_return[rows],
    )
    firms.project_left[firm] = scenario.parameters.enterprise.investment_patience
    idle = firms.need_purpose[firm] < 0
    rows, firm = rows[idle], firm[idle]
    firms.need[firm], firms.need_is_sound[firm] = book.need[rows], book.need_is_sound[rows]
    firms.need_purpose[firm] = book.need_purpose[rows]


def release_milestones(world: World, scenario: Scenario) -> None:
    """Release parts of escrow that are due to firms without arrears, which invest them.

    A firm in arrears waits; after `milestone_patience` months the rest goes back to its savers.
    """
    p, book, firms = (
        scenario.parameters.crowdfunding_platform,
        world.campaigns,
        world.enterprises,
    )
    due = np.flatnonzero(book.is_open & book.is_funded & (book.next_release <= world.month))
    if not len(due):
        return
    is_late = (firms.months_late[book.firm[due]] > 0) | ~firms.alive[book.firm[due]]
    given_up = due[is_late & (book.next_release[due] + p.milestone_patience < world.month)]
    _give_back(world, given_up)
    rows = due[~is_late]
    fen = _release(world, scenario, rows)
    first = rows[book.released[rows] == 0]
    _charge_fees(world, scenario, first)
    _invest(world, rows, fen)
    book.released[rows] += 1
    book.next_release[rows] = world.month + p.milestone_months
    book.close(rows[book.released[rows] >= p.milestones])


def _release(world: World, scenario: Scenario, rows: Ids) -> Fen:
    """Release the part that is due; returns (m,) fen by campaign."""
    p, book, stakes = scenario.parameters.crowdfunding_platform, world.campaigns, world.stakes
    is_due = np.zeros(book.n, dtype=np.bool_)
    is_due[rows] = True
    pledged = np.flatnonzero(stakes.pledged)
    at = places(book, stakes, pledged)
    pledged, at = pledged[is_due[at]], at[is_due[at]]
    parts_left = np.maximum(p.milestones - book.released[at], 1)
    share = book.revenue_share[at] / book.target[at]
    fen = release_pledges(world, pledged, parts_left, share, book.until[at])
    return group_sum(at, fen, book.n)[rows]


def _charge_fees(world: World, scenario: Scenario, rows: Ids) -> None:
    p, book, firms = (
        scenario.parameters.crowdfunding_platform,
        world.campaigns,
        world.enterprises,
    )
    share = p.origination_fee + p.guarantee_fee * book.guaranteed[rows]
    who = book.firm[rows]
    fen = np.minimum(to_fen(share * book.target[rows]), firms.cash[who])
    alive = world.crowdfunding_platforms.alive[book.platform[rows]]
    fen = np.where(alive, fen, 0)
    world.ledger.pay("origination_fee", "enterprise", who, KIND, book.platform[rows], fen)


def _invest(world: World, rows: Ids, released: Fen) -> None:
    """Let firms buy what the project needs: money released less fees, and at first their own part.

    rows : (m,) campaigns, of which a firm may have one only; released : (m,) fen
    """
    book, firms = world.campaigns, world.enterprises
    who = book.firm[rows]
    own = np.where(book.released[rows] == 0, book.project_size[rows] - book.target[rows], 0.0)
    spend = np.minimum(released + to_fen(np.maximum(own, 0.0)), firms.cash[who])
    claim = Claim("fixed_assets", firms, "fixed_assets", who, spend, "", "enterprise")
    world.ledger.pay("invest", "enterprise", who, "outside", None, spend, claim)
    firms.project_income[who] += book.project_return[rows] * spend
