"""Differences, intervals and contagion against numbers worked out by hand."""

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from fake_runs import Bag, FakeModel, FakeScenario, conduct
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Text
from rich.console import Console
from scipy import stats

import analysis
from analysis import commands, contagion_report, figures, paired, policy_contagion
from analysis.expected import AS_EXPECTED, NONE_TOLD, expected_and_found, verdict
from analysis.results import ResultsError, summary
from sim.channels import CHANNELS

TWINS = Bag(off="each", arms=())


class Wish(Bag):
    pass


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    wishes = [
        Wish(metric="default_rate", arm="better", sign="lower", why="it must"),
        Wish(metric="default_rate", arm="better", sign="higher", why="it must not"),
        Wish(metric="output", arm="better", sign="higher", why="no effect"),
        Wish(metric="contagious_defaults", arm="better", sign="none", why="same twins"),
        Wish(**{"metric": "output", "arm": "better", "sign": "none", "from": 25}),
        Wish(metric="debts", arm="better", sign="lower", why="a slip"),
    ]
    scenario = FakeScenario(twins=TWINS, placebo=True, expects=wishes)
    folder = conduct(scenario, tmp_path_factory.mktemp("paired"), replications=4).folder
    return analysis.load(folder)


def test_what_differs_by_rounding_alone_is_equal():
    base = pd.Series([0.1, 0.2, 0.3])
    same = paired.contrast(base + 1e-16, base)
    assert (same.difference, same.low, same.high, same.sd) == (0, 0, 0, 0)
    opposite = paired.contrast(base.add(np.array([0.1, 0.2, -0.3])), base)
    assert opposite.difference == 0
    assert opposite.low == -opposite.high < 0
    shifted = paired.contrast(base + 0.7, base)
    assert (shifted.sd, shifted.variance_ratio, shifted.detectable) == (0, 0, 0)
    assert shifted.difference == pytest.approx(0.7)


def test_contrast_by_hand():
    found = paired.contrast(pd.Series([1.0, 2.0, 4.0]), pd.Series([0.0, 2.0, 2.0]))
    assert (found.n, found.difference, found.sd) == (3, 1.0, 1.0)
    half = 4.302653 / np.sqrt(3)
    assert (found.low, found.high) == pytest.approx((1 - half, 1 + half), rel=1e-6)
    assert found.variance_ratio == pytest.approx(1 / (7 / 3 + 4 / 3))
    assert found.detectable == pytest.approx((4.302653 + stats.t.ppf(0.8, 2)) / np.sqrt(3))
    assert found.p_value == pytest.approx(stats.ttest_1samp([1, 0, 2], 0).pvalue)


def test_contrast_pairs_by_replication_and_drops_what_is_missing():
    first = pd.Series([5.0, 1.0, np.nan, 9.0], index=[3, 1, 2, 7])
    second = pd.Series([1.0, 2.0, 3.0], index=[1, 2, 3])
    found = paired.contrast(first, second)
    assert found.n == 2
    assert found.difference == pytest.approx(((5 - 3) + (1 - 1)) / 2)


def test_contrast_of_one_of_none_and_of_equals():
    one = paired.contrast(pd.Series([2.0]), pd.Series([1.0]))
    assert (one.n, one.difference) == (1, 1.0)
    assert np.isnan(one.low)
    assert paired.contrast(pd.Series(dtype=float), pd.Series([1.0])).n == 0
    same = paired.contrast(pd.Series([2.0, 2.0]), pd.Series([2.0, 2.0]))
    assert (same.difference, same.low, same.high, same.p_value) == (0, 0, 0, 1)
    assert np.isnan(same.variance_ratio)


def test_ratio_of_means_is_not_the_mean_of_ratios():
    above, below = pd.Series([1.0, 9.0]), pd.Series([1.0, 90.0])
    assert paired.ratio_of_means(above, below)[0] == pytest.approx(10 / 91)


def test_the_interval_of_a_ratio_by_hand():
    above, below = pd.Series([2.0, 3.0, 4.0]), pd.Series([9.0, 12.0, 9.0])
    # 9 / 30; 2 - 2.7, 3 - 3.6 and 4 - 2.7 are -0.7, -0.6 and 1.3, of which the sd is 1.127.
    half = stats.t.ppf(0.975, 2) * np.sqrt((0.49 + 0.36 + 1.69) / 2 / 3) / 10
    assert paired.ratio_of_means(above, below) == pytest.approx((0.3, 0.3 - half, 0.3 + half))


@pytest.mark.parametrize("n", [2, 5, 30])
def test_the_interval_of_a_ratio_holds_the_truth_with_few_replications_too(n):
    rng, hits = np.random.default_rng(3), []
    for _ in range(1500):
        below = 2.0 + 0.2 * rng.standard_normal(n)
        above = 0.1 * below + 0.05 * rng.standard_normal(n)
        _, low, high = paired.ratio_of_means(pd.Series(above), pd.Series(below))
        hits.append(low <= 0.1 <= high)
    assert np.mean(hits) == pytest.approx(0.95, abs=0.025)


@pytest.mark.property
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=2, max_size=20))
def test_exchanging_the_arms_turns_the_sign(pairs):
    first, second = (pd.Series(v) for v in zip(*pairs, strict=True))
    one, other = paired.contrast(first, second), paired.contrast(second, first)
    assert one.difference == -other.difference
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))
    assert one.low <= one.difference <= one.high


def test_effects_of_an_arm_and_the_chaos_floor(results):
    found = paired.effects(results).set_index(["arm", "metric"])
    better = found.loc[("better", "default_rate")]
    assert better["difference"] == pytest.approx(-0.01)
    assert better["variance_ratio"] == pytest.approx(0, abs=1e-12)
    placebo = found.loc[("placebo", "default_rate")]
    assert placebo["difference"] == pytest.approx(0.0005 * 2.5)
    assert better["placebo_sd"] == placebo["sd"] == pytest.approx(0.0005 * np.std(range(4), ddof=1))
    assert found.loc[("better", "par30"), "note"] == "other borrowers"
    assert found.loc[("better", "output"), "unit"] == "yuan"
    # 10 + replication defaults a month among 1,200 firms are as many per 100 firm-years.
    assert found.loc[("better", "cohort_default_rate"), "second"] == pytest.approx(11.5)
    assert found.loc[("better", "cohort_default_rate"), "difference"] == pytest.approx(-1.0)


def test_contagion_from_twins(results):
    found = paired.contagion(results).set_index(["arm", "channels"])
    assert len(found) == 2 * (len(CHANNELS) + 1)
    k = found.loc[("base case", "all off")]
    assert k["difference"] == pytest.approx(4.0)
    assert k["share"] == pytest.approx(4 / 11.5)
    assert k["attributed_share"] == pytest.approx(3 / 11.5)
    assert k["attributed_bias"] == pytest.approx(-1 / 11.5)
    assert found.loc[("better", "all off"), "share"] == pytest.approx(4 / 10.5)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.0, 0.0, AS_EXPECTED), (-9.0, 9.0, NONE_TOLD), (0.0, 1e-9, NONE_TOLD),
     (0.1, 0.2, "unexpected: higher"), (np.nan, np.nan, "too few replications")],
)  # fmt: skip
def test_no_difference_is_as_expected_only_where_there_is_none(low, high, said):
    assert verdict({"sign": "none"}, {"low": low, "high": high}) == said
    assert verdict({"sign": "lower"}, {"low": -1.0, "high": 1.0}) == "not told from zero"


def test_effect_on_contagion_is_a_difference_in_differences(results):
    found = paired.effects_on_contagion(results).set_index("arm")
    assert found.loc["better", ["difference", "low", "high"]].tolist() == pytest.approx([0, 0, 0])
    assert list(found.index) == ["better"]


def test_windows_are_reported_apart(results):
    assert list(paired.windows_of(results)) == ["1-30", "1-24", "25-30"]
    assert list(paired.windows_of(results, (9, 30))) == ["9-30"]
    parts = [paired.contagion(results, w) for w in paired.windows_of(results).values()]
    assert [p["difference"].iloc[-1] for p in parts] == pytest.approx([4.0] * 3)


def test_expected_and_found(results):
    verdicts = expected_and_found(results)["verdict"].tolist()
    assert verdicts == [
        "as expected", "unexpected: lower", "not told from zero", "as expected", "as expected",
        "no such metric",
    ]  # fmt: skip
    assert verdicts[3:5] == [AS_EXPECTED] * 2  # not a bit differs
    months = {name: expected_and_found(results, window=w)["months"].tolist()
              for name, w in (("all", None), ("late", (26, 30)), ("early", (1, 9)))}  # fmt: skip
    assert months["all"] == [*["1-30"] * 4, "25-30", "1-30"]
    assert months["late"] == ["26-30"] * 6
    assert months["early"] == [*["1-9"] * 4, "none", "1-9"]
    early = expected_and_found(results, window=(1, 9))
    assert early["verdict"].iloc[4] == "begins in month 25"


def test_expectations_count_the_months_they_name(results, monkeypatch):
    asked = []
    real = paired.effects
    monkeypatch.setattr(paired, "effects", lambda *words: asked.append(words[3]) or real(*words))
    expected_and_found(results, window=(9, 30))
    assert asked == [*[(9, 30)] * 4, (25, 30)]


def test_an_unknown_arm_is_refused_by_name(results):
    with pytest.raises(ResultsError, match="no arm 'worse'; there are base case, better, placebo"):
        paired.effects(results, reference="worse")


def test_arms_with_their_own_burn_in_are_not_compared_on_the_cohort(tmp_path):
    arms = {"a": {}, "bigger": {"population": {"enterprises": 200}}}
    results = analysis.load(conduct(FakeScenario(arms=arms), tmp_path).folder)
    found = paired.effects(results).set_index("metric")
    assert found.loc["cohort_default_rate", "n"] == 0
    assert found.loc["cohort_default_rate", "note"] == "own burn-in"
    assert found.loc["default_rate", "n"] == 3


def test_two_arms_of_other_sizes_than_each_other_have_no_cohort_in_common(tmp_path):
    arms = {"a": {}, "bigger": {"population": {"enterprises": 200}},
            "biggest": {"population": {"enterprises": 300}},
            "bigger and better": {"population": {"enterprises": 200}, "effect": -0.01}}  # fmt: skip
    results = analysis.load(conduct(FakeScenario(arms=arms), tmp_path).folder)
    found = paired.effects(results, ["cohort_default_rate"], "bigger").set_index("arm")["note"]
    assert found.to_dict() == {
        "a": "own burn-in", "biggest": "own burn-in", "bigger and better": ""
    }  # fmt: skip


def test_summary_has_bands_of_the_arms_without_twins(results):
    found = summary(results).set_index(["arm", "metric"])
    assert set(found.index.get_level_values("arm")) == {"base case", "better"}
    row = found.loc[("base case", "cohort_defaults")]
    assert (row["mean"], row["n"]) == (11.5, 4)
    assert (row["low"], row["high"]) == pytest.approx((10.0, 13.0))


def test_results_show_yuan_with_units_and_labels(results):
    assert results.macro["output"].iloc[0] == 10_000.0
    assert results.unit("output") == "yuan"
    assert results.label("output") == "output of firms"
    assert "yuan" in results.balances
    assert results.balances.attrs["units"]["yuan"] == "yuan"
    assert results.balances["yuan"].iloc[0] == 123.45
    assert results.events["loss"].iloc[0] == 2.5
    assert results.events.attrs["units"]["loss"] == "yuan"
    named = results.with_labels(results.events)
    assert len(named) == len(results.events)
    assert set(named["arm"]) == {"base case", "better", "placebo"}
    assert results.limits.empty


def test_plot_is_a_figure(results):
    figure = results.plot("default_rate")
    (axes,) = figure.axes
    assert "default rate" in axes.get_ylabel()
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["base case", "better"]


def test_load_finds_the_newest_folder(results, tmp_path):
    assert analysis.load(results.folder.parent).folder == results.folder
    with pytest.raises(ResultsError, match="no results here"):
        analysis.load(tmp_path)
    with pytest.raises(ResultsError, match="no such folder"):
        analysis.load(tmp_path / "gone")


class Covered(FakeModel):
    """Covering trade costs 3 yuan a month, alone or with all, and funding pays 1 back."""

    metric_info: ClassVar = {**FakeModel.metric_info, "cover_trade": ("yuan", "paid for trade"),
                             "cover_funding": ("yuan", "paid for funding")}  # fmt: skip

    def records(self):
        found = super().records()
        if "macro" in found:
            paid = {"trade": 3.0, "funding": -1.0}
            for name, yuan in paid.items():
                found["macro"][f"cover_{name}"] = np.array([yuan * (name in self.s.off)])
            # The policy takes one fundamental default a month away, and one contagious one too.
            off = bool(self.s.off)
            gain = 1 + (1 + 0.5 * self.replication) * (not off) if self.s.effect else 0
            found["macro"]["cohort_defaults"] = np.array([9.0 - 4 * off - gain])
        return found


@pytest.fixture(scope="module")
def covered(tmp_path_factory):
    def build(run):
        return Covered(run.scenario, run.replication)

    scenario = FakeScenario(twins=TWINS, replications=3)
    return analysis.load(conduct(scenario, tmp_path_factory.mktemp("cover"), build=build).folder)


def test_policy_changes_contagion_and_fundamental_defaults_apart(covered):
    """K is 4 in the reference and 4 - 1, 1.5, 2 in the arm; fundamental defaults fall by 1."""
    (found,) = policy_contagion.policy_effects(covered).to_dict("records")
    assert (found["k_reference"], found["k"]) == pytest.approx((4.0, 2.5))
    assert (found["fundamental_reference"], found["fundamental"]) == pytest.approx((5.0, 4.0))
    assert (found["k_change"], found["fundamental_change"]) == pytest.approx((-1.5, -1.0))
    half = 4.302653 * 0.5 / np.sqrt(3)
    assert (found["k_low"], found["k_high"]) == pytest.approx((-1.5 - half, -1.5 + half))
    assert (found["share_reference"], found["share"]) == pytest.approx((4 / 9, 2.5 / 6.5))
    same = paired.effects_on_contagion(covered).iloc[0]
    assert found["k_change"] == pytest.approx(same["difference"])


def test_cover_is_told_by_channel_alone_and_with_all_off(covered):
    found = policy_contagion.cover_costs(covered, (1, 10)).set_index(["arm", "channel"])
    assert found.loc[("base case", "trade"), ["alone", "all"]].tolist() == [30.0, 30.0]
    assert found.loc[("better", "funding"), ["alone", "all"]].tolist() == [-10.0, -10.0]


def test_compare_prints_what_policy_does_to_contagion(covered):
    found = contagion_report.found_on_contagion(covered, "base case", (1, 30))
    assert found["policy_contagion"]["months"].tolist() == ["1-30", "1-24", "25-30"]
    text = printed(contagion_report.tables_of(found, "base case"), 120)
    assert "2.50 (4.00)" in text
    assert "38 (44)" in text
    assert len(contagion_report.reading_help(found)) == 2


def test_of_one_arm_the_floor_of_contagion_is_printed(tmp_path):
    scenario = FakeScenario(arms={"a": {}}, twins=TWINS, placebo=True)
    one = analysis.load(conduct(scenario, tmp_path, replications=3).folder)
    shown, lines = commands.laid_out(one, "a", commands.findings(one, "a", (1, 30)), 80)
    text = printed(shown, 80)
    placebo = text[text.index("Placebo: spread") :]
    assert "Contagion, a, months 1-30" in text
    (row,) = [r for r in placebo.splitlines() if r.startswith(" default rate")]
    assert float(row.split()[-1]) == pytest.approx(0.05)  # shifts of 0.0005, 0.001 and 0.0015
    assert "defaults of the closed cohort, per" in placebo
    assert any("floor of K" in line for line in lines)


def printed(found, width):
    """Print tables on a terminal of some width."""
    console = Console(width=width)
    with console.capture() as shown:
        for table in found:
            console.print(table)
    return shown.get()


@pytest.mark.parametrize("width", [60, 80, 119, 120])
def test_what_policy_does_to_contagion_is_not_cut_at_any_width(covered, width):
    found = contagion_report.found_on_contagion(covered, "base case", (1, 30))
    found["policy_contagion"][["k_low", "k_high", "fundamental_low"]] = -10.25, 10.25, -10.25
    text = printed(contagion_report.tables_of(found, "base case", width), width)
    assert "…" not in text
    assert "-10.25 .. 10.25" in text
    assert ("better less base case" in text) == (width < 120)
    assert ("(4.00)" in text) == (width >= 80)


def test_an_expectation_on_the_cohort_of_another_burn_in_is_no_lack_of_replications(tmp_path):
    arms = {"a": {}, "bigger": {"population": {"enterprises": 200}}}
    wish = Wish(metric="cohort_default_rate", arm="bigger", sign="higher")
    scenario = FakeScenario(arms=arms, expects=[wish])
    results = analysis.load(conduct(scenario, tmp_path, replications=2).folder)
    assert list(expected_and_found(results)["verdict"]) == ["own burn-in: not comparable"]
    words = [text.get_text() for text in figures.draw("effects", results).findobj(Text)]
    assert any("2 replications: no statement" in text for text in words)
