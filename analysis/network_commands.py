"""The commands `network` and `contagion`: a month's network, and who brought down whom.

Responsible for talking to the user about both. Heavy packages are imported inside the commands.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.figure_command import draw_figures
from analysis.terminal import Folder, console, keep, open_results, stop

if TYPE_CHECKING:
    import pandas as pd

    from analysis.exposures import Network
    from analysis.results import Results

SAVERS_HELP = "Count losses of savers in who is systemic; else only who can pass losses on."
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
    top: Annotated[int, typer.Option(min=1, help="How many systemic parties to name.")] = 10,
    savers: Annotated[bool, typer.Option(help=SAVERS_HELP)] = True,
    picture: Annotated[bool, typer.Option(help="Draw the network.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the files.")] = False,
) -> None:
    """Show, export and draw who has which claim on whom at the end of a recorded month.

    A run records the months that its scenario names: --set 'outputs.network_months=[12, 24]'.

    Example: python run.py network results/quick --month 24
    """
    from analysis import exposures, network_tables, tables
    from analysis.results import ResultsError

    opened = open_results(results)
    try:
        net = exposures.network(opened, month, arm, replication)
    except ResultsError as error:
        stop(str(error))
    layers, sheets = exposures.layer_table(net), exposures.sheet_table(net)
    static = static_of(net, top, savers)
    asked_for = "" if (arm or opened.reference_arm) == opened.reference_arm else f"-{arm}"
    asked_for += f"-{replication}" if replication else ""
    for name, frame in static.items():
        keep(opened, tables.file_name(f"network-{net.month}{asked_for}-{name}"), frame)
    if not quiet:
        page = console()
        page.print(opened.manifest["title"] or opened.manifest["name"], style="bold")
        page.print(network_tables.layer_table(layers, net.month))
        page.print(network_tables.sheet_table(sheets))
        if "technology" in net.layers:
            page.print("technology: shares of dependence on vendors, no money.")
        for table in network_tables.static_tables(static):
            page.print(table)
        page.print("\n".join(network_tables.static_help(static)))
    typer.echo(str(opened.folder / "tables"))
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
        stop(f"cannot write {folder}: {error.strerror or error}", 3)
    except figures.NotApplicable as reason:
        typer.echo(f"no picture: {reason}", err=True)
    return paths


def contagion(
    results: Folder,
    top: Annotated[int, typer.Option(min=1, help="How many superspreaders to name.")] = 10,
    savers: Annotated[bool, typer.Option(help=SAVERS_HELP)] = True,
    figures: Annotated[bool, typer.Option(help="Draw the figures.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the files.")] = False,
) -> None:
    """Show who brought down whom: cascades, reproduction numbers, channels, superspreaders.

    Example: python run.py contagion results/quick
    """
    from analysis import network_tables
    from analysis.results import ResultsError

    opened = open_results(results)
    try:
        found = contagion_found(opened, top, savers)
    except ResultsError as error:
        stop(str(error))
    kept = [keep(opened, f"contagion_{n}", f) for n, f in found.items() if len(f)]
    if not quiet:
        page = console()
        page.print(opened.manifest["title"] or opened.manifest["name"], style="bold")
        for table in network_tables.contagion_tables(found):
            page.print(table)
        page.print("\n".join(network_tables.reading_help(found)))
    names = ["cascade_sizes", "cascade_tree", "attributed_reproduction"]
    drawn = draw_figures(opened, names) if figures else []
    for path in [*kept[:1], *drawn]:
        typer.echo(str(path))


def contagion_found(opened: Results, top: int = 10, savers: bool = True) -> dict[str, pd.DataFrame]:
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
    return found | (static_found(opened, top, savers) if "nodes" in opened.tables else {})


def static_found(opened: Results, top: int = 10, savers: bool = True) -> dict[str, pd.DataFrame]:
    """Return static measures of the last network recorded in the reference arm, if it has one."""
    from analysis import exposures
    from analysis.results import ResultsError

    try:
        net = exposures.network(opened)
    except ResultsError:  # the run failed, or only other arms recorded a month
        return {}
    return static_of(net, top, savers)


def static_of(net: Network, top: int = 10, savers: bool = True) -> dict[str, pd.DataFrame]:
    """Return static measures of a network: most systemic parties, their agreement, clearing."""
    from analysis import static_measures

    scores = static_measures.importance(net, savers=savers)
    tables = {
        "systemic": static_measures.most_systemic(scores, top, net).assign(savers=savers),
        "agreement": scores.agreement(top),
        "clearing": static_measures.cleared(net),
    }
    return {name: frame.assign(at_month=net.month) for name, frame in tables.items()}
