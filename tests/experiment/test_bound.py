"""Limits that bound, counted by arm: which, on whom and when, and told by `compare`."""

import pandas as pd
import pytest

from analysis import bound
from analysis.commands import findings, laid_out
from sim import simulate
from tests.worlds import small

MONTHS, BEGIN = 8, 3
ARMS = {
    "free": {},
    "capped": {"supervision": {"loan_cap": {"at": {BEGIN: {"amount": 20_000.0}}}}},
    "no licence": {"supervision": {"licence": {"at": {BEGIN: {"approval": 0.0, "months": 2}}}}},
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    scenario = small(120, time={"months": MONTHS, "burn_in": 3}, arms=ARMS, replications=2,
                     reference_arm="free", placebo=True, population={"platforms": 12})  # fmt: skip
    return simulate(scenario, workers=1, out=tmp_path_factory.mktemp("b"), progress=False)


def test_limits_are_counted_by_arm_and_rule_as_the_table_of_cases_has_them(results):
    found = bound.limits_bound(results, (1, MONTHS))
    assert set(found["arm"]) == {"capped", "no licence"}
    cap = found[found["question"] == "loan_cap"]
    assert set(cap["instrument"]) == {"loan_cap"}
    assert set(cap["provider_kind"]) <= {"bank", "micro_lender", "platform"}
    assert (cap["first"] >= BEGIN).all()
    cases = results.with_labels(results.limits)
    cases = cases[cases["question"] == "loan_cap"]
    assert cap["times"].sum() == pytest.approx(len(cases) / 2 / (MONTHS / 12))
    assert (cap["borrowers"] > 0).all()
    assert (cap["borrowers"] <= cap["times"]).all()
    of_platforms = cases[cases["provider_kind"] == "platform"]
    expected = of_platforms.groupby("run_id")["provider_row"].nunique().sum() / 2
    assert cap.set_index("provider_kind")["providers"]["platform"] == expected
    licence = found[found["arm"] == "no licence"]
    assert set(licence["question"]) == {"needs_licence"}
    assert (licence["borrowers"] == 0).all(), "it binds the platform itself"


def test_only_months_of_the_window_count(results):
    assert not len(bound.limits_bound(results, (1, BEGIN - 1)))
    late = bound.limits_bound(results, (BEGIN + 1, MONTHS))
    assert late["first"].min() > BEGIN


def test_compare_tells_which_limits_bound(results):
    found = findings(results, "free", (1, MONTHS))
    shown, _ = laid_out(results, "free", found, 100)
    (table,) = (t for t in shown if str(t.title).startswith("Limits that bound"))
    cells = {c.header: list(c.cells) for c in table.columns}
    assert "loan cap, platform" in cells["limit"]
    assert "licence: needs licence, platform" in cells["limit"]
    assert all(text.split("-")[0].isdecimal() for text in cells["months"])


def test_nothing_is_shown_where_no_limit_bound_or_nobody_could_read_it(results):
    assert list(bound.tables_of({})) == []
    assert list(bound.tables_of({bound.BOUND: pd.DataFrame()})) == []
    found = bound.limits_bound(results, (1, MONTHS))
    many = pd.concat([found.assign(arm=f"arm {i}") for i in range(30)])
    assert list(bound.tables_of({bound.BOUND: many})) == []
