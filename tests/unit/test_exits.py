"""How platforms end, on hand-made records: hazards, modes, lives and concentration."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from analysis import exits
from analysis.figures import NotApplicable, platform_exits
from analysis.results import AS_SET

COLUMNS = ["run_id", "row", "born", "ended", "exit_mode", "is_fraud"]


def results(rows, loans=()):
    """Two years of one arm; rows of platforms as in `COLUMNS`, loans of run "a" at the end."""
    runs = pd.DataFrame({"run_id": ["a", "b"], "arm": ["base", "base"], "point": "",
                         "replication": [0, 0], "channels": [AS_SET, "all off"]})  # fmt: skip
    tables = {
        "platforms": pd.DataFrame(rows, columns=COLUMNS),
        "institutions": pd.DataFrame({"run_id": "a", "kind": "platform", "month": 24,
                                      "state": "alive", "loans": list(loans)}),
    }  # fmt: skip
    return SimpleNamespace(runs=runs, months=24, tables=list(tables), table=tables.__getitem__,
                           reference_arm="base")  # fmt: skip


ROWS = [
    ("a", 0, -24, -3.0, 3, True),  # gone before the first month: no exit and no exposure
    ("a", 1, -24, 13.0, 1, False),  # a year of exposure, 37 months of life
    ("a", 2, 1, 13.0, 3, True),  # a year
    ("a", 3, 13, np.nan, 0, False),  # a year, and lives
    ("b", 4, 1, 2.0, 2, False),  # of a twin
]


def test_exits_over_platform_years_and_modes_as_shares_of_exits():
    (run,) = exits.by_run(results(ROWS)).to_dict("records")
    assert run["exits"] == 2
    assert run["platform_years"] == pytest.approx(3.0)
    assert run["hazard"] == pytest.approx(2 / 3)
    assert run["problem_hazard"] == pytest.approx(1 / 3)
    assert [run[name] for name in exits.MODES.values()] == [0.5, 0.0, 0.0, 0.5, 0.0]
    assert run["mean_life"] == pytest.approx((37 + 12) / 2)
    assert run["fraud_life"] == pytest.approx(12.0)


def test_survival_falls_where_platforms_end_and_counts_those_that_live():
    rows = [("a", i, 1, end, 1 if end == end else 0, False)
            for i, end in enumerate([5.0, 9.0, np.nan, np.nan])]  # fmt: skip
    found = exits.survival(results(rows), is_fraud=False).set_index("age")
    assert found.loc[3, "alive"] == 1.0
    assert found.loc[4, "alive"] == pytest.approx(3 / 4)
    assert found.loc[8, "alive"] == pytest.approx(3 / 4 * 2 / 3)
    assert found.loc[23, "at_risk"] == 2
    assert exits.survival(results(rows), is_fraud=True).empty


def test_concentration_is_zero_for_equals_and_one_for_a_monopoly():
    assert exits.normalised_hhi(np.full(7, 3.0)) == pytest.approx(0.0)
    assert exits.normalised_hhi(np.array([5.0, 1e-12])) == pytest.approx(1.0)
    assert np.isnan(exits.normalised_hhi(np.ones(1)))


def test_the_tail_of_a_pareto_sample_has_its_exponent():
    ranks = (np.arange(1, 2001) - 0.5) / 2000
    assert exits.hill(ranks ** (-1 / 0.9), k=1000) == pytest.approx(0.9, rel=0.02)
    assert np.isnan(exits.hill(np.ones(9)))


def test_what_is_found_stands_beside_what_is_reported():
    found = exits.table(results(ROWS, loans=np.arange(1, 40))).set_index("name")
    assert list(found.index) == [t.name for t in exits.TARGETS]
    assert found.loc["wound down", "is_met"]
    assert not found.loc["absconded", "is_met"]
    assert found.loc["hhi", "found"] == pytest.approx(exits.normalised_hhi(np.arange(1, 40)))


def test_results_without_platforms_say_so():
    bare = results(ROWS)
    bare.tables = []
    with pytest.raises(NotApplicable, match=r"platforms\.parquet"):
        exits.by_run(bare)
    with pytest.raises(NotApplicable, match="no platform in these runs"):
        platform_exits.data(results([]))


@pytest.mark.parametrize("n_frauds", [0, 6])
def test_the_figure_names_only_modes_and_lives_that_it_draws(n_frauds, monkeypatch):
    rows = [("a", i, 1, 5.0 + i, 2, False) for i in range(6)]
    rows += [("a", i, 1, 5.0 + i, 3, True) for i in range(6, 6 + n_frauds)]
    found = results(rows)
    looks = {("base", ""): SimpleNamespace(name="base", colour="black")}
    monkeypatch.setattr(platform_exits.style, "looks", lambda results: looks)
    modes, lives = Figure().subplots(1, 2)
    platform_exits._bars(modes, platform_exits.data(found), found)
    platform_exits._lives(lives, found)
    said = [[text.get_text() for text in axes.get_legend().get_texts()] for axes in (modes, lives)]
    is_there = n_frauds > 0
    assert said == [
        ["frozen"] + ["absconded"] * is_there,
        ["others"] + ["planned fraud"] * is_there,
    ]
