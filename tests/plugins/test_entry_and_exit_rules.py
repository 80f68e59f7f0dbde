"""Who may open, who must comply and who has to close: rules of entry and exit at work."""

from types import SimpleNamespace

import pytest

from sim.agents.platform import ORDERED, WIND_DOWN
from tests.worlds import differing, run, small, state

MONTHS, ORDER = 12, 5
BUSY = {"platform": {"entrants_per_month": 12.0, "entry_chance": 1.0, "start_share": 0.6}}


def watched(parameters=None, months=MONTHS, **supervision):
    """Run an economy in which many platforms want to open, and sum up what rules did."""
    scenario = small(40, population={"platforms": 20}, supervision=supervision,
                     parameters={**BUSY, **(parameters or {})})  # fmt: skip
    model, seen, bound, longest = run(scenario, 0), {}, set(), 0
    exits = {"exits_ordered": 0, "exits_liquidation": 0}
    while model.month < months:
        model.step()
        world = model.world
        for name, value in world.desk.tally.items():
            seen[name] = seen.get(name, 0) + value
        for name in exits:
            exits[name] += model.datacollector.model_vars[name][-1]
        kinds = [i.kind for i in world.policy.instruments]
        bound |= {(question, kinds[at[0]]) for question, *_, at in world.desk.bound}
        loans = world.loans
        ours = loans.provider >= world.first_number("platform")
        longest = max(longest, loans.months_left[ours & loans.is_runoff].max(initial=0))
    seen = {"refused_entrants": 0, "ordered_closures": 0, **seen}
    table = model.world.platforms
    return SimpleNamespace(
        model=model, table=table, bound=bound, longest=longest, exits=exits, **seen
    )


def test_licence_binds():
    rule = {"at": {1: {"months": 4, "approval": 0.5}}}
    seen = watched(licence=rule)
    living = seen.table.alive
    assert living.any()
    assert seen.table.is_licensed[living].all(), "who was found unfit has closed"
    assert seen.ordered_closures > 0
    assert seen.refused_entrants > 0
    assert seen.bound == {("needs_licence", "licence")}
    assert seen.model.world.desk.costs.get("examinations", 0) % 10_000_00 == 0
    poor = watched(parameters={"regulator": {"budget": 1.0}}, licence=rule)
    assert not poor.table.is_licensed.any(), "nobody is examined without a budget"
    assert not poor.ordered_closures, "and nobody is closed for not having been"
    assert poor.table.n == seen.table.n, "who stays out takes its row all the same"


def test_minimum_capital_binds():
    rule = {"amount": 250_000.0, "months": 3, "fine": 100.0}
    seen = watched(minimum_capital={"at": {1: rule}})
    table, floor = seen.table, 250_000_00
    assert (table.months_below[table.alive] <= 3).all()
    opened = (table.born >= 1) & (table.initial_capital > 0)
    assert opened.any()
    assert (table.initial_capital[opened] >= floor).all()
    assert seen.capital_raised > 0
    assert seen.ordered_closures > 0
    assert seen.fine > 0
    assert seen.bound == {("capital_floor", "minimum_capital")}


def test_closure_order_binds_from_its_date():
    rule = {"closure_order": {"at": {ORDER: {}}}}
    before = watched(months=ORDER - 1, **rule)
    assert differing(state(before.model), state(watched(months=ORDER - 1).model)) == []
    seen = watched(**rule)
    assert not seen.table.alive.any()
    assert seen.ordered_closures > 0
    assert {q for q, _ in seen.bound} == {"must_close", "may_admit"}
    mode = seen.table.exit_mode[seen.table.ended == ORDER]
    assert set(mode.tolist()) == {WIND_DOWN}
    assert 0 < seen.longest <= seen.model.scenario.parameters.market.runoff_months


def test_closure_binds():
    order = {"at": {ORDER: {}}}
    # Without the rule the bullets of the closed have six months.
    short = watched(closure_order=order, closure={"months": 2, "abrupt": True})
    table = short.table
    assert set(table.exit_mode[table.ended == ORDER].tolist()) == {ORDERED}
    assert short.exits["exits_ordered"] == (table.exit_mode == ORDERED).sum() > 0
    assert not short.exits["exits_liquidation"], "nobody was unable to pay"
    assert short.longest <= 2
    assert watched(closure_order=order, closure={"months": 18}).longest == 18


def test_closure_order_binds():
    """Those with a licence are spared where the order says so, and the others are not."""
    seen = watched(licence={"at": {1: {"months": 12, "approval": 0.5}}},
                   closure_order={"at": {ORDER: {"unlicensed_only": True}}})  # fmt: skip
    table = seen.table
    assert table.alive.any()
    assert table.is_licensed[table.alive].all()
    assert (table.ended == ORDER).any()
    assert ("must_close", "closure_order") in seen.bound


def closures(months=14, **supervision):
    """Platforms closed by order in each month, where the budget pays for one a month."""
    dear = {"regulator": {"budget": 10_000.0, "registration_cost": 0, "closure_cost": 10_000.0}}
    scenario = small(40, population={"platforms": 20}, supervision=supervision,
                     parameters={**BUSY, **dear}, time={"months": months})  # fmt: skip
    model, found = run(scenario, 0), {}
    while model.month < months:
        model.step()
        found[model.month] = int(model.world.desk.tally.get("ordered_closures", 0))
    return found, model.world


@pytest.mark.parametrize(
    "supervision",
    [
        {"closure_order": {"at": {3: {"monthly_cost": 0}, 6: False}}},
        {"minimum_capital": {"at": {1: {"amount": 1e8, "months": 2}, 6: False}}},
        {"licence": {"at": {1: {"months": 2, "minimum_capital": 1e8}, 6: False}}},
    ],
    ids=lambda supervision: next(iter(supervision)),
)
def test_orders_lapse_with_the_rule_that_gave_them(supervision):
    found, world = closures(**supervision)
    assert any(found[month] for month in range(1, 6)), "the budget pays for one a month"
    assert not any(found[month] for month in range(6, 15)), "and the rule is over"
    assert world.platforms.alive.any()
    assert not world.platforms.orders[world.platforms.alive].any()


def test_an_order_stands_while_one_of_two_rules_does():
    order = {"at": {3: {"monthly_cost": 0}, 6: False}}
    floor = {"at": {1: {"amount": 1e8, "months": 2}}}
    found, _ = closures(closure_order=order, minimum_capital=floor)
    assert all(found[month] for month in range(4, 10))
