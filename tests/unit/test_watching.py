"""Which platforms savers watch: by prominence, none twice, moved by no stranger's closure."""

import numpy as np
import pytest
from by_hand import emptied

from sim.agents.investor import SLOTS
from sim.entry import choose_platforms, watching_mask
from sim.model import MicroFinance
from tests.worlds import small


def test_savers_watch_one_to_four_different_platforms():
    world = MicroFinance(small(20, population={"investors": 1000, "platforms": 20}), seed=3).world
    watched = world.accounts.platform.reshape(-1, SLOTS)
    share = np.bincount(world.investors.n_watched, minlength=5)[1:] / world.investors.n
    assert share == pytest.approx([0.14, 0.36, 0.30, 0.20], abs=0.05)
    for row, most in zip(watched, world.investors.n_watched, strict=True):
        used = row[row >= 0]
        assert len(set(used)) == len(used) <= most


def watching(*prominence, savers=2000, slots=SLOTS, closed=(), out=0, month=1, filled=()):
    """Let savers fill slots among platforms that well known; return (savers, slots) watched.

    closed : rows that are dead; out : rows after them that were never opened;
    filled : rows watched before, in the last slots
    """
    hands = emptied(firms=1, platforms=len(prominence), investors=savers)
    world, table = hands.world, hands.world.platforms
    table.prominence[:] = prominence
    table.append(out, {"alive": False, "prominence": 30.0})
    table.alive[list(closed)] = False
    watched = world.accounts.platform.reshape(-1, SLOTS)
    watched[:, SLOTS - len(filled) :] = filled
    rows = np.arange(savers)[:, None] * SLOTS + np.arange(slots)
    choose_platforms(world, rows.ravel(), month)
    return watched.copy()


KNOWN = (1.0, 1.3, 2.0, 2.5, 4.0, 7.0, 12.0)


def test_known_platforms_are_watched_more():
    for savers in (3000, 300):
        first = watching(1.0, 3.0, 6.0, savers=savers, slots=1, closed=[2])[:, 0]
        share = np.bincount(first, minlength=3) / savers
        assert share == pytest.approx([0.25, 0.75, 0.0], abs=1.5 / np.sqrt(savers))
    share = np.bincount(watching(*KNOWN, savers=20_000, slots=1)[:, 0]) / 20_000
    assert share == pytest.approx(np.array(KNOWN) / sum(KNOWN), abs=0.011)


def test_the_slots_of_a_saver_are_drawn_one_after_the_other():
    one, two = watching(1.0, 3.0, 6.0, savers=8000, slots=2)[:, :2].T
    for first, left in ((0, [0, 3 / 9, 6 / 9]), (1, [1 / 7, 0, 6 / 7]), (2, [1 / 4, 3 / 4, 0])):
        share = np.bincount(two[one == first], minlength=3) / (one == first).sum()
        assert share == pytest.approx(left, abs=0.04)


def test_nothing_is_watched_twice_and_what_is_missing_stays_empty():
    assert (np.sort(watching(1.0, 2.0, 9.0)) == [-1, 0, 1, 2]).all()
    assert (np.sort(watching(1.0, 2.0, 9.0, slots=3, filled=[2])) == [-1, 0, 1, 2]).all()
    assert (watching(1.0, 0.0, slots=2)[:, :2] == [0, -1]).all(), "nobody knows the second"
    assert (watching(1.0, closed=[0]) == -1).all()


@pytest.mark.parametrize("filled", [(), (1,)])
@pytest.mark.parametrize("closed", range(2, 7))
def test_a_closure_moves_only_savers_who_had_chosen_it(closed, filled):
    slots = 3 - len(filled)
    before = watching(*KNOWN, slots=slots, filled=filled)
    after = watching(*KNOWN, slots=slots, filled=filled, closed=[closed])
    had = (before == closed).any(axis=1)
    assert 0.01 < had.mean() < 0.99
    assert (before[~had] == after[~had]).all()
    for old, new in zip(before[had], after[had], strict=True):
        (found,) = set(new.tolist()) - set(old.tolist())
        assert set(old.tolist()) ^ set(new.tolist()) == {closed, found}


def test_a_newcomer_moves_only_savers_who_choose_it():
    # However many there are already: no number of platforms gives all savers other dice.
    for n in (3, 4, 7, 8, 31, 32, 63, 64):
        before = watching(*np.linspace(1.0, 9.0, n), slots=2, savers=400)
        after = watching(*np.linspace(1.0, 9.0, n), 9.0, slots=2, savers=400)
        has = (after == n).any(axis=1)
        assert has.any()
        assert (before[~has] == after[~has]).all(), n


def test_platforms_that_stay_out_disturb_nobody():
    assert (watching(*KNOWN) == watching(*KNOWN, out=70)).all()


def test_what_a_saver_watches_does_not_hang_on_who_else_chooses():
    alone = watching(*KNOWN, savers=700)
    assert (watching(*KNOWN, savers=5000)[:700] == alone).all()
    assert (watching(*KNOWN, savers=700, month=2) != alone).any()


def test_who_leaves_watches_nothing_new():
    hands = emptied(firms=1, platforms=1, investors=3)
    table = hands.world.investors
    table.n_watched[:] = [2, 4, 4]
    table.alive[1], table.is_leaving[2] = False, True
    assert np.flatnonzero(watching_mask(hands.world)).tolist() == [0, 1]
