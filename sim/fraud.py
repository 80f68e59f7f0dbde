"""Fraud on platforms: fake notes, misuse of client money, owners who take the money and run.

Responsible for what fraudulent owners do in the phases of the month, and for the sale and the
dues of fake notes. What they leave behind is shared out in `fraud_estates`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents import platform as rules
from sim.agents.platform import ABSCONDING, POLICE
from sim.contracts.fraud_claims import hidden as hidden_debt
from sim.ends import fail_providers
from sim.fraud_estates import open_case, pool_client_money
from sim.kernels import add_at, group_sum, split_by_weights, true_at
from sim.ledger import EVERY, Claim
from sim.policing import detection, of_platforms
from sim.pools import open_books_of_pools
from sim.struck import absconding_platform
from sim.units import Fen, Ids, Mask, to_fen
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def owner_traits(
    world: World, rows: Ids, scenario: Scenario, licensed: bool = False
) -> dict[str, Any]:
    """Draw which platforms' owners plan fraud, unless licensed, and which yield to temptation.

    rows : (m,)
    """
    p, draws = scenario.parameters.platform, world.draws
    plans = (draws.uniform("planned_fraud", 0, rows) < p.fraud_share) & (not licensed)
    return {
        "is_fraud": plans,
        "is_tempted": draws.uniform("temptation", 0, rows) < p.temptation_share,
        "rate_bonus": np.where(plans, p.fraud_bonus, 0.0),
    }


def custody(world: World) -> Mask:
    """Mark platforms whose client money lies with a bank, (n_platforms,)."""
    return np.asarray(world.limit("custody")[world.first_number("platform") :])


def misusable_cash(world: World) -> Fen:
    """Client money that owners could take, (n_platforms,) fen: none in custody.

    Nor where it is frozen, nor in the month of entry: limits are written for those who were there
    before.
    """
    platforms = world.platforms
    is_open = platforms.alive & ~custody(world) & (platforms.born < world.month)
    is_open &= ~platforms.is_suspect
    return np.where(is_open, platforms.client_cash, 0)


# ---------------------------------------------------------------- fake notes
def misuse(world: World, scenario: Scenario, fen: Fen) -> None:
    """Turn idle balances into fake notes: the money goes to the platform, the claims stay.

    fen : (n_platforms,) - at most the client cash of each; shared by clients' balances. Claims
    on a pool stay as they are: nobody sees what it has lent.
    """
    p, accounts, platforms = scenario.parameters.platform, world.accounts, world.platforms
    _misuse_pools(world, np.where(platforms.is_pooling, fen, 0))
    fen = np.where(platforms.is_pooling, 0, fen)
    rows = true_at(accounts.balance > 0)
    rows = rows[fen[accounts.platform[rows]] > 0]
    if not len(rows):
        return
    rows = rows[np.argsort(accounts.platform[rows], kind="stable")]
    owner = accounts.platform[rows]
    part = split_by_weights(fen, accounts.balance[rows], owner)
    rows, owner, part = rows[part > 0], owner[part > 0], part[part > 0]
    promised = platforms.posted_rate + platforms.rate_bonus
    book = world.fraud_claims
    new = book.append(
        len(rows),
        {
            "platform": owner,
            "account": rows,
            "saver": rows // world.slots,
            "principal": part,
            "rate": promised[owner] * (1.0 - p.service_fee),
            "matures": world.month + p.fake_months,
        },
    )
    _swap(world, "misuse", fen, ("client_cash", "cash"), rows, -part, new)
    add_at(accounts.invested, rows, part)
    platforms.misused[:] += fen
    world.desk.count("misused", float(fen.sum()))


def _swap(
    world: World,
    flow: str,
    fen: Fen,
    between: tuple[str, str],
    rows: Ids,
    balances: Fen,
    notes: Ids,
) -> None:
    """Move money between own and client cash of platforms, idle balances against fake notes.

    fen : (n_platforms,); between : the account that pays and the one that receives
    rows, notes : (m,) accounts and fake notes; balances : (m,) fen that idle balances gain
    """
    accounts, book = world.accounts, world.fraud_claims
    claims = (
        Claim("client_balances", accounts, "balance", rows, balances, "platform", "investor"),
        Claim("fake_notes", book, "owed", notes, -balances, "platform", "investor"),
    )
    world.ledger.pay(
        flow,
        "platform",
        EVERY,
        "platform",
        EVERY,
        fen,
        *claims,
        payer_account=between[0],
        receiver_account=between[1],
    )


def _misuse_pools(world: World, fen: Fen) -> None:
    """Let platforms take money out of their pools; fen : (n_platforms,)."""
    if not fen.any():
        return
    world.ledger.pay(
        "misuse",
        "platform",
        EVERY,
        "platform",
        EVERY,
        fen,
        payer_account="client_cash",
    )
    world.platforms.misused[:] += fen
    world.platforms.pool_misused[:] += fen
    world.desk.count("misused", float(fen.sum()))


def support_redemptions(world: World, due: Fen) -> None:
    """Let planned frauds put own cash into their pools where client cash does not reach.

    due : (n_platforms,) fen - redemptions due this month. Who cannot pay all of it is short.
    """
    platforms = world.platforms
    may = platforms.is_fraud & platforms.is_pooling & platforms.alive & ~platforms.is_suspect
    lacking = np.where(may, np.maximum(due - platforms.client_cash, 0), 0)
    if not lacking.any():
        return
    fen = np.where(lacking <= platforms.cash, lacking, 0)
    every = np.arange(platforms.n)
    world.ledger.pay(
        "own_support",
        "platform",
        every,
        "platform",
        every,
        fen,
        receiver_account="client_cash",
    )
    platforms.pool_misused[:] = np.maximum(platforms.pool_misused - fen, 0)
    platforms.is_short[:] |= lacking > fen
    world.desk.count("fraud_refused", float((lacking - fen).sum()))


def pay_fake_notes(world: World, scenario: Scenario) -> None:
    """Let interest on fake notes accrue and platforms pay what is due, as long as cash lasts.

    Own cash first, then money that clients have put in since. Who cannot pay all pays nothing.
    """
    book, platforms = world.fraud_claims, world.platforms
    platforms.is_short[:] = False
    rows = true_at(book.is_open & ~book.is_exposed & ~book.is_stolen)
    rows = rows[~platforms.is_suspect[book.platform[rows]]]  # their money is frozen
    if not len(rows):
        return
    owner, saver = book.platform[rows], book.saver[rows]
    interest = to_fen(book.principal[rows] * book.rate[rows] / 12.0)
    accrued = Claim("fake_notes", book, "owed", rows, interest, "platform", "investor")
    world.ledger.enter("fake_note_accrue", "platform", owner, "investor", saver, interest, accrued)
    ripe = np.where(book.matures[rows] <= world.month, book.principal[rows], 0)
    interest = book.owed[rows] - book.principal[rows]
    due = group_sum(owner, ripe + interest, platforms.n)
    lacking = np.maximum(due - platforms.cash, 0)
    misuse(world, scenario, np.where(lacking <= misusable_cash(world), lacking, 0))
    platforms.is_short[:] = platforms.alive & (due > platforms.cash)
    world.desk.count("fraud_refused", float(due[platforms.is_short].sum()))
    paid = ~platforms.is_short[owner]
    _pay_dues(world, rows[paid], interest[paid], ripe[paid])


def _pay_dues(world: World, rows: Ids, interest: Fen, principal: Fen) -> None:
    """Pay fake notes out of own cash into clients' balances; rows : (m,) of the book."""
    book, accounts, platforms = world.fraud_claims, world.accounts, world.platforms
    fen, where = interest + principal, book.account[rows]
    by_platform = group_sum(book.platform[rows], fen, platforms.n)
    _swap(world, "fake_note_pay", by_platform, ("cash", "client_cash"), where, fen, rows)
    book.principal[rows] -= principal
    add_at(accounts.invested, where, -principal)
    add_at(world.investors.interest, book.saver[rows], interest)
    add_at(platforms.saver_interest, book.platform[rows], interest)
    platforms.inflow[:] += by_platform
    book.close(rows[book.owed[rows] == 0])


# ---------------------------------------------------------------- what owners take
def misuse_and_skim(world: World, scenario: Scenario) -> None:
    """Let planned fraud turn new money into fake notes, and its owners take out own cash."""
    p, platforms = scenario.parameters.platform, world.platforms
    if not (platforms.is_fraud | platforms.is_tempted).any():
        return
    plans = platforms.alive & platforms.is_fraud
    # Loans that are not there earn in the books what the pool has promised.
    platforms.pool_misused[:] += to_fen(platforms.pool_misused * platforms.pool_rate / 12.0)
    fen = to_fen(p.misuse_share * platforms.inflow)
    misuse(world, scenario, np.where(plans, np.minimum(fen, misusable_cash(world)), 0))
    skim = np.where(plans & ~platforms.is_suspect, to_fen(p.skim_share * platforms.cash), 0)
    every = np.arange(platforms.n)
    world.ledger.pay("skim", "platform", every, "outside", None, skim)
    platforms.taken[:] += skim
    world.desk.count("fraud_taken", float(skim.sum()))
    income = platforms.fee_income - platforms.monthly_cost + platforms.misused
    # The plain mean of the first months, then smoothed.
    age = np.maximum(world.month - platforms.born + 1, 1)
    change = np.maximum(p.income_smoothing, 1.0 / age) * (income - platforms.owner_income)
    platforms.owner_income[:] += np.where(platforms.alive, change, 0.0)


def abscond(world: World, scenario: Scenario) -> None:
    """Let owners take own cash and clients' money and run where that pays, or nothing else helps.

    A planned fraud also ends so when it cannot pay what is due, or would fail like any platform;
    and whom a shock names, whatever his character.
    """
    p, m, platforms = scenario.parameters.platform, scenario.parameters.market, world.platforms
    made_to_run = absconding_platform(world)
    if not (len(made_to_run) or (platforms.is_fraud | platforms.is_tempted).any()):
        return
    hidden = hidden_debt(world.fraud_claims, platforms)
    worth = platforms.net_worth - platforms.provisions
    caught, frozen = detection(world, scenario), of_platforms(world, "frozen_share")
    within_reach = np.floor(misusable_cash(world) * (1.0 - frozen)).astype(np.int64)
    gains = rules.absconds(
        within_reach, caught, worth, rules.franchise_value(platforms.owner_income, p)
    )
    fails = (worth + hidden < 0) | (platforms.cost_late >= m.cost_failure_months)
    ends = platforms.is_short | (fails & (hidden > 0))
    may = (platforms.is_fraud | platforms.is_tempted) & (
        world.month - platforms.born >= p.opening_months
    )
    goes = (gains & may) | ends
    goes[made_to_run] = True
    rows = true_at(goes & platforms.alive & ~platforms.is_suspect)
    if not len(rows):
        return
    is_strategic = np.ones(len(rows), dtype=np.bool_)
    fail_providers(world, scenario, "platform", rows, is_strategic=is_strategic)
    share = 1.0 - frozen[rows]
    own = np.floor(platforms.cash[rows] * share).astype(np.int64)
    world.ledger.pay("abscond", "platform", rows, "outside", None, own)
    taken = own + pool_client_money(world, rows, share)
    platforms.taken[rows] += taken
    platforms.exit_mode[rows] = ABSCONDING
    _open_pools(world, rows)
    is_caught = world.draws.uniform("caught", world.month, rows) < caught[rows]
    open_case(world, scenario, rows[is_caught])
    world.desk.count("abscondings", len(rows))
    world.desk.count("fraud_taken", float(taken.sum()))


def _open_pools(world: World, rows: Ids) -> None:
    """Let savers see what fraud has left of pools; rows : (m,) platforms that end."""
    platforms = world.platforms
    known = platforms.opened_loss[rows].copy()
    open_books_of_pools(world, rows)
    if not world.is_off("notes"):
        lost = (platforms.opened_loss[rows] - known).astype(np.int64)
        platforms.claims_left[rows] += lost
        world.desk.count("fraud_loss_pools", float(lost.sum()))


def close_found(world: World, scenario: Scenario) -> None:
    """End frauds that were found: all they have is frozen for the estate, and police look on."""
    platforms = world.platforms
    rows = true_at(platforms.is_found & platforms.alive)
    if not len(rows):
        return
    is_strategic = np.ones(len(rows), dtype=np.bool_)
    fail_providers(world, scenario, "platform", rows, is_strategic=is_strategic)
    pool_client_money(world, rows, np.zeros(len(rows)))
    platforms.exit_mode[rows] = POLICE
    _open_pools(world, rows)
    open_case(world, scenario, rows)
