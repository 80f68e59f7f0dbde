"""Savers and campaigns: what they believe of stakes, which campaign they choose, what they pledge.

Pledges come from spare cash and from money that lies idle on lending platforms, within a share of
wealth, and go into third-party custody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents import crowdfunding_platform as rules
from sim.contracts.campaigns import raised
from sim.contracts.loans import sum_slots
from sim.kernels import group_sum, split_by_weights
from sim.ledger import Claim
from sim.outages import savers_shut_out
from sim.parameters.investor import SLOTS
from sim.parking import cash_at_hand, cash_float, outside_yield, redeem_for
from sim.stake_posting import KIND, pledges_and_stakes
from sim.units import Fen, Floats, Ids, to_fen, yuan
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario

CELLS = 1 << 20  # savers times campaigns weighed at a time


def learn_of_stakes(world: World, scenario: Scenario) -> None:
    """Let what savers saw of their stakes fade, and add what they hold at cost."""
    savers = world.investors
    fade = 0.5 ** (1.0 / scenario.parameters.investor.belief_half_life)
    savers.stake_income[:] = 0.0
    savers.stake_loss_seen[:] *= fade
    savers.stake_exposure_seen[:] *= fade
    savers.stake_exposure_seen[:] += pledges_and_stakes(world)


def collect_pledges(world: World, scenario: Scenario) -> None:
    """Let savers who look at campaigns pledge to the one they like best, up to its target."""
    p, book = scenario.parameters.crowdfunding_platform, world.campaigns
    runs = book.is_open & ~book.is_funded
    runs &= (book.opens <= world.month) & world.crowdfunding_platforms.alive[book.platform]
    rows = np.flatnonzero(runs)
    who = np.arange(world.investors.n)
    kept = _kept_cash(world, scenario, who)
    spare = np.maximum(cash_at_hand(world, scenario, who) - kept, 0)
    idle = _idle(world)
    budget = _budgets(world, scenario, spare + sum_slots(idle))
    looks = world.draws.uniform("looks_at_campaigns", world.month, who) < p.attention
    who = np.flatnonzero(looks & (budget >= yuan(p.minimum_pledge)))
    if not (len(rows) and len(who)):
        return
    pieces = _pieces(who, min(len(rows), p.considered))
    chosen = np.concatenate([_chosen(world, scenario, some, rows) for some in pieces])
    who, chosen = who[chosen >= 0], chosen[chosen >= 0]
    place = world.draws.uniform("pledge", world.month, who)
    room = (book.target - raised(book, world.stakes))[rows]
    fen = rules.cut_to_room(to_fen(np.floor(budget[who])), chosen, place, room)
    gives = fen > 0
    who, fen = who[gives], fen[gives]
    from_platforms = np.maximum(fen - spare[who], 0)
    paid = redeem_for(world, scenario, who, fen - from_platforms, kept[who])
    _take_idle(world, idle, who, from_platforms)
    _pledge(world, who, rows[chosen[gives]], paid + from_platforms)


def _pieces(who: Ids, width: int) -> list[Ids]:
    return np.array_split(who, max(1, len(who) * width // CELLS + 1))


def _kept_cash(world: World, scenario: Scenario, who: Ids) -> Fen:
    """Cash savers do not pledge: their float, and this month's income, which is for spending."""
    income = scenario.parameters.investor.income_ratio * world.investors.target_wealth[who]
    return cash_float(world, scenario, who) + to_fen(income)


def _idle(world: World) -> Fen:
    """Money of each account that waits for loans on a living platform which has all of it.

    Not where the saver would ask for it in the platform's downtime.
    """
    accounts, platforms = world.accounts, world.platforms
    held = np.flatnonzero(accounts.balance > 0)
    where, fen = accounts.platform[held], accounts.balance[held]
    owed = group_sum(where, fen, platforms.n)
    pays = platforms.alive & (platforms.client_cash >= owed)
    idle = np.zeros(accounts.n, dtype=np.int64)
    idle[held] = np.where(pays[where] & ~savers_shut_out(world, held), fen, 0)
    return idle


def _take_idle(world: World, idle: Fen, who: Ids, lacking: Fen) -> None:
    """Let savers take idle money off platforms, from each account in proportion.

    idle : (n_accounts,) fen; who : (m,) distinct savers, ascending; lacking : (m,) fen
    """
    accounts = world.accounts
    rows = (who[:, None] * SLOTS + np.arange(SLOTS)).ravel()
    fen = split_by_weights(lacking, idle[rows], np.repeat(np.arange(len(who)), SLOTS))
    claim = Claim("client_balances", accounts, "balance", rows, -fen, "platform", "investor")
    where = np.maximum(accounts.platform[rows], 0)  # nothing is taken where none is watched
    if not fen.any():
        return
    world.ledger.pay(
        "client_withdraw",
        "platform",
        where,
        "investor",
        rows // SLOTS,
        fen,
        claim,
        payer_account="client_cash",
    )
    world.desk.count("withdrawn", float(fen.sum()))


def _budgets(world: World, scenario: Scenario, means: Fen) -> Floats:
    """Most that each saver would pledge; means : (n_savers,) fen it could."""
    p = scenario.parameters.crowdfunding_platform
    savers, accounts = world.investors, world.accounts
    held = pledges_and_stakes(world).astype(np.float64)
    wealth = (
        savers.cash
        + savers.fund_shares
        + sum_slots(accounts.balance)
        + sum_slots(accounts.invested)
        + held
    )
    budget = rules.pledge_budget(
        means.astype(np.float64),
        wealth,
        held,
        savers.target_wealth,
        p.pledge_share,
        p.wealth_share,
    )
    return np.where(savers.alive & ~savers.is_leaving, budget, 0.0)


def _shown(world: World, scenario: Scenario, who: Ids, rows: Ids) -> Ids:
    """Places in `rows` of the campaigns that each saver weighs, (m, c), or (1, c) if it is all.

    Campaigns stand in a circle in an order drawn for the month; a saver opens the list at a place
    of its own and reads `considered` of them. Places are drawn, not counted, so that one campaign
    more or less changes only what those savers see who have it before them.
    """
    n, most = len(rows), scenario.parameters.crowdfunding_platform.considered
    if n <= most:
        return np.arange(n)[None, :]
    dice = world.enterprises.dice[world.campaigns.firm[rows]]
    place = world.draws.uniform("campaign_place", world.month, dice)
    order = np.argsort(place, kind="stable")
    start = np.searchsorted(place[order], world.draws.uniform("opens_list", world.month, who))
    return np.asarray(order[(start[:, None] + np.arange(most)) % n])


def _chosen(world: World, scenario: Scenario, who: Ids, rows: Ids) -> Ids:
    """Place in `rows` of the campaign each saver likes best, -1 for none; who : (m,).

    utility = sensitivity x (promised return - perceived loss - yield outside) + Gumbel noise
    keyed (saver, owner of the campaign), of those it is shown
    """
    p, q = scenario.parameters.investor, scenario.parameters.crowdfunding_platform
    book, savers = world.campaigns, world.investors
    at = _shown(world, scenario, who, rows)
    shown = rows[at]
    loss = np.where(book.is_disclosed[shown], book.loss_rate[shown], q.prior_loss)
    if not world.is_off("notes"):
        seen = savers.stake_loss_seen[who, None], savers.stake_exposure_seen[who, None]
        life = 1.0 / (1.0 - 0.5 ** (1.0 / p.belief_half_life))
        least = q.pledge_share * savers.target_wealth[who, None]
        loss = rules.perceived_loss(loss, *seen, least, p.prior_months, life)
    loss = loss * (1.0 - book.guaranteed[shown])
    noise = world.draws.gumbel
    options = world.enterprises.dice[book.firm[shown]] + 1
    liking = noise("campaign_choice", world.month, who[:, None], options)
    elsewhere = outside_yield(world, scenario, who)[:, None]
    liking += p.return_sensitivity * (book.rate[shown] - loss - elsewhere)
    best = liking.argmax(axis=1)[:, None]
    outside = noise("campaign_choice", world.month, who, 0)
    is_better = np.take_along_axis(liking, best, axis=1)[:, 0] >= outside
    at = np.broadcast_to(at, liking.shape)
    return np.where(is_better, np.take_along_axis(at, best, axis=1)[:, 0], -1)


def _pledge(world: World, who: Ids, rows: Ids, fen: Ids) -> None:
    """Pay pledges into custody; who : (m,) savers; rows : (m,) campaigns; fen : (m,)."""
    book = world.campaigns
    keeper = book.platform[rows]
    added = world.stakes.append(
        len(who),
        {
            "campaign": book.serial[rows],
            "firm": book.firm[rows],
            "platform": keeper,
            "saver": who,
            "loss_rate": book.loss_rate[rows],
            "guaranteed": book.guaranteed[rows],
        },
    )
    world.ledger.pay(
        "pledge",
        "investor",
        who,
        KIND,
        keeper,
        fen,
        Claim("pledges", world.stakes, "pledged", added, fen, KIND, "investor"),
        receiver_account="client_cash",
    )
    world.desk.count("pledged", float(fen.sum()))
