import numpy as np
import pytest
import twins
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from sim.clearing import clear_in_fen, clearing_vector
from sim.descent import Debts
from sim.kernels import group_sum, index_by

many = settings(max_examples=150, deadline=None)


def ring(n, amount):
    nodes = np.arange(n)
    return sparse.csr_array((np.full(n, float(amount)), (nodes, (nodes + 1) % n)), shape=(n, n))


def random_network(seed, n, degree, cash):
    dice = np.random.default_rng(seed)
    m = n * degree
    where = (dice.integers(0, n, m), dice.integers(0, n, m))
    debts = sparse.coo_array((dice.lognormal(0, 1, m), where), shape=(n, n)).tocsr()
    debts.setdiag(0)
    return debts, cash * dice.random(n) * debts.sum(axis=1)


def test_two_nodes_by_hand():
    # 0 owes 10 and has 4; 1 owes 6 outside and gets 4
    found = clearing_vector([[0, 10], [0, 0]], [4, 1], [0, 6])
    assert found.payments.tolist() == [4, 5]
    assert found.defaulted.tolist() == [True, True]
    assert found.received.tolist() == [0, 4]
    assert found.equity.tolist() == [-6, -1]


def test_nobody_owes_anything():
    found = clearing_vector(np.zeros((3, 3)), [0, 1, 2])
    assert found.payments.tolist() == [0, 0, 0]
    assert not found.defaulted.any()
    assert found.rounds == 0
    assert clearing_vector(np.zeros((0, 0)), []).payments.tolist() == []


@pytest.mark.parametrize("seniority", ["pari_passu", "senior"])
def test_exactly_solvent_in_spite_of_rounding_is_not_defaulted(seniority):
    # 0.1 + 0.2 > 0.3 and 0.3 - 0.1 < 0.2 in binary
    found = clearing_vector([[0, 0.3], [0.1, 0]], [0.2, 0.0], [0, 0.2], seniority)
    assert not found.defaulted.any()


def test_a_ring_without_cash_pays_in_full():
    found = clearing_vector(ring(500, 10), np.zeros(500))
    assert (found.payments == 10).all()
    assert not found.defaulted.any()


def test_a_ring_that_only_leaks_pays_nothing():
    for n, leak in [(3, 1.0), (300, 1e-3)]:
        found = clearing_vector(ring(n, 10), np.zeros(n), np.full(n, leak))
        assert found.payments.max() < 1e-9
        assert found.defaulted.all()


def test_a_ring_with_senior_dues_pays_nothing_although_nothing_leaks_among_its_debts():
    for n in (3, 300, 5000):
        found = clearing_vector(ring(n, 10), np.zeros(n), np.full(n, 1e-3), "senior")
        assert found.payments.max() == 0
        assert found.defaulted.all()


def test_a_slowly_leaking_ring_with_a_little_cash_is_solved_not_waited_for():
    n, leak = 2000, 1e-6
    assets = np.zeros(n)
    assets[0] = 0.01
    found = clearing_vector(ring(n, 100), assets, np.full(n, 100 * leak))
    assert found.rounds < 100
    # what comes in from outside goes out to outside
    assert (found.payments * leak / (1 + leak)).sum() == pytest.approx(0.01, rel=1e-6)


def test_a_long_cascade_reaches_its_end():
    n = 3000
    nodes = np.arange(n - 1)
    debts = sparse.csr_array((100 - 0.001 * nodes, (nodes, nodes + 1)), shape=(n, n))
    assets = np.zeros(n)
    assets[0] = 5
    found = clearing_vector(debts, assets)
    assert found.payments[:-1] == pytest.approx(5)
    assert found.defaulted.sum() == n - 1


def test_bankruptcy_costs_bite_only_below_the_obligation():
    debts = [[0, 10, 0], [0, 0, 10], [0, 0, 0]]
    solvent = clearing_vector(debts, [10, 0, 0], alpha=0.8, beta=0.6)
    assert solvent.payments.tolist() == [10, 10, 0]
    broke = clearing_vector(debts, [9.5, 0, 0], alpha=0.8, beta=0.6)
    assert broke.payments == pytest.approx([7.6, 4.56, 0])


def test_sparse_and_dense_liabilities_agree():
    debts, assets = random_network(3, 60, 4, 0.5)
    expected = clearing_vector(debts, assets).payments
    for other in (debts.toarray(), debts.tocsc(), debts.tocoo()):
        assert clearing_vector(other, assets).payments == pytest.approx(expected, rel=1e-12)


small = st.integers(2, 6).flatmap(
    lambda n: st.tuples(
        st.lists(
            st.lists(st.integers(0, 20) | st.just(0), min_size=n, max_size=n),
            min_size=n,
            max_size=n,
        ),
        st.lists(st.integers(0, 25) | st.just(0), min_size=n, max_size=n),
        st.lists(st.integers(0, 8) | st.just(0), min_size=n, max_size=n),
    )
)


def without_diagonal(debts):
    return [[0 if i == j else x for j, x in enumerate(row)] for i, row in enumerate(debts)]


@pytest.mark.property
@many
@given(small, st.sampled_from([(1, 1), (0.75, 0.5), (0.5, 1), (1, 0.25), (0, 0)]))
def test_pari_passu_equals_the_exact_algorithm_in_fractions(network, costs):
    debts, assets, outside = without_diagonal(network[0]), network[1], network[2]
    alpha, beta = costs
    paid, broke = twins.greatest_clearing(debts, assets, outside, alpha, beta)
    found = clearing_vector(debts, assets, outside, alpha=alpha, beta=beta)
    assert found.payments == pytest.approx([float(x) for x in paid], abs=1e-8)
    assert found.defaulted.tolist() == broke


@pytest.mark.property
@many
@given(small, st.sampled_from([(1, 1), (0.75, 0.5)]))
def test_senior_dues_equal_plain_waves(network, costs):
    debts, assets, outside = without_diagonal(network[0]), network[1], network[2]
    found = clearing_vector(debts, assets, outside, "senior", alpha=costs[0], beta=costs[1])
    expected = twins.clearing_by_waves(debts, assets, outside, *costs)
    assert found.payments == pytest.approx(expected, abs=1e-8)
    owed = np.array(debts).sum(axis=1)
    assert (found.defaulted == (np.array(expected) < owed - 1e-9)).all()


@pytest.mark.parametrize("cash", [0.05, 0.3, 1.0])
@pytest.mark.parametrize("costs", [(1.0, 1.0), (0.8, 0.9)])
def test_a_large_network_is_a_fixed_point_and_no_lower_than_plain_waves(cash, costs):
    debts, assets = random_network(7, 2000, 10, cash)
    found = clearing_vector(debts, assets, alpha=costs[0], beta=costs[1])
    owed = debts.sum(axis=1)
    shares = sparse.diags_array(1 / np.maximum(owed, 1e-300)) @ debts
    paid = owed.copy()
    for _ in range(5000):
        got = shares.T @ paid
        means = np.where(assets + got >= owed, owed, costs[0] * assets + costs[1] * got)
        if np.abs(np.minimum(owed, means) - paid).max() < 1e-13:
            break
        paid = np.minimum(owed, means)
    assert found.payments == pytest.approx(paid, rel=1e-9, abs=1e-9)
    assert (found.defaulted == (paid < owed * (1 - 1e-9))).all()
    assert found.received == pytest.approx(shares.T @ found.payments)


def test_numbers_per_node_are_one_for_all_or_a_dict():
    debts = [[0, 10], [0, 0]]
    assert clearing_vector(debts, {0: 4}, 1).payments.tolist() == pytest.approx([4, 1])
    assert clearing_vector(debts, 20).payments.tolist() == [10, 0]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"liabilities": [[0, -1], [0, 0]]}, r"liabilities\[0, 1\] is -1"),
        ({"liabilities": [[0, 0], [np.nan, 0]]}, r"liabilities\[1, 0\] is nan"),
        ({"liabilities": [[0, 1, 2], [0, 0, 1]]}, r"shape \(2, 3\); it must be"),
        ({"liabilities": [[0, 1], [0]]}, "liabilities must be a matrix of numbers"),
        ({"liabilities": None}, "liabilities has shape"),
        ({"liabilities": [[0, 1], [0, 3]]}, r"liabilities\[1, 1\] is 3; nobody owes itself"),
        ({"external_assets": [1]}, r"external_assets has shape \(1,\); it must be \(2,\)"),
        ({"external_assets": ["x", 1]}, "external_assets must be numbers"),
        ({"external_assets": {2: 1.0}}, "external_assets: node 2 does not exist"),
        ({"external_assets": [1, np.nan]}, r"external_assets\[1\] is nan"),
        ({"external_liabilities": [0, -2]}, r"external_liabilities\[1\] is -2"),
        ({"seniority": "junior"}, "'junior'"),
        ({"alpha": 1.5}, "alpha is 1.5"),
    ],
)
def test_nonsense_is_refused(wrong, message):
    right = {"liabilities": [[0, 1], [0, 0]], "external_assets": [1, 1]}
    with pytest.raises(ValueError, match=message):
        clearing_vector(**{**right, **wrong})


@pytest.mark.parametrize("debtor", [[0, 0, 2, 3], [3, 0, 2, 0, 0], []])
def test_index_by_debtor_finds_every_debt_in_order(debtor):
    debtor = np.array(debtor, dtype=np.int64)
    debts = Debts(*(index_by(debtor, 4)[0], debtor, debtor, index_by(debtor, 4)[1]))
    for node in range(4):
        found, counts = debts.of(np.array([node]))
        assert found.tolist() == np.flatnonzero(debtor == node).tolist()
        assert counts.tolist() == [len(found)]


# ---- in fen ----------------------------------------------------------------------------


def fen(cash, senior, debts, always_pays=None):
    debtor, creditor, due = (np.array(x, dtype=np.int64) for x in zip(*debts, strict=True))
    cash, senior = np.array(cash, dtype=np.int64), np.array(senior, dtype=np.int64)
    found = clear_in_fen(cash, senior, debtor, creditor, due, always_pays)
    rest = (
        cash
        - found.senior_paid
        - group_sum(debtor, found.paid, len(cash))
        + group_sum(creditor, found.paid, len(cash))
    )
    return found, rest


def test_senior_dues_come_first_then_all_debts_share():
    # node 1 has 100: 40 for costs, 60 over 50 and 100
    found, rest = fen([0, 100, 0], [0, 40, 0], [(1, 0, 50), (1, 2, 100)], always_pays=0)
    assert found.senior_paid.tolist() == [0, 40, 0]
    assert found.paid.tolist() == [20, 40]
    assert found.short.tolist() == [False, True, False]
    assert rest.tolist() == [20, 0, 40]


def test_costs_that_cannot_be_paid_leave_nothing_for_debts():
    found, _ = fen([0, 30, 0], [0, 40, 9], [(1, 2, 100)], always_pays=0)
    assert found.senior_paid.tolist() == [0, 30, 0]
    assert found.paid.tolist() == [0]
    assert found.short.tolist() == [False, True, True]


def test_whoever_always_pays_pays_without_cash():
    found, rest = fen([0, 0], [0, 0], [(0, 1, 70), (1, 0, 70)], always_pays=0)
    assert found.paid.tolist() == [70, 70]
    assert rest.tolist() == [0, 0]
    found, rest = fen([-500, 0], [3, 0], [(0, 1, 70)], always_pays=0)
    assert found.paid.tolist() == [70]
    assert rest.tolist() == [-573, 70]


def test_a_fen_lost_to_rounding_is_taken_from_the_largest_creditor():
    # 0 and 1 each pay 100 over three equal debts: 33, 33, 34. Node 2 gets 66 of 66.67, owes 66.
    debts = [(i, j, 50) for i in (0, 1) for j in (2, 3, 4)] + [(2, 5, 46), (2, 6, 20)]
    found, rest = fen([100, 100, 0, 0, 0, 0, 0], [0] * 7, debts)
    assert found.paid.tolist() == [33, 33, 34, 33, 33, 34, 46, 20]
    found, rest = fen([101, 101, 0, 0, 0, 0, 0], [0] * 7, [*debts[:-1], (2, 6, 21)])
    assert found.paid[-2:].tolist() == [45, 21]
    assert not found.short[2]
    assert (rest >= 0).all()


def test_nothing_due_and_nobody_short():
    found, _ = fen([5, 5], [1, 0], [(0, 1, 4)])
    assert found.paid.tolist() == [4]
    assert found.rounds == 0
    empty = np.empty(0, dtype=np.int64)
    none = clear_in_fen(np.array([5, 1]), np.array([1, 3]), empty, empty, empty)
    assert none.senior_paid.tolist() == [1, 1]
    assert none.short.tolist() == [False, True]


def test_a_missing_fen_does_not_circle_in_a_ring_until_nothing_is_paid():
    # 1 and 2 owe each other nearly all they owe; what 0 pays arrives a fen short
    big = 10**12
    debts = [(0, 1, 50), (0, 3, 50), (0, 4, 50), (1, 2, big), (2, 1, big), (1, 5, 34), (2, 5, 1)]
    found, rest = fen([101, 0, 1, 0, 0, 0], [0] * 6, debts)
    assert found.rounds < 20
    assert found.paid[3:5].min() > big - 10
    assert (rest >= 0).all()


def test_a_debt_to_oneself_changes_nothing():
    found, rest = fen([10, 0], [3, 0], [(0, 0, 500), (0, 1, 20)])
    assert found.senior_paid.tolist() == [3, 0]
    assert (rest >= 0).all()
    assert rest.sum() == 7


def test_negative_money_is_refused():
    for cash, senior, due in [(-1, 0, 1), (1, -1, 1), (1, 0, -1)]:
        with pytest.raises(ValueError, match="at least 0"):
            fen([cash, 0], [senior, 0], [(0, 1, due)])


economies = st.integers(2, 7).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 10**4) | st.integers(0, 10**12), min_size=n, max_size=n),
        st.lists(st.just(0) | st.integers(0, 3000), min_size=n, max_size=n),
        st.lists(
            st.tuples(
                st.integers(0, n - 1),
                st.integers(0, n - 1),
                st.integers(0, 10**4) | st.integers(0, 10**12),
            ),
            min_size=1,
            max_size=25,
        ),
        st.none() | st.integers(0, n - 1),
    )
)


@pytest.mark.property
@settings(max_examples=400, deadline=None)
@given(economies)
def test_no_fen_is_lost_nobody_is_negative_and_rounding_stays_small(economy):
    cash, senior, debts, always_pays = economy
    found, rest = fen(cash, senior, debts, always_pays)
    due = np.array([amount for _, _, amount in debts])
    debtor = np.array([d for d, _, _ in debts])
    assert (found.paid >= 0).all()
    assert (found.paid <= due).all()
    assert (found.senior_paid >= 0).all()
    assert (found.senior_paid <= senior).all()
    assert rest.sum() == sum(cash) - found.senior_paid.sum()
    bounded = np.arange(len(cash)) != (-1 if always_pays is None else always_pays)
    assert (rest[bounded] >= 0).all()
    if always_pays is not None:
        assert (found.paid == due)[debtor == always_pays].all()
    far = np.abs(group_sum(debtor, found.paid, len(cash)) - found.float_payments)
    float_error = 1e-9 * max(1, due.max())
    assert far.max() <= len(debts) + found.rounds + float_error


def test_a_random_economy_of_a_few_thousand_clears_to_the_fen():
    dice = np.random.default_rng(5)
    n, m = 3000, 9000
    debtor, creditor = dice.integers(0, n, m), dice.integers(0, n, m)
    due = dice.integers(1, 10**6, m)
    cash, senior = dice.integers(0, 10**6, n), dice.integers(0, 10**5, n)
    found, rest = fen(cash, senior, list(zip(debtor, creditor, due, strict=True)))
    assert 0.05 < found.short.mean() < 0.9
    assert (rest >= 0).all()
    can_pay = ~found.short
    paid, owed = group_sum(debtor, found.paid, n), group_sum(debtor, due, n)
    assert (owed - paid)[can_pay].max() <= found.rounds + 20
    assert (rest[found.short] <= 20).all()
    assert np.abs(paid - found.float_payments).max() <= m + found.rounds
