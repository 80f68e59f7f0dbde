"""Theft, ransom and breaches in running economies: who is hit, what custody keeps, what a cover of
`cyber` changes, and that the books balance wherever robbed institutions end."""

import numpy as np
import pytest

from sim.channels import CHANNELS
from sim.contracts.impairments import CHANNELS as NUMBERS
from tests.accounts.test_audit_every_phase import watch_everything
from tests.worlds import POOLED, STRESS, differing, run, small, state

EVERYBODY = {"count": 6, "certain": True}
THEFT = {"kind": "theft", "month": 5, "share": 0.9, **EVERYBODY}
# From the start of a month on its victims would be down for 300 hours.
RANSOM = {"kind": "ransom", "month": 3, "amount": 100.0, "hours": 300.0, "start": 0.0, **EVERYBODY}
BREACH = {"kind": "breach", "month": 3, "identity_share": 0.5, "renewal_months": 4, **EVERYBODY}
LENDERS = {"target": "micro_lender", "count": 3}
ALL = {
    "theft": THEFT,
    "ransom": RANSOM,
    "breach": BREACH,
    "more": {**BREACH, **LENDERS},
    "lenders": {**THEFT, **LENDERS, "share": 0.3},
    "late": {**THEFT, "month": 8},
}
# Loans and estates are short, so that what is lost is written off soon.
SOON = {
    "enterprise": {"estate_months": 4, "arrears_months": 2},
    "market": {"bullet_months": 3, "instalment_months": 3, "abrupt_runoff_months": 2,
               "runoff_months": 2},
}  # fmt: skip


def economy(shocks, off=(), **fields):
    fields = {"parameters": SOON, "time": {"months": 14, "burn_in": 4}, **fields}
    return small(80, shocks=shocks, channels=dict.fromkeys(off, False), **fields)


class Told:
    """What a run told month by month: tallies, covers and write-offs; channels remembered."""

    def __init__(self, scenario, **options):
        self.tally, self.lost, self.flows = {}, {}, {}
        self.cover, self.remembered, self.rows = {}, set(), 0
        model = run(scenario, 0, **options)
        while model.month < scenario.time.months:
            model.step()
            self._add(model.world)
        self.model, self.world = model, model.world

    def _add(self, world):
        desk = world.desk
        for into, more in ((self.tally, desk.tally), (self.cover, desk.cover)):
            for name, value in more.items():
                into[name] = into.get(name, 0) + value
        for (flow, kind, instrument, payer, receiver, _), fen in world.ledger.flows.items():
            if kind == "payment":
                self.flows[flow] = self.flows.get(flow, 0) + fen
            elif flow == "write_off":
                place = instrument, payer, receiver  # payer: debtor, receiver: holder
                self.lost[place] = self.lost.get(place, 0) - fen
        self.remembered |= set(world.impairments.channels.tolist())
        self.rows += len(world.impairments.keys)


@pytest.fixture(scope="module")
def told():
    """One economy, attacked in every way, as set and with `cyber` covered, and left alone."""
    return {
        "none": Told(economy({})),
        "attacked": Told(economy(ALL)),
        "covered": Told(economy(ALL, off=["cyber"])),
    }


def test_every_kind_of_attack_leaves_its_mark(told):
    tally, flows = told["attacked"].tally, told["attacked"].flows
    for name in (
        "cash_stolen",
        "client_cash_stolen",
        "theft_loss",
        "records_lost",
        "identity_lent",
        "identity_loss",
        "compensation",
        "ransom_paid",
    ):
        assert tally[name] > 0, name
    assert tally["cash_stolen"] == flows["theft"]
    assert tally["compensation"] == flows["breach_compensation"]
    assert NUMBERS.index("cyber") in told["attacked"].remembered
    assert tally["platform_failures"] > told["none"].tally.get("platform_failures", 0)


def test_nobody_attacked_is_nothing_changed(told):
    assert not {"cash_stolen", "records_lost", "attacks"} & set(told["none"].tally)
    last = economy({name: {**one, "month": 14} for name, one in ALL.items()})
    assert differing(state(run(economy({}), 13)), state(run(last, 13))) == []


# ---------------------------------------------------------------- custody
def test_custody_keeps_client_money_from_thieves():
    free, kept = (Told(economy({"theft": THEFT}, supervision=s)) for s in ({}, {"custody": {}}))
    assert free.tally["client_cash_stolen"] > 0
    assert kept.tally["client_cash_stolen"] == 0
    assert kept.tally["cash_stolen"] > 0
    assert not kept.tally.get("theft_loss")


# ---------------------------------------------------------------- ransom
def test_who_does_not_pay_ransom_is_down_and_who_pays_is_not():
    time = {"months": 3, "burn_in": 2}
    paid, refused, covered = (
        Told(economy({"ransom": {**RANSOM, "paid": way}}, off=off, time=time))
        for way, off in (("always", ()), ("never", ()), ("never", ["cyber"]))
    )
    asked = paid.tally["ransoms_paid"] + paid.tally["ransoms_refused"]
    assert paid.tally["ransoms_paid"] > 1
    assert paid.tally["ransom_paid"] == paid.flows["ransom"] == 10_000 * paid.tally["ransoms_paid"]
    assert refused.tally["ransoms_refused"] == asked
    assert "ransom" not in refused.flows
    assert set(refused.world.incidents.hours) == {300.0}
    assert refused.tally["hours_down"] == pytest.approx(300.0 * asked)
    assert paid.tally.get("hours_down", 0) == 300.0 * paid.tally["ransoms_refused"]
    assert not covered.tally.get("hours_down")


# ---------------------------------------------------------------- the channel
STOLEN_NAMES = {("loans", "outside", h) for h in ("bank", "micro_lender", "platform")}
CLIENTS = {("notes", "outside", "investor"), ("client_balances", "platform", "investor")}


def test_clients_lose_by_attacks_where_the_channel_is_on(told):
    assert {p for p in told["attacked"].lost if p in STOLEN_NAMES | CLIENTS} >= CLIENTS


def test_clients_lose_nothing_by_attacks_that_are_covered(told):
    covered = told["covered"]
    assert not {p for p in covered.lost if p in STOLEN_NAMES | CLIENTS}
    assert not covered.tally.get("theft_loss")
    assert not covered.tally.get("identity_loss")
    # Victims are robbed of as much, and outside pays what is stolen from clients.
    assert covered.tally["cash_stolen"] > 0
    assert covered.cover["cyber"] == covered.flows["cover_pay"]
    asked = covered.tally["client_cash_stolen"] + covered.tally["identity_lent"]
    assert covered.cover["cyber"] == asked
    assert NUMBERS.index("cyber") not in covered.remembered


def test_with_all_channels_off_attacks_leave_no_impairment():
    found = Told(economy(ALL, off=CHANNELS))
    assert found.rows == 0
    assert not found.tally.get("attributed_defaults")


def test_sources_show_as_much_as_without_a_breach_where_it_is_covered():
    blind = {"breach": {**BREACH, "precision_lost": 1.0, "identity_share": 0.0, "trust_lost": 0.0,
                        "compensation": 0.0}}  # fmt: skip
    # Owners learn of attacks all the same; here it does not pay them to spend on security.
    fields = {"time": {"months": 6, "burn_in": 4},
              "parameters": {**SOON, "security": {"productivity": 0.0}}}  # fmt: skip
    plain, hit, covered = (
        state(run(economy(shocks, off=off, **fields)), without=("breaches.trust",))
        for shocks, off in (({}, ()), (blind, ()), (blind, ["cyber"]))
    )
    learnt = ("attacks_seen", "attack_months", "last_report")
    changed = {name for name in differing(plain, covered) if not name.endswith(learnt)}
    assert {name.partition(".")[0] for name in changed} <= {"breaches", "incidents"}
    assert "loans" in {name.partition(".")[0] for name in differing(plain, hit)}


# ---------------------------------------------------------------- rare paths
@pytest.mark.parametrize(
    ("rules", "off"), [(STRESS, ["notes"]), (POOLED, []), (POOLED, ["cyber"]), (SOON, ["cyber"])]
)
def test_the_books_balance_where_the_robbed_fail(rules, off, monkeypatch):
    watch_everything(monkeypatch, set())
    rules = {**rules, "enterprise": {**rules.get("enterprise", {}), **SOON["enterprise"]}}
    told = Told(economy(ALL, off=off, parameters=rules))
    assert told.flows["theft"] > 0
    assert told.tally["platform_failures"] > 0
    assert np.count_nonzero(~told.world.platforms.alive & ~told.world.platforms.is_in_estate)
