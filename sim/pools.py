"""Pools of platforms: what they hold, promise and can lend, and the flows that are theirs alone.

A pooling platform lends its clients' money on its own account out of client cash and owes them
claims, redeemable at par on notice. Responsible for what several phases need to know of pools and
for their loans, yields and margins; who asks his money back, and gets it, is in `redemptions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.investor import SLOTS
from sim.agents.platform import promised_pool_rate
from sim.agents.provider import ORDERING
from sim.chart import PLATFORM
from sim.contracts.identity_loans import held_by_pools
from sim.kernels import add_at, group_sum, true_at
from sim.ledger import Claim
from sim.postings import provision_loans
from sim.units import Fen, Floats, Ids, Mask, to_fen
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

NEVER = 1_000_000


def any_pools(world: World) -> bool:
    """Tell whether there ever was a pooling platform."""
    return bool(np.count_nonzero(world.platforms.is_pooling))


def is_pool(world: World, numbers: Ids) -> Mask:
    """Mark which providers are pooling platforms; numbers : (m,)."""
    row = numbers - world.first_number("platform")
    is_one = row >= 0
    is_one[is_one] = world.platforms.is_pooling[row[is_one]]
    return is_one


def held_accounts(world: World) -> Ids:
    """Rows of the accounts that hold claims on a pool."""
    return true_at(world.accounts.claims)


def claims_on(world: World) -> Fen:
    """Claims of savers on each platform's pool, (n_platforms,) fen."""
    rows = held_accounts(world)
    accounts = world.accounts
    return group_sum(accounts.platform[rows], accounts.claims[rows], world.platforms.n)


def asked_of(world: World) -> Fen:
    """Claims that each platform was given notice of and has not paid, (n_platforms,) fen."""
    accounts = world.accounts
    rows = true_at(accounts.asked)
    return group_sum(accounts.platform[rows], accounts.asked[rows], world.platforms.n)


def pooled_loans(world: World) -> Fen:
    """Principal of the loans that each platform holds for its pool, (n_platforms,) fen."""
    loans = world.loans
    rows = true_at(loans.holder == PLATFORM)
    return group_sum(loans.holder_row[rows], loans.principal[rows], world.platforms.n)


def pool_assets(world: World) -> Floats:
    """Client cash, loans and interest due of each pool, net of provisions; (n_platforms,) fen."""
    loans, platforms = world.loans, world.platforms
    rows = true_at(loans.holder == PLATFORM)
    owed = loans.principal[rows] + loans.interest_due[rows] - loans.provision[rows]
    held = np.bincount(loans.holder_row[rows], owed, platforms.n)
    if world.identity_loans.n:  # which look like loans as long as they are not known to be bad
        held = held + held_by_pools(world.identity_loans, platforms.n)
    return np.where(platforms.is_pooling, platforms.client_cash + held, 0.0)


def uncovered_share(world: World) -> Floats:
    """Share of each pool's claims that its assets do not cover, (n_platforms,) 0..1."""
    claims = claims_on(world)
    missing = np.maximum(claims - pool_assets(world), 0.0)
    return np.divide(missing, claims, out=np.zeros(len(claims)), where=claims > 0)


def disclosed_holes(world: World) -> Floats:
    """Share of claims that assets do not cover, where pools must show it; (n_platforms,) 0..1.

    Where `notes` is covered nobody expects to lose what is missing.
    """
    shows = world.limit("must_disclose")[world.first_number("platform") :]
    if not shows.any() or world.is_off("notes"):
        return np.zeros(world.platforms.n)
    return np.where(shows, uncovered_share(world), 0.0)


def note_disclosure(world: World) -> None:
    """Lay on the desk which pools had to show that claims are not covered."""
    start, n = world.first_number("platform"), world.platforms.n
    shown = disclosed_holes(world) * world.platforms.alive
    world.note_bound("must_disclose", np.full(n, -1), np.arange(start, start + n), shown > 0)


def lendable(world: World, scenario: Scenario) -> Floats:
    """Client cash that pools can lend: what is neither asked back nor kept; (n_platforms,) fen."""
    kept = scenario.parameters.platform.pool_liquidity * claims_on(world)
    free = world.platforms.client_cash - asked_of(world) - kept
    return np.where(may_pool(world), np.maximum(free, 0.0), 0.0)


def may_pool(world: World) -> Mask:
    """Mark pools that may take in money and lend it, (n_platforms,)."""
    allowed = world.limit("may_pool")[world.first_number("platform") :]
    return np.asarray(world.platforms.is_pooling & allowed)


def close_banned_pools(world: World) -> None:
    """Date the end of pools that are banned, and tell from reports which of them it has come for.

    Their run-off begins when the ban first binds; a ban that is lifted is forgotten.
    """
    table, start = world.platforms, world.first_number("platform")
    banned = table.is_pooling & table.alive & ~world.limit("may_pool")[start:]
    ends = world.month + np.minimum(world.limit("pool_months")[start:], NEVER)
    dated = np.minimum(table.pool_until, ends.astype(np.int64))
    table.pool_until[:] = np.where(banned, dated, NEVER)
    number = np.arange(start, start + table.n)
    world.note_bound("may_pool", np.full(table.n, -1), number, banned)
    table.orders[:] |= ORDERING["may_pool"] * (banned & (table.pool_until <= world.month))


# ---------------------------------------------------------------- savers
def subscribe(world: World, rows: Ids, fen: Fen) -> None:
    """Put savers' cash into pools; rows : (m,) accounts."""
    accounts = world.accounts
    world.ledger.pay(
        "pool_subscribe",
        "investor",
        rows // SLOTS,
        "platform",
        accounts.platform[rows],
        fen,
        Claim("pool_claims", accounts, "claims", rows, fen, "platform", "investor"),
        receiver_account="client_cash",
    )


def redeem(world: World, rows: Ids, fen: Fen, account: str = "client_cash") -> None:
    """Pay savers what they claim of a pool, out of a cash account; rows : (m,) accounts."""
    accounts = world.accounts
    world.ledger.pay(
        "pool_redeem",
        "platform",
        accounts.platform[rows],
        "investor",
        rows // SLOTS,
        fen,
        Claim("pool_claims", accounts, "claims", rows, -fen, "platform", "investor"),
        payer_account=account,
    )
    accounts.asked[rows] = np.minimum(accounts.asked[rows], accounts.claims[rows])


# ---------------------------------------------------------------- lending
def lend_from_pools(world: World, scenario: Scenario, rows: Ids, amount: Fen) -> None:
    """Pay out loans from client cash; the platform takes its fee from the borrower.

    rows : (m,) new loans; amount : (m,) fen
    """
    if not len(rows):
        return
    p, loans, platforms = scenario.parameters.platform, world.loans, world.platforms
    platform, n = loans.holder_row[rows], platforms.n
    world.ledger.pay(
        "loan_grant",
        "platform",
        platform,
        "enterprise",
        loans.borrower[rows],
        amount,
        Claim("loans", loans, "principal", rows, amount, "enterprise", "platform"),
        payer_account="client_cash",
    )
    fee = to_fen(amount * p.origination_fee)
    world.ledger.pay(
        "origination_fee", "enterprise", loans.borrower[rows], "platform", platform, fee
    )
    platforms.fee_income[:] += np.bincount(platform, fee, n)
    lent = np.bincount(platform, amount, n)
    for column, value in (
        ("posted_rate", loans.rate[rows]),
        ("posted_loss", loans.pd[rows] * loans.lgd[rows]),
    ):
        shown = platforms.column(column)
        mean = np.bincount(platform, value * amount, n) / np.maximum(lent, 1.0)
        shown[lent > 0] += p.rate_smoothing * (mean - shown)[lent > 0]


# ---------------------------------------------------------------- yields and margins
def credit_yields(world: World, scenario: Scenario) -> None:
    """Add the promised yield to claims on living pools; platforms take what was earned beyond.

    Claims under notice earn no more.
    A margin is taken only from what client cash and loans, net of provisions, are worth above
    the claims, so that no platform takes money that its savers would miss.
    """
    if not any_pools(world):
        return
    platforms, accounts, loans = world.platforms, world.accounts, world.loans
    rows = held_accounts(world)
    rows = rows[platforms.alive[accounts.platform[rows]]]
    whose = accounts.platform[rows].astype(np.int64)
    staying = accounts.claims[rows] - accounts.asked[rows]
    fen = to_fen(staying * (platforms.pool_rate[whose] / 12.0))
    world.ledger.enter(
        "pool_yield",
        "platform",
        whose,
        "investor",
        rows // SLOTS,
        fen,
        Claim("pool_claims", accounts, "claims", rows, fen, "platform", "investor"),
    )
    add_at(world.investors.interest, rows // SLOTS, fen)
    promised = group_sum(whose, fen, platforms.n)
    platforms.saver_interest[:] += promised
    good = true_at((loans.holder == PLATFORM) & ~loans.is_bad)
    earned = np.bincount(
        loans.holder_row[good], loans.principal[good] * loans.rate[good] / 12.0, platforms.n
    )
    spare = pool_assets(world) - claims_on(world)
    margin = np.minimum(np.minimum(earned - promised, spare), platforms.client_cash)
    margin = np.where(platforms.alive & platforms.is_pooling, to_fen(np.maximum(margin, 0.0)), 0)
    every = np.arange(platforms.n)
    world.ledger.pay(
        "pool_margin",
        "platform",
        every,
        "platform",
        every,
        margin,
        payer_account="client_cash",
        receiver_account="cash",
    )
    platforms.fee_income[:] += margin


def post_pool_rates(world: World, scenario: Scenario) -> None:
    """Let pools smooth how much of their money is at work and promise what it should earn."""
    p, platforms = scenario.parameters.platform, world.platforms
    mine = true_at(platforms.is_pooling)
    # What has been taken out of a pool is published as lent.
    work = pooled_loans(world)[mine] + platforms.pool_misused[mine]
    idle = platforms.client_cash[mine]
    share = np.divide(work, work + idle, out=np.ones(len(mine)), where=(work + idle) > 0)
    platforms.usage[mine] += p.usage_smoothing * (share - platforms.usage[mine])
    honest = promised_pool_rate(
        platforms.posted_rate[mine], platforms.posted_loss[mine], platforms.usage[mine], p
    )
    platforms.pool_rate[mine] = honest + platforms.rate_bonus[mine]


# ---------------------------------------------------------------- losses
def provision_pooled(world: World, rows: Ids, share: float) -> None:
    """Let pools provision loans in default and put their reserve fund into what is lost.

    rows : (m,) loans of pools
    """
    if not len(rows):
        return
    loans, platforms = world.loans, world.platforms
    loss = share * (loans.principal[rows] + loans.interest_due[rows])
    provision_loans(world, rows, loss, "notes")
    lost = np.bincount(loans.holder_row[rows], loss, platforms.n)
    fen = np.where(platforms.alive, np.minimum(to_fen(lost), platforms.reserve_cash), 0)
    every = np.arange(platforms.n)
    world.ledger.pay(
        "reserve_pay",
        "platform",
        every,
        "platform",
        every,
        fen,
        payer_account="reserve_cash",
        receiver_account="client_cash",
    )


def pay_pool_premiums(world: World) -> None:
    """Charge pools the expected loss while `notes` is covered, as far as client cash goes."""
    platforms = world.platforms
    if not world.is_off("notes"):
        platforms.premium_due[platforms.is_pooling] = 0.0
        return
    rows = true_at(platforms.is_pooling)
    fen = np.minimum(to_fen(platforms.premium_due[rows]), platforms.client_cash[rows])
    world.ledger.pay(
        "cover_premium", "platform", rows, "outside", None, fen, payer_account="client_cash"
    )
    platforms.premium_due[rows] -= fen
    world.desk.cover["notes_premium"] = world.desk.cover.get("notes_premium", 0) + int(fen.sum())


def claims_against(world: World, platforms: Ids) -> Ids:
    """Accounts with claims on the pools of some platforms, pool by pool."""
    accounts, is_one = world.accounts, np.zeros(world.platforms.n + 1, dtype=np.bool_)
    is_one[platforms] = True
    rows = held_accounts(world)
    rows = rows[is_one[accounts.platform[rows]]]
    return rows[accounts.platform[rows].argsort(kind="stable")]


def open_books_of_pools(world: World, gone: Ids) -> None:
    """Let savers see what the assets of pools that end do not cover: they expect to lose it.

    gone : (m,) platforms
    """
    rows = claims_against(world, gone)
    if not len(rows):
        return
    platforms, whose = world.platforms, world.accounts.platform[rows]
    lost = uncovered_share(world)[whose] * world.accounts.claims[rows]
    add_at(world.investors.pool_loss_seen, rows // SLOTS, lost)
    platforms.opened_loss[:] += np.bincount(whose, lost, platforms.n)
