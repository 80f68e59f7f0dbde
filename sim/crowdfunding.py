"""Crowdfunding platforms as institutions: they are founded or enter, pay their costs, may fail.

What they kept for savers was never theirs, so it is no part of their estates. Campaigns are run in
`campaigning`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.contracts.campaigns import cost_by_firm, places
from sim.ends import record_end
from sim.kernels import group_sum
from sim.ledger import AuditError, Claim
from sim.licensing import admitted
from sim.postings import institution_due, party, pay_institution_dues
from sim.stake_posting import KIND, cover_stakes, end_stakes, return_pledges
from sim.units import Fen, Floats, Ids, Mask, to_fen
from sim.vendors import fees, pay_fees
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def found_crowdfunding(world: World, scenario: Scenario) -> None:
    """Enter the crowdfunding platforms of the start and pay in their capital, in equal parts."""
    places = scenario.population.crowdfunding_platforms
    count = round(scenario.parameters.crowdfunding_platform.start_share * places)
    if count:
        capital = _planned_capital(world, scenario, count)
        _enter(world, capital, np.ones(count, dtype=np.bool_), "endowment")


def admit_crowdfunding(world: World, scenario: Scenario, count: int) -> None:
    """Let potential crowdfunding platforms open where there is a place and doors are not shut.

    Licences and floors under capital in force for lending platforms hold for them too. Who stays
    out takes a row all the same, so that later ones keep their draws.
    """
    p, table = scenario.parameters.crowdfunding_platform, world.crowdfunding_platforms
    places = scenario.population.crowdfunding_platforms
    rows = np.arange(table.n, table.n + count)
    free = max(0.0, 1.0 - int(table.alive.sum()) / places)
    chance = p.entry_chance * free * world.policy.crowdfunding.open
    u = world.draws.uniform("crowdfunding_entry", world.month, rows)
    capital = _planned_capital(world, scenario, count)
    opens, capital = admitted(world, scenario, KIND, rows, u, chance, capital)
    _enter(world, capital * opens, opens, "entry_equity")


def _planned_capital(world: World, scenario: Scenario, count: int) -> Floats:
    share = scenario.parameters.crowdfunding_platform.capital_share
    places = scenario.population.crowdfunding_platforms
    return np.full(count, share * world.base_revenue / places)


def _enter(world: World, capital: Floats, opens: Mask, flow: str) -> None:
    """Append platforms, those that open with their capital; capital : (m,) fen; opens : (m,)."""
    traits = {"born": world.month, "initial_capital": capital, "alive": opens}
    rows = world.crowdfunding_platforms.append(len(capital), traits)
    world.ledger.pay(flow, "outside", None, KIND, rows, to_fen(capital))


def stakes_in_firms(world: World) -> Fen | int:
    """Stakes in each firm at cost, (n_firms,) fen; 0 where there are none at all.

    They stand last in an estate and never fall due: where a rule tests the net worth of a firm or
    its liquidity, they count as its capital, not as its debt.
    """
    return cost_by_firm(world.stakes, world.enterprises.n) if world.stakes.n else 0


# ---------------------------------------------------------------- running costs
def run_platforms(world: World, scenario: Scenario) -> None:
    """Let crowdfunding platforms pay running costs and reviews, then dividends.

    A platform that may not start campaigns, and keeps no escrow, has its doors shut and no cost.
    """
    p, table = scenario.parameters.crowdfunding_platform, world.crowdfunding_platforms
    if not table.n:
        return
    at_work = world.policy.crowdfunding.open | (table.client_cash > 0)
    fixed = p.fixed_cost_share * table.initial_capital
    fee, extra = fees(world, scenario, KIND, fixed * at_work)
    fixed = fixed * (1.0 + scenario.parameters.market.technology_cost * p.technology)
    cost = np.where(table.alive, table.decision_cost + fixed * at_work + extra, 0.0)
    table.decision_cost[:] = 0.0
    institution_due(world, KIND, to_fen(cost) - pay_fees(world, KIND, fee, extra))
    short = pay_institution_dues(world, KIND)
    table.cost_late[:] = np.where(short, table.cost_late + 1, 0)
    excess = np.maximum(table.net_worth - p.target_capital * table.initial_capital, 0.0)
    fen = np.where(table.alive, to_fen(p.dividend_share * excess), 0)
    fen = np.minimum(fen, table.cash)
    world.ledger.pay("dividend", KIND, np.arange(table.n), "outside", None, fen)


# ---------------------------------------------------------------- ends
def end_campaigns(world: World, scenario: Scenario) -> None:
    """Fail crowdfunding platforms that cannot go on, and give back the escrow of who is gone.

    Escrow goes back to its savers where the firm has ended, and where the platform has failed.
    With the channel `closure` covered, an administrator releases what had been raised.
    """
    table = world.crowdfunding_platforms
    if not table.n:
        return
    months = scenario.parameters.market.cost_failure_months
    fails = table.alive & ((table.net_worth < 0) | (table.cost_late >= months))
    _fail(world, np.flatnonzero(fails))
    book = world.campaigns
    has_ended = ~world.enterprises.alive[book.firm]
    is_orphan = ~table.alive[book.platform] & ~has_ended
    if world.is_off("closure"):
        is_orphan &= ~book.is_funded
    rows = np.flatnonzero(book.is_open & (has_ended | is_orphan))
    _call_off(world, rows, is_orphan[rows] & book.is_funded[rows])
    _close_estates(world)


def _fail(world: World, rows: Ids) -> None:
    table = world.crowdfunding_platforms
    if not len(rows):
        return
    table.alive[rows], table.is_in_estate[rows] = False, True
    table.ended[rows] = world.month
    world.desk.count("crowdfunding_failures", len(rows))
    # As other institutions: what capital lacks or running costs unpaid, whichever is more.
    lacking = np.maximum(-table.net_worth[rows], table.institution_arrears[rows])
    record_end(world, "failure", KIND, rows, np.maximum(lacking, 1.0))


def _call_off(world: World, rows: Ids, is_promised: Mask) -> None:
    """End campaigns and give back their escrow; is_promised : (m,) - a failed platform's, raised.

    A firm that loses money raised for it because the platform closed remembers it as `closure`.
    """
    book, stakes = world.campaigns, world.stakes
    if not len(rows):
        return
    pledged = np.flatnonzero(stakes.pledged)
    at = places(book, stakes, pledged)
    is_over = np.zeros(book.n, dtype=np.bool_)
    is_over[rows] = True
    lost = group_sum(at, stakes.pledged[pledged], book.n)[rows].astype(np.float64)
    who = rows[is_promised]
    world.impair("closure", book.firm[who], party(KIND, book.platform[who]), lost[is_promised])
    return_pledges(world, pledged[is_over[at]])
    book.close(rows)


def _close_estates(world: World) -> None:
    """Pay what a failed platform owes once no escrow is left with it; the rest goes to outside."""
    table, ledger = world.crowdfunding_platforms, world.ledger
    rows = np.flatnonzero(table.is_in_estate & (table.client_cash == 0))
    if not len(rows):
        return
    name = "institution_arrears"
    paid = np.minimum(table.institution_arrears[rows], table.cash[rows])
    claim = Claim(name, table, name, rows, -paid, KIND, "outside")
    ledger.pay("institution_cost", KIND, rows, "outside", None, paid, claim)
    lost = table.institution_arrears[rows].copy()
    claim = Claim(name, table, name, rows, -lost, KIND, "outside")
    ledger.enter("write_off", "outside", None, KIND, rows, lost, claim)
    ledger.pay("estate_residual", KIND, rows, "outside", None, table.cash[rows].copy())
    table.is_in_estate[rows] = False


def end_of_term(world: World) -> None:
    """Close stakes whose months are over; what they have not brought back is lost."""
    book = world.stakes
    rows = np.flatnonzero(book.is_open & (book.until < world.month) & (book.pledged == 0))
    rows = rows[world.enterprises.alive[book.firm[rows]]]
    if world.is_off("notes"):
        cover_stakes(world, rows)
    end_stakes(world, rows)


# ---------------------------------------------------------------- books
def reconcile_escrow(world: World) -> None:
    """Refuse a month in which money in custody is not what savers pledged."""
    table, book = world.crowdfunding_platforms, world.stakes
    if not table.n:
        return
    drift = table.client_cash - group_sum(book.platform, book.pledged, table.n)
    if drift.any():
        row = int(np.flatnonzero(drift)[0])
        raise AuditError(f"escrow of crowdfunding platform {row} is off by {int(drift[row])} fen")
