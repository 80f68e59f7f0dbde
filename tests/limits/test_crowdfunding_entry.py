"""Crowdfunding platforms that come later: where places are free, under the rules in force."""

from types import SimpleNamespace

import numpy as np
import pytest

from tests.worlds import STRESS, audit_now, differing, run, small, state, watch_phases

MONTHS, LATE = 14, 5
EAGER = {"entrants_per_place": 12.0, "entry_chance": 1.0, "start_share": 0.0}
SHUT = {"crowdfunding": {"open": False}}
OWN = {**STRESS["crowdfunding_platform"], "fixed_cost_share": 0.02}


def economy(own=None, months=MONTHS, places=3, budget=1e6, **fields):
    """Describe an economy in which several crowdfunding platforms a month would open."""
    parameters = {**STRESS, "crowdfunding_platform": {**OWN, **EAGER, **(own or {})},
                  "regulator": {"budget": budget}}  # fmt: skip
    return small(120, time={"months": months, "burn_in": 2}, parameters=parameters,
                 population={"crowdfunding_platforms": places}, **fields)  # fmt: skip


def watched(*args, **fields):
    """Run one and note what limits bound in the records of its months, by kind of provider."""
    scenario = economy(*args, **fields)
    model, bound = run(scenario, 0), set()
    while model.month < scenario.time.months:
        model.step()
        found = model.records().get("limits")
        if found:
            of = zip(found["provider_kind"], found["question"], found["instrument"],
                     found["provider_row"], strict=True)  # fmt: skip
            bound |= {(q, i, int(r)) for k, q, i, r in of if k == "crowdfunding_platform"}
    table = model.world.crowdfunding_platforms
    opened = np.flatnonzero(table.initial_capital > 0)
    return SimpleNamespace(model=model, table=table, opened=opened, bound=bound)


def test_an_industry_without_founders_fills_its_places_and_runs_campaigns():
    most = []

    def look(world, phase):
        audit_now(world)
        if phase == "admit_entrants":
            most.append(int(world.crowdfunding_platforms.alive.sum()))

    with pytest.MonkeyPatch.context() as patch:
        watch_phases(patch, look)
        seen = watched({"entrants_per_place": 4.0})  # one a month
    assert max(most) == 3, "as many as there are places, and no more"
    assert len(seen.opened) >= 3
    assert seen.model.world.stakes.next_serial > 0, "they find savers"
    capital = seen.table.initial_capital[seen.opened]
    share = OWN["capital_share"] * seen.model.world.base_revenue / 3
    assert capital == pytest.approx(share)


def test_places_of_founders_who_failed_are_taken_and_without_entrants_stay_empty():
    costly = {"start_share": 1.0, "fixed_cost_share": 0.2}
    alone = watched({**costly, "entrants_per_place": 0.0})
    assert alone.table.n == 3
    assert not alone.table.alive.any()
    seen = watched(costly)
    assert not seen.table.alive[:3].any()
    assert seen.table.born[seen.table.alive].min() > -1


def test_with_the_rates_of_the_presets_an_industry_outlives_its_founders():
    plain = {name: type(economy().parameters.crowdfunding_platform).model_fields[name].default
             for name in EAGER}  # fmt: skip
    assert plain["start_share"] == 1.0
    assert plain["entrants_per_place"] > 0
    seen = watched({**plain, "fixed_cost_share": 0.2}, months=60)
    later = seen.opened[seen.opened >= 3]
    assert not seen.table.alive[:3].any()
    assert len(later)


def test_nobody_opens_while_doors_are_shut_and_the_rows_are_those_of_all_arms():
    opened = {"credit": {"crowdfunding": {"open": {"undated": False, "at": {LATE: True}}}}}
    shut = watched(credit=SHUT)
    late, at_once = watched(**opened), watched()
    assert not len(shut.opened)
    assert late.table.born[late.opened].min() == LATE
    assert shut.table.n == late.table.n == at_once.table.n
    one, other = run(economy(**opened), LATE - 1), run(economy(credit=SHUT), LATE - 1)
    assert differing(state(one), state(other)) == []


def test_a_licence_in_force_keeps_out_who_is_unfit_and_the_records_name_them():
    free, nobody = watched(), watched(supervision={"licence": {"approval": 0.0}})
    assert not len(nobody.opened)
    assert {(q, i) for q, i, _ in nobody.bound} == {("needs_licence", "licence")}
    rows = {row for _, _, row in nobody.bound}
    assert rows <= set(range(nobody.table.n))
    some = watched(supervision={"licence": {"approval": 0.5}})
    assert len(some.opened) > 0
    assert some.bound
    assert free.bound == set()
    poor = watched(supervision={"licence": {"approval": 1.0}}, budget=1.0)
    assert not len(poor.opened), "nobody is examined without a budget"


def test_entrants_pay_in_the_least_capital_in_force():
    free = watched()
    floor = float(free.table.initial_capital.max()) * 1.5
    seen = watched(supervision={"minimum_capital": {"amount": floor / 100}})
    assert len(seen.opened)
    assert (seen.table.initial_capital[seen.opened] >= floor - 1).all()
    assert {(q, i) for q, i, _ in seen.bound} == {("capital_floor", "minimum_capital")}
    assert set(seen.opened.tolist()) != set(free.opened.tolist())


@pytest.mark.parametrize("rule", ["licence", "minimum_capital"])
def test_rules_for_other_kinds_hold_for_none_of_them(rule):
    strict = {"licence": {"approval": 0.0}, "minimum_capital": {"amount": 1e9}}
    seen = watched(supervision={rule: {**strict[rule], "kinds": ["micro_lender"]}})
    assert len(seen.opened)
    assert seen.bound == set()


def test_an_order_to_close_lending_platforms_keeps_no_crowdfunding_platform_out():
    assert len(watched(supervision={"closure_order": {}}).opened)


def test_without_places_nobody_comes():
    model = watched(places=0).model
    assert model.world.crowdfunding_platforms.n == 0
