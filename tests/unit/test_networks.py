import numpy as np
import pytest
from scipy import sparse

from analysis.networks import (
    checked_column,
    checked_exposures,
    checked_nodes,
    exposures_from_edges,
    exposures_of,
    liabilities_of,
)


def test_dense_lists_arrays_and_every_sparse_format_are_the_same_network():
    lists = [[0, 2, 0], [0, 0, 1], [3, 0, 0]]
    stored_twice = sparse.coo_array(([1, 1, 1, 3], ([0, 0, 1, 2], [1, 1, 2, 0])), shape=(3, 3))
    for form in (lists, np.array(lists), sparse.csc_array(lists), stored_twice):
        found = checked_exposures(form)
        assert found.format == "csr"
        assert found.nnz == 3
        assert found.toarray().tolist() == lists
    assert checked_exposures([]).shape == (0, 0)


def test_the_input_is_left_alone():
    given = sparse.csr_array([[0.0, 1.0], [0.0, 0.0]])
    given.data[0] = 0.0
    assert checked_exposures(given).nnz == 0
    assert given.nnz == 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ([[0, 1], [-2, 0]], r"exposures\[1, 0\] is -2"),
        ([[0, np.nan], [0, 0]], r"exposures\[0, 1\] is nan"),
        ([[0, 0], [np.inf, 0]], r"exposures\[1, 0\] is inf"),
        ([[0, 1], [0, 5]], r"exposures\[1, 1\] is 5; nobody has a claim on itself"),
        ([[0, 1, 2], [0, 0, 1]], r"shape \(2, 3\)"),
        ([1, 2], "shape"),
        ([[0, 1], [0]], "matrix of numbers"),
        ([[0, "x"], [0, 0]], "matrix of numbers"),
    ],
)
def test_a_bad_network_is_refused_by_the_name_of_the_entry(wrong, message):
    with pytest.raises(ValueError, match=message):
        checked_exposures(wrong)


def test_exposures_are_liabilities_transposed():
    owed = [[0, 5], [0, 0]]
    assert exposures_of(owed).toarray().tolist() == [[0, 0], [5, 0]]
    assert liabilities_of(exposures_of(owed)).toarray().tolist() == owed
    with pytest.raises(ValueError, match=r"liabilities\[0, 1\] is -5"):
        exposures_of([[0, -5], [0, 0]])


def test_a_list_of_claims_by_name():
    found = exposures_from_edges([37, 16, 37], [16, 5, 16], [1.0, 2.0, 3.0], nodes=[37, 5, 16])
    assert found.toarray().tolist() == [[0, 0, 4], [0, 0, 0], [0, 2, 0]]
    by_text = exposures_from_edges(["b"], ["a"], 7, nodes=["a", "b"])
    assert by_text.toarray().tolist() == [[0, 0], [7, 0]]
    mixed = exposures_from_edges(("b", 1), [1, "b"], [7, 8], nodes=["b", 1])
    assert mixed.toarray().tolist() == [[0, 7], [8, 0]]
    assert exposures_from_edges([], [], [], 2).nnz == 0


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        (([3], [0], [1.0], 2), r"creditors\[0\] is 3"),
        (([0, 0], [1, 9], [1.0, 1.0], 2), r"debtors\[1\] is 9"),
        (([0], [1], [-1.0], 2), r"amounts\[0\] is -1"),
        (([1], [1], [1.0], 2), "on itself"),
        (([0, 1], [1], [1.0], 2), "as many"),
        (([0], [1], [1.0], [4, 4]), "twice: 4"),
        ((["a", None], ["b", "a"], 1.0, ["a", "b"]), r"creditors\[1\] is None"),
        ((["a", "b"], ["b", np.nan], 1.0, ["a", "b"]), r"debtors\[1\] is nan"),
        ((["0"], [1], 1.0, 2), r"creditors\[0\] is 0"),
        ((["a"], ["b"], 1.0, {"a", "b"}), "names in order"),
        (([0], [1], 1.0, -1), "nodes is -1"),
        ((None, [1], 1.0, 2), "creditors must be a list"),
        (([0], [1], [1.0], []), r"creditors\[0\] is 0"),
    ],
)
def test_a_claim_that_cannot_be_is_refused(edges, message):
    with pytest.raises(ValueError, match=message):
        exposures_from_edges(*edges)


def test_numbers_per_node_come_in_many_forms():
    assert checked_column(2, 3, "loss").tolist() == [2, 2, 2]
    assert checked_column({1: 0.5}, 3, "loss").tolist() == [0, 0.5, 0]
    assert checked_column([1, 2, 3], 3, "loss").dtype == np.float64
    for wrong, message in (([1, 2], "shape"), ({4: 1}, "node 4"), (["a"] * 3, "numbers"),
                           ({0: "x"}, r"loss\[0\] is 'x'"), ({np.nan: 1}, "node nan")):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            checked_column(wrong, 3, "loss")
    with pytest.raises(ValueError, match=r"loss\[2\] is -1; it must be a finite number from 0"):
        checked_column([0, 0, -1], 3, "loss", 0.0)


def test_chosen_nodes_come_in_many_forms():
    wanted = [True, False, True]
    for form in ([2, 0], {0, 2}, (0, 2), np.array([0, 2]), np.array(wanted), wanted, [0.0, 2.0]):
        assert checked_nodes(form, 3, "seeds").tolist() == wanted
    assert checked_nodes(1, 3, "seeds").tolist() == [False, True, False]
    for nobody in (None, [], set()):
        assert not checked_nodes(nobody, 3, "seeds").any()
    for wrong in ([3], [-1], [0.5], [True], ["a"], [np.nan], [np.inf], {0, "a"}, [[0], [1, 2]]):
        with pytest.raises(ValueError, match="seeds"):
            checked_nodes(wrong, 3, "seeds")
