"""How long clients of two vendors are down: by hand, and in an economy whose vendors both are."""

import numpy as np
import pytest

from sim.contracts.incidents import MONTH_HOURS
from sim.measures.base import METRICS
from sim.vendor_strikes import felt_with_two, joined
from tests.worlds import run, small

BOTH = {"kind": "vendor", "month": 3, "count": 2, "hours": 100, "start": 100, "certain": True}


@pytest.mark.parametrize(
    ("others", "felt"),
    [
        ([], (100, 25)),  # a quarter of it
        ([(300, 400)], (100, 25)),
        ([(200, 300)], (100, 25)),  # the one is up when the other goes down
        ([(100, 200)], (100, 100)),
        ([(0, 500)], (100, 100)),
        ([(160, 300)], (145, 55)),  # 15 of the 60 before, then all 40 common hours
        ([(0, 140)], (100, 55)),
        ([(120, 160)], (115, 55)),  # 5 before, 40 common, 10 after
        ([(0, 110), (190, 300)], (100, 40)),
    ],
)
def test_hours_common_to_both_vendors_count_and_of_others_a_share(others, felt):
    assert felt_with_two(100, 200, joined(others), 0.25) == pytest.approx(felt)


def test_spells_of_both_vendors_share_only_common_hours():
    one, two = (100.0, 200.0), (160.0, 300.0)
    begin, hours = felt_with_two(*one, joined([two]), 0.25)
    then, more = felt_with_two(*two, joined([one]), 0.25)
    assert joined([(begin, begin + hours), (then, then + more)]).tolist() == [[145.0, 225.0]]
    assert 225 - 145 == 40 + 0.25 * (60 + 100)


def test_spells_are_joined():
    spells = [(5.0, 7.0), (0.0, 2.0), (1.0, 3.0), (3.0, 4.0)]
    assert joined(spells).tolist() == [[0.0, 4.0], [5.0, 7.0]]
    assert joined([]).shape == (0, 2)


def struck(months, **shocks):
    both = {"vendor": {"second_share": 1.0}}
    economy = small(60, time={"months": 6, "burn_in": 2}, shocks=shocks,
                    population={"vendors": 2}, parameters=both)  # fmt: skip
    model = run(economy, 3)
    told = []
    for _ in range(months):
        alive = sum(int(t.alive.sum()) for t in _clients(model.world))
        told.append((METRICS["hours_down"].function(model.world), alive))
        model.step()
    return model.world, told


def _clients(world):
    return [world.tables[kind] for kind in ("bank", "micro_lender", "ecommerce_lender", "platform")]


def test_a_second_vendor_is_of_no_use_while_it_is_down_too():
    world, told = struck(1, a=BOTH)
    victims = set(zip(world.incidents.population.tolist(), world.incidents.row.tolist(),
                      strict=True))  # fmt: skip
    assert told[0][0] == 100 * len(victims) > 0
    one, told = struck(1, a={**BOTH, "count": 1})
    assert set(one.incidents.hours.tolist()) == {25.0}
    parted = struck(1, a={**BOTH, "target": "vendor:1", "count": 1},
                    b={**BOTH, "target": "vendor:2", "count": 1, "start": 150})[0]  # fmt: skip
    assert set(parted.incidents.hours.tolist()) == {62.5}
    together = struck(1, a={**BOTH, "target": "vendor:1", "count": 1},
                      b={**BOTH, "target": "vendor:2", "count": 1})[0]  # fmt: skip
    assert set(together.incidents.hours.tolist()) == {100.0}, "by two attacks or by one"


def test_trouble_that_lasts_from_an_earlier_month_counts():
    """The first vendor is down until hour 380 of month 4, in which the second goes down at 100."""
    long = {**BOTH, "target": "vendor:1", "count": 1, "hours": 1000.0}
    late = {**BOTH, "target": "vendor:2", "count": 1, "month": 4, "hours": 400.0}
    world, _ = struck(2, a=long, b=late)
    mine = world.incidents.month == 4
    assert mine.any()
    assert set(world.incidents.hours[mine].tolist()) == {280 + 0.25 * 120}
    assert (world.vendors.down_until == 0).all()
    assert long["start"] + long["hours"] - MONTH_HOURS == 380


def test_attacks_at_random_on_both_vendors_count_alike():
    sure = {"security": {"vulnerability": 1.0}, "vendor": {"second_share": 1.0},
            "cyber": {"outage_median": 720.0, "outage_p95": 800.0}}  # fmt: skip
    storm = {"kind": "wave", "month": 3, "rate": 0.0, "vendor_rate": 9.0}
    economy = small(60, time={"months": 3, "burn_in": 2}, shocks={"storm": storm},
                    population={"vendors": 2}, parameters=sure)  # fmt: skip
    world = run(economy, 3).world
    vendors = world.incidents.vendor
    assert set(vendors.tolist()) == {0, 1}
    down = world.downtime.end - world.downtime.begin
    first = MONTH_HOURS - world.incidents.start[np.argsort(world.incidents.start)][0]
    assert (down > 0.9 * first).all()
