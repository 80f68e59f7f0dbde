"""Close the month: memory fades, settled contracts are dropped, the audit is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.chart import INVESTOR
from sim.contracts.links import owed
from sim.contracts.loans import compact_notes, shares_held, whole_down
from sim.crowdfunding import reconcile_escrow
from sim.guaranteeing import close_settled_guarantees
from sim.kernels import group_sum, true_at
from sim.ledger import AuditError
from sim.postings import close_settled_loans, party
from sim.receivable_posting import close_settled_receivables
from sim.world import KINDS, World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def close_books(world: World, scenario: Scenario) -> None:
    """Let memory fade, drop what is settled, and audit; refuse the month if a fen is missing."""
    _fade_memory(world, scenario)
    close_settled_loans(world)
    close_settled_guarantees(world)
    close_settled_receivables(world)
    _close_dead_links(world, scenario)
    world.ledger.audit(world.positions(), world.present())
    _reconcile(world)
    reconcile_escrow(world)
    _compact(world)


def _reconcile(world: World) -> None:
    """Refuse a month in which notes do not add up to loans, or client cash to client balances."""
    loans, platforms, accounts = world.loans, world.platforms, world.accounts
    noted = (loans.holder == INVESTOR) & loans.is_open
    by_loan = shares_held(loans, world.notes) + loans.kept_shares - loans.shares
    uneven = loans.principal - whole_down(loans.principal, loans.shares)
    uneven += loans.interest_due - whole_down(loans.interest_due, loans.shares)
    held = true_at(accounts.balance != 0)
    by_platform = group_sum(accounts.platform.take(held), accounts.balance.take(held), platforms.n)
    # The cash of a pool is what its claims are paid from, and no client's by itself.
    astray = (platforms.client_cash - by_platform) * ~platforms.is_pooling
    for what, drift in (
        ("notes of loan {} are off by {} shares", by_loan * noted),
        ("loan {} is off whole fen a share by {}", uneven * noted),
        ("client cash of platform {} is off by {} fen", astray),
    ):
        if drift.any():
            row = int(true_at(drift)[0])
            raise AuditError(what.format(row, int(drift[row])))


def _fade_memory(world: World, scenario: Scenario) -> None:
    m, firms = scenario.parameters.market, world.enterprises
    if world.month == 0:
        world.impairments.clear()
        for kind in KINDS:
            world.tables[kind].excess_loss[:] = 0.0
        world.platforms.lost_confidence[:] = world.platforms.lost_notes[:] = 0.0
        return
    calm = true_at((firms.months_calm >= m.memory_clear_months) | ~firms.alive)
    fade = 0.5 ** (1.0 / m.memory_half_life)
    world.impairments.fade(fade, party("enterprise", calm))


def _close_dead_links(world: World, scenario: Scenario) -> None:
    p, links = scenario.parameters.enterprise, world.links
    wait = max(p.search_months, p.customer_memory_months)
    forgotten = links.is_open & ~links.is_active & (links.lost < world.month - wait)
    rows = true_at(forgotten)
    links.close(rows[(owed(links, rows) == 0) & (links.covered[rows] == 0)])


def _compact(world: World) -> None:
    """Drop closed rows where they are many; notes are renumbered with their loans."""
    compact_notes(world.loans, world.notes, world.loans.compact())
    world.links.compact()
    world.wholesale.compact()
    for book in (world.decisions, world.fraud_claims, world.campaigns, world.stakes):
        book.compact()
    world.identity_loans.compact()
