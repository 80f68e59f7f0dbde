import math
from unittest import mock

import numpy as np
import pytest
import twins
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import kernels

BIG = 10**13
many = settings(max_examples=150, deadline=None)


def test_group_sum_by_hand():
    got = kernels.group_sum(np.array([0, 2, 0]), np.array([5, -3, 7]), 4)
    assert got.dtype == np.int64
    assert got.tolist() == [12, 0, -3, 0]


@pytest.mark.property
@many
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-(2**56), 2**56)), max_size=30))
def test_group_sum_is_exact_beyond_2_to_the_53(pairs):
    ids = np.array([g for g, _ in pairs], dtype=np.int64)
    values = np.array([v for _, v in pairs], dtype=np.int64)
    assert kernels.group_sum(ids, values, 5).tolist() == twins.group_sum(ids, values, 5)


def test_group_sum_counts_flags_and_nothing():
    assert kernels.group_sum(np.array([1, 1]), np.array([True, True]), 2).tolist() == [0, 2]
    nothing = np.empty(0, dtype=np.int64)
    assert kernels.group_sum(nothing, nothing, 3).tolist() == [0, 0, 0]


def test_group_sum_refuses_what_64_bits_cannot_hold():
    with pytest.raises(OverflowError):
        kernels.group_sum(np.zeros(1000, dtype=np.int64), np.full(1000, 2**60), 1)


def split(amounts, weights, groups):
    return kernels.split_by_weights(
        np.array(amounts, dtype=np.int64),
        np.array(weights, dtype=np.int64),
        np.array(groups, dtype=np.int64),
    )


def test_split_by_hand():
    # 10 over 1:1:1 -> cumulative 3, 6, 10; the second group gives all to its only weight
    assert split([10, 7], [1, 1, 1, 0, 4], [0, 0, 0, 1, 1]).tolist() == [3, 3, 4, 0, 7]


def test_split_of_nothing_and_of_empty_groups():
    assert split([], [], []).tolist() == []
    assert split([0, 5, 0], [2], [1]).tolist() == [5]


@pytest.mark.property
@many
@given(st.data())
def test_split_loses_nothing_and_never_exceeds_a_weight(data):
    sizes = data.draw(st.lists(st.integers(0, 6), min_size=1, max_size=5))
    groups = [g for g, size in enumerate(sizes) for _ in range(size)]
    weights = data.draw(
        st.lists(
            st.integers(0, BIG) | st.integers(0, 3), min_size=len(groups), max_size=len(groups)
        )
    )
    totals = twins.group_sum(groups, weights, len(sizes))
    beyond = data.draw(st.booleans())
    amounts = [data.draw(st.integers(0, (BIG if beyond and t else t))) for t in totals]
    parts = split(amounts, weights, groups)
    assert parts.tolist() == twins.split_by_weights(amounts, weights, groups)
    assert twins.group_sum(groups, parts, len(sizes)) == amounts
    for part, weight, group in zip(parts.tolist(), weights, groups, strict=True):
        assert part >= 0
        assert part <= weight or amounts[group] > totals[group]
        assert weight > 0 or part == 0


def test_split_is_exact_at_the_largest_amounts():
    amounts, weights = [2**50 - 1], [2**60, 2**60 + 1, 3]
    assert split(amounts, weights, [0] * 3).tolist() == twins.split_by_weights(
        amounts, weights, [0] * 3
    )


@pytest.mark.parametrize(
    ("amounts", "weights", "groups", "error"),
    [
        ([5], [0], [0], ValueError),
        ([5, 1], [1], [0], ValueError),
        ([-1], [1], [0], ValueError),
        ([1], [-1, 3], [0, 0], ValueError),
        ([1, 1], [1, 1], [1, 0], ValueError),
        ([1], [1, 1], [0, 1], ValueError),
        ([2**50], [1], [0], OverflowError),
        ([1], [2**61, 2**61], [0, 0], OverflowError),
    ],
)
def test_split_refuses_what_it_cannot_split(amounts, weights, groups, error):
    with pytest.raises(error):
        split(amounts, weights, groups)


def test_queue_by_hand():
    # provider 0 serves draws .1 (4) and .2 (4), then 5 no longer fits, so .9 (1) waits too;
    # provider 1 serves the lower priority first, whatever the draw
    got = kernels.queue_fit(
        np.array([0, 0, 0, 0, 1, 1]),
        np.array([0, 0, 0, 0, 1, 0]),
        np.array([0.2, 0.1, 0.5, 0.9, 0.1, 0.9]),
        np.array([4, 4, 5, 1, 3, 3]),
        np.array([10, 3, 0]),
    )
    assert got.tolist() == [True, True, False, False, False, True]


@pytest.mark.property
@many
@given(st.data())
def test_queue_equals_its_loop_twin(data):
    m = data.draw(st.integers(0, 25))

    def ints(low, high, size=m):
        drawn = data.draw(st.lists(st.integers(low, high), min_size=size, max_size=size))
        return np.array(drawn, dtype=np.int64)

    provider, priority, amount = ints(0, 3), ints(0, 2), ints(0, 20)
    draw = np.array(data.draw(st.permutations(range(m))), dtype=np.float64)
    capacity = ints(-1, 60, size=4)
    got = kernels.queue_fit(provider, priority, draw, amount, capacity)
    assert got.tolist() == twins.queue_fit(provider, priority, draw, amount, capacity)


def test_line_by_hand():
    demand, supply, amount = kernels.lay_on_line(np.array([5, 0, 3]), np.array([2, 4, 1]))
    assert demand.tolist() == [0, 0, 2, 2]
    assert supply.tolist() == [0, 1, 1, 2]
    assert amount.tolist() == [2, 3, 1, 1]


segments = st.lists(st.integers(0, 9) | st.integers(0, BIG), max_size=20)


@pytest.mark.property
@many
@given(segments, segments)
def test_line_equals_its_loop_twin(demand, supply):
    found = kernels.lay_on_line(np.array(demand, np.int64), np.array(supply, np.int64))
    assert list(zip(*(x.tolist() for x in found), strict=True)) == twins.lay_on_line(demand, supply)
    assert found[2].sum() == min(sum(demand), sum(supply))


outcomes = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=30)


@pytest.mark.property
@many
@given(outcomes)
def test_auc_and_ks_equal_their_loop_twins(pairs):
    bad, score = np.array([b for b, _ in pairs]), np.array([s for _, s in pairs])
    if bad.all() or not bad.any():
        assert math.isnan(kernels.auc(bad, score))
        assert math.isnan(kernels.ks(bad, score))
    else:
        assert kernels.auc(bad, score) == pytest.approx(twins.auc(bad, score), abs=1e-12)
        assert kernels.ks(bad, score) == pytest.approx(twins.ks(bad, score), abs=1e-12)


def test_brier_by_hand():
    assert kernels.brier([1, 0], [0.5, 0.2]) == pytest.approx((0.25 + 0.04) / 2)
    assert math.isnan(kernels.brier([], []))


def test_logistic_and_logit_undo_each_other_and_do_not_overflow():
    x = np.array([-30.0, -1.0, 0.0, 2.0])
    assert np.allclose(kernels.logit(kernels.logistic(x)), x)
    assert kernels.logistic(np.array([-1000.0, 1000.0])).tolist() == [0.0, 1.0]


@pytest.mark.property
@given(st.integers(0, 2**52 - 1), st.integers(1, 2**40))
def test_division_in_floats_is_exact(whole, by):
    found = kernels.divide(np.array([whole, whole - whole % by]), np.array([by, by]))
    assert found.tolist() == [whole // by] * 2


@pytest.mark.property
@pytest.mark.parametrize("few", [0, 30_000])  # by a sparse matrix, and one by one
@given(st.data())
def test_sums_by_member_are_exact(few, data):
    counts = data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=8))
    total, n = sum(counts), 5
    members = data.draw(st.lists(st.integers(0, n - 1), min_size=total, max_size=total))
    shares = data.draw(st.lists(st.integers(0, 2**20), min_size=total, max_size=total))
    values = data.draw(
        st.lists(st.tuples(st.integers(0, 2**30), st.integers(-9, 9)),
                 min_size=len(counts), max_size=len(counts))
    )  # fmt: skip
    with mock.patch.object(kernels, "_FEW_HOLDINGS", few):
        found = kernels.sum_by_member(np.array(counts), np.array(members, dtype=np.int32),
                              np.array(shares, dtype=np.int64), np.array(values), n)  # fmt: skip
    expected = [[0, 0] for _ in range(n)]
    at = [group for group, count in enumerate(counts) for _ in range(count)]
    for group, member, share in zip(at, members, shares, strict=True):
        for column in (0, 1):
            expected[member][column] += share * values[group][column]
    assert found.tolist() == expected
    assert found.flags.f_contiguous


@pytest.mark.property
@given(st.lists(st.integers(-3, 3)))
def test_places_among_the_different_values(values):
    values = np.array(values, dtype=np.int64)
    found, places = kernels.distinct_places(values)
    expected, inverse = np.unique(values, return_inverse=True)
    assert (found.tolist(), places.tolist()) == (expected.tolist(), inverse.tolist())


@given(st.lists(st.integers(-3, 3)), st.sets(st.integers(-3, 3), min_size=1))
def test_values_among_a_few(values, few):
    found = kernels.among(np.array(values, dtype=np.int64), tuple(few))
    assert found.tolist() == [value in few for value in values]


def test_a_row_is_cut_into_pieces():
    pieces = kernels.cut(np.arange(5), ("ab", "", "cde"))
    assert [piece.tolist() for piece in pieces] == [[0, 1], [], [2, 3, 4]]
