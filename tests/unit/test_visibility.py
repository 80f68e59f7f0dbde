"""What providers see of debts and arrears: their own files, and what members report."""

import copy
from collections import defaultdict

import numpy as np
import pytest

from sim.phases.fund_loans import _queue
from sim.phases.underwrite import underwrite
from sim.visibility import files
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
