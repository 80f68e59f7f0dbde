"""Every command and code block of README and of the worked example does what it says.

Installing and running all tests are left out: they are what a reader does first.
"""

import shutil
from pathlib import Path

import pytest

import analysis
from tests.readme.blocks import ROOT, Block, act_on, blocks_of, run

README = blocks_of(ROOT / "README.md")
EXAMPLE = blocks_of(ROOT / "docs" / "architecture.md")
CHECKED_APART = ("text",)


def labels(blocks: list[Block]) -> list[str]:
    return [f"line {block.line}: {block.language}" for block in blocks]


def newest(results: Path) -> Path:
    return max(results.iterdir(), key=lambda folder: folder.name)


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """A folder that looks like a clone to whoever reads README in it."""
    clone = tmp_path_factory.mktemp("reader")
    (clone / "run.py").symlink_to(ROOT / "run.py")
    shutil.copytree(ROOT / "scenarios", clone / "scenarios")
    return clone


@pytest.mark.parametrize("block", README, ids=labels(README))
def test_readme(block, reader):
    act_on(block, reader, ROOT)


def test_readme_shows_the_two_commands_that_start_everything():
    first = README[0].text.splitlines()
    assert first == [
        "pip install -e . && python run.py run scenarios/baseline.yaml",
        'pip install -e ".[test]" && pytest',
    ]


def test_readme_names_the_files_that_a_run_leaves(reader):
    """Depends on the blocks having been run, which they are when this file is."""
    named = {
        word
        for row in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
        if row.startswith("| `")
        for word in row.split("|")[1].replace("`", "").split(", ")
    }
    folder = newest(reader / "results" / "caps")
    assert {p.name for p in folder.iterdir()} <= {word.strip().split("/")[0] for word in named}


def test_readme_quotes_the_answer_to_a_mistake(reader):
    (quoted,) = (b.text.strip() for b in README if b.language in CHECKED_APART)
    path, line, _ = quoted.split(":", 2)
    wrong = ["#"] * (int(line) - 1) + ["population: {enterprizes: 5}"]
    kept = (reader / path).read_text(encoding="utf-8")
    (reader / path).write_text("\n".join(wrong) + "\n", encoding="utf-8")
    with pytest.raises(AssertionError) as answer:
        run(["python", "run.py", "check", path], reader, ROOT)
    (reader / path).write_text(kept, encoding="utf-8")
    assert quoted in str(answer.value)


@pytest.fixture(scope="module")
def developer(tmp_path_factory):
    """A copy of the code, in which a plug-in may be added."""
    clone = tmp_path_factory.mktemp("developer")
    for name in ("sim", "analysis", "scenarios", "tests"):
        shutil.copytree(ROOT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("run.py", "pyproject.toml"):
        shutil.copy(ROOT / name, clone / name)
    return clone


@pytest.mark.parametrize("block", EXAMPLE, ids=labels(EXAMPLE))
def test_worked_example(block, developer):
    said = act_on(block, developer, developer, with_pytest=True)
    if "pytest" in block.text:
        assert " passed" in said


def test_the_example_s_instrument_bound(developer):
    results = analysis.load(developer / "results" / "probation")
    limits = results.with_labels(results.limits)
    assert set(limits["instrument"]) == {"probation"}
    assert set(limits["arm"]) == {"probation"}
