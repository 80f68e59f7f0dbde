"""Planned fraud and tempted owners in small economies: signs that hold by construction."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.channels import CHANNELS
from tests.worlds import FRAUD, STRESS, audit_now, differing, run, small, state, watch_phases

# Owners who wait a while, of firms and platforms that would last without them.
SOUND = {"platform": {**FRAUD["platform"], "fixed_cost": 100.0, "opening_months": 3,
                      "temptation_share": 0.3, "franchise_months": 8, "owner_detection": 0.8,
                      "fake_months": 3, "skim_share": 0.3}}  # fmt: skip
PEOPLE = {"investors": 80, "platforms": 10}


POOLS = {"platform": {**SOUND["platform"], "pooling_share": 1.0, "notice_months": 1}}


def economy(parameters=FRAUD, **fields):
    return small(40, population=PEOPLE, parameters=parameters, **fields)


def bounded(monkeypatch):
    """Watch owners take at most own cash and client money outside custody; count who runs."""
    seen = {"own": 0, "clients": 0, "runs": 0}

    def look(world, phase):
        if phase in ("open_books", "strike_shocks"):
            return
        table = world.platforms
        custody = world.limits["custody"][world.first_number("platform") :]
        held = np.zeros(table.n, dtype=bool)
        held[: len(custody)] = custody
        if phase == "move_savings":
            seen["before"] = table.taken.copy(), table.cash.copy(), table.client_cash.copy()
        if phase == "resolve_failures":
            taken, own, clients = seen["before"]
            most = own + np.where(held, 0, clients)
            gone = table.taken - taken
            assert (gone <= most).all()
            assert not gone[table.ended != world.month].any()
            seen["runs"] += int((gone > 0).sum())
            # What clients are owed in custody is there, to the fen, also after the end.
            seen["held"] = seen.get("held", 0) + int(table.client_cash[held].sum())
        if phase == "adapt" and custody.all() and len(custody):
            assert not table.misused.any()
        audit_now(world)

    watch_phases(monkeypatch, look)
    return seen


@pytest.mark.property
@settings(max_examples=5)
@given(st.booleans(), st.floats(0.0, 1.0), st.sampled_from([0.0, 0.5, 1.0]), st.integers(0, 9999))
def test_owners_take_at_most_own_cash_and_money_outside_custody(custody, plans, pools, seed):
    p = {**FRAUD, "platform": {**FRAUD["platform"], "fraud_share": plans, "pooling_share": pools}}
    supervision = {"custody": {}} if custody else {}
    with pytest.MonkeyPatch.context() as patch:
        bounded(patch)
        run(economy(p, supervision=supervision, time={"months": 6, "burn_in": 2}), seed=seed)


@pytest.fixture(scope="module")
def frauds():
    """A run with fraud: month by month the metrics, and the model at its end."""
    model = run(economy(SOUND, time={"months": 24, "burn_in": 2}), 0)
    found = []
    while model.month < 24:
        model.step()
        found.append({name: float(v[0]) for name, v in model.records()["macro"].items()})
    return found, model


def total(found, name):
    return float(np.nansum([month[name] for month in found]))


def test_frauds_misuse_run_and_leave_losses_of_which_some_come_back(frauds):
    found, _ = frauds
    for name in ("misused", "fraud_taken", "fraud_loss", "fraud_recovered", "exits_absconding"):
        assert total(found, name) > 0, name
    assert total(found, "fraud_recovered") < total(found, "fraud_loss")
    assert 0 < found[-1]["fraud_recovered_share"] < 1
    assert max(month["misused_share"] for month in found) > 0.01


LOSSES = ("investor_loss", "pool_loss", "fraud_loss", "theft_loss", "balance_loss")


def test_losses_of_savers_are_counted_once_on_notes_and_on_pools(frauds):
    """Each month the parts add up; over all, a pool's savers lose what was missing when fraud ended
    it, or what is written off in the end, whichever is more, and never both."""
    soon = {"platform": {**POOLS["platform"], "recovery_months": 4},
            "enterprise": {"estate_months": 4}}  # fmt: skip
    model = run(economy(soon, time={"months": 36, "burn_in": 0}), 0)
    table, pools, written_off = model.world.platforms, [], np.zeros(200)
    while model.month < 36:
        model.step()
        tally = model.world.desk.tally
        written_off[: table.n] += table.saver_loss
        month = {name: float(v[0]) for name, v in model.records()["macro"].items()}
        pools.append({**month, "theft_loss": tally.get("theft_loss", 0.0) / 100.0})
    for month in (*frauds[0], *pools):
        parts = sum(month.get(name, 0.0) for name in LOSSES)
        assert month["saver_losses"] == pytest.approx(parts)
    by_fraud = np.isin(table.exit_mode, (3, 4))
    known = np.where(by_fraud, np.floor(table.opened_loss), 0.0)
    assert (known * written_off[: table.n]).any(), "counted at the end, and written off later"
    lost = np.maximum(known, written_off[: table.n]).sum() / 100.0
    assert total(pools, "saver_losses") == pytest.approx(lost)
    assert total(pools, "pool_loss") + total(pools, "fraud_loss") == pytest.approx(lost)


def test_the_table_of_platforms_gives_life_spans(frauds):
    found, model = frauds
    table = model.final_records()["platforms"]
    ran = table["exit_mode"] == 3
    in_policy = ran & (table["ended"] >= 1)
    assert in_policy.sum() == total(found, "exits_absconding")
    assert np.isnan(table["ended"][~ran & (table["claims_left"] == 0)]).any()
    life = (table["ended"] - table["born"])[in_policy]
    assert (life >= 1).all()
    weights = [m["exits_absconding"] for m in found]
    means = [m["fraud_life"] for m in found]
    assert np.nansum(np.multiply(weights, means)) == pytest.approx(life.sum())


def test_a_planned_fraud_pays_until_what_falls_due_exceeds_its_cash(monkeypatch):
    """No owner is tempted: a fraud ends by running as soon as, and not before, it is short."""
    seen = {"short": 0, "paid": 0}

    def look(world, phase):
        table = world.platforms
        if phase == "settle":
            seen["is_short"] = table.is_short.copy()
            seen["paid"] += world.ledger.flows.get(
                ("fake_note_pay", "payment", "cash", "platform", "platform", "cash>client_cash"), 0
            )
        if phase == "resolve_failures":
            ran = (table.exit_mode == 3) & (table.ended == world.month)
            assert (ran == seen["is_short"]).all()
            seen["short"] += int(ran.sum())

    watch_phases(monkeypatch, look)
    platform = {**SOUND["platform"], "temptation_share": 0.0, "opening_months": 120,
                "skim_share": 0.6}  # fmt: skip
    run(economy({"platform": platform}, time={"months": 13, "burn_in": 2}))
    assert seen["short"] > 1
    assert seen["paid"] > 0


def test_a_pool_that_hides_what_was_taken_is_found_by_an_inspector():
    looks = {"inspection": {"rate": 1.0, "skill": 1.0, "error": 0.0}}
    plain = economy(POOLS, supervision=looks, time={"months": 4, "burn_in": 0})
    model, found = run(plain, 0), 0
    while model.month < 4:
        model.step()
        found += model.world.desk.tally["frauds_found"]
    table = model.world.platforms
    assert found == (table.exit_mode == 4).sum() > 0
    assert not table.pool_misused[table.exit_mode == 0][table.born[table.exit_mode == 0] < 3].any()


def test_with_custody_nothing_of_clients_is_taken(monkeypatch):
    seen = bounded(monkeypatch)
    run(economy(SOUND, supervision={"custody": {}}, time={"months": 8, "burn_in": 0}), 0)
    model = run(economy(SOUND, supervision={"custody": {}}, time={"months": 8, "burn_in": 0}))
    assert seen["held"] > 0
    assert not model.world.fraud_claims.n
    assert not model.world.platforms.claims_left.any()


def test_custody_changes_nothing_before_its_month_and_something_after():
    plain = economy(SOUND, time={"months": 6, "burn_in": 2})
    dated = plain.but({"supervision": {"custody": {"at": {4: {}}}}})
    assert differing(state(run(plain, 3, seed=2)), state(run(dated, 3, seed=2))) == []
    assert differing(state(run(plain, 5, seed=2)), state(run(dated, 5, seed=2)))


def test_custody_keeps_what_pools_have_not_lent():
    free, kept = (run(economy(POOLS, time={"months": 8}, supervision=rules)).world.platforms
                  for rules in ({}, {"custody": {}}))  # fmt: skip
    assert free.pool_misused.sum() + free.taken.sum() > 0
    assert not kept.pool_misused.any()


def test_without_dishonest_owners_custody_and_all_parameters_of_fraud_change_nothing():
    terms = {k: v for k, v in FRAUD["platform"].items()
             if k not in ("fraud_share", "temptation_share", "fixed_cost")}  # fmt: skip
    plain = state(run(economy({}), 4))
    other = economy({"platform": terms}, supervision={"custody": {}})
    assert differing(plain, state(run(other, 4))) == []


@pytest.mark.parametrize(("owners", "claim"), [(SOUND, "fake_notes"), (POOLS, "pool_claims")])
def test_with_all_channels_off_fraud_leaves_no_memory_and_savers_are_covered(
    owners, claim, monkeypatch
):
    seen = {"cover": 0, "runs": 0}

    def look(world, phase):
        if phase == "close_books":
            assert not world.impairments.keys.size
            seen["runs"] += world.desk.tally.get("abscondings", 0)
            for lost in ("fraud_loss", "fraud_loss_pools", "pool_loss"):
                assert not world.desk.tally.get(lost)
            for (flow, kind, instrument, *_), fen in world.ledger.flows.items():
                if (flow, kind, instrument) == ("cover_pay", "entry", claim):
                    seen["cover"] += abs(fen)

    watch_phases(monkeypatch, look)
    off = dict.fromkeys(CHANNELS, False)
    poor = {**STRESS, "enterprise": {**STRESS["enterprise"], "estate_months": 4}}
    run(economy({**poor, **owners}, channels=off, time={"months": 18, "burn_in": 0}))
    assert seen["runs"] > 0
    assert seen["cover"] > 0
