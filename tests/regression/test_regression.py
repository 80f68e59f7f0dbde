"""The economy of `refresh.py` is the one stored: to the fen on a machine alike, closely elsewhere.

Another CPU or numpy may round the last digit of a float another way, so a few fen turn the
other way. Elsewhere balances may part by a millionth of all balances of the month.
"""

import json

import pytest

from tests.regression.refresh import COUNTS, STORED, aggregates, machine

HINT = "if this is meant: make refresh-regression, and read its diff"


@pytest.fixture(scope="module")
def stored():
    return json.loads(STORED.read_text(encoding="utf-8"))


def test_the_stored_file_says_where_it_was_made(stored):
    assert set(stored["made_with"]) == {"numpy", "scipy", "cpu"}
    assert list(stored["months"]) == [str(month) for month in range(25)]


def test_nothing_has_changed(stored):
    found = aggregates()
    is_alike = stored["made_with"] == machine()
    for month, row in stored["months"].items():
        assert found[month].keys() == row.keys(), f"month {month}: {HINT}"
        whole = sum(abs(fen) for name, fen in row.items() if name not in COUNTS)
        for name, value in row.items():
            slack = 0 if is_alike or name in COUNTS else whole // 1_000_000
            assert abs(found[month][name] - value) <= slack, (
                f"month {month}, {name}: {value} before, {found[month][name]} now; {HINT}"
            )
