"""What may be wrong with a network, numbers, a choice or a count: value and a word said."""

import numpy as np
from scipy import sparse

NAN, INF = float("nan"), float("inf")
CLAIMS = [[0.0, 2.0, 1.0], [1.0, 0.0, 3.0], [0.5, 0.0, 0.0]]


TWICE = sparse.coo_array(([5.0, -2.0], ([0, 0], [1, 1])), shape=(3, 3))  # a debt, and -2 of it


def changed(row, column, value):
    found = [list(line) for line in CLAIMS]
    found[row][column] = value
    return found


# What is wrong with an argument of each kind, and a word of the answer beside the argument's name.
MATRIX = {
    "negative": (changed(0, 1, -2.0), "0, 1"),
    "nan": (changed(1, 2, NAN), "1, 2"),
    "infinite": (changed(1, 2, INF), "1, 2"),
    "text": (changed(0, 2, "two"), "numbers"),
    "none": (None, ""),
    "a none inside": (changed(0, 2, None), ""),
    "words": ("claims", "numbers"),
    "oblong": (CLAIMS[:2], "(2, 3)"),
    "flat": (CLAIMS[0], "(3,)"),
    "ragged": ([[0.0, 1.0], [1.0]], "numbers"),
    "deep": ([CLAIMS], "(1, 3, 3)"),
    "complex": (np.array(CLAIMS) * 1j, ""),
    "sparse nan": (sparse.csr_array(changed(1, 2, NAN)), "1, 2"),
    "hidden in a sum": (TWICE, "0, 1] is -2"),
    "hidden in a sum of rows": (
        sparse.csr_array(([5.0, -2.0], [1, 1], [0, 2, 2, 2]), shape=(3, 3)),
        "0, 1] is -2",
    ),
    "hidden in a sum of whole numbers": (
        sparse.coo_array(([5, -2], ([0, 0], [1, 1])), shape=(3, 3)),
        "0, 1] is -2",
    ),
    "sparse complex": (sparse.csr_array(np.array(CLAIMS) * 1j), "numbers"),
    "a dict": ({"a": 1}, ""),
}
OWN = {"self-loop": (changed(1, 1, 4.0), "1, 1")}
NODES = {
    "nobody": ([3], "3 does not exist"),
    "below": ([-1], "-1 does not exist"),
    "text": (["shop"], "'shop' does not exist"),
    "half": ([0.5], "0.5 does not exist"),
    "nan": ([NAN], "does not exist"),
    "short mask": ([True, False], "(2,)"),
    "none inside": ([None], "does not exist"),
    "ragged": ([[0, 1], [1]], ""),
    "infinite": ([INF], "does not exist"),
}
NUMBERS = {
    "text": (["a", "b", "c"], "number"),
    "word": ("many", "number"),
    "none inside": ([1.0, None, 1.0], ""),
    "nan": ([1.0, NAN, 1.0], "1]"),
    "infinite": ([1.0, 1.0, INF], "2]"),
    "short": ([1.0, 1.0], "(2,)"),
    "deep": ([[1.0], [1.0], [1.0]], "(3, 1)"),
    "ragged": ([[1.0], [1.0, 2.0], 1.0], "number"),
    "complex": ([1j, 1.0, 1.0], "number"),
}
ABSENT = {"none": (None, "")}
PER_NODE = {
    **NUMBERS,
    "who does not exist": ({7: 1.0}, "7 does not exist"),
    "text of a node": ({0: "much"}, "0]"),
    "none of a node": ({0: None}, "0]"),
    "nan of a node": ({1: NAN}, "1]"),
}
ALL_ZERO = {"all zero": ([0.0, 0.0, 0.0], "sum to 0"), "zero for all": (0.0, "sum to 0")}
BELOW = {"negative": ([1.0, -1.0, 1.0], "1]")}
ONE = {
    "text": ("much", ""), "none": (None, ""), "nan": (NAN, ""), "infinite": (INF, ""),
    "several": ([0.5, 0.5], ""), "negative": (-1.0, ""), "complex": (1j, ""),
}  # fmt: skip
WORD = {"another word": ("other", "other"), "none": (None, "None"), "number": (3, "3"),
        "list": ([1], "1")}  # fmt: skip
COUNT = {"text": ("ten", "ten"), "none": (None, "None"), "half": (2.5, "2.5"),
         "negative": (-3, "-3"), "nan": (NAN, "nan"), "flag": (True, "True")}  # fmt: skip
FLAGS = {**NUMBERS, "two": ([0, 2, 1], "1]")}

NET = {**MATRIX, **OWN}
SHARES = {**BELOW, "above one": ([0.5, 1.5, 0.5], "1]")}


def without(kinds, *names):
    return {name: case for name, case in kinds.items() if name not in names}
