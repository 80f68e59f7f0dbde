"""Small and micro enterprises: their columns and what they decide.

Decision functions take arrays and parameters and return arrays; money moves elsewhere.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy.special import ndtri

from sim.chart import ENTERPRISE
from sim.parameters.enterprise import EnterpriseParameters
from sim.rows import RowAgent
from sim.table import Count, Flag, Money, Real, Ref
from sim.units import FEN_PER_YUAN, MONTHS_PER_YEAR, Fen, Floats, Ids, Mask, to_fen

NEVER = 1_000_000
# Annual revenue from which a firm is in a class. Source: Ministry of Industry and Information
# Technology 2011, no. 300, retail trade, whose borders of revenue are taken for all sectors.
SIZES = {"micro": 0.0, "small": 1e6, "larger": 5e6}  # yuan
MADE_BY_HAND = 1 << 40  # dice from here on belong to firms made by hand


class Enterprise(RowAgent):
    """A small enterprise that buys, sells, borrows and may fail."""

    code: ClassVar[int] = ENTERPRISE

    fixed_assets = Money("machines, fittings and projects at book value", unit="fen")
    fund_shares = Money("shares of its money fund, at par", unit="fen")
    operating_arrears = Money("operating costs due and unpaid, owed to outside", unit="fen")
    # lasting traits
    dice = Ref("number its draws are keyed by; its row, unless firms were made by hand", fill=-1)
    sector = Count("industrial sector")
    is_core = Flag("anchors supply chains; does not borrow on this market")
    sells_to_business = Flag("sells to other enterprises")
    is_online = Flag("sells and borrows on the internet")
    is_opportunist = Flag("its owner walks away from debt where that pays")
    is_in_cohort = Flag("belongs to the closed cohort that arms are compared on")
    born = Count("month of foundation", unit="month")
    entered = Count("month of entry into the run", unit="month")
    scale = Real("normal monthly revenue", unit="fen")
    quality = Real("latent creditworthiness; lenders never read it")
    purchase_share = Real("share of planned output bought from others")
    asset_target = Real("fixed assets it keeps up by replacement", unit="fen")
    final_demand = Real("normal monthly sales to outside", unit="fen")
    circle = Ref("circle of firms that guarantee each other's loans; -1 none", fill=-1)
    home_fund = Ref("money fund it parks idle cash in; -1 not asked yet, -2 none", fill=-1)
    ticket_end = Ref("end of its consecutive tickets as a supplier", fill=-1)
    # this month
    demand = Real("log demand, own part")
    plan = Real("planned monthly revenue; orders follow it", unit="fen")
    revenue = Real("revenue of the month", unit="fen")
    outflow = Real("operating cost and purchases of the month", unit="fen")
    owner_draw = Real("what its owner draws a month, smoothed", unit="fen")
    index = Real("latent index of quality, liquidity and trading, standardised")
    fund_redeemed = Real("shares redeemed this month", unit="fen")
    project_income = Real("cash return of its projects this month", unit="fen")
    project_size = Real("project waiting for finance", unit="fen")
    project_return = Real("monthly cash return of that project", unit="fen")
    project_left = Count("months the project still waits", unit="months")
    need = Real("finance of the present spell still lacking", unit="fen")
    need_purpose = Count("purpose of the present spell of need; -1 none", fill=-1)
    asks_from = Count(
        "month from which it asks for new credit again", unit="month", fill=-1_000_000
    )
    campaign_from = Count(
        "month from which it may start a campaign again", unit="month", fill=-1_000_000
    )
    need_since = Count("month since when it has asked for new credit", unit="month", fill=NEVER)
    need_is_sound = Flag("the oracle would lend for the present spell")
    line_limit = Real("limit of its line of credit, drawn or not", unit="fen")
    line_asked = Real("draw asked for, paid out next month", unit="fen")
    # arrears and ends
    months_late = Count("months since the oldest unpaid due", unit="months")
    months_calm = Count("months without arrears", unit="months")
    short_by = Real("unpaid dues and operating arrears after settlement", unit="fen")
    is_short_by_others = Flag("short, but would not be had all its debtors paid in full")
    is_in_estate = Flag("trading has stopped, its estate is open")
    is_voluntary = Flag("closed by its owner, not defaulted")
    asset_book = Real("book value of its fixed assets when they were sold", unit="fen")
    asset_price = Real("proceeds of its fixed assets in liquidation", unit="fen")
    estate_until = Count("month its estate closes", unit="month", fill=NEVER)
    ended = Count("month of default or closure", unit="month", fill=NEVER)


def dice_of_entrants(dice: Ids, count: int) -> Ids:
    """Number the next founders or entrants for the draws: rows, as if nobody were made by hand.

    dice : (n,) - of all enterprises so far
    Returns (count,) row less the number of firms made by hand before it.
    """
    first = np.count_nonzero(dice < MADE_BY_HAND)
    return np.arange(first, first + count)


def dice_by_hand(dice: Ids) -> int:
    """Number the next firm made by hand for the draws, apart from all others.

    dice : (n,) - of all enterprises so far
    """
    return MADE_BY_HAND + int(np.count_nonzero(dice >= MADE_BY_HAND))


def revenue_scale(uniforms: Floats, p: EnterpriseParameters) -> Floats:
    """Draw annual revenue: a log-normal body with a Pareto tail above it.

    uniforms : (n,) - one per firm
    Returns (n,) yuan a year, at most `size_cut_ratio` medians; `largest_revenue` cuts further.
    Source: Axtell 2001 for the exponent; the body is assumed.
    """
    join = 1.0 - p.tail_share
    size = p.median_revenue * np.exp(p.size_sigma * ndtri(np.minimum(uniforms, join)))
    if p.tail_share:
        start = p.median_revenue * np.exp(p.size_sigma * ndtri(join))
        left = np.maximum(1.0 - np.maximum(uniforms, join), 1e-15)
        tail = start * (p.tail_share / left) ** (1.0 / p.tail_exponent)
        size = np.where(uniforms > join, tail, size)
    return np.minimum(size, p.size_cut_ratio * p.median_revenue)


def largest_revenue(size: Floats, p: EnterpriseParameters) -> float:
    """Find the cut above which no firm has more than `size_cut_share` of all sales *after* it.

    size : (n,) yuan a year, as drawn
    The largest c with c = share x sum_i min(size_i, c): with the k largest firms cut,
    c = share x (sum of the others) / (1 - share x k), for the first k whose others stay below c.
    Infinite where there are too few firms for any cut to do (n x share <= 1).
    """
    share, n = p.size_cut_share, len(size)
    if n * share <= 1.0:
        return float("inf")
    falling = np.sort(size)[::-1]
    cut = np.arange(min(n, int(np.ceil(1.0 / share))))
    cut = cut[share * cut < 1.0]
    others = falling.sum() - np.concatenate([[0.0], np.cumsum(falling)])[cut]
    level = share * others / (1.0 - share * cut)
    return float(level[np.argmax(falling[cut] <= level)])


def size_class(scale: Floats) -> Ids:
    """Number the size class of each firm in the order of `SIZES`; scale : (n,) fen a month."""
    revenue = scale * (MONTHS_PER_YEAR / FEN_PER_YUAN)
    above = np.full(len(revenue), -1, dtype=np.int64)
    for least in SIZES.values():  # a few comparisons are quicker than a search in so short a list
        above += revenue >= least
    return above


def tickets(scale: Floats, p: EnterpriseParameters) -> Ids:
    """Count a supplier's tickets in the lottery of customers: one per median firm, at least one."""
    median = p.median_revenue * FEN_PER_YUAN / MONTHS_PER_YEAR
    return np.maximum(1, np.rint(scale / median)).astype(np.int64)


def initial_age(uniforms: Floats, p: EnterpriseParameters) -> Ids:
    """Draw ages in months as they stand when entry and closure balance.

    uniforms : (n,)
    Young firms die at `young_closure`, mature ones at five times `mature_closure` (default
    included), so the density of age falls geometrically with a kink at `young_months`.
    """
    young = (1.0 - p.young_closure) ** np.arange(p.young_months)
    mature_hazard = max(5.0 * p.mature_closure, 0.002)
    last = (1.0 - p.young_closure) ** p.young_months
    mature = last * (1.0 - mature_hazard) ** np.arange(int(4.0 / mature_hazard))
    share = np.cumsum(np.concatenate([young, mature]))
    return np.searchsorted(share / share[-1], uniforms).astype(np.int64)


def demand_step(demand: Floats, normals: Floats, age: Ids, p: EnterpriseParameters) -> Floats:
    """Move log demand one month: an AR(1) whose innovations are larger for young firms.

    demand, normals : (n,); age : (n,) months
    """
    sigma = np.where(age < p.young_months, p.young_volatility_ratio, 1.0) * p.demand_volatility
    return p.demand_persistence * demand + sigma * normals


def demand_mean_correction(p: EnterpriseParameters) -> float:
    """Half the long-run variance of log demand, so that mean demand of a mature firm is one."""
    return 0.5 * p.demand_volatility**2 / (1.0 - p.demand_persistence**2)


def next_final_demand(
    final: Floats, sold: Floats, scale: Floats, p: EnterpriseParameters
) -> Floats:
    """Move normal sales to outside towards the capacity that business orders leave free.

    final, sold, scale : (n,) fen a month - sales to outside, to partners, normal revenue
    """
    room = np.clip(scale - sold, 0.0, scale)
    return final + p.market_adjustment * (room - final)


def operating_cost(
    scale: Floats,
    revenue: Fen,
    plan: Floats,
    bought: Fen,
    searching: Floats,
    share: Floats,
    quality: Floats,
    p: EnterpriseParameters,
) -> Floats:
    """Cost of the month besides purchases from partners: fixed, variable, inputs from outside.

    scale, revenue, plan : (n,) fen a month; bought : (n,) fen bought from partners
    searching : (n,) fen of planned inputs whose supplier is lost (bought dearer outside)
    share, quality : (n,) - planned input share and latent quality
    """
    margin = p.margin + p.margin_per_quality * quality
    variable = np.maximum(0.0, 1.0 - margin - p.fixed_cost_share - share)
    inputs = np.maximum(0.0, share * plan - bought) + p.search_premium * searching
    return p.fixed_cost_share * scale + variable * revenue + inputs


def wear(assets: Floats, target: Floats, p: EnterpriseParameters) -> Floats:
    """Depreciation of the month: normal assets wear slowly, projects as fast as they fade.

    assets, target : (n,) fen - fixed assets at book value, and the level kept up
    """
    normal = np.minimum(assets, target)
    return p.depreciation_rate / 12.0 * normal + p.investment_fading * (assets - normal)


def cash_buffer(outflow: Floats, is_core: Mask, p: EnterpriseParameters) -> Floats:
    """Cash a firm wants to hold: days of its outflow.

    outflow : (n,) fen a month; is_core : (n,)
    """
    days = np.where(is_core, p.core_buffer_days, p.buffer_days)
    return outflow * days / 30.0


def cash_from_fund(gap: Floats, uses: Floats, shares: Fen) -> Fen:
    """Cash a firm takes out of a money fund: what it lacks for dues, buffer and other uses.

    gap : (m,) fen lacking up to the buffer after dues and receipts, negative for a surplus
    uses : (m,) fen - replacement, projects, bullets that mature; shares : (m,) fen it has
    min(max(gap + uses, 0), shares). Source: assumed.
    """
    return np.minimum(to_fen(np.maximum(gap + uses, 0.0)), shares)


def closure_hazard(age: Ids, p: EnterpriseParameters) -> Floats:
    """Monthly chance that the owner of a solvent firm closes it, falling in age.

    age : (n,) months. Source: Yi Gang 2018 for the young.
    """
    return np.where(age <= p.young_months, p.young_closure, p.mature_closure)


def latent_index(
    quality: Floats, liquidity: Floats, trading: Floats, p: EnterpriseParameters
) -> Floats:
    """Combine quality, net liquidity and current trading into one standardised index.

    quality : (n,); liquidity : (n,) months of normal revenue; trading : (n,) log of plan over
    normal revenue. Weights and constants are frozen by calibration, so a slump shows.
    """
    raw = (
        p.index_quality * quality
        + p.index_liquidity * np.clip(liquidity, -3.0, 4.0)
        + p.index_trading * np.clip(trading, -2.0, 2.0)
    )
    return (raw - p.index_mean) / p.index_sd


def is_in_default(months_late: Ids, net_worth: Floats, p: EnterpriseParameters) -> Mask:
    """Tell who defaults: long in arrears, or in arrears with negative net worth.

    months_late : (n,); net_worth : (n,) fen, net of provisions
    """
    return (months_late >= p.arrears_months) | ((months_late > 0) & (net_worth < 0))


def normal_draw(scale: Floats, quality: Floats, assets: Floats, p: EnterpriseParameters) -> Floats:
    """Tell what a normal month leaves to the owner of a firm without debt: margin less wear.

    scale : (n,) fen a month; quality : (n,); assets : (n,) fen - fixed assets it keeps up
    """
    margin = p.margin + p.margin_per_quality * quality
    return np.asarray(np.maximum(margin * scale - p.depreciation_rate / 12.0 * assets, 0.0))


def value_at_stake(draw: Floats, p: EnterpriseParameters) -> Floats:
    """Discount what an owner would draw in the months that count for him.

    draw : (n,) fen a month. V = draw x sum over k = 1..K of (1 + r)^(-k / 12), K = `draw_horizon`,
    r = `draw_discount_rate`. Returns (n,) fen. Source: assumed
    """
    months = np.arange(1, p.draw_horizon + 1)
    return draw * float(np.sum((1.0 + p.draw_discount_rate) ** (-months / MONTHS_PER_YEAR)))


def sanction(credit_shut: Floats | float, blacklisted: Floats) -> Floats:
    """Tell what share of that value an owner loses by walking away, within 0..1.

    credit_shut : () or (n,) - share of the market's credit at lenders that would hear of it
    blacklisted : (n,) - weight of the public blacklist
    Source: assumed
    """
    return np.clip(credit_shut + blacklisted, 0.0, 1.0)


def walks_away(debt: Fen, seizable: Floats, value: Floats, share_lost: Floats) -> Mask:
    """Tell who leaves the firm to its creditors: debt - seizable assets > V x sanction.

    debt, seizable, value : (n,) fen; share_lost : (n,) - the sanction
    Nobody walks at a tie, so nobody without debt does.
    """
    return np.asarray(debt - seizable > value * share_lost)
