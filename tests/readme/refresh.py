"""Refresh what the documents take from the code: `python -m tests.readme.refresh`.

A document asks for a part by `<!-- generated: NAME -->` and ends it by `<!-- end of NAME -->`.
To be run after a change of parameters, columns, flows, metrics or plug-ins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import sim.model  # noqa: F401 - importing it declares the metrics
from sim import describe
from sim.chart import CHART, SECTORS
from sim.contracts.breaches import Breach
from sim.contracts.decisions import Decision
from sim.contracts.fraud_claims import FraudClaim
from sim.contracts.guarantees import Guarantee
from sim.contracts.identity_loans import IdentityLoan
from sim.contracts.incidents import Incident
from sim.contracts.links import Link
from sim.contracts.loans import Account, Loan, Note, ScoreRecord, Wholesale
from sim.contracts.receivables import Receivable
from sim.draws import PURPOSES
from sim.measures.base import METRICS
from sim.scenario import load
from sim.table import Count, Flag, Money, Real, Ref, columns_of
from sim.world import SCHEMAS

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BOOKS = {"loans": Loan, "notes": Note, "wholesale": Wholesale, "links": Link,
         "receivables": Receivable, "accounts": Account, "score_records": ScoreRecord,
         "guarantees": Guarantee, "decisions": Decision, "fraud_claims": FraudClaim,
         "incidents": Incident, "breaches": Breach,
         "identity_loans": IdentityLoan}  # fmt: skip
DESCRIBED = ("phases", "parameters", "sources", "instruments", "shocks", "presets", "limits",
             "conditions", "channels")  # fmt: skip
WORDS = {"none": "unchanged"}
KINDS = (Money, Real, Count, Flag, Ref)
_PART = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end of \2 -->)", re.S)


def table(head: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> str:
    """Lay rows out as a Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(str(c).replace("|", "\\|") for c in row) + " |"
                     for row in lines)  # fmt: skip


def columns(schemas: dict[str, type]) -> str:
    """Tables of state variables, one per population or book."""
    parts = []
    for name, schema in schemas.items():
        what = (schema.__doc__ or "").partition("\n")[0]
        rows = [(n, next(k.__name__ for k in KINDS if isinstance(c, k)).lower(), c.unit, c.doc)
                for n, c in columns_of(schema).items()]  # fmt: skip
        parts.append(f"#### {name}\n\n{what}\n\n"
                     + table(("column", "kind", "unit", "meaning"), rows))  # fmt: skip
    return "\n\n".join(parts)


def flows() -> str:
    """Table of declared payments and entries."""
    letters = {name: letter for letter, name in SECTORS.items()}
    rows = []
    for flow in CHART.values():
        pairs = sorted(f"{letters[payer]}>{letters[receiver]}" for payer, receiver in flow.pairs)
        changed = ", ".join(sorted(flow.instruments))
        rows.append((flow.name, flow.kind, " ".join(pairs), flow.worth, changed, flow.doc))
    head = ("flow", "kind", "pairs", "net worth", "claims it may change", "what it is")
    return table(head, rows)


def metrics() -> str:
    """Table of what a run records every month."""
    return table(("metric", "unit", "meaning"),
                 [(m.name, m.unit, m.label) for m in METRICS.values()])  # fmt: skip


def purposes() -> str:
    """Table of the decisions that draw."""
    return table(("purpose", "kind", "decides"),
                 [(name, p.kind, p.doc) for name, p in PURPOSES.items()])  # fmt: skip


def scenarios() -> str:
    """Table of the shipped scenarios that expect something: question, arms, signs."""
    rows = []
    for path in sorted((ROOT / "scenarios").glob("*.yaml")):
        scenario = load(path)
        if scenario.expects:
            signs = "; ".join(f"{e.metric} {WORDS.get(e.sign, e.sign)} in {e.arm}"
                              for e in scenario.expects)  # fmt: skip
            arms = ", ".join(scenario.arms) or "-"
            rows.append((f"`{path.name}`", scenario.title, arms, signs))
    return table(("scenario", "question", "arms", "expected before running"), rows)


PARTS: dict[str, Callable[[], str]] = {
    **{name: partial(describe.tables, name, markdown=True) for name in DESCRIBED},
    "populations": lambda: columns({n: s for n, s in SCHEMAS.items() if n != "outside"}),
    "books": lambda: columns(BOOKS),
    "flows": flows,
    "metrics": metrics,
    "purposes": purposes,
    "scenarios": scenarios,
}


def refreshed(text: str) -> str:
    """Return a document with every generated part as the code has it today."""
    return _PART.sub(lambda m: f"{m[1]}\n{_below(PARTS[m[2]]())}\n\n{m[3]}", text)


def _below(part: str) -> str:
    """Set the headings of a part below those of the document."""
    return re.sub(r"^### ", "#### ", part, flags=re.M)


def main() -> None:
    """Rewrite the documents that have changed."""
    for path in DOCUMENTS:
        before = path.read_text(encoding="utf-8")
        after = refreshed(before)
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
