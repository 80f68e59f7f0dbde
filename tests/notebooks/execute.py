"""Execute the notebooks as a reader would: python -m tests.notebooks.execute [--write] [NAME ...]

Each runs from its own folder in a fresh kernel; the first cell that fails ends it all. With --write
outputs are stored, so that a reader sees them without running anything.
"""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"
PLACE = re.compile(r"/(?:tmp|home|root|work|Users)/\S*")  # of one machine


def execute(path: Path) -> nbformat.NotebookNode:
    """Return a notebook with fresh outputs; what no reader needs to see again is left out."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=170, kernel_name="python3",
                            resources={"metadata": {"path": str(path.parent)}})  # fmt: skip
    client.execute()
    for number, cell in enumerate(notebook.cells):
        cell.metadata.pop("execution", None)  # times of the day
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if o.get("name") != "stderr"]
            for output in cell.outputs:
                if "data" in output and "text/html" in output["data"]:
                    output["data"]["text/html"] = _steady(output["data"]["text/html"], number)
                    output["data"]["text/plain"] = "a table"
    notebook.metadata.pop("widgets", None)
    return notebook


def _steady(html: str, number: int) -> str:
    """Give a table the same random name every time, so that equal outputs are equal text."""
    return re.sub(r"T_[0-9a-f]{5}", f"T_{number:05d}", html)


def main() -> int:
    """Execute the notebooks named, all by default, and say how long each took."""
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"  # figures as outputs
    names = [word for word in sys.argv[1:] if not word.startswith("-")]
    paths = [FOLDER / f"{name}.ipynb" for name in names] or sorted(FOLDER.glob("*.ipynb"))
    for path in paths:
        start = time.perf_counter()
        notebook = execute(path)
        found = PLACE.findall(nbformat.writes(notebook))
        if found:
            print(f"{path.name}: an output names a place of this machine: {found[0]}")
            return 1
        if "--write" in sys.argv:
            nbformat.write(notebook, path)
        print(f"{path.name}: {time.perf_counter() - start:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
