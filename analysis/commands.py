"""The command that compares results, and what `run` shows in the end.

Responsible for talking to the user about results. Heavy packages are imported inside the
commands, so that `--help` stays quick.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis.figure_command import draw_figures, figure
from analysis.terminal import Folder, console, keep, open_results, stop

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from analysis.results import Results

COMPARE_FIGURES = ("effects", "channels")


def register(app: typer.Typer) -> None:
    """Add the commands compare and figure to the application."""
    app.command()(compare)
    app.command()(figure)


def compare(
    results: Folder,
    reference: Annotated[
        str | None, typer.Option(help="Arm to compare with; the file's reference arm if absent.")
    ] = None,
    metric: Annotated[
        list[str] | None, typer.Option(help="Metric to compare; may be given several times.")
    ] = None,
    first: Annotated[int, typer.Option("--from", help="First month that counts.")] = 1,
    last: Annotated[int | None, typer.Option("--to", help="Last month that counts.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only where the files are.")] = False,
) -> None:
    """Compare arms by paired differences, with intervals and what could have been seen.

    Example: python run.py compare results/rate-cap --metric default_rate
    """
    from analysis import paired
    from analysis.results import ResultsError

    opened = open_results(results)
    try:
        window = opened.window(first, last)
        base = paired.known_arm(opened, reference)
        metrics = [paired.known_metric(opened, name) for name in metric] if metric else None
        found = findings(opened, base, window, metrics)
    except ResultsError as error:
        stop(str(error))
    more = {name: frame for name, frame in _more_tables(opened).items() if len(frame)}
    kept = [keep(opened, name, frame) for name, frame in {**found, **more}.items() if len(frame)]
    if not quiet:
        _tell(opened, window, base, found)
    drawn = draw_figures(opened, list(COMPARE_FIGURES), tell_unfit=False)
    if window != (1, opened.months) and not quiet:
        typer.echo(f"figures, scoring and elasticities are of all months 1-{opened.months}:")
    typer.echo("\n".join(map(str, [*kept[:1], *drawn])))


def present(folder: Path, figures: bool = True) -> None:
    """Show what `run` found: headline metrics with bands; draw the figures."""
    from analysis import hints, tables
    from analysis.results import Results, summary

    opened = Results(folder)
    page = console()
    if "macro" not in opened.tables:
        page.print("No run has finished, so there is nothing to summarise.")
        return
    manifest = opened.manifest
    title = manifest["title"] or manifest["name"]
    shown, left_out = tables.shortened(summary(opened), opened.reference_arm)
    page.print(tables.summary_table(shown, f"{title} ({_size(manifest)})"))
    if left_out:
        page.print(left_out, soft_wrap=True)
    for hint in hints.no_core(opened):
        page.print(hint, soft_wrap=True)
    if figures:
        from analysis.figures import standard

        drawn = draw_figures(opened, standard(), tell_unfit=False)
        if drawn:
            page.print(f"{len(drawn)} figure files in {folder / 'figures'}")


def findings(
    opened: Results, base: str, window: tuple[int, int], metrics: list[str] | None = None
) -> dict[str, pd.DataFrame]:
    """Return what comparing arms finds: effects, contagion, expectations, and what is beside."""
    from analysis import (
        bound,
        contagion_report,
        expected,
        factorial_tables,
        paired,
        recovery,
        recovery_tables,
        sampled_tables,
    )

    return {
        "effects": paired.effects_by_span(opened, metrics, base, window),
        "contagion": _contagion_by_span(opened, window),
        "expectations": expected.expected_and_found(opened, base, window),
        **contagion_report.found_on_contagion(opened, base, window),
        **factorial_tables.found_by_factors(opened, metrics, window, base),
        **sampled_tables.found_over_points(opened, base, metrics, window),
        bound.BOUND: bound.limits_bound(opened, window),
        recovery_tables.RECOVERY: recovery.recoveries(opened),
    }


def _more_tables(opened: Results) -> dict[str, pd.DataFrame]:
    """Return what is kept beside the effects: scoring quality, calibration and elasticities."""
    from analysis import elasticity, scoring

    tables: dict[str, pd.DataFrame] = {}
    if "scoring" in opened.tables:
        tables |= {"scoring": scoring.quality(opened), "calibration": scoring.calibration(opened)}
    if "borrowers" in opened.tables:
        tables["elasticities"] = elasticity.elasticities(opened)
    return tables


def _tell(
    opened: Results, window: tuple[int, int], base: str, found: dict[str, pd.DataFrame]
) -> None:
    """Print what was found, and how to read the columns that are there."""
    page = console()
    page.print(opened.manifest["title"] or opened.manifest["name"], style="bold")
    page.print(f"{_months_line(opened, window)}; 95 % t intervals over replications")
    if opened.cut_off:
        page.print(opened.cut_off, soft_wrap=True)
    if not len(_of_policies(found["effects"])):
        page.print(_one_arm(opened, base, bool(len(found["contagion"]))), soft_wrap=True)
    shown, lines = laid_out(opened, base, found, page.width)
    for table in shown:
        page.print(table)
    if lines:
        page.print("\n".join(lines))


def _of_policies(effects: pd.DataFrame) -> pd.DataFrame:
    """Leave out the placebo arm, which is no policy: it shows in a column."""
    from analysis.results import PLACEBO

    return effects[effects["arm"] != PLACEBO] if len(effects) else effects


def laid_out(
    opened: Results, base: str, found: dict[str, pd.DataFrame], width: int
) -> tuple[list[Table], list[str]]:
    """Lay out what `findings` found for a page of some width, and say how to read it."""
    from analysis import (
        bound,
        contagion_report,
        expected,
        factorial_tables,
        hints,
        recovery_tables,
        sampled_tables,
        tables,
    )

    spans, wishes = found["contagion"], found["expectations"]
    # Of a hundred arms or points no table can be read.
    shown = [*factorial_tables.tables_of(found)]
    effects = _of_policies(found["effects"])[: 0 if shown else None]
    shown += sampled_tables.tables_of(found, base)
    if len(effects) and not shown:
        shown = [*tables.effects_tables(effects, base, width)]
    if len(spans) and not len(found[sampled_tables.SAMPLED]):
        shown += tables.contagion_tables(spans)
    if not len(effects) and len(spans) and found["effects"]["placebo_sd"].notna().any():
        shown += [tables.placebo_table(found["effects"])]
    lines = _reading_help(opened, effects, spans, tables.columns_of(shown))
    shown += [*contagion_report.tables_of(found, base, width), *bound.tables_of(found)]
    shown += recovery_tables.tables_of(found)
    shown += [tables.expectations_table(wishes, width)] if len(wishes) else []
    if len(wishes) and (wishes["verdict"] == expected.NONE_TOLD).any():
        lines += [
            f"{expected.NONE_TOLD}: the interval holds zero, as any does that is wide enough; "
            "differences up to 'detectable' may be there."
        ]
    lines += contagion_report.reading_help(found) + factorial_tables.reading_help(found)
    lines += recovery_tables.reading_help(found)
    return shown, [*lines, *sampled_tables.reading_help(opened, found), *hints.no_core(opened)]


def _one_arm(opened: Results, base: str, has_twins: bool) -> str:
    """Say that nothing can be compared, and what there is to see instead."""
    folder = shlex.quote(str(opened.folder))
    below = "\nBelow: what its channels of contagion add to defaults." if has_twins else ""
    return (
        f"There is one arm, '{base}', so there is nothing to compare it with: add arms to the "
        f"scenario.{below}\nIts numbers over time: python run.py figure headline {folder}"
    )


def _size(manifest: dict[str, Any]) -> str:
    n = manifest["replications"]
    return f"{manifest['months']} months, {n} replication{'' if n == 1 else 's'}"


def _contagion_by_span(opened: Results, window: tuple[int, int]) -> pd.DataFrame:
    """Return the contagion table of each span of a window, one below the other."""
    import pandas as pd

    from analysis import paired

    if not paired.has_cohort(opened) or "cohort_defaults" not in opened.metrics:
        return pd.DataFrame()
    parts = []
    for name, span in paired.windows_of(opened, window).items():
        part = paired.contagion(opened, span)
        part.insert(0, "months", name)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _months_line(opened: Results, window: tuple[int, int]) -> str:
    runs = opened.manifest["runs"]
    missing = runs.get("asked", 0) - runs.get("done", 0)
    note = f"; {missing} of {runs['asked']} runs are missing" if missing else ""
    return f"months {window[0]}-{window[1]} of {_size(opened.manifest)}{note}"


def _reading_help(
    opened: Results, effects: pd.DataFrame, spans: pd.DataFrame, columns: set[str]
) -> list[str]:
    """Explain the columns that are there and need it, and what is missing for more."""
    from analysis.results import PLACEBO

    lines = []
    if len(spans):
        lines += [
            "contagion: defaults per 100 firm-years of the cohort. without: with these channels "
            "off; K: what the channels add; share: K of all defaults"
            + ("; attr.: share by the weights on record." if "attr. %" in columns else ".")
        ]
    if "var. ratio" in columns:
        lines += ["var. ratio: variance paired over unpaired, below 1 the common draws help."]
    if "detectable" in columns:
        lines += ["detectable: effect found with 80 % power at 5 %."]
    if "placebo sd" in columns:
        lines += ["placebo sd: spread caused by 1 % more cash in one firm, the chaos floor."]
        if not len(effects):
            lines += ["Its spread of defaults of the closed cohort is the floor of K."]
    elif len(effects) and PLACEBO not in set(opened.runs["arm"]):
        lines += ["Add 'placebo: true' to the scenario to see the chaos floor."]
    if len(effects) and not len(spans):
        lines += ["Add 'twins: {off: all}' to the scenario to measure contagion."]
    if len(effects) and (effects["note"] == "own burn-in").any():
        lines += [
            "own burn-in: the arms have other firms from the start, so cohorts are not compared."
        ]
    if len(effects) and (effects["note"] == "other borrowers").any():
        lines += ["* the arms lend to different firms, so this is no effect on any of them."]
    if lines and opened.manifest["replications"] < 2:
        lines += ["Intervals need at least two replications."]
    return lines
