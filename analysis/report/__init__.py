"""A study as one HTML page: question, method, arms, tables, figures with bands, manifest.

Responsible for gathering what the page shows; `template.html` says how. Tables come from the
functions that `compare`, `contagion` and `run` print, figures from `analysis.figures`. The page
holds everything it shows, so it needs no network and can be sent as one file.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis import (
    attribution,
    commands,
    contagion_tables,
    factorial,
    figures,
    network_commands,
    network_tables,
    tables,
)
from analysis.figures._style import replications as counted
from analysis.results import AS_SET, PLACEBO, ResultsError, summary

if TYPE_CHECKING:
    from rich.table import Table

    from analysis.results import Results

WIDTH = 200  # columns: a page has room for all there is
DPI = 110
SMALL = 14  # rows of a table that is not broken over two pages in print
MOST_ROWS = 40  # a longer table is folded up
FIRST = ("factorial", "effects", "channels", "headline", "defaults_and_closures", "cascade_sizes",
         "cascade_tree", "attributed_reproduction", "network")  # fmt: skip
MANIFEST = ("name", "status", "seed", "months", "replications", "runs", "scenario_hash",
            "code_hash", "git", "versions", "command", "workers", "start", "end")  # fmt: skip
Say = Callable[[str], None]


def page(results: Results, with_figures: bool = True, say: Say = print) -> str:
    """Return the report as HTML; the same results give the same page.

    say : told which figure could not be drawn, and why
    """
    from jinja2 import Environment, StrictUndefined

    template = (Path(__file__).parent / "template.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                              lstrip_blocks=True)  # fmt: skip
    window, base = (1, results.months), results.reference_arm
    shown, lines = commands.laid_out(results, base, commands.findings(results, base, window), WIDTH)
    parts, how_parts = _attributed(results)
    cascades, how = _cascades(results)
    manifest = results.manifest
    summed, left_out = tables.shortened(summary(results), base)
    pictures = _pictures(results, say) if with_figures else []
    n_first = len(pictures) if not manifest.get("factors") else _of_factors(pictures)
    return environment.from_string(template).render(
        title=manifest["title"] or manifest["name"],
        name=manifest["name"],
        months=results.months,
        counted=counted(results),
        day=str(manifest.get("end") or manifest.get("start") or "")[:10],
        missing=_missing(manifest),
        method=_method(results),
        arms=_arms(results),
        shocks=_yaml(results.scenario.get("shocks")),
        base=base,
        small=SMALL,
        headline=[as_html(tables.summary_table(summed, "Headline metrics"))],
        left_out=left_out,
        factors=_factors(results),
        most=MOST_ROWS,
        # What was expected comes first: it is what the study was made for.
        comparison=[as_html(table) for table in [*sorted(shown, key=_is_no_expectation), *parts]],
        reading=[*lines, *how_parts],
        cascades=[as_html(table) for table in cascades],
        cascade_reading=how,
        pictures=pictures[:n_first],
        further=pictures[n_first:],
        manifest=[(name, _flat(manifest[name])) for name in MANIFEST if manifest.get(name)],
        files=_files(manifest),
        scenario=_text(results, "scenario.merged.yaml"),
    )


def as_html(table: Table) -> dict[str, Any]:
    """Take a table of the terminal apart: title, heads, cells, which columns are numbers."""
    whole = {head: name for name, head in tables.HEADS.items()}
    heads = [str(c.header) for c in table.columns]
    heads = [whole.get(h, h.replace("-\n", "").replace("\n", " ")) for h in heads]
    cells = [[str(cell) for cell in column.cells] for column in table.columns]
    return {
        "title": str(table.title or ""),
        "heads": heads,
        "rows": [[cell.strip().split("\n") for cell in row] for row in zip(*cells, strict=True)],
        "is_number": [column.justify == "right" for column in table.columns],
    }


def _is_no_expectation(table: Table) -> bool:
    return not str(table.title).startswith("Expected")


def _missing(manifest: Mapping[str, Any]) -> str:
    asked, done = (manifest["runs"].get(name, 0) for name in ("asked", "done"))
    return f"{asked - done} of {asked} runs are missing" if asked > done else ""


# ------------------------------------------------------------ method
def _method(results: Results) -> list[str]:
    """Say in sentences how the numbers came about."""
    scenario, manifest = results.scenario, results.manifest
    burn_in = (scenario.get("time") or {}).get("burn_in")
    people = [
        f"{count:,} {name.replace('_', ' ')}"
        for name, count in (scenario.get("population") or {}).items()
        if isinstance(count, int) and count
    ]
    lines = [
        f"Each run has {results.months} months"
        + (f" after {burn_in} months of burn-in that all arms share" if burn_in else "")
        + (f", with {_listed(people)}" if people else "")
        + f"; {counted(results)} of each arm, seed {manifest['seed']}.",
        "Arms share their luck: a random number belongs to a replication, a decision, a month and "
        "an agent, never to an arm. Effects are differences of paired runs, with 95 % t intervals "
        "over replications.",
    ]
    channels = set(results.runs["channels"]) - {AS_SET}
    if channels:
        lines.append(
            "Contagion is measured by twins: the same runs with channels of contagion covered "
            f"({_listed(sorted(map(str, channels)))}). What then no longer happens was contagious."
        )
    if PLACEBO in set(results.runs["arm"]):
        lines.append(
            "A placebo arm, one firm's cash 1 % higher, shows how far runs drift for no reason."
        )
    if results.manifest["replications"] < 10:
        lines.append("So few replications show how the study works and prove nothing.")
    return lines


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _arms(results: Results) -> list[tuple[str, str]]:
    """Return each arm with what it says beside the file, as YAML."""
    told = results.scenario.get("arms") or {}
    names = [arm for arm in dict.fromkeys(map(str, results.runs["arm"])) if arm != PLACEBO]
    return [(name, _yaml(told.get(name)) or "as the file says") for name in names]


def _factors(results: Results) -> list[tuple[str, str]]:
    """Return each level of each factor with what it says; arms are all their combinations."""
    told = results.scenario.get("factors") or {}
    return [
        (f"{factor}: {level}{' (reference)' if place == 0 else ''}",
         _yaml((told.get(factor) or {}).get(level)) or "as the file says")
        for factor, levels in factorial.factors_of(results).items()
        for place, level in enumerate(levels)
    ]  # fmt: skip


def _of_factors(pictures: list[dict[str, str]]) -> int:
    """Count the figures that stand first and show all combinations of factors; others show few."""
    return sum(picture["name"] == "factorial" for picture in pictures)


def _yaml(value: Any) -> str:
    from ruamel.yaml import YAML

    if not value:
        return ""
    text, writer = StringIO(), YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.dump(value, text)
    return text.getvalue().strip()


def _attributed(results: Results) -> tuple[list[Table], list[str]]:
    """Lay out what each channel did to defaults, where runs were made to tell."""
    if not attribution.has_attribution(results):
        return [], []
    try:
        found = attribution.attribution(results)
    except ResultsError:
        return [], []
    if not found["n"].any():
        return [], []
    has_orders = bool(attribution.game_of(results).orders)
    how = contagion_tables.attribution_help(found, has_orders)
    return list(contagion_tables.attribution_tables(found)), how


def _cascades(results: Results) -> tuple[list[Table], tuple[str, ...]]:
    """Lay out who brought down whom, where runs wrote it down."""
    try:
        found = network_commands.contagion_found(results)
    except ResultsError:
        return [], ()
    return list(network_tables.contagion_tables(found)), network_tables.reading_help(found)


# ------------------------------------------------------------ figures and files
def _pictures(results: Results, say: Say) -> list[dict[str, str]]:
    """Draw every figure that these results can feed, the most telling first."""
    names = [name for name in FIRST if name in figures.names()]
    names += [name for name in figures.standard() if name not in FIRST]
    found = []
    for name in names:
        try:
            figure = figures.draw(name, results)
            file = BytesIO()
            figure.savefig(file, format="png", dpi=DPI)
        except figures.NotApplicable:
            continue
        except Exception as error:
            say(f"figure {name} left out: {error}")
            continue
        legends = [str(legend.get_title().get_text()) for legend in figure.legends]
        message = figure.get_suptitle() or next(iter(legends), "") or name
        code = base64.b64encode(file.getvalue()).decode("ascii")
        found.append({"name": name, "alt": " ".join(message.split()), "code": code})
    return found


def _flat(value: Any) -> str:
    """Write an entry of the manifest on one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_flat(inside)}" for name, inside in value.items())
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _files(manifest: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return name, rows and SHA-256 of each table."""
    return [
        (name, f"{facts.get('rows', ''):,}" if facts.get("rows") else "", facts.get("sha256", ""))
        for name, facts in (manifest.get("files") or {}).items()
    ]


def _text(results: Results, name: str) -> str:
    path = results.folder / name
    return path.read_text(encoding="utf-8") if path.is_file() else ""
