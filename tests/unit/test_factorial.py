"""Factors make arms of all combinations; main effects, interactions and corrected contrasts."""

from itertools import product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis import factorial, factorial_tables
from analysis.expected import NONE_TOLD
from analysis.figures import factorial as picture
from analysis.results import AS_SET
from sim.scenario import Scenario, ScenarioError

FACTORS = {
    "credit": {"private": {}, "registry": {"credit.preset": "registry"}},
    "rule": {"none": {}, "cap": {"supervision.loan_cap": {"amount": 1e5}}},
    "shock": {"calm": {}, "slump": {"shocks.s": {"kind": "demand", "month": 3, "size": -0.2}}},
}


def test_arms_are_all_combinations_laid_over_each_other():
    scenario = Scenario(factors=FACTORS)
    assert list(scenario.arms) == [" / ".join(names) for names in product(*FACTORS.values())]
    arm = scenario.resolve("registry / cap / slump")
    assert arm.credit["preset"] == "registry"
    both = arm.policy(3)
    assert [type(shock).__name__ for shock in both.shocks] == ["Demand"]
    assert any(type(rule).__name__ == "LoanCap" for rule in both.instruments)
    assert scenario.but({"factors.shock.slump": None}).arms.keys() == {
        f"{credit} / {rule} / calm"
        for credit in ("private", "registry")
        for rule in ("none", "cap")
    }
    assert "arms" not in scenario.written()
    assert Scenario(**scenario.written()).arms == scenario.arms
    fewer = scenario.but({"arms": {label: None for label in scenario.arms if "slump" in label}})
    assert len(fewer.arms) == 4
    assert not fewer.factors


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"factors.rule.cap.supervision.loan_cup": {}}, "did you mean 'loan_cap'"),
        ({"factors.rule.cup": None}, "there is no level 'cup' to take back"),
        ({"primary": [{"metric": "output", "arm": "private / none / calm",
                       "against": "private / none / slum", "sign": "none"}]},
         "did you mean 'private / none / slump'"),
    ],
)  # fmt: skip
def test_what_factors_cannot_say(said, message):
    with pytest.raises(ScenarioError, match=message):
        Scenario(factors=FACTORS).but(said)


def test_arms_beside_factors_are_refused():
    with pytest.raises(ScenarioError, match="with factors, the arms are their combinations"):
        Scenario(factors=FACTORS, arms={"other": {}})


@pytest.fixture
def results():
    """Four replications of 2 x 2: x adds 1, y adds 2, both together 5 more."""
    dice = np.random.default_rng(3)
    common, own = dice.normal(size=4), dice.normal(scale=0.01, size=(4, 4))
    arms = ["a / p", "a / q", "b / p", "b / q"]
    means = [0.0, 2.0, 1.0, 8.0]
    index = pd.MultiIndex.from_product([[""], arms, [AS_SET], range(4)])
    values = pd.Series((np.array(means)[:, None] + common + own).ravel(), index)
    return SimpleNamespace(
        manifest={
            "arms": arms,
            "factors": {"x": ["a", "b"], "y": ["p", "q"]},
            "primary": [
                {"metric": "m", "arm": "b / p", "against": "a / p", "sign": "higher"},
                {"metric": "m", "arm": "a / q", "against": "a / p", "sign": "lower"},
                {"metric": "m", "arm": "a / p", "against": "a / p", "sign": "none"},
            ],
        },
        reference_arm="a / p",
        metrics=["m"],
        tables=[],
        per_run=lambda metric, window: values,
        unit=lambda metric: "count",
        label=lambda metric: "a metric",
    )


def test_main_effects_and_interactions_by_hand(results):
    found = factorial.factorial_effects(results, ["m"])
    by = found.set_index(["kind", "level", "other_level"])["difference"]
    assert by["main", "b", ""] == pytest.approx((1.0 - 0.0 + 8.0 - 2.0) / 2, abs=0.05)
    assert by["main", "q", ""] == pytest.approx((2.0 + 7.0) / 2, abs=0.05)
    assert by["interaction", "b", "q"] == pytest.approx(8.0 - 2.0 - 1.0, abs=0.05)
    assert (found["low"] < found["difference"]).all()


def test_effects_may_start_from_another_arm(results):
    found = factorial_tables.found_by_factors(results, ["m"], (1, 2), "b / q")["factorial"]
    by = found.set_index(["kind", "level", "other_level"])["difference"]
    assert by["main", "a", ""] == pytest.approx(-(1.0 - 0.0 + 8.0 - 2.0) / 2, abs=0.05)
    assert by["main", "p", ""] == pytest.approx(-(2.0 + 7.0) / 2, abs=0.05)


def test_a_replication_that_lacks_an_arm_is_left_out(results):
    whole = results.per_run("m", None)
    results.per_run = lambda metric, window: whole.drop(("", "b / q", AS_SET, 2))
    assert (factorial.factorial_effects(results, ["m"])["n"] == 3).all()


def test_arms_that_no_replication_has_leave_main_effects_out(results):
    whole = results.per_run("m", None)
    results.per_run = lambda metric, window: whole.drop(("", "b / q", AS_SET))
    found = factorial_tables.found_by_factors(results, ["m"], (1, 2))
    assert found["factorial"].empty
    assert len(found["primary"]) == 3
    assert any("no replication has these metrics in all arms" in line
               for line in factorial_tables.reading_help(found))  # fmt: skip
    titles = [str(table.title) for table in factorial_tables.tables_of(found)]
    assert [title[:7] for title in titles] == ["Primary"]


def test_primary_contrasts_are_corrected_for_their_number(results):
    found = factorial.primary_contrasts(results)
    assert list(found["verdict"]) == ["as expected", "unexpected: higher", "as expected"]
    raw = found["p_value"].to_numpy()
    nearly = {"p_holm": 0.2, "sign": "none", "difference": 1.0, "low": 0.1, "high": 1.9}
    assert factorial._verdict(nearly) == NONE_TOLD
    assert found["p_holm"].tolist() == factorial.holm(raw).tolist()
    assert (found["p_holm"] >= raw).all()


# ---------------------------------------------------------------- the figure's words
def told(p_values, differences, signs="lower", **fields):
    """Contrasts as `primary_contrasts` gives them, by corrected p value and difference."""
    rows = []
    for i, (p, difference) in enumerate(zip(p_values, differences, strict=True)):
        sign = signs if isinstance(signs, str) else signs[i]
        right = (difference < 0) == (sign == "lower")
        verdict = "not told from zero" if not p <= 0.05 else "as expected" if right else "other"
        rows.append({"arm": "b / p", "against": "a / p", "metric": "m", "label": "Bad loans",
                     "unit": "share", "sign": sign, "difference": difference, "p_holm": p,
                     "verdict": verdict, "n": 12, **fields})  # fmt: skip
    return pd.DataFrame(rows)


MAP = pd.DataFrame({"metric": "m", "is_reference": [True, False, False, False], "n": 12,
                    "low": [0.0, -1.0, 0.2, -1.0], "high": [0.0, 1.0, 1.0, 1.0]})  # fmt: skip


def test_the_title_of_the_figure_says_what_primary_contrasts_found(results):
    def says(*given, **fields):
        return picture.message_of(results, told(*given, **fields), MAP)

    none = says([1.0, 0.06, 0.2], [-1.0, 2.0, 0.0])
    assert none == "What x and y change: none of 3 contrasts named beforehand is told from zero"
    one = says([1.0, 0.01], [-1.0, -2.0])
    assert one == (
        "1 of 2 contrasts named beforehand is told from zero: bad loans are lower with b instead "
        "of a"
    )
    two = says([0.01, 0.01], [1.0, -2.0])
    assert "bad loans are higher with b instead of a (not expected)" in two
    assert "bad loans are lower with b instead of a" in two
    many = says([0.01] * 5, [-1.0, -1.0, -1.0, 1.0, 1.0])
    assert many.startswith("5 of 5 contrasts named beforehand are told from zero")
    assert many.endswith("3 as expected, 2 not")
    late = says([np.nan, 0.5], [np.nan, 1.0])
    assert late.endswith("none of 2 contrasts named beforehand (1 not yet run) is told from zero")
    assert says([0.01], [1.0], n=2) == "What x and y change (2 replications: no statement)"
    nothing = picture.message_of(results, pd.DataFrame(), MAP)
    assert nothing == "a metric: 1 of 3 combinations differ from a / p at 95 %"


def test_a_contrast_is_named_by_the_levels_in_which_its_arms_differ(results):
    def named(arm, against):
        return picture.contrast_name(results, {"arm": arm, "against": against})

    assert named("b / p", "a / p") == "b instead of a"
    assert named("b / q", "a / p") == "b and q instead of a and p"
    assert named("b / q", "a / q") == "b instead of a (y: q)"


def test_holm_by_hand():
    assert factorial.holm(np.array([0.01, 0.04, 0.03, np.nan])).tolist() == pytest.approx(
        [0.03, 0.06, 0.06, np.nan], nan_ok=True
    )
    p = np.array([0.2, 0.001, 0.9])
    assert (factorial.holm(p) >= p).all()
