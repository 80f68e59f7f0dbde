"""The commands `network` and `contagion`: a month's network, and who brought down whom.

Responsible for talking to the user about both. Heavy packages are imported inside the commands.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis import commands
from analysis.commands import Folder

if TYPE_CHECKING:
    import pandas as pd

    from analysis.exposures import Network
    from analysis.results import Results

LARGE = 2_000_000  # claims; GraphML beyond takes gigabytes and nothing opens it


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the application."""
    app.command()(network)
    app.command()(contagion)


def network(
    results: Folder,
    month: Annotated[
        int | None, typer.Option(help="Month recorded; the last one if absent.")
    ] = None,
    arm: Annotated[str | None, typer.Option(help="Arm; the reference arm if absent.")] = None,
    replication: Annotated[int, typer.Option(min=0, help="Replication.")] = 0,
    export: Annotated[
        Path | None,
        typer.Option(help="Folder for GraphML and Parquet; network/ in the results if absent."),
    ] = None,
    picture: Annotated[bool, typer.Option(help="Draw the network.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the files.")] = False,
) -> None:
    """Show, export and draw who has which claim on whom at the end of a recorded month.

    A run records the months that its scenario names: --set 'outputs.network_months=[12, 24]'.

    Example: python run.py network results/quick --month 24
    """
    from analysis import exposures, network_tables
    from analysis.results import ResultsError

    opened = commands._open(results)
    try:
        net = exposures.network(opened, month, arm, replication)
    except ResultsError as error:
        commands._stop(str(error))
    layers, sheets = exposures.layer_table(net), exposures.sheet_table(net)
    if not quiet:
        console = commands._console()
        console.print(opened.manifest["title"] or opened.manifest["name"], style="bold")
        console.print(network_tables.layer_table(layers, net.month))
        console.print(network_tables.sheet_table(sheets))
        if "technology" in net.layers:
            console.print("technology: shares of dependence on vendors, no money.")
    for path in _written(net, opened, export, picture):
        typer.echo(str(path))


def _written(net: Network, opened: Results, export: Path | None, picture: bool) -> list[Path]:
    """Export a network and draw it; return the files."""
    from analysis import exposures, figures
    from analysis.figures.network import draw_network

    folder = export or opened.folder / "network"
    try:
        paths = exposures.write_edge_lists(net, folder)
        if len(net.edges) <= LARGE:
            paths.append(exposures.write_graphml(net, folder / f"network-{net.month}.graphml"))
        else:
            typer.echo(f"no GraphML of {len(net.edges):,} claims: see the Parquet files", err=True)
        if picture:
            drawn = draw_network(net, opened)
            paths += figures.write(drawn, folder, f"network-{net.month}")
    except OSError as error:
        commands._stop(f"cannot write {folder}: {error.strerror or error}", 3)
    except figures.NotApplicable as reason:
        typer.echo(f"no picture: {reason}", err=True)
    return paths


def contagion(
    results: Folder,
    top: Annotated[int, typer.Option(min=1, help="How many superspreaders to name.")] = 10,
    figures: Annotated[bool, typer.Option(help="Draw the figures.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the files.")] = False,
) -> None:
    """Show who brought down whom: cascades, reproduction numbers, channels, superspreaders.

    Example: python run.py contagion results/quick
    """
    from analysis import network_tables
    from analysis.results import ResultsError

    opened = commands._open(results)
    try:
        found = contagion_found(opened, top)
    except ResultsError as error:
        commands._stop(str(error))
    kept = [commands._keep(opened, f"contagion_{n}", f) for n, f in found.items() if len(f)]
    if not quiet:
        console = commands._console()
        console.print(opened.manifest["title"] or opened.manifest["name"], style="bold")
        for table in network_tables.contagion_tables(found):
            console.print(table)
        console.print("\n".join(network_tables.reading_help(found)))
    names = ["cascade_sizes", "cascade_tree", "attributed_reproduction"]
    drawn = commands._draw(opened, names) if figures else []
    for path in [*kept[:1], *drawn]:
        typer.echo(str(path))


def contagion_found(opened: Results, top: int = 10) -> dict[str, pd.DataFrame]:
    """Return the tables of `contagion`: cascades by arm, channels, superspreaders.

    Where the reference arm recorded a network, also what its last month says: the most systemic
    parties by three measures, how far these agree, and what clearing all debts would do.
    """
    from analysis import blame

    found = {
        "spread": blame.spread_by_arm(opened),
        "channels": blame.channels_of(opened),
        "superspreaders": blame.superspreaders(opened, top),
    }
    return found | (static_found(opened, top) if "nodes" in opened.tables else {})


def static_found(opened: Results, top: int = 10) -> dict[str, pd.DataFrame]:
    """Return static measures of the last network recorded in the reference arm, if it has one."""
    from analysis import exposures, static_measures
    from analysis.results import ResultsError

    try:
        net = exposures.network(opened)
    except ResultsError:  # the run failed, or only other arms recorded a month
        return {}
    scores = static_measures.importance(net)
    tables = {
        "systemic": static_measures.most_systemic(scores, top),
        "agreement": scores.agreement(top),
        "clearing": static_measures.cleared(net),
    }
    return {name: frame.assign(at_month=net.month) for name, frame in tables.items()}
