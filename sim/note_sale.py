"""The sale of notes: loans meet lots of client money on one line per platform.

Used when loans are funded. Every overlap of a loan with a lot is a note; the line is cut in
whole shares, so the notes of a loan add up to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.investor import SLOTS
from sim.kernels import add_at, divide, group_sum, lay_on_line, true_at
from sim.ledger import Claim
from sim.promises import may_promise
from sim.units import Fen, Floats, Ids, to_fen, yuan
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


CHUNK = 8192  # accounts whose lots stay in the cache


def sell_notes(world: World, scenario: Scenario, rows: Ids, amount: Fen) -> None:
    """Fund loans by notes: loans and lots of client money are laid on one line per platform.

    rows : (m,) new loans; amount : (m,) fen, multiples of the face of a share
    """
    p, loans, accounts = scenario.parameters.platform, world.loans, world.accounts
    platforms, n = world.platforms, world.platforms.n
    order = loans.holder_row[rows].argsort(kind="stable")
    # Loans of a platform must stand together and in book order; rows are ascending already.
    rows, amount = rows[order], amount[order]
    platform = loans.holder_row[rows]
    face = yuan(p.note_face)
    shares = amount // face
    asked = group_sum(platform, shares, n)
    lot = max(1, int(shares.mean() / p.notes_per_loan))
    account, lot_shares, lot_platform = _lots(world, asked, face, lot)
    offered = group_sum(lot_platform, lot_shares, n)
    # A last piece of demand per platform takes up the money it does not need, so lines stay level.
    demand = np.concatenate([shares, (offered - asked)[asked > 0]])
    owner = np.concatenate([platform, true_at(asked > 0)])
    line = owner.argsort(kind="stable")
    at, lot_at, part = lay_on_line(demand[line], lot_shares)
    piece = line[at]
    real = piece < len(rows)
    loan_rows, account, part = rows[piece[real]], account[lot_at[real]], part[real]
    book_order = loan_rows.argsort(kind="stable")
    loan_rows, account, part = loan_rows[book_order], account[book_order], part[book_order]
    world.notes.append(
        len(part),
        {"loan": loan_rows, "account": account, "saver": account // SLOTS, "shares": part},
    )
    loans.shares[rows], loans.is_promised[rows] = shares, may_promise(world)[platform]
    loans.n_notes[rows] = np.bincount(piece[real], minlength=len(rows))
    world.ledger.pay(
        "note_fund",
        "platform",
        platform,
        "enterprise",
        loans.borrower[rows],
        amount,
        Claim("notes", loans, "principal", rows, amount, "enterprise", "investor"),
        Claim(
            "client_balances", accounts, "balance", account, -part * face, "platform", "investor"
        ),
        payer_account="client_cash",
    )
    add_at(accounts.invested, account, part * face)
    fee = to_fen(amount * p.origination_fee)
    world.ledger.pay(
        "origination_fee", "enterprise", loans.borrower[rows], "platform", platform, fee
    )
    platforms.fee_income[:] += np.bincount(platform, fee, n)
    mean = np.bincount(platform, loans.rate[rows] * shares, n) / np.maximum(asked, 1)
    lent = asked > 0
    platforms.posted_rate[lent] += p.rate_smoothing * (mean - platforms.posted_rate)[lent]


def _lots(world: World, asked: Ids, face: int, lot: int) -> tuple[Ids, Ids, Ids]:
    """Cut client balances into at most five lots each; line up those that loans can reach.

    asked : (n_platforms,) shares; face : fen of a share; lot : shares of a lot
    Returns account, shares and platform of lots, platform by platform in the order of a draw
    per lot, until what is asked is covered.
    """
    accounts = world.accounts
    rows = true_at(accounts.balance >= face)
    rows = rows[asked.take(accounts.platform.take(rows)) > 0]
    buys = accounts.balance.take(rows) // face
    offered = group_sum(accounts.platform.take(rows), buys, len(asked))
    count = (-(-buys // lot)).clip(1, 5)
    # Lots of high draws stay out of the sort: a guess first, then whole platforms if it fails.
    far = 1.1 * asked / np.maximum(offered, 1) + 0.02
    far[far > 0.8] = 1.0
    for _ in range(2):
        owner, which, draw = _low_lots(world, rows, count, far)
        total, piece = buys[owner], count[owner]
        size = divide(total * (which + 1), piece) - divide(total * which, piece)
        platform = accounts.platform[rows[owner]]
        short = group_sum(platform, size, len(asked)) < asked
        if not short.any():
            break
        far[short] = 1.0
    order = np.argsort(platform + draw)
    return rows[owner[order]], size[order], platform[order]


def _low_lots(world: World, rows: Ids, count: Ids, far: Floats) -> tuple[Ids, Ids, Floats]:
    """Draw for each lot and return those below their platform's limit, CHUNK accounts at a time.

    rows, count : (m,) accounts and the lots of each; far : (n_platforms,)
    Returns place of the account in `rows`, number of the lot in the account, and the draw.
    """
    found: list[tuple[Ids, Ids, Floats]] = []
    for start in range(0, max(len(rows), 1), CHUNK):
        part = slice(start, start + CHUNK)
        of = np.arange(len(rows[part])).repeat(count[part])
        which = np.arange(len(of)) - (count[part].cumsum() - count[part]).take(of)
        account = rows[part].take(of)
        platform = world.accounts.platform.take(account)
        draw = world.draws.uniform("lot", world.month, account // SLOTS, platform * 8 + which)
        near = true_at(draw < far.take(platform))
        found.append((of[near] + start, which[near], draw[near]))
    owner, which, draw = (np.concatenate(part) for part in zip(*found, strict=True))
    return owner, which, draw
