"""Money funds in whole economies: absent, in calm, in stress, and with all channels covered."""

import numpy as np
import pytest

from analysis.audit import audit_frames
from sim.channels import CHANNELS
from sim.chart import CHART
from sim.phases.settle import LATE_FEN
from tests.accounts.test_external_audit import tables_of
from tests.worlds import PARKED, audit_now, differing, run, small, state, watch_phases

FUNDS = {"money_funds": 3, "investors": 150}
STRUCK = {"kind": "money_market", "month": 4, "months": 5, "haircut": 0.3, "limit": True}
RUSH = {"kind": "money_market", "month": 11, "months": 2, "haircut": 0.4}
# Firms park much and are often short; no fund limits redemptions of its own accord.
EASY = {
    "enterprise": {"demand_volatility": 0.3, "arrears_months": 2},
    "money_fund": {
        "firm_share": 0.8,
        "limit_trigger": 10.0,
        "redemption_limit": 200.0,
        "paper_months": 60.0,
    },
}


def world_of(**fields):
    return small(90, **{"population": FUNDS, "parameters": EASY, **fields})


@pytest.fixture(scope="module")
def seen():
    """One economy, audited after each phase: calm until month 3, limits in 4-8, losses from 11."""
    months, short = {}, []

    def look(world, phase):
        audit_now(world)
        funds, firms = world.money_funds, world.enterprises
        assert not funds.net_worth.any(), phase
        if phase == "settle":
            late = firms.alive & (firms.short_by >= LATE_FEN)
            short.append((world.month, int((firms.fund_shares[late] > LATE_FEN).sum()),
                          int(late.sum())))  # fmt: skip
        if phase == "close_books":
            gone = ~firms.alive & ~firms.is_in_estate
            assert not firms.fund_shares[gone].any()
            months[world.month] = {
                "tally": dict(world.desk.tally), "flows": dict(world.ledger.flows),
                "cash": int(funds.cash.sum()), "premium": world.deposit_premium,
                "most": max(world.investors.fund_redeemed[~world.investors.is_leaving].max(),
                            firms.fund_redeemed[firms.alive].max()),
                "estates": int(firms.fund_shares[firms.is_in_estate].sum()),
                "parked": int(firms.fund_shares.sum()),
            }  # fmt: skip

    with pytest.MonkeyPatch.context() as patch:
        watch_phases(patch, look)
        model = run(world_of(shocks={"struck": STRUCK, "rush": RUSH}))
    return months, short, model


CALM, LIMITED = (1, 2, 3), range(4, 9)


def flow(month, name):
    """What a flow moved, of an entry what it changed."""
    kind = "payment" if CHART[name].kind == "payment" else "entry"
    return abs(sum(fen for key, fen in month["flows"].items() if key[:2] == (name, kind)))


# ------------------------------------------------------------ absent
def test_where_there_is_no_fund_nothing_of_funds_matters():
    told = {"parameters": {"money_fund": {"mean_yield": 0.2, "firm_share": 1.0}},
            "shocks": {"struck": {**STRUCK, "month": 1}}}  # fmt: skip
    assert differing(state(run(small(), 3)), state(run(small(**told), 3))) == []


def test_a_shock_to_come_changes_nothing_before_it():
    one, other = (run(world_of(shocks=s), 3) for s in ({}, {"struck": STRUCK}))
    assert differing(state(one), state(other)) == []


# ------------------------------------------------------------ in calm
def test_in_calm_everybody_is_paid_at_once_and_nothing_is_lost(seen):
    months, short, _ = seen
    for month in CALM:
        tally = months[month]["tally"]
        assert tally["fund_redeemed"] > 0
        assert tally.get("redemptions_refused", 0.0) == 0.0
        assert tally.get("fund_losses", 0.0) == 0.0
        assert months[month]["cash"] == 0, "all is in paper overnight"
    late = [row for row in short if row[0] in CALM]
    assert sum(row[2] for row in late) > 0, "some firms are late"
    assert sum(row[1] for row in late) == 0, "and none of them has money in a fund"


def test_at_par_no_fund_limits_whatever_is_asked_back():
    at_once = {**EASY, "money_fund": {**EASY["money_fund"], "limit_trigger": 0.0}}
    model = run(world_of(parameters=at_once), -3)
    for _ in range(4):
        model.step()
        assert model.world.money_funds.redeemed.any()
        assert model.world.desk.tally["redemptions_refused"] == 0.0


def test_yields_add_up_to_the_fen(seen):
    months, _, model = seen
    share = model.scenario.parameters.money_fund.fee_share
    for month in months.values():
        interest, fee = flow(month, "paper_interest"), flow(month, "fund_fee")
        assert interest == fee + flow(month, "fund_yield")
        assert fee == pytest.approx(share * interest, abs=3)
    assert flow(months[3], "fund_yield") > 0


def test_firms_park_and_estates_hold_shares_until_they_are_paid(seen):
    months, _, _ = seen
    assert all(months[month]["parked"] > 0 for month in CALM)
    assert any(month["estates"] > 0 for month in months.values())


def test_banks_pay_more_for_deposits(seen):
    months, _, model = seen
    p = model.scenario.parameters.bank
    for month in range(2, 13):
        rate = months[month]["tally"]["deposit_rate"]
        assert rate == pytest.approx(p.deposit_rate + months[month - 1]["premium"])
        assert months[month]["premium"] > 0


# ------------------------------------------------------------ in stress
def test_limits_bind_in_stress_and_nobody_puts_money_in(seen):
    months, _, model = seen
    most = 100 * model.scenario.parameters.money_fund.redemption_limit
    for month in LIMITED:
        assert months[month]["tally"]["redemptions_refused"] > 0
        assert months[month]["tally"].get("fund_subscribed", 0.0) == 0.0
    # Savers who leave for good and estates wait instead; everybody else meets the limit.
    assert max(months[month]["most"] for month in LIMITED) <= most


def test_paper_sold_below_par_is_a_loss_of_those_who_hold_shares(seen):
    months, _, _ = seen
    lost = months[11]["tally"]["fund_losses"]
    assert lost > 0
    assert lost == flow(months[11], "paper_loss") == flow(months[11], "fund_loss")


def test_savers_leave_funds_that_lose_and_come_back():
    lasting = {**STRUCK, "limit": False, "haircut": 0.5}
    model = run(world_of(shocks={"struck": lasting}), 3)
    before = model.world.investors.fund_shares.sum()
    while model.month < 8:
        model.step()
    assert model.world.investors.fund_shares.sum() < 0.1 * before
    while model.month < 12:
        model.world.money_funds.loss_rate[:] = 0.0  # forgotten
        model.step()
    assert model.world.investors.fund_shares.sum() > 0.3 * before


# ------------------------------------------------------------ covered, and from outside
def test_with_all_channels_covered_nobody_is_harmed():
    off = dict.fromkeys(CHANNELS, False)
    model = run(world_of(channels=off, shocks={"struck": {**STRUCK, "month": 2}}), 0)
    while model.month < 8:
        model.step()
        assert len(model.world.impairments.keys) == 0


def test_every_balance_follows_from_its_flows_in_stress():
    shocks = {"struck": {**STRUCK, "month": 2, "limit": False}}
    tables = tables_of(
        world_of(parameters=PARKED, shocks=shocks, time={"months": 10, "burn_in": 3})
    )
    names = set(tables["flows"]["flow"])
    assert {"fund_loss", "paper_loss", "fund_redeem", "fund_yield", "paper_buy"} <= names
    held = tables["balances"]
    mine = held[(held["sector"] == "money_fund") & (held["instrument"] == "fund_shares")]
    assert (mine["fen"] <= 0).all()
    assert np.any(mine["fen"] < 0)
    assert audit_frames(**tables).empty
