"""Providers pay their costs, owners draw, scores are re-estimated, lost suppliers replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents import enterprise as rules
from sim.agents.investor import SLOTS
from sim.agents.provider import refit
from sim.breaches import pay_compensation
from sim.chart import INVESTOR, NAMES, OWN_ACCOUNT
from sim.contracts.loans import expected_loss, to_holders
from sim.crowdfunding import run_platforms
from sim.emergency import repay_emergency
from sim.entry import append_links, choose_suppliers
from sim.fraud import misuse_and_skim
from sim.fund_shares import place_cash
from sim.kernels import add_at, true_at
from sim.ledger import EVERY, Claim, Leg, Worth
from sim.parking import drawn_share, park_surplus, redeem_for_draw
from sim.policing import note_complaints
from sim.pools import any_pools, pay_pool_premiums, post_pool_rates
from sim.postings import (
    institution_due,
    loans_of_provider,
    pay_institution_dues,
    take_deposits,
)
from sim.promises import fill_reserves
from sim.purse import collect_levies
from sim.receivable_posting import receivables_held
from sim.scoring import FILED, estimates, sources_in_force, with_declared
from sim.security import spend_on_security
from sim.stake_posting import charge_stake_premiums
from sim.table import Table
from sim.units import Floats, Mask, to_fen, yuan
from sim.vendors import fees, pass_on, pay_fees
from sim.visibility import members, pooling
from sim.world import KINDS, World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def adapt(world: World, scenario: Scenario) -> None:
    """Pay running costs, security and dividends, let owners draw, learn scores, find suppliers."""
    pay_compensation(world, scenario)
    _pay_running_costs(world, scenario)
    run_platforms(world, scenario)
    repay_emergency(world, scenario)
    _pay_premiums(world)
    if any_pools(world):
        pay_pool_premiums(world)
        post_pool_rates(world, scenario)
    charge_stake_premiums(world)
    lacks_reserve = fill_reserves(world, scenario)
    spend_on_security(world, scenario)
    _pay_dividends(world, scenario, lacks_reserve)
    pass_on(world)
    misuse_and_skim(world, scenario)
    note_complaints(world)
    _draw_surplus(world, scenario)
    park_surplus(world, scenario)
    place_cash(world, scenario)
    _refit_scores(world, scenario)
    _find_suppliers(world, scenario)


def _pay_running_costs(world: World, scenario: Scenario) -> None:
    """Levies, fixed and variable running costs and decisions; what cash cannot meet stays due.

    Technology adds to fixed costs. What of them vendors charge is paid to these first.
    """
    share = scenario.parameters.market.technology_cost
    serviced = loans_of_provider(world) + receivables_held(world)
    unpaid_levy = collect_levies(world)
    for kind in KINDS:
        p, table, start = (
            getattr(scenario.parameters, kind),
            world.tables[kind],
            world.first_number(kind),
        )
        if not table.n:
            continue
        mine = slice(start, start + table.n)
        if kind == "platform":
            fixed = yuan(p.fixed_cost) * np.sqrt(table.prominence)
        else:
            fixed = p.fixed_cost_share * table.initial_capital
        fee, extra = fees(world, scenario, kind, fixed)
        fixed = fixed * (1.0 + share * p.technology) + extra
        cost = fixed + p.variable_cost / 12.0 * serviced[mine] + table.decision_cost
        cost = cost + unpaid_levy[mine]
        if kind == "platform":
            table.monthly_cost[:] = cost
        due = to_fen(
            np.where(_has_costs(table, kind), cost, 0.0)
            * np.where(table.is_in_estate, scenario.parameters.market.estate_running_cost, 1.0)
        )
        institution_due(world, kind, due - pay_fees(world, kind, fee, extra))
        if kind == "bank":
            take_deposits(world, np.maximum(table.institution_arrears - table.cash, 0))
        short = pay_institution_dues(world, kind)
        table.cost_late[:] = np.where(short, table.cost_late + 1, 0)


def _has_costs(table: Table, kind: str) -> Mask:
    """Mark providers that are at work or whose estates are; some only wait for the police."""
    at_work = table.alive | table.is_in_estate
    return np.asarray(at_work & ~table.is_dormant if kind == "platform" else at_work)


def _pay_premiums(world: World) -> None:
    """Charge the expected loss for covers that are in force, as far as free cash goes."""
    lenders_covered = world.is_off("funding")
    for kind in (NAMES[code] for code in OWN_ACCOUNT):
        table = world.tables[kind]
        if not lenders_covered:
            table.premium_due[:] = 0.0
            continue
        rows = np.arange(table.n)
        fen = np.minimum(to_fen(table.premium_due), np.maximum(table.cash, 0))
        world.ledger.pay("cover_premium", kind, rows, "outside", None, fen)
        table.premium_due[:] -= fen
        world.desk.cover["funding_premium"] = world.desk.cover.get("funding_premium", 0) + int(
            fen.sum()
        )
    if world.is_off("notes"):
        _pay_note_premiums(world)


def _pay_note_premiums(world: World) -> None:
    loans, accounts = world.loans, world.accounts
    mine = true_at((loans.holder == INVESTOR) & ~loans.is_bad)
    each = (expected_loss(loans)[mine] / loans.shares[mine])[:, None]
    where, premium = to_holders(loans, world.notes, "account", mine, each, accounts.n)
    add_at(accounts.premium_due, where, premium[:, 0])
    rows = true_at((accounts.premium_due >= 1.0) & (accounts.balance > 0))
    fen = np.minimum(to_fen(accounts.premium_due[rows]), accounts.balance[rows])
    owner = rows // SLOTS
    world.ledger.post(
        Leg(
            "cover_premium_notes",
            "platform",
            accounts.platform[rows],
            "outside",
            None,
            fen,
            (Claim("client_balances", accounts, "balance", rows, -fen, "platform", "investor"),),
            payer_account="client_cash",
            worth=(Worth("investor", owner, -fen),),
        )
    )
    accounts.premium_due[rows] -= fen
    world.desk.cover["notes_premium"] = world.desk.cover.get("notes_premium", 0) + int(fen.sum())


def _pay_dividends(world: World, scenario: Scenario, lacks_reserve: Mask) -> None:
    """Pay out a share of own capital above target; banks pay deposits back with the rest."""
    for kind in KINDS:
        p, table = getattr(scenario.parameters, kind), world.tables[kind]
        if not table.n:
            continue
        rows = np.arange(table.n)
        capital = table.net_worth - table.provisions
        start = world.first_number(kind)
        floor = 100.0 * world.limit("capital_floor")[start : start + table.n]
        target = np.maximum(p.target_capital * table.initial_capital, floor)
        excess = np.maximum(capital - target, 0.0)
        may = table.alive & (table.emergency == 0)
        may &= (table.months_late == 0) if kind == "micro_lender" else True
        may &= ~lacks_reserve if kind == "platform" else True
        fen = np.where(may, to_fen(p.dividend_share * excess), 0)
        world.ledger.pay(
            "dividend", kind, rows, "outside", None, np.minimum(fen, np.maximum(table.cash, 0))
        )
    banks = world.banks
    rows = np.arange(banks.n)
    back = np.minimum(banks.deposits, banks.cash)
    world.ledger.pay(
        "deposit_repay",
        "bank",
        rows,
        "outside",
        None,
        back,
        Claim("deposits", banks, "deposits", rows, -back, "bank", "outside"),
    )


def _draw_surplus(world: World, scenario: Scenario) -> None:
    """Owners of firms without arrears take a share of cash and shares above the buffer."""
    p, firms = scenario.parameters.enterprise, world.enterprises
    buffer = rules.cash_buffer(firms.outflow, firms.is_core, p)
    means = firms.cash + firms.fund_shares
    above = np.maximum(means - p.draw_buffers * buffer - firms.project_size, 0.0)
    may = firms.alive & (firms.months_late == 0)
    fen = np.where(may, to_fen(drawn_share(world, scenario) * above), 0)
    fen = redeem_for_draw(world, scenario, fen)
    world.ledger.pay("owner_draw", "enterprise", EVERY, "outside", None, fen)
    firms.owner_draw[:] += p.draw_smoothing * (fen - firms.owner_draw)


def _refit_scores(world: World, scenario: Scenario) -> None:
    """Re-estimate scorecards once in month 1 and then every year from outcomes of a year."""
    m, book, month = scenario.parameters.market, world.score_records, world.month
    if (month - 1) % m.pd_refit_months or not book.n or not world.n_providers:
        return
    if world.is_off("funding") and month > 1:
        return
    book.close(true_at(book.month < month - 12 - m.pd_window))
    book.compact(at_once=True)
    ripe = true_at(book.month <= month - 12)
    if not len(ripe):
        return
    firm, number, when = book.firm[ripe], book.provider[ripe], book.month[ripe].astype(np.int64)
    filed = {name: book.column(name)[ripe] for name in FILED}
    columns = with_declared(world, sources_in_force(world), firm, when, filed)
    index, _ = estimates(world, scenario, firm, number, when, book.index[ripe], columns)
    firms = world.enterprises
    after = firms.ended[firm] - when
    # Grants come before defaults within a month, so that of the same month is an outcome too.
    is_bad = (after >= 0) & (after <= 12) & ~firms.is_voluntary[firm]
    debt = np.where(members(world)[number], book.registered_debt[ripe], book.own_debt[ripe])
    # One more group stands for all who learn from one sample.
    pools, n = pooling(world), world.n_providers
    group = np.where(pools[number], n, number)
    prior = np.array([m.pd_intercept, m.pd_slope, m.pd_debt])
    beta = refit(prior, m.pd_prior_sd, index, debt, is_bad, group, n + 1)
    _write_scores(world, np.where(pools[:, None], beta[n], beta[:n]))


def _write_scores(world: World, beta: Floats) -> None:
    for place, column in enumerate(("pd_intercept", "pd_slope", "pd_debt")):
        for kind in KINDS:
            table, start = world.tables[kind], world.first_number(kind)
            table.column(column)[:] = beta[start : start + table.n, place]


def _find_suppliers(world: World, scenario: Scenario) -> None:
    """Part some links between living firms, and replace suppliers lost a while ago."""
    p, firms, links = scenario.parameters.enterprise, world.enterprises, world.links
    active = true_at(links.is_active)
    hazard = 1.0 - p.link_survival ** (1.0 / 12.0)
    u = world.draws.uniform(
        "link_churn",
        world.month,
        firms.dice.take(links.buyer.take(active)),
        links.tries.take(active) * 16 + links.slot.take(active),
    )
    parted = active[u < hazard]
    links.is_active[parted] = False
    links.lost[parted] = world.month
    waited = true_at(~links.is_active & (links.lost + p.search_months == world.month))
    is_open = np.zeros(links.n, dtype=np.bool_)
    is_open[parted] = True
    is_open[waited[~firms.alive[links.supplier[waited]]]] = True
    seeks = true_at(is_open)
    seeks = seeks[firms.alive[links.buyer[seeks]]]
    buyer, slot = links.buyer[seeks], links.slot[seeks].astype(np.int64)
    tries = links.tries[seeks].astype(np.int64) + 1
    supplier = choose_suppliers(world, buyer, slot, tries)
    found = supplier >= 0
    append_links(
        world,
        buyer[found],
        supplier[found],
        slot[found],
        tries[found],
        links.wanted[seeks[found]],
        scenario,
    )
