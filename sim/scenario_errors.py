"""What a reader is told when a scenario is wrong: every mistake, where it is, what would be right.

Responsible for the wording, the hints for frequent slips and the nearest valid name. Not
responsible for finding mistakes (`sim/scenario.py`, `sim/scenario_files.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

MOST_NAMES = 24  # that a message lists
SET = "--set"  # stands in the place of a file for values from the command line


@dataclass(frozen=True)
class Place:
    """Say where a value was written: file, line (1 is the first) and the field as written."""

    file: str | None = None
    line: int | None = None
    field: str = ""


@dataclass(frozen=True)
class Mistake:
    """One thing wrong with a scenario."""

    place: Place
    message: str

    def __str__(self) -> str:
        file = self.place.file or ""
        if file == SET:
            return f"{SET} {self.place.field}: {self.message}"
        where = f"{file}:{self.place.line}" if file and self.place.line else file
        return ": ".join(part for part in (where, self.place.field, self.message) if part)


class ScenarioError(ValueError):
    """Tell all mistakes of a scenario at once."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        unique = dict.fromkeys(mistakes)
        self.mistakes = sorted(unique, key=lambda m: (m.place.file or "", m.place.line or 0))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.mistakes,)


def say(message: str, place: Place | None = None) -> ScenarioError:
    """Make the error of a single mistake."""
    return ScenarioError([Mistake(place or Place(), message)])


def nearest(name: str, names: Iterable[str]) -> str:
    """End a sentence with the valid name closest to `name`, or with the few there are."""
    known = [str(n) for n in names]
    close = get_close_matches(str(name).lower(), [n.lower() for n in known], n=1, cutoff=0.6)
    if close:
        found = next(n for n in known if n.lower() == close[0])
        return f"; did you mean '{found}'?"
    if not known:
        return "; there is none"
    return f"; known are {', '.join(sorted(known))}" if len(known) <= MOST_NAMES else ""


def shown(value: Any) -> str:
    """Write a value the way a YAML file would, shortened."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, list):
        return "a list"
    text = f"'{value}'" if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else text[:37] + "..."


def hint(value: Any, whole: bool = False) -> str:
    """Recognise a frequent slip in a value and say what to write instead."""
    if not isinstance(value, str):
        return ""
    text = value.strip()
    if match := re.fullmatch(r"([+-]?\d+\.?\d*|[+-]?\.\d+)\s*%", text):
        share = _number(float(match[1]) / 100)
        return f"; a share of {text} is written {share}" if whole else f": write {share}"
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?", text):
        return f": write {text.replace(',', '')}"
    if re.fullmatch(r"[+-]?\d+,\d+", text):
        return f": write {text.replace(',', '.')}"
    if match := re.fullmatch(r"(\d+\.?\d*)\s*([kKmM])", text):
        return f": write {_number(float(match[1]) * (1e3 if match[2] in 'kK' else 1e6))}"
    if re.fullmatch(r"[+-]?(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
        return f": write {text.replace('_', '')} without quotes"
    if text.lower() in ("yes", "on", "true"):
        return ": write true"
    if text.lower() in ("no", "off", "false"):
        return ": write false"
    return ": write null" if text.lower() in _NOTHING else ""


def _number(value: float) -> str:
    return f"{value:.10g}" if abs(value) < 1e10 else str(value)


_NOTHING = ("none", "nil")
_WANTED = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "text",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a map",
    "model_type": "a map",
    "model_attributes_type": "a map",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "above"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "below"),
}

_OF_DATES = ("from", "until", "to", "start", "end")  # what one may try to date an instrument by


def explain(error: Mapping[str, Any], siblings: Sequence[str], instead: str = "") -> str:
    """Put one pydantic error in plain words.

    siblings : the valid names beside an unknown field
    instead : what to write for 'none' where null is refused
    """
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "extra_forbidden":
        name = str(error["loc"][-1])
        if name in _OF_DATES and "monthly_cost" in siblings:  # of an instrument
            return "unknown field; it is dated by month: {at: {12: {}, 24: false}}"
        return f"unknown field{nearest(name, siblings)}"
    if kind == "missing":
        return "must be given"
    if kind in _WANTED:
        wanted = _WANTED[kind]
        if isinstance(value, float) and value.is_integer() and wanted == "a whole number":
            return f"{shown(value)} is written with a fraction: write {int(value)}"
        if instead and str(value).lower() in _NOTHING:
            return f"{shown(value)} is not {wanted}: {instead}"
        return f"{shown(value)} is not {wanted}{hint(value, wanted == 'a whole number')}"
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"{shown(value)} is out of bounds: must be {words} {_number(float(context[key]))}"
    if kind in ("literal_error", "enum"):
        choices = re.findall(r"'([^']*)'|(-?\d+)", str(context["expected"]))
        names = [text or number for text, number in choices]
        near = nearest(value, names) if isinstance(value, str) else ""
        near = near if "did you mean" in near else ""
        return f"{shown(value)} is not one of {', '.join(names)}{near or hint(value)}"
    if kind == "finite_number":
        return f"{shown(value)} is not a finite number"
    if kind in ("too_short", "string_too_short"):
        return "must not be empty"
    if kind == "string_too_long":
        most = context["max_length"]
        return f"{shown(value)} has {len(value)} characters; at most {most} are allowed"
    if kind == "string_pattern_mismatch":
        return f"{shown(value)} must begin with a letter or digit; then letters, digits and ._+-"
    if kind == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    return f"{shown(value)}: {error['msg']}"
