"""Factoring: firms short of cash sell receivables on core firms, at a price for the buyer's risk.

Used when firms seek credit, before they apply for loans. Decides who sells what to whom and at
which price; how the claims move stands in `sim/receivable_posting.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.provider import default_probability
from sim.capacities import room_of_banks
from sim.contracts.links import AGES
from sim.contracts.receivables import discount, sold_for_need
from sim.kernels import group_sum, queue_fit
from sim.ledger import Claim
from sim.receivable_posting import Sale, buy_receivables
from sim.scoring import applicant_columns, estimates
from sim.units import Fen, Floats, Ids, to_fen, yuan
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

Choice = Callable[[str, Ids], Ids]


def sell_receivables(world: World, scenario: Scenario, wish: Floats, choose: Choice) -> Floats:
    """Let firms sell verified receivables on core firms for the cash they wish for.

    wish : (n_firms,) fen, nothing where a firm does not sell; choose : kind of provider and (m,)
    firms to (m,) provider numbers, -1 for none. Returns (n_firms,) fen received.
    """
    got = np.zeros(world.enterprises.n)
    for kind in world.policy.factors:
        sale = _offers(world, scenario, kind, wish - got, choose)
        sale = sale.of(_served(world, scenario, sale))
        if not len(sale.link):
            continue
        _raise_money(world, kind, group_sum(sale.number, sale.price, world.n_providers))
        buy_receivables(world, kind, sale, scenario.parameters.market.lgd_unsecured)
        cost = np.full(len(sale.link), float(yuan(scenario.parameters.market.factoring_cost)))
        world.add_to_providers("decision_cost", sale.number, cost)
        got += np.bincount(world.links.supplier[sale.link], sale.price, len(got))
        _count(world, sale)
    return got


def _invoices(world: World, scenario: Scenario, wish: Floats) -> tuple[Ids, Ids, Fen]:
    """List what may be sold: link, months until it is due and face of each invoice.

    An invoice is what falls due on one link in one month, none that is due already, on a living
    core firm without arrears, and large enough to be worth a decision.
    """
    links, firms = world.links, world.enterprises
    is_good = firms.is_core & firms.alive & (firms.months_late == 0)
    rows = np.flatnonzero(is_good[links.buyer] & (wish[links.supplier] > 0))
    later = range(1, len(AGES))
    link, months = np.repeat(rows, len(later)), np.tile(np.array(later), len(rows))
    columns = [links.column(AGES[age])[rows] for age in later]
    face: Fen = np.stack(columns, axis=1).reshape(-1)
    some = np.flatnonzero(face >= max(yuan(scenario.parameters.market.factoring_minimum), 1))
    return link[some], months[some], face[some]


def _offers(world: World, scenario: Scenario, kind: str, wish: Floats, choose: Choice) -> Sale:
    """Price the invoices of firms that wish for cash and pick those they would sell."""
    m, links = scenario.parameters.market, world.links
    link, months, face = _invoices(world, scenario, wish)
    number = choose(kind, links.supplier[link])
    asked = np.flatnonzero(number >= 0)
    asked = asked[world.limit("may_lend")[number[asked]]]
    link, months, face, number = link[asked], months[asked], face[asked], number[asked]
    p = getattr(scenario.parameters, kind)
    pd = _buyers_risk(world, scenario, links.buyer[link], number)
    base = p.price_base + float(world.conditions["wholesale_spread"]) + world.deposit_premium
    cost = float(yuan(m.factoring_cost))
    keeps = to_fen(discount(face, months, base, pd, m.lgd_unsecured, cost))
    # The cut-off and the dearest price are those of a loan.
    fine = (pd <= p.pd_cutoff) & (keeps * 12.0 <= m.rate_cap * face * months) & (keeps < face)
    sale = Sale(link, months, number, face - keeps, keeps, pd).of(np.flatnonzero(fine))
    sold = sold_for_need(links.supplier[sale.link], sale.months, sale.price, wish)
    return sale.of(np.flatnonzero(sold))


def _buyers_risk(world: World, scenario: Scenario, buyer: Ids, number: Ids) -> Floats:
    """Probability of the buyers' default within a year by the scorecards of the factors asked."""
    firms = world.enterprises
    columns, index = applicant_columns(world, buyer, number), firms.index[buyer]
    estimate, _ = estimates(world, scenario, buyer, number, world.month, index, columns)
    intercept = world.of_providers("pd_intercept")[number]
    slope = world.of_providers("pd_slope")[number]
    # Core firms borrow on other markets: no debt of theirs is to be seen here.
    return default_probability(intercept, slope, 0.0, estimate, np.zeros(len(buyer)))


def _served(world: World, scenario: Scenario, sale: Sale) -> Ids:
    """Serve each factor's queue of sellers as far as its room goes; rows of the sale."""
    room = np.zeros(world.n_providers, dtype=np.int64)
    first = world.first_number("bank")
    room[first : first + world.banks.n] = room_of_banks(world, scenario)
    seller = world.enterprises.dice[world.links.supplier[sale.link]]
    draw = world.draws.uniform("factoring", world.month, seller)
    return np.flatnonzero(queue_fit(sale.number, np.zeros(len(draw)), draw, sale.price, room))


def _raise_money(world: World, kind: str, wanted: Fen) -> None:
    """Let banks take deposits for what they pay beyond their cash; wanted : (n_providers,)."""
    banks, first = world.banks, world.first_number(kind)
    rows = np.arange(banks.n)
    short = np.maximum(wanted[first : first + banks.n] - banks.cash, 0)
    claim = Claim("deposits", banks, "deposits", rows, short, "bank", "outside")
    world.ledger.pay("deposit_take", "outside", None, kind, rows, short, claim)


def _count(world: World, sale: Sale) -> None:
    face = sale.price + sale.discount
    world.desk.count("factored_face", float(face.sum()))
    world.desk.count("factored_face_months", float((face * sale.months).sum()))
    world.desk.count("factored_discount", float(sale.discount.sum()))
