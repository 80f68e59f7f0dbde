"""Reference answers: the copies kept here, and the full set where it lies beside the project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import adapter
import numpy as np
import pytest

HERE = Path(__file__).resolve().parent
KEPT = sorted((HERE / "data").glob("*.json"))
FULL_SET = HERE.parents[1].parent / "shared" / "vectors" / "vectors"
FULL = sorted(FULL_SET.glob("*.json"))


def dense(value: Any) -> Any:
    """Unfold a matrix stored as {"n", "sparse": [[i, j, w]]}."""
    if isinstance(value, dict) and "sparse" in value:
        matrix = np.zeros((value["n"], value["n"]))
        for i, j, weight in value["sparse"]:
            matrix[int(i), int(j)] = weight
        return matrix.tolist()
    return value


def check(path: Path) -> None:
    vector = json.loads(path.read_text())
    function = getattr(adapter, vector["function"])
    inputs = {name: dense(value) for name, value in vector["inputs"].items()}
    got = function(**inputs)
    tolerance = {"rtol": 0.0, "atol": 0.0, **vector["tolerance"]}
    for name, expected in vector.get("expected", {}).items():
        compare(got[name], dense(expected), name, tolerance)
    if "constraints" in vector:
        satisfies(vector["constraints"], inputs, np.asarray(got["matrix"]))


def compare(answer: Any, wanted: Any, name: str, tolerance: dict[str, float]) -> None:
    if isinstance(wanted, dict):
        by_text = {str(key): value for key, value in answer.items()}
        for key, value in wanted.items():
            compare(by_text[key], value, f"{name}.{key}", tolerance)
        return
    answer, wanted = np.asarray(answer), np.asarray(wanted)
    assert answer.shape == wanted.shape, name
    if wanted.dtype == np.bool_:
        assert (answer == wanted).all(), name
    else:
        np.testing.assert_allclose(answer, wanted, err_msg=name, **tolerance)


def satisfies(wanted: dict[str, Any], inputs: dict[str, Any], matrix: Any) -> None:
    """Check what holds of every solution where more than one is right."""
    assert wanted["kind"] == "min_density"
    assert (matrix >= -1e-12).all()
    assert not matrix.diagonal().any()
    for axis, sums in ((1, inputs["row_sums"]), (0, inputs["col_sums"])):
        np.testing.assert_allclose(matrix.sum(axis), sums, rtol=0, atol=wanted["marginal_tol"])
    links = int((matrix > 1e-9).sum())
    assert wanted["min_links"] <= links <= wanted["max_links_allowed"]


@pytest.mark.parametrize("path", KEPT, ids=lambda p: p.stem)
def test_kept_vector(path: Path) -> None:
    check(path)


@pytest.mark.skipif(not FULL, reason="the full set of vectors is not beside the project")
@pytest.mark.parametrize("path", FULL, ids=lambda p: p.stem)
def test_vector_of_the_full_set(path: Path) -> None:
    check(path)
