"""What fraud leaves behind: claims on the platform share what there is, and later what is found.

Client money in custody goes to clients first and never comes here. Real loans are run off and
paid to the holders of their notes as after any failure. Fake notes and client balances that are
gone have one rank: after the running costs of the estate, before its residual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.chart import INVESTOR, NAMES, OUTSIDE
from sim.contracts.fraud_claims import instrument
from sim.contracts.impairments import CHANNELS
from sim.emergency import repay_from_estates
from sim.kernels import add_at, group_sum, split_by_weights, true_at
from sim.ledger import Claim, Leg, Move
from sim.postings import has_loans
from sim.units import Fen, Floats, Ids, Mask
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def open_case(world: World, scenario: Scenario, rows: Ids) -> None:
    """Let the police look for what owners took; what they find comes back much later."""
    months = scenario.parameters.platform.recovery_months
    world.platforms.case_until[rows] = world.month + months


def pool_client_money(world: World, rows: Ids, share: Floats) -> Fen:
    """Let owners take a share of client money outside custody; the rest falls into the estate.

    rows : (m,) platforms that end; share : (m,) taken. Balances become claims on the platform.
    Returns (m,) fen taken.
    """
    accounts, platforms, book = world.accounts, world.platforms, world.fraud_claims
    start = world.first_number("platform")
    rows_open = ~world.limit("custody")[start + rows]
    fen = np.where(rows_open, platforms.client_cash[rows], 0)
    taken = np.floor(fen * share).astype(np.int64)
    is_one = np.zeros(platforms.n, dtype=np.bool_)
    is_one[rows[rows_open]] = True
    held = true_at(accounts.balance > 0)
    held = held[is_one[accounts.platform[held]]]
    balance = accounts.balance[held].copy()
    new = book.append(
        len(held),
        {
            "platform": accounts.platform[held],
            "account": held,
            "saver": held // world.slots,
            "is_balance": True,
            "principal": balance,
        },
    )
    world.ledger.post(
        Leg(
            "abscond",
            "platform",
            rows,
            "outside",
            None,
            taken,
            payer_account="client_cash",
        ),
        Leg(
            "estate_pool",
            "platform",
            rows,
            "platform",
            rows,
            fen - taken,
            (
                Claim("client_balances", accounts, "balance", held, -balance, "platform",
                      "investor"),
                Claim("client_balances", book, "owed", new, balance, "platform", "investor"),
            ),
            payer_account="client_cash",
        ),
    )  # fmt: skip
    return taken


def expose_claims(world: World) -> None:
    """Let savers learn what they hold of platforms that have ended; outside may cover it."""
    book, platforms = world.fraud_claims, world.platforms
    rows = true_at(book.is_open & ~book.is_exposed)
    rows = rows[~platforms.alive[book.platform[rows]]]
    # What a pool owes to outside waits until its savers are paid (see `theft.end_covers`).
    rows = rows[~(platforms.is_pooling[book.platform[rows]] & book.is_stolen[rows])]
    if not len(rows):
        return
    book.is_exposed[rows] = True
    rows = rows[book.holder[rows] == INVESTOR]
    add_at(platforms.claims_left, book.platform[rows], book.owed[rows] * ~book.is_stolen[rows])
    notes = rows[~book.is_balance[rows]]
    add_at(world.accounts.invested, book.account[notes], -book.principal[notes])
    owed = book.owed[rows]
    if world.is_off("notes"):
        _cover(world, rows)
        return
    saver = book.saver[rows]
    # Balances are no notes: that failures cost them is in the hazard and the loss given failure.
    add_at(world.investors.loss_seen, book.saver[notes], book.owed[notes])
    add_at(world.investors.loss_total, saver, owed)
    add_at(platforms.saver_loss, book.platform[rows], owed)
    is_stolen = book.is_stolen[rows]
    world.desk.count("fraud_loss", float(owed[~is_stolen].sum()))
    world.desk.count("theft_loss", float(owed[is_stolen].sum()))


def _cover(world: World, rows: Ids) -> None:
    """Let outside pay savers what they are owed by platforms, and take over the claims."""
    book = world.fraud_claims
    owed = book.owed[rows].copy()
    moves = [
        Move(
            instrument(kind),
            int(owed[book.is_balance[rows] == kind].sum()),
            "platform",
            "investor",
            "outside",
        )
        for kind in (False, True)
    ]
    world.ledger.pay("cover_pay", "outside", None, "investor", book.saver[rows], owed, *moves)
    book.holder[rows], book.cover[rows] = OUTSIDE, CHANNELS.index("notes")
    world.desk.cover["notes"] = world.desk.cover.get("notes", 0) + int(owed.sum())


def open_claims(world: World) -> Fen:
    """What each platform owes on exposed claims, (n_platforms,) fen."""
    book = world.fraud_claims
    rows = true_at(book.is_open & book.is_exposed)
    return group_sum(book.platform[rows], book.owed[rows], world.platforms.n)


def claims_of_savers(world: World) -> Fen:
    """What each saver is owed on exposed claims and for stolen money, (n_investors,) fen."""
    book = world.fraud_claims
    is_known = book.is_exposed | book.is_stolen
    rows = true_at(book.is_open & is_known & (book.holder == INVESTOR))
    return group_sum(book.saver[rows], book.owed[rows], world.investors.n)


def pay_fraud_estates(world: World, scenario: Scenario) -> None:
    """Share out estates whose loans have run off; the rest waits for the police or is lost."""
    platforms = world.platforms
    owed = open_claims(world)
    if not (owed.any() or platforms.case_until.any()):
        return
    start = world.first_number("platform")
    run_off = platforms.is_in_estate & ~has_loans(world)[start:]
    platforms.is_dormant[:] = run_off & (platforms.case_until > world.month)
    rows = true_at(run_off & (platforms.client_cash == 0) & (owed > 0))
    if not len(rows):
        return
    _pool_reserve(world, rows)
    _pay_costs(world, rows)
    waits = platforms.case_until[rows] > world.month
    _recover(world, scenario, rows[~waits & (platforms.case_until[rows] > 0)])
    _share_out(world, rows)
    _write_off(world, rows[~waits])


def _pool_reserve(world: World, rows: Ids) -> None:
    fen = world.platforms.reserve_cash[rows].copy()
    world.ledger.pay(
        "estate_pool", "platform", rows, "platform", rows, fen, payer_account="reserve_cash"
    )


def _pay_costs(world: World, rows: Ids) -> None:
    """Pay the estate's running costs that are due, then emergency loans, before all claims."""
    table = world.platforms
    paid = np.minimum(table.institution_arrears[rows], table.cash[rows])
    due = Claim("institution_arrears", table, "institution_arrears", rows, -paid, "platform",
                "outside")  # fmt: skip
    world.ledger.pay("institution_cost", "platform", rows, "outside", None, paid, due)
    repay_from_estates(world, "platform", rows)


def _recover(world: World, scenario: Scenario, rows: Ids) -> None:
    """Let the police return a part of what was taken, never more than is still owed."""
    p, platforms = scenario.parameters.platform, world.platforms
    found = np.floor(p.recovery_share * platforms.taken[rows]).astype(np.int64)
    found = np.minimum(found, open_claims(world)[rows])
    world.ledger.pay("police_recovery", "outside", None, "platform", rows, found)
    world.desk.count("police_recovery", float(found.sum()))


def _claims_on(world: World, rows: Ids) -> Ids:
    """List the exposed claims on some platforms, platform by platform."""
    book = world.fraud_claims
    is_one: Mask = np.zeros(world.platforms.n, dtype=np.bool_)
    is_one[rows] = True
    claims = true_at(book.is_open & book.is_exposed)
    claims = claims[is_one[book.platform[claims]]]
    return claims[np.argsort(book.platform[claims], kind="stable")]


def _share_out(world: World, rows: Ids) -> None:
    """Pay claims pari passu out of the estates' cash."""
    book, platforms = world.fraud_claims, world.platforms
    claims = _claims_on(world, rows)
    owner, owed = book.platform[claims], book.owed[claims]
    pot = np.minimum(platforms.cash, group_sum(owner, owed, platforms.n))
    paid = split_by_weights(np.maximum(pot, 0), owed, owner)
    for code in (INVESTOR, OUTSIDE):
        for kind in (False, True):
            mine = (book.holder[claims] == code) & (book.is_balance[claims] == kind)
            where, fen = claims[mine], paid[mine]
            payee = None if code == OUTSIDE else book.saver[where]
            claim = Claim(instrument(kind), book, "owed", where, -fen, "platform", NAMES[code])
            world.ledger.pay(
                "estate_claim_pay", "platform", owner[mine], NAMES[code], payee, fen, claim
            )
            if code == OUTSIDE:
                world.count_back(book.cover[where], fen)
            if code == INVESTOR:
                add_at(world.investors.loss_total, book.saver[where], -fen)
                by_fraud = fen[~book.is_stolen[where]]
                world.desk.count("fraud_recovered", float(by_fraud.sum()))
    platforms.claims_paid[:] += group_sum(owner, paid * ~book.is_stolen[claims], platforms.n)
    book.close(claims[book.owed[claims] == 0])


def _write_off(world: World, rows: Ids) -> None:
    """Write off what estates could not pay; the holders learnt of the loss when they ended."""
    book = world.fraud_claims
    claims = _claims_on(world, rows)
    for code in (INVESTOR, OUTSIDE):
        for kind in (False, True):
            mine = (book.holder[claims] == code) & (book.is_balance[claims] == kind)
            where, lost = claims[mine], book.owed[claims[mine]].copy()
            payer = None if code == OUTSIDE else book.saver[where]
            claim = Claim(instrument(kind), book, "owed", where, -lost, "platform", NAMES[code])
            world.ledger.enter(
                "write_off", NAMES[code], payer, "platform", book.platform[where], lost, claim
            )
    book.close(claims)
