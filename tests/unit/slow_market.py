"""A market whose banks take months to decide, and the phases from a need to money."""

from by_hand import emptied

from sim.phases.fund_loans import fund_loans
from sim.phases.open_books import open_books
from sim.phases.seek_credit import seek_credit
from sim.phases.strike_shocks import strike_shocks
from sim.phases.supervise import supervise
from sim.phases.underwrite import underwrite

YUAN = 100
EASY = {"minimum_loan": 0.0, "pd_cutoff": 1.0}
# A firm without cash lacks its buffer of 27 days and asks for the cushion too.
WISH = 27 / 30 + 0.65


def market(firms=1, delay=1, cost=2000.0, fast=False, **parameters):
    """Banks that take `delay` months, perhaps a micro lender that decides at once."""
    kinds = {"bank": EASY, "micro_lender": EASY, **parameters}
    hands = emptied(firms, banks=1, micro_lenders=int(fast), **kinds)
    slow = {"application": {"auc": 0.6, "cost": cost, "delay": delay}}
    quick = {"application": {"auc": 0.6, "cost": 100.0}}
    sources = {"bank": {"sources": slow}, "micro_lender": {"sources": quick}}
    hands.scenario = hands.scenario.but({"credit": {"preset": "none", "providers": sources}})
    world = hands.world
    world.enterprises.scale[:] = world.enterprises.plan[:] = 50_000.0 * YUAN
    world.enterprises.outflow[:] = 20_000.0 * YUAN
    world.enterprises.is_core[:] = False
    for row in range(firms):
        hands.assets(row, 10_000_000 * YUAN)
    world.enterprises.asset_target[:] = 0.0
    for kind in ("bank", "micro_lender"):
        hands.cash(kind, *[100_000_000 * YUAN] * world.tables[kind].n)
        world.tables[kind].initial_capital[:] = 100_000_000.0 * YUAN
    return hands


def prepare(hands, month):
    """Begin a month and let firms file their applications."""
    world = hands.world
    world.month, world.policy = month, hands.scenario.policy(month)
    for phase in (open_books, strike_shocks, supervise, seek_credit):
        phase(world, hands.scenario)


def decide(hands):
    """Let providers answer, and pay what they can."""
    for phase in (underwrite, fund_loans):
        phase(hands.world, hands.scenario)
    hands.checked()


def lend(hands, month):
    """Pass through the phases of a month that lead from a need to money."""
    prepare(hands, month)
    decide(hands)


def end(table):
    """Let the first of a population end; its estate is open."""
    table.alive[0], table.is_in_estate[0] = False, True
