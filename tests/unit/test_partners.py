"""The remembered choice of a provider is the one a firm would make afresh among the living."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.contracts.partners import Partners
from sim.draws import Draws


def afresh(firms, alive, appeal, noise):
    rows = np.flatnonzero(alive)
    if not len(rows):
        return np.full(len(firms), -1)
    return rows[np.argmax(appeal[rows] + noise(firms[:, None], rows[None, :]), axis=1)]


@pytest.mark.property
@settings(max_examples=60)
@given(st.data())
def test_memory_changes_no_choice(data):
    draws, partners = Draws(1), Partners()

    def noise(firms, rows):
        return draws.gumbel("choose_platform", 0, firms, rows)

    appeal = np.random.default_rng(7).normal(size=400)
    alive = np.zeros(0, dtype=bool)
    for _ in range(data.draw(st.integers(1, 12))):
        enter = data.draw(st.sampled_from([0, 1, 3, 90]))
        admitted = data.draw(st.lists(st.booleans(), min_size=enter, max_size=enter))
        alive = np.append(alive, np.array(admitted, dtype=bool))[:400]
        for row in data.draw(st.lists(st.integers(0, 399), max_size=4)):
            if row < len(alive):
                alive[row] = False
        firms = np.array(data.draw(st.lists(st.integers(0, 40), max_size=12)), dtype=np.int64)
        found = partners.preferred(firms, alive, appeal[: len(alive)], noise)
        assert found.tolist() == afresh(firms, alive, appeal[: len(alive)], noise).tolist()
