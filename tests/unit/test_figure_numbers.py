"""Numbers that figures work out, against known answers."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from analysis import sensitivity
from analysis.figures import (
    NotApplicable,
    _forest,
    beliefs_and_flows,
    cascade_sizes,
    cascade_tree,
    defaults_by_grade,
    network,
    size_distribution,
    vintages,
)
from analysis.figures import replay as episode
from analysis.figures import sensitivity as walks
from analysis.figures import supervision_ladder as ladder


def test_hill_finds_the_exponent_of_a_pareto_tail():
    ranks = np.arange(1, 20_001)
    assert size_distribution.tail_exponent(ranks ** (-1 / 1.3)) == pytest.approx(1.3, rel=0.02)
    assert np.isnan(size_distribution.tail_exponent(np.ones(20)))
    assert np.isnan(size_distribution.tail_exponent(np.ones(200)))  # a limit cuts the whole tail


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


def _fell(*rows):
    """Return a network of month 12 and falls as (row, month, row of the parent)."""
    number = {row: row * 16 + 1 for row in range(8)}
    events = pd.DataFrame(
        [("r", month, "default", "enterprise", row, number.get(parent, -1), 1.0)
         for row, month, parent in rows],
        columns=["run_id", "month", "event", "kind", "row", "parent", "weight"],
    )  # fmt: skip
    nodes = pd.DataFrame({"kind": "enterprise", "row": range(8), "state": "active", "sector": 0,
                          "revenue": 1.0}, index=list(number.values()))  # fmt: skip
    edges = pd.DataFrame(columns=["layer", "instrument", "creditor", "debtor", "via", "yuan"])
    return SimpleNamespace(run_id="r", month=12, nodes=nodes, edges=edges), SimpleNamespace(
        events=events, months=24
    )


def test_a_network_counts_falls_after_its_month_and_each_once():
    # Firm 0 fell before and brought down 1 with 2; 3 fell alone, 4 for the credit 7 refused.
    net, runs = _fell((0, 11, 6), (5, 12, 6), (1, 13, 0), (2, 14, 1), (3, 20, 99), (4, 24, 7))
    found = network._picture(net, runs)
    assert found["fell"].dropna().tolist() == [13, 14, 20, 24]
    assert found["members"].dropna().tolist() == [3, 3, 1, 1]
    told = network._message(net, found, network._months_left(net, runs))
    assert "4 of them fell in the 12 months after it: 2 in cascades, 1 for lack of" in told
    assert told.endswith("credit, 1 alone")


def test_a_network_of_the_last_month_says_that_nothing_is_known_after_it():
    net, runs = _fell((0, 11, 6), (1, 12, 0))
    runs.months = 12
    found = network._picture(net, runs)
    assert not found["fell"].notna().any()
    told = network._message(net, found, network._months_left(net, runs))
    assert "nothing is known" in told
    assert "cascades" not in told


@pytest.mark.parametrize(("granted", "ages"), [(24, 9), (25, 3)])
def test_loans_followed_too_shortly_are_not_drawn(monkeypatch, granted, ages):
    curve = pd.DataFrame({"arm": "a", "point": "", "kind": "bank", "grade": "A", "gone_bad": 0,
                          "granted": granted, "age": range(ages), "defaulted": 0.0})  # fmt: skip
    monkeypatch.setattr(vintages, "data", lambda _: curve)
    runs = SimpleNamespace(
        tables=["vintages"], reference_arm="a",
        runs=pd.DataFrame({"point": [""], "replication": [0]}),
    )  # fmt: skip
    with pytest.raises(NotApplicable, match=r"followed for \d months"):
        vintages.draw(runs)
    curve.loc[:, "granted"] = 25
    if ages > 3:
        assert vintages.draw(runs).axes


def test_indices_that_are_rounding_are_zero_and_drawn_without_a_scale():
    unit = np.array([[0, 0], [2 / 3, 0], [2 / 3, 2 / 3]] * 2)
    values = 50.0 + np.array([0.0, 7e-15, -7e-15, 0.0, 1e-14, 7e-15])
    found = sensitivity._indices("morris", unit, values, 2, 50e-12)
    assert all(not numbers.any() for numbers in found.values())
    moved = values + np.array([0, 1, 1, 0, 1, 1])
    told = sensitivity._indices("morris", unit, moved, 2, 50e-12)
    assert told["mu_star"] == pytest.approx([1.5, 0.0])
    assert told["mu_star"][1] == 0.0
    axes = Figure().subplots()
    walks._morris(axes, pd.DataFrame({"field": ["x", "y"], **found}), 1.0)
    assert [t.get_text() for t in axes.texts] == ["no field changes it at any point"]
    assert axes.get_xticks().tolist() == [0.0]


def test_panels_of_sensitivity_fill_the_page():
    rows = pd.DataFrame({"field": ["x", "y"], "mu_star": [2.0, 1.0], "sigma": [1.0, 0.5],
                         "half_width": [0.1, 0.1]})  # fmt: skip
    figure = Figure(figsize=(8, 6), layout="constrained")
    axes = figure.subplots(2, 2)
    for panel in axes.flat:
        walks._morris(panel, rows, 1.0)
    figure.draw_without_rendering()
    assert all(panel.get_position().width > 0.3 for panel in axes.flat)


def test_sizes_of_cascades_bear_plain_numbers():
    axes = Figure().subplots()
    axes.plot([1, 2, 3], [33.0, 12.0, 5.5])
    cascade_sizes._axes(axes, 3)
    axes.figure.draw_without_rendering()
    major = [t.get_text() for t in axes.get_yticklabels()]
    assert {"7", "10", "20", "30"} <= set(major)
    assert not any(t.get_text() for t in axes.get_yticklabels(minor=True))


@pytest.mark.parametrize("arms", [("a",), ("a", "b")])
def test_a_tree_says_which_arm_it_is_of_where_there_are_several(arms):
    runs = SimpleNamespace(runs=pd.DataFrame({"run_id": arms, "arm": arms, "point": ""}))
    tree = pd.DataFrame({"run_id": "a", "name": ["enterprise 1", "bank 2"], "month": [3, 4]})
    told = cascade_tree._message(tree, runs)
    assert told.startswith("The largest cascade of a:" if len(arms) > 1 else "The largest cascade:")


def test_that_nothing_differs_is_said_beside_the_markers():
    axes = Figure().subplots()
    _forest.forest(axes, [_forest.Row("x", 0.0, 0.0, 0.0, 0.0)], 1.0, True)
    (text,) = axes.texts
    axes.figure.draw_without_rendering()
    middle = axes.transData.transform((0.0, 0.0))[0]
    assert text.get_window_extent().x1 < middle - 10
