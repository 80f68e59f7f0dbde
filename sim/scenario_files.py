"""Reading scenario files: YAML with line numbers, `extends`, and values from the command line.

Responsible for turning files into trees and for saying clearly what is wrong with a file. Not
responsible for what a field may hold (`sim/scenario_schema.py`).
"""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError

from sim import scenario_tree as tree
from sim.scenario_errors import SET, Place, ScenarioError, hint, nearest, say, shown
from sim.scenario_names import lay
from sim.scenario_tree import Node

LONGEST_FILE = 1_000_000
MOST_VALUES = 50_000
TEXT_TAG = "tag:yaml.org,2002:str"  # !!str 24 is one way to write '24'


def read(path: str | Path, _heirs: tuple[Path, ...] = ()) -> Node:
    """Read a scenario file and, under it, the files it extends."""
    path = Path(path)
    own = parse(_text(path), str(path))
    own.value.pop("schema", None)
    parent = own.value.pop("extends", None)
    if parent is None or parent.value is None:
        return lay(tree.EMPTY, own)
    if not isinstance(parent.value, str):
        raise say(f"{shown(tree.plain(parent))} is not the name of a file", parent.place)
    parent_path = _relative(path.parent / parent.value)
    heirs = (*_heirs, path)
    if parent_path.resolve() in [heir.resolve() for heir in heirs]:
        circle = " -> ".join(str(p) for p in (*heirs, parent_path))
        raise say(f"a file cannot extend itself: {circle}", parent.place)
    if not parent_path.is_file():
        raise say(_no_such_file(parent_path), parent.place)
    return lay(read(parent_path, heirs), own)


def _relative(path: Path) -> Path:
    """Shorten a path like scenarios/../scenarios/a.yaml without following links."""
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts and parts[-1] not in ("..", "/"):
            parts.pop()
        else:
            parts.append(part)
    return Path(*parts)


def _no_such_file(path: Path) -> str:
    if path.is_dir():
        return f"{path} is a folder, not a scenario file"
    folder = path.parent if path.parent.is_dir() else Path()
    names = [file.name for file in sorted(folder.glob("*.y*ml"))]
    offered = nearest(path.name, names)
    if "did you mean" not in offered:
        folder = Path("scenarios")
        names = [file.name for file in sorted(folder.glob("*.yaml"))]
        offered = nearest(path.stem + ".yaml", names)
    if "did you mean" in offered:
        found = offered.split("'")[1]
        offered = f"; did you mean '{folder / found}'?"
    return f"there is no file {path}{offered if names else ''}"


def _text(path: Path) -> str:
    place = Place(str(path))
    if not path.is_file():
        raise say(_no_such_file(path))
    try:
        if path.stat().st_size > LONGEST_FILE:
            raise say("this file is too large to be a scenario", place)
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise say("this is not a text file in UTF-8", place) from None
    except OSError as error:
        raise say(f"cannot be read: {error.strerror}", place) from None
    if "\0" in text:
        raise say("this is not a text file in UTF-8", place)
    return text


def parse(text: str, file: str) -> Node:
    """Read YAML text into a tree whose nodes know their lines."""
    yaml = YAML(typ="rt")
    try:
        with warnings.catch_warnings():
            # An anchor used twice is legal YAML 1.2; the later one counts.
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            data = yaml.load(text)
    except DuplicateKeyError as error:
        raise _duplicate(error, file, text) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        problem = (error.problem or error.context or "it cannot be read").strip()
        raise say(f"not valid YAML: {_reworded(problem)}", Place(file, line)) from None
    except (YAMLError, ValueError, RecursionError) as error:
        problem = str(error).splitlines()[0] if str(error) else "it cannot be read"
        raise say(f"not valid YAML: {problem}", Place(file)) from None
    if data is None:
        raise say("the file is empty; a scenario is a map of fields", Place(file))
    if not isinstance(data, CommentedMap):
        raise say(f"{_what(data)}; a scenario is a map of fields", Place(file, 1))
    return _Reader(file, text).node(data, Place(file, 1), ())


def _what(data: Any) -> str:
    return "the file holds a list" if isinstance(data, CommentedSeq) else "the file holds one value"


def _with_comma(number: str) -> str:
    """Say how a number that holds commas is written."""
    written = re.sub(r"\s", "", number)
    return f"'{written}' is not a number{hint(written)}"


def _duplicate(error: DuplicateKeyError, file: str, text: str) -> ScenarioError:
    line = error.problem_mark.line + 1
    grouped = r"([\w.]+)['\"]?\s*:\s*(\d{1,3}(?:\s*,\s*\d{3}){2,})\s*[,}]"
    if found := re.search(grouped, text.splitlines()[line - 1]):  # {cost: 1,000,000}
        return say(_with_comma(found[2]), Place(file, line, found[1]))
    key = str(error.problem).split('"')
    name = key[1] if len(key) > 1 else ""
    begin = error.context_mark
    first = "" if begin is None else f", which begins in line {begin.line + 1}"
    return say(f"given twice in the same map{first}", Place(file, line, name))


def _reworded(problem: str) -> str:
    if "cannot start any token" in problem:
        character = problem.split("'")[1] if "'" in problem else ""
        if character == "%":
            return "a value cannot start with %; percentages are written as fractions, 24% is 0.24"
        if "\\t" in problem or character == "\t":
            return "indent with spaces, not with tabs"
    if "another document" in problem:
        return "a second document begins here (---); a scenario file holds one"
    return problem


def _tag_of(data: Any) -> str | None:
    """Give the tag written before a value, None where there is none."""
    tag = getattr(getattr(data, "tag", None), "value", None)
    return None if tag is None else str(tag)


def _no_tag(tag: str) -> str:
    name = tag.replace("tag:yaml.org,2002:", "!!")
    return f"the tag {name} is not understood; write the value without it"


class _Reader:
    """Turn what the YAML library returns into nodes."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.lines = file, text.splitlines()
        self.n_values = 0
        self.open: list[int] = []

    def node(self, data: Any, place: Place, path: tuple[str, ...]) -> Node:
        """Turn one value, and all below it, into a node."""
        self.n_values += 1
        if self.n_values > MOST_VALUES:
            raise say("too many values for a scenario", place)
        tag = _tag_of(data)
        if tag and tag != TEXT_TAG:
            raise say(_no_tag(tag), place)
        if tag and isinstance(data, TaggedScalar):
            data = str(data.value)
        if isinstance(data, CommentedMap | CommentedSeq):
            if id(data) in self.open:
                raise say("this value contains itself", place)
            self.open.append(id(data))
            if isinstance(data, CommentedMap):
                node = self._map(data, place, path)
            else:
                node = Node([self._item(data, i, place, path) for i in range(len(data))], place)
            self.open.pop()
            return node
        if data is None or isinstance(data, bool):
            return Node(data, place)
        for scalar in (int, float, str):
            if isinstance(data, scalar):
                return Node(scalar(data), place)
        if hasattr(data, "isoformat"):
            return Node(str(data), place)
        raise say("only maps, lists, numbers, text, true, false and null are understood", place)

    def _item(self, data: CommentedSeq, i: int, place: Place, path: tuple[str, ...]) -> Node:
        line = data.lc.item(i)[0] + 1 if data.lc.data else place.line
        return self.node(data[i], replace(place, line=line), path)

    def _map(self, data: CommentedMap, place: Place, path: tuple[str, ...]) -> Node:
        items: list[tuple[str, Node]] = []
        for key in data:
            try:
                line = data.lc.key(key)[0] + 1
            except (KeyError, TypeError, AttributeError):
                line = place.line or 1
            if isinstance(key, TaggedScalar):
                here = Place(self.file, line, place.field)
                raise say(_no_tag(str(_tag_of(key))), here)
            if key is None or not isinstance(key, bool | int | float | str):
                raise say("a name is missing before the colon", Place(self.file, line, place.field))
            if type(key) is not bool and isinstance(key, int) and data[key] is None and items:
                self._refuse_decimal_comma(*items[-1], line)
            name = str(key).lower() if isinstance(key, bool) else str(key)
            below = tree.below(path, name)
            here = Place(self.file, line, ".".join(below))
            items.append((name, self.node(data[key], here, below)))
        return tree.expand(place, path, items)

    def _refuse_decimal_comma(self, name: str, before: Node, line: int) -> None:
        """Refuse `{rate: 0,15}`, which YAML takes for a rate of 0 and a field named 15."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        pair = rf"{re.escape(name)}['\"]?\s*:\s*([+-]?\d+\s*,\s*\d+)\s*[,}}]"
        if found := re.search(pair, text):
            raise say(_with_comma(found[1]), before.place)


def assignments(texts: list[str]) -> Node:
    """Read `--set name=value` texts; the value is YAML.

    A whole map of points, `sample.over={...}` or `design={...}`, replaces the file's: of points
    merged from two places nobody can say what they are. One of its fields alone merges.
    """
    node = tree.EMPTY
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name:
            raise say("write it like --set credit.preset=none", Place(SET, field=text))
        if not value:
            raise say("a value is missing after the =", Place(SET, field=name))
        try:
            data = YAML(typ="safe", pure=True).load(value)
        except (YAMLError, ValueError):
            wrong = f"{shown(value)} is not a value in YAML"
            raise say(wrong, Place(SET, field=name)) from None
        given = tree.grow({name: data}, Place(SET))
        for path in tree.PATHS:
            if path[: len(wholly := tuple(name.split(".")))] == wholly:
                given = tree.replacing(given, path)
        node = tree.merge(node, given)
    return node
