"""Lines of credit in whole economies: drawn at once, repaid from sales, covered, and absent."""

import numpy as np
import pytest

from sim.agents.ecommerce_lender import EcommerceLender
from sim.channels import CHANNELS
from sim.contracts.impairments import CHANNELS as NUMBERS
from sim.model import MicroFinance
from tests.worlds import STRESS, audit_now, differing, run, small, state, watch_phases

LENDERS = {"ecommerce_lenders": 2}
# Lines are large and slowly repaid, and a lender's own costs eat its capital within the year.
THIN = {
    **STRESS,
    "enterprise": {"demand_volatility": 0.2, "buffer_days": 10, "arrears_months": 2},
    "ecommerce_lender": {
        "capital_share": 0.02, "fixed_cost_share": 0.15, "limit_months": 3.0, "sweep_share": 0.05,
        "pd_cutoff": 0.5, "minimum_loan": 100.0,
    },
}  # fmt: skip
SLUMP = {"slump": {"kind": "demand", "month": 2, "months": 6, "size": -0.4}}


def world_of(**fields):
    return small(80, population=LENDERS, **fields)


def failing(*channels):
    """Describe an economy in a slump whose lenders fail; these channels are covered."""
    time = {"months": 12, "burn_in": 0}
    return world_of(parameters=THIN, channels=off(*channels), shocks=SLUMP, time=time)


def months(model, look):
    while model.month < model.scenario.time.months:
        model.step()
        look(model.world)
    return model


def off(*names):
    return dict.fromkeys(names, False)


def tally(world, name):
    return world.desk.tally.get(name, 0.0)


# ------------------------------------------------------------ absent, or without effect
def test_where_there_is_no_lender_nothing_of_lines_matters():
    told = {
        "credit": {"lines": {"limit_factor": 3.0, "mobile": False}},
        "parameters": {"ecommerce_lender": {"limit_months": 9.0, "sweep_share": 1.0}},
    }
    assert differing(state(run(small(), 3)), state(run(small(**told), 3))) == []


def test_policy_of_a_later_month_changes_nothing_before_it():
    cuts = {"limit_factor": {"at": {3: 0.0}}}, {"mobile": {"at": {3: False}}}
    one, *others = (run(world_of(**f), 2) for f in ({}, *({"credit": {"lines": c}} for c in cuts)))
    before = [differing(state(one), state(other)) for other in others]
    assert before == [[], []]
    for model in (one, *others):
        model.step()
    assert all(differing(state(one), state(other)) for other in others)


# ------------------------------------------------------------ the mechanism
def test_only_sellers_without_mobile_withdrawal_wait_a_month():
    """The burn-in is mobile. Where policy ends that in month 1, nobody gets money in it."""
    assert tally(run(world_of(), 1).world, "new_loans_ecommerce_lender") > 0
    model = run(world_of(credit={"lines": {"mobile": {"at": {1: False}}}}), 1)
    assert tally(model.world, "new_loans_ecommerce_lender") == 0
    assert model.world.enterprises.line_asked.any()
    model.step()
    assert tally(model.world, "new_loans_ecommerce_lender") > 0


def test_lines_that_are_cut_are_repaid_from_sales():
    model = run(world_of(credit={"lines": {"limit_factor": {"at": {1: 0.0}}}}), 0)
    owed = [float(model.world.loans.principal[model.world.loans.is_line].sum())]

    def look(world):
        assert not tally(world, "new_loans_ecommerce_lender")
        assert not world.enterprises.line_limit.any()
        lines = world.loans.is_line & world.loans.is_open & ~world.loans.is_bad
        owed.append(float(world.loans.principal[lines].sum()))

    months(model, look)
    assert owed[0] > 0
    assert (np.diff(owed) <= 0).all()
    assert owed[-1] < 0.1 * owed[0]


def test_a_firm_has_one_line_and_draws_up_to_its_limit(monkeypatch):
    most = []

    def look(world, phase):
        loans = world.loans
        rows = np.flatnonzero(loans.is_line & loans.is_open & ~loans.is_bad)
        assert len(np.unique(loans.borrower[rows])) == len(rows)
        drew = rows[loans.granted[rows] == world.month]
        if phase == "seek_credit" and len(drew):
            limit = world.enterprises.line_limit[loans.borrower[drew]]
            assert (loans.principal[drew] <= limit + 1).all()
            assert (world.ecommerce_lenders.cash >= 0).all()
            most.append(len(drew))

    watch_phases(monkeypatch, look)
    run(world_of(parameters=THIN))
    assert max(most) > 5


# ------------------------------------------------------------ stress, covers and the audit
@pytest.mark.parametrize("channels", [(), ("funding",), ("closure",), tuple(CHANNELS)])
def test_the_audit_holds_where_lenders_on_lines_fail(channels, monkeypatch):
    def look(world, phase):
        audit_now(world)
        loans = world.loans
        assert (loans.principal_due <= loans.principal).all(), phase
        assert (loans.principal_due >= 0).all(), phase

    watch_phases(monkeypatch, look)
    model = run(failing(*channels), 0)
    seen = {"closure": 0.0, "runoff": 0, "cover": 0}

    def note(world):
        book = world.impairments
        seen["closure"] += book.amounts[book.channels == NUMBERS.index("closure")].sum()
        dead = ~world.of_providers("alive")[world.loans.provider] & world.loans.is_open
        lines = world.provider_kind[world.loans.provider] == EcommerceLender.code
        seen["runoff"] += int((world.loans.is_runoff & dead & lines & ~world.loans.is_bad).sum())
        seen["cover"] += world.desk.cover.get("closure", 0)

    months(model, note)
    assert not model.world.ecommerce_lenders.alive.all(), "a lender should fail in this economy"
    assert (seen["runoff"] > 0) == ("closure" not in channels)
    assert (seen["cover"] > 0) == ("closure" in channels)
    assert (seen["closure"] > 0) == ("closure" not in channels)


def test_with_all_channels_off_no_impairment_is_remembered():
    def look(world):
        assert not world.impairments.keys.size

    months(run(failing(*CHANNELS), 0), look)


@pytest.mark.parametrize("covered", [False, True])
def test_losses_on_lines_are_the_lenders_unless_funding_is_covered(covered):
    lost, bad = [0], [0.0]

    def look(world):
        for (flow, _, _, _, holder, _), fen in world.ledger.flows.items():
            if flow == "write_off" and holder == "ecommerce_lender":
                lost[0] -= fen
        bad[0] += tally(world, "bad_ecommerce_lender")

    scenario = failing("funding") if covered else failing()
    months(run(scenario.but({"time.months": 18}), 0), look)  # estates close after 8 months
    assert bad[0] > 0
    assert (lost[0] > 0) == (not covered)


def test_refused_draws_are_remembered_where_losses_ate_the_capital():
    found = []

    def look(world):
        book = world.impairments
        mine = book.channels == NUMBERS.index("funding")
        kinds = book.sources[mine] % 16
        found.append((kinds[book.victims[mine] % 16 == 1] == EcommerceLender.code).any())

    thin = {**THIN, "ecommerce_lender": {**THIN["ecommerce_lender"], "capital_share": 0.002,
                                         "fixed_cost_share": 0.0}}  # fmt: skip
    months(run(world_of(parameters=thin), 0), look)
    assert any(found)


# ------------------------------------------------------------ the face to Mesa
def test_lenders_are_agents_of_the_model():
    model = MicroFinance(small(population=LENDERS), seed=1)
    lenders = model.agents_by_type[EcommerceLender]
    assert [agent.unique_id for agent in lenders] == [7, 23]
    assert lenders.agg("cash", sum) == model.world.ecommerce_lenders.cash.sum() > 0
    made = EcommerceLender(model, cash=5_000_00, initial_capital=5_000_00.0)
    assert made.unique_id == 39
    model.step()
    assert len(lenders) == 3
    with pytest.raises(AttributeError, match="ledger"):
        made.cash = 7
    with pytest.raises(RuntimeError, match="admit_entrants"):
        EcommerceLender(model, cash=1)
