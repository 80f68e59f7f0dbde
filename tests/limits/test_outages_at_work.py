"""Outages in running economies: what stands still, what waits, who is late, who feels nothing."""

import numpy as np
import pytest

from sim.channels import CHANNELS
from sim.contracts.impairments import CHANNELS as NUMBERS
from sim.contracts.incidents import MONTH_HOURS
from tests.accounts.test_audit_every_phase import watch_everything
from tests.worlds import POOLED, STRESS, differing, run, small, state, watch_phases

THERE = {"platform": 6, "micro_lender": 3, "bank": 2, "ecommerce_lender": 1}
KINDS = tuple(THERE)
DARK = {"kind": "outage", "month": 3, "start": 0, "hours": 720, "certain": True, "count": 6}
CYBER = NUMBERS.index("cyber")


def dark(months=1, **terms):
    same = {**DARK, "months": months, **terms}
    return {kind: {**same, "target": kind, "count": there} for kind, there in THERE.items()}


def economy(shocks, grace=True, off=(), cost=0.0, there=(), **fields):
    fields = {"time": {"months": 7, "burn_in": 4}, **fields}
    # Owners who learn of attacks spend nothing on what is of no use.
    parameters = {"security": {"productivity": 0.0}, **fields.pop("parameters", {}),
                  "cyber": {"outage_cost": cost}}  # fmt: skip
    return small(100, population={"ecommerce_lenders": 1, **dict(there)}, credit={"grace": grace},
                 shocks=shocks, channels=dict.fromkeys(off, False), parameters=parameters,
                 **fields)  # fmt: skip


def felt_by(calm, hit):
    """Name the stores in which states differ, but for what is on record of attacks."""
    known = ("attacks_seen", "attack_months", "last_report")
    changed = differing(calm, hit)
    return {name.partition(".")[0] for name in changed if not name.endswith(known)} - {"incidents"}


class Told:
    """What a run told by month: tallies, flows, how many are late, impairments by `cyber`."""

    def __init__(self, scenario, months=None):
        self.tally, self.flows, self.late, self.remembered, self.macro = ({} for _ in range(5))
        model = run(scenario, 0)
        while model.month < (months or scenario.time.months):
            model.step()
            world, month = model.world, model.month
            self.tally[month] = dict(world.desk.tally)
            paid = [(k[0], fen) for k, fen in world.ledger.flows.items() if k[1] == "payment"]
            self.flows[month] = {}
            for flow, fen in paid:
                self.flows[month][flow] = self.flows[month].get(flow, 0) + fen
            macro = model.records()["macro"]
            self.macro[month] = {name: values[0] for name, values in macro.items()}
            self.late[month] = int((world.enterprises.months_late > 0).sum())
            self.remembered[month] = int((world.impairments.channels == CYBER).sum())
        self.world, self.state = world, state(model)


@pytest.fixture(scope="module")
def told():
    """One economy without attacks, dark for a month with grace and without, and covered."""
    return {
        "none": Told(economy({})),
        "grace": Told(economy(dark())),
        "late": Told(economy(dark(), grace=False), months=5),
        "covered": Told(economy(dark(), off=["cyber"])),
    }


def test_while_systems_are_down_nothing_is_lent_collected_or_withdrawn(told):
    calm, hit = told["none"], told["grace"]
    moved = ("loan_grant", "loan_interest", "loan_principal", "note_collect", "client_withdraw",
             "client_deposit")  # fmt: skip
    assert all(calm.flows[3].get(flow, 0) > 0 for flow in moved)
    assert not any(hit.flows[3].get(flow, 0) for flow in (*moved, "note_fund"))
    assert hit.tally[3]["uncollectable"] > 0
    assert hit.tally[3]["withdrawals_blocked"] > 0
    assert hit.macro[3]["deposits_blocked"] > 0
    assert calm.flows[2] == hit.flows[2], "nothing happens before"


def test_with_grace_nobody_is_late_and_what_waited_is_collected_without_penalty(told):
    calm, hit = told["none"], told["grace"]
    assert hit.late[3] <= calm.late[2]
    waited = hit.tally[3]["uncollectable"]
    collected = sum(hit.flows[4].get(f, 0) for f in
                    ("loan_interest", "loan_principal", "note_collect"))  # fmt: skip
    assert collected > waited
    assert hit.tally[3].get("runoff", 0) == 0, "bullets wait too"
    assert hit.remembered[3] > 0
    assert hit.remembered[4] == 0, "from then on it is paid, or late for other reasons"


def test_without_grace_debtors_are_late_by_the_incident(told):
    late = told["late"]
    assert late.late[3] > told["grace"].late[3] + 10
    assert late.remembered[4] > 10, "debtors remember why"
    dead = Told(economy(dark(months=3), grace=False))
    assert sum(t.get("attributed_cyber", 0.0) for t in dead.tally.values()) > 10
    assert dead.tally[5]["defaults"] > 10
    assert dead.macro[5]["defaults_by_incidents"] > 10
    assert dead.macro[4]["late_by_incidents"] >= late.late[3]


def test_savers_get_later_what_they_could_not_withdraw(told):
    hit = told["grace"]
    assert hit.flows[4]["client_withdraw"] >= hit.tally[3]["withdrawals_blocked"]
    assert not len(hit.world.asked_again[0])
    gone = [hit.macro[month]["withdrawn_after_incidents"] for month in range(1, 8)]
    assert not any(gone[:3])
    assert 100 * gone[3] == hit.flows[4]["client_withdraw"], "every platform was hit"
    assert not gone[6], "four months later it is forgotten"


def test_new_money_does_not_reach_platforms_that_are_down(told):
    calm, hit = told["none"], told["grace"]
    assert hit.tally[3]["deposited"] == 0
    chosen = calm.tally[3]["deposited"]
    assert hit.tally[3]["deposits_blocked"] == pytest.approx(chosen, rel=0.05)
    after = [sum(told.tally[month]["deposited"] for month in (4, 5)) for told in (hit, calm)]
    assert after[0] > after[1], "it comes when it can"
    assert "deposits_blocked" not in hit.tally[4]
    assert "deposits_blocked" not in told["covered"].tally[3]


HALF = {"x": {**DARK, "start": 360, "hours": 360}}


def saver_hours(world, accounts):
    """Hours of the month at which the owners of accounts deal with their platforms."""
    platforms = world.accounts.platform[accounts].astype(np.int64)
    return MONTH_HOURS * world.draws.uniform("saver_hour", 0, accounts // world.slots, platforms)


@pytest.mark.parametrize("pooling", [0.0, 1.0])
def test_new_money_is_sent_at_the_hours_at_which_a_platform_is_up(pooling, monkeypatch):
    sent = {}

    def look(world, name):
        have = world.accounts.balance + world.accounts.claims
        if name == "allocate_losses":
            sent["before"] = have.copy()
        elif name == "move_savings" and world.month == 3:
            sent["hours"] = saver_hours(world, np.flatnonzero(have > sent["before"]))

    watch_phases(monkeypatch, look)
    rules = {"platform": {"pooling_share": pooling}}
    for shocks in ({}, HALF):
        Told(economy(shocks, parameters=rules, there={"investors": 300}), months=3)
        after = (sent["hours"] >= 360).sum()
        assert (sent["hours"] < 360).sum() > 5
        assert after == 0 if shocks else after > 5


def test_notes_change_hands_at_the_hours_at_which_a_platform_is_up(monkeypatch):
    seen = {}

    def look(world, name):
        if name == "allocate_losses":
            seen["before"] = world.notes.account.copy()
        elif name == "move_savings" and world.month == 3:
            now, before = world.notes.account, seen["before"]
            sold = np.flatnonzero(now != before)
            seen["hours"] = saver_hours(world, np.concatenate([now[sold], before[sold]]))

    watch_phases(monkeypatch, look)
    rules = {"platform": {"secondary_market": True},
             "investor": {"partial_withdrawal": True, "exit_hazard": 0.1}}  # fmt: skip
    for shocks in ({}, HALF):
        Told(economy(shocks, parameters=rules, there={"investors": 100}), months=3)
        after = (seen["hours"] >= 360).sum()
        assert (seen["hours"] < 360).sum() > 8
        assert after == 0 if shocks else after > 8


def test_notes_are_not_traded_and_idle_money_is_not_pledged_while_platforms_are_down():
    # Savers look at campaigns every month, and there are many.
    funds = {**STRESS["crowdfunding_platform"], "attention": 1.0, "fixed_cost_share": 0.0}
    rules = {"platform": {"secondary_market": True}, "crowdfunding_platform": funds,
             "investor": {"partial_withdrawal": True, "exit_hazard": 0.1}}  # fmt: skip
    there = {"crowdfunding_platforms": 2, "investors": 200}
    calm, hit = (
        Told(economy(shocks, parameters=rules, there=there), months=3) for shocks in ({}, dark())
    )
    for flow in ("note_transfer", "client_withdraw"):
        assert calm.flows[3][flow] > 0
        assert not hit.flows[3].get(flow)
    assert hit.flows[3]["pledge"] > 0, "out of cash"


def test_clients_feel_nothing_where_cyber_is_covered(told):
    assert felt_by(told["none"].state, told["covered"].state) == set()
    hit = told["covered"].world.incidents
    assert hit.n == told["grace"].world.incidents.n > len(KINDS)
    paid = Told(economy(dark(), off=["cyber"], cost=50.0), months=3)
    assert paid.flows[3]["incident_cost"] > 0, "the victim bears what it costs"


def test_with_all_channels_off_outages_leave_no_impairment():
    found = run(economy(dark(), off=CHANNELS, grace=False), 4)
    assert not len(found.world.impairments.keys)


# ---------------------------------------------------------------- nothing but what is struck
def test_an_outage_while_nobody_deals_with_the_platform_changes_nothing(told):
    world, one = told["none"].world, {**DARK, "count": 1}
    row = int(run(economy({"x": one}), 3).world.incidents.row[0])
    firms = world.draws.uniform("business_hour", 0, world.enterprises.dice, (4 << 32) + row)
    savers = world.draws.uniform("saver_hour", 0, np.arange(world.investors.n), row)
    busy = np.sort(np.concatenate([firms, savers]) * MONTH_HOURS)
    gap = int(np.argmax(np.diff(busy)))
    free, length = float(busy[gap]) + 0.01, float(np.diff(busy)[gap]) - 0.02
    found = Told(economy({"x": {**one, "start": free, "hours": length}}))
    assert found.tally[3]["hours_down"] == pytest.approx(length)
    assert felt_by(told["none"].state, found.state) == set()
    felt = Told(economy({"x": {**one, "start": free, "hours": length + 200.0}}))
    assert len(differing(told["none"].state, felt.state)) > 20


def test_attacks_that_never_succeed_or_never_come_change_not_a_bit(told):
    safe = {**STRESS, "security": {"vulnerability": 0.0}}
    storm = {"storm": {"kind": "wave", "month": 1, "months": 7, "rate": 5.0}}
    found = Told(economy({**storm, "x": {**DARK, "certain": False}}, parameters=safe))
    assert sum(t.get("attacks", 0) for t in found.tally.values()) > 100
    calm = Told(economy({}, parameters=safe))
    assert differing(calm.state, found.state) == []
    assert sum(t.get("defaults", 0) for t in calm.tally.values()) > 0
    assert not sum(m["defaults_by_incidents"] for m in calm.macro.values())
    never = {"storm": {"kind": "wave", "month": 1, "months": 7, "rate": 0.0}}
    assert differing(told["none"].state, Told(economy(never)).state) == []


# ---------------------------------------------------------------- arrivals
def test_arrivals_strike_every_kind_and_are_on_record():
    storm = {"storm": {"kind": "wave", "month": 1, "months": 7, "rate": 2.0}}
    model = run(economy(storm, cost=1.0))
    book = model.world.incidents
    assert len(np.unique(book.population)) == 4
    assert len(np.unique(book.kind)) > 1
    assert (book.cause == book.serial).all(), "each for itself"
    events = model.records()["events"]
    mine = events["event"] == "incident"
    assert mine.sum() == (book.month == 7).sum()
    assert (events["row"][mine] == book.row[book.month == 7]).all()


# ---------------------------------------------------------------- rare paths
@pytest.mark.parametrize(("rules", "grace"), [(STRESS, False), (POOLED, True)])
def test_the_books_balance_where_institutions_go_down_and_fail(rules, grace, monkeypatch):
    watch_everything(monkeypatch, set())
    storm = {"storm": {"kind": "wave", "month": 1, "months": 9, "rate": 1.0}}
    rules = {**rules, "investor": {"exit_hazard": 0.05}}
    told = Told(economy({**storm, **dark(months=2)}, grace=grace, cost=500.0, parameters=rules,
                        time={"months": 10, "burn_in": 2}))  # fmt: skip
    assert (~told.world.platforms.alive).any()
    assert sum(m["failures_after_incidents"] for m in told.macro.values()) > 0
    assert sum(t.get("uncollectable", 0) for t in told.tally.values()) > 0
