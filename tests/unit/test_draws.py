import copy
import math
import pickle
from hashlib import blake2b

import numpy as np
import pytest
import twins

from sim.draws import PURPOSES, Draws, _make_uniform, _mix

MONTHLY = "demand"
LASTING = "enterprise_quality"


def key_of(seed, replication, purpose, month, round_=0):
    text = f"{seed}|{replication}|{purpose}|{month}|{round_}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little")


def test_mix_gives_the_published_splitmix64_stream():
    states = [(1234567 + (i + 1) * twins.GOLDEN) & twins.MASK for i in range(3)]
    words = np.array(states, dtype=np.uint64)
    _mix(words, np.empty_like(words))
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert words.tolist() == expected


def test_uniform_equals_its_loop_twin():
    ids = np.array([0, 1, 2, 7, 10**6, 2**40])
    got = Draws(5, 3).uniform(MONTHLY, -4, ids, round=2)
    key = key_of(5, 3, MONTHLY, -4, 2)
    assert got.tolist() == [twins.uniform(key, int(i)) for i in ids]


def test_uniform_with_options_equals_its_loop_twin():
    got = Draws(5, 3).uniform(MONTHLY, 9, np.arange(5)[:, None], np.array([0, 3, 50]))
    key = key_of(5, 3, MONTHLY, 9)
    expected = [[twins.uniform(key, i, option) for option in (0, 3, 50)] for i in range(5)]
    assert got.tolist() == expected


def test_blocks_of_a_long_draw_join_without_seams():
    long = Draws(1).uniform(MONTHLY, 1, np.arange(40_000))
    key = key_of(1, 0, MONTHLY, 1)
    for i in (0, 16_383, 16_384, 32_767, 32_768, 39_999):
        assert long[i] == twins.uniform(key, i)


def test_the_lowest_and_the_highest_word_stay_inside_the_open_interval():
    words = np.array([0, twins.MASK], dtype=np.uint64)
    _make_uniform(words)
    low, high = words.view(np.float64)
    assert low == 2.0**-53
    assert high == 1.0 - 2.0**-53


def test_few_options_of_many_ids_give_what_each_alone_gives():
    draws, ids = Draws(7, 2), np.arange(3000)
    for low, high in ((0, 8), (-2, 6), (0, 10**6)):
        options = low + ids % (high - low)
        together = draws.uniform(MONTHLY, 1, ids, options)
        alone = [draws.uniform(MONTHLY, 1, i, o)[0] for i, o in zip(ids, options, strict=True)]
        assert together.tolist() == alone


def test_ids_and_options_are_left_untouched():
    ids, options = np.arange(4), np.arange(4)
    Draws(1).uniform(MONTHLY, 1, ids, options)
    assert ids.tolist() == options.tolist() == [0, 1, 2, 3]
    many = np.arange(4000) % 4
    Draws(1).uniform(MONTHLY, 1, many, many)
    assert many.tolist() == [0, 1, 2, 3] * 1000


@pytest.mark.parametrize("ids", [[], np.empty(0, dtype=np.int32)])
def test_nobody_draws_nothing(ids):
    assert Draws(1).uniform(MONTHLY, 1, ids).shape == (0,)


def test_fortran_ordered_ids_draw_the_same():
    ids = np.arange(12).reshape(3, 4)
    draws = Draws(1)
    expected = draws.uniform(MONTHLY, 1, ids)
    assert (draws.uniform(MONTHLY, 1, np.asfortranarray(ids)) == expected).all()


def test_normal_is_the_inverse_distribution_function_of_uniform():
    draws, ids = Draws(2), np.arange(1000)
    u, z = draws.uniform(MONTHLY, 1, ids), draws.normal(MONTHLY, 1, ids)
    back = [0.5 * math.erfc(-x / math.sqrt(2)) for x in z]
    assert np.allclose(back, u, rtol=1e-12)


def test_gumbel_is_minus_log_minus_log_of_uniform():
    draws, ids = Draws(2), np.arange(1000)
    u, g = draws.uniform(MONTHLY, 1, ids), draws.gumbel(MONTHLY, 1, ids)
    assert np.allclose(g, [-math.log(-math.log(x)) for x in u], rtol=1e-14)


def test_an_unknown_purpose_is_refused_with_the_nearest_name():
    with pytest.raises(KeyError, match="'demand'"):
        Draws(1).uniform("demnd", 1, [0])


def test_a_lasting_purpose_is_asked_with_month_0_only():
    Draws(1).uniform(LASTING, 0, [0])
    with pytest.raises(ValueError, match="lasting"):
        Draws(1).uniform(LASTING, 3, [0])


def test_every_purpose_says_when_and_what_for():
    for purpose in PURPOSES.values():
        assert purpose.kind in ("monthly", "lasting")
        assert purpose.doc


def test_copies_and_pickles_draw_the_same():
    draws = Draws(8, 1)
    expected = draws.uniform(MONTHLY, 1, np.arange(5))
    for other in (copy.deepcopy(draws), pickle.loads(pickle.dumps(draws))):
        assert (other.uniform(MONTHLY, 1, np.arange(5)) == expected).all()


def test_forgetting_old_keys_changes_nothing():
    draws = Draws(8)
    before = draws.uniform(MONTHLY, 1, np.arange(5))
    for month in range(5000):
        draws.uniform(MONTHLY, month, [0])
    assert len(draws._keys) <= 4096
    assert (draws.uniform(MONTHLY, 1, np.arange(5)) == before).all()
