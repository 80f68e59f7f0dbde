"""Documents agree with the code and with each other."""

import re
import tomllib

import pytest
from ruamel.yaml import YAML

from sim.measures.base import METRICS
from sim.model import MicroFinance
from sim.month import MONTH
from sim.parameters import AllParameters
from tests.readme.blocks import ROOT
from tests.readme.refresh import DOCUMENTS, refreshed

PAGES = [*DOCUMENTS, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
LINK = re.compile(r"(?<!\!)\[[^\]]+\]\((?!https?:)([^)#]+)?(?:#[^)]*)?\)")


def prose(path):
    """The text of a page without code blocks and without what is generated."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    return re.sub(r"<!-- generated: ([\w-]+) -->.*?<!-- end of \1 -->", "", text, flags=re.S)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_generated_parts_are_current(path):
    text = path.read_text(encoding="utf-8")
    assert refreshed(text) == text, "run: python -m tests.readme.refresh"


def test_every_part_that_is_begun_is_ended():
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        begun = re.findall(r"<!-- generated: ([\w-]+) -->", text)
        assert begun == re.findall(r"<!-- end of ([\w-]+) -->", text)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_the_protocol_speaks_of_parameters_that_exist():
    """Whatever reads like the name of a parameter, column, metric or function is one."""
    files = [*(ROOT / "sim").rglob("*.py"), *(ROOT / "analysis").rglob("*.py")]
    code = "".join(p.read_text(encoding="utf-8") for p in files)
    known = set(re.findall(r"\w+", code)) | set(METRICS)
    for path in (ROOT / "docs").glob("*.md"):
        for name in re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", prose(path)):
            assert name in known, f"{path.name}: {name}"


def test_the_tree_of_the_house_names_what_is_there():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    (tree,) = re.findall(r"^```\n(run\.py .*?)^```$", text, re.M | re.S)
    listed = [line.split("  ")[0].split() for line in tree.splitlines() if line[0] != " "]
    names = [name for line in listed for name in line]
    assert "sim/" in names
    assert not [name for name in names if not (ROOT / name).exists()]


def test_the_protocol_explains_every_phase():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert MicroFinance.__name__ in text
    for phase in MONTH:
        assert f"**{phase.__name__}**" in text


def test_every_parameter_stands_in_the_protocol():
    text = (ROOT / "docs" / "odd.md").read_text(encoding="utf-8")
    for group in AllParameters.model_fields.values():
        for name in group.annotation.model_fields:
            assert f"| {name} |" in text


def test_one_version_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = YAML(typ="safe").load(ROOT / "CITATION.cff")
    newest = re.search(r"^## ([\d.]+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert newest is not None
    assert project["version"] == str(citation["version"]) == newest[1]
    assert project["license"] == citation["license"]


def test_the_citation_has_what_its_format_asks_for():
    citation = YAML(typ="safe").load(ROOT / "CITATION.cff")
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] in ("software", "dataset")
    assert citation["message"]
    assert citation["title"]
    assert all(set(a) & {"name", "family-names", "given-names"} for a in citation["authors"])
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(citation["date-released"]))
    known = {"cff-version", "message", "type", "title", "version", "date-released", "license",
             "authors", "abstract", "keywords", "repository-code", "url", "doi"}  # fmt: skip
    assert set(citation) <= known


def test_changes_are_newest_first():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = [tuple(map(int, v.split("."))) for v in re.findall(r"^## ([\d.]+)", text, re.M)]
    assert versions
    assert versions == sorted(versions, reverse=True)
