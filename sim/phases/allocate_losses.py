"""Defaults are declared and losses passed on, round by round, until nobody new fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents import enterprise as rules
from sim.agents.investor import SLOTS
from sim.chart import CODES, INVESTOR, OUTSIDE, OWN_ACCOUNT, PLATFORM
from sim.contracts.impairments import CHANNELS
from sim.contracts.links import owed
from sim.contracts.loans import expected_loss, notes_of
from sim.contracts.receivables import expected_loss as expected_on_receivables
from sim.crowdfunding import stakes_in_firms
from sim.ends import cut_links, fail_providers, record_end, rows_of, sell_assets
from sim.guaranteeing import call_guarantees, called_on
from sim.identity_fraud import age_identity_loans
from sim.kernels import add_at, among, true_at
from sim.pools import provision_pooled
from sim.postings import cover_loans, impair_providers, provision_loans
from sim.promises import buy_back, honour_promises
from sim.receivable_posting import cover_receivables, provision_receivables
from sim.sanctions import walking_away
from sim.stake_posting import let_stakes_suffer
from sim.struck import struck_firms
from sim.units import Floats, Ids, Mask
from sim.world import KINDS, World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def allocate_losses(world: World, scenario: Scenario) -> None:
    """Declare defaults, open estates, provision; repeat while losses bring down others.

    Each round visits only the claims on those newly failed. Lays `new_defaults` and events.
    """
    _fade_excess(world, scenario)
    p, m, firms = scenario.parameters.enterprise, scenario.parameters.market, world.enterprises
    soft = stakes_in_firms(world)  # counts as capital, not as debt
    provisions = world.receivables_provision() - soft
    walks = walking_away(world, scenario)
    struck = struck_firms(world)
    if struck is not None:
        walks = walks | struck
    watched = true_at(firms.alive & ((firms.months_late > 0) | walks))
    rounds = 0
    while len(watched) and rounds < m.loss_rounds:
        worth = firms.net_worth[watched] - provisions[watched]
        cannot_pay = rules.is_in_default(firms.months_late[watched], worth, p)
        fails = cannot_pay | walks[watched]
        failed = watched[fails]
        if not len(failed):
            break
        rounds += 1
        bought = rows_of(world, world.links.buyer, failed)
        closed = np.zeros(len(failed), np.bool_) if struck is None else struck[failed]
        _declare(world, scenario, failed, bought, rounds, ~cannot_pay[fails], closed)
        provisions = _provision_receivables(world, scenario, bought, provisions)
        called = _provision_loans(world, scenario, failed)
        _provision_factored(world, scenario, failed)
        watched = watched[~fails]
        if len(called):
            provisions = world.receivables_provision() - soft
            watched = np.union1d(watched, called[firms.months_late[called] > 0])
    world.desk.count("loss_rounds", rounds)
    if rounds:
        let_stakes_suffer(world, true_at(firms.is_in_estate & (firms.ended == world.month)))
    age_identity_loans(world, scenario)
    honour_promises(world, scenario)
    _fail_lenders(world, scenario)


def _fade_excess(world: World, scenario: Scenario) -> None:
    """Let last month's excess losses fade and set this month's expected loss against them."""
    m, loans, sold = scenario.parameters.market, world.loans, world.receivables
    fade = 0.5 ** (1.0 / m.memory_half_life)
    good = loans.is_open & ~loans.is_bad & (loans.holder != OUTSIDE)
    expected = np.bincount(loans.provider, expected_loss(loans) * good, world.n_providers)
    good = ~sold.is_bad & (sold.holder != OUTSIDE)
    priced = expected_on_receivables(sold) * good
    expected = expected + np.bincount(sold.provider, priced, world.n_providers)
    for kind in KINDS:
        table, start = world.tables[kind], world.first_number(kind)
        left = table.excess_loss * fade - expected[start : start + table.n]
        table.excess_loss[:] = np.maximum(left, 0.0)
        table.premium_due[:] += expected[start : start + table.n]


def _declare(
    world: World,
    scenario: Scenario,
    failed: Ids,
    bought: Ids,
    round_number: int,
    is_strategic: Mask,
    is_struck: Mask,
) -> None:
    """Stop trading, open the estate, sell the assets and write the event with its causes.

    failed : (m,) firms; bought : links on which they buy
    is_strategic : (m,) - whose owners walk away and who would not default yet
    is_struck : (m,) - closed by a shock, which is no default
    """
    p, firms = scenario.parameters.enterprise, world.enterprises
    firms.alive[failed] = False
    firms.is_in_estate[failed] = True
    firms.estate_until[failed] = world.month + p.estate_months
    firms.ended[failed] = world.month
    cut_links(world, failed, bought)
    sell_assets(world, scenario, failed)
    if is_struck.any():
        _write_liquidations(world, failed[is_struck])
        failed, is_strategic = failed[~is_struck], is_strategic[~is_struck]
    world.desk.new_defaults.append(failed)
    world.desk.count("defaults", len(failed))
    world.desk.count("cohort_defaults", int(firms.is_in_cohort[failed].sum()))
    walked = failed[is_strategic]
    world.desk.count("strategic_defaults", len(walked))
    world.desk.count("strategic_debt", float(world.debt_of_firms()[walked].sum()))
    world.desk.count("cohort_strategic_defaults", int(firms.is_in_cohort[walked].sum()))
    _write_causes(world, failed, round_number, is_strategic)


def _write_liquidations(world: World, rows: Ids) -> None:
    """Write the ends of firms that a shock closed; rows : (m,)."""
    world.desk.count("liquidations", len(rows))
    record_end(world, "liquidation", "enterprise", rows, world.enterprises.short_by[rows])


def _write_causes(world: World, failed: Ids, round_number: int, is_strategic: Mask) -> None:
    """Weigh remembered impairments against the shortfall and tally the weights by channel."""
    firms = world.enterprises
    weight, by_channel = record_end(
        world, "default", "enterprise", failed, firms.short_by[failed], round_number, is_strategic
    )
    mine = firms.is_in_cohort[failed]
    world.desk.count("attributed_defaults", float((weight * mine).sum()))
    for number, name in enumerate(CHANNELS):
        if by_channel[:, number].any():
            world.desk.count(f"attributed_{name}", float((by_channel[:, number] * mine).sum()))


def _provision_receivables(
    world: World, scenario: Scenario, rows: Ids, provisions: Floats
) -> Floats:
    """Let suppliers provision what the failed owe them, as far as nobody covers it.

    rows : links on which the failed buy
    """
    links = world.links
    at_risk = links.overdue[rows] if world.is_off("trade") else owed(links, rows)
    loss = at_risk * scenario.parameters.market.provision_share
    links.provision[rows] = loss
    return provisions + np.bincount(links.supplier[rows], loss, len(provisions))


def _provision_loans(world: World, scenario: Scenario, failed: Ids) -> Ids:
    """Mark loans of the failed and call their guarantors; holders provision what is not called.

    Platforms buy back from the reserve. Returns the guarantors called who live.
    """
    m, loans = scenario.parameters.market, world.loans
    rows = rows_of(world, loans.borrower, failed)
    rows = rows[loans.is_open[rows]]
    loans.is_bad[rows] = True
    own = rows[among(loans.holder[rows], OWN_ACCOUNT)]
    noted = rows[loans.holder[rows] == INVESTOR]
    world.desk.count("bad_loans", float(loans.principal[rows].sum()))
    for name in KINDS:
        mine = loans.holder[rows] == CODES[name]
        if name == "platform":
            mine |= loans.holder[rows] == INVESTOR
        world.desk.count(f"bad_{name}", float(mine.sum()))
    called = call_guarantees(world, scenario, rows)
    if world.is_off("funding"):
        cover_loans(world, own, "funding")
    else:
        _provision_own(world, own, m.provision_share)
    pooled = rows[loans.holder[rows] == PLATFORM]
    if world.is_off("notes"):
        cover_loans(world, np.concatenate([noted, pooled]), "notes")
        return called
    if len(noted):
        _provision_noted(world, noted, m.provision_share)
        buy_back(world, noted, m.provision_share)
    provision_pooled(world, pooled, m.provision_share)
    return called


def _provision_factored(world: World, scenario: Scenario, failed: Ids) -> None:
    """Let factors provision what the failed owe on sold receivables; their suppliers lose none."""
    book = world.receivables
    rows = rows_of(world, book.buyer, failed)
    rows = rows[book.is_open[rows]]
    book.is_bad[rows] = True
    if world.is_off("funding"):
        cover_receivables(world, rows)
    else:
        provision_receivables(world, rows, scenario.parameters.market.provision_share)


def _provision_own(world: World, rows: Ids, share: float) -> None:
    """Let lenders provision loans on own account; what guarantors are called for is left out."""
    loans = world.loans
    loss = share * (loans.principal[rows] + loans.interest_due[rows] - called_on(world, rows))
    provision_loans(world, rows, loss, "funding")


def _provision_noted(world: World, rows: Ids, share: float) -> None:
    """Let savers see the provisioned loss on notes; a platform that promised them is a victim."""
    loans, notes, savers = world.loans, world.notes, world.investors
    loss = share * loans.principal[rows]
    provision_loans(world, rows, loss, "notes", own=False)
    mine = loans.is_promised[rows]
    impair_providers(world, "notes", rows[mine], loss[mine])
    note_rows, at = notes_of(loans, notes, rows)
    each = share * (loans.principal[rows] // loans.shares[rows])
    add_at(savers.loss_seen, notes.account[note_rows] // SLOTS, notes.shares[note_rows] * each[at])


def _fail_lenders(world: World, scenario: Scenario) -> None:
    """Fail lenders without capital or late for months on what they owe."""
    lenders, p = world.micro_lenders, scenario.parameters.micro_lender
    capital = lenders.net_worth - lenders.provisions
    fails = lenders.alive & ((capital < 0) | (lenders.months_late >= p.failure_months))
    fail_providers(world, scenario, "micro_lender", true_at(fails))
