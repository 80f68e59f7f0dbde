"""Interest, payments and losses of notes: from one loan to many holders.

Responsible for passing on what a loan earns, brings or loses to whoever holds shares in it, and
for what platforms take of it. Decides nothing; loans on own account and the choice of whom a
loan belongs to are in `postings`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.chart import INVESTOR
from sim.contracts import loans as book
from sim.kernels import add_at, divide, group_sum, true_at
from sim.ledger import EVERY, Claim, Leg, Move, Worth
from sim.legs import Rows
from sim.units import Fen, Floats, Ids
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

ENTRIES = (("note_interest_due", "interest_due"), ("notes", "principal"))


class Shares(NamedTuple):
    """What some loans owe or bring a share, and how many shares savers and platforms hold.

    rows : (m,) distinct loans; by_savers, by_platform : (m,) shares
    each : (m, 2) fen a share - interest, principal
    """

    rows: Ids
    by_savers: Ids
    by_platform: Ids
    each: Fen

    def of_savers(self) -> tuple[Fen, Fen]:
        """Interest and principal by loan for all its savers together, in fen."""
        interest, principal = (self.by_savers[:, None] * self.each).T
        return interest, principal

    def of_platform(self) -> tuple[Fen, Fen]:
        """The same for the shares that platforms have bought back."""
        interest, principal = (self.by_platform[:, None] * self.each).T
        return interest, principal


def _shares(world: World, rows: Ids, interest: Fen, principal: Fen) -> Shares:
    """Divide fen of loans by their shares; raises ValueError where a share gets no whole fen."""
    shares, kept = world.loans.shares.take(rows), world.loans.kept_shares.take(rows)
    fen = np.array([interest, principal]).T
    each = divide(fen, shares[:, None])
    if (each * shares[:, None] != fen).any():
        raise ValueError("notes: a loan pays or loses whole fen a share (see loans.whole_down)")
    return Shares(rows, shares - kept, kept, each)


def _by_account(world: World, rows: Ids, per_share: Any) -> tuple[Rows, Any]:
    accounts = world.accounts
    return book.to_holders(world.loans, world.notes, "account", rows, per_share, accounts.n)


def _by_saver(world: World, rows: Ids, per_share: Fen | Floats) -> tuple[Rows, Any]:
    n = world.investors.n
    savers, sums = book.to_holders(world.loans, world.notes, "saver", rows, per_share[:, None], n)
    return savers, sums[:, 0]


def whole_payments(world: World, rows: Ids, paid: Fen) -> Fen:
    """Cut what borrowers can pay on loans to whole fen a share; the rest stays with them, due."""
    return book.whole_down(paid, world.loans.shares.take(rows))


def interest_owed(world: World) -> Fen:
    """Interest accrued and unpaid on the notes of each account, (n_accounts,) fen."""
    loans = world.loans
    rows = true_at((loans.holder == INVESTOR) & (loans.interest_due > 0))
    owed = np.zeros(world.accounts.n, dtype=np.int64)
    where, fen = _by_account(
        world, rows, divide(loans.interest_due[rows], loans.shares[rows])[:, None]
    )
    add_at(owed, where, fen[:, 0])
    return owed


def accrue_on_notes(world: World, rows: Ids, interest: Fen) -> None:
    """Enter interest on loans funded by notes as the income of whoever holds the notes.

    rows : (m,) distinct loans; interest : (m,) fen, whole fen a share
    """
    if not len(rows):
        return
    loans = world.loans
    due = _shares(world, rows, interest, np.zeros_like(interest))
    savers, fen = _by_saver(world, rows, due.each[:, 0])
    _enter_interest(world, rows, due.of_savers()[0], "investor", savers, fen)
    kept = true_at(due.by_platform)
    if len(kept):
        fen = due.of_platform()[0][kept]
        _enter_interest(world, rows[kept], fen, "platform", loans.holder_row[rows[kept]], fen)


def _enter_interest(
    world: World, rows: Ids, fen: Fen, holder: str, owner: Rows, income: Fen
) -> None:
    """Enter `fen` by loan as the borrower's expense, `income` by owner as the holder's."""
    loans = world.loans
    world.ledger.enter(
        "note_interest_accrue",
        "enterprise",
        loans.borrower[rows],
        holder,
        owner,
        income,
        Claim("note_interest_due", loans, "interest_due", rows, fen, "enterprise", holder),
        payer_amount=fen,
    )


def pay_notes(world: World, rows: Ids, interest: Fen, principal: Fen, scenario: Scenario) -> None:
    """Collect on loans funded by notes: money goes to client accounts, less the service fee.

    rows : (m,) distinct loans; interest, principal : (m,) fen, whole fen a share
    """
    got = _shares(world, rows, interest, principal)
    if got.by_platform.any():
        world.ledger.post(_collect(world, rows, "platform", *got.of_platform()))
    # Sums over all accounts are the largest arrays of a month: changed in place, and back.
    where, fen = _by_account(world, rows, got.each)
    of_interest, of_principal = fen[:, 0], fen[:, 1]
    of_principal += of_interest
    into = _into_accounts(world, where, of_principal)
    world.ledger.post(_collect(world, rows, "investor", *got.of_savers(), into))
    of_principal -= of_interest
    cost = np.empty(len(of_interest), dtype=np.int64)
    np.multiply(of_interest, -scenario.parameters.platform.service_fee, out=cost, casting="unsafe")
    _take_fee(world, where, cost)
    whose = world.loans.holder_row[rows]
    world.platforms.saver_interest[:] += group_sum(whose, got.of_savers()[0], world.platforms.n)
    of_interest += cost
    savers, income = book.by_saver(where, of_interest)
    add_at(world.investors.interest, savers, income)
    np.negative(of_principal, out=of_principal)
    add_at(world.accounts.invested, where, of_principal)


def _into_accounts(world: World, where: Rows, fen: Fen) -> Claim:
    """What clients' idle money with platforms grows by."""
    return Claim("client_balances", world.accounts, "balance", where, fen, "platform", "investor")


def _collect(
    world: World, rows: Ids, holder: str, interest: Fen, principal: Fen, *claims: Claim
) -> Leg:
    """Draw up what borrowers pay on notes of one kind of holder."""
    loans = world.loans
    return Leg(
        "note_collect",
        "enterprise",
        loans.borrower[rows],
        "platform",
        loans.holder_row[rows],
        interest + principal,
        (
            Claim(
                "note_interest_due", loans, "interest_due", rows, -interest, "enterprise", holder
            ),
            Claim("notes", loans, "principal", rows, -principal, "enterprise", holder),
            *claims,
        ),
        receiver_account="client_cash" if holder == "investor" else "cash",
    )


def _take_fee(world: World, where: Rows, cost: Fen) -> None:
    """Take the platforms' fee out of what accounts received as interest; cost : fen, from below."""
    platforms = world.platforms
    by_platform = _by_platform(world, where, cost)
    savers, of_saver = book.by_saver(where, cost)
    world.ledger.post(
        Leg(
            "service_fee",
            "platform",
            EVERY,
            "platform",
            EVERY,
            by_platform,
            (_into_accounts(world, where, cost),),
            payer_account="client_cash",
            receiver_account="cash",
            worth=(Worth("investor", savers, of_saver), Worth("platform", EVERY, by_platform)),
        )
    )
    platforms.fee_income[:] += by_platform
    platforms.saver_interest[:] -= by_platform


def _by_platform(world: World, where: Rows, cost: Fen) -> Fen:
    """Sum by platform what accounts are charged, (n_platforms,) fen from 0."""
    charged = true_at(cost)
    whose = world.accounts.platform[where].take(charged)
    return group_sum(whose, -cost.take(charged), world.platforms.n)


def write_off_notes(world: World, rows: Ids) -> None:
    """Write off the notes of loans; savers remember what they lost."""
    loans = world.loans
    lost = _shares(world, rows, loans.interest_due[rows], loans.principal[rows])
    where, fen = _by_account(world, rows, lost.each)
    # Savers saw the provision at default; only what differs from it is news.
    seen = loans.provision[rows] / np.maximum(loans.principal[rows], 1)
    _remember_losses(world, rows, lost, where, fen[:, 1], 1.0 - seen)
    whose = loans.holder_row[rows]
    for place, entry in enumerate(ENTRIES):
        savers, loss = book.by_saver(where, fen[:, place])
        _enter_loss(world, entry, rows, lost.of_savers()[place], "investor", savers, loss)
        of_platform = lost.of_platform()[place]
        _enter_loss(world, entry, rows, of_platform, "platform", whose, of_platform)


def _enter_loss(
    world: World,
    entry: tuple[str, str],
    rows: Ids,
    fen: Fen,
    holder: str,
    owner: Rows,
    loss: Fen,
) -> None:
    """Enter `fen` by loan as the borrower's gain, `loss` by owner as the holder's loss."""
    loans, (instrument, column) = world.loans, entry
    world.ledger.enter(
        "write_off",
        holder,
        owner,
        "enterprise",
        loans.borrower[rows],
        fen,
        Claim(instrument, loans, column, rows, -fen, "enterprise", holder),
        payer_amount=loss,
    )


def _remember_losses(
    world: World, rows: Ids, lost: Shares, where: Rows, principal: Fen, news: Any
) -> None:
    """Let savers and platforms remember principal lost; `news` is the share not yet seen."""
    investors, platforms = world.investors, world.platforms
    add_at(investors.loss_seen, *_by_saver(world, rows, lost.each[:, 1] * news))
    np.maximum(investors.loss_seen, 0.0, out=investors.loss_seen)
    add_at(investors.loss_total, *book.by_saver(where, principal))
    add_at(world.accounts.invested, where, -principal)
    by_loan = lost.of_savers()[1]
    platforms.saver_loss[:] += np.bincount(world.loans.holder_row[rows], by_loan, platforms.n)
    world.desk.count("investor_loss", by_loan.sum())


def cover_notes(world: World, rows: Ids, channel: str) -> None:
    """Let outside pay the holders of notes in default their face, and take over the loans."""
    loans, accounts = world.loans, world.accounts
    owed = _shares(world, rows, loans.interest_due[rows], loans.principal[rows])
    where, fen = _by_account(world, rows, owed.each)
    into = Claim(
        "client_balances", accounts, "balance", where, fen.sum(axis=1), "platform", "investor"
    )
    _cover(world, rows, "investor", owed.of_savers(), channel, into)
    add_at(accounts.invested, where, -fen[:, 1])
    _cover(world, rows, "platform", owed.of_platform(), channel)
    world.notes.close(book.notes_of(loans, world.notes, rows)[0])


def _cover(
    world: World,
    rows: Ids,
    holder: str,
    owed: tuple[Fen, Fen],
    channel: str,
    *claims: Claim,
) -> None:
    """Pay one kind of holder for loans that outside takes over; (m,) fen of interest, principal."""
    fen = owed[0] + owed[1]
    if not fen.any():
        return
    moves: list[Move] = []
    for name, becomes, amount in zip(
        ("note_interest_due", "notes"), ("interest_due", "loans"), owed, strict=True
    ):
        moves.append(Move(name, int(amount.sum()), "enterprise", holder, ""))
        moves.append(Move(becomes, int(amount.sum()), "enterprise", "", "outside"))
    world.ledger.pay(
        "cover_pay",
        "outside",
        None,
        "platform",
        world.loans.holder_row[rows],
        fen,
        *moves,
        *claims,
        receiver_account="client_cash" if holder == "investor" else "cash",
    )
    world.desk.cover[channel] = world.desk.cover.get(channel, 0) + int(fen.sum())


def buy_back_notes(
    world: World, rows: Ids, flow: str = "reserve_pay", cash: str = "reserve_cash"
) -> tuple[Ids, Fen]:
    """Let platforms buy notes of loans at face, in book order, until a cash account is empty.

    rows : (m,) loans in default; returns accounts and the principal bought from each, in fen
    """
    loans, notes, platforms = world.loans, world.notes, world.platforms
    owed = _shares(world, rows, loans.interest_due[rows], loans.principal[rows])
    note_rows, at = book.notes_of(loans, notes, rows)
    note_rows, at = note_rows[notes.is_open[note_rows]], at[notes.is_open[note_rows]]
    order = np.lexsort((note_rows, loans.holder_row[rows[at]]))
    note_rows, at = note_rows[order], at[order]
    platform, shares = loans.holder_row[rows[at]], notes.shares[note_rows]
    fen = shares * owed.each[at].sum(axis=1)
    running = fen.cumsum()
    start = platform.searchsorted(platform, side="left")
    before = np.concatenate([[0], running])[start]
    fits = true_at((running - before) <= platforms.column(cash)[platform])
    account = notes.account[note_rows[fits]].astype(np.int64)
    parts = shares[fits, None] * owed.each[at[fits]]
    moves = [
        Move(name, int(total), "enterprise", "investor", "platform")
        for (name, _), total in zip(ENTRIES, parts.sum(axis=0), strict=True)
    ]
    world.ledger.pay(
        flow,
        "platform",
        platform[fits],
        "platform",
        platform[fits],
        fen[fits],
        *moves,
        Claim(
            "client_balances", world.accounts, "balance", account, fen[fits], "platform", "investor"
        ),
        payer_account=cash,
        receiver_account="client_cash",
    )
    loans.kept_shares[rows] += np.bincount(at[fits], shares[fits], len(rows)).astype(np.int64)
    notes.shares[note_rows[fits]] = 0
    notes.close(note_rows[fits])
    add_at(world.accounts.invested, account, -parts[:, 1])
    return account, parts[:, 1]
