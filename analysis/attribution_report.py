"""What `run.py attribute` shows and keeps: a table, tables on disk, a figure.

Responsible for talking to the user about an attribution; the numbers come from
`analysis.attribution`.
"""

from __future__ import annotations

from pathlib import Path


def present(folder: Path, metric: str, figures: bool = True, quiet: bool = False) -> None:
    """Print what each channel did to a metric; write tables and the figure into the folder."""
    from rich.console import Console

    from analysis import attribution, contagion_tables
    from analysis.results import ResultsError, load

    opened = load(folder)
    if "macro" not in opened.tables:
        return
    try:
        found = attribution.attribution(opened, metric)
        runs = attribution.by_replication(opened, metric)
    except ResultsError as error:
        print(error)
        return
    if not found["n"].any():
        if not quiet:
            print("no replication has finished all its runs yet, so nothing can be told")
        return
    kept = folder / "tables"
    kept.mkdir(exist_ok=True)
    found.to_csv(kept / f"attribution-{metric}.csv", index=False)
    runs.to_csv(kept / f"attribution-{metric}-replications.csv", index=False)
    runs.to_parquet(kept / f"attribution-{metric}-replications.parquet", index=False)
    drawn = _figure(folder, metric) if figures else []
    if quiet:
        return
    console = Console(highlight=False, markup=False, emoji=False)
    manifest = opened.manifest
    n = int(found["n"].max())
    console.print(manifest["title"] or manifest["name"], style="bold")
    console.print(f"months 1-{opened.months}, {n} replication{'' if n == 1 else 's'}; 95 % t "
                  "intervals over replications")  # fmt: skip
    has_orders = bool(attribution.game_of(opened).orders)
    for table in contagion_tables.attribution_tables(found):
        console.print(table)
    console.print("\n".join(contagion_tables.attribution_help(found, has_orders)))
    for path in [kept, *drawn]:
        console.print(str(path), soft_wrap=True)


def _figure(folder: Path, metric: str) -> list[Path]:
    from analysis import figures
    from analysis.results import load

    try:
        return figures.save("attribution", load(folder), folder / "figures", metric)
    except figures.NotApplicable as reason:
        print(f"figure attribution left out: {reason}")
        return []
