"""The table of pools by month, and the figure of the run on one of them."""

from types import SimpleNamespace

import pytest

from analysis.figures import NotApplicable, platform_run_months
from sim import simulate
from tests.worlds import small

SUMS = {"notice_given": "redemptions_asked", "redemption_due": "redemptions_due",
        "redemption_paid": "redemptions_paid", "claims": "pool_claims"}  # fmt: skip


def results(folder, share):
    scenario = small(60, time={"months": 14, "burn_in": 4}, replications=1,
                     parameters={"platform": {"pooling_share": share}},
                     population={"investors": 80, "platforms": 6})  # fmt: skip
    return simulate(scenario, workers=1, out=folder, progress=False)


def test_pools_by_month_add_up_and_the_figure_shows_the_largest_run_or_the_pool_named(tmp_path):
    found = results(tmp_path, 1.0)
    table, macro = found.table("pools"), found.macro.set_index("month")
    for name, metric in SUMS.items():
        assert table.groupby("month")[name].sum().tolist() == pytest.approx(macro[metric].tolist())
        assert macro[metric].sum() > 0
    drawn = platform_run_months.data(found)
    peak = drawn.loc[drawn["asked_share"].idxmax()]
    claims = table[(table["row"] == peak["row"]) & (table["month"] == peak["month"] - 1)]["claims"]
    assert peak["asked_share"] == pytest.approx(peak["notice_given"] / claims.item())
    assert 0 < drawn["hazard_seen"].max() < 1
    for axes in platform_run_months.draw(found).axes:
        low, high = axes.get_xlim()
        assert low < drawn["month"].min() - 0.4, "whole bars at both edges"
        assert high > drawn["month"].max() + 0.4
        ticks = axes.get_xticks()
        assert (ticks == ticks.round()).all()
    other = next(row for row in table["row"].unique() if row != peak["row"])
    assert set(platform_run_months.data(found, row=int(other))["row"]) == {other}


def test_where_nobody_pools_there_is_no_such_table(tmp_path):
    found = results(tmp_path, 0.0)
    assert "pools" not in found.tables
    with pytest.raises(NotApplicable, match="no platform pooled"):
        platform_run_months.draw(found)


def test_the_figure_begins_where_the_pool_has_money(tmp_path):
    found = results(tmp_path, 1.0)
    table = found.table("pools").copy()
    row = int(platform_run_months.data(found)["row"].iloc[0])
    empty = (table["row"] == row) & (table["month"] < 4)
    table.loc[empty, ["claims", "client_cash", "loans", "notice_given"]] = 0
    shown = SimpleNamespace(runs=found.runs, tables=found.tables, table=lambda name: table)
    drawn = platform_run_months.data(shown, row=row)
    assert drawn["month"].min() == 4
