"""A scenario as text: merged YAML, and the JSON Schema of scenario files.

Responsible for what `show` and `schema` print. The schema is made from the same classes that
check a file, with what files may say beside: dates, dotted names, null, and part of a whole.
"""

from __future__ import annotations

import io
import json
from typing import Any

from ruamel.yaml import YAML

from sim.scenario_schema import File

Schema = dict[str, Any]
_DATED_SECTIONS = ("credit", "supervision", "channels")


def as_yaml(data: dict[str, Any]) -> str:
    """Write plain data as YAML, the fields of a scenario in their usual order."""
    order = list(File.model_fields)
    ordered = dict(sorted(data.items(), key=lambda item: _rank(order, item[0])))
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 100
    yaml.allow_unicode = True
    text = io.StringIO()
    yaml.dump(_months_as_numbers(ordered), text)
    return text.getvalue().removesuffix("...\n").rstrip("\n")


def _rank(order: list[str], name: str) -> int:
    return order.index(name) if name in order else len(order)


def _months_as_numbers(data: Any) -> Any:
    if isinstance(data, list | tuple):
        return [_months_as_numbers(item) for item in data]
    if not isinstance(data, dict):
        return data
    return {
        int(k) if isinstance(k, str) and k.isdecimal() else k: _months_as_numbers(v)
        for k, v in data.items()
    }


def schema_text() -> str:
    """Give the JSON Schema of scenario files as text."""
    return json.dumps(schema(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def schema() -> Schema:
    """Give the JSON Schema of scenario files.

    Loosened where files may say less or more than the classes: nothing is required, as a file
    may extend another; any field may be null, which takes back; policy values may be dated;
    names may be dotted; and a part of a plug-in need not say its kind, which the file below says.
    """
    made = File.model_json_schema()
    definitions = made.pop("$defs")
    properties = made["properties"]
    policy = _reachable([properties[name] for name in _DATED_SECTIONS], definitions)
    plug_ins = {name for name, body in definitions.items() if _is_plug_in_map(name)}
    for name, body in definitions.items():
        _loosen(body, dated=name in policy, switches=name in plug_ins)
    variant = {name: properties[name] for name in _varied()}
    definitions["Arm"] = {
        "type": "object",
        "description": "what differs from the file",
        "properties": variant,
        "additionalProperties": False,
    }
    properties["arms"]["additionalProperties"] = {
        "anyOf": [{"$ref": "#/$defs/Arm"}, {"type": "null"}]
    }
    labelled = properties["shocks"]["additionalProperties"]
    properties["shocks"]["additionalProperties"] = {"anyOf": [labelled, {"type": "null"}]}
    _loosen(definitions["Arm"], dated=False, switches=False)
    properties["extends"] = {"type": "string", "description": "file this one is laid over"}
    _loosen(made, dated=False, switches=False)
    _fit_parts_of_kinds(made)
    _fit_parts_of_kinds(definitions)
    for body in definitions.values():
        body.pop("title", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scenario",
        **{key: value for key, value in made.items() if key != "title"},
        "$defs": definitions,
    }


def _fit_parts_of_kinds(body: Any) -> None:
    """Let what fits several kinds, as it names none, pass: `oneOf` would refuse it."""
    if isinstance(body, list):
        for item in body:
            _fit_parts_of_kinds(item)
    elif isinstance(body, dict):
        if "discriminator" in body and "oneOf" in body:
            del body["discriminator"]
            body["anyOf"] = body.pop("oneOf")
        for item in body.values():
            _fit_parts_of_kinds(item)


def _varied() -> tuple[str, ...]:
    from sim.scenario import VARIED

    return VARIED


def _is_plug_in_map(name: str) -> bool:
    return name in ("Sources", "Supervision")


def _reachable(roots: list[Schema], definitions: Schema) -> set[str]:
    """Name all definitions that the given schemas refer to, however deep."""
    found: set[str] = set()
    stack: list[Any] = list(roots)
    while stack:
        body = stack.pop()
        if isinstance(body, list):
            stack += body
        elif isinstance(body, dict):
            name = str(body.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found.add(name)
                stack.append(definitions[name])
            stack += body.values()
    return found


def _loosen(body: Schema, dated: bool, switches: bool) -> None:
    body.pop("required", None)
    if "properties" not in body:
        return
    for name, value in body["properties"].items():
        body["properties"][name] = _optional(name, value, dated, switches)
    if body.get("additionalProperties") is False:
        body["patternProperties"] = {r"^[^.]+\..+$": {}}


def _optional(name: str, value: Schema, dated: bool, switches: bool) -> Schema:
    """Allow null, for plug-ins true and false, and for policy values dates."""
    doc = value.get("description")
    body = {k: v for k, v in value.items() if k not in ("description", "title", "default")}
    choices = body.pop("anyOf") if set(body) == {"anyOf"} else [body]
    if switches and name != "level":
        choices = [*choices, {"type": "boolean"}]
    is_section = set(body) == {"$ref"}  # null would drop what a section inherits
    if {"type": "null"} not in choices and not is_section:
        choices = [*choices, {"type": "null"}]
    if dated:
        value_now: Schema = {"anyOf": choices}
        choices = [*choices, {
            "type": "object",
            "description": "value from each month on",
            "required": ["at"],
            "properties": {
                "undated": value_now,
                "at": {
                    "type": "object",
                    "minProperties": 1,
                    "propertyNames": {"pattern": "^[0-9]+$"},
                    "additionalProperties": value_now,
                },
            },
            "additionalProperties": False,
        }]  # fmt: skip
    default = value.get("default")
    kept = {"default": default} if isinstance(default, bool | int | float | str) else {}
    return {"anyOf": choices, **kept, **({"description": doc} if doc else {})}
