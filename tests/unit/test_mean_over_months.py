"""Means over months: plain, and weighted where a month may hold little of what is averaged."""

import numpy as np
import pandas as pd
import pytest

from analysis.reading import mean_over_months, read_table
from sim.experiment.store import Part, PartWriter
from sim.measures.base import METRICS

BY = ["arm", "replication"]


def months():
    return pd.DataFrame(
        {
            "arm": "a",
            "replication": [0, 0, 0, 1],
            "gain": [-1.0, 0.5, np.nan, np.nan],
            "ended": [1.0, 9.0, 4.0, 0.0],
            "sold": [1.0, 1.0, 0.0, 0.0],
        }
    )


def test_a_month_in_which_much_ended_counts_for_more():
    found = mean_over_months(months(), "gain", BY, ["ended"])
    assert found["a", 0] == pytest.approx((9 * 0.5 - 1) / 10)
    assert np.isnan(found["a", 1]), "nothing ever ended there"


def test_weights_of_several_columns_are_added_up():
    found = mean_over_months(months(), "gain", BY, ["ended", "sold"])
    assert found["a", 0] == pytest.approx((10 * 0.5 - 2) / 12)


def test_months_count_alike_where_nothing_else_is_said():
    assert mean_over_months(months(), "gain", BY)["a", 0] == pytest.approx(-0.25)


def test_weights_are_metrics_and_travel_with_the_file(tmp_path):
    weighted = {name: metric.over for name, metric in METRICS.items() if metric.over}
    assert weighted
    assert all(set(over) <= set(METRICS) for over in weighted.values())
    units = {m.name: (m.unit, m.label, *m.over) for m in METRICS.values()}
    writer = PartWriter(Part(tmp_path / "run"), {"macro": units})
    writer.add({"macro": {name: np.ones(1) for name in METRICS}})
    writer.finish({})
    read = read_table(writer.part.table("macro"))
    assert {name: tuple(over) for name, over in read.attrs["over"].items()} == weighted
