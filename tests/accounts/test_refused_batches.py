"""A batch that is refused leaves no trace: money, flows and changes are what they were."""

import copy
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.ledger import Claim, LedgerError, Leg, Move, Worth
from tests.accounts.test_ledger import accounts, rows, trade
from tests.worlds import audit_now, differing, run, small, state

OVERDRAWN = "would be overdrawn"


def trace(ledger):
    """All that a refused batch must leave as it was."""
    stores = {**ledger.tables, **{f"book {k}": store for k, (store, _) in ledger.books.items()}}
    money = {
        (name, column): store.column(column).tolist()
        for name, store in stores.items()
        for column, spec in store.spec.items()
        if spec.is_money
    }
    return copy.deepcopy((money, ledger.flows, ledger.changes, ledger._touched))


def invests(ledger, fen):
    firms, who, some = ledger.tables["enterprise"], rows([1, 1]), rows([fen, 1])
    claim = Claim("fixed_assets", firms, "fixed_assets", who, some, "", "enterprise")
    return Leg("invest", "enterprise", who, "outside", None, some, (claim,))


def buys(ledger, fen):
    """One payer row pays two receivers; a claim moves along."""
    who, paid = rows([0]), rows([fen])
    some, move = rows([fen - fen // 3, fen // 3]), Move("payables", 7, "enterprise", "", "outside")
    return Leg("payable_pay", "enterprise", who, "enterprise", rows([2, 1]), some, (move,),
               payer_amount=paid)  # fmt: skip


def charges(ledger, fen):
    """A platform takes from its clients' money; third parties lose and gain."""
    who, some = rows([0]), rows([fen])
    thirds = (Worth("enterprise", rows([2]), -some), Worth("platform", who, some))
    return Leg("service_fee", "platform", who, "platform", who, some, (),
               "reserve_cash", "cash", thirds)  # fmt: skip


def at_once(ledger, *steps):
    """Take steps in one long batch."""
    with ledger.together():
        for step in steps:
            step()


def lawful(ledger):
    """Do a little of everything, so that there is something to lose."""
    trade(ledger, 0, 2, 300)
    ledger.post(invests(ledger, 20), buys(ledger, 30))


@pytest.mark.parametrize("leg", [invests, buys, charges])
def test_an_overdraft_leaves_no_trace(leg):
    ledger = accounts()
    lawful(ledger)
    before = trace(ledger)
    with pytest.raises(LedgerError, match=OVERDRAWN):
        ledger.post(leg(ledger, 10_000))
    assert trace(ledger) == before
    with pytest.raises(LedgerError, match=OVERDRAWN):
        ledger.post(invests(ledger, 50), buys(ledger, 60), leg(ledger, 10_000))
    assert trace(ledger) == before
    with pytest.raises(LedgerError, match="not declared"):
        ledger.post(invests(ledger, 50), Leg("bribe", "enterprise", rows([0]), "outside", None,
                                             rows([1])))  # fmt: skip
    assert trace(ledger) == before
    ledger.post(invests(ledger, 50), buys(ledger, 60))
    assert trace(ledger) != before


@pytest.mark.parametrize("leg", [invests, buys, charges])
def test_an_overdraft_at_the_end_of_a_long_batch_takes_all_of_it_back(leg):
    ledger = accounts()
    lawful(ledger)
    before = trace(ledger)
    too_much = buys(ledger, 60), leg(ledger, 10_000), buys(ledger, 5)
    with pytest.raises(LedgerError, match=OVERDRAWN):
        at_once(ledger, *(partial(ledger.post, each) for each in too_much))
    assert trace(ledger) == before
    trade(ledger, 0, 1, 5)
    assert ledger.tables["enterprise"].cash.tolist() == [665, 994, 1320]


def test_any_error_inside_a_long_batch_takes_all_of_it_back():
    ledger = accounts()
    lawful(ledger)
    before = trace(ledger)
    with pytest.raises(KeyError):
        at_once(ledger, lambda: trade(ledger, 0, 1, 5), lambda: {}["a phase that fails"])
    assert trace(ledger) == before
    with pytest.raises(LedgerError, match="negative amount"):
        at_once(ledger, lambda: trade(ledger, 0, 1, 5000), lambda: trade(ledger, 0, 1, -1))
    assert trace(ledger) == before
    # Booked in part when numpy stops it: there is no row 99.
    with pytest.raises(IndexError), ledger.together():
        trade(ledger, 0, 99, 5)
    assert trace(ledger) == before
    with pytest.raises(LedgerError, match=OVERDRAWN):
        trade(ledger, 0, 1, 5000)
    assert trace(ledger) == before


def test_a_refusal_that_is_caught_inside_takes_back_nothing_else():
    ledger, twin = accounts(), accounts()
    with ledger.together():
        trade(ledger, 0, 1, 5)
        with pytest.raises(LedgerError, match="negative amount"):
            trade(ledger, 0, 1, -1)
    trade(twin, 0, 1, 5)
    assert trace(ledger) == trace(twin)


def test_a_batch_inside_a_batch_is_a_part_of_it():
    ledger = accounts()
    before = trace(ledger)
    with ledger.together():
        with ledger.together():
            trade(ledger, 0, 1, 1500)
        trade(ledger, 1, 0, 600)
    assert ledger.tables["enterprise"].cash.tolist() == [100, 1900, 1000]
    ledger = accounts()
    inner = partial(at_once, ledger, lambda: trade(ledger, 0, 1, 1500))
    with pytest.raises(LedgerError, match=OVERDRAWN):
        at_once(ledger, lambda: trade(ledger, 0, 1, 10), inner)
    assert trace(ledger) == before


def test_rows_that_entered_during_a_refused_batch_hold_nothing():
    ledger = accounts()
    firms, before = ledger.tables["enterprise"], trace(ledger)
    with pytest.raises(LedgerError, match=OVERDRAWN):
        at_once(ledger, lambda: trade(ledger, 0, 1, 5), lambda: firms.append(100),
                lambda: trade(ledger, 0, 102, 5000))  # fmt: skip
    assert firms.cash.tolist() == [1000, 1000, 1000] + [0] * 100
    assert firms.net_worth.tolist() == [1000, 1000, 1000] + [0] * 100
    assert trace(ledger)[1:] == before[1:]


payments = st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 900))


@pytest.mark.property
@settings(max_examples=100)
@given(st.lists(st.tuples(st.lists(payments, min_size=1, max_size=6), st.booleans()), max_size=8))
def test_refused_batches_among_others_are_as_if_never_tried(batches):
    ledger, twin = accounts(5), accounts(5)
    for batch, is_long in batches:
        legs = [Leg("trade_cash", "enterprise", rows([a]), "enterprise", rows([b]), rows([fen]))
                for a, b, fen in batch]  # fmt: skip
        change = np.zeros(5, dtype=np.int64)
        for a, b, fen in batch:
            change[a] -= fen
            change[b] += fen
        payers = [a for a, _, fen in batch if fen]
        fails = (twin.tables["enterprise"].cash + change)[payers].min(initial=0) < 0
        try:
            if is_long:
                with ledger.together():
                    for leg in legs:
                        ledger.post(leg)
            else:
                ledger.post(*legs)
        except LedgerError:
            assert fails
        else:
            assert not fails
            twin.post(*legs)
        assert trace(ledger) == trace(twin)


def test_a_world_goes_on_as_if_a_refused_batch_had_never_been_tried():
    base, tried = (run(small(40), 2) for _ in range(2))
    world = tried.world
    rich = int(world.enterprises.cash.argmax())
    with pytest.raises(LedgerError, match=OVERDRAWN):
        world.ledger.pay("owner_draw", "enterprise", rows([rich, 0]), "outside", None,
                         world.enterprises.cash[[rich, 0]] + 1)  # fmt: skip
    audit_now(world)
    for model in (base, tried):
        model.run_model()
    assert differing(state(base), state(tried)) == []
