"""Inspection, alarms and police cases in small economies: signs that hold by construction."""

import numpy as np
import pytest

from sim.policing import alarm_chance
from tests.limits.test_fraud_at_work import SOUND, economy
from tests.worlds import audit_now, differing, run, state, watch_phases

# Frauds that would last, so that somebody else must end them.
LASTING = {"platform": {**SOUND["platform"], "opening_months": 99, "skim_share": 0.02,
                        "fake_months": 12}}  # fmt: skip
TIME = {"months": 12, "burn_in": 2}


def followed(parameters=LASTING, look=None, **supervision):
    """Sum the tallies of policy months."""
    total = {}
    model = run(economy(parameters, supervision=supervision, time=TIME), 0)
    while model.month < 12:
        model.step()
        if look:
            look(model.world)
        for name, value in model.world.desk.tally.items():
            total[name] = total.get(name, 0.0) + value
    return total, model


@pytest.fixture(scope="module")
def strict():
    """Everybody is inspected every month, without mistakes."""
    ends = []

    def look(world):
        audit_now(world)
        table = world.platforms
        ends.extend(np.flatnonzero((table.exit_mode == 4) & (table.ended == world.month)))
        held = world.fraud_claims
        living = held.is_open & ~held.is_exposed
        # Fake notes of a month are found at the next: no living platform has older ones.
        assert (held.matures[living] - 12 >= world.month - 1).all()

    total, model = followed(look=look, inspection={"rate": 1.0, "skill": 1.0, "error": 0.0})
    return total, model, ends


def test_frauds_that_are_found_end_as_police_cases_with_all_assets_frozen(strict):
    total, model, ends = strict
    assert len(ends) == total["frauds_found"] > 0
    assert not total["false_alarms"]
    table = model.world.platforms
    assert (table.ended[ends] > 0).all()
    assert (table.claims_left[ends] > 0).all()
    # Before they were found their owners could only skim.
    assert table.taken[ends].sum() < 0.1 * table.claims_left[ends].sum()
    assert table.claims_paid[ends].sum() > 0


def test_what_the_police_return_is_never_more_than_was_taken(strict):
    _, model, _ = strict
    assert model.world.ledger.tables["platform"].n
    total, _ = followed(SOUND)
    assert 0 < total["police_recovery"] <= total["fraud_taken"]


def test_an_inspector_without_skill_finds_nothing_and_suspects_innocents():
    seen = []

    def look(world):
        table = world.platforms
        rows = np.flatnonzero(table.is_suspect)
        seen.extend(rows)
        loans = world.loans
        matched = loans.provider >= world.first_number("platform")
        lent = loans.holder_row[matched & (loans.granted == world.month)]
        assert not np.isin(rows, lent).any(), "frozen platforms lend nothing"

    total, _ = followed(look=look, inspection={"rate": 1.0, "skill": 0.0, "error": 0.5})
    assert total["false_alarms"] == len(seen) > 0
    assert not total["frauds_found"]


def test_inspections_stop_where_the_budget_ends():
    poor = {**LASTING, "regulator": {"budget": 25_000.0, "registration_cost": 0.0}}
    total, _ = followed(poor, inspection={"rate": 1.0, "cost": 10_000.0})
    assert total["inspections"] == 2 * 12
    assert total["supervision_cost"] == 2 * 12 * 10_000 * 100


def test_complaints_bring_the_police():
    base, weight = np.full(3, 0.1), np.array([0.0, 5.0, 5.0])
    chance = alarm_chance(base, weight, np.array([1.0, 0.0, 0.2]))
    assert chance == pytest.approx([0.1, 0.1, 1 - 0.9 * np.exp(-1.0)])


def test_what_is_frozen_in_time_owners_do_not_get(monkeypatch):
    seen = {"runs": 0}

    def look(world, phase):
        table = world.platforms
        if phase == "move_savings":
            seen["before"] = table.taken.copy(), table.cash + table.client_cash
        if phase == "resolve_failures":
            taken, there = seen["before"]
            gone = table.taken - taken
            ran = gone > 0
            seen["runs"] += int(ran.sum())
            assert (gone[ran] <= there[ran] // 4 + 1).all()
            assert (gone[ran] >= there[ran] // 4 - 1).all()

    watch_phases(monkeypatch, look)
    frozen = {"rate": 0.0, "weight": 0.0, "frozen": 0.75}
    run(economy(SOUND, supervision={"alarm_channel": frozen}, time={"months": 9, "burn_in": 0}))
    assert seen["runs"] > 0


def test_dated_inspection_and_alarms_change_nothing_before_their_month_and_something_after():
    plain = economy(SOUND, time={"months": 6, "burn_in": 2})
    at = {4: {"rate": 1.0, "error": 1.0}}
    dated = plain.but({"supervision": {"inspection": {"at": at}, "alarm_channel": {"at": at}}})
    assert differing(state(run(plain, 3)), state(run(dated, 3))) == []
    assert differing(state(run(plain, 4)), state(run(dated, 4)))


def test_looking_without_finding_costs_money_and_changes_no_platform():
    plain = economy({}, time={"months": 4, "burn_in": 1})
    looks = {"inspection": {"rate": 1.0, "error": 0.0}, "alarm_channel": {"error": 0.0}}
    one, other = run(plain), run(plain.but({"supervision": looks}))
    memo = ("regulator.budget_left", "outside.cash", "platform.complaints")
    assert set(differing(state(one), state(other))) <= set(memo)
    assert other.world.desk.tally["supervision_cost"] > one.world.desk.tally["supervision_cost"]
