"""The one writer of money: what it books, what it refuses, what it leaves as it was."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents.enterprise import Enterprise
from sim.agents.platform import Platform
from sim.agents.regulator import Outside
from sim.chart import CHART, SECTORS, flows_of
from sim.contracts.links import AGES, Link
from sim.ledger import AuditError, Claim, Ledger, LedgerError, Leg, Move, Position, Worth
from sim.table import Book, Table

rows = np.array
NOBODY = np.empty(0, dtype=np.int64)


def accounts(firms=3, platforms=2):
    """A ledger of a few firms and platforms, 1000 fen each, and a book of links."""
    tables = {
        "outside": Table(Outside),
        "enterprise": Table(Enterprise),
        "platform": Table(Platform),
    }
    ledger = Ledger(tables)
    for name, count in (("outside", 1), ("enterprise", firms), ("platform", platforms)):
        tables[name].append(count)
    ledger.register("enterprise", tables["enterprise"])
    ledger.register("links", Book(Link))
    for name, count in (("enterprise", firms), ("platform", platforms)):
        money = np.full(count, 1000, dtype=np.int64)
        ledger.pay("endowment", "outside", None, name, np.arange(count), money)
    ledger.open_month()
    return ledger


def cash(ledger, sector="enterprise"):
    return ledger.tables[sector].cash.tolist()


def worth(ledger, sector="enterprise"):
    return ledger.tables[sector].net_worth.tolist()


def trade(ledger, payer, receiver, fen):
    ledger.pay(
        "trade_cash", "enterprise", rows([payer]), "enterprise", rows([receiver]), rows([fen])
    )


def test_income_moves_cash_and_net_worth_and_is_recorded():
    ledger = accounts()
    trade(ledger, 0, 2, 300)
    assert cash(ledger) == worth(ledger) == [700, 1000, 1300]
    key = ("trade_cash", "payment", "cash", "enterprise", "enterprise", "cash>cash")
    assert ledger.flows == {key: 300}


def test_a_claim_payment_swaps_cash_for_an_asset():
    ledger, firms = accounts(), None
    firms = ledger.tables["enterprise"]
    ledger.pay(
        "invest",
        "enterprise",
        rows([1]),
        "outside",
        None,
        rows([400]),
        Claim("fixed_assets", firms, "fixed_assets", rows([1]), rows([400]), "", "enterprise"),
    )
    assert cash(ledger) == [1000, 600, 1000]
    assert worth(ledger) == [1000, 1000, 1000]
    assert firms.fixed_assets.tolist() == [0, 400, 0]
    assert ledger.changes == {("enterprise", "fixed_assets"): 400}
    every = np.arange(3)
    ledger.audit(
        [Position("fixed_assets", "", None, "enterprise", every, firms.fixed_assets)],
        {"enterprise": np.ones(3, dtype=bool)},
    )


def test_an_entry_moves_no_cash():
    ledger = accounts()
    firms = ledger.tables["enterprise"]
    ledger.enter(
        "operating_arrears_grant",
        "enterprise",
        rows([0]),
        "outside",
        None,
        rows([50]),
        Claim(
            "operating_arrears",
            firms,
            "operating_arrears",
            rows([0]),
            rows([50]),
            "enterprise",
            "outside",
        ),
    )
    assert cash(ledger) == [1000, 1000, 1000]
    assert worth(ledger) == [950, 1000, 1000]


def test_repeated_rows_add_up_on_both_sides():
    ledger = accounts()
    ledger.pay(
        "trade_cash", "enterprise", rows([0, 0, 1]), "enterprise", rows([2, 2, 2]), rows([1, 2, 4])
    )
    assert cash(ledger) == [997, 996, 1007]


@pytest.mark.property
@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 199), st.integers(0, 199), st.integers(0, 3)), max_size=300)
)
def test_many_payments_at_once_are_the_same_as_one_by_one(payments):
    at_once, in_turn = accounts(200), accounts(200)
    payer, receiver, fen = np.array(payments, dtype=np.int64).reshape(-1, 3).T.copy()
    at_once.pay("trade_cash", "enterprise", payer, "enterprise", receiver, fen)
    for one in payments:
        trade(in_turn, *one)
    assert cash(at_once) == cash(in_turn) == worth(in_turn)
    assert at_once.flows == in_turn.flows
    assert sum(cash(at_once)) == 200_000


# ------------------------------------------------------------ refusals
@pytest.mark.parametrize(
    ("leg", "said"),
    [
        (("bribe", "enterprise", "outside"), "not declared in the chart"),
        (("trade_cash", "enterprise", "platform"), "not declared in the chart"),
        (("trade_cash", "platform", "enterprise"), "not declared in the chart"),
        (("final_sales", "enterprise", "outside"), "not declared in the chart"),
    ],
)
def test_undeclared_flows_and_pairs_are_refused(leg, said):
    ledger = accounts()
    flow, payer, receiver = leg
    with pytest.raises(LedgerError, match=said):
        ledger.pay(flow, payer, rows([0]), receiver, rows([0]), rows([1]))
    assert not ledger.flows


def test_amounts_below_zero_or_not_whole_fen_are_refused():
    ledger = accounts()
    with pytest.raises(LedgerError, match="negative amount -1"):
        trade(ledger, 0, 1, -1)
    with pytest.raises(LedgerError, match="float64, not whole fen"):
        trade(ledger, 0, 1, 1.0)
    with pytest.raises(LedgerError, match="int32, not whole fen"):
        ledger.pay(
            "trade_cash",
            "enterprise",
            rows([0]),
            "enterprise",
            rows([1]),
            rows([1], dtype=np.int32),
        )
    assert cash(ledger) == [1000, 1000, 1000]


def test_an_instrument_the_flow_has_nothing_to_do_with_is_refused():
    ledger = accounts()
    firms = ledger.tables["enterprise"]
    claim = Claim(
        "operating_arrears",
        firms,
        "operating_arrears",
        rows([0]),
        rows([1]),
        "enterprise",
        "outside",
    )
    with pytest.raises(LedgerError, match="may not change operating_arrears"):
        ledger.pay("trade_cash", "enterprise", rows([0]), "enterprise", rows([1]), rows([1]), claim)


def test_net_worth_of_third_parties_only_where_declared():
    ledger = accounts()
    with pytest.raises(LedgerError, match="net worth follows from the chart"):
        ledger.pay(
            "trade_cash",
            "enterprise",
            rows([0]),
            "enterprise",
            rows([1]),
            rows([1]),
            worth=(Worth("platform", rows([0]), rows([1])),),
        )


def test_an_overdraft_is_refused_and_names_the_party():
    ledger = accounts()
    with pytest.raises(LedgerError, match="enterprise 1 would be overdrawn on cash by 1 fen"):
        trade(ledger, 1, 0, 1001)


def test_outside_may_be_overdrawn():
    ledger = accounts()
    ledger.pay("final_sales", "outside", None, "enterprise", rows([0]), rows([10**12]))
    assert cash(ledger, "outside") == [-5000 - 10**12]


def test_one_batch_may_spend_what_it_receives():
    ledger = accounts()
    legs = [
        Leg("trade_cash", "enterprise", rows([a]), "enterprise", rows([b]), rows([fen]))
        for a, b, fen in ((0, 1, 1500), (2, 0, 600))
    ]
    ledger.post(*legs)
    assert cash(ledger) == [100, 2500, 400]
    apart = accounts()
    with pytest.raises(LedgerError, match="overdrawn"):
        apart.post(legs[0])


def test_together_looks_for_overdrafts_at_its_end_only():
    ledger = accounts()
    with ledger.together():
        trade(ledger, 0, 1, 1500)
        trade(ledger, 2, 0, 600)
    assert cash(ledger) == [100, 2500, 400]
    with pytest.raises(LedgerError, match="enterprise 0 would be overdrawn"), ledger.together():
        trade(ledger, 0, 1, 200)
    with pytest.raises(LedgerError, match="enterprise 2 would be overdrawn"):
        trade(ledger, 2, 1, 10_000)


def test_nothing_is_recorded_of_nothing():
    ledger = accounts()
    trade(ledger, 0, 1, 0)
    ledger.pay("trade_cash", "enterprise", NOBODY, "enterprise", NOBODY, NOBODY)
    assert ledger.flows == {}


# ------------------------------------------------------------ platforms' accounts
def test_a_platform_pays_from_the_account_that_is_named():
    ledger = accounts()
    platforms = ledger.tables["platform"]
    move = {"payer_account": "cash", "receiver_account": "reserve_cash"}
    ledger.pay("reserve_fill", "platform", rows([0]), "platform", rows([0]), rows([30]), **move)
    assert (cash(ledger, "platform"), platforms.reserve_cash.tolist()) == ([970, 1000], [30, 0])
    assert worth(ledger, "platform") == [1000, 1000]
    assert ledger.sector_cash("platform") == 2000
    with pytest.raises(LedgerError, match="platform 1 would be overdrawn on reserve_cash by 1 fen"):
        ledger.pay(
            "estate_residual",
            "platform",
            rows([1]),
            "outside",
            None,
            rows([1]),
            payer_account="reserve_cash",
        )


# ------------------------------------------------------------ claims that move and age
def test_a_move_changes_the_holder_and_nothing_else():
    ledger = accounts()
    ledger.pay(
        "cover_pay",
        "outside",
        None,
        "enterprise",
        rows([0]),
        rows([40]),
        Move("payables", 40, "enterprise", "enterprise", "outside"),
    )
    entries = {k[4]: fen for k, fen in ledger.flows.items() if k[1] == "entry"}
    assert entries == {"enterprise": -40, "outside": 40}
    assert worth(ledger) == [1000, 1000, 1000]
    assert ledger.changes == {}


@pytest.mark.property
@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(0, 10**12), min_size=5, max_size=5), min_size=1, max_size=6))
def test_ageing_shifts_every_column_by_one_and_keeps_the_sum(owed):
    ledger = accounts()
    links = ledger.books["links"][0]
    links.append(len(owed), {})
    for name, values in zip(AGES, zip(*owed, strict=True), strict=True):
        links._writable(name)[:] = values
    ledger.open_month()
    ledger.shift(links, AGES)
    for row, (due, *to_come) in enumerate(owed):
        found = [int(links.column(name)[row]) for name in AGES]
        assert found == [due + to_come[0], *to_come[1:], 0]
    ledger._audit_books()
    links._writable("due")[0] += 1
    with pytest.raises(AuditError, match=r"audit line 2.*links.due is off by 1 fen"):
        ledger._audit_books()


# ------------------------------------------------------------ copies, views, chart
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_keeps_its_own_books(copied):
    ledger = accounts()
    other = copied(ledger)
    firms = other.tables["enterprise"]
    other.pay(
        "invest",
        "enterprise",
        rows([1]),
        "outside",
        None,
        rows([400]),
        Claim("fixed_assets", firms, "fixed_assets", rows([1]), rows([400]), "", "enterprise"),
    )
    assert other.changes == {("enterprise", "fixed_assets"): 400}
    assert cash(ledger) == [1000, 1000, 1000]


def test_money_is_handed_out_read_only():
    ledger = accounts()
    firms = ledger.tables["enterprise"]
    with pytest.raises(ValueError, match="read-only"):
        firms.cash[0] = 5
    with pytest.raises(AttributeError, match="post to the ledger"):
        firms.append(1, {"cash": 5})


def test_every_flow_of_the_chart_is_declared_whole():
    assert len(flows_of("payment")) + len(flows_of("entry")) == len(CHART)
    for flow in CHART.values():
        assert flow.doc
        assert flow.pairs
        assert flow.kind in ("payment", "entry")
        assert flow.worth in ("income", "loss", "claim", "own")
        assert {name for pair in flow.pairs for name in pair} <= set(SECTORS.values())
        # What changes nobody's worth must be a swap, or name the third party itself.
        assert flow.worth in ("income", "own") or flow.instruments
        assert flow.kind == "payment" or flow.instruments
