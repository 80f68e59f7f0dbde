"""Factoring in whole economies: who may, books that balance, nothing changed without it."""

import numpy as np
import pytest

from analysis.audit import audit_frames
from sim.scenario import ScenarioError
from tests.accounts.test_external_audit import tables_of
from tests.worlds import CORE, FACTORING, SHOCKS, audit_now, differing, run, small, state
from tests.worlds import watch_phases as watch

SLUMP = {"core": SHOCKS["core"]}


def struck(**fields):
    credit = {"providers": {"bank": {"factoring": {"at": {1: True}}}}}
    return small(200, parameters=CORE, shocks=SLUMP, credit=credit, **fields)


# ------------------------------------------------------------ books
@pytest.mark.parametrize("off", [[], ["funding"], ["trade"], ["funding", "trade"]])
def test_the_books_balance_where_core_firms_fail_on_sold_receivables(off, monkeypatch):
    seen = {"sold": 0.0, "bad": 0, "lost": 0.0, "covered": 0}

    def look(world, phase):
        audit_now(world)
        if phase == "close_books":
            book, tally = world.receivables, world.desk.tally
            assert (book.amount[book.is_open] > 0).all()
            assert not (book.provision[~book.is_bad]).any()
            seen["sold"] += tally.get("factored_face", 0.0)
            seen["bad"] += int(book.is_bad.sum())
            seen["lost"] += tally.get("factoring_loss", 0.0)
            seen["covered"] += world.desk.cover.get("funding", 0)

    watch(monkeypatch, look)
    run(struck(channels=dict.fromkeys(off, False)))
    assert seen["sold"] > 0
    assert seen["bad"] > 0
    assert (seen["lost"] > 0) == ("funding" not in off)
    assert (seen["covered"] > 0) == ("funding" in off)


@pytest.mark.parametrize("off", [[], ["funding"]])
def test_a_reader_can_rebuild_the_balances(off):
    tables = tables_of(struck(channels=dict.fromkeys(off, False)))
    assert {"receivable_sale", "receivable_discount"} <= set(tables["flows"]["flow"])
    assert audit_frames(**tables).empty


def test_a_sold_receivable_is_paid_in_the_month_it_would_have_been_due():
    model = run(small(200, parameters=CORE, credit=FACTORING), 0)
    left = {}
    while model.month < 12:
        model.step()
        book = model.world.receivables
        for serial, months, bought in zip(book.serial, book.months_left, book.bought, strict=True):
            agreed = left.setdefault(int(serial), int(months + model.month))
            assert agreed == months + model.month
            assert bought < agreed
        on_time = ~book.is_bad & (model.world.enterprises.months_late[book.buyer] == 0)
        assert (book.months_left[on_time & book.is_open] > 0).all()
    assert left


# ------------------------------------------------------------ who may
def test_without_core_firms_the_switch_changes_not_a_bit():
    base = small(90, parameters={**CORE, "enterprise": {"arrears_months": 1}})
    assert differing(state(run(base)), state(run(base.but({"credit": FACTORING})))) == []


def test_where_nobody_lends_nobody_sells():
    nobody = {"banks": 0, "micro_lenders": 0, "platforms": 0}
    model = run(small(200, parameters=CORE, credit=FACTORING, population=nobody), 2)
    assert not model.world.receivables.n


def test_factoring_from_a_month_on_changes_nothing_before_it():
    base = small(200, parameters=CORE, shocks=SLUMP)
    later = base.but({"credit.providers.bank.factoring": {"at": {5: True}}})
    assert differing(state(run(base, 4)), state(run(later, 4))) == []
    assert not run(base).world.receivables.next_serial
    assert run(later).world.receivables.next_serial


def test_who_can_verify_invoices_buys_them_unless_told_not_to():
    private = small()
    assert private.policy(1).factors == ()
    verified = {"credit": {"sources": {"logistics": True}}}
    assert private.but(verified).policy(1).factors == ("bank",)
    verified["credit"]["providers"] = {"bank": {"factoring": False}}
    assert private.but(verified).policy(1).factors == ()
    core = small(200, parameters=CORE, credit={"sources": {"logistics": True}})
    assert run(core, 6).world.receivables.next_serial > 0


@pytest.mark.parametrize(("name", "value", "answer"), [
    ("platform", True, "only bank can buy receivables"),
    ("bank", "yes", "factoring: .*true or false"),
])  # fmt: skip
def test_a_wrong_switch_is_refused_in_a_line(name, value, answer):
    with pytest.raises(ScenarioError, match=answer):
        small(credit={"providers": {name: {"factoring": value}}})


# ------------------------------------------------------------ metrics
def test_metrics_tell_what_was_sold_at_which_price_and_who_failed():
    model = run(struck(), 0)
    failed, supplied = 0.0, 0.0
    while model.month < 12:
        model.step()
        world, macro = model.world, {k: float(v[0]) for k, v in model.records()["macro"].items()}
        new = np.flatnonzero(world.receivables.bought == world.month)
        face = world.receivables.amount[new].sum() / 100
        assert macro["new_factored_receivables"] == pytest.approx(face)
        assert macro["factored_receivables"] == world.receivables.amount.sum() / 100
        assert np.isnan(macro["factoring_rate"]) == (face == 0)
        if face:
            # Never below funding, cost and margin; PD x LGD on top.
            assert macro["factoring_rate"] > model.scenario.parameters.bank.price_base
        failed += macro["core_defaults"]
        supplied += macro["core_supplier_defaults"]
        assert macro["core_supplier_defaults"] <= macro["defaults"] - macro["core_defaults"]
        assert macro["core_suppliers"] <= macro["firms_alive"]
    ended = world.enterprises.ended
    in_policy = world.enterprises.is_core & (ended >= 1) & (ended <= 12)
    assert failed == np.count_nonzero(in_policy & ~world.enterprises.is_voluntary) > 0
    assert supplied > 0


def test_a_slump_of_core_firms_strikes_nobody_else_at_first():
    base = small(200, parameters=CORE)
    before, after = (run(s, 3).world.enterprises for s in (base, base.but({"shocks": SLUMP})))
    core = before.is_core
    assert core.any()
    assert (after.revenue[~core] == before.revenue[~core]).all(), "orders follow last month's plan"
    mine = core & before.alive & (before.revenue > 0)
    assert after.revenue[mine].sum() < 0.7 * before.revenue[mine].sum()
