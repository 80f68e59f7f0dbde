"""Decisions that take months, in worlds of a few firms and round numbers; amounts in fen."""

import numpy as np
import pytest
from slow_market import EASY, WISH, YUAN, decide, end, lend, market, prepare

from sim.contracts.loans import ROLLOVER, WORKING
from sim.measures.access import decision_cost_share, decisions_under_way, months_to_money
from sim.measures.borrowers import applications, rejections


def under_way(hands):
    return int(hands.world.decisions.is_open.sum())


# ------------------------------------------------------------ the wait
def test_an_automatic_decision_has_no_delay():
    hands = market(delay=0)
    lend(hands, 1)
    assert hands.holds("enterprise") == [WISH * 20_000 * YUAN]
    assert under_way(hands) == 0
    assert months_to_money(hands.world) == 0


@pytest.mark.parametrize("delay", [1, 3])
def test_money_comes_so_many_months_later_on_the_terms_decided(delay):
    hands = market(delay=delay)
    world = hands.world
    lend(hands, 1)
    assert hands.holds("enterprise") == [0]
    assert (applications(world), rejections(world)) == (1, 0)
    book = world.decisions
    terms = {name: float(book.column(name)[0]) for name in ("amount", "rate", "pd", "index")}
    assert terms["amount"] == WISH * 20_000 * YUAN
    assert (book.due[0], book.decided[0]) == (1 + delay, 1)
    # What the bank would think of the firm now is another matter.
    world.enterprises.quality[0] -= 3.0
    for month in range(2, 1 + delay):
        lend(hands, month)
        assert hands.holds("enterprise") == [0]
        assert world.enterprises.asks_from[0] <= 1, "nobody refused"
        assert (world.decisions.n, decisions_under_way(world)) == (1, 1)
    lend(hands, 1 + delay)
    assert world.enterprises.index[0] < terms["index"] - 0.5
    assert hands.holds("enterprise") == [terms["amount"]]
    loans = world.loans
    assert (loans.rate[0], loans.pd[0], loans.granted[0]) == (
        terms["rate"], terms["pd"], 1 + delay
    )  # fmt: skip
    assert months_to_money(world) == delay
    assert under_way(hands) == 0
    # A scorecard learns from what was known when the decision was made.
    records = world.score_records
    assert (records.month[0], records.index[0]) == (1, terms["index"])


def test_a_decision_is_charged_once_when_it_is_made():
    hands = market(cost=2000.0)
    world = hands.world
    lend(hands, 1)
    assert world.banks.decision_cost.tolist() == [2000 * YUAN]
    assert np.isnan(decision_cost_share(world)), "nothing lent yet"
    lend(hands, 2)
    assert world.banks.decision_cost.tolist() == [0]
    amount = WISH * 20_000
    assert world.loans.rate[0] > (0.046 + 2000 / amount) / (1 - world.loans.pd[0])
    assert decision_cost_share(world) == 0


def test_each_need_is_counted_once():
    waits, at_once = market(delay=3), market(delay=0)
    counted = {}
    for hands in (waits, at_once):
        hands.world.enterprises.quality[:] = 3.0
        found = []
        for month in range(1, 5):
            lend(hands, month)
            tally = hands.world.desk.tally
            found.append([tally.get("need_working", 0), tally.get("met_working", 0)])
        counted[hands is waits] = np.array(found)
    amount = WISH * 20_000 * YUAN
    assert counted[False][0].tolist() == [amount, amount]
    # With the money it was to bring, so that a month's gap compares what belongs together.
    assert counted[True].tolist() == [[0, 0], [0, 0], [0, 0], [amount, amount]]


@pytest.mark.parametrize("happens", ["is_late", "dies"])
def test_a_need_nobody_met_is_counted_all_the_same(happens):
    hands = market(firms=2)
    hands.world.enterprises.quality[:] = 3.0
    lend(hands, 1)
    globals()[happens](hands)
    lend(hands, 2)
    tally = hands.world.desk.tally
    amount = WISH * 20_000 * YUAN
    assert (tally["need_working"], tally["met_working"]) == (2 * amount, amount)
    assert under_way(hands) == 0
    lend(hands, 3)
    assert hands.world.desk.tally["need_working"] == 0


# ------------------------------------------------------------ who gets nothing
def dies(hands):
    end(hands.world.enterprises)


def is_late(hands):
    """Let the first firm be behind with another loan of the bank."""
    hands.lends("bank", 0, 0, 100 * YUAN, late_months=1, months_left=5, granted=-9)


def needs_no_more(hands):
    hands.cash("enterprise", 50_000 * YUAN, 0)


def lender_fails(hands):
    end(hands.world.banks)


@pytest.mark.parametrize(
    ("happens", "second_is_paid"),
    [(dies, True), (is_late, True), (needs_no_more, True), (lender_fails, False)],
)
def test_who_died_is_late_or_needs_nothing_gets_nothing(happens, second_is_paid):
    hands = market(firms=2)
    lend(hands, 1)
    assert under_way(hands) == 2
    happens(hands)
    before = hands.holds("enterprise")[0]
    lend(hands, 2)
    first, second = hands.holds("enterprise")
    assert first == before
    assert (second > 0) == second_is_paid
    assert under_way(hands) == 0


def test_what_is_paid_is_cut_to_the_present_need():
    hands = market()
    lend(hands, 1)
    hands.cash("enterprise", 6_000 * YUAN)
    lend(hands, 2)
    assert hands.holds("enterprise") == [WISH * 20_000 * YUAN]
    assert hands.world.loans.principal[0] == (WISH * 20_000 - 6_000) * YUAN


def test_a_larger_need_gets_what_was_decided():
    hands = market()
    lend(hands, 1)
    hands.costs(0, 5_000 * YUAN)
    lend(hands, 2)
    assert hands.holds("enterprise") == [WISH * 20_000 * YUAN]


def test_the_budget_binds_when_the_money_is_paid():
    hands = market(firms=3)
    bank = hands.world.banks
    bank.provisions[:] = bank.net_worth  # no room to lend: decisions are made nevertheless
    lend(hands, 1)
    assert under_way(hands) == 3
    # Capital over a ratio of 0.1 gives room for two of three.
    bank.provisions[:] = bank.net_worth - 0.1 * 2.5 * WISH * 20_000 * YUAN
    lend(hands, 2)
    assert sorted(hands.holds("enterprise")) == [0, *[WISH * 20_000 * YUAN] * 2]
    # Whom it had no money for it refused, like anybody else.
    assert sorted(hands.world.enterprises.asks_from)[-1] == 2 + 3
    assert under_way(hands) == 0


def test_who_asks_while_the_money_is_short_is_decided_on_all_the_same():
    hands = market(firms=8)
    world = hands.world
    hands.cash("enterprise", 0, 0, *[50_000 * YUAN] * 6)
    lend(hands, 1)
    world.banks.provisions[:] = world.banks.net_worth
    hands.cash("enterprise", *[0] * 8)
    prepare(hands, 2)
    papers = world.desk.applications
    papers.candidates = papers.candidates.max(axis=1, keepdims=True)  # all in one queue
    decide(hands)
    assert hands.holds("enterprise") == [0] * 8
    book = world.decisions
    assert sorted(book.firm[book.is_open]) == [2, 3, 4, 5, 6, 7], "they need no money yet"


# ------------------------------------------------------------ limits in between
def dated(hands, **instrument):
    dates = {name: {"at": {2: body}} for name, body in instrument.items()}
    hands.scenario = hands.scenario.but({"supervision": dates})


def test_a_rate_ceiling_that_came_in_between_refuses():
    hands = market()
    dated(hands, rate_ceiling={"rate": 0.05, "kinds": ["bank"]})
    lend(hands, 1)
    assert under_way(hands) == 1
    lend(hands, 2)
    assert hands.holds("enterprise") == [0]
    ((question, firm, _, _),) = hands.world.desk.bound
    assert (question, firm.tolist()) == ("rate_ceiling", [0])


def test_a_loan_cap_that_came_in_between_cuts():
    hands = market()
    dated(hands, loan_cap={"amount": 20_000.0, "kinds": ["bank"]})
    lend(hands, 1)
    lend(hands, 2)
    assert hands.holds("enterprise") == [20_000 * YUAN]


# ------------------------------------------------------------ whom else one may ask
def test_who_waits_asks_only_those_who_decide_at_once():
    hands = market(delay=3, fast=True)
    lend(hands, 1)
    assert (under_way(hands), hands.holds("enterprise")) == (1, [0])
    lend(hands, 2)
    assert hands.world.loans.provider.tolist() == [hands.world.first_number("micro_lender")]
    assert (under_way(hands), hands.world.decisions.n) == (1, 1)
    for month in (3, 4):
        lend(hands, month)
    assert hands.world.loans.n == 1, "the need is met, so the decision lapses"
    assert under_way(hands) == 0


def test_a_decision_due_goes_before_a_cheaper_lender():
    hands = market(delay=1, fast=True)
    world = hands.world
    sources = {"application": {"auc": 0.6, "delay": 2}}
    hands.scenario = hands.scenario.but(
        {"credit.providers": {"micro_lender": {"sources": sources}}}
    )
    world.banks.alive[:] = False
    lend(hands, 1)
    world.banks.alive[:] = True
    lend(hands, 2)
    lend(hands, 3)
    assert world.loans.provider.tolist() == [world.first_number("micro_lender")]


def test_a_firm_refused_by_the_others_still_gets_what_is_due():
    hands = market(delay=2, fast=True, micro_lender={**EASY, "pd_cutoff": 0.0})
    lend(hands, 1)
    lend(hands, 2)
    assert hands.world.enterprises.asks_from[0] > 3
    lend(hands, 3)
    asked = hands.world.desk.applications.candidates
    assert asked[asked >= 0].tolist() == [0], "the bank alone"
    assert hands.holds("enterprise") == [WISH * 20_000 * YUAN]


# ------------------------------------------------------------ rollovers
def with_bullet(lender="micro_lender", months_left=2, **fields):
    hands = market(fast=True, **fields)
    hands.lends(lender, 0, 0, 40_000 * YUAN, is_bullet=True, months_left=months_left,
                granted=-9, rate=0.1, pledged=0.0, purpose=WORKING)  # fmt: skip
    hands.cash("enterprise", 18_000 * YUAN)  # its buffer: it lacks the bullet
    return hands


def rollovers(hands):
    book = hands.world.decisions
    return int((book.is_open & (book.purpose == ROLLOVER)).sum())


def test_a_renewal_has_no_delay():
    hands = with_bullet("bank", months_left=1)
    lend(hands, 1)
    assert (hands.world.loans.months_left[0], hands.world.loans.granted[0]) == (12, 1)
    assert rollovers(hands) == 0


def test_whom_its_lender_would_not_renew_asks_the_slow_ahead():
    hands = with_bullet()
    world = hands.world
    end(world.micro_lenders)
    lend(hands, 1)
    assert rollovers(hands) == 1
    assert world.desk.tally.get("need_rollover", 0) == 0, "the need comes with the bullet"
    assert world.banks.decision_cost.tolist() == [2000 * YUAN]
    lend(hands, 2)
    loans = world.loans
    assert loans.provider.tolist() == [1, 0]
    assert not loans.is_runoff.any()
    assert loans.purpose[1] == ROLLOVER
    assert loans.principal_due[0] == loans.principal[1] > 0
    assert rollovers(hands) == 0


def test_whom_its_lender_would_renew_asks_nobody():
    hands = with_bullet()
    lend(hands, 1)
    assert rollovers(hands) == 0
    assert hands.world.banks.decision_cost.tolist() == [0]
    assert hands.world.micro_lenders.decision_cost.tolist() == [0], "it decides in a month"
    end(hands.world.micro_lenders)
    lend(hands, 2)
    assert hands.world.loans.is_runoff.tolist() == [True], "too late to ask the bank"
    assert (rollovers(hands), hands.world.banks.decision_cost.tolist()) == (0, [0])
