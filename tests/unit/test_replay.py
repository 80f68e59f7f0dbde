"""A replay beside the real series: hand-made runs with known factors and errors."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis import replay
from analysis.replay import Episode, Series

STOCK, DIED = ("stock",), ("died",)
EPISODE = Episode(
    2001,
    (2001, 2002),
    (
        Series(
            "stock", "things", ("stock",), "end", {2001: 10, 2002: 20, 2003: 40, 2004: 0}, "hand"
        ),
        Series(
            "rate", "a year", ("died",), "share", {2003: 0.5}, "hand", over="stock", scaled=False
        ),
        Series("flow", "things a year", ("flow",), "sum", {2002: 6.0, 2003: 12.0}, "hand"),
    ),
)


def results(stock, name="episode"):
    """One run in which the stock of December of each year is as given, and little else happens."""
    years = np.repeat(np.arange(len(stock)), 12)
    december = np.tile(np.arange(12) == 11, len(stock))
    macro = pd.DataFrame({
        "arm": "base", "point": "", "channels": "as set", "replication": 0,
        "month": np.arange(1, len(years) + 1),
        "stock": np.where(december, np.asarray(stock, dtype=float)[years], 3.0),
        "died": 0.125, "flow": 1.0 + years,
    })  # fmt: skip
    placebo = macro.assign(arm="placebo", stock=1e9)
    off = macro.assign(channels="all off", stock=1e9)
    return SimpleNamespace(macro=pd.concat([macro, placebo, off]), manifest={"name": name})


def test_a_factor_of_the_fitted_years_is_laid_on_all():
    found = replay.compared(results([1, 2, 2, 1]), EPISODE).query("series == 'stock'")
    assert found["part"].tolist() == ["fitted", "fitted", "predicted", "predicted"]
    assert found["factor"].tolist() == pytest.approx([10] * 4)
    assert found["value"].tolist() == pytest.approx([10, 20, 20, 10])


def test_shares_have_no_factor_and_flows_are_summed():
    found = replay.compared(results([3, 3, 3, 3]), EPISODE).set_index(["series", "year"])
    assert found.loc[("rate", 2003), "value"] == pytest.approx(12 * 0.125 / 3)
    assert found.loc[("flow", 2003), "value"] == pytest.approx(36 * 6 / 24)


def test_the_error_is_that_of_logarithms_and_the_naive_one_stands_still():
    found = replay.errors(replay.compared(results([1, 2, 2, 1]), EPISODE)).set_index("series")
    # 2003: 20 for 40; 2004 was zero and cannot be compared in logarithms.
    assert found.loc["stock", ["n", "zeros"]].tolist() == [1, 1]
    assert found.loc["stock", "error"] == pytest.approx(np.log(2))
    assert found.loc["stock", "naive"] == pytest.approx(np.log(2))
    assert found.loc["flow", "error"] == pytest.approx(np.log(12 / 9))
    assert found.loc["flow", "naive"] == pytest.approx(np.log(2))


def test_only_a_scenario_of_that_name_replays():
    assert replay.episode_of(results([1], "china-p2p-2012-2020")) is replay.CHINA
    assert replay.episode_of(results([1])) is None


def test_real_series_are_dated_and_sourced():
    for series in replay.CHINA.series:
        assert series.source
        assert set(series.observed) <= set(range(2012, 2021))


def test_problems_are_compared_with_problems_and_exits_with_all_exits():
    observed = {series.name: series.observed for series in replay.CHINA.series}
    assert observed["problems"][2018] == pytest.approx(0.5145 * observed["exits"][2018])
    assert set(observed["problems"]) == {2013, 2014, 2018}, "portals counted problems until 2014"
    assert set(observed["exits"]) == {2018}
    run = results([10.0] * 7, "china-p2p-2012-2020")
    numbers = {"exits_liquidation": 0.1, "exits_absconding": 0.2, "exits_police": 0.3,
               "exits_wind_down": 0.4, "platforms_alive": 10.0, "credit_platform": 1.0,
               "new_loans_platform": 1.0, "mean_rate_platform": 0.1}  # fmt: skip
    run.macro = run.macro.assign(**numbers)
    found = replay.compared(run, replay.CHINA)
    year = found[found["year"] == 2018].set_index("series")["value"]
    assert year["problems"] == pytest.approx(12 * 0.6 / 10.0)
    assert year["exits"] == pytest.approx(12 * 1.0 / 10.0)
    run.macro = run.macro.assign(exits_ordered=0.5)
    found = replay.compared(run, replay.CHINA)
    year = found[found["year"] == 2018].set_index("series")["value"]
    assert year["problems"] == pytest.approx(12 * 0.6 / 10.0), "an order to close is no problem"
    assert year["exits"] == pytest.approx(12 * 1.5 / 10.0)


def test_what_was_not_observed_when_the_scenario_was_fitted_is_predicted():
    found = replay.compared(results([3, 3, 3, 3]), EPISODE)
    rate = found[found["series"] == "rate"]
    assert rate["part"].tolist() == ["predicted"]
    wrong = replay.errors(found).set_index("series")
    assert wrong.loc["rate", "error"] == pytest.approx(abs(np.log(12 * 0.125 / 3 / 0.5)))
    assert np.isnan(wrong.loc["rate", "naive"]), "no fitted year could be carried forward"
