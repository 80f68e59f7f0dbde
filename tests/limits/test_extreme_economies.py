"""Economies at the edge, with answers known beforehand; each month audits itself."""

import numpy as np
import pytest

from sim.contracts.impairments import CHANNELS
from sim.contracts.loans import WORKING
from tests.worlds import STRESS, differing, run, small, state

NOBODY = {"micro_lenders": 0, "banks": 0, "platforms": 0, "investors": 0}
# Demand stands still, margins and buffers are ample, owners stay and nothing is to be financed.
CALM = {
    "enterprise": {
        "demand_volatility": 0.0, "demand_noise": 0.0, "common_volatility": 0.0,
        "sector_volatility": 0.0, "margin": 0.4, "buffer_days": 90, "young_closure": 0.0,
        "mature_closure": 0.0,
    },
}  # fmt: skip


def watched(scenario, look, **options):
    """Run a scenario and call `look(world)` after every policy month."""
    model = run(scenario, 0, **options)
    while model.month < scenario.time.months:
        model.step()
        look(model.world)
    return model


def firms_of(model):
    return {k: v for k, v in state(model).items() if k.startswith(("enterprise.", "links."))}


# ------------------------------------------------------------ nobody lends
@pytest.mark.parametrize("there", [{}, {"platforms": 5}, {"investors": 80}])
def test_without_a_lender_or_without_savers_nobody_borrows(there):
    scenario = small(100, population={**NOBODY, **there})

    def look(world):
        assert world.loans.n == 0
        assert not world.desk.offers.is_accepted.any() if not there else True
        assert not any(
            name.startswith(("loan", "note", "wholesale")) for name, *_ in world.ledger.flows
        )

    model = watched(scenario, look)
    assert not model.world.platforms.client_cash.any()
    alone = run(small(100, population=NOBODY))
    assert differing(firms_of(alone), firms_of(model)) == [], "firms do not feel who cannot lend"


def test_without_a_lender_no_sound_need_is_met():
    met, needs = [], []

    def look(world):
        met.append(sum(v for k, v in world.desk.tally.items() if k.startswith("met_")))
        needs.append(world.desk.tally.get("need_working", 0.0))

    watched(small(200, population=NOBODY), look)
    assert not any(met)
    assert any(needs)


# ------------------------------------------------------------ nobody fails
def test_where_demand_stands_still_nobody_defaults():
    def look(world):
        assert not world.desk.tally.get("defaults")
        assert not world.desk.tally.get("investor_loss")
        # Lenders without enough business may close; nobody is hurt by a borrower or a buyer.
        hurt = {CHANNELS[number] for number in world.impairments.channels}
        assert hurt <= {"closure", "confidence", "wholesale"}
        lost = ("write_off", "asset_sale", "reserve_pay")
        assert not any(fen for (flow, *_), fen in world.ledger.flows.items() if flow in lost)

    model = watched(small(150, parameters=CALM, time={"burn_in": 12}), look)
    firms = model.world.enterprises
    assert firms.alive[firms.is_in_cohort].all()
    assert not firms.months_late.any()


def test_where_nobody_defaults_sales_meet_plans():
    steady = {**CALM["enterprise"], "link_survival": 1.0, "entry_rate": 0.0}
    firms = run(small(150, parameters={"enterprise": steady})).world.enterprises
    mine = firms.is_in_cohort
    assert abs(np.median(firms.plan[mine] / firms.revenue[mine]) - 1.0) < 0.001


# ------------------------------------------------------------ one lender, one kind missing
@pytest.mark.parametrize("kind", ["micro_lenders", "banks"])
def test_a_single_lender_holds_every_loan(kind):
    scenario = small(200, population={**NOBODY, kind: 1})

    def look(world):
        assert world.n_providers == 1
        assert set(world.loans.holder_row.tolist()) <= {0}
        table = world.banks if kind == "banks" else world.micro_lenders
        held = world.loans.principal.sum()
        assert table.cash[0] + held + world.loans.interest_due.sum() == (
            table.net_worth[0] + world.banks.deposits.sum() + table.institution_arrears[0]
        )
        assert world.wholesale.n == 0, "nobody lends to the only lender"

    model = watched(scenario, look)
    assert model.world.loans.n


def test_a_single_platform_serves_all_savers():
    alone = {"platform": {"start_share": 1.0, "entrants_per_month": 0.0}}
    population = {**NOBODY, "platforms": 1, "investors": 150}
    scenario = small(200, population=population, parameters=alone)
    model = run(scenario)
    world = model.world
    assert world.platforms.n == 1
    assert set(world.accounts.platform.tolist()) <= {-1, 0}
    assert world.loans.n
    assert set(world.loans.holder.tolist()) <= {5}


@pytest.mark.parametrize("missing", NOBODY)
def test_the_economy_does_without_any_one_kind(missing):
    table = {"micro_lenders": "micro_lenders", "banks": "banks", "platforms": "platforms",
             "investors": "investors"}[missing]  # fmt: skip
    model = run(small(120, population={missing: 0}, parameters=STRESS))
    if missing != "investors":  # savers enter in proportion to those of the start: none
        assert getattr(model.world, table).n == 0
    assert not model.world.investors.cash.any() if missing == "investors" else True
    if missing in ("platforms", "investors"):
        assert model.world.notes.n == 0
    if missing in ("micro_lenders", "banks"):
        assert model.world.wholesale.n == 0


# ------------------------------------------------------------ one firm, no time
def test_one_enterprise_sells_to_outside_only():
    scenario = small(1, parameters={"enterprise": {"entry_rate": 0.0}})

    def look(world):
        assert world.links.n == 0
        sold = sum(f for (name, *_), f in world.ledger.flows.items() if name == "final_sales")
        assert world.enterprises.n == 1
        assert world.enterprises.revenue[0] == sold

    watched(scenario, look)


@pytest.mark.parametrize("burn_in", [0, 1])
def test_hardly_any_burn_in(burn_in):
    model = run(small(80, time={"months": 3, "burn_in": burn_in}), 0)
    assert model.month == 0
    assert set(model.records()) == {"balances"}
    model.step()
    firms = model.world.enterprises
    assert firms.is_in_cohort.any()
    assert model.records()["macro"]["month"].tolist() == [1]
    model.run_model()
    cohort = model.final_records()["cohort"]
    assert cohort["firm_months"][0] <= 3 * cohort["firms"][0]


def test_a_single_month():
    model = run(small(30, time={"months": 1, "burn_in": 0}))
    assert model.months == range(1, 2)
    assert model.final_records()["cohort"]["firm_months"][0] == 30


# ------------------------------------------------------------ no and nearly perfect information
def estimates_of(scenario):
    """What lenders estimated of firms that asked for working capital, and the truth."""
    found = []

    def look(world):
        papers, offers = world.desk.applications, world.desk.offers
        mine = papers.purpose[offers.application] == WORKING
        index = world.enterprises.index[papers.firm[offers.application]]
        found.append(np.stack([offers.estimate[mine], index[mine], offers.pd[mine]]))

    watched(scenario, look)
    return np.concatenate(found, axis=1)


def test_without_any_source_all_look_the_same():
    estimate, index, _ = estimates_of(small(200, credit={"preset": "none"}))
    assert index.std() > 0
    assert not estimate.any()


def test_more_precise_sources_know_more():
    def known(auc):
        sources = {"application": {"auc": auc}}
        estimate, index, _ = estimates_of(
            small(300, credit={"preset": "none", "sources": sources}, parameters=STRESS)
        )
        return np.corrcoef(estimate, index)[0, 1]

    dull, keen = known(0.55), known(0.72)
    assert dull < keen
    assert keen > 0.5
