"""The tail of cascade sizes as numbers of runs, and arms compared by them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis import tails
from analysis.results import AS_SET
from sim import describe
from sim.scenario_schema import BUILT_METRICS


def chain(run, start, length, month=1):
    """A fall that brings down `length` - 1 others, one after the other."""
    return [(run, month, "default", "enterprise", start + i, (start + i - 1) * 16 + 1 if i else -1)
            for i in range(length)]  # fmt: skip


@pytest.fixture
def results():
    rows = [*chain("a", 0, 6), *chain("a", 100, 1), *chain("a", 200, 2, month=9),
            *chain("b", 0, 5), *chain("b", 50, 5), *chain("d", 0, 1)]  # fmt: skip
    columns = ["run_id", "month", "event", "kind", "row", "parent"]
    runs = pd.DataFrame({
        "run_id": list("abcd"), "arm": ["x", "x", "y", "y"], "point": "", "channels": AS_SET,
        "replication": [0, 1, 0, 1], "status": ["done", "done", "done", "failed"],
    })  # fmt: skip
    return SimpleNamespace(events=pd.DataFrame(rows, columns=columns), runs=runs,
                           window=lambda first, last: (first or 1, last or 12))  # fmt: skip


def test_each_measure_by_run(results):
    found = {name: tails.by_run(results, name) for name in tails.MEASURES}
    first, second = ("", "x", AS_SET, 0), ("", "x", AS_SET, 1)
    assert found[tails.MEAN][first] == pytest.approx(3.0)
    assert found[tails.QUANTILE][first] == pytest.approx(np.quantile([6, 1, 2], 0.99))
    assert found[tails.SHARE][first] == pytest.approx(1 / 3)
    assert found[tails.PER_RUN][[first, second]].tolist() == [1, 2]


def test_a_run_without_falls_has_no_large_cascade_and_no_size(results):
    calm = ("", "y", AS_SET, 0)
    assert tails.by_run(results, tails.PER_RUN)[calm] == 0
    assert np.isnan(tails.by_run(results, tails.MEAN)[calm])
    assert ("", "y", AS_SET, 1) not in tails.by_run(results, tails.MEAN).index  # it failed


def test_a_window_counts_cascades_that_began_in_it(results):
    late = tails.by_run(results, tails.MEAN, (5, 12))
    assert late[("", "x", AS_SET, 0)] == pytest.approx(2.0)


def test_metrics_made_after_the_run_are_described_as_tables_call_them():
    described = describe.tables("metrics")
    assert set(tails.MEASURES) < set(BUILT_METRICS)
    for name, (unit, label) in BUILT_METRICS.items():
        assert f"\n{name} " in described
        assert tails.MEASURES.get(name, (unit, label)) == (unit, label)
