"""Figures on small runs: each draws, says its units, and bears what may be missing."""

import shutil

import numpy as np
import pandas as pd
import pytest
from figures_tried import NEED_ARMS, NEEDS, SMALL, UNITS, YEARLY, closed, sampled  # noqa: F401

from analysis import commands, elasticity, figures, paired, scoring, tails
from analysis.figures import (
    _marks,
    _style,
    auc_by_source,
    beliefs_and_flows,
    financing_gap,
    vintages,
    who_is_served,
)
from analysis.results import ResultsError, load
from sim import simulate
from sim.scenario import Scenario
from tests.worlds import WALKING

SLUMP = {"kind": "demand", "month": 3, "months": 2, "size": -0.4}
ARMS = {
    "arms": {
        "calm": {},
        "slump": {"shocks": {"big_slump": SLUMP}},
        "cap": {"supervision": {"loan_cap": {"at": {5: {"amount": 30000.0}}}}},
    },
    "reference_arm": "calm", "placebo": True, "twins": {"off": "all", "arms": ["calm", "slump"]},
    "attribution": {"channels": ["real+lenders+savers+institutions"], "arms": ["calm"]},
}  # fmt: skip


@pytest.fixture(scope="module")
def arms(tmp_path_factory):
    return simulate(Scenario(**SMALL, **ARMS), workers=1, out=tmp_path_factory.mktemp("arms"),
                    progress=False)  # fmt: skip


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    return simulate(Scenario(**SMALL), replications=1, workers=1, progress=False,
                    out=tmp_path_factory.mktemp("single"))  # fmt: skip


@pytest.fixture(scope="module")
def years(tmp_path_factory):
    """Two arms that differ in credit, long enough for outcomes of a year."""
    credit = {"private": {}, "none": {"credit.preset": "none"}}
    fields = {**SMALL, "arms": credit, "time": {"months": 20, "burn_in": 2}, "parameters": {}}
    return simulate(Scenario(**fields), workers=1, out=tmp_path_factory.mktemp("years"),
                    progress=False)  # fmt: skip


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """One run of firms enough for curves by grade."""
    fields = {**SMALL, "time": {"months": 20, "burn_in": 2}, "parameters": {}}
    fields["population"] = {**SMALL["population"], "enterprises": 400}
    folder = tmp_path_factory.mktemp("year")
    return simulate(Scenario(**fields), replications=1, workers=1, progress=False, out=folder)


@pytest.fixture(scope="module")
def episode(tmp_path_factory):
    """Two years of pools that bear the name of an episode."""
    fields = {**SMALL, "name": "china-p2p-2012-2020", "time": {"months": 24, "burn_in": 2}}
    fields["parameters"] = {"platform": {"pooling_share": 1.0}}
    return simulate(Scenario(**fields), replications=1, workers=1, progress=False,
                    out=tmp_path_factory.mktemp("episode"))  # fmt: skip


@pytest.fixture(scope="module")
def struck(tmp_path_factory):
    """A few months in which all platforms go down, beside an arm in which none does."""
    outage = {"kind": "outage", "month": 3, "hours": 300, "count": 5, "certain": True}
    arms = {"none": {}, "outage": {"shocks": {"x": outage}}}
    fields = {**SMALL, "arms": arms, "reference_arm": "none", "parameters": {}}
    return simulate(Scenario(**fields), replications=1, workers=1, progress=False,
                    out=tmp_path_factory.mktemp("struck"))  # fmt: skip


@pytest.fixture(scope="module")
def factors(tmp_path_factory):
    """All combinations of two credit systems, one rule and two courses of demand."""
    cross = {
        "credit": {"private": {}, "none": {"credit.preset": "none"}},
        "rule": {"level 1": {}},
        "shock": {"calm": {}, "slump": {"shocks": {"big_slump": SLUMP}}},
    }
    fields = {**SMALL, "factors": cross, "time": {"months": 4, "burn_in": 2}, "outputs": {}}
    return simulate(Scenario(**fields), workers=1, out=tmp_path_factory.mktemp("factors"),
                    progress=False)  # fmt: skip


@pytest.fixture(scope="module")
def walks(tmp_path_factory):
    return sampled("morris", tmp_path_factory)


def labels(figure):
    return " | ".join(text for a in figure.axes for text in (a.get_xlabel(), a.get_ylabel()))


def title(figure):
    legends = [legend.get_title().get_text() for legend in figure.legends]
    return "".join([figure.get_suptitle(), *legends])


def test_every_figure_is_tried():
    assert set(UNITS) == set(figures.names())


@pytest.mark.parametrize("name", figures.names())
def test_every_figure_draws_arms_with_units_and_a_title(name, request, tmp_path):
    arms = request.getfixturevalue(NEEDS.get(name, "years" if name in YEARLY else "arms"))
    figure = figures.draw(name, arms)
    for unit in UNITS[name]:
        assert unit in labels(figure)
    assert len(title(figure)) > 15
    paths = figures.save(name, arms, tmp_path)
    assert [p.suffix for p in paths] == [".png", ".svg", ".csv"]
    assert all(p.stat().st_size > 0 for p in paths)
    assert len(pd.read_csv(paths[-1])) > 0


@pytest.mark.parametrize("name", figures.names())
def test_every_figure_bears_one_arm_and_one_replication(name, request):
    alone = "single" if name in NEED_ARMS else NEEDS.get(name, "single")
    single = request.getfixturevalue("year" if name in YEARLY else alone)
    if name in NEED_ARMS:
        with pytest.raises(figures.NotApplicable):
            figures.draw(name, single)
    else:
        assert len(title(figures.draw(name, single))) > 15


@pytest.fixture(scope="module")
def bare(single, tmp_path_factory):
    """No event, no firm and no loan on record."""
    folder = tmp_path_factory.mktemp("bare") / "results"
    shutil.copytree(single.folder, folder)
    for table in ("events", "firms", "grades", "impairments", "vintages"):
        (folder / f"{table}.parquet").unlink(missing_ok=True)
    return load(folder)


@pytest.mark.parametrize("name", figures.names())
def test_every_figure_bears_that_nothing_happened(bare, name):
    if name in ("beliefs_and_flows", "defaults_and_closures", "financing_gap", "flows_of_month",
                "headline", "losses", "metric", "network", "platform_exits",
                "savings"):  # fmt: skip
        figures.draw(name, bare).draw_without_rendering()
    else:
        with pytest.raises(figures.NotApplicable, match=" "):
            figures.draw(name, bare)


def test_pictures_are_the_same_twice(single, tmp_path):
    one = figures.save("defaults_and_closures", single, tmp_path / "one")
    two = figures.save("defaults_and_closures", single, tmp_path / "two")
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]


def test_stacks_add_up_to_the_macro_counts(arms):
    found = figures.defaults_and_closures.data(arms)
    calm = found[found["arm"] == "calm"]
    drawn = (calm["firms"] * calm["months"]).groupby(calm["layer"] == "closure").sum()
    macro = _style.as_set(arms.macro).query("arm == 'calm'")
    n = macro["replication"].nunique()
    assert drawn[True] == pytest.approx(macro["closures"].sum() / n)
    assert drawn[False] == pytest.approx(macro["defaults"].sum() / n)


def test_owners_who_walk_away_are_a_layer_where_there_are_any(single, tmp_path):
    walking = simulate(Scenario(**SMALL | {"parameters": WALKING}), replications=1, workers=1,
                       out=tmp_path, progress=False)  # fmt: skip
    found = figures.defaults_and_closures.data(walking).query("layer == 'strategic'")
    counted = walking.macro["strategic_defaults"].sum()
    assert (found["firms"] * found["months"]).sum() == pytest.approx(counted)
    assert counted > 0
    figures.draw("defaults_and_closures", walking).draw_without_rendering()
    assert "strategic" not in set(figures.defaults_and_closures.data(single)["layer"])


def test_beliefs_and_flows_show_the_run_whose_withdrawals_rose_most(arms):
    found = beliefs_and_flows.data(arms)
    macro = _style.as_set(arms.macro)
    taken = macro.groupby(["arm", "replication"])["withdrawn_money"]
    rise = macro["withdrawn_money"] / taken.transform(
        lambda fen: fen.shift(1).rolling(12, min_periods=3).mean()
    )
    top = macro.loc[rise.idxmax()]
    assert found["times_usual"].max() == pytest.approx(rise.max())
    assert set(found["arm"]) == {top["arm"]}
    assert set(found["replication"]) == {top["replication"]}
    assert found["month"].tolist() == list(range(1, 9))


def test_flows_drawn_are_all_payments_of_the_month(arms):
    found = figures.flows_of_month.data(arms, month=4)
    runs = arms.runs.query("arm == 'calm' and channels == 'as set'")["run_id"]
    flows = arms.flows[arms.flows["run_id"].isin(runs)]
    paid = flows.query("month == 4 and kind == 'payment'")["yuan"].sum() / len(runs)
    assert found["yuan"].sum() == pytest.approx(paid)


def test_shocks_and_policy_dates_are_found_by_arm(arms):
    assert _marks.marks(arms, "calm") == []
    assert _marks.marks(arms, "slump") == [_marks.Mark(3, 4, "big slump")]
    assert _marks.marks(arms, "cap") == [_marks.Mark(5, None, "loan cap")]
    assert len(_marks.marks(arms)) == 2
    texts = [t.get_text() for t in figures.draw("headline", arms).axes[0].texts]
    assert texts[-2:] == ["big slump (only slump)", "loan cap (only cap)"]


def test_arms_add_change_and_remove_dates():
    base = {"shocks": {"slump": {"month": 5, "months": 2}}, "supervision": {"level": 1}}
    changed = _marks.laid_over(base, {"shocks.slump": None, "supervision.level": {"at": {9: 2}}})
    assert changed == {"shocks": {}, "supervision": {"level": {"at": {9: 2}}}}
    assert list(_marks._marks_of(changed)) == [_marks.Mark(9, None, "supervision level 2")]
    off = {"channels": {"trade": {"at": {4: False}}}, "credit": {"sharing": {"at": {6: None}}}}
    names = [mark.name for mark in _marks._marks_of(off)]
    assert names == ["sharing ends", "trade off"]


def test_many_points_are_thinned_to_all_arms_at_the_first_points(arms):
    runs = pd.concat([arms.runs.assign(point=f"n={i}") for i in range(5)])
    many = load(arms.folder)
    many.__dict__["runs"] = runs
    shown = list(_style.looks(many))
    assert len(shown) == _style.MOST
    assert shown[:3] == [("calm", "n=0"), ("slump", "n=0"), ("cap", "n=0")]
    assert "8 of 15" in _style.left_out(many)


@pytest.mark.parametrize(
    ("unit", "largest", "factor", "words"),
    [
        ("share", 0.1, 100, "%"),
        ("1/year", 0.1, 100, "% a year"),
        ("yuan", 5e3, 1, "yuan"),
        ("yuan", 5e4, 1e-3, "thousand yuan"),
        ("yuan", 5e7, 1e-6, "million yuan"),
        ("yuan/month", 5e9, 1e-9, "billion yuan/month"),
        ("count", 7, 1, "number"),
    ],
)
def test_units_as_people_read_them(unit, largest, factor, words):
    assert _style.reading(unit, largest) == (pytest.approx(factor), words)


def test_labels_are_spread_without_changing_order():
    at = _style.spread([0.1, 0.11, 0.12, 0.9], 0.05)
    assert np.all(np.diff(at) >= 0.05 - 1e-12)
    top = _style.spread([0.97, 0.98, 0.99], 0.05)
    assert top[-1] <= 1.0
    assert np.all(np.diff(top) >= 0.05 - 1e-12)


def test_grades_and_firms_agree_with_the_metrics(single):
    macro, grades, firms = single.macro, single.grades, single.firms
    for kind in ("bank", "micro_lender", "platform"):
        mine = grades[grades["kind"] == kind].groupby("month")
        assert mine["gone_bad"].sum().tolist() == macro[f"bad_{kind}"].tolist()
        assert mine["performing"].sum().le(macro[f"loans_{kind}"].to_numpy()).all()
    in_run = firms[firms["ended"] >= 1]
    assert in_run["defaulted"].sum() == macro["defaults"].sum()
    assert in_run["is_voluntary"].sum() == macro["closures"].sum()
    assert firms["ended"].isna().sum() == macro["firms_alive"].iloc[-1]
    assert firms.attrs["units"]["scale"] == "yuan/month"


def test_outputs_that_are_declined_are_not_written(tmp_path):
    names = ("borrowers", "events", "firms", "impairments", "institutions", "scoring")
    outputs = dict.fromkeys(names, "none")
    tiny = {**SMALL, "time": {"months": 2, "burn_in": 1}, "outputs": {**outputs, "loans": "all"}}
    found = simulate(Scenario(**tiny), replications=1, workers=1, out=tmp_path, progress=False)
    assert not set(outputs) & set(found.tables)
    assert {"loans", "macro", "flows"} <= set(found.tables)
    assert (found.loans["amount"] > 0).all()
    assert found.loans.attrs["units"]["amount"] == "yuan"
    for ask in (scoring.quality, scoring.calibration):
        with pytest.raises(ResultsError, match=r"no judgements of firms: outputs\.scoring is none"):
            ask(found)
    with pytest.raises(ResultsError, match=r"no list of borrowers: outputs\.borrowers is none"):
        elasticity.elasticities(found)


def test_who_is_served_agrees_with_the_metrics(year):
    found = who_is_served.data(year)
    mine = found[found["kind"] == who_is_served.ANYONE].set_index("size")
    end = year.macro.set_index("month").loc[12]
    for size in ("micro", "small", "larger"):
        if np.isfinite(end[f"served_{size}"]):
            assert mine.loc[size, "value"] == pytest.approx(end[f"served_{size}"])
    assert (found["value"] <= 1).all()


def test_the_gap_drawn_is_that_of_all_months_together(year):
    found = financing_gap.data(year).set_index("place")
    sums = year.macro.sum(numeric_only=True)
    gap = 1 - sums["met_investment"] / sums["need_investment"]
    assert found.loc["investment", "value"] == pytest.approx(gap)
    assert found.loc["investment", "need"] == pytest.approx(sums["need_investment"] / 20)


def test_curves_of_default_follow_whole_years_of_grant(year):
    rows = [(0, 0, 9, 9), (1, 0, 9, 1), (1, 7, 5, 2), (1, 8, 4, 1), (1, 9, 3, 3), (2, 0, 90, 0)]
    counts = pd.DataFrame(rows, columns=["year", "age", "performing", "gone_bad"])
    hand = load(year.folder)
    named = counts.assign(kind="bank", grade="B", run_id=year.runs["run_id"].iloc[0])
    hand.__dict__["vintages"] = named
    found = vintages.data(hand).set_index("age")
    # Of 20 months the grants of year 1 are followed for 8, those of year 2 not in full.
    assert found.index.tolist() == [0, 7, 8]
    assert found["granted"].tolist() == [10, 10, 10]
    assert found["defaulted"].tolist() == pytest.approx([0.1, 0.3, 0.4])


def test_what_is_asked_and_found_of_sources_is_not_cut_and_names_its_arm(years):
    hand = load(years.folder)
    banks = (hand.scoring["kind"] == "bank") & (hand.scoring["source"] == "application")
    hand.scoring.loc[banks, "auc_asked"] = 0.77  # now two kinds of lender ask differently
    figure = auc_by_source.draw(hand)
    # Of the two arms only one has sources.
    assert "Farthest off: " in title(figure)
    assert "(arm private)" in title(figure)
    sources = figure.axes[0]
    lines = [path.vertices for c in sources.collections for path in c.get_paths()]
    marks = {round(float(v[0, 0]), 2) for v in lines if v[0, 0] == v[-1, 0]}
    assert {0.62, 0.77} <= marks
    least, most = sources.get_xlim()
    assert all(least <= x <= most for vertices in lines for x in vertices[:, 0])


def test_compare_keeps_scoring_and_elasticities(years):
    found = commands._more_tables(years)
    assert {"auc", "ks", "brier", "asked"} <= set(found["scoring"].columns)
    assert found["calibration"]["observed"].notna().any()
    assert found["elasticities"]["se"].gt(0).all()
    assert set(tails.MEASURES) <= set(paired.built_metrics(years))
    sizes = paired.effects(years, [tails.MEAN])
    assert sizes[["arm", "label"]].to_numpy().tolist() == [["none", "cascade size, mean"]]
    assert sizes["difference"].notna().all()
