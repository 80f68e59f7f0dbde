import numpy as np
import plain_contagion as plain
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from analysis.cascades import furfine_cascade, gai_kapadia, linear_threshold

few = settings(max_examples=40, deadline=None)
CLAIMS = [[0, 0, 0], [5, 0, 0], [0, 4, 0]]


def test_whether_a_loss_just_as_large_as_equity_is_survived_is_asked_for():
    strict = furfine_cascade(CLAIMS, [1, 5, 3], [0])
    assert strict.fallen.tolist() == [True, False, False]
    assert strict.losses.tolist() == [0, 5, 0]
    weak = furfine_cascade(CLAIMS, [1, 5, 3], [0], default_rule="loss>=equity")
    assert weak.round.tolist() == [0, 1, 2]
    assert weak.losses.tolist() == [0, 5, 4]
    assert weak.size == 2


def test_ties_do_not_depend_on_rounding():
    claims = [[0, 0, 0], [0, 0, 0], [0.1, 0.2, 0]]  # 0.1 + 0.2 > 0.3 in binary
    assert not furfine_cascade(claims, [1, 1, 0.3], [0, 1]).fallen[2]
    assert furfine_cascade(claims, [1, 1, 0.1 + 0.2], [0, 1], 1, "loss>=equity").fallen[2]
    thirds = [[0, 0, 0, 0], [0] * 4, [0] * 4, [0.1, 0.1, 0.1, 0]]
    assert linear_threshold(thirds, 0.3, [0, 1, 2]).fallen[3]


def test_seeds_lose_too_and_losses_may_exceed_equity():
    pair = [[0, 8], [9, 0]]
    found = furfine_cascade(pair, [1, 2], [0], lgd=0.5)
    assert found.fallen.all()
    assert found.losses.tolist() == [4, 4.5]
    assert furfine_cascade(pair, [1, 2], [0], lgd=0).losses.tolist() == [0, 0]
    by_debtor = furfine_cascade(pair, [1, 2], [0, 1], lgd=[1, 0.25])
    assert by_debtor.losses.tolist() == [2, 9]


def test_who_is_insolvent_before_any_loss_falls_in_the_first_round():
    claims = np.zeros((4, 4))
    claims[3, 1] = 2
    found = furfine_cascade(claims, [0, -1, 0, 1], [])
    assert found.round.tolist() == [-1, 1, -1, 2]
    weak = furfine_cascade(claims, [0, -1, 0, 1], [], default_rule="loss>=equity")
    assert weak.round.tolist() == [1, 1, 1, 2]


@pytest.mark.parametrize("seeds", [[0, 2], {0, 2}, (0, 2), np.array([True, False, True, False])])
def test_seeds_in_every_form(seeds):
    ring = sparse.csr_array(np.roll(np.eye(4), 1, axis=1))
    assert furfine_cascade(ring, [9] * 4, seeds).round.tolist() == [0, -1, 0, -1]
    assert linear_threshold(ring, 1, seeds).round.tolist() == [0, 1, 0, 1]
    assert gai_kapadia(ring, 0.2, 0.1, seeds).round.tolist() == [0, 1, 0, 1]


def test_a_node_that_nobody_influences_never_switches():
    weights = [[0, 0, 0], [1, 0, 0], [0, 0, 0]]
    found = linear_threshold(weights, [0, 0, 0], [])
    assert found.round.tolist() == [-1, 1, -1]
    assert linear_threshold(weights, [0.5, 1, 0], [0]).round.tolist() == [0, 1, -1]


def test_banks_spread_their_assets_evenly_over_borrowers():
    # three of seven borrowers fail: a loss of 3/7 of 0.2 against a capital of just that
    links = np.zeros((8, 8))
    links[7, :7] = 1
    assert gai_kapadia(links, 0.2, 3 / 7 * 0.2, [0, 1, 2]).fallen[7]
    assert not gai_kapadia(links, 0.2, 3 / 7 * 0.2, [0, 1]).fallen[7]
    many = gai_kapadia(links * 12.5, [0.2] * 8, [0.09] * 8, [0, 1, 2])
    assert not many.fallen[7]
    assert many.losses[7] == pytest.approx(3 / 7)
    assert not gai_kapadia(links, 0.0, 0.01, [0, 1, 2]).fallen[7]


networks = st.integers(1, 7).flatmap(
    lambda n: st.tuples(
        st.lists(
            st.lists(st.just(0) | st.integers(0, 9), min_size=n, max_size=n),
            min_size=n,
            max_size=n,
        ),
        st.lists(st.integers(-1, 15), min_size=n, max_size=n),
        st.sets(st.integers(0, n - 1)),
        st.permutations(range(n)),
    )
)


@pytest.mark.property
@few
@given(networks, st.sampled_from([1.0, 0.5]), st.booleans())
def test_all_cascades_equal_plain_loops_and_ignore_the_order_of_nodes(network, lgd, strict):
    claims, equity, seeds, order = network
    claims = np.array(claims, dtype=float)
    np.fill_diagonal(claims, 0)
    n, order = len(claims), np.array(order)
    moved = [int(np.flatnonzero(order == s)[0]) for s in seeds]

    def check(run, costs, falls, *columns):
        when, lost = plain.cascade(costs, seeds, falls)
        found = run(claims, *columns, seeds)
        assert found.round.tolist() == when
        assert found.fallen.tolist() == [w >= 0 for w in when]
        assert found.losses == pytest.approx(lost)
        columns = [np.array(column)[order] for column in columns]
        again = run(sparse.csc_array(claims[np.ix_(order, order)]), *columns, moved)
        assert again.round.tolist() == found.round[order].tolist()

    rule = "loss>equity" if strict else "loss>=equity"
    check(
        lambda c, e, s: furfine_cascade(c, e, s, lgd, rule),
        lgd * claims,
        lambda i, lost: lost > equity[i] if strict else lost >= equity[i],
        equity,
    )
    check(linear_threshold, claims, lambda i, x: claims[i].any() and x >= equity[i], equity)
    links = np.where(claims > 0, 1.0, 0.0)
    k = np.maximum(links.sum(axis=1), 1)
    check(
        lambda c, e, s: gai_kapadia(c, 10.0, e, s),
        links / k[:, None],
        lambda i, x: links[i].any() and 10 * x >= equity[i] - 1e-9,
        equity,
    )
    assert n == len(equity)


def test_a_large_sparse_network_falls_round_by_round():
    n = 20_000
    nodes = np.arange(n - 1)
    chain = sparse.csr_array((np.ones(n - 1), (nodes + 1, nodes)), shape=(n, n))
    found = furfine_cascade(chain, np.where(np.arange(n) < 500, 0.5, 2.0), [0])
    assert found.round.max() == 499
    assert found.size == 499


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"exposures": [[0, 1], [1, 1]]}, "itself"),
        ({"initial_defaults": [2]}, "initial_defaults: node 2"),
        ({"lgd": 1.5}, r"lgd\[0\] is 1.5"),
        ({"default_rule": "loss=equity"}, "default_rule"),
        ({"equity": [1, np.inf]}, r"equity\[1\]"),
    ],
)
def test_nonsense_is_refused(wrong, message):
    right = {"exposures": [[0, 1], [0, 0]], "equity": [1, 1], "initial_defaults": [0]}
    with pytest.raises(ValueError, match=message):
        furfine_cascade(**{**right, **wrong})
