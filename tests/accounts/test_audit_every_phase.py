"""The books balance after every phase of small economies of many kinds, not only at month end."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.contracts.loans import INVESTOR
from sim.kernels import group_sum
from tests.worlds import STRESS, audit_now, run, scenarios, small, watch_phases


def notes_add_up_to_loans(world, phase):
    """The notes of a loan hold all its shares, and all it owes is whole fen a share."""
    loans, notes = world.loans, world.notes
    noted = loans.is_open & (loans.holder == INVESTOR)
    sums = group_sum(notes.loan, notes.shares * notes.is_open, loans.n) + loans.kept_shares
    assert (sums[noted] == loans.shares[noted]).all(), phase
    for column in ("principal", "interest_due", "principal_due"):
        assert not (loans.column(column) % loans.shares)[noted].any(), (phase, column)
    assert not loans.principal[~loans.is_open].any(), phase
    assert not loans.interest_due[~loans.is_open].any(), phase
    assert (loans.n_notes == np.bincount(notes.loan, minlength=loans.n)).all(), phase
    assert (np.diff(notes.loan) >= 0).all(), phase
    assert (loans.principal_due >= 0).all(), phase
    assert (loans.principal_due <= loans.principal).all(), phase


def client_money_is_there(world, phase):
    """Each platform holds exactly what its clients have with it and have not invested.

    Client cash of a pool is nobody's by itself, and pools owe no balances.
    """
    accounts, platforms = world.accounts, world.platforms
    mine = np.flatnonzero(accounts.balance)
    assert (accounts.platform[mine] >= 0).all(), phase
    owed = group_sum(accounts.platform[mine], accounts.balance[mine], platforms.n)
    assert (owed == np.where(platforms.is_pooling, 0, platforms.client_cash)).all(), phase


def memo_columns_follow_the_books(world, phase):
    """Sums kept for speed say what the books say."""
    accounts, notes, loans = world.accounts, world.notes, world.loans
    fakes = world.fraud_claims
    each = np.where(loans.holder == INVESTOR, loans.principal // loans.shares, 0)
    invested = np.bincount(notes.account, notes.shares * each[notes.loan], accounts.n)
    mine = fakes.is_open & ~fakes.is_exposed & ~fakes.is_stolen
    invested = invested + np.bincount(fakes.account[mine], fakes.principal[mine], accounts.n)
    stolen = world.identity_loans
    mine = stolen.holder == INVESTOR
    invested = invested + np.bincount(stolen.account[mine], stolen.principal[mine], accounts.n)
    assert (notes.saver == notes.account // world.slots).all(), phase
    assert np.allclose(invested, accounts.invested, atol=0.5), phase
    assert not world.regulator.cash.any(), phase


def custody_is_kept(world, phase, before):
    """A theft takes nothing from client money that lies with a bank."""
    now, kept = world.platforms.client_cash.copy(), world.ledger.in_custody
    if phase == "strike_shocks":
        assert (now[: len(kept)] >= before["client_cash"][: len(kept)])[kept].all()
    before["client_cash"] = now


def watch_everything(monkeypatch, seen):
    before = {}

    def look(world, phase):
        custody_is_kept(world, phase, before)
        seen.add(phase)
        audit_now(world)
        for holds in (notes_add_up_to_loans, client_money_is_there, memo_columns_follow_the_books):
            holds(world, phase)

    watch_phases(monkeypatch, look)


@pytest.mark.property
@settings(max_examples=25)
@given(scenarios(), st.integers(0, 10_000))
def test_the_audit_holds_after_every_phase(scenario, seed):
    with pytest.MonkeyPatch.context() as patch:
        seen = set()
        watch_everything(patch, seen)
        run(scenario, seed=seed)
        assert {"open_books", "settle", "close_books"} <= seen


@pytest.mark.parametrize("channels", [{}, {"notes": False}, {"funding": False, "trade": False}])
def test_the_audit_holds_where_everybody_fails(channels, monkeypatch):
    watch_everything(monkeypatch, set())
    scenario = small(150, parameters=STRESS, channels=channels)
    events = []
    model = run(scenario, 0)
    while model.month < 12:
        model.step()
        rows = model.records().get("events", {"event": [], "kind": []})
        events += zip(rows["event"], rows["kind"], strict=True)
    assert {("default", "enterprise"), ("failure", "platform"), ("failure", "micro_lender")} <= set(
        events
    )


@pytest.mark.parametrize("delay", [1, 3])
def test_the_audit_holds_where_decisions_take_months(delay, monkeypatch):
    watch_everything(monkeypatch, set())
    slow = {"sources": {"application": {"delay": delay}}}
    # Of those under full stress nobody lives, or keeps a project, for as long as that.
    firms = {"demand_volatility": 0.3, "buffer_days": 10, "investment_patience": 6}
    poor = {"platform": STRESS["platform"]}
    model = run(small(150, parameters={**poor, "enterprise": firms}, credit=slow), 0)
    made, paid = set(), 0
    while model.month < 12:
        model.step()
        world = model.world
        book, offers = world.decisions, world.desk.offers
        made |= set(book.serial.tolist())
        # What was paid had been decided so long ago; what waits is not yet due.
        late = offers.decided[world.desk.granted] < model.month
        paid += int(late.sum())
        assert (offers.decided[world.desk.granted][late] == model.month - delay).all()
        assert (book.due[book.is_open] > model.month).all()
    assert len(made) > 20
    assert paid > 5


def test_a_placebo_run_balances(monkeypatch):
    watch_everything(monkeypatch, set())
    run(small(), 3, placebo=True)
