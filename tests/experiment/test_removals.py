"""What the end of one party does to others, in paired runs of a small economy."""

import numpy as np
import pandas as pd
import pytest

from analysis import removals
from analysis.exposures import network
from sim import simulate
from sim.scenario import Scenario
from tests.worlds import STRESS


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    strike = {"kind": "liquidation", "month": 3, "target": "micro_lender", "rank": 0}
    scenario = Scenario(
        name="small", time={"months": 6, "burn_in": 3}, shocks={"strike": strike},
        parameters={**STRESS, "micro_lender": {"capital_share": 0.1}},
        population={"enterprises": 120, "investors": 40, "platforms": 5, "micro_lenders": 3,
                    "banks": 2},
        arms={"micro": {}, "bank": {"shocks.strike.target": "bank"}},
        design={"shocks.strike.rank": [0, 1, 2, 3]}, outputs={"network_months": [2]},
    )  # fmt: skip
    return simulate(scenario, 1, workers=1, out=tmp_path_factory.mktemp("r"), progress=False)


def test_each_lender_is_closed_in_the_order_of_size(results):
    found = removals.removals(results)
    micro = found[found["arm"] == "micro"]
    assert len(micro) == 3
    assert micro["party"].is_unique
    assert (micro["size"].diff().dropna() <= 0).mean() >= 0.5  # of the month before, not the month
    banks = found[found["arm"] == "bank"]
    assert banks["party"].tolist() == [r * 16 + 3 for r in banks["row"]]
    assert len(banks) == 2, "of a rank beyond the last nobody is closed"


def test_impact_is_counted_on_others_only(results):
    found = removals.removals(results).iloc[0]
    runs = results.with_labels(results.events)
    mine = runs[(runs["arm"] == found["arm"]) & runs["month"].between(3, 6)]
    counts = {}
    for point in ("rank=0", found["point"]):
        here = mine[(mine["point"] == point) & (mine["event"] == "default") & mine["in_cohort"]]
        counts[point] = len(here)
    assert found["defaults"] == counts[found["point"]] - counts["rank=0"]


def test_debtrank_of_the_month_before_is_a_ranking(results):
    """By who owes nothing nobody loses anything; what is lost anyway is no one party's doing."""
    found = removals.removals(results)
    ranks = removals.debtrank_before(results, found)
    net = network(results, 2)
    debts = pd.Series(net.exposures().sum(axis=0), index=net.parties())
    assert set(found["party"]) <= set(ranks[0].index)
    assert (ranks[0][debts == 0.0] == 0.0).all()
    assert (ranks[0] > 0.0).any()
    told = removals.agreements(found, {"debtrank": ranks}).set_index(["arm", "ranking"])
    assert {("micro", "size"), ("micro", "debtrank")} <= set(told.index)


def test_rankings_are_judged_by_impact():
    removed = pd.DataFrame({
        "arm": "a", "channels": "as set", "replication": [0, 0, 0, 1, 1, 1],
        "party": [1, 2, 3] * 2, "size": [3.0, 2.0, 1.0, 3.0, 2.0, 1.0],
        "defaults": [9, 5, 1, 1, 5, 9],
    })  # fmt: skip
    wise = removed.set_index(["replication", "party"])["defaults"].astype(float)
    found = removals.agreements(removed, {"wise": wise}).set_index("ranking")
    assert found.loc["size", "correlation"] == pytest.approx(0.0)
    assert found.loc["wise", "correlation"] == pytest.approx(1.0)
    assert np.isfinite(found["low"]).all()
