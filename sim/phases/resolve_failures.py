"""Closed and insolvent parties leave; estates pay by rank and close."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents import enterprise as rules
from sim.agents.platform import LIQUIDATION
from sim.closing import close_by_order
from sim.contracts.links import AGES, owed
from sim.contracts.receivables import owed_by
from sim.crowdfunding import end_campaigns
from sim.emergency import lend_to_the_short
from sim.ends import cut_links, fail_providers, record_end, rows_of, sell_assets
from sim.estates import pay_firm_estates, pay_lender_estates
from sim.fraud import abscond, close_found
from sim.fraud_estates import expose_claims, pay_fraud_estates
from sim.kernels import group_sum, true_at
from sim.ledger import Claim
from sim.liquidations import fail_platforms, freeze_balances, pay_savers
from sim.parking import redeem_all, sure_value
from sim.postings import pay_loans
from sim.receivable_posting import pay_receivables
from sim.struck import struck_providers
from sim.units import Ids
from sim.world import KINDS, World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def resolve_failures(world: World, scenario: Scenario) -> None:
    """Close solvent firms whose owners give up, fail providers, pay and close estates due."""
    _close_voluntarily(world, scenario)
    close_by_order(world, scenario)
    _close_struck(world, scenario)
    close_found(world, scenario)
    abscond(world, scenario)
    lend_to_the_short(world)
    _fail_providers(world, scenario)
    end_campaigns(world, scenario)
    expose_claims(world)
    firms = world.enterprises
    due = true_at(firms.is_in_estate & (firms.estate_until <= world.month))
    if len(due):
        redeem_all(world, scenario, due)
        pay_firm_estates(world, scenario, due)
    pay_savers(world, scenario)
    pay_fraud_estates(world, scenario)
    pay_lender_estates(world, scenario)


def _close_struck(world: World, scenario: Scenario) -> None:
    """Close the providers that a shock names; a platform's money is frozen and liquidated."""
    for kind in KINDS:
        rows = struck_providers(world, kind)
        if len(rows):
            modes = np.full(len(rows), LIQUIDATION)
            fail_providers(world, scenario, kind, rows, event="liquidation", modes=modes)
            if kind == "platform":
                freeze_balances(world, rows)


def _close_voluntarily(world: World, scenario: Scenario) -> None:
    """Let owners close firms that can pay all they owe; they pay and wait for receivables."""
    p, firms, links, loans = (
        scenario.parameters.enterprise,
        world.enterprises,
        world.links,
        world.loans,
    )
    u = world.draws.uniform("closure", world.month, firms.dice)
    wants = firms.alive & (u < rules.closure_hazard(world.month - firms.born, p))
    wants &= firms.months_late == 0
    rows = true_at(wants)
    if not len(rows):
        return
    mine = rows_of(world, links.buyer, rows)
    debt = group_sum(links.buyer[mine], owed(links, mine) + links.covered[mine], firms.n)
    debt += owed_by(world.receivables, firms.n)
    lent = rows_of(world, loans.borrower, rows)
    lent = lent[loans.is_open[lent]]
    interest = loans.interest_due[lent]
    debt += group_sum(loans.borrower[lent], loans.principal[lent] + interest, firms.n)
    means = np.floor(firms.fixed_assets[rows] * p.liquidation_value).astype(np.int64)
    means += firms.cash[rows] + sure_value(world, rows) - firms.operating_arrears[rows]
    goes = np.zeros(firms.n, dtype=np.bool_)
    goes[rows] = means >= debt[rows]
    rows = rows[goes[rows]]
    firms.alive[rows] = False
    firms.is_in_estate[rows], firms.is_voluntary[rows] = True, True
    firms.ended[rows], firms.estate_until[rows] = world.month, world.month + p.estate_months
    mine = mine[goes[links.buyer[mine]]]
    cut_links(world, rows, mine)
    sell_assets(world, scenario, rows)
    redeem_all(world, scenario, rows)
    _pay_everything(world, scenario, rows, mine, lent[goes[loans.borrower[lent]]])
    world.desk.count("closures", len(rows))
    record_end(world, "closure", "enterprise", rows, np.zeros(len(rows)))


def _pay_everything(
    world: World, scenario: Scenario, rows: Ids, link_rows: Ids, loan_rows: Ids
) -> None:
    firms, links, loans, ledger = world.enterprises, world.links, world.loans, world.ledger
    cost = firms.operating_arrears[rows].copy()
    ledger.pay(
        "operating_cost",
        "enterprise",
        rows,
        "outside",
        None,
        cost,
        Claim(
            "operating_arrears", firms, "operating_arrears", rows, -cost, "enterprise", "outside"
        ),
    )
    claims = [
        Claim(
            "payables",
            links,
            column,
            link_rows,
            -links.column(column)[link_rows],
            "enterprise",
            "enterprise",
        )
        for column in AGES
    ]
    ledger.pay(
        "payable_pay",
        "enterprise",
        links.buyer[link_rows],
        "enterprise",
        links.supplier[link_rows],
        owed(links, link_rows),
        *claims,
    )
    links.overdue[link_rows] = 0.0
    fen = links.covered[link_rows].copy()
    ledger.pay(
        "payable_pay",
        "enterprise",
        links.buyer[link_rows],
        "outside",
        None,
        fen,
        Claim("payables", links, "covered", link_rows, -fen, "enterprise", "outside"),
    )
    world.desk.came_back("trade", fen)
    sold = rows_of(world, world.receivables.buyer, rows)
    pay_receivables(world, sold, world.receivables.amount[sold])
    interest = loans.interest_due[loan_rows].copy()
    pay_loans(world, loan_rows, interest, loans.principal[loan_rows].copy(), scenario)


def _fail_providers(world: World, scenario: Scenario) -> None:
    """Fail providers without capital, and any that cannot pay its own costs; lenders first."""
    months = scenario.parameters.market.cost_failure_months
    for kind in ("micro_lender", "ecommerce_lender", "bank"):
        table = world.tables[kind]
        capital = table.net_worth - table.provisions
        fails = table.alive & ((capital < 0) | (table.cost_late >= months))
        fail_providers(world, scenario, kind, true_at(fails))
    fail_platforms(world, scenario)
