"""The economy of `refresh.py` is the one stored: to the fen on a machine alike, closely elsewhere."""

import json

import pytest

from tests.regression.refresh import STORED, aggregates, machine


@pytest.fixture(scope="module")
def stored():
    return json.loads(STORED.read_text(encoding="utf-8"))


def test_the_stored_file_says_where_it_was_made(stored):
    assert set(stored["made_with"]) == {"numpy", "scipy", "cpu"}
    assert len(stored["months"]) == 25


def test_nothing_has_changed(stored):
    found, hint = aggregates(), "if this is meant: make refresh-regression, and read the diff"
    assert found.keys() == stored["months"].keys(), hint
    same_machine = stored["made_with"] == machine()
    for month, row in stored["months"].items():
        assert found[month].keys() == row.keys(), f"month {month}: {hint}"
        for name, value in row.items():
            expected = value if same_machine else pytest.approx(value, rel=1e-6, abs=100)
            assert found[month][name] == expected, f"month {month}, {name}: {hint}"
