"""Channels switched off: covered, not lifted. What the switches promise, one test each."""

import numpy as np
import pytest

from sim.channels import CHANNELS
from tests.worlds import STRESS, audit_now, differing, run, small, state

NOBODY = {"micro_lenders": 0, "banks": 0, "platforms": 0, "investors": 0}
NO_TRADE = {"enterprise": {"purchase_share_low": 0.0, "purchase_share_high": 0.0}}
# Institutions that cost nothing to run and savers who never lose never fail.
SAFE = {
    "bank": {"fixed_cost_share": 0.0, "variable_cost": 0.0, "capital_share": 1.0},
    "micro_lender": {"fixed_cost_share": 0.0, "variable_cost": 0.0, "capital_share": 1.0},
    "platform": {"fixed_cost": 0.0, "variable_cost": 0.0, "capital": 1e7},
}
# For each channel an economy in which nothing can pass through it.
WHERE_EMPTY = {
    "trade": {"parameters": NO_TRADE},
    "funding": {"population": {"micro_lenders": 0, "banks": 0}},
    "notes": {"population": {"platforms": 0}},
    "confidence": {"population": {"investors": 0}},
    "wholesale": {"population": {"banks": 0}},
    "closure": {"parameters": SAFE},
    "cyber": {},  # nobody is attacked
    "guarantee": {"credit": {"guarantees": True}},  # which nobody can give without circles
}


def off(*names):
    return dict.fromkeys(names, False)


def months(model, look):
    while model.month < model.scenario.time.months:
        model.step()
        look(model.world)
    return model


# ------------------------------------------------------------ (i) nothing is remembered
@pytest.mark.parametrize("seed", [1, 2])
def test_with_all_channels_off_no_impairment_is_remembered(seed):
    defaults = []

    def look(world):
        audit_now(world)
        assert not world.impairments.keys.size
        assert not world.desk.tally.get("attributed_defaults")
        defaults.append(world.desk.tally.get("defaults", 0))

    months(run(small(120, parameters=STRESS, channels=off(*CHANNELS)), 0, seed=seed), look)
    assert sum(defaults), "the economy of this test should have defaults that nobody caused"


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_channel_that_is_off_writes_no_impairment(channel):
    from sim.contracts.impairments import CHANNELS as NUMBERS

    def look(world):
        assert NUMBERS.index(channel) not in world.impairments.channels

    months(run(small(120, parameters=STRESS, channels=off(channel)), 0), look)


def test_with_all_channels_on_impairments_are_remembered():
    seen = set()
    months(
        run(small(150, parameters=STRESS), 0),
        lambda w: seen.update(w.impairments.channels.tolist()),
    )
    assert len(seen) >= 3


# ------------------------------------------------------------ (ii) empty channels
def test_every_channel_has_an_economy_without_it():
    assert set(WHERE_EMPTY) == set(CHANNELS)


@pytest.mark.parametrize("channel", CHANNELS)
def test_where_no_claim_exists_the_switch_changes_not_a_bit(channel):
    fields = dict(WHERE_EMPTY[channel])
    if channel != "closure":
        own = fields.get("parameters", {}).get("enterprise", {})
        fields["parameters"] = {**STRESS, "enterprise": {**STRESS["enterprise"], **own}}
    base = small(120, **fields)
    covers = []
    covered = months(run(base.but({"channels": off(channel)}), 0),
                     lambda w: covers.append(sum(w.desk.cover.values())))  # fmt: skip
    assert not any(covers)
    assert differing(state(run(base)), state(covered)) == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_burn_in_knows_no_switch(channel):
    base = small(100, parameters=STRESS)
    one, other = run(base, 0), run(base.but({"channels": off(channel)}), 0)
    assert differing(state(one), state(other)) == []


# ------------------------------------------------------------ (iii) the size of the subsidy
def covers_of(scenario, **options):
    """Sum what was paid for each channel, and what the flows say was paid; in fen."""
    paid, flows, reported = {}, {}, []

    def look(world):
        for name, fen in world.desk.cover.items():
            paid[name] = paid.get(name, 0) + fen
        for (flow, kind, *_), fen in world.ledger.flows.items():
            if kind == "payment":
                flows[flow] = flows.get(flow, 0) + fen

    model = run(scenario, 0, **options)
    while model.month < scenario.time.months:
        model.step()
        look(model.world)
        macro = model.records()["macro"]
        reported.append(sum(macro[name][0] for name in macro if name.startswith("cover_")))
    return paid, flows, sum(reported) * 100


def test_covers_by_channel_add_up_to_the_flows_of_covers():
    scenario = small(150, parameters=STRESS, channels=off(*CHANNELS))
    paid, flows, reported = covers_of(scenario)
    print("covers, yuan:", {name: round(fen / 100) for name, fen in sorted(paid.items())})
    premiums = {k for k in paid if k.endswith("_premium")}
    gross = {k: v for k, v in paid.items() if k in CHANNELS}
    back = {k: v for k, v in paid.items() if k.endswith("_back")}
    assert {"trade_back", "funding_back", "notes_back"} <= set(back)
    assert set(paid) == set(gross) | premiums | set(back)
    # Orders of failed customers are placed by outside as final sales: part of `trade` only.
    orders = sum(gross.values()) - flows["cover_pay"]
    assert 0 <= orders <= flows["final_sales"]
    charged = flows.get("cover_premium", 0) + flows.get("cover_premium_notes", 0)
    assert sum(paid[name] for name in premiums) == charged
    net = sum(gross.values()) - charged - sum(back.values())
    assert reported == pytest.approx(net)


# Through which flows outside gets money on claims, none of which are its own at the outset.
CLAIMED = ("loan_interest", "loan_principal", "payable_pay", "recourse_pay", "guarantee_call",
           "wholesale_interest", "wholesale_principal", "stake_payout",
           "estate_claim_pay")  # fmt: skip


@pytest.mark.parametrize("names", [tuple(CHANNELS), *((c,) for c in CHANNELS if c != "confidence")],
                         ids="+".join)  # fmt: skip
def test_what_comes_back_on_claims_taken_over_counts_for_the_channel_of_the_cover(names):
    back, got = {}, 0
    scenario = small(200, channels=off(*names), population={"ecommerce_lenders": 1}, **FAILING)
    model = run(scenario, -1)
    while model.month < model.scenario.time.months:
        model.step()
        for name, fen in model.world.desk.cover.items():
            if name.endswith("_back"):
                back[name] = back.get(name, 0) + fen
        for (flow, kind, _, _, holder, _), fen in model.world.ledger.flows.items():
            if kind == "payment" and holder == "outside" and flow in CLAIMED:
                got += fen
    assert set(back) <= {f"{name}_back" for name in names}
    assert sum(back.values()) == got
    assert (got > 0) == (names[0] not in ("guarantee", "cyber"))


@pytest.mark.parametrize("channel", [c for c in CHANNELS if c not in ("trade", "confidence")])
def test_a_single_cover_is_paid_for_its_channel_alone(channel):
    paid, flows, _ = covers_of(small(150, parameters=STRESS, channels=off(channel)))
    gross = {k: v for k, v in paid.items() if k in CHANNELS and v}
    assert set(gross) <= {channel}
    assert sum(gross.values()) == flows.get("cover_pay", 0)


def test_confidence_off_costs_nothing():
    paid, flows, _ = covers_of(small(150, parameters=STRESS, channels=off("confidence")))
    assert not any(paid.values())
    assert "cover_pay" not in flows


def test_nothing_is_covered_with_all_channels_on():
    paid, flows, reported = covers_of(small(100, parameters=STRESS))
    assert not any(paid.values())
    assert not {name for name in flows if name.startswith("cover")}
    assert not reported


# What creditors inside the economy must not lose through a channel that is covered.
HELD = {
    "trade": {("payables", "enterprise")},
    "funding": {(i, k) for i in ("loans", "interest_due") for k in ("bank", "micro_lender")},
    "notes": {(i, "investor") for i in ("notes", "note_interest_due")},
    "wholesale": {(i, "bank") for i in ("wholesale", "wholesale_interest_due")},
}


def lost_on(scenario):
    """Sum what was written off, by instrument and holder; fen."""
    lost = {}

    def look(world):
        for (flow, _, instrument, _, holder, _), fen in world.ledger.flows.items():
            if flow == "write_off" and fen:
                lost[instrument, holder] = lost.get((instrument, holder), 0) - fen

    months(run(scenario, 0), look)
    return lost


# Without a burn-in there are no older arrears, which stay where they are.
FAILING = {
    "time": {"months": 24, "burn_in": 0},
    "parameters": {
        **STRESS,
        "bank": {"capital_share": 0.05},
        "micro_lender": {"capital_share": 0.01, "fixed_cost_share": 0.12, "leverage": 3.0},
    },
}


def test_with_all_channels_on_creditors_of_every_kind_lose():
    lost = lost_on(small(200, **FAILING))
    assert {place for places in HELD.values() for place in places} <= set(lost)


@pytest.mark.parametrize("channel", HELD)
def test_where_a_channel_is_covered_its_creditors_lose_nothing(channel):
    lost = lost_on(small(200, channels=off(channel), **FAILING))
    assert not HELD[channel] & set(lost)
    assert any(holder == "outside" for _, holder in lost), "somebody has to"


def test_where_trade_is_covered_suppliers_provision_nothing():
    def look(world):
        assert not world.receivables_provision().any()

    months(run(small(200, channels=off("trade"), **FAILING), 0), look)


# ------------------------------------------------------------ (iv) no windfall
def own_account_credit(channels):
    """New loans on own account in months 1-12, in yuan; mean over replications."""
    found = []
    for replication in range(6):
        scenario = small(
            1500, channels=channels, time={"months": 12, "burn_in": 24},
            population={"investors": 1200, "platforms": 20, "micro_lenders": 10, "banks": 3},
        )  # fmt: skip
        total = [0.0]

        def look(world, total=total):
            for kind in ("bank", "micro_lender"):
                total[0] += world.desk.tally.get(f"new_loans_{kind}", 0.0) / 100

        months(run(scenario, 0, replication=replication), look)
        found.append(total[0])
    return np.array(found)


@pytest.mark.slow
def test_covering_lenders_losses_makes_no_windfall_of_credit():
    as_set, covered = own_account_credit({}), own_account_credit(off("funding"))
    assert abs(covered.sum() / as_set.sum() - 1.0) < 0.05, (as_set, covered)
