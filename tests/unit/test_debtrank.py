from functools import partial

import numpy as np
import plain_contagion as plain
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from analysis.capped import least_capped
from analysis.debtrank import (
    debtrank_linear,
    debtrank_losses,
    debtrank_nonlinear,
    debtrank_of_all,
    debtrank_original,
    highest,
)

few = settings(max_examples=25, deadline=None)
CHAIN = [[0, 0, 0, 0], [4, 0, 0, 0], [0, 3, 0, 0], [0, 0, 2, 0]]
EQUITY = [10, 8, 6, 4]


def random_claims(seed, n, degree, leverage):
    dice = np.random.default_rng(seed)
    where = dice.integers(0, n, (2, n * degree))
    claims = sparse.coo_array((dice.lognormal(0, 1, n * degree), where), shape=(n, n)).tocsr()
    claims.setdiag(0)
    return claims, np.maximum(claims.sum(axis=1), 0.1) / leverage


@pytest.mark.parametrize("loss", [[1, 0, 0, 0], {0: 1}, {0: 7.5}, np.array([1, 0, 0, 0])])
def test_a_chain_by_hand_in_every_form_of_the_shock(loss):
    for rank in (debtrank_linear, debtrank_original):
        found = rank(CHAIN, EQUITY, loss, weights=EQUITY)
        assert found.h.tolist() == [1, 0.5, 0.25, 0.125]
        assert found.debtrank == pytest.approx(6 / 28)
        assert rank(CHAIN, EQUITY, loss).debtrank == pytest.approx(6 / 28)
        assert rank(sparse.coo_array(CHAIN), EQUITY, loss).h.tolist() == found.h.tolist()


def test_one_shock_for_all_and_no_shock_at_all():
    assert debtrank_linear(CHAIN, EQUITY, 0.1).h == pytest.approx([0.1, 0.15, 0.175, 0.1875])
    for rank in (debtrank_linear, debtrank_original):
        nothing = rank(CHAIN, EQUITY, 0)
        assert nothing.h.tolist() == [0, 0, 0, 0]
        assert nothing.debtrank == 0
    assert debtrank_linear([], [], []).debtrank == 0


def test_a_ring_passes_on_again_only_in_the_linear_form():
    ring = [[0, 0.5, 0], [0, 0, 0.5], [0.5, 0, 0]]
    assert debtrank_linear(ring, [1, 1, 1], [0.5, 0, 0]).h == pytest.approx([4 / 7, 1 / 7, 2 / 7])
    assert debtrank_original(ring, [1, 1, 1], [0.5, 0, 0]).h.tolist() == [0.5625, 0.125, 0.25]


def test_a_ring_that_nothing_reaches_stays_calm_however_fragile():
    claims = np.zeros((5, 5))
    claims[0, 1] = claims[1, 2] = claims[2, 0] = 10.0
    claims[4, 3] = 0.5
    found = debtrank_linear(claims, np.ones(5), {3: 1})
    assert found.h.tolist() == [0, 0, 0, 1, 0.5]


def test_leverage_is_not_capped_in_the_linear_form_so_small_losses_can_grow():
    claims = [[0, 0, 0], [1, 0, 0], [0, 1, 0]]
    found = debtrank_linear(claims, [1, 1e9, 1e-9], [1, 0, 0])
    assert found.h == pytest.approx([1, 1e-9, 1])
    assert debtrank_original(claims, [1, 1e9, 1e-9], [1, 0, 0]).h == pytest.approx([1, 1e-9, 1e-9])


def test_who_has_no_equity_is_in_default_from_the_start():
    claims = [[0, 0, 0], [4, 0, 0], [0, 2, 0]]
    for equity in ([0, 8, 4], [-3, 8, 4]):
        found = debtrank_linear(claims, equity, 0)
        assert found.h.tolist() == [1, 0.5, 0.25]
        assert found.debtrank == pytest.approx((0.5 * 8 + 0.25 * 4) / 12)


def test_what_ends_just_at_one_is_found_without_dividing_by_nothing():
    pair = [[0, 1], [1, 0]]
    assert debtrank_linear(pair, [1, 1], [0.5, 0]).h == pytest.approx([1, 1])
    assert debtrank_linear(pair, [1, 1], [1e-6, 0]).h == pytest.approx([1, 1])
    assert debtrank_linear(pair, [1 + 1e-9, 1], [1e-3, 0]).h == pytest.approx([1, 1])


def test_of_all_equals_one_at_a_time_and_leaves_the_own_loss_out():
    claims, equity = random_claims(4, 60, 4, 0.9)
    found = debtrank_of_all(claims, equity)
    for node in (0, 31, 59):
        assert found[node] == pytest.approx(debtrank_linear(claims, equity, {node: 1}).debtrank)
    assert highest(found, 10).tolist() == np.argsort(-found)[:10].tolist()
    alone = debtrank_of_all([[0, 0], [0, 0]], [1, 1])
    assert alone.tolist() == [0, 0]
    assert highest(alone, 10).tolist() == [0, 1]
    assert highest(np.array([0.3, 0.1 + 0.2, 0.4]), 3).tolist() == [2, 0, 1]


def test_losses_leave_out_what_is_lost_anyway_and_are_those_of_all_where_everybody_has_equity():
    claims, equity = random_claims(4, 60, 4, 0.9)
    found = debtrank_losses(claims, equity)
    assert found == pytest.approx(debtrank_of_all(claims, equity), abs=1e-14)
    assert debtrank_losses(claims, equity, nodes=[59, 3]).tolist() == found[[3, 59]].tolist()
    # 0 owes 1 4 and has nothing; 2 owes 1 too; 3 owes nobody and has a claim on 1
    claims = [[0, 0, 0, 0], [4, 0, 2, 0], [0, 0, 0, 0], [0, 3, 0, 0]]
    for equity in ([0, 8, 4, 6], [-3, 8, 4, 6]):
        everything = debtrank_of_all(claims, equity)
        anyway = (4 + 6 * 0.25) / 18  # half of 1's, a quarter of 3's
        assert everything[[0, 3]] == pytest.approx([anyway, 4 / 18])
        found = debtrank_losses(claims, equity)
        assert found[[0, 3]].tolist() == [0, 0]
        # 1 loses its other half, so 3 a quarter more; 2's default costs 1 a quarter, 3 an eighth
        assert found[[1, 2]] == pytest.approx([1.5 / 18, (2 + 0.75) / 18])


def test_weights_are_equity_or_given_and_then_not_all_nothing():
    assert debtrank_linear(CHAIN, [0, 0, 0, 0], 0).debtrank == 0  # nobody has anything to lose
    for rank in (debtrank_linear, debtrank_original, partial(debtrank_nonlinear, alpha=1.0)):
        assert rank(CHAIN, EQUITY, {0: 1}, weights=[0, 0, 0, 5]).debtrank > 0
        with pytest.raises(ValueError, match="weights sum to 0; at least one must be above 0"):
            rank(CHAIN, EQUITY, {0: 1}, weights=[0, 0, 0, 0])


@pytest.mark.parametrize("leverage", [0.9, 0.999, 1.2])
@pytest.mark.parametrize("shocked", [1, 40])
def test_a_large_network_is_the_least_fixed_point(leverage, shocked):
    claims, equity = random_claims(2, 1500, 6, leverage)
    shock = np.zeros(1500)
    shock[:shocked] = 0.01
    found = debtrank_linear(claims, equity, shock)
    h = shock.copy()
    for _ in range(30_000):
        before, h = h, np.minimum(1, shock + (claims @ h) / equity)
        if (h - before).max() < 1e-16:
            break
    assert found.h == pytest.approx(h, rel=1e-9, abs=1e-9)
    assert found.rounds <= 50


def test_a_long_chain_reaches_its_end():
    n = 3000
    nodes = np.arange(n - 1)
    claims = sparse.csr_array((np.ones(n - 1), (nodes + 1, nodes)), shape=(n, n))
    found = debtrank_linear(claims, np.full(n, 1.001), {0: 1})
    assert found.h[-1] == pytest.approx(1.001 ** -(n - 1), rel=1e-9)


@pytest.mark.parametrize("alpha", [0.0, 0.5, 3.0])
@pytest.mark.parametrize("leverage", [0.9, 1.6])
def test_the_nonlinear_form_by_rounds_and_by_newton_is_the_least_fixed_point(alpha, leverage):
    claims, equity = random_claims(3, 300, 4, leverage)
    shock = {0: 1.0, 7: 0.3}
    found = debtrank_nonlinear(claims, equity, shock, alpha)
    h = first = np.array([shock.get(node, 0.0) for node in range(300)])
    for _ in range(20_000):
        before, h = h, np.minimum(1, first + (claims @ (h * np.exp(alpha * (h - 1)))) / equity)
        if (h - before).max() < 1e-16:
            break
    assert found.h == pytest.approx(h, abs=1e-9)
    if alpha == 0:
        assert found.h == pytest.approx(debtrank_linear(claims, equity, shock).h)


def test_the_nonlinear_form_where_rounds_hardly_move():
    # h = s + h exp(h - 1) has its least solution where h' = 1 only just fails to be reached
    claims = [[0, 1.0], [1.0, 0]]
    for s in (0.1, 0.154845, 0.2):
        found = debtrank_nonlinear(claims, [1, 1], s, 1.0)
        expected = plain.linear(claims, [1, 1], [s, s], lambda h: h * np.exp(h - 1))
        assert found.h == pytest.approx(expected, abs=1e-6)


networks = st.integers(2, 7).flatmap(
    lambda n: st.tuples(
        st.lists(
            st.lists(st.just(0) | st.integers(0, 9), min_size=n, max_size=n),
            min_size=n,
            max_size=n,
        ),
        st.lists(st.integers(-1, 30), min_size=n, max_size=n),
        st.lists(st.sampled_from([0, 0, 0.1, 0.5, 1]), min_size=n, max_size=n),
        st.permutations(range(n)),
    )
)


@pytest.mark.property
@few
@given(networks, st.sampled_from([0.0, 1.0]))
def test_all_forms_equal_plain_loops_stay_in_bounds_and_ignore_the_order_of_nodes(network, alpha):
    claims, equity, shock, order = network
    claims = np.array(claims, dtype=float)
    np.fill_diagonal(claims, 0)
    order = np.array(order)
    again = (claims[np.ix_(order, order)], np.array(equity)[order], np.array(shock)[order])
    for rank, expected in (
        (debtrank_linear, plain.linear(claims, equity, shock)),
        (debtrank_original, plain.original(claims, equity, shock)),
        (
            lambda *of: debtrank_nonlinear(*of, alpha),
            plain.linear(claims, equity, shock, lambda h: h * np.exp(alpha * (h - 1))),
        ),
    ):
        found = rank(claims, equity, shock)
        assert found.h == pytest.approx(expected, abs=1e-7)
        assert 0 <= found.debtrank <= 1
        assert (found.h >= np.minimum(shock, 1)).all()
        assert (found.h <= 1).all()
        assert rank(*again).h == pytest.approx(found.h[order], abs=1e-9)


def test_least_capped_takes_the_least_of_many_solutions():
    # the first two hold each other up at any height; nothing starts them
    links = sparse.csr_array([[0, 1.0, 0], [1.0, 0, 0], [0, 0, 0.5]])
    x, _ = least_capped(links, np.array([0, 0, 1.0]), np.array([5.0, 5.0, 5.0]))
    assert x == pytest.approx([0, 0, 2])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"exposures": [[0, -1], [0, 0]]}, r"exposures\[0, 1\]"),
        ({"equity": [1]}, "equity has shape"),
        ({"equity": [1, np.nan]}, r"equity\[1\] is nan"),
        ({"initial_loss": [-0.1, 0]}, r"initial_loss\[0\]"),
        ({"initial_loss": {5: 1}}, "initial_loss: node 5"),
        ({"weights": [1, -1]}, r"weights\[1\]"),
    ],
)
def test_nonsense_is_refused(wrong, message):
    right = {"exposures": [[0, 1], [0, 0]], "equity": [1, 1], "initial_loss": [0, 1]}
    for rank in (debtrank_linear, debtrank_original):
        with pytest.raises(ValueError, match=message):
            rank(**{**right, **wrong})
    with pytest.raises(ValueError, match="alpha"):
        debtrank_nonlinear(**right, alpha=-1)
