"""Notebooks are whole and small; that they run is a step of `.ci/run` (tests.notebooks.execute)."""

import ast
import re

import nbformat
import pytest

from tests.notebooks.execute import FOLDER, PLACE, ROOT

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LARGEST = 250_000  # bytes, with outputs


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_valid_small_and_was_run_from_top_to_bottom(path):
    text = path.read_text(encoding="utf-8")
    assert len(text) <= LARGEST
    assert not PLACE.findall(text)
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[0].source.startswith("# ")
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    for cell in code:
        ast.parse(re.sub(r"^%.*$", "", cell.source, flags=re.M))
        assert not [
            o for o in cell.outputs if o.output_type == "error" or o.get("name") == "stderr"
        ]


def test_readme_names_every_notebook():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(NOTEBOOKS) >= 3
    assert not [path.name for path in NOTEBOOKS if f"notebooks/{path.name}" not in text]
