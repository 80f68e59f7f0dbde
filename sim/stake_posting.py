"""What becomes of pledges and stakes: escrow goes back or is released, stakes pay or are lost.

Responsible for turning these into declared flows. Money in custody leaves it in two ways only: to
the firm at a milestone, or back to those who pledged it. Decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents import enterprise as rules
from sim.chart import INVESTOR, OUTSIDE
from sim.contracts.campaigns import held_by_saver
from sim.kernels import add_at, divide, group_sum, split_by_weights
from sim.ledger import Claim, Move
from sim.parking import meet_shortfall
from sim.postings import party
from sim.units import Fen, Floats, Ids, to_fen
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

KIND = "crowdfunding_platform"


# ---------------------------------------------------------------- escrow
def return_pledges(world: World, rows: Ids) -> None:
    """Give what is in custody back to those who pledged it; rows of `world.stakes`."""
    book = world.stakes
    rows = rows[book.pledged[rows] > 0]
    if not len(rows):
        return
    fen = book.pledged[rows].copy()
    world.ledger.pay(
        "pledge_return",
        KIND,
        book.platform[rows],
        "investor",
        book.saver[rows],
        fen,
        Claim("pledges", book, "pledged", rows, -fen, KIND, "investor"),
        payer_account="client_cash",
    )
    world.desk.count("pledges_returned", float(fen.sum()))
    # What was released before stays a stake; a pledge of which nothing was is over.
    book.close(rows[book.invested[rows] == 0])


def release_pledges(world: World, rows: Ids, parts_left: Ids, share: Floats, until: Ids) -> Fen:
    """Pay a milestone's part of pledges to firms, in whose revenue they become stakes.

    rows : (m,) of `world.stakes`; parts_left : (m,) releases to come, this one included
    share : (m,) of revenue per fen released; until : (m,) last month of payouts
    Returns (m,) fen released.
    """
    book = world.stakes
    fen = divide(book.pledged[rows], parts_left)
    world.ledger.pay(
        "milestone_release",
        KIND,
        book.platform[rows],
        "enterprise",
        book.firm[rows],
        fen,
        Claim("pledges", book, "pledged", rows, -fen, KIND, "investor"),
        Claim("stakes", book, "cost", rows, fen, "enterprise", "investor"),
        payer_account="client_cash",
    )
    book.began[rows] = np.minimum(book.began[rows], world.month)
    book.invested[rows] += fen
    book.share[rows] += share * fen
    book.until[rows] = until
    return fen


# ---------------------------------------------------------------- payouts
def pay_out(world: World, rows: Ids, fen: Fen) -> None:
    """Let firms pay on stakes: cost comes back first, the rest is income of the saver.

    rows : (m,) of `world.stakes`; fen : (m,)
    """
    book = world.stakes
    back = np.minimum(fen, book.cost[rows])
    for code, holder in ((INVESTOR, "investor"), (OUTSIDE, "outside")):
        mine = np.flatnonzero(book.holder[rows] == code)
        where, part = rows[mine], back[mine]
        payee = None if code == OUTSIDE else book.saver[where]
        claim = Claim("stakes", book, "cost", where, -part, "enterprise", holder)
        world.ledger.pay("stake_payout", "enterprise", book.firm[where], holder, payee, part, claim)
        if code == OUTSIDE:
            world.desk.came_back("notes", part)
    more = fen - back
    firms, savers = book.firm[rows], book.saver[rows]
    world.ledger.pay("stake_income", "enterprise", firms, "investor", savers, more)
    book.paid[rows] += fen
    add_at(world.investors.stake_income, savers, more)
    world.desk.count("stake_payouts", float(fen.sum()))


def pay_shares_of_revenue(world: World, scenario: Scenario) -> None:
    """Let firms pay their stakes after all that is due: a share of revenue, from cash to spare.

    Firms in arrears pay nothing, nobody pays from the cash that firms keep, and what is not paid is
    not owed: a stake never puts a firm into arrears.
    """
    book, firms, p = world.stakes, world.enterprises, scenario.parameters
    if not book.n:
        return
    pays = firms.alive & (firms.months_late == 0)
    rows = np.flatnonzero(book.is_open & (book.share > 0) & pays[book.firm])
    rows = rows[np.argsort(book.firm[rows], kind="stable")]
    due = np.floor(book.share[rows] * firms.revenue[book.firm[rows]]).astype(np.int64)
    buffer = rules.cash_buffer(firms.outflow, firms.is_core, p.enterprise)
    kept = to_fen(p.crowdfunding_platform.kept_buffer * buffer)
    room = np.maximum(firms.cash + firms.fund_shares - kept, 0)
    given = np.minimum(room, group_sum(book.firm[rows], due, firms.n))
    meet_shortfall(world, scenario, np.maximum(given - np.maximum(firms.cash - kept, 0), 0))
    given = np.minimum(given, np.maximum(firms.cash - kept, 0))
    pay_out(world, rows, split_by_weights(given, due, book.firm[rows]))


def pay_stakes_of_estates(world: World, estates: Ids) -> None:
    """Share what estates have left after all debts among their stakes, and write off the rest.

    estates : (m,) enterprises whose estates close
    """
    book, firms = world.stakes, world.enterprises
    if not book.n:
        return
    is_one = np.zeros(firms.n, dtype=np.bool_)
    is_one[estates] = True
    rows = np.flatnonzero(book.is_open & is_one[book.firm])
    rows = rows[np.argsort(book.firm[rows], kind="stable")]
    owed = group_sum(book.firm[rows], book.cost[rows], firms.n)
    given = np.minimum(np.where(is_one, firms.cash, 0), owed)
    pay_out(world, rows, split_by_weights(given, book.cost[rows], book.firm[rows]))
    end_stakes(world, rows)


# ---------------------------------------------------------------- losses
def end_stakes(world: World, rows: Ids) -> None:
    """Write off the cost that stakes have not brought back, and close them."""
    book = world.stakes
    own = rows[book.holder[rows] == INVESTOR]
    lost = write_off_stakes(world, rows, book.cost[rows].copy())
    _count_ended(world, own)
    world.desk.count("stake_loss", float(lost.sum()))
    book.close(rows)


def _count_ended(world: World, rows: Ids) -> None:
    """Lay on the desk what savers put into stakes that end now, for how long, and what they had."""
    book = world.stakes
    put_in = book.invested[rows].astype(np.float64)
    life = np.maximum(world.month - book.began[rows], 0)  # pledges never released began never
    world.desk.count("stakes_ended_invested", float(put_in.sum()))
    world.desk.count("stakes_ended_fen_months", float((put_in * life).sum()))
    world.desk.count("stakes_ended_paid", float(book.paid[rows].sum()))


def write_off_stakes(world: World, rows: Ids, fen: Fen) -> Fen:
    """Let holders lose a part of the cost of stakes, which is the firms' gain.

    Returns what savers lose, (k,) fen of those rows that they hold.
    """
    book = world.stakes
    found = np.zeros(0, dtype=np.int64)
    for code, holder in ((INVESTOR, "investor"), (OUTSIDE, "outside")):
        mine = np.flatnonzero(book.holder[rows] == code)
        where, lost = rows[mine], fen[mine]
        who = None if code == OUTSIDE else book.saver[where]
        claim = Claim("stakes", book, "cost", where, -lost, "enterprise", holder)
        flow = "stake_write_off"
        world.ledger.enter(flow, holder, who, "enterprise", book.firm[where], lost, claim)
        if code == INVESTOR:
            add_at(world.investors.loss_total, book.saver[where], lost)
            found = lost
    return found


def cover_stakes(world: World, rows: Ids) -> None:
    """Let outside pay savers the cost of stakes that are lost and take them over (`notes`)."""
    book = world.stakes
    rows = rows[(book.holder[rows] == INVESTOR) & (book.cost[rows] > 0)]
    fen = book.cost[rows].copy()
    if not len(rows):
        return
    move = Move("stakes", int(fen.sum()), "enterprise", "investor", "outside")
    world.ledger.pay("cover_pay", "outside", None, "investor", book.saver[rows], fen, move)
    book.paid[rows] += fen
    book.holder[rows] = OUTSIDE
    world.desk.cover["notes"] = world.desk.cover.get("notes", 0) + int(fen.sum())
    _count_ended(world, rows)


def let_stakes_suffer(world: World, failed: Ids) -> None:
    """Let savers see that firms with their stakes failed; platforms pay what they guarantee.

    failed : (m,) enterprises that defaulted this month. With the channel `notes` covered, outside
    pays instead of both.
    """
    book = world.stakes
    if not (book.n and len(failed)):
        return
    is_one = np.zeros(world.enterprises.n, dtype=np.bool_)
    is_one[failed] = True
    rows = np.flatnonzero(book.is_open & is_one[book.firm] & (book.invested > 0))
    world.desk.count("funded_defaults", float(len(np.unique(book.firm[rows]))))
    if world.is_off("notes"):
        cover_stakes(world, rows)
        return
    _pay_guarantees(world, rows[book.guaranteed[rows] > 0])
    rows = rows[book.holder[rows] == INVESTOR]
    add_at(world.investors.stake_loss_seen, book.saver[rows], book.cost[rows])


def _pay_guarantees(world: World, rows: Ids) -> None:
    """Let living platforms make good what they guarantee, as far as their own cash goes."""
    book, platforms = world.stakes, world.crowdfunding_platforms
    rows = rows[platforms.alive[book.platform[rows]]]
    rows = rows[np.argsort(book.platform[rows], kind="stable")]
    if not len(rows):
        return
    keeper = book.platform[rows]
    due = np.floor(book.guaranteed[rows] * book.cost[rows]).astype(np.int64)
    given = np.minimum(np.maximum(platforms.cash, 0), group_sum(keeper, due, platforms.n))
    fen = split_by_weights(given, due, keeper)
    world.ledger.pay("project_guarantee", KIND, keeper, "investor", book.saver[rows], fen)
    # What was made good is no longer claimed from the firm, and is no loss of the saver.
    write_off_stakes(world, rows, fen)
    add_at(world.investors.loss_total, book.saver[rows], -fen)
    book.paid[rows] += fen
    world.desk.count("project_guarantees", float(fen.sum()))
    world.impairments.record(
        party(KIND, keeper), "notes", party("enterprise", book.firm[rows]), fen.astype(np.float64)
    )


def charge_stake_premiums(world: World) -> None:
    """Charge savers the expected loss on stakes while the channel `notes` is covered."""
    book, savers = world.stakes, world.investors
    if not book.n:
        return
    if not world.is_off("notes"):
        savers.stake_premium_due[:] = 0.0
        return
    rows = np.flatnonzero((book.cost > 0) & (book.holder == INVESTOR))
    expected = book.loss_rate[rows] / 12.0 * book.cost[rows]
    add_at(savers.stake_premium_due, book.saver[rows], expected)
    who = np.flatnonzero((savers.stake_premium_due >= 1.0) & (savers.cash > 0))
    fen = np.minimum(to_fen(savers.stake_premium_due[who]), savers.cash[who])
    world.ledger.pay("cover_premium", "investor", who, "outside", None, fen)
    savers.stake_premium_due[who] -= fen
    paid = world.desk.cover.get("notes_premium", 0) + int(fen.sum())
    world.desk.cover["notes_premium"] = paid


def pledges_and_stakes(world: World) -> Fen:
    """What each saver holds in pledges and stakes, at cost less payouts; (n_savers,) fen."""
    return held_by_saver(world.stakes, world.investors.n)
