"""The plug-ins there are, found by listing their folders.

Responsible for loading them and for saying in a line what is wrong with a file that is none. Not
responsible for what a scenario says of them (`sim/scenario_schema.py`).
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from inspect import isfunction
from pathlib import Path
from traceback import extract_tb
from typing import Any

from pydantic import BaseModel

from sim.credit.base import COLUMNS
from sim.limits import QUESTIONS
from sim.scenario_errors import Place, nearest, say

HERE = Path(__file__).parent
Plugin = type[BaseModel]


@cache
def plugins(family: str) -> dict[str, Plugin]:
    """Find the plug-ins of a family (`credit`, `supervision`, `shocks`) by kind.

    A file of the family's folder holds one class whose `kind` is the name of the file.
    Raises ScenarioError naming file and line for a file that is none.
    """
    found: dict[str, Plugin] = {}
    for file in sorted((HERE / family).glob("*.py")):
        if file.stem.startswith("_") or file.stem == "base":
            continue
        module = _imported(f"sim.{family}.{file.stem}", file)
        for member in vars(module).values():
            is_own = isinstance(member, type) and member.__module__ == module.__name__
            if is_own and kind_of(member) == file.stem:
                found[file.stem] = member
                break
        else:
            raise say(f"holds no class with kind = {file.stem!r}", Place(str(file)))
        if family == "supervision":
            _refuse_other_questions(found[file.stem], file)
        if family == "credit":
            _refuse_other_columns(found[file.stem], file)
    return found


def _imported(name: str, file: Path) -> Any:
    """Load a plug-in, and say in a line where its file is wrong if it cannot be loaded."""
    try:
        return import_module(name)
    except SyntaxError as error:
        raise say(error.msg, Place(str(file), error.lineno)) from None
    except Exception as error:
        inside = [step.lineno for step in extract_tb(error.__traceback__)
                  if step.filename == str(file)]  # fmt: skip
        place = Place(str(file), inside[-1] if inside else None)
        raise say(f"{type(error).__name__}: {error}", place) from None


def _refuse_other_questions(instrument: type, file: Path) -> None:
    """Refuse a public method of an instrument that is named as no question: nobody would ask it."""
    named = [name for name, part in vars(instrument).items() if isfunction(part)]
    for name in named:
        if not name.startswith("_") and name not in QUESTIONS:
            raise say(f"no such question{nearest(name, QUESTIONS)}", Place(str(file), None, name))
    if not any(name in QUESTIONS for name in dir(instrument)):
        raise say("answers no question of sim/limits.py", Place(str(file)))


def _refuse_other_columns(source: type, file: Path) -> None:
    """Refuse a source that asks for a column of applicants that there is not."""
    for name in source.columns:  # type: ignore[attr-defined]
        if name not in COLUMNS:
            raise say(f"no such column{nearest(name, COLUMNS)}", Place(str(file), None, name))


def kind_of(plugin: type) -> str | None:
    """Give the kind of a plug-in class."""
    fields = getattr(plugin, "model_fields", {})
    kind = fields["kind"].default if "kind" in fields else getattr(plugin, "kind", None)
    return kind if isinstance(kind, str) else None
