"""Cascades from hand-made events."""

import numpy as np
import pandas as pd

from analysis import genealogy

NOBODY = -1


def firm(row):
    return row * 16 + 1


def platform(row):
    return row * 16 + 4


def events(*rows):
    columns = ["run_id", "month", "event", "kind", "row", "parent"]
    return pd.DataFrame(rows, columns=columns)


def default(row, parent=NOBODY, month=1, run="a"):
    return (run, month, "default", "enterprise", row, parent)


def sizes(*rows, **options):
    return sorted(genealogy.cascades(events(*rows), **options)["size"])


def test_a_chain_and_a_fork_are_one_cascade():
    rows = [default(1), default(2, firm(1)), default(3, firm(2), 4), default(4, firm(1), 5)]
    rows += [default(9)]
    found = genealogy.cascades(events(*rows))
    assert sorted(found["size"]) == [1, 4]
    whole = found[found["size"] == 4].iloc[0]
    assert (whole["first_month"], whole["last_month"], whole["firms"]) == (1, 5, 4)


def test_a_failed_platform_carries_on_and_is_counted():
    failure = ("a", 3, "failure", "platform", 7, firm(1))
    found = genealogy.cascades(events(default(1), failure, default(2, platform(7), 4)))
    assert list(found["size"]) == [3]
    assert list(found["firms"]) == [2]


def test_same_row_of_another_population_or_run_is_somebody_else():
    assert sizes(default(7), default(2, platform(7), 2)) == [1, 1]
    assert sizes(default(1), default(2, firm(1), run="b")) == [1, 1]


def test_a_parent_that_lives_on_or_closes_is_not_followed():
    closure = ("a", 1, "closure", "enterprise", 5, NOBODY)
    assert sizes(closure, default(2, firm(5), 2), default(3, firm(99))) == [1, 1]


def test_a_late_parent_is_followed_for_a_while():
    rows = [default(2, firm(1), month=1), default(1, month=5)]
    assert sizes(*rows, patience=4) == [2]
    assert sizes(*rows, patience=3) == [1, 1]


def test_two_that_bring_each_other_down_are_one_cascade():
    ring = [default(1, firm(2)), default(2, firm(1)), default(3, firm(2))]
    assert sizes(*ring) == [3]
    assert sizes(default(1, firm(1))) == [1]


def test_origins_follow_long_lines_to_their_beginning():
    line = np.arange(-1, 99)
    assert set(genealogy.origins(line)) == {0}
    assert list(genealogy.origins(np.array([2, 0, 1, 1, -1, 4]))) == [0, 0, 0, 0, 4, 4]


def test_counts_at_least_as_large():
    found = genealogy.at_least(pd.Series([1, 1, 1, 2, 5]))
    assert found.to_dict("list") == {"size": [1, 2, 5], "cascades": [5, 2, 1]}


def test_offspring_is_the_share_that_has_a_parent():
    assert genealogy.offspring(events(default(1), default(2, firm(1)), default(3))) == 1 / 3


def test_no_events_no_cascades():
    assert len(genealogy.cascades(events())) == 0
    assert len(genealogy.cascades(pd.DataFrame({"run_id": [], "month": []}))) == 0
    assert np.isnan(genealogy.offspring(events()))
