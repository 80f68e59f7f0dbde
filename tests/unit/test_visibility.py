"""What providers see of debts and arrears: their own files, and what members report."""

import copy
from collections import defaultdict

import numpy as np
import pytest

from sim.chart import BANK, CODES, MICRO_LENDER
from sim.contracts.impairments import RELATION_OFFSET
from sim.phases.fund_loans import _queue
from sim.phases.underwrite import underwrite
from sim.visibility import (
    files,
    has_past,
    is_reported,
    members,
    pooling,
    reported_share,
    sees_loan,
)
from sim.world import KINDS
from tests.worlds import run, small, watch_phases

ANSWERS = ("amount", "rate", "pd", "estimate", "debt_ratio", "is_accepted", "is_late", "cost")


def borrowing(**fields):
    """An economy in which firms borrow from several lenders, some of them late."""
    population = {"investors": 250, "micro_lenders": 4, "banks": 2}
    return small(250, population=population, **fields)


@pytest.fixture(scope="module")
def asked():
    """The scenario, and the world of month 9 when applications lie on the desk."""
    scenario = borrowing()
    patch, found = pytest.MonkeyPatch(), []

    def look(world, name):
        if name == "seek_credit" and world.month == 9:
            found.append(copy.deepcopy(world))

    watch_phases(patch, look)
    run(scenario, 9)
    patch.undo()
    return scenario, found[0]


def test_files_are_those_a_plain_loop_finds(asked):
    world = copy.deepcopy(asked[1])
    loans = world.loans
    loans.late_months[::3] = 2
    own, total, late = defaultdict(int), defaultdict(int), defaultdict(bool)
    for row in range(loans.n):
        pair = (int(loans.borrower[row]), int(loans.provider[row]))
        own[pair] += int(loans.principal[row])
        total[pair[0]] += int(loans.principal[row])
        late[pair] |= bool(loans.late_months[row] > 0)
    firm, number = (x.ravel() for x in np.meshgrid(np.arange(250), np.arange(world.n_providers)))
    pairs = list(zip(firm.tolist(), number.tolist(), strict=True))
    found = files(world, firm, number)
    assert found.own_debt.tolist() == [own[p] for p in pairs]
    assert found.all_debt.tolist() == [total[f] for f, _ in pairs]
    assert found.is_late.tolist() == [late[p] for p in pairs]
    assert max(own.values()) > 0
    assert any(late.values())


def test_nobody_has_files_before_the_first_loan():
    world = run(borrowing(), -3).world
    world.loans.close(np.arange(world.loans.n))
    world.loans.compact(at_once=True)
    found = files(world, np.array([3, 4]), np.array([0, 1]))
    assert not found.own_debt.any()
    assert not found.is_late.any()


def spoil(world, mine):
    """Make everybody owe other providers ten times as much, months overdue."""
    others = np.flatnonzero(world.loans.provider != mine)
    world.loans._writable("principal")[others] *= 10
    world.loans.late_months[others] = 5
    world.enterprises.months_late[world.loans.borrower[others]] = 5


def test_without_a_registry_no_decision_depends_on_debts_or_arrears_elsewhere(asked):
    scenario, before = asked
    underwrite(before, scenario)
    offers = before.desk.offers
    compared = 0
    for mine in range(before.n_providers):
        world = copy.deepcopy(before)
        spoil(world, mine)
        underwrite(world, scenario)
        rows = np.flatnonzero(offers.provider == mine)
        for name in ANSWERS:
            old, new = getattr(offers, name)[rows], getattr(world.desk.offers, name)[rows]
            assert old.tobytes() == new.tobytes(), (mine, name)
        compared += int((world.desk.offers.all_debt[rows] > offers.all_debt[rows]).sum())
    assert compared > 0, "somebody who asks owes elsewhere"


def test_who_is_late_with_a_lender_waits_behind_those_who_are_not(asked):
    scenario, before = asked
    papers, loans = before.desk.applications, before.loans
    asks = np.flatnonzero(papers.loan >= 0)
    own = loans.provider[papers.loan[asks]]
    mine = int(np.bincount(own).argmax())
    late = asks[own == mine][0]
    firm = papers.firm[late]

    def place(of_late, months_late):
        """Line of the lender, and where the firm stands in it."""
        world = copy.deepcopy(before)
        world.enterprises.months_late[firm] = months_late
        world.loans.late_months[papers.loan[late]] = of_late
        underwrite(world, scenario)
        offers = world.desk.offers
        offers.is_accepted[:] = True
        line = _queue(world, papers, offers)
        line = line[offers.provider[line] == mine]
        rolls = papers.loan[offers.application[line]] >= 0
        return line, int(np.flatnonzero(offers.application[line] == late)[0]), rolls

    line, sound, _ = place(0, 0)
    assert place(0, 9)[0].tolist() == line.tolist(), "arrears with others are not known"
    _, last, rolls = place(1, 1)
    assert last > sound
    assert not rolls[:last].all(), "new credit comes before the rollover of who is late"


# ------------------------------------------------------------ with a registry
def in_force(world, **credit):
    """Lay another credit system over a world, from now on."""
    world = copy.deepcopy(world)
    world.policy = borrowing(credit=credit).policy(1)
    return world


def by_loop(world, member, reported):
    """Debts and lateness that each provider sees, by a plain loop over loans."""
    loans, seen, late = world.loans, defaultdict(int), defaultdict(bool)
    for row in range(loans.n):
        firm, lender = int(loans.borrower[row]), int(loans.provider[row])
        for looks in range(world.n_providers):
            if looks == lender or (member[looks] and member[lender] and reported(firm, lender)):
                seen[firm, looks] += int(loans.principal[row])
                late[firm, looks] |= bool(loans.late_months[row] > 0)
    return seen, late


def everybody(world):
    n = world.enterprises.n
    return (x.ravel() for x in np.meshgrid(np.arange(n), np.arange(world.n_providers)))


@pytest.mark.parametrize("joined", [("bank",), ("bank", "micro_lender"), (*KINDS,)])
def test_members_see_what_members_report_and_others_their_own(asked, joined):
    world = in_force(asked[1], providers={k: {"sources": {"registry": True}} for k in joined})
    world.loans.late_months[::3] = 2
    member = np.isin(world.provider_kind, [CODES[k] for k in joined])
    assert members(world).tolist() == member.tolist()
    firm, number = everybody(world)
    found = files(world, firm, number)
    seen, late = by_loop(world, member, lambda firm, lender: True)
    pairs = list(zip(firm.tolist(), number.tolist(), strict=True))
    assert found.seen_debt.tolist() == [seen[p] for p in pairs]
    assert found.is_late.tolist() == [late[p] for p in pairs]
    hidden = found.all_debt - found.seen_debt
    assert (hidden >= 0).all()
    assert hidden.any() == (joined != KINDS), "nothing is hidden where everybody reports"
    told = np.where(member[number], found.seen_debt, found.all_debt)
    assert found.registered_debt.tolist() == told.tolist()


def test_a_member_may_report_some_clients_only_and_always_the_same(asked):
    credit = {"preset": "registry", "sources": {"registry": {"reports": 0.4}}}
    world = in_force(asked[1], **credit)
    share = reported_share(world)
    assert share.tolist() == [0.4] * world.n_providers
    firm, number = everybody(world)
    told = is_reported(world, firm, number, share)
    assert told.mean() == pytest.approx(0.4, abs=0.03)
    fewer = is_reported(world, firm, number, share / 2)
    assert (fewer <= told).all()
    of_pair = dict(zip(zip(firm.tolist(), number.tolist(), strict=True), told, strict=True))
    seen, _ = by_loop(world, members(world), lambda firm, lender: of_pair[firm, lender])
    assert files(world, firm, number).seen_debt.tolist() == [seen[p] for p in of_pair]


def test_who_must_open_its_files_is_a_member(asked):
    world = copy.deepcopy(asked[1])
    assert not members(world).any()
    obliged = np.arange(world.n_providers) < 3
    world.limits.columns["file_sharing"] = obliged
    assert members(world).tolist() == pooling(world).tolist() == obliged.tolist()
    assert reported_share(world).tolist() == obliged.astype(float).tolist()


def test_scorecards_are_pooled_among_members_that_share(asked):
    some = {"bank.preset": "registry", "micro_lender.preset": "registry"}
    alone = in_force(asked[1], providers=some)
    assert not pooling(alone).any(), "the common preset does not say so"
    together = in_force(asked[1], providers=some, sharing=True)
    kind = together.provider_kind
    assert pooling(together).tolist() == np.isin(kind, [BANK, MICRO_LENDER]).tolist()


def test_one_pool_has_one_scorecard_and_outsiders_keep_their_own():
    credit = {"sharing": True, "providers": {"bank.preset": "registry",
                                             "micro_lender.preset": "registry"}}  # fmt: skip
    scenario = borrowing(credit=credit, time={"months": 2, "burn_in": 20})
    world = run(scenario, 1).world
    pool = pooling(world)
    for name in ("pd_intercept", "pd_slope", "pd_debt"):
        card = world.of_providers(name)
        assert len(set(card[pool])) == 1
        assert len(set(card[~pool])) > 1
    assert pool.sum() > 1


def test_a_past_is_an_earlier_loan_that_a_member_reported(asked):
    world = in_force(asked[1], providers={"bank": {"sources": {"registry": True}}})
    n_banks, first = world.banks.n, {}
    for key, month in zip(world.relations.keys, world.relations.amounts, strict=True):
        firm, lender = int(key) >> 24, int(key) & (2**24 - 1)
        if lender < n_banks:
            first[firm] = min(first.get(firm, 99), int(month) - RELATION_OFFSET)
    firms = np.arange(world.enterprises.n)
    for month in (world.month, 3):
        wanted = [first.get(firm, 99) < month for firm in range(len(firms))]
        assert has_past(world, firms, month).tolist() == wanted
        assert any(wanted)
        assert not all(wanted)
    assert not has_past(asked[1], firms, world.month).any(), "nobody reports"
    everyone = has_past(world, firms, world.month, np.ones(world.n_providers))
    assert (everyone > has_past(world, firms, world.month)).any()


def followed(scenario):
    """Call for every month from the first: its offers, and debts as they stood then."""
    patch, found = pytest.MonkeyPatch(), []

    def look(world, name):
        if name == "underwrite":
            papers, offers = world.desk.applications, world.desk.offers
            firm = papers.firm[offers.application]
            revenue = np.maximum(12.0 * world.enterprises.scale[firm], 1.0)
            found.append((world.month, offers, revenue))

    watch_phases(patch, look)
    run(scenario, 9)
    patch.undo()
    return found


def test_no_member_lends_against_a_hidden_debt_once_there_is_a_registry():
    dated = {"preset": {"at": {5: "registry"}}}
    hidden = defaultdict(float)
    for month, offers, revenue in followed(borrowing(credit=dated)):
        gap = np.abs(offers.all_debt - offers.debt_ratio * revenue)
        hidden[month >= 5] = max(hidden[month >= 5], gap.max(initial=0.0))
    assert hidden[False] > 1e5, "before, somebody asks whose debts are not seen"
    assert hidden[True] < 1.0


def test_a_rollover_makes_room_for_itself_where_the_old_loan_is_seen(asked):
    world = asked[1]
    loan = np.flatnonzero(world.loans.principal > 0)[:30]
    firm, own = world.loans.borrower[loan], world.loans.provider[loan]
    other = (own + 1) % world.n_providers
    assert sees_loan(world, loan, firm, own).all()
    assert not sees_loan(world, loan, firm, other).any()
    joined = in_force(world, preset="registry")
    assert sees_loan(joined, loan, firm, other).all()
    assert not sees_loan(joined, np.full(30, -1), firm, other).any()
