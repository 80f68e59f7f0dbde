"""A month of demand, sales, purchases and operating cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents import enterprise as rules
from sim.contracts.links import AGES
from sim.kernels import group_sum, true_at
from sim.ledger import EVERY, Claim
from sim.units import Fen, Floats, Ids, to_fen
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def trade(world: World, scenario: Scenario) -> None:
    """Let demand move, firms sell and buy, costs fall due and savers earn.

    Cash sales settle, the rest becomes payables; payables age first. Lays sales on the tables.
    """
    world.ledger.shift(world.links, AGES)
    world.receivables.months_left[:] -= 1
    _move_demand(world, scenario)
    final = _sell_to_outside(world, scenario)
    sold, bought, searching = _buy_from_partners(world, scenario)
    _record_costs(world, scenario, final + sold, bought, searching)
    firms = world.enterprises
    firms.final_demand[:] = rules.next_final_demand(
        firms.final_demand, sold.astype(np.float64), firms.scale, scenario.parameters.enterprise
    )
    _earn_from_projects(world, scenario)
    _wear_assets(world, scenario)
    _pay_savers(world, scenario)


def _move_demand(world: World, scenario: Scenario) -> None:
    p, firms, draws, month = (
        scenario.parameters.enterprise,
        world.enterprises,
        world.draws,
        world.month,
    )
    living = true_at(firms.alive)
    normals = draws.normal("demand", month, firms.dice[living])
    age = month - firms.born[living]
    firms.demand[living] = rules.demand_step(firms.demand[living], normals, age, p)
    shock = draws.normal("sector_demand", month, np.arange(p.sectors))
    world.sector_demand = p.common_persistence * world.sector_demand + p.sector_volatility * shock
    shock = draws.normal("common_demand", month, 0)[0]
    world.common_demand = p.common_persistence * world.common_demand + p.common_volatility * shock
    firms.plan[:] += p.plan_adjustment * (firms.revenue - firms.plan) * (firms.revenue > 0)


def _sell_to_outside(world: World, scenario: Scenario) -> Fen:
    p, firms = scenario.parameters.enterprise, world.enterprises
    common = world.common_demand + world.sector_demand - rules.demand_mean_correction(p)
    factor = np.exp(common) * world.conditions["demand_factor"]
    core_factor = factor * world.conditions["core_demand_factor"]
    living = true_at(firms.alive)
    normals = world.draws.normal("demand_noise", world.month, firms.dice[living])
    noise = p.demand_noise * normals
    level = np.exp(firms.demand[living] + noise - 0.5 * p.demand_noise**2)
    sector = firms.sector[living]
    level *= np.where(firms.is_core[living], core_factor[sector], factor[sector])
    final = np.zeros(firms.n, dtype=np.int64)
    final[living] = to_fen(firms.final_demand[living] * level)
    world.ledger.pay("final_sales", "outside", None, "enterprise", EVERY, final)
    return final


def _buy_from_partners(world: World, scenario: Scenario) -> tuple[Fen, Fen, Floats]:
    """Place orders on living links; return what each firm sold and bought, and what it searches."""
    firms, links = world.enterprises, world.links
    rows = true_at(links.is_active)
    buyer, supplier, months = (
        links.buyer.take(rows),
        links.supplier.take(rows),
        links.agreed_months.take(rows),
    )
    order = to_fen(links.weight.take(rows) * firms.plan.take(buyer))
    at_once = true_at(months == 0)
    cash_order = group_sum(buyer[at_once], order[at_once], firms.n)
    # Whoever cannot pay all its cash purchases at once takes them as payables due this month.
    can_pay = cash_order <= firms.cash
    paid = at_once[can_pay[buyer[at_once]]]
    months[paid] = -1
    sold, bought = group_sum(supplier, order, firms.n), group_sum(buyer, order, firms.n)
    cash_sold = group_sum(supplier[paid], order[paid], firms.n)
    cash_bought = np.where(can_pay, cash_order, 0)
    # Posted by firm, not by link: the sums are needed anyhow, and no row has to be looked up.
    parties = ("enterprise", EVERY, "enterprise", EVERY)
    world.ledger.pay("trade_cash", *parties, cash_sold, payer_amount=cash_bought)
    payables = []
    for due_in, column in enumerate(AGES):
        mine = true_at(months == due_in)
        where, fen = rows.take(mine), order.take(mine)
        payables.append(Claim("payables", links, column, where, fen, "enterprise", "enterprise"))
    world.ledger.enter(
        "payable_grant", *parties, sold - cash_sold, *payables, payer_amount=bought - cash_bought
    )
    since = world.month - scenario.parameters.enterprise.search_months
    lost = true_at(~links.is_active & (links.lost >= since))
    # A link that parted between living firms is replaced at once: only the dead are searched for.
    lost = lost[firms.alive[links.buyer[lost]] & ~firms.alive[links.supplier[lost]]]
    lacking = links.weight[lost] * firms.plan[links.buyer[lost]]
    searching = np.asarray(np.bincount(links.buyer[lost], lacking, firms.n), dtype=np.float64)
    if world.is_off("trade"):
        covered_sales, covered = _cover_orders(world, scenario, lost)
        sold = sold + covered_sales
        searching -= covered
    return sold, bought, searching


def _cover_orders(world: World, scenario: Scenario, lost: Ids) -> tuple[Fen, Floats]:
    """With the trade channel covered, stand in for partners that defaulted.

    Outside places the last orders of defaulted customers for a while, and delivers at the old
    price what defaulted suppliers would have. Returns sales and inputs covered, by firm.
    """
    p, firms, links = scenario.parameters.enterprise, world.enterprises, world.links
    failed = (firms.ended >= 1) & (firms.ended < rules.NEVER) & ~firms.is_voluntary
    recent = failed & (firms.ended + p.customer_memory_months >= world.month)
    rows = true_at(
        ~links.is_active
        & recent[links.buyer]
        & firms.alive[links.supplier]
        & (links.lost == firms.ended[links.buyer])
    )
    supplier = links.supplier[rows]
    fen = to_fen(links.weight[rows] * firms.plan[links.buyer[rows]])
    world.ledger.pay("final_sales", "outside", None, "enterprise", supplier, fen)
    world.desk.cover["trade"] = world.desk.cover.get("trade", 0) + int(fen.sum())
    mine = lost[failed[links.supplier[lost]]]
    inputs = links.weight[mine] * firms.plan[links.buyer[mine]]
    covered = np.asarray(np.bincount(links.buyer[mine], inputs, firms.n), dtype=np.float64)
    return group_sum(supplier, fen, firms.n), covered


def _record_costs(
    world: World, scenario: Scenario, revenue: Fen, bought: Fen, searching: Floats
) -> None:
    p, firms = scenario.parameters.enterprise, world.enterprises
    cost = to_fen(
        np.where(
            firms.alive,
            rules.operating_cost(
                firms.scale,
                revenue,
                firms.plan,
                bought,
                searching,
                firms.purchase_share,
                firms.quality,
                p,
            ),
            0.0,
        )
    )
    world.ledger.enter(
        "operating_arrears_grant",
        "enterprise",
        EVERY,
        "outside",
        None,
        cost,
        Claim(
            "operating_arrears", firms, "operating_arrears", EVERY, cost, "enterprise", "outside"
        ),
    )
    firms.revenue[:] = revenue
    firms.outflow[:] += p.outflow_smoothing * (cost + bought - firms.outflow)
    firms.outflow[~firms.alive] = 0.0
    world.desk.count("output", float(revenue.sum()))


def _earn_from_projects(world: World, scenario: Scenario) -> None:
    p, firms = scenario.parameters.enterprise, world.enterprises
    income = to_fen(firms.project_income * firms.alive)
    world.ledger.pay("project_return", "outside", None, "enterprise", EVERY, income)
    firms.project_income[:] *= 1.0 - p.investment_fading


def _wear_assets(world: World, scenario: Scenario) -> None:
    p, firms = scenario.parameters.enterprise, world.enterprises
    wear = to_fen(np.where(firms.alive, rules.wear(firms.fixed_assets, firms.asset_target, p), 0.0))
    world.ledger.enter(
        "depreciation",
        "enterprise",
        EVERY,
        "outside",
        None,
        wear,
        Claim("fixed_assets", firms, "fixed_assets", EVERY, -wear, "", "enterprise"),
    )


def _pay_savers(world: World, scenario: Scenario) -> None:
    p, savers = scenario.parameters.investor, world.investors
    earning = savers.alive & ~savers.is_leaving
    income = to_fen(np.where(earning, p.income_ratio * savers.target_wealth, 0.0))
    world.ledger.pay("investor_income", "outside", None, "investor", EVERY, income)
