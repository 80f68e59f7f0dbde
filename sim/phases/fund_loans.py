"""Lenders spend their budgets and platforms their clients' money; accepted loans are paid out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents import provider as lending
from sim.agents.enterprise import NEVER
from sim.capacities import capacities
from sim.chart import CODES, INVESTOR, NAMES, OUTSIDE, OWN_ACCOUNT, PLATFORM
from sim.closing import runoff_months
from sim.contracts.impairments import RELATION_OFFSET
from sim.contracts.loans import INVESTMENT, ROLLOVER, WORKING, whole_up
from sim.decisions import charge_decisions, close_due, put_off
from sim.guaranteeing import sign_guarantees
from sim.identity_fraud import lend_to_nobody
from sim.kernels import distinct, group_sum, line_fit, true_at
from sim.ledger import Claim
from sim.note_sale import sell_notes
from sim.outages import close_counters
from sim.pools import is_pool, lend_from_pools
from sim.postings import cover_loans
from sim.refusals import attribute_refusals
from sim.scoring import file_grants
from sim.units import Fen, Ids, Mask, to_fen
from sim.world import KINDS, Applications, Offers, World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def fund_loans(world: World, scenario: Scenario) -> None:
    """Serve the queues of all providers, pay out what they can, run off what nobody renews.

    Takes `applications` and `offers`; lays `granted` and `put_off` (masks of the offers): what
    is paid or renewed now, and favourable decisions that are paid in later months.
    """
    papers, offers = world.desk.applications, world.desk.offers
    assert papers is not None
    assert offers is not None
    lend_to_nobody(world, scenario)
    shut_out = close_counters(world, papers, offers)
    real, shadow = capacities(world, scenario)
    need = _money_needed(world, papers, offers)
    line = _queue(world, papers, offers)
    granted = _serve(offers, papers, need, line, real)
    attribute_refusals(world, papers, offers, granted, _serve(offers, papers, need, line, shadow))
    charge_decisions(world, scenario, papers, offers, granted)
    world.desk.put_off = granted & (offers.months > 0)
    put_off(world, papers, offers, world.desk.put_off)
    granted &= offers.months == 0
    world.desk.granted = granted
    chosen = true_at(granted)
    _raise_funds(world, scenario, offers, chosen, need)
    renewed = _renew(world, scenario, papers, offers, chosen)
    fresh = chosen[~renewed]
    rows = _pay_out(world, scenario, papers, offers, fresh)
    sign_guarantees(world, scenario, rows, papers.loan[offers.application[fresh]])
    _remember(world, papers, offers, chosen)
    _run_off(world, scenario, papers, offers.application[chosen], shut_out)
    _invest(world, scenario, papers, offers, fresh)
    close_due(world)


def _money_needed(world: World, papers: Applications, offers: Offers) -> Fen:
    """Money an offer would take now: none where a lender extends its own loan, or pays later."""
    loan = papers.loan[offers.application]
    stays = world.stays_with(loan, offers.provider)
    through_notes = world.provider_kind[offers.provider] == PLATFORM
    administered = ~world.of_providers("alive")[offers.provider]
    is_later = offers.months > 0
    return np.where((stays & ~through_notes) | administered | is_later, 0, offers.amount)


def _queue(world: World, papers: Applications, offers: Offers) -> Ids:
    """Line up accepted offers by provider: sound rollovers first, then by a uniform each."""
    firm, purpose = papers.firm[offers.application], papers.purpose[offers.application]
    late = offers.is_late
    priority = np.where((purpose == ROLLOVER) & ~late, 0, np.where(purpose == ROLLOVER, 2, 1))
    priority[offers.months > 0] = -1  # what is paid later takes no money and waits for nobody
    draw = world.draws.uniform("queue", world.month, world.enterprises.dice[firm], purpose)
    rows = true_at(offers.is_accepted)
    return rows[np.lexsort((draw[rows], priority[rows], offers.provider[rows]))]


def _serve(offers: Offers, papers: Applications, need: Fen, line: Ids, capacity: Fen) -> Mask:
    """Serve the line of `_queue`, first choices, then second, then third; return the granted."""
    granted = np.zeros(len(offers.application), dtype=np.bool_)
    waiting = np.ones(len(papers), dtype=np.bool_)
    left = capacity.copy()
    for rank in range(papers.candidates.shape[1] if len(papers) else 0):
        asks = line[(offers.rank[line] == rank) & waiting[offers.application[line]]]
        if not len(asks):
            continue
        fits = asks[line_fit(offers.provider[asks], need[asks], left)]
        granted[fits] = True
        waiting[offers.application[fits]] = False
        left -= group_sum(offers.provider[fits], need[fits], len(left))
    return granted


def _raise_funds(world: World, scenario: Scenario, offers: Offers, chosen: Ids, need: Fen) -> None:
    """Let micro lenders draw wholesale money and banks take deposits for what they lend."""
    wanted = group_sum(offers.provider[chosen], need[chosen], world.n_providers)
    start = world.banks.n
    lenders, ledger = world.micro_lenders, world.ledger
    lacking = np.maximum(wanted[start : start + lenders.n] - lenders.cash, 0)
    rows = true_at(lacking)
    drawn_from = np.zeros(world.banks.n, dtype=np.int64)
    if len(rows):
        drawn_from = group_sum(
            lenders.home_bank[rows].astype(np.int64), lacking[rows], world.banks.n
        )
    short = np.maximum(wanted[: world.banks.n] + drawn_from - world.banks.cash, 0)
    every = np.arange(world.banks.n)
    ledger.pay(
        "deposit_take",
        "outside",
        None,
        "bank",
        every,
        short,
        Claim("deposits", world.banks, "deposits", every, short, "bank", "outside"),
    )
    if len(rows):
        p = scenario.parameters.bank
        book = world.wholesale.append(
            len(rows),
            {
                "lender": rows,
                "bank": lenders.home_bank[rows],
                "rate": p.wholesale_rate
                + float(world.conditions["wholesale_spread"])
                + world.deposit_premium,
                "months_left": p.wholesale_months,
            },
        )
        fen = lacking[rows]
        ledger.pay(
            "wholesale_grant",
            "bank",
            lenders.home_bank[rows].astype(np.int64),
            "micro_lender",
            rows,
            fen,
            Claim("wholesale", world.wholesale, "principal", book, fen, "micro_lender", "bank"),
        )


def _renew(
    world: World, scenario: Scenario, papers: Applications, offers: Offers, chosen: Ids
) -> Mask:
    """Extend loans in place where their lender renews them itself; mark these offers."""
    m, loans = scenario.parameters.market, world.loans
    loan = papers.loan[offers.application[chosen]]
    alive = world.of_providers("alive")[offers.provider[chosen]]
    renewed = world.stays_with(loan, offers.provider[chosen])
    # Loans through notes are renewed by new notes, which repay the old ones; so are a pool's.
    kept = true_at(renewed)
    holder = loans.holder[loan[kept]]
    renewed[kept] = ((holder != INVESTOR) & (holder != PLATFORM)) | ~alive[kept]
    rows, picked = loan[renewed], chosen[renewed]
    administered = rows[~alive[renewed]]
    if len(administered):
        cover_loans(world, administered[loans.holder[administered] != OUTSIDE], "closure")
    asked = papers.amount[offers.application[picked]]
    # What the provider would not renew of the sum asked falls due with the rest.
    loans.principal_due[rows] += np.maximum(asked - offers.amount[picked], 0)
    loans.months_left[rows] = m.bullet_months
    _write_terms(world, rows, offers, picked)
    return renewed


def _write_terms(world: World, rows: Ids, offers: Offers, picked: Ids) -> None:
    loans = world.loans
    loans.rate[rows], loans.pd[rows] = offers.rate[picked], offers.pd[picked]
    loans.lgd[rows], loans.estimate[rows] = offers.lgd[picked], offers.estimate[picked]
    loans.debt_ratio[rows], loans.grade[rows] = (
        offers.debt_ratio[picked],
        lending.grade(offers.pd[picked]),
    )
    loans.granted[rows], loans.amount[rows] = world.month, offers.amount[picked]


def _pay_out(
    world: World, scenario: Scenario, papers: Applications, offers: Offers, fresh: Ids
) -> Ids:
    """Open the new loans and pay them out: own account first, then through notes and pools.

    Returns the rows of the new loans, (len(fresh),).
    """
    m, loans = scenario.parameters.market, world.loans
    number = offers.provider[fresh]
    kind = world.provider_kind[number]
    is_noted = (kind == PLATFORM) & ~is_pool(world, number)
    which = offers.application[fresh]
    is_instalment = papers.purpose[which] == INVESTMENT
    rows = loans.append(
        len(fresh),
        {
            "borrower": papers.firm[which],
            "provider": number,
            "holder": np.where(is_noted, INVESTOR, kind),
            "holder_row": world.provider_row[number],
            "is_bullet": ~is_instalment,
            "months_left": np.where(is_instalment, m.instalment_months, m.bullet_months),
            "purpose": papers.purpose[which],
            "pledged": offers.pledged[fresh],
        },
    )
    _write_terms(world, rows, offers, fresh)
    amount = offers.amount[fresh]
    for code in OWN_ACCOUNT:
        mine = true_at(kind == code)
        if not len(mine):
            continue
        world.ledger.pay(
            "loan_grant",
            NAMES[code],
            loans.holder_row[rows[mine]],
            "enterprise",
            loans.borrower[rows[mine]],
            amount[mine],
            Claim("loans", loans, "principal", rows[mine], amount[mine], "enterprise", NAMES[code]),
        )
    mine = true_at(is_noted)
    if len(mine):
        sell_notes(world, scenario, rows[mine], amount[mine])
    mine = true_at((kind == PLATFORM) & ~is_noted)
    lend_from_pools(world, scenario, rows[mine], amount[mine])
    # The part of a bullet that a new loan replaces falls due now.
    moved = true_at(papers.loan[which] >= 0)
    old = papers.loan[which[moved]]
    due = whole_up(loans.principal_due[old] + amount[moved], loans.shares[old])
    loans.principal_due[old] = np.minimum(due, loans.principal[old])
    for name in KINDS:
        world.desk.count(f"new_loans_{name}", float(amount[kind == CODES[name]].sum()))
    return rows


def _remember(world: World, papers: Applications, offers: Offers, chosen: Ids) -> None:
    """Remember since when a firm is a provider's client, and the last price of each provider."""
    key = (papers.firm[offers.application[chosen]] << 24) | offers.provider[chosen]
    key = distinct(key)
    known = world.relations.lookup(key, -1.0)
    new = key[known < 0]
    world.relations.add(new, np.full(len(new), float(world.month + RELATION_OFFSET)))
    n = world.n_providers
    file_grants(world, papers, offers, chosen)
    lent = np.bincount(offers.provider[chosen], offers.amount[chosen], n)
    paid = np.bincount(offers.provider[chosen], offers.amount[chosen] * offers.rate[chosen], n)
    mean = np.where(lent > 0, paid / np.maximum(lent, 1.0), world.of_providers("last_rate"))
    world.add_to_providers("last_rate", np.arange(n), mean - world.of_providers("last_rate"))
    _meet_needs(world, papers, offers, chosen)


def _meet_needs(world: World, papers: Applications, offers: Offers, chosen: Ids) -> None:
    """Count what is met: of rollovers loan by loan, of new credit by the spell of need it ends."""
    firms = world.enterprises
    which = offers.application[chosen]
    is_new = papers.purpose[which] != ROLLOVER
    rolled = np.minimum(offers.amount[chosen], papers.amount[which])
    sound = ~is_new & world.desk.sound_rollover[which]
    world.desk.count("met_rollover", float(rolled[sound].sum()))
    paid = papers.firm[which[is_new]]
    given = np.minimum(offers.amount[chosen][is_new], firms.need[paid])
    for number, name in ((WORKING, "working"), (INVESTMENT, "investment")):
        mine = (firms.need_purpose[paid] == number) & firms.need_is_sound[paid]
        world.desk.count(f"met_{name}", float(given[mine].sum()))
    firms.need[paid] = np.maximum(firms.need[paid] - given, 0.0)
    world.desk.count("new_credits", len(paid))
    world.desk.count("months_waited", float((world.month - firms.need_since[paid]).sum()))
    firms.need_since[paid] = NEVER


def _run_off(
    world: World, scenario: Scenario, papers: Applications, served: Ids, waits: Mask
) -> None:
    """Turn bullets nobody renewed into equal instalments, dearer and, after a closure, short.

    served : (m,) applications granted; waits : (n_applications,) bullets that wait for a month
    """
    m, loans = scenario.parameters.market, world.loans
    open_still = (papers.loan >= 0) & ~waits
    open_still[served] = False
    left = true_at(open_still)
    rows = papers.loan[left]
    closed = ~world.of_providers("alive")[loans.provider[rows]]
    loans.is_bullet[rows], loans.is_runoff[rows] = False, True
    loans.months_left[rows] = np.where(
        closed, runoff_months(world, scenario, loans.provider[rows]), m.runoff_months
    )
    loans.rate[rows] += m.runoff_spread
    world.desk.count("runoff", float(papers.amount[left].sum()))
    gone = left[closed]
    world.impair(
        "closure",
        papers.firm[gone],
        world.provider_party(loans.provider[papers.loan[gone]]),
        papers.amount[gone].astype(np.float64),
    )


def _invest(
    world: World, scenario: Scenario, papers: Applications, offers: Offers, fresh: Ids
) -> None:
    """Pay for projects that found finance or need none, and replace worn assets from surplus."""
    firms = world.enterprises
    which = offers.application[fresh]
    financed = true_at(papers.purpose[which] == INVESTMENT)
    loaned, lent = np.zeros(firms.n), fresh[financed]
    is_matched = world.provider_kind[offers.provider[lent]] == PLATFORM
    fee = np.where(is_matched, scenario.parameters.platform.origination_fee, 0.0)
    loaned[papers.firm[which[financed]]] = offers.amount[lent] * (1.0 - fee)
    asked = np.zeros(firms.n)
    asks = papers.purpose == INVESTMENT
    asked[papers.firm[asks]] = papers.amount[asks]
    surplus = np.maximum(-world.desk.gap, 0.0)
    alone = (firms.project_size > 0) & (asked == 0) & (surplus >= firms.project_size) & firms.alive
    go = true_at((loaned > 0) | alone)
    own = np.maximum(firms.project_size[go] - asked[go], 0.0)
    spend = np.minimum(to_fen(own + loaned[go]), firms.cash[go])
    _buy_assets(world, go, spend)
    firms.project_income[go] += firms.project_return[go] * spend
    firms.project_size[go], firms.project_left[go] = 0.0, 0
    surplus[go] -= spend
    worn = firms.asset_target > firms.fixed_assets
    rows = true_at(worn & (surplus > 0) & firms.alive)
    replace = np.minimum(firms.asset_target[rows] - firms.fixed_assets[rows], surplus[rows])
    replace = np.minimum(to_fen(replace), firms.cash[rows])
    _buy_assets(world, rows, replace)
    world.desk.gap[rows] += replace


def _buy_assets(world: World, rows: Ids, fen: Fen) -> None:
    firms = world.enterprises
    world.ledger.pay(
        "invest",
        "enterprise",
        rows,
        "outside",
        None,
        fen,
        Claim("fixed_assets", firms, "fixed_assets", rows, fen, "", "enterprise"),
    )
