"""Names of points: few digits, and no two points alike."""

from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.figures import _style as style
from analysis.names import point_names, with_names
from analysis.tables import summary_table


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("share=0.30000000000000004", "share=0.3"),
        ("rate=0.123456789012, months=12", "rate=0.1235, months=12"),
        ("size=12345.678", "size=12350"),
        ("size=1234567", "size=1234567"),
        ("rate=1.23456e-07", "rate=1.235e-07"),
        ("rate=-0.000123456", "rate=-0.0001235"),
        ("shocks.x2.5.size=0.5, preset=v1.23456", "shocks.x2.5.size=0.5, preset=v1.23456"),
        ("entry=[[1, 0.123456], [2, 1.0]]", "entry=[[1, 0.1235], [2, 1]]"),
        ("point 17", "point 17"),
        ("", ""),
    ],
)
def test_a_name_has_few_digits(stored, shown):
    assert point_names([stored]) == {stored: shown}


def test_points_that_are_near_each_other_get_the_digits_that_tell_them_apart():
    names = point_names(["a=0.300000123", "a=0.300000456", "a=0.3", "a=0.7123456"])
    assert list(names.values()).count("a=0.7123") == 1
    assert len(set(names.values())) == 4
    assert names["a=0.3"] == "a=0.3"
    assert names["a=0.300000123"] == "a=0.3000001"


def test_points_that_differ_in_the_last_bit_or_in_writing_alone_stay_apart():
    names = point_names(["a=0.3", "a=0.30000000000000004", "a=1", "a=1.0"])
    assert len(set(names.values())) == 4


def test_frames_keep_what_is_no_name():
    frame = pd.DataFrame({"point": ["a=0.12345678", None], "n": [1, 2]})
    first, second = with_names(frame)["point"]
    assert first == "a=0.1235"
    assert pd.isna(second)
    assert frame["point"].iloc[0] == "a=0.12345678", "the frame itself is left alone"
    assert "point" not in with_names(frame[["n"]]).columns


def test_tables_show_the_short_names():
    row = {"arm": "caps", "point": "share=0.30000000000000004", "metric": "x", "label": "X",
           "unit": "", "mean": 1.0, "low": 1.0, "high": 1.0, "n": 1}  # fmt: skip
    heads = [str(c.header) for c in summary_table(pd.DataFrame([row]), "t").columns]
    assert "caps, share=0.3" in heads


def test_figures_show_the_short_names_of_all_points_of_a_study():
    points = ["share=0.30000000000000004", "share=0.512345678", "share=0.512345679"]
    runs = pd.DataFrame({"arm": "caps", "point": points, "channels": "as set"})
    results = SimpleNamespace(runs=runs)
    names = [look.name for look in style.looks(results).values()]
    assert names == ["caps, share=0.3", "caps, share=0.512345678", "caps, share=0.512345679"]
    assert style.run_name(results, "", points[0], 3) == "share=0.3, replication 3"
