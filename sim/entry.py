"""Who enters and with what: rows, traits, links and paid-in capital of newcomers.

Used for the founding of a world and for every later entrant. Traits come from lasting draws
keyed by row (of enterprises: by their dice), so a newcomer is the same in every arm.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from sim.agents.enterprise import (
    demand_mean_correction,
    dice_of_entrants,
    initial_age,
    largest_revenue,
    normal_draw,
    revenue_scale,
    tickets,
)
from sim.agents.investor import SLOTS
from sim.agents.platform import prominence, promised_pool_rate
from sim.guaranteeing import circles_of
from sim.kernels import distinct, true_at
from sim.ledger import Claim
from sim.parameters.enterprise import EnterpriseParameters
from sim.units import FEN_PER_YUAN, MONTHS_PER_YEAR, Floats, Ids, Mask, to_fen, yuan
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

MOST_SUPPLIERS = 10
MOST_TRIES = 64
RANKED_AT_ONCE = 2048  # savers whose liking of all platforms stays in the cache


def enter_enterprises(world: World, count: int, scenario: Scenario, founding: bool) -> Ids:
    """Append enterprises with their lasting traits; return their rows. Money follows apart."""
    p, table, draws = scenario.parameters.enterprise, world.enterprises, world.draws
    dice = dice_of_entrants(table.dice, count)
    scale = revenue_scale(draws.uniform("enterprise_scale", 0, dice), p)
    if founding:
        world.largest_revenue = largest_revenue(scale, p)
    # Entrants meet the cut of the founders, whoever lives: they are the same in every arm.
    scale = np.minimum(scale, world.largest_revenue)
    monthly = scale * FEN_PER_YUAN / MONTHS_PER_YEAR * (1.0 if founding else p.entry_size_ratio)
    age = initial_age(draws.uniform("enterprise_age", 0, dice), p) if founding else np.zeros(count)
    sells = draws.uniform("business_seller", 0, dice) < p.business_seller_share
    share = draws.uniform("purchase_share", 0, dice)
    share = p.purchase_share_low + share * (p.purchase_share_high - p.purchase_share_low)
    assets = np.exp(p.asset_sigma * draws.normal("enterprise_assets", 0, dice))
    assets *= p.asset_ratio * MONTHS_PER_YEAR * np.exp(-0.5 * p.asset_sigma**2) * monthly
    spread = p.demand_volatility / np.sqrt(1.0 - p.demand_persistence**2)
    is_core = scale >= p.core_ratio * p.median_revenue
    # Founders have a past: the worst of them left before, the others carried out projects.
    past = np.minimum(age / max(p.young_months, 1), 1.0)
    left = p.founding_selection * past
    quality = ndtri(left + (1.0 - left) * draws.uniform("enterprise_quality", 0, dice))
    demand = ndtri(left + (1.0 - left) * draws.uniform("initial_demand", 0, dice))
    demand *= spread * (1.0 if founding else 0.5)
    projects = 2.0 * draws.uniform("founding_projects", 0, dice) * p.founding_projects
    projects *= past * ~is_core
    rows = table.append(
        count,
        {
            "dice": dice,
            "sector": (draws.uniform("enterprise_sector", 0, dice) * p.sectors).astype(np.int32),
            "is_core": is_core,
            "sells_to_business": sells,
            "circle": circles_of(world, scenario, dice),
            "is_online": draws.uniform("is_online", 0, dice) < p.online_share,
            "is_opportunist": draws.uniform("opportunist", 0, dice) < p.opportunist_share,
            "born": world.month - age,
            "entered": world.month,
            "scale": monthly,
            "quality": quality,
            "purchase_share": share,
            "asset_target": assets,
            "final_demand": monthly,
            "demand": demand,
            "plan": monthly * np.exp(demand - demand_mean_correction(p)),
            "outflow": 0.9 * monthly,
            "owner_draw": normal_draw(monthly, quality, assets, p),
            "project_income": projects * monthly,
        },
    )
    _issue_tickets(world, rows, p)
    return rows


def _issue_tickets(world: World, rows: Ids, p: EnterpriseParameters) -> None:
    """Give suppliers consecutive tickets by size; others keep an empty range."""
    table = world.enterprises
    count = np.where(table.sells_to_business[rows], tickets(table.scale[rows], p), 0)
    table.ticket_end[rows] = world.tickets_issued + count.cumsum()
    world.tickets_issued += int(count.sum())


def choose_suppliers(world: World, buyers: Ids, slots: Ids, tries: Ids) -> Ids:
    """Draw a living supplier for each (buyer, slot), by size; -1 where 64 tries found none.

    buyers, slots, tries : (m,) - tries counts the slot's earlier suppliers
    A ticket u x C, C the power of two above the tickets issued, so that a newcomer's tickets
    change nobody's draw below C.
    """
    table = world.enterprises
    ceiling = 1 << max(int(world.tickets_issued), 1).bit_length()
    found = np.full(len(buyers), -1, dtype=np.int64)
    open_rows = np.arange(len(buyers))
    ends = table.ticket_end
    attempt = 0
    while len(open_rows) and attempt < MOST_TRIES:
        # A few buyers try several tickets at one go; many would draw most of them in vain.
        width = min(1 if len(open_rows) > 512 else 8, MOST_TRIES - attempt)
        who, slot = buyers[open_rows, None], tries[open_rows] * MOST_SUPPLIERS + slots[open_rows]
        option = slot[:, None] * MOST_TRIES + attempt + np.arange(width)
        u = world.draws.uniform("supplier", 0, table.dice[who], option)
        ticket = (u * ceiling).astype(np.int64)
        drawn = ends.searchsorted(ticket, side="right")
        fits = drawn < table.n
        candidate = np.where(fits, drawn, 0)
        fits &= table.alive[candidate] & (candidate != who)
        is_found = fits.any(axis=1)
        first = candidate[np.arange(len(who)), fits.argmax(axis=1)]
        found[open_rows[is_found]] = first[is_found]
        open_rows = open_rows[~is_found]
        attempt += width
    return found


def enter_links(world: World, buyers: Ids, scenario: Scenario) -> None:
    """Give buyers their first suppliers, between one and ten each."""
    p, draws, table = scenario.parameters.enterprise, world.draws, world.enterprises
    # A geometric number cut at ten; the mean is close to `suppliers_mean`.
    u = draws.uniform("supplier_count", 0, table.dice[buyers])
    stop = 1.0 / p.suppliers_mean
    count = np.minimum(
        MOST_SUPPLIERS, 1 + np.floor(np.log(u) / np.log(1.0 - stop + 1e-12)).astype(np.int64)
    )
    owner = buyers.repeat(count)
    ends = count.cumsum()
    slot = np.arange(int(count.sum())) - np.repeat(ends - count, count)
    supplier = choose_suppliers(world, owner, slot, np.zeros(len(owner), dtype=np.int64))
    raw = draws.uniform("link_weight", 0, table.dice[owner], slot) + 0.25
    total = np.bincount(owner, raw, table.n)
    weight = raw / total[owner] * table.purchase_share[owner]
    found = supplier >= 0
    append_links(world, owner[found], supplier[found], slot[found], 0, weight[found], scenario)


def append_links(
    world: World,
    buyers: Ids,
    suppliers: Ids,
    slots: Ids,
    tries: Any,
    wanted: Floats,
    scenario: Scenario,
) -> None:
    """Open links with the credit period each (buyer, slot) has agreed for good.

    wanted : (m,) order over the buyer's planned revenue; a supplier takes what it has room for
    """
    p = scenario.parameters.enterprise
    taken = wanted * share_taken(world, buyers, suppliers, wanted, scenario)
    dice = world.enterprises.dice[buyers]
    months = _steps(p.payment_months).searchsorted(
        world.draws.uniform("payment_months", 0, dice, slots)
    )
    world.links.append(
        len(buyers),
        {
            "is_active": True,
            "buyer": buyers,
            "supplier": suppliers,
            "slot": slots,
            "tries": tries,
            "wanted": wanted,
            "weight": taken,
            "agreed_months": np.minimum(months, 4),
            "since": world.month,
        },
    )


@lru_cache(maxsize=16)
def _steps(shares: tuple[float, ...]) -> Floats:
    """Add up shares of a whole from the first to each, ascending to 1."""
    return np.asarray(np.cumsum(shares) / np.sum(shares))


def share_taken(
    world: World, buyers: Ids, suppliers: Ids, wanted: Floats, scenario: Scenario
) -> Floats:
    """Tell what share of new orders suppliers take, at normal sizes, below their cap.

    buyers, suppliers, wanted : (m,) one per new link
    Sales to firms stay at `network_sales_cap` of a supplier's normal revenue at most; all new
    customers of a supplier are cut alike, those it has keep their orders. Returns (m,) 0..1.
    """
    table, links = world.enterprises, world.links
    is_asked = np.zeros(table.n, dtype=np.bool_)  # few are
    is_asked[suppliers] = True
    theirs = true_at(links.is_active & is_asked.take(links.supplier))
    orders = links.weight.take(theirs) * table.scale.take(links.buyer.take(theirs))
    sold = np.bincount(links.supplier.take(theirs), orders, table.n)
    asked = np.bincount(suppliers, wanted * table.scale[buyers], table.n)
    room = np.maximum(scenario.parameters.enterprise.network_sales_cap * table.scale - sold, 0.0)
    share = np.divide(room, asked, out=np.ones(table.n), where=asked > room)
    return np.asarray(share[suppliers])


def leave_the_rest_to_final_customers(world: World) -> None:
    """Set founders' final demand to what partners leave of their normal revenue."""
    table, links = world.enterprises, world.links
    orders = links.weight * table.scale[links.buyer]
    sold = np.bincount(links.supplier, orders, table.n)
    table.final_demand[:] = table.scale - np.minimum(sold, table.scale)


def endow_enterprises(world: World, rows: Ids, scenario: Scenario, flow: str) -> None:
    """Pay in the cash buffer and fixed assets of new firms.

    Founders receive their assets as an opening entry; entrants are paid equity in cash and
    buy their assets from outside.
    """
    p, table, ledger = scenario.parameters.enterprise, world.enterprises, world.ledger
    days = np.where(table.is_core[rows], p.core_buffer_days, p.buffer_days)
    wear = world.draws.uniform("initial_wear", 0, table.dice[rows])
    # Founders hold between nothing and twice the buffer, assets at most at their target.
    cash = to_fen(table.outflow[rows] * days / 30.0 * (2.0 * wear if flow == "endowment" else 1.5))
    projects = 12.0 * table.project_income[rows] / max(p.investment_return, 1e-9)
    assets = to_fen(table.asset_target[rows] + projects)
    bought = Claim("fixed_assets", table, "fixed_assets", rows, assets, "", "enterprise")
    if flow == "endowment":
        ledger.pay(flow, "outside", None, "enterprise", rows, cash)
        ledger.enter("opening_assets", "outside", None, "enterprise", rows, assets, bought)
        return
    ledger.pay(flow, "outside", None, "enterprise", rows, cash + assets)
    ledger.pay("invest", "enterprise", rows, "outside", None, assets, bought)


def enter_provider(
    world: World, kind: str, count: int, capital: Floats, scenario: Scenario, **traits: Any
) -> Ids:
    """Append providers of one kind with the pooled scorecard and pay in their capital."""
    m, table = scenario.parameters.market, world.tables[kind]
    rows = table.append(
        count,
        {
            "born": world.month,
            "initial_capital": capital,
            "is_licensed": kind != "platform",  # lenders are, from the start
            "pd_intercept": m.pd_intercept,
            "pd_slope": m.pd_slope,
            "pd_debt": m.pd_debt,
            "last_rate": getattr(scenario.parameters, kind).price_base + 0.05,
            **traits,
        },
    )
    flow = "endowment" if world.ledger.phase == "opening" else "entry_equity"
    world.ledger.pay(flow, "outside", None, kind, rows, to_fen(capital))
    return rows


def platform_traits(world: World, rows: Ids, scenario: Scenario) -> tuple[Floats, dict[str, Any]]:
    """Draw capital and traits of platforms from their rows; what they show savers at first."""
    p = scenario.parameters.platform
    known = prominence(world.draws.uniform("platform_size", 0, rows), p)
    pools = world.draws.uniform("platform_form", 0, rows) < p.pooling_share
    rate, loss = p.first_rate, p.first_rate - p.price_base
    traits = {"prominence": known, "posted_rate": rate, "posted_loss": loss, "usage": 1.0}
    traits |= {"is_pooling": pools, "pool_rate": promised_pool_rate(rate, loss, 1.0, p)}
    traits["makes_promises"] = world.draws.uniform("platform_promise", 0, rows) < p.promise_share
    return yuan(p.capital) * known**0.5, traits


def enter_investors(world: World, count: int, scenario: Scenario, alive: Any) -> Ids:
    """Append savers with their lasting traits, their cash and four empty accounts each."""
    p, draws, table = scenario.parameters.investor, world.draws, world.investors
    rows = np.arange(table.n, table.n + count)
    wealth = yuan(p.median_wealth) * np.exp(
        p.wealth_sigma * draws.normal("investor_wealth", 0, rows)
    )
    watched = 1 + _steps(p.watch_shares).searchsorted(draws.uniform("investor_watch", 0, rows))
    aversion = np.exp(p.tolerance_sigma * draws.normal("investor_tolerance", 0, rows))
    table.append(
        count,
        {
            "alive": alive,
            "target_wealth": wealth,
            "n_watched": np.minimum(watched, SLOTS),
            "risk_aversion": p.risk_aversion * aversion,
            "initial_wealth": wealth,
        },
    )
    world.accounts.append(count * SLOTS)
    flow = "endowment" if world.ledger.phase == "opening" else "entry_equity"
    world.ledger.pay(flow, "outside", None, "investor", rows, to_fen(wealth * table.alive[rows]))
    return rows


def choose_platforms(world: World, accounts: Ids, month: int) -> None:
    """Let empty account slots turn to platforms by how well known these are.

    accounts : (m,) rows of `world.accounts` that watch nothing at present
    A saver ranks living platforms by log prominence + Gumbel noise keyed (saver, platform); its
    empty slots take the first of them that it does not watch. So they are drawn one after the
    other by prominence, and one that closes or stays out changes nothing for savers who had
    not chosen it.
    """
    living = true_at(world.platforms.alive & (world.platforms.prominence > 0.0))
    if not (len(accounts) and len(living)):
        return
    is_empty = np.zeros(world.accounts.n, dtype=np.bool_)
    is_empty[accounts] = True
    savers = distinct(accounts // SLOTS)
    for start in range(0, len(savers), RANKED_AT_ONCE):
        _fill_slots(world, savers[start : start + RANKED_AT_ONCE], is_empty, living, month)


def _fill_slots(world: World, savers: Ids, is_empty: Mask, living: Ids, month: int) -> None:
    """Fill the empty slots of savers, see `choose_platforms`; is_empty : (n_accounts,)."""
    noise = world.draws.gumbel("watch", month, savers[:, None], living)
    liking = noise + np.log(world.platforms.prominence[living])
    watched = world.accounts.platform.reshape(-1, SLOTS)
    liking[(watched[savers][:, :, None] == living).any(axis=1)] = -np.inf
    for slot in range(SLOTS):
        rows = true_at(is_empty[savers * SLOTS + slot])
        best = liking[rows].argmax(axis=1)
        is_left = liking[rows, best] > -np.inf
        watched[savers[rows], slot] = np.where(is_left, living[best], -1)
        liking[rows, best] = -np.inf


def watching_mask(world: World) -> Mask:
    """Mark account slots that a living saver may use."""
    table = world.investors
    slot = np.tile(np.arange(SLOTS, dtype=np.int32), table.n)
    number = np.where(table.alive & ~table.is_leaving, table.n_watched, 0)
    return slot < number.repeat(SLOTS)
