"""What the dice promise, whoever throws them: no effect of company, order or history."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.draws import PURPOSES, Draws

MONTHLY = [name for name, purpose in PURPOSES.items() if purpose.kind == "monthly"]
rows = st.lists(st.integers(0, 2**40), min_size=1, max_size=40)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(rows, st.randoms(use_true_random=False), st.integers(-24, 96), st.integers(0, 5))
def test_a_subset_in_any_order_gets_the_numbers_of_the_whole(ids, shuffler, month, round_):
    draws = Draws(3, 1)
    whole = dict(zip(ids, draws.uniform("queue", month, ids, round=round_).tolist(), strict=True))
    some = [i for i in ids if shuffler.random() < 0.5]
    shuffler.shuffle(some)
    alone = draws.uniform("queue", month, some, round=round_).tolist()
    assert alone == [whole[i] for i in some]


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(rows, st.lists(st.integers(0, 1000), min_size=1, max_size=10))
def test_closing_an_option_leaves_the_others_their_numbers(ids, options):
    draws = Draws(3, 1)
    chooser = np.array(ids)[:, None]
    whole = draws.gumbel("saver_choice", 5, chooser, np.array(options))
    fewer = draws.gumbel("saver_choice", 5, chooser, np.array(options[1:], dtype=np.int64))
    assert (whole[:, 1:] == fewer).all()


def test_order_of_asking_and_asking_again_change_nothing():
    ids = np.arange(50)
    asked = [(name, month) for name in MONTHLY for month in (1, 2)]
    one, other = Draws(4), Draws(4)
    forward = {a: one.uniform(*a, ids) for a in asked}
    for a in [*reversed(asked), *asked]:
        assert (other.uniform(*a, ids) == forward[a]).all()


def test_one_more_row_changes_no_other():
    assert (
        Draws(1).uniform("demand", 1, np.arange(101))[:100]
        == Draws(1).uniform("demand", 1, np.arange(100))
    ).all()


def test_seed_replication_purpose_month_round_and_option_all_matter():
    ids = np.arange(4000)
    base = Draws(1, 0).uniform("demand", 1, ids)
    others = [
        Draws(2, 0).uniform("demand", 1, ids),
        Draws(1, 1).uniform("demand", 1, ids),
        Draws(1, 0).uniform("queue", 1, ids),
        Draws(1, 0).uniform("demand", 2, ids),
        Draws(1, 0).uniform("demand", 1, ids, round=1),
        Draws(1, 0).uniform("demand", 1, ids, options=0),
        Draws(1, 0).uniform("demand", 1, ids, options=1),
        Draws(1, 0).uniform("demand", 1, ids + 1),
    ]
    for other in others:
        assert not np.intersect1d(base, other).size or other is others[-1]
        assert abs(np.corrcoef(base, other)[0, 1]) < 0.06


def test_uniforms_are_even_in_every_digit_that_is_used():
    u = Draws(11).uniform("demand", 1, np.arange(200_000))
    for scale in (16, 16 * 2**20):
        counts = np.bincount(np.floor(u * scale).astype(np.int64) % 16, minlength=16)
        chi2 = float(((counts - 12_500) ** 2 / 12_500).sum())
        assert chi2 < 45  # 15 degrees of freedom: one in 10,000
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 0.01


def test_neighbouring_options_and_ids_are_independent():
    u = Draws(11).uniform("saver_choice", 1, np.arange(3000)[:, None], np.arange(20))
    across = np.corrcoef(u, rowvar=False) - np.eye(20)
    assert np.abs(across).max() < 0.09
    assert len(np.unique(u)) == u.size


def test_normals_and_gumbels_have_their_moments():
    draws, ids = Draws(12), np.arange(200_000)
    z, g = draws.normal("demand", 1, ids), draws.gumbel("demand", 2, ids)
    assert abs(z.mean()) < 0.01
    assert abs(z.std() - 1) < 0.01
    assert abs(g.mean() - 0.5772) < 0.015
    assert abs(g.var() - np.pi**2 / 6) < 0.04
