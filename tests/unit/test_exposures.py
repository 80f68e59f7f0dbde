"""The network of a month: exact to the fen, the same in every form it is handed out in."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from analysis import exposures
from analysis.results import ResultsError
from run import app
from sim import simulate
from sim.measures.network import BALANCE_ONLY, LAYERS, snapshot
from sim.scenario import Scenario
from sim.scenario_errors import ScenarioError
from tests.worlds import CIRCLES, differing, run, small, state

WORLD = {
    "parameters": {**CIRCLES, "enterprise": {**CIRCLES["enterprise"], "arrears_months": 4}},
    "population": {"vendors": 3, "money_funds": 2, "crowdfunding_platforms": 2},
    "credit": {"guarantees": True},
    "time": {"months": 6, "burn_in": 2},
}


@pytest.fixture(scope="module")
def economy():
    return small(80, **WORLD, outputs={"network_months": [4, 6]})


@pytest.fixture(scope="module")
def results(economy, tmp_path_factory):
    folder = tmp_path_factory.mktemp("network")
    return simulate(economy, replications=1, workers=1, out=folder, progress=False)


@pytest.fixture(scope="module")
def net(results):
    return exposures.network(results)


def test_every_instrument_has_its_layer_or_stands_in_balance_sheets_only():
    from sim.chart import CHART

    known = {name for flow in CHART.values() for name in flow.instruments}
    assert known == set(LAYERS) - {"guarantee", "dependence"} | set(BALANCE_ONLY)
    assert set(LAYERS.values()) == set(exposures.LAYERS)


def test_balance_sheets_add_up_and_claims_are_those_of_the_books(results, net):
    sheets = results.table("nodes", [("month", "=", 6)])
    sheets = sheets[sheets["party"] != exposures.OUTSIDE]
    owned = sheets["cash"] + sheets["claims"] + sheets["fixed_assets"] - sheets["owed"]
    np.testing.assert_allclose(owned, sheets["net_worth"], rtol=0, atol=0.005)  # half a fen
    month = results.balances[results.balances["month"] == 6]
    held = month[month["account"] == "held"].groupby("instrument")["yuan"].sum()
    claims = net.edges.groupby("instrument")["yuan"].sum()
    assert len(claims) > 6
    for name in claims.index.difference(["guarantee", "dependence"]):
        assert claims[name] == pytest.approx(held[name], abs=0.005), name


def test_each_layer_is_there_and_names_its_parties(net):
    assert net.layers == list(exposures.LAYERS)
    kinds = net.nodes["kind"]
    ends = net.edges.assign(
        by=kinds.reindex(net.edges["creditor"]).to_numpy(),
        on=kinds.reindex(net.edges["debtor"]).to_numpy(),
    )
    assert ends[["by", "on"]].notna().all(axis=None)
    of = dict(list(ends.groupby("instrument")))
    assert set(of["payables"]["by"]) == set(of["guarantee"]["on"]) == {"enterprise"}
    assert set(of["wholesale"]["on"]) == {"micro_lender"}
    assert (of["notes"]["via"] % 16 == 4).all()
    assert set(of["dependence"]["on"]) == {"vendor"}


def test_matrix_and_graph_say_the_same(net):
    graph = net.graph(["credit", "trade"])
    whole = net.exposures(["credit", "trade"], with_outside=True)
    assert whole.sum() == pytest.approx(graph.size("yuan"))
    creditor, debtor, edge = max(graph.edges(data="yuan"), key=lambda e: e[2])
    at = net.parties(with_outside=True).get_indexer([creditor, debtor])
    assert whole[at[0], at[1]] >= edge > 0
    assert graph.nodes[creditor]["net_worth"] == net.nodes.loc[creditor, "net_worth"]
    assert exposures.OUTSIDE not in net.parties()


def test_guarantees_nobody_called_are_no_claims_and_technology_no_money(net):
    memo = net.edges.loc[net.edges["instrument"] == "guarantee", "yuan"].sum()
    assert memo > 0
    called = net.edges.loc[net.edges["instrument"] == "recourse", "yuan"].sum()
    assert net.exposures("guarantee").sum() == pytest.approx(memo + called)
    named = net.exposures(["credit", "notes", "trade", "wholesale"])
    assert net.exposures().sum() - named.sum() == pytest.approx(called, abs=0.01)
    shares = net.exposures("technology").sum(axis=1)
    assert set(np.round(shares, 9)) == {0.0, 1.0}


def test_exports_read_back(net, tmp_path):
    graph = nx.read_graphml(exposures.write_graphml(net, tmp_path / "n.graphml"))
    assert graph.number_of_edges() == len(net.edges)
    assert sum(d.get("yuan", 0) for *_, d in graph.edges(data=True)) == pytest.approx(
        net.edges["yuan"].sum()
    )
    firm = str(net.nodes.index[net.nodes["kind"] == "enterprise"][0])
    assert graph.nodes[firm]["is_core"] in (True, False)
    edges, nodes = exposures.write_edge_lists(net, tmp_path)
    assert len(pd.read_parquet(edges)) == len(net.edges)
    assert pd.read_parquet(nodes).index.equals(net.nodes.index)


def test_recording_changes_nothing(economy):
    model = run(economy, 3)
    before = state(model)
    found = snapshot(model.world, model.world.positions())
    assert not differing(before, state(model))
    assert len(found["network"]["fen"]) > 100


def test_mistakes_are_named(results, tmp_path):
    for options, words in (
        ({"month": 5}, "month 5 was not recorded: there is the network of 4, 6"),
        ({"arm": "bese"}, "did you mean 'base'?"),
        ({"replication": 3}, "replication 3: there are 0"),
    ):
        with pytest.raises(ResultsError, match=words.replace("?", "[?]")):
            exposures.network(results, **options)
    found = exposures.network(results, 4)
    with pytest.raises(ResultsError, match="did you mean 'trade'"):
        found.exposures("trad")
    with pytest.raises(ResultsError, match="cannot be added"):
        found.exposures(["technology", "trade"])
    with pytest.raises(ScenarioError, match=r"network_months.*month 9 is outside the run"):
        Scenario(time={"months": 8}, outputs={"network_months": [9]})


def test_commands_show_export_and_explain(results, tmp_path):
    folder = str(results.folder)
    asked = ["network", folder, "--month", "4", "--export", str(tmp_path)]
    told = CliRunner().invoke(app, asked)
    assert told.exit_code == 0, told.output
    assert "wholesale" in told.output
    assert "Most systemic in the network of month 4" in told.output
    for name in ("systemic", "agreement", "clearing"):
        assert (results.folder / "tables" / f"network-4-{name}.csv").is_file()
    assert {p.name for p in tmp_path.iterdir()} == {
        "edges-4.parquet", "nodes-4.parquet", "network-4.graphml", "network-4.png",
        "network-4.svg"}  # fmt: skip
    told = CliRunner().invoke(app, ["network", folder, "--month", "5"])
    assert told.exit_code == 2
    assert "there is the network of 4, 6" in told.stderr
    told = CliRunner().invoke(app, ["contagion", folder, "--no-figures"])
    assert told.exit_code == 0, told.output
    assert "Superspreaders" in told.output
    assert (results.folder / "tables" / "contagion_spread.csv").is_file()
    assert "firms, institutions and savers" in " ".join(told.output.split())
    assert len(pd.read_csv(results.folder / "tables" / "contagion_systemic.csv")) == 10
    agreed = pd.read_csv(results.folder / "tables" / "contagion_agreement.csv")
    assert len(agreed) == 3
    told = CliRunner().invoke(app, ["contagion", folder, "--no-figures", "--no-savers"])
    assert "pass nothing on, are left out" in " ".join(told.output.split())
