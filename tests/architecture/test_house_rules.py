"""The habits that keep the house simple, checked on the text of the code itself."""

import ast
import inspect
import re
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

from sim.draws import PURPOSES
from sim.limits import QUESTIONS
from sim.month import MONTH
from sim.parameters import AllParameters
from sim.world import KINDS

ROOT = Path(__file__).parents[2]
SIM = sorted((ROOT / "sim").rglob("*.py"))
CODE = [*SIM, *sorted((ROOT / "analysis").rglob("*.py")), ROOT / "run.py"]
OTHERS = [*sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "benchmarks").rglob("*.py"))]
MOST_LINES = 350


def name_of(path):
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def places(paths, finds, allowed=()):
    """List `file:line` of every node that `finds` says yes to, outside the files allowed."""
    return [f"{name_of(path)}:{node.lineno}" for path in paths if name_of(path) not in allowed
            for node in ast.walk(tree_of(path)) if finds(node)]  # fmt: skip


def imports(node, *names):
    if isinstance(node, ast.Import):
        return any(alias.name.split(".")[0] in names for alias in node.names)
    return isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in names


# ------------------------------------------------------------ dice
def test_no_dice_but_the_keyed_ones():
    def throws(node):
        is_generator = isinstance(node, ast.Attribute) and node.attr in (
            "random",
            "rng",
            "default_rng",
        )
        return is_generator or imports(node, "random", "secrets", "uuid")

    # Mesa's own generator serves a user's `shuffle`; a design's points are drawn before any run.
    assert not places(SIM, throws, allowed=("sim/rows.py", "sim/sampling.py"))


def test_every_purpose_is_drawn_for():
    text = "".join(p.read_text(encoding="utf-8") for p in SIM if p.name != "draws.py")
    dynamic = {f"choose_{kind}" for kind in KINDS}
    assert 'f"choose_{kind}"' in text
    assert not [name for name in PURPOSES if f'"{name}"' not in text and name not in dynamic]


# ------------------------------------------------------------ money
def test_scattered_addition_only_in_the_ledger_and_kernels():
    def scatters(node):
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and (
            node.func.attr == "at")  # fmt: skip

    assert not places(CODE, scatters, allowed=("sim/ledger.py", "sim/kernels.py"))


@pytest.mark.parametrize(("attribute", "owners"), [
    ("_writable", ("sim/ledger.py", "sim/table.py")),
    ("_store", ("sim/table.py",)),
])  # fmt: skip
def test_money_columns_are_written_by_the_ledger_alone(attribute, owners):
    assert not places(
        CODE, lambda n: isinstance(n, ast.Attribute) and n.attr == attribute, allowed=owners
    )


def test_nothing_read_only_is_made_writable_again():
    def opens(node):
        return isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Attribute) and t.attr == "writeable" for t in node.targets
        ) and getattr(node.value, "value", None) is not False  # fmt: skip

    assert not places(CODE, opens)
    assert not places(CODE, lambda n: isinstance(n, ast.Attribute) and n.attr == "setflags")


def test_columns_by_name_only_in_tables():
    assert not places(
        CODE,
        lambda n: isinstance(n, ast.FunctionDef) and n.name == "__getattr__",
        allowed=("sim/table.py",),
    )


# ------------------------------------------------------------ parameters and limits
def parameters():
    for group, field in AllParameters.model_fields.items():
        for name, parameter in field.annotation.model_fields.items():
            yield pytest.param(name, parameter, id=f"{group}.{name}")


@pytest.mark.parametrize(("name", "parameter"), list(parameters()))
def test_every_parameter_has_unit_source_bounds_and_a_use(name, parameter):
    facts = parameter.json_schema_extra
    assert facts["unit"]
    assert facts["source"]
    assert parameter.description
    if parameter.annotation in (int, float):
        bounds = {type(m).__name__ for m in parameter.metadata}
        assert {"Ge", "Le"} <= bounds
    assert re.search(rf"\.{name}\b", sim_without_parameters())


@cache
def sim_without_parameters():
    return "".join(p.read_text(encoding="utf-8") for p in SIM if p.parent.name != "parameters")


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_has_unit_and_sentence(name):
    question = QUESTIONS[name]
    assert question.name == name
    assert question.unit
    assert question.doc


# ------------------------------------------------------------ phases
@pytest.mark.parametrize("phase", MONTH, ids=lambda phase: phase.__name__)
def test_every_phase_says_in_a_line_who_acts(phase):
    first = (phase.__doc__ or "").splitlines()[0]
    assert first.endswith(".")
    assert first[0].isupper()
    assert len(first) <= 100
    assert phase.__module__ == f"sim.phases.{phase.__name__}"
    assert list(inspect.signature(phase).parameters) == ["world", "scenario"]
    assert inspect.signature(phase).return_annotation == "None"


def test_every_phase_file_is_in_the_month_or_found_the_economy():
    files = {path.stem for path in SIM if path.parent.name == "phases"} - {"__init__"}
    assert files == {phase.__name__ for phase in MONTH} | {"found_economy"}


def test_every_module_is_named_in_the_tree_of_the_house():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tree = text.split("## The tree")[1].split("```")[1]
    named = re.findall(r"[\w*]+\.py", tree)
    files = [path for path in CODE if path.parent.name in ("sim", "analysis")]
    missing = [name_of(p) for p in files if not any(fnmatch(p.name, one) for one in named)]
    words = set(re.findall(r"\w+", tree))
    parts = [path for path in SIM if path.parent.name in ("measures", "experiment")]
    missing += [name_of(path) for path in parts if path.stem not in words]
    assert missing == []


# ------------------------------------------------------------ files
@pytest.mark.parametrize("path", [*CODE, *OTHERS], ids=name_of)
def test_no_file_is_too_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", [p for p in CODE if p.stat().st_size], ids=name_of)
def test_every_file_says_what_it_is_responsible_for(path):
    assert (ast.get_docstring(tree_of(path)) or "").splitlines()[0].endswith((".", ":"))


def texts():
    kinds = {".py", ".md", ".toml", ".yaml", ".yml", ".json", ".cff", ".ipynb", ".txt", ""}
    skipped = {".git", "results", "build"}
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(p.startswith(".") and p != ".ci" for p in parts) or skipped & set(parts)
        if path.is_file() and path.suffix in kinds and not hidden:
            yield path


MACHINE = re.compile(r"(?:^|[ \"'(=`])/(?:home|root|work|Users|opt|tmp/\w)", re.M)


def names_a_machine(path):
    """Tell whether a file holds such a path; one that is no text is judged elsewhere."""
    return bool(MACHINE.search(path.read_text(encoding="utf-8", errors="replace")))


def test_no_text_names_a_path_of_one_machine():
    spoiled = [name_of(p) for p in texts() if names_a_machine(p)]
    assert not [name for name in spoiled if name != name_of(Path(__file__))]


def test_a_file_that_is_no_text_breaks_no_rule(tmp_path):
    (tmp_path / "odd.yaml").write_bytes(b"\x89PNG\xff\xfe")
    assert not names_a_machine(tmp_path / "odd.yaml")


def test_nothing_is_left_for_later():
    later = re.compile(r"\b(?:TODO|FIXME|XXX|NotImplementedError)\b")
    paths = [p for p in [*CODE, *OTHERS] if p != Path(__file__)]
    assert not [name_of(p) for p in paths if later.search(p.read_text(encoding="utf-8"))]


def test_no_unknown_error_is_swallowed():
    def swallows(node):
        is_broad = isinstance(node, ast.ExceptHandler) and (
            node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException")
        )
        return is_broad and all(isinstance(s, ast.Pass) for s in node.body)  # fmt: skip

    assert not places(CODE, swallows)


# ------------------------------------------------------------ imports
def test_analysis_knows_layer_0_of_the_simulation_only():
    layer_0 = {"sim.units", "sim.draws", "sim.kernels", "sim.descent", "sim.clearing",
               "sim.sampling"}  # fmt: skip

    def reaches_up(node):
        return isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sim") and (
            node.module not in layer_0)  # fmt: skip

    analysis = [p for p in CODE if name_of(p).startswith("analysis/")]
    assert not places(analysis, reaches_up)
    assert not places(analysis, lambda n: isinstance(n, ast.Import) and imports(n, "sim"))
