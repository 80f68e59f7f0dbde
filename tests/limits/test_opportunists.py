"""Opportunists in whole economies: none, kept from it, set free; a sanction is felt at once."""

import numpy as np
import pytest

from sim.channels import CHANNELS
from tests.worlds import WALKING, audit_now, differing, run, small, state, watch_phases

BORROWING = {"population": {"investors": 250, "micro_lenders": 4, "banks": 2}}
TRAITS = ("enterprise.is_opportunist", "enterprise.owner_draw")


def economy(share, **fields):
    own = {"enterprise": {"opportunist_share": share, **fields.pop("enterprise", {})}}
    return small(200, **BORROWING, parameters=own, **fields)


def months(scenario, last, look, before=lambda world: None):
    """Run through a month, `before` changing the world before each and `look` seeing it after."""
    model = run(scenario, -scenario.time.burn_in)
    while model.month < last:
        before(model.world)
        model.step()
        look(model.world)
    return model


def walked(world):
    """Firms that walked away this month, by the events on record."""
    rows = [e["row"][e["cause"] == "strategic"] for e in world.desk.events]
    return set(np.concatenate(rows).tolist()) if rows else set()


# ------------------------------------------------------------ nobody
def test_without_opportunists_owners_and_blacklists_change_nothing():
    base = economy(0.0)
    strict = economy(0.0, enterprise={"draw_horizon": 0, "draw_discount_rate": 2.0},
                     supervision={"blacklist": {"weight": 1.0}})  # fmt: skip
    other = run(strict)
    assert differing(state(run(base)), state(other)) == []
    assert not other.world.desk.bound


def rich(world):
    world.enterprises.owner_draw[:] = 1e15


def test_with_all_credit_behind_the_registry_and_much_to_lose_nobody_walks():
    everyone = {"preset": "registry"}
    kept = months(economy(1.0, credit=everyone), 12, lambda w: None, rich)
    assert kept.world.enterprises.is_opportunist.all()
    honest = run(economy(0.0, credit=everyone))
    assert differing(state(honest, TRAITS), state(kept, TRAITS)) == []


# ------------------------------------------------------------ all who gain
def test_with_nothing_to_lose_all_who_owe_more_than_can_be_seized_walk(monkeypatch):
    count = []

    def look(world, phase):
        firms, p = world.enterprises, scenario.parameters.enterprise
        debt = world.debt_of_firms()
        seizable = firms.cash + p.liquidation_value * firms.fixed_assets
        gains = firms.alive & firms.is_opportunist & (debt > 0) & (debt > seizable)
        if phase == "settle":
            count.append(int(gains.sum()))
        if phase == "allocate_losses":
            assert not gains.any()
            assert len(walked(world)) <= count[-1]

    scenario = economy(0.6, credit={"preset": "registry"}, enterprise={"draw_horizon": 0})
    watch_phases(monkeypatch, look)
    model = run(scenario)
    assert sum(count) > 10
    assert 0.4 < model.world.enterprises.is_opportunist.mean() < 0.8


def test_marks_last_and_a_larger_share_adds_to_them():
    few, many = (run(economy(share), 2).world.enterprises.is_opportunist for share in (0.1, 0.5))
    assert 0 < few.sum() < many.sum()
    assert many[np.flatnonzero(few)].all()


# ------------------------------------------------------------ policy
SANCTIONS = {
    "blacklist": {"supervision": {"blacklist": {"at": {7: {"weight": 1.0}}}}},
    "registry": {"credit": {"preset": {"at": {7: "registry"}}}},
}


@pytest.fixture(scope="module")
def free():
    """States of month 6, and who walks in which month, without any sanction."""
    found = {}
    model = months(economy(1.0), 6, lambda w: found.update({w.month: walked(w)}))
    before = state(model)
    while model.month < 12:
        model.step()
        found[model.month] = walked(model.world)
    return before, found


@pytest.mark.parametrize("name", SANCTIONS)
def test_a_sanction_of_month_7_keeps_owners_from_month_7_on(free, name):
    before, others = free
    found = {}
    model = months(economy(1.0, **SANCTIONS[name]), 6, lambda w: found.update({w.month: walked(w)}))
    assert differing(before, state(model)) == [], "nothing happens before"
    while model.month < 12:
        model.step()
        found[model.month] = walked(model.world)
    assert len(found[7]) < len(others[7]), "felt in its first month"
    if name == "blacklist":  # until losses are allocated month 7 is the same
        assert found[7] < others[7]
        rows = np.concatenate([b[1] for b in model.world.desk.bound])
        assert not set(rows.tolist()) & found[12]
    assert sum(len(found[m]) for m in range(7, 13)) < sum(len(others[m]) for m in range(7, 13))


# ------------------------------------------------------------ accounts and causes
@pytest.mark.parametrize("off", [(), CHANNELS], ids=["on", "off"])
def test_under_stress_the_books_balance_and_who_walks_is_nobodys_victim(monkeypatch, off):
    seen, walks = set(), 0
    scenario = small(120, parameters=WALKING, channels=dict.fromkeys(off, False),
                     supervision={"blacklist": {"weight": 0.3, "kinds": ["platform"]}})  # fmt: skip
    watch_phases(monkeypatch, lambda world, phase: audit_now(world))

    def look(world):
        nonlocal walks
        mine = walked(world)
        walks += len(mine)
        assert world.desk.tally.get("strategic_defaults", 0) == len(mine)
        for events in world.desk.events:
            strategic = events["cause"] == "strategic"
            assert not events["weight"][strategic].any()
            assert (events["parent"][strategic] == -1).all()
            seen.update(events["cause"].tolist())
        victims = [c["victim"] for c in world.desk.causes]
        assert not mine & {v // 16 for part in victims for v in part.tolist() if v % 16 == 1}
        assert not world.enterprises.is_voluntary[list(mine)].any()
        if off and world.month > 0:
            assert not world.desk.tally.get("attributed_defaults")

    months(scenario, 12, look)
    assert walks > 5
    assert "fundamental" in seen
