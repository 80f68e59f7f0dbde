"""Every plug-in moves an outcome where it binds, and the records say so."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sim.borrower_caps import sizes
from sim.limits import PROVIDER_KINDS
from sim.scenario_plugins import plugins
from tests.worlds import FRAUD, differing, run, small, state

EVERYONE = ["bank", "micro_lender", "platform"]
BORROWING = {"population": {"investors": 250, "micro_lenders": 4, "banks": 2}}


def followed(look, **fields):
    """Run an economy that borrows and call `look(world)` after every policy month."""
    model = run(small(250, **BORROWING, **fields), 0)
    while model.month < 10:
        model.step()
        look(model.world)
    return model


def new_loans(**fields):
    """Rate, amount, kind of provider and borrower of every loan granted in policy months."""
    found = []

    def look(world):
        papers, offers = world.desk.applications, world.desk.offers
        mine = np.flatnonzero(world.desk.granted)
        number = offers.provider[mine]
        found.append(np.stack([offers.rate[mine], offers.amount[mine] / 100,
                               world.provider_kind[number], offers.own_debt[mine] / 100,
                               papers.loan[offers.application[mine]]]))  # fmt: skip

    model = followed(look, **fields)
    return np.concatenate(found, axis=1), model


@pytest.fixture(scope="module")
def free():
    return new_loans()


def bound_rows(model):
    """The limits that bound in the last month, as the records tell them."""
    return model.records().get("limits", {"question": [], "instrument": [], "provider_kind": []})


def test_every_instrument_is_tried_here():
    files = Path(__file__).parent.glob("test_*.py")
    tried = {name for file in files for name in re.findall(r"def test_(\w+)", file.read_text())}
    assert {f"{kind}_binds" for kind in plugins("supervision")} <= tried
    assert {f"{kind}_shock_is_felt" for kind in plugins("shocks")} <= tried


def test_rate_ceiling_binds(free):
    rates = free[0][0]
    ceiling = float(np.median(rates))
    capped, model = new_loans(supervision={"rate_ceiling": {"rate": ceiling, "kinds": EVERYONE}})
    assert (rates > ceiling).any()
    assert (capped[0] <= ceiling).all(), "a dearer loan is refused, never made cheaper"
    rows = bound_rows(model)
    assert {"rate_ceiling"} == set(rows["question"]) == set(rows["instrument"])


def test_loan_cap_binds(free):
    cap = 20_000.0
    of_platforms = free[0][2] == PROVIDER_KINDS["platform"]
    assert (free[0][1][of_platforms] > cap).any()
    capped, model = new_loans(supervision={"loan_cap": {"amount": cap, "kinds": ["platform"]}})
    _, amount, kind, debt, loan = capped
    mine = (kind == PROVIDER_KINDS["platform"]) & (loan < 0)
    assert mine.any()
    assert (amount[mine] + debt[mine] <= cap + 0.01).all()
    assert (amount[kind != PROVIDER_KINDS["platform"]] > cap).any(), "others are not bound"
    rows = bound_rows(model)
    assert set(rows["question"]) == set(rows["instrument"]) == {"loan_cap"}
    assert set(rows["provider_kind"]) == {"platform"}


def owed_after(**supervision):
    """Debt to all and to the lender after each new loan, the lender's size, and what bound."""
    found, bound = [], set()

    def look(world):
        papers, offers = world.desk.applications, world.desk.offers
        mine = np.flatnonzero(world.desk.granted)
        mine = mine[papers.loan[offers.application[mine]] < 0]
        size = sizes(world)[offers.provider[mine]]
        found.append(np.stack([offers.all_debt[mine] + offers.amount[mine],
                               offers.own_debt[mine] + offers.amount[mine], size,
                               world.provider_kind[offers.provider[mine]]]) / 100)  # fmt: skip
        bound.update(question for question, *_ in world.desk.bound)

    followed(look, supervision=supervision, credit={"preset": "registry"})
    return np.concatenate(found, axis=1), bound


def test_total_debt_cap_binds():
    cap = 90_000.0
    free, unbound = owed_after()
    capped, bound = owed_after(total_debt_cap={"amount": cap, "kinds": []})
    assert (free[0] > cap).any()
    assert not unbound
    assert (capped[0] <= cap + 0.01).all(), "members of the registry see all"
    assert bound == {"total_debt_cap"}


def test_concentration_cap_binds():
    share, platform = 0.05, PROVIDER_KINDS["platform"] / 100
    free, _ = owed_after()
    capped, bound = owed_after(concentration_cap={"share": share, "kinds": []})
    own = capped[3] != platform
    assert (free[1] > share * free[2]).any()
    # Capital and waiting money move between decision and pay-out: by costs, and by other loans.
    assert (capped[1][own] <= 1.2 * share * capped[2][own]).all()
    assert bound == {"concentration_ceiling"}


def test_blacklist_binds():
    def kept_and_walked(**supervision):
        """Whom the list kept, on whose list, and how many walked away in all."""
        kept, count = [], []

        def look(world):
            kept.extend(world.desk.bound)
            count.append(world.desk.tally.get("strategic_defaults", 0))

        followed(look, supervision=supervision,
                 parameters={"enterprise": {"opportunist_share": 1.0}})  # fmt: skip
        return kept, sum(count)

    free, walked = kept_and_walked()
    dated = {"at": {1: {"weight": 1.0, "kinds": ["bank"]}}}
    kept, fewer = kept_and_walked(blacklist=dated)
    assert not free
    assert {name for name, *_ in kept} == {"blacklist_weight"}
    assert set(np.concatenate([number for *_, number, _ in kept]).tolist()) <= {0, 1}, "banks"
    assert fewer < walked


def wholesale_drawn(**supervision):
    fields = {"supervision": supervision, "parameters": {"micro_lender": {"leverage": 3.0}}}
    drawn = []
    followed(lambda w: drawn.append(int(w.wholesale.principal.sum())), **fields)
    return drawn


def test_leverage_cap_binds():
    assert max(wholesale_drawn()) > 0
    dated = {"at": {1: {"ratio": 0.0, "kinds": ["micro_lender"]}}}
    drawn = wholesale_drawn(leverage_cap=dated)
    assert all(later <= earlier for earlier, later in pairwise(drawn)), (
        "what was drawn before runs off, nothing new is drawn"
    )
    capped = wholesale_drawn(leverage_cap={"ratio": 0.0, "kinds": ["micro_lender"]})
    assert not any(capped)


def test_registration_binds():
    def costs(**supervision):
        paid = []
        model = followed(lambda w: paid.append(w.desk.tally.get("supervision_cost", 0)),
                         supervision=supervision)  # fmt: skip
        flows = model.world.ledger.flows.items()
        levied = sum(f for (flow, *_), f in flows if flow == "levy")
        return min(paid), levied, float(model.world.regulator.budget_left[0])

    nothing, plain, dear = costs(level=0), costs(level=1), costs(registration={"fee": 400.0})
    assert nothing[0] == 0
    assert plain[0] > 0
    assert dear[1] > plain[1] == 0
    assert dear[2] > plain[2], "what was collected adds to the next budget"


def test_custody_binds():
    def misused(**supervision):
        found = []
        people = {"investors": 80, "platforms": 10}
        start = {"time": {"months": 6, "burn_in": 0}, "population": people}
        model = run(small(40, **start, parameters=FRAUD, supervision=supervision), 0)
        while model.month < 6:
            model.step()
            found.append(model.world.desk.tally.get("fraud_loss", 0))
        return sum(found)

    assert misused() > 0
    assert misused(custody={}) == 0


def suspects(**supervision):
    """Who was suspected by whom in an economy of dishonest owners, and the month's tallies."""
    found, tally = set(), {}
    people = {"time": {"months": 8, "burn_in": 0}, "population": {"investors": 80, "platforms": 10}}
    slow = {"platform": {**FRAUD["platform"], "temptation_share": 0.0, "opening_months": 99}}
    model = run(small(40, **people, parameters=slow, supervision=supervision), 0)
    while model.month < 8:
        model.step()
        found |= set(bound_rows(model)["instrument"])
        for name, value in model.world.desk.tally.items():
            tally[name] = tally.get(name, 0) + value
    return found, tally


def test_inspection_binds():
    found, tally = suspects(inspection={"rate": 1.0, "skill": 1.0, "cost": 50.0})
    assert found == {"inspection"}
    assert tally["frauds_found"] > 0
    assert tally["supervision_cost"] >= 5000 * tally["inspections"]
    assert not suspects(inspection={"rate": 0.0})[0]


def test_alarm_channel_binds():
    found, tally = suspects(alarm_channel={"rate": 0.5, "error": 0.5})
    assert found == {"alarm_channel"}
    assert tally["frauds_found"] > 0
    assert tally["false_alarms"] > 0
    assert not suspects(alarm_channel={"rate": 0.0, "weight": 0.0})[0]


def outputs(**fields):
    found = []
    followed(lambda w: found.append(w.desk.tally["output"]), **fields)
    return np.array(found)


def test_demand_shock_is_felt():
    slump = {"kind": "demand", "month": 4, "months": 2, "size": -0.5}
    base, struck = outputs(), outputs(shocks={"slump": slump})
    assert (base[:3] == struck[:3]).all()
    assert (struck[3:5] < 0.75 * base[3:5]).all()
    one_sector = outputs(shocks={"slump": {**slump, "sector": 0}})
    assert struck[3] < one_sector[3] < base[3]


def test_funding_shock_is_felt(free):
    spread = {"kind": "funding", "month": 1, "months": 10, "size": 0.03}
    struck, _ = new_loans(shocks={"dear": spread})
    for kind in ("bank", "micro_lender"):
        before, after = (x[0][x[2] == PROVIDER_KINDS[kind]] for x in (free[0], struck))
        # Other firms are funded, so medians are compared; the whole spread is in every price.
        assert np.median(after) >= np.median(before) + 0.02


def market(**path):
    """Platforms that live and money that savers placed, month by month."""
    found = []

    def look(world):
        found.append((world.platforms.alive.sum(), world.desk.tally.get("deposited", 0.0)))

    followed(look, shocks={"fashion": {"kind": "adoption", **path}} if path else {})
    return np.array(found).T


def test_adoption_shock_is_felt():
    (alive, placed), (same, likewise) = market(), market(entry=[(1, 1)], attention=[(1, 1)])
    assert (alive == same).all()
    assert (placed == likewise).all()
    late, ignored = market(entry=[(1, 0), (9, 0)], attention=[(1, 0), (5, 0), (6, 1)])
    assert (late <= alive).all()
    assert late[-1] < alive[-1]
    assert (ignored[:5] == 0).all()
    assert (ignored[5:] > 0).all()


@pytest.mark.parametrize("path", [[(2, 1), (2, 1)], [(1, -0.1)], [(1, 1.1)]])
def test_adoption_refuses_paths_that_make_no_sense(path):
    with pytest.raises(ValueError, match="attention"):
        plugins("shocks")["adoption"](attention=path)


def test_money_market_shock_is_felt():
    """Yields in months 3-4, while in month 4 an order keeps holders from what they ask back."""

    def months(**shocks):
        found, low = [], {"money_fund": {"redemption_limit": 10.0}}
        population = {"money_funds": 2}
        model = run(small(30, population=population, parameters=low, shocks=shocks), 0)
        while model.month < 5:
            model.step()
            refused = model.world.desk.tally.get("redemptions_refused", 0.0)
            found.append((model.world.money_funds.yield_rate[0], refused))
        return np.array(found)

    shock = {"kind": "money_market", "month": 3, "months": 2, "size": 0.05}
    order = {"kind": "money_market", "month": 4, "months": 1, "limit": True}
    plain, struck = months(), months(dear=shock, order=order)
    assert struck[:, 0] - plain[:, 0] == pytest.approx([0.0, 0.0, 0.0445, 0.0445, 0.0])
    assert not plain[:, 1].any()
    assert (struck[:, 1] > 0).tolist() == [False, False, False, True, False]


def knows(kind, auc):
    """Spread of what lenders estimate when they may look at one source only."""
    estimates = []

    def look(world):
        estimates.append(world.desk.offers.estimate)

    sources = {} if auc is None else {kind: {"auc": auc}}
    # Core firms are so large that a small economy has none, and logistics nobody to cover.
    parameters = {"enterprise": {"core_ratio": 3.0}} if kind == "logistics" else {}
    followed(look, credit={"preset": "none", "sources": sources}, parameters=parameters)
    return float(np.concatenate(estimates).std())


HELD = [k for k, source in plugins("credit").items() if any(map(source.may_hold, EVERYONE))]


@pytest.mark.parametrize("kind", HELD)
def test_a_source_counts_for_more_the_keener_it_is(kind):
    blind, dull, keen = knows(kind, None), knows(kind, 0.58), knows(kind, 0.75)
    assert blind == 0
    assert blind < dull < keen


def test_a_source_that_tells_nothing_changes_no_decision_but_costs():
    base = run(small(100, credit={"preset": "none"}, population={"investors": 100}))
    mute = {"application": {"auc": 0.5, "cost": 0.0}}
    same = run(base.scenario.but({"credit": {"sources": mute}}))
    assert differing(state(base), state(same)) == []
