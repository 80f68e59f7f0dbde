"""The commands that read results: compare, figure; and what `run` shows in the end.

Responsible for talking to the user about results. Heavy packages are imported inside the
commands, so that `--help` stays quick.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table

    from analysis.results import Results

Folder = Annotated[
    Path, typer.Argument(help="A results folder, or a folder above it (then the newest below).")
]
COMPARE_FIGURES = ("effects", "channels")


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the application."""
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

    opened = _open(results)
    try:
        window = opened.window(first, last)
        base = paired.known_arm(opened, reference)
        metrics = [paired.known_metric(opened, name) for name in metric] if metric else None
        found = findings(opened, base, window, metrics)
    except ResultsError as error:
        _stop(str(error))
    more = {name: frame for name, frame in _more_tables(opened).items() if len(frame)}
    kept = [_keep(opened, name, frame) for name, frame in {**found, **more}.items() if len(frame)]
    if not quiet:
        _tell(opened, window, base, found)
    drawn = _draw(opened, list(COMPARE_FIGURES), tell_unfit=False)
    if window != (1, opened.months) and not quiet:
        typer.echo(f"figures, scoring and elasticities are of all months 1-{opened.months}:")
    typer.echo("\n".join(map(str, [*kept[:1], *drawn])))


def figure(
    name: Annotated[str, typer.Argument(help="Name of a figure, or 'all'.")],
    results: Folder,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the files; the results' figures/ if absent.")
    ] = None,
    metric: Annotated[
        str | None, typer.Option(help="Metric to draw: of attribution, metric and sensitivity.")
    ] = None,
) -> None:
    """Draw a figure from results and write it as PNG and SVG, with its data as CSV.

    Example: python run.py figure metric results/baseline --metric npl_ratio
    """
    from analysis import paired
    from analysis.figures import TAKE_METRIC
    from analysis.results import ResultsError, unknown

    known = _figures()
    if name != "all" and name not in known:
        _stop(str(unknown("figure", name, [*known, "all"])))
    if metric is not None and name not in TAKE_METRIC:
        _stop(f"--metric belongs to the figures {', '.join(TAKE_METRIC)}, not to {name!r}")
    opened = _open(results)
    try:
        if metric is not None and name == "metric":
            opened.refuse_unknown(metric)
        elif metric is not None:
            paired.known_metric(opened, metric)
    except ResultsError as error:
        _stop(str(error))
    chosen = known if name == "all" else [name]
    paths = _draw(opened, chosen, out, tell_unfit=name != "all", metric=metric)
    for path in paths:
        typer.echo(str(path))
    if not paths:
        raise typer.Exit(1)


def present(folder: Path, figures: bool = True) -> None:
    """Show what `run` found: headline metrics with bands; draw the figures."""
    from analysis import hints, tables
    from analysis.results import Results, summary

    opened = Results(folder)
    console = _console()
    if "macro" not in opened.tables:
        console.print("No run has finished, so there is nothing to summarise.")
        return
    manifest = opened.manifest
    title = manifest["title"] or manifest["name"]
    shown, left_out = tables.shortened(summary(opened), opened.reference_arm)
    console.print(tables.summary_table(shown, f"{title} ({_size(manifest)})"))
    if left_out:
        console.print(left_out, soft_wrap=True)
    for hint in hints.no_core(opened):
        console.print(hint, soft_wrap=True)
    if figures:
        from analysis.figures import standard

        drawn = _draw(opened, standard(), tell_unfit=False)
        if drawn:
            console.print(f"{len(drawn)} figure files in {folder / 'figures'}")


def findings(
    opened: Results, base: str, window: tuple[int, int], metrics: list[str] | None = None
) -> dict[str, pd.DataFrame]:
    """Return what comparing arms finds: effects, contagion, expectations, and what is beside."""
    from analysis import bound, contagion_report, expected, factorial_tables, paired, sampled_tables

    return {
        "effects": paired.effects_by_span(opened, metrics, base, window),
        "contagion": _contagion_by_span(opened, window),
        "expectations": expected.expected_and_found(opened, base, window),
        **contagion_report.found_on_contagion(opened, base, window),
        **factorial_tables.found_by_factors(opened, metrics, window),
        **sampled_tables.found_over_points(opened, base, metrics, window),
        bound.BOUND: bound.limits_bound(opened, window),
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
    console = _console()
    console.print(opened.manifest["title"] or opened.manifest["name"], style="bold")
    console.print(f"{_months_line(opened, window)}; 95 % t intervals over replications")
    if opened.cut_off:
        console.print(opened.cut_off, soft_wrap=True)
    if not len(_of_policies(found["effects"])):
        console.print(_one_arm(opened, base, bool(len(found["contagion"]))), soft_wrap=True)
    shown, lines = laid_out(opened, base, found, console.width)
    for table in shown:
        console.print(table)
    if lines:
        console.print("\n".join(lines))


def _of_policies(effects: pd.DataFrame) -> pd.DataFrame:
    """Leave out the placebo arm, which is no policy: it shows in a column."""
    from analysis.results import PLACEBO

    return effects[effects["arm"] != PLACEBO] if len(effects) else effects


def laid_out(
    opened: Results, base: str, found: dict[str, pd.DataFrame], width: int
) -> tuple[list[Table], list[str]]:
    """Lay out what `findings` found for a page of some width, and say how to read it."""
    from analysis import bound, contagion_report, factorial_tables, hints, sampled_tables, tables

    spans, wishes = found["contagion"], found["expectations"]
    # Of a hundred arms or points no table can be read.
    shown = [*factorial_tables.tables_of(found)]
    effects = _of_policies(found["effects"])[: 0 if shown else None]
    shown += sampled_tables.tables_of(found, base)
    if len(effects) and not shown:
        shown = [*tables.effects_tables(effects, base, width)]
    if len(spans) and not len(found[sampled_tables.SAMPLED]):
        shown += tables.contagion_tables(spans)
    lines = _reading_help(opened, effects, spans, tables.columns_of(shown))
    shown += [*contagion_report.tables_of(found, base), *bound.tables_of(found)]
    shown += [tables.expectations_table(wishes, width)] if len(wishes) else []
    lines += contagion_report.reading_help(found) + factorial_tables.reading_help(found)
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


def _keep(opened: Results, name: str, frame: pd.DataFrame) -> Path:
    """Write a table as CSV into the results folder; return the folder of such tables."""
    path = opened.folder / "tables" / f"{name}.csv"
    try:
        path.parent.mkdir(exist_ok=True)
        frame.to_csv(path, index=False)
    except OSError as error:
        _stop(f"cannot write {path}: {error.strerror or error}", 3)
    return path.parent


def _figures() -> list[str]:
    from analysis import figures

    return figures.names()


def _draw(
    opened: Results,
    chosen: list[str],
    out: Path | None = None,
    tell_unfit: bool = True,
    metric: str | None = None,
) -> list[Path]:
    """Draw figures; one that goes wrong is named and left out.

    tell_unfit : also name those that these results do not hold the data for
    """
    from analysis import figures

    paths: list[Path] = []
    for name in chosen:
        try:
            paths += figures.save(name, opened, out or opened.folder / "figures", metric)
        except OSError as error:
            place = error.filename or out or opened.folder
            _stop(f"cannot write figure {name} to {place}: {error.strerror or error}", 3)
        except figures.NotApplicable as reason:
            if tell_unfit:
                typer.echo(f"figure {name} left out: {reason}", err=True)
        except Exception as error:
            typer.echo(f"figure {name} left out: {error}", err=True)
    return paths


def _open(folder: Path) -> Results:
    from analysis.results import ResultsError, load

    try:
        opened = load(folder)
    except ResultsError as error:
        _stop(str(error))
    if opened.unmerged or not {"macro", "runs"} <= set(opened.tables):
        _stop(opened.missing("macro" if "runs" in opened.tables else "runs"))
    return opened


def _console() -> Console:
    """Make a console that prints text as it is: names and titles may hold [brackets]."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def _stop(message: str, code: int = 2) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)
