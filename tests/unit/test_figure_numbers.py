"""Numbers that figures work out, against known answers."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from analysis.figures import beliefs_and_flows, defaults_by_grade, size_distribution
from analysis.figures import replay as episode
from analysis.figures import supervision_ladder as ladder


def test_hill_finds_the_exponent_of_a_pareto_tail():
    ranks = np.arange(1, 20_001)
    assert size_distribution.tail_exponent(ranks ** (-1 / 1.3)) == pytest.approx(1.3, rel=0.02)
    assert np.isnan(size_distribution.tail_exponent(np.ones(20)))


def test_odds_ratio_passes_over_thin_grades():
    found = pd.DataFrame({"grade": list("ABC"), "loan_months": [9000, 9000, 10],
                          "rate": [0.02, 0.2, 0.9]})  # fmt: skip
    best, worst, ratio = defaults_by_grade.odds_ratio(found)
    assert (best, worst) == ("A", "B")
    assert ratio == pytest.approx((0.2 / 0.8) / (0.02 / 0.98))


def test_levels_are_named_beside_their_marks_and_share_a_name_where_they_meet():
    places = {"level 0": (42.0, 30.0), "level 1": (42.1, 30.2), "level 4": (35.0, 10.0)}
    rows = [(arm, "", axis, value, value, value) for arm, place in places.items()
            for axis, value in zip((ladder.ACCESS, "failures"), place, strict=True)]  # fmt: skip
    found = pd.DataFrame(rows, columns=["arm", "point", "axis", "value", "low", "high"])
    axes = Figure().subplots()
    axes.set(xlim=(30, 50), ylim=(0, 40))
    levels = [(int(arm[-1]), (arm, "")) for arm in places]
    ladder._name_levels(axes, found, "failures", levels)
    assert {t.get_text(): t.xy for t in axes.texts} == {"0, 1": (42.0, 30.0), "4": (35.0, 10.0)}


@pytest.mark.parametrize(("month", "side"), [(1, "left"), (10, "center"), (20, "right")])
def test_all_platforms_that_ended_are_marked_and_the_name_stays_inside(month, side):
    ended = np.zeros(20)
    ended[month - 1] = 3.0
    found = pd.DataFrame({"month": range(1, 21), "platforms_ended": ended})
    axes = Figure().subplots()
    beliefs_and_flows._ends(axes, found)
    (bars,) = (other for other in axes.figure.axes if other is not axes)
    assert [bar.get_height() for bar in bars.patches] == ended.tolist()
    assert [(t.get_text(), t.get_ha()) for t in bars.texts] == [("3 ended", side)]


def test_shares_of_a_replay_are_drawn_in_percent_and_numbers_as_they_are():
    numbers = {"observed": [0.2, 50.0], "value": [0.1, 40.0], "low": [0.0, 30.0],
               "high": [0.3, 60.0]}  # fmt: skip
    found = pd.DataFrame({"unit": [episode.SHARES[0], "platforms"], **numbers})
    shown = episode._readable(found)
    assert shown["unit"].tolist() == [f"% {episode.SHARES[0]}", "platforms"]
    assert shown[["observed", "value", "low", "high"]].to_numpy() == pytest.approx(
        np.array([[20.0, 10.0, 0.0, 30.0], [50.0, 40.0, 30.0, 60.0]])
    )
    assert found["observed"].tolist() == [0.2, 50.0]
    units = {series.unit for series in episode.replay.CHINA.series}
    assert set(episode.SHARES) <= units


def test_a_replay_says_how_many_series_it_predicts():
    wrong = pd.DataFrame({"arm": ["a", "a", "b", "a"], "series": ["x", "y", "x", "z"],
                          "n": [3, 3, 3, 0], "error": [0.1, 0.9, 0.1, np.nan],
                          "naive": [0.5, 0.5, 0.5, np.nan]})  # fmt: skip
    runs = SimpleNamespace(reference_arm="a", runs=pd.DataFrame({"replication": range(30)}))
    assert "of 2 series the model predicts 1 better" in episode._message(wrong, runs)
    assert episode._message(wrong, runs).endswith("forward: x")
    few = SimpleNamespace(reference_arm="a", runs=pd.DataFrame({"replication": range(2)}))
    assert "no statement" in episode._message(wrong, few)
    assert "No year was predicted" in episode._message(wrong[wrong["series"] == "z"], runs)
