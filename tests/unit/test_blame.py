"""Blame from hand-made falls: weights shared by amount, institutions collapsed, trees."""

import numpy as np
import pandas as pd
import pytest

from analysis import blame, genealogy
from analysis.figures import cascade_tree


def firm(row):
    return row * 16 + 1


def platform(row):
    return row * 16 + 4


def events(*rows):
    columns = ["run_id", "month", "event", "kind", "row", "parent", "weight"]
    return pd.DataFrame([("a", *row) for row in rows], columns=columns)


def memory(*rows):
    columns = ["victim", "channel", "source", "yuan"]
    return pd.DataFrame(rows, columns=columns).assign(run_id="a", month=0)


# Firm 1 brings down platform 7, which with firm 2 brings down firm 3; platform 8 lives on.
FALLS = events(
    (1, "default", "enterprise", 1, -1, 0.0),
    (1, "default", "enterprise", 2, -1, 0.0),
    (3, "failure", "platform", 7, firm(1), 0.5),
    (4, "default", "enterprise", 3, platform(7), 0.8),
    (5, "default", "enterprise", 4, platform(8), 1.0),
)
MEMORY = memory(
    (platform(7), "notes", firm(1), 40.0),
    (firm(3), "confidence", platform(7), 75.0),
    (firm(3), "trade", firm(2), 25.0),
    (firm(4), "funding", platform(8), 10.0),
)


def test_parts_of_a_victim_add_up_to_its_weight():
    parts = blame.shares(FALLS, MEMORY)
    by_victim = parts.groupby("victim")["weight"].sum()
    assert by_victim.to_dict() == pytest.approx({platform(7): 0.5, firm(3): 0.8, firm(4): 1.0})
    trade = parts.set_index("channel").loc["trade", "weight"]
    assert trade == pytest.approx(0.8 * 0.25)


def test_offspring_with_and_without_institutions():
    found = blame.offspring(FALLS, MEMORY).set_index("party")
    assert found.loc[firm(1), "offspring"] == pytest.approx(0.5)
    assert found.loc[platform(7), "offspring"] == pytest.approx(0.6)
    # The platform bears 0.6 of firm 3, half of which firm 1 had brought about.
    assert found.loc[firm(1), "firm_offspring"] == pytest.approx(0.3)
    assert found.loc[firm(2), "firm_offspring"] == pytest.approx(0.2)
    assert found["firm_offspring"].sum() == pytest.approx(0.5)  # platforms keep none
    assert np.isnan(found.loc[platform(8), "month"])
    assert found["offspring"].sum() == pytest.approx(FALLS["weight"].sum())


def test_institutions_that_blame_each_other_do_not_go_on_for_ever():
    both = events(
        (1, "failure", "platform", 1, platform(2), 1.0),
        (1, "failure", "platform", 2, platform(1), 1.0),
        (2, "default", "enterprise", 3, platform(1), 1.0),
    )
    told = memory(
        (platform(1), "confidence", platform(2), 1.0),
        (platform(2), "confidence", platform(1), 1.0),
        (firm(3), "notes", platform(1), 1.0),
    )
    found = blame.offspring(both, told)
    assert found["firm_offspring"].sum() == 0
    assert found["offspring"].sum() == 3


def test_nobody_fell():
    assert not len(blame.shares(events(), memory()))
    assert not len(blame.offspring(events(), memory()))


def test_rolling_counts_falls_not_months():
    monthly = pd.DataFrame({"run_id": "a", "month": [1, 2, 3], "falls": [4, 0, 2],
                            "offspring": [2.0, 0.0, 1.0], "firm_falls": [0, 0, 0],
                            "firm_offspring": 0.0})  # fmt: skip
    found = blame.rolling(monthly, 3)
    assert found["all"].tolist() == [0.5, 0.5, 0.5]
    assert found["firms"].isna().all()


def test_family_knows_generations_and_descendants():
    found = genealogy.family(FALLS).set_index("party")
    assert found["generation"].to_dict() == {
        firm(1): 0, firm(2): 0, platform(7): 1, firm(3): 2, firm(4): 0}  # fmt: skip
    assert found.loc[firm(1), ["children", "descendants"]].tolist() == [1, 2]
    assert genealogy.cascades(FALLS)["depth"].max() == 2
    ring = events(
        (1, "default", "enterprise", 1, firm(2), 1.0),
        (1, "default", "enterprise", 2, firm(1), 1.0),
    )
    assert genealogy.family(ring)["generation"].tolist() == [0, 1]


def test_a_tree_leaves_room_for_every_branch():
    tree = pd.DataFrame({"above": [-1, 0, 0, 1, 1]})
    assert cascade_tree._heights(tree) == [1.25, 0.5, 2.0, 0.0, 1.0]
