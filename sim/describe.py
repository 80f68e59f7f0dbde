"""The model in its own words: phases, parameters, plug-ins, limits, conditions, channels.

Responsible for what `describe` prints, taken from the code itself, so that description and
code cannot part. Not responsible for prose.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.channels import CHANNELS
from sim.conditions import CONDITIONS
from sim.herding import largest_herding, leaving_share
from sim.limits import QUESTIONS
from sim.parameters import AllParameters
from sim.parameters.investor import InvestorParameters
from sim.scenario_errors import nearest, say
from sim.scenario_parts import Crowdfunding, Lines
from sim.scenario_plugins import Plugin, plugins
from sim.scenario_schema import BUILT_METRICS, Credit, ProviderCredit, presets

Row = tuple[str, ...]
Table = tuple[str, Row, Sequence[Row]]
FAMILIES = {"credit": "source", "supervision": "instrument", "shocks": "shock"}
PARTS = ("phases", "parameters", "credit", "sources", "instruments", "shocks", "presets", "limits",
         "conditions", "channels", "metrics")  # fmt: skip
_PARAMETER_HEAD = ("parameter", "default", "unit", "bounds", "source", "meaning")


def tables(part: str | None = None, markdown: bool = False) -> str:
    """Describe one part of the model, or all of it, as text or as Markdown tables."""
    known: dict[str, Callable[[], list[Table]]] = {
        "phases": _phases,
        "parameters": lambda: [t for name in AllParameters.model_fields for t in _population(name)],
        **{name: lambda name=name: _population(name) for name in AllParameters.model_fields},  # type: ignore[misc]
        "credit": lambda: [_credit_fields(), _presets()[0], _holders()],
        "sources": lambda: [_holders(), *_family("credit", "source")],
        "instruments": lambda: _family("supervision", "instrument"),
        "shocks": lambda: _family("shocks", "shock"),
        "presets": _presets,
        "limits": _limits,
        "conditions": _conditions,
        "channels": _channels,
        "metrics": _metrics,
    }
    once = [name for name in known if name not in ("credit", *AllParameters.model_fields)]
    for family, what in FAMILIES.items():
        for kind in plugins(family):
            known.setdefault(kind, lambda f=family, w=what, k=kind: _family(f, w, k))  # type: ignore[misc]
    if part is not None and part not in known:
        some = ", ".join(name for name in known if name in PARTS)
        names = f"; parts are {some}, and populations, sources, instruments and shocks by name"
        raise say(f"there is no part '{part}'{nearest(part, known) or names}")
    layout = _as_markdown if markdown else _as_text
    return "\n\n".join(layout(t) for name in ([part] if part else once) for t in known[name]())


def _phases() -> list[Table]:
    from sim.month import MONTH

    rows = [(str(i), phase.__name__, _first_line(phase)) for i, phase in enumerate(MONTH, 1)]
    return [("Phases of a month", ("#", "phase", "what happens"), rows)]


def _population(name: str) -> list[Table]:
    kind: Any = AllParameters.model_fields[name].annotation
    found: list[Table] = [(f"Parameters: {name}", _PARAMETER_HEAD, _parameter_rows(kind))]
    return [*found, _calm()] if name == "investor" else found


def _calm() -> Table:
    """Say how much herding the calm state bears, for the two ways to withdraw."""
    rows: list[Row] = []
    for partial, way in ((False, "all or nothing"), (True, "by share")):
        p = AllParameters(investor=InvestorParameters(partial_withdrawal=partial))
        calm, most = leaving_share(np.zeros(1), p)[0], largest_herding(p)
        where = f"calm is stable below herding {most:.4g}" if most < np.inf else "calm is stable"
        rows.append((way, f"{calm:.3f}", f"{most:.4g}", f"{where}, other parameters at default"))
    return "Herding of savers", ("withdrawal", "leaving a month", "largest", "meaning"), rows


def _parameter_rows(kind: Plugin) -> list[Row]:
    return [
        (name, _default(field), *_facts(field), field.description or "")
        for name, field in kind.model_fields.items()
        if name != "kind"
    ]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    value = field.default
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value) or "all"
    return (
        "not set" if value is None else f"{value:.10g}" if isinstance(value, float) else str(value)
    )


def _facts(field: FieldInfo) -> Row:
    extra: Any = field.json_schema_extra or {}
    return str(extra.get("unit", "")), _bounds(field), str(extra.get("source", ""))


def _bounds(field: FieldInfo) -> str:
    low = next((m.ge for m in field.metadata if hasattr(m, "ge")), None)
    high = next((m.le for m in field.metadata if hasattr(m, "le")), None)
    below = next((m.lt for m in field.metadata if hasattr(m, "lt")), None)
    if low is None and high is None and below is None:
        return ""
    top = f"<{below:.10g}" if below is not None else "inf" if high is None else f"{high:.10g}"
    return f"{'-inf' if low is None else f'{low:.10g}'}..{top}"


def _family(family: str, what: str, only: str | None = None) -> list[Table]:
    found: list[Table] = [_holders(only)] if family == "credit" and only else []
    for kind, plugin in plugins(family).items():
        if only not in (None, kind):
            continue
        title = f"{what.capitalize()}: {kind}. {_first_line(plugin)}"
        found.append((title, _PARAMETER_HEAD, _parameter_rows(plugin)))
    return found


def _holders(only: str | None = None) -> Table:
    """Say of each source who may hold it, and what it opens."""
    rows: list[Row] = []
    for name, plugin in plugins("credit").items():
        source: Any = plugin
        opens = {
            "debts to other members": source.opens_debts,
            "the lender to firms that are not online": source.opens_channel,
            "receivables that can be verified": source.verifies_receivables,
        }
        if only in (None, name):
            rows.append((
                name,
                ", ".join(source.holders) or "every kind",
                "yes" if source.may_be_shared or not source.holders else "no",
                "the same" if source.shared else "own",
                ", ".join(what for what, is_so in opens.items() if is_so) or "nothing more",
            ))  # fmt: skip
    head = ("source", "made for", "open to others", "errors of lenders", "opens")
    return "Who may hold which source (credit.providers.<kind>.sources)", head, rows


def _credit_fields() -> Table:
    """List what a scenario may say of the credit system."""
    rows: list[Row] = []
    for path, section in (
        ("credit", Credit),
        ("credit.lines", Lines),
        ("credit.crowdfunding", Crowdfunding),
        ("credit.providers.*", ProviderCredit),
    ):
        for name, field in section.model_fields.items():
            default = "" if isinstance(field.default, BaseModel) else _default(field)
            rows.append((f"{path}.{name}", default, field.description or ""))
    return "Fields of a credit system", ("field", "default", "meaning"), rows


def _presets() -> list[Table]:
    credit = [
        (name, kind, ", ".join(sources) or "nothing")
        for name, body in presets("credit").items()
        for kind, sources in body["providers"].items()
    ]
    levels = [(name, ", ".join(body) or "nothing") for name, body in presets("supervision").items()]
    return [
        ("Credit systems", ("preset", "provider", "sources"), credit),
        ("Supervision levels", ("level", "instruments"), levels),
    ]


def _limits() -> list[Table]:
    rows = [(q.name, q.unit, q.fold, str(q.neutral), q.doc) for q in QUESTIONS.values()]
    head = ("limit", "unit", "fold", "neutral", "what a regulator may decide")
    return [("Limits", head, rows)]


def _conditions() -> list[Table]:
    rows = [(c.name, c.unit, c.fold, f"{c.neutral:g}", c.doc) for c in CONDITIONS.values()]
    return [
        ("Conditions", ("condition", "unit", "fold", "neutral", "what a shock may change"), rows)
    ]


def _channels() -> list[Table]:
    return [("Channels", ("channel", "what passes through it"), list(CHANNELS.items()))]


def _metrics() -> list[Table]:
    import sim.model  # noqa: F401 - loads every theme of measures
    from sim.measures.base import METRICS

    rows = [(m.name, m.unit, m.label) for m in METRICS.values()]
    built = [(name, unit, label) for name, (unit, label) in BUILT_METRICS.items()]
    head = ("metric", "unit", "what it is")
    return [("Metrics", head, rows), ("Metrics of a whole run, made after it", head, built)]


def _first_line(thing: Any) -> str:
    return (thing.__doc__ or "").strip().partition("\n")[0]


def _as_markdown(table: Table) -> str:
    title, head, rows = table
    lines = [f"### {title}", "", _bar(head), _bar(tuple("---" for _ in head))]
    return "\n".join([*lines, *(_bar(row) for row in rows)])


def _bar(cells: Row) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _as_text(table: Table) -> str:
    """Align columns; wrap the last one, and sources that are long."""
    title, head, rows = table
    lines = [title, "-" * len(title)]
    widths = [min(28, max(len(row[i]) for row in (head, *rows))) for i in range(len(head) - 1)] + [
        60
    ]
    for row in (head, *rows):
        cells = [
            textwrap.wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)
        ]
        for i in range(max(map(len, cells))):
            parts = [cell[i] if i < len(cell) else "" for cell in cells]
            pairs = zip(parts, widths, strict=True)
            lines.append("  ".join(part.ljust(width) for part, width in pairs).rstrip())
    return "\n".join(lines)
