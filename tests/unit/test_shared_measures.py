"""Metrics share what they work out, and only while they are taken."""

import numpy as np

from sim.measures.base import METRICS, shared, sharing
from sim.model import MicroFinance
from sim.scenario import Scenario


def test_metrics_are_equal_shared_or_not() -> None:
    scenario = Scenario(
        time={"months": 3, "burn_in": 6},
        population={
            "enterprises": 300,
            "investors": 200,
            "platforms": 6,
            "micro_lenders": 3,
            "banks": 2,
        },
    )
    model = MicroFinance(scenario, seed=3)
    for _ in range(6):
        model.step()
    alone = [metric.function(model.world) for metric in METRICS.values()]
    taken = [model.datacollector.model_vars[name][-1] for name in METRICS]
    np.testing.assert_array_equal(alone, taken)


def test_an_answer_is_kept_for_one_close_only() -> None:
    asked: list[int] = []

    @shared
    def answer(of: int) -> int:
        asked.append(of)
        return 2 * of

    for _ in range(2):
        with sharing():
            assert (answer(1), answer(1), answer(2)) == (2, 2, 4)
    assert answer(1) == answer(1) == 2
    assert asked == [1, 2, 1, 2, 1, 1]
