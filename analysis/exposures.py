"""The multilayer network of a recorded month: who has which claim on whom, in whose books.

Responsible for reading the tables `network` and `nodes`, for handing them out as sparse matrices or
as a NetworkX graph, and for exporting them. Parties are named by `unique_id` (row * 16 + population
code; 0 is the outside). What is measured on a network is the business of other modules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.results import AS_SET, ResultsError, unknown

if TYPE_CHECKING:
    import networkx as nx

    from analysis.results import Results

LAYERS = ("credit", "notes", "trade", "guarantee", "wholesale", "technology")
TECHNOLOGY = "technology"  # shares of dependence, which no money can be added to
CONTINGENT = ("guarantee",)  # instruments that are no claims unless something happens
OUTSIDE = 0
NODE_COLUMNS = ("kind", "row", "state", "cash", "claims", "fixed_assets", "owed", "net_worth",
                "provisions", "revenue", "sector", "size", "is_core")  # fmt: skip
EDGE_COLUMNS = ("layer", "instrument", "yuan", "share", "via")
HOW_TO = (
    "a run records the network of the months that its scenario names: "
    "outputs: {network_months: [12, 24]}, or --set 'outputs.network_months=[12, 24]'"
)


@dataclass(frozen=True)
class Network:
    """One month of one run.

    nodes : index `party`; balance sheets in yuan (`NODE_COLUMNS`)
    edges : creditor, debtor, layer, instrument, yuan, share, via - `via` is the platform through
        which a saver holds notes, -1 for none; `share` is of what an institution depends on, in the
        layer technology, whose edges run from the institution to its vendor
    """

    run_id: str
    month: int
    nodes: pd.DataFrame
    edges: pd.DataFrame

    @property
    def layers(self) -> list[str]:
        """Layers that have an edge."""
        there = set(self.edges["layer"])
        return [name for name in LAYERS if name in there]

    def parties(self, with_outside: bool = False) -> pd.Index:
        """Return the `unique_id` behind each row and column of `exposures`."""
        names = self.nodes.index
        return names if with_outside else names[names != OUTSIDE]

    def exposures(
        self, layers: Sequence[str] | str | None = None, with_outside: bool = False
    ) -> sparse.csr_array:
        """Return claims in yuan as csr_array (n, n), [i, j] = what i claims of j.

        layers : one or several of `LAYERS`; None for all claims, that is without guarantees that
            nobody has called and without technology. The layer technology stands alone and holds
            shares of dependence instead of yuan.
        with_outside : keep the outside as a party; claims on it and by it are left out otherwise
        Rows and columns are named by `parties`. A layer nobody uses gives an empty matrix.
        """
        chosen = _known_layers(layers)
        mine = self.edges[self.edges["layer"].isin(chosen)]
        if layers is None:
            mine = mine[~mine["instrument"].isin(CONTINGENT)]
        value = "share" if chosen == [TECHNOLOGY] else "yuan"
        names = self.parties(with_outside)
        row, column = (names.get_indexer(pd.Index(mine[end])) for end in ("creditor", "debtor"))
        there = (row >= 0) & (column >= 0)
        amounts = mine[value].to_numpy(dtype=np.float64)[there]
        found = sparse.csr_array(
            (amounts, (row[there], column[there])), shape=(len(names), len(names))
        )
        found.sum_duplicates()
        return found

    def graph(self, layers: Sequence[str] | str | None = None) -> nx.MultiDiGraph:
        """Return a NetworkX MultiDiGraph, from creditor to debtor, one edge per instrument.

        Nodes carry their balance sheet, edges layer, instrument, yuan, share and via; their key is
        the instrument (with the platform, where there is one in between).
        """
        import networkx as nx

        graph = nx.MultiDiGraph(month=self.month, run_id=self.run_id)
        facts = self.nodes[list(NODE_COLUMNS)].to_dict("index")
        graph.add_nodes_from(zip(self.nodes.index.tolist(), facts.values(), strict=True))
        chosen = LAYERS if layers is None else _known_layers(layers)
        mine = self.edges[self.edges["layer"].isin(chosen)]
        ends = zip(mine["creditor"].tolist(), mine["debtor"].tolist(), strict=True)
        claims: list[dict[Any, Any]] = mine[list(EDGE_COLUMNS)].to_dict("records")
        for (creditor, debtor), claim in zip(ends, claims, strict=True):
            key = claim["instrument"] + (f" {claim['via']}" if claim["via"] >= 0 else "")
            graph.add_edge(creditor, debtor, key=key, **claim)
        return graph


def _known_layers(layers: Sequence[str] | str | None) -> list[str]:
    """Return the layers asked for; refuse unknown ones, and technology beside money."""
    if layers is None:
        return [name for name in LAYERS if name != TECHNOLOGY]
    chosen = [layers] if isinstance(layers, str) else list(layers)
    for name in chosen:
        if name not in LAYERS:
            raise unknown("layer", name, LAYERS)
    if TECHNOLOGY in chosen and len(set(chosen)) > 1:
        raise ResultsError("layer 'technology' is in shares and cannot be added to money")
    return list(dict.fromkeys(chosen))


# ------------------------------------------------------------ reading
def network(
    results: Results,
    month: int | None = None,
    arm: str | None = None,
    replication: int = 0,
    point: str | None = None,
) -> Network:
    """Return the network at the end of a month of one run with its channels as set.

    month : the last one recorded if None; arm : the reference arm; point : the first
    Only this month's rows are read, however large the file.
    """
    run_id = _run_of(results, arm, replication, point)
    there = recorded(results).get(run_id, [])
    if not there:
        raise ResultsError(f"{results.folder}: this run recorded no network; {HOW_TO}")
    if month is None:
        month = there[-1]
    if month not in there:
        listed = ", ".join(map(str, there))
        raise ResultsError(f"month {month} was not recorded: there is the network of {listed}")
    mine = [("run_id", "=", run_id), ("month", "=", month)]
    nodes = results.table("nodes", mine).set_index("party").sort_index()
    edges = results.table("network", mine)
    return Network(run_id, month, nodes, edges.drop(columns=["run_id", "month"]))


def recorded(results: Results) -> dict[str, list[int]]:
    """Return the months recorded, by run; read batch by batch."""
    import pyarrow.parquet as pq

    if "nodes" not in results.tables:
        raise ResultsError(f"{results.folder}: holds no networks; {HOW_TO}")
    found: dict[str, set[int]] = {}
    with pq.ParquetFile(results.folder / "nodes.parquet") as file:
        for batch in file.iter_batches(columns=["run_id", "month"]):
            pairs = batch.to_pandas().drop_duplicates()
            for run_id, month in zip(pairs["run_id"], pairs["month"], strict=True):
                found.setdefault(str(run_id), set()).add(int(month))
    return {run_id: sorted(months) for run_id, months in found.items()}


def _run_of(results: Results, arm: str | None, replication: int, point: str | None) -> str:
    """Return the name of one run of an arm with its channels as set."""
    runs = results.runs[results.runs["channels"] == AS_SET]
    for column, asked in (("arm", arm or results.reference_arm), ("point", point)):
        names = list(dict.fromkeys(map(str, runs[column])))
        if asked is None:
            asked = names[0] if names else ""
        if asked not in names:
            raise unknown(column, asked, names)
        runs = runs[runs[column].astype(str) == asked]
    mine = runs[runs["replication"] == replication]
    if not len(mine):
        there = ", ".join(map(str, sorted(runs["replication"])))
        raise ResultsError(f"replication {replication}: there are {there}")
    return str(mine["run_id"].iloc[0])


# ------------------------------------------------------------ tables
def layer_table(net: Network) -> pd.DataFrame:
    """Return one row per layer: creditors, debtors, links between two parties, yuan, largest."""
    rows = []
    for name in net.layers:
        mine = net.edges[net.edges["layer"] == name]
        pairs = mine.groupby(["creditor", "debtor"])["yuan"].sum()
        total = float(pairs.sum())
        rows.append(
            {
                "layer": name,
                "creditors": mine["creditor"].nunique(),
                "debtors": mine["debtor"].nunique(),
                "links": len(pairs),
                "yuan": total,
                "largest_share": float(pairs.max()) / total if total > 0 else np.nan,
            }
        )
    columns = ["layer", "creditors", "debtors", "links", "yuan", "largest_share"]
    return pd.DataFrame(rows, columns=columns)


def sheet_table(net: Network) -> pd.DataFrame:
    """Return the balance sheet of each population: number of parties, sums in yuan."""
    money = ["cash", "claims", "fixed_assets", "owed", "net_worth", "provisions"]
    mine = net.nodes[net.nodes.index != OUTSIDE]
    groups = mine.groupby("kind", sort=False)
    found = groups[money].sum()
    found.insert(0, "alive", groups["state"].agg(lambda state: int((state == "alive").sum())))
    found.insert(0, "parties", groups.size())
    return found.reset_index()


# ------------------------------------------------------------ export
def write_edge_lists(net: Network, folder: Path) -> list[Path]:
    """Write claims and balance sheets as two Parquet files named by the month."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}-{net.month}.parquet" for name in ("edges", "nodes")]
    net.edges.to_parquet(paths[0], index=False)
    net.nodes.drop(columns=["run_id", "month"], errors="ignore").to_parquet(paths[1])
    return paths


def write_graphml(net: Network, path: Path) -> Path:
    """Write the network as GraphML, line by line: no graph is built in memory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        say = file.write
        say('<?xml version="1.0" encoding="utf-8"?>\n')
        say('<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n')
        for domain, frame, names in (
            ("node", net.nodes, NODE_COLUMNS),
            ("edge", net.edges, EDGE_COLUMNS),
        ):
            for name in names:
                kind = _graphml_type(frame[name])
                ident = f"{domain}_{name}"
                say(f'<key id="{ident}" for="{domain}" attr.name="{name}" attr.type="{kind}"/>\n')
        say(f'<graph id="month {net.month}" edgedefault="directed">\n')
        _say_rows(say, "node", net.nodes.reset_index(), ("party",), NODE_COLUMNS)
        _say_rows(say, "edge", net.edges, ("creditor", "debtor"), EDGE_COLUMNS)
        say("</graph>\n</graphml>\n")
    return path


def _say_rows(
    say: Callable[[str], Any],
    domain: str,
    frame: pd.DataFrame,
    ends: tuple[str, ...],
    names: tuple[str, ...],
) -> None:
    """Write nodes or edges; what is empty is left out."""
    attributes = ("id",) if domain == "node" else ("source", "target")
    n = len(ends)
    for row in frame[[*ends, *names]].itertuples(index=False, name=None):
        head = " ".join(f'{a}="{end}"' for a, end in zip(attributes, row, strict=False))
        facts = "".join(
            f'<data key="{domain}_{name}">{_text(value)}</data>'
            for name, value in zip(names, row[n:], strict=True)
            if value == value and value != ""
        )
        say(f"<{domain} {head}>{facts}</{domain}>\n")


def _text(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    return quoteattr(value)[1:-1] if isinstance(value, str) else str(value)


def _graphml_type(column: pd.Series) -> str:
    kinds = {"b": "boolean", "i": "long", "u": "long", "f": "double"}
    return kinds.get(getattr(column.dtype, "kind", "O"), "string")
