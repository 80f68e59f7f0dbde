"""A reader with the tables of flows and balances alone can check every month to the fen."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.audit import audit_folder
from sim.channels import CHANNELS
from sim.model import MicroFinance
from tests.worlds import STRESS, scenarios, small


def tables_of(scenario, **options):
    """Run a scenario and collect its rows of flows and balances."""
    model = MicroFinance(scenario, **{"seed": 1, **options})
    found = {"flows": [], "balances": []}
    records = [model.records()]
    for _ in model.months:
        model.step()
        records.append(model.records())
    for name, parts in found.items():
        parts += [pd.DataFrame(r[name]) for r in records if name in r]
    return {name: pd.concat(parts, ignore_index=True) for name, parts in found.items()}


@pytest.fixture(scope="module")
def tables():
    return tables_of(small(120, parameters=STRESS))


def test_every_balance_follows_from_its_flows(tables):
    assert set(tables["balances"]["month"]) == set(range(13))
    assert set(tables["flows"]["month"]) == set(range(1, 13))
    assert audit_folder(**tables).empty


@pytest.mark.property
@settings(max_examples=40)
@given(scenarios(), st.integers(0, 10_000))
def test_also_with_channels_covered_limits_and_shocks(scenario, seed):
    differences = audit_folder(**tables_of(scenario, seed=seed))
    assert differences.empty, differences


@pytest.mark.parametrize("off", [*CHANNELS, "all"])
def test_also_where_covers_are_large(off):
    names = CHANNELS if off == "all" else [off]
    scenario = small(150, parameters=STRESS, channels=dict.fromkeys(names, False))
    assert audit_folder(**tables_of(scenario)).empty


def test_also_in_a_placebo_run():
    differences = audit_folder(**tables_of(small(), placebo=True))
    assert differences.empty, differences


# ------------------------------------------------------------ it does object
def test_a_fen_more_in_one_flow_is_seen_at_both_ends(tables):
    flows = tables["flows"].copy()
    row = flows.query("flow == 'trade_cash' or flow == 'owner_draw'").index[-1]
    flows.loc[row, "fen"] += 1
    payer, receiver = flows.loc[row, ["payer", "receiver"]]
    found = audit_folder(flows, tables["balances"])
    expected = {} if payer == receiver else {(payer, -1), (receiver, 1)}
    assert set(zip(found["sector"], found["difference"], strict=True)) == set(expected)
    assert set(found["instrument"]) <= {"cash"}


@pytest.mark.parametrize("kind", ["payment", "entry"])
def test_a_flow_left_out_is_seen(tables, kind):
    flows = tables["flows"]
    row = flows[(flows["kind"] == kind) & (flows["payer"] != flows["receiver"])].index[0]
    found = audit_folder(flows.drop(index=row), tables["balances"])
    assert abs(found["difference"]).max() == abs(flows.loc[row, "fen"])
    assert set(found["month"]) == {flows.loc[row, "month"]}


def test_a_balance_that_is_wrong_is_seen_before_after_and_across(tables):
    balances = tables["balances"].copy()
    row = balances.query("month == 5 and instrument == 'loans' and sector == 'bank'").index[0]
    balances.loc[row, "fen"] += 1
    found = audit_folder(tables["flows"], balances)
    seen = set(zip(found["month"], found["sector"], found["difference"], strict=True))
    assert seen == {(5, "bank", -1), (6, "bank", 1), (5, "all", 1)}


def test_missing_months_are_no_proof(tables):
    with pytest.raises(ValueError, match="no balances"):
        audit_folder(tables["flows"], tables["balances"].query("month != 4"))
    with pytest.raises(ValueError, match="no balances"):
        audit_folder(tables["flows"], tables["balances"].query("month > 0"))


# ------------------------------------------------------------ results folders
def test_a_results_folder_can_be_audited_from_its_files(tmp_path):
    from sim import simulate

    scenario = small(
        50,
        time={"months": 5, "burn_in": 0},
        arms={"free": {}, "capped": {"channels": {"trade": False}}},
    )
    results = simulate(
        scenario.but({"placebo": True}), replications=1, workers=1, out=tmp_path, progress=False
    )
    raw = [pd.read_parquet(results.folder / f"{name}.parquet") for name in ("flows", "balances")]
    assert raw[0]["run_id"].nunique() == len(results.runs) >= 3
    assert audit_folder(*raw).empty
    assert audit_folder(results.flows, results.balances).empty
    raw[0].loc[raw[0].query("month == 2 and flow == 'final_sales'").index[0], "fen"] -= 7
    found = audit_folder(*raw)
    assert found["run_id"].nunique() == 1
    assert sorted(found["difference"]) == [-7, 7]
