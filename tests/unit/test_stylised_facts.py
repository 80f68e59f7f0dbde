"""Statistics of the targets on frames small enough to work out by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis import stylised_facts as facts
from analysis.drift import drift

MONTHS = 48


def runs(*names):
    """Runs of the reference arm with channels as set, one for each name."""
    return pd.DataFrame({"run_id": list(names), "arm": "base", "point": "", "replication": 0,
                         "channels": "as set"})  # fmt: skip


def results(months=MONTHS, run_table=None, **frames):
    """Stand in for an opened results folder; every frame needs `run_id`."""
    table = runs("a") if run_table is None else run_table

    def with_labels(frame):
        return table[["run_id", "arm", "channels"]].merge(frame, on="run_id")

    return SimpleNamespace(runs=table, months=months, reference_arm="base", with_labels=with_labels,
                           table=lambda name: frames[name], **frames)  # fmt: skip


def macro(*rows, run="a", first=1):
    """A macro table with one row a month."""
    frame = pd.DataFrame(list(rows))
    return frame.assign(run_id=run, arm="base", channels="as set",
                        month=np.arange(first, first + len(frame)))  # fmt: skip


def firms(*lives, run="a", **columns):
    """Lives as (born, entered, ended), None for who is still there."""
    frame = pd.DataFrame(lives, columns=["born", "entered", "ended"], dtype=float)
    return frame.assign(run_id=run, **columns)


# ------------------------------------------------------------ survival
def test_survival_is_kaplan_meier():
    lives = firms(
        (1, 1, 11), (1, 1, 21), (9, 9, None), (29, 29, None), (5, 5, 15), (9, 9, 29),
        (-5, -5, 3),
    )  # fmt: skip
    # Ages: 10 and 10 gone, 19 in sight at the end, 20 and 20 gone, 39 in sight. Of six at risk
    # two go at 10; the one seen for 19 months then leaves; of three at risk two go at 20.
    assert facts.entrants_survival(results(firms=lives)) == pytest.approx(4 / 6 * 1 / 3)


def test_survival_counts_neither_founders_nor_what_comes_after_three_years():
    lives = firms((0, 0, 5), (1, 1, 38), (1, 1, None))
    assert facts.entrants_survival(results(firms=lives)) == 1.0
    assert facts.entrants_survival(results(firms=firms((1, 1, 37), (1, 1, None)))) == 0.5


def test_survival_counts_exits_in_the_month_of_entry():
    assert facts.entrants_survival(results(firms=firms((1, 1, 1), (1, 1, None)))) == 0.5


def test_survival_without_exits_is_whole_and_without_survivors_nothing():
    assert facts.entrants_survival(results(firms=firms((1, 1, None)))) == 1.0
    assert facts.entrants_survival(results(firms=firms((1, 1, 2), (3, 3, 9)))) == 0.0


def test_mature_exits_count_years_after_the_third_birthday():
    lives = firms(
        (-100, -20, None),  # mature from month 1 on: 47 months
        (-100, -20, 25),  # 24 months and an exit
        (-23, -20, None),  # three years old in month 13: 35 months
        (1, 1, 20),  # died young
        (-100, -20, -3),  # gone before the first month
    )
    assert facts.mature_exits(results(firms=lives)) == pytest.approx(12 / (47 + 24 + 35))


def test_only_the_reference_arm_with_channels_as_set_counts():
    table = pd.concat([runs("a"), runs("b").assign(arm="other"),
                       runs("c").assign(channels="all off")])  # fmt: skip
    lives = pd.concat([firms((1, 1, None)), firms((1, 1, 2), run="b"), firms((1, 1, 2), run="c")])
    assert facts.entrants_survival(results(run_table=table, firms=lives)) == 1.0


# ------------------------------------------------------------ sizes and cascades
def test_the_exponent_of_a_pareto_law_is_found():
    u = (np.arange(5000) + 0.5) / 5000
    lives = firms(*[(1, 1, None)] * 5000, scale=(1 - u) ** (-1 / 1.3))
    assert facts.size_exponent(results(firms=lives)) == pytest.approx(1.3, abs=0.02)


def test_hill_s_exponent_by_hand():
    # The largest tenth of thirty: e^3, e^2 and e; their mean log distance to e is 1.5.
    lives = firms(*[(1, 1, None)] * 30, scale=np.exp([3.0, 2.0, 1.0] + [0.0] * 27))
    assert facts.size_exponent(results(firms=lives)) == pytest.approx(1 / 1.5)


def test_cascades_of_one_are_counted():
    events = pd.DataFrame(
        [("a", 1, "default", "enterprise", 1, -1), ("a", 2, "default", "enterprise", 2, 17),
         ("a", 3, "default", "enterprise", 9, -1)],
        columns=["run_id", "month", "event", "kind", "row", "parent"],
    )  # fmt: skip
    assert facts.single_cascades(results(events=events)) == 0.5


# ------------------------------------------------------------ macro
def test_ratios_are_of_sums_and_means_over_months():
    table = macro({"defaults": 1, "firms_alive": 100, "npl_ratio": 0.02},
                  {"defaults": 3, "firms_alive": 300, "npl_ratio": 0.04})  # fmt: skip
    found = results(macro=table)
    assert facts._ratio("defaults", "firms_alive", 12.0)(found) == pytest.approx(12 * 4 / 400)
    assert facts._mean("npl_ratio")(found) == pytest.approx(0.03)


def test_months_before_the_first_and_other_arms_are_left_out():
    table = pd.concat([macro({"x": 5.0}, {"x": 1.0}, first=0),
                       macro({"x": 9.0}).assign(arm="other")])  # fmt: skip
    assert facts._mean("x")(results(macro=table)) == 1.0


def test_loss_given_default_and_gap_are_of_sums():
    table = macro(
        {"recovered_unsecured": 10, "claims_unsecured": 100, "met_working": 1,
         "met_investment": 2, "need_working": 4, "need_investment": 8},
        {"recovered_unsecured": 50, "claims_unsecured": 200, "met_working": 3,
         "met_investment": 0, "need_working": 8, "need_investment": 4},
    )  # fmt: skip
    assert facts._lgd("unsecured")(results(macro=table)) == pytest.approx(1 - 60 / 300)
    assert facts._gap(results(macro=table)) == pytest.approx(1 - 6 / 24)


def test_a_run_is_sane_if_some_fail_and_some_are_left():
    def run(name, left, failed):
        rows = [{"platforms_alive": 9, "platform_failures": 0},
                {"platforms_alive": left, "platform_failures": failed}]  # fmt: skip
        return macro(*rows, run=name)

    table = pd.concat([run("a", 5, 1), run("b", 0, 9), run("c", 9, 0), run("d", 1, 2)])
    compute = facts._survivors("platforms_alive", "platform_failures")
    assert compute(results(months=2, macro=table)) == 0.5


def test_drift_is_the_slope_of_what_a_sector_owns_over_output():
    months = np.arange(1, 9)
    cash, loans = 100.0 + 2.0 * months, 50.0 + 1.0 * months
    cash[:4] = 0.0  # the first half does not count
    rows = [("bank", "cash", m, v) for m, v in zip(months, cash, strict=True)]
    rows += [("bank", "loans", m, v) for m, v in zip(months, loans, strict=True)]
    rows += [("investor", "cash", m, 1e6 * m) for m in months]
    balances = pd.DataFrame(rows, columns=["sector", "instrument", "month", "yuan"])
    table = macro(*[{"output": 30.0}] * 8)
    found = results(months=8, balances=balances.assign(run_id="a"), macro=table)
    # Three yuan a month over 30 of output; both a year.
    assert drift(found, "bank") == pytest.approx(0.1)
    assert drift(found, "bank", "cash") == pytest.approx(12 * 2 / (12 * 30))
    assert drift(found, "investor", "cash") == pytest.approx(1e6 / 30)
    named = {fact.name: fact.compute for fact in facts.FACTS}
    assert named["drift of bank"](found) == pytest.approx(0.1)
    assert named["drift of cash of bank"](found) == pytest.approx(2 / 30)
    assert np.isnan(drift(found, "micro_lender", "cash"))


def test_the_median_platform_earns_its_interest_less_losses():
    rows = [(1, 10.0, 0.0, 1000.0), (1, 10.0, 4.0, 1000.0), (2, 0.0, 0.0, 0.0),
            (3, 30.0, 0.0, 1000.0), (4, -5.0, 0.0, 1000.0)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["row", "saver_interest", "saver_loss", "loans"])
    table = table.assign(run_id="a", kind="platform")
    bank = pd.DataFrame({"row": [9], "saver_interest": [1e9], "saver_loss": [0.0],
                         "loans": [1.0], "run_id": "a", "kind": "bank"})  # fmt: skip
    found = results(institutions=pd.concat([table, bank]))
    assert facts.median_platform_return(found) == pytest.approx(12 * 16 / 2000)


# ------------------------------------------------------------ grades
def graded(**by_grade):
    """Loan-months performing and loans gone bad, by grade, over two months each."""
    rows = [(grade, half / 2, bad / 2) for grade, (half, bad) in by_grade.items()] * 2
    table = pd.DataFrame(rows, columns=["grade", "performing", "gone_bad"])
    return results(grades=table.assign(run_id="a"))


def test_intensity_by_grade_is_annual_and_leaves_out_thin_grades():
    found = facts.intensity_by_grade(graded(A=(1200, 1), B=(600, 3), G=(599, 60)))
    assert found.to_dict() == pytest.approx({"A": 0.01, "B": 0.06})


def test_odds_ratio_and_order_of_grades():
    up = graded(A=(1200, 2), B=(1200, 5), C=(1200, 10))
    assert facts.grades_monotone(up) == pytest.approx(1.0)
    assert facts.odds_ratio_of_grades(up) == pytest.approx((0.1 / 0.9) / (0.02 / 0.98))
    assert facts.grades_monotone(graded(A=(1200, 9), B=(1200, 5), C=(1200, 1))) == -1.0
    # Two neighbours of four exchanged: 1 - 6 x 2 / (4 x 15).
    mixed = graded(A=(1200, 1), B=(1200, 5), C=(1200, 3), D=(1200, 9))
    assert facts.grades_monotone(mixed) == pytest.approx(0.8)


# ------------------------------------------------------------ the table
def test_a_fact_is_met_inside_its_band_edges_included(monkeypatch):
    values = {"low": 1.0, "edge": 3.0, "above": 3.1, "missing": float("nan")}
    listed = tuple(
        facts.Fact(name, "share", 1.0, 3.0, "assumed", lambda results, v=value: v)
        for name, value in values.items()
    )
    monkeypatch.setattr(facts, "FACTS", listed)
    found = facts.check(results())
    assert found["met"].tolist() == [True, True, False, False]
    lines = facts.as_markdown(found).splitlines()
    assert lines[2] == "| low, share | 1 .. 3 | 1 | yes | assumed |"
    assert "**no**" in lines[4]


def test_every_fact_has_a_band_a_unit_and_a_source():
    assert len({fact.name for fact in facts.FACTS}) == len(facts.FACTS)
    for fact in facts.FACTS:
        assert fact.low < fact.high
        assert fact.unit
        assert fact.source
