"""A reader with the tables of flows and balances alone can check every month to the fen."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.audit import audit_folder, audit_frames
from analysis.results import ResultsError
from sim.channels import CHANNELS
from sim.model import MicroFinance
from tests.worlds import CIRCLES, FICKLE, STRESS, scenarios, small


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
    assert audit_frames(**tables).empty


@pytest.mark.property
@settings(max_examples=15)
@given(scenarios(), st.integers(0, 10_000))
def test_also_with_channels_covered_limits_and_shocks(scenario, seed):
    differences = audit_frames(**tables_of(scenario, seed=seed))
    assert differences.empty, differences


@pytest.mark.parametrize("off", [*CHANNELS, "all"])
def test_also_where_covers_are_large(off):
    names = CHANNELS if off == "all" else [off]
    scenario = small(150, parameters=STRESS, channels=dict.fromkeys(names, False))
    assert audit_frames(**tables_of(scenario)).empty


@pytest.mark.parametrize("channels", [{}, {"guarantee": False}])
def test_also_where_guarantors_are_called(channels):
    scenario = small(150, parameters=CIRCLES, credit={"guarantees": True}, channels=channels)
    tables = tables_of(scenario)
    assert (tables["flows"]["instrument"] == "recourse").any()
    assert audit_frames(**tables).empty


def test_also_in_a_placebo_run():
    differences = audit_frames(**tables_of(small(), placebo=True))
    assert differences.empty, differences


# ------------------------------------------------------------ it does object
@pytest.fixture(scope="module")
def rich():
    """Runs that between them have every flow of the chart but those of estates of savers."""
    runs = {
        "free": tables_of(small(120, parameters=STRESS)),
        "covered": tables_of(
            small(150, parameters=STRESS, channels=dict.fromkeys(CHANNELS, False))
        ),
        "with reserves": tables_of(small(120)),
        "circles": tables_of(small(90, parameters=CIRCLES, credit={"guarantees": True})),
        "fickle savers": tables_of(small(40, parameters=FICKLE)),
    }
    return {
        name: pd.concat([t[name].assign(run_id=run) for run, t in runs.items()], ignore_index=True)
        for name in ("flows", "balances")
    }


def test_a_fen_more_in_any_kind_of_flow_is_seen(rich):
    """One flow of each kind, pair of sectors and account is wrong by a fen, each in its month."""
    kinds = ["flow", "kind", "instrument", "payer", "receiver", "account"]
    last = rich["flows"].groupby(kinds).tail(1)
    among = {"trade_cash", "payable_pay", "service_fee", "reserve_fill", "note_transfer"}
    assert among <= set(last["flow"])
    assert audit_frames(**rich).empty
    wrong = {"flows": [], "balances": []}
    for row in last.index:  # each a run of its own, so that one audit sees them all
        flows, balances = part_of(rich, last.loc[row])
        flows.loc[row, "fen"] += 1
        wrong["flows"].append(flows.assign(run_id=str(row)))
        wrong["balances"].append(balances.assign(run_id=str(row)))
    seen = runs_found_wrong(wrong["flows"], wrong["balances"])
    assert not [tuple(last.loc[row, kinds]) for row in last.index if str(row) not in seen]


def runs_found_wrong(flows, balances):
    """Audit many runs at once; each a frame of its own."""
    tables = (pd.concat(parts, ignore_index=True) for parts in (flows, balances))
    return set(audit_frames(*tables)["run_id"])


def part_of(tables, row):
    """Cut out the month of one flow, with the balances it opens and closes with."""
    flows, balances = tables["flows"], tables["balances"]
    mine = (flows["run_id"] == row["run_id"]) & (flows["month"] == row["month"])
    near = balances["month"].between(row["month"] - 1, row["month"])
    return flows[mine].copy(), balances[near & (balances["run_id"] == row["run_id"])]


def test_a_fen_more_in_any_balance_is_seen(tables):
    flows, balances = tables["flows"].query("month == 5"), tables["balances"]
    balances = balances[balances["month"].between(4, 5)]
    assert {"cash", "client_cash", "reserve_cash", "held", "owed", "memo"} == set(
        balances["account"]
    )
    rows = balances.query("month == 5").index
    wrong = [balances.assign(run_id=str(row)) for row in rows]
    for row, frame in zip(rows, wrong, strict=True):
        frame.loc[row, "fen"] += 1
    same = [flows.assign(run_id=str(row)) for row in rows]
    seen = runs_found_wrong(same, wrong)
    assert not [tuple(balances.loc[row]) for row in rows if str(row) not in seen]


@pytest.mark.parametrize(
    ("flow", "kind", "checks"),
    [
        ("final_sales", "payment", {"balance", "revenue"}),
        ("owner_draw", "payment", {"balance"}),
        ("trade_cash", "payment", {"revenue"}),
        ("payable_pay", "payment", {"claim flow"}),
        ("payable_pay", "entry", {"claim flow", "balance"}),
        ("service_fee", "payment", {"balance"}),
        ("service_fee", "entry", {"balance"}),
    ],
)
def test_a_wrong_cell_is_named_with_the_check_that_found_it(tables, flow, kind, checks):
    flows = tables["flows"].copy()
    row = flows[(flows["flow"] == flow) & (flows["kind"] == kind)].index[-1]
    flows.loc[row, "fen"] += 1
    found = audit_frames(flows, tables["balances"])
    assert set(found["check"]) == checks
    assert set(found["month"]) == {flows.loc[row, "month"]}
    assert set(found["difference"].abs()) == {1}


def test_money_in_the_wrong_account_of_a_platform_is_seen(tables):
    flows = tables["flows"].copy()
    row = flows.query("flow == 'service_fee' and kind == 'payment'").index[0]
    flows.loc[row, "account"] = "cash>cash"
    found = audit_frames(flows, tables["balances"])
    assert set(found["account"]) == {"cash", "client_cash"}
    assert set(found["sector"]) == {"platform"}


@pytest.mark.parametrize("kind", ["payment", "entry"])
def test_a_flow_left_out_is_seen(tables, kind):
    flows = tables["flows"]
    row = flows[(flows["kind"] == kind) & (flows["payer"] != flows["receiver"])].index[0]
    found = audit_frames(flows.drop(index=row), tables["balances"])
    assert abs(found["difference"]).max() == abs(flows.loc[row, "fen"])
    assert set(found["month"]) == {flows.loc[row, "month"]}


def test_a_balance_that_is_wrong_is_seen_before_after_and_across(tables):
    balances = tables["balances"].copy()
    row = balances.query("month == 5 and instrument == 'loans' and sector == 'bank'").index[0]
    balances.loc[row, "fen"] += 1
    found = audit_frames(tables["flows"], balances)
    names = ("check", "month", "sector", "difference")
    seen = set(zip(*(found[name] for name in names), strict=True))
    assert seen == {
        ("balance", 5, "bank", -1),
        ("balance", 6, "bank", 1),
        ("two sides", 5, "all", -1),
        ("net worth", 5, "bank", 1),
    }


def test_missing_months_are_no_proof(tables):
    with pytest.raises(ValueError, match="no balances"):
        audit_frames(tables["flows"], tables["balances"].query("month != 4"))
    with pytest.raises(ValueError, match="no balances"):
        audit_frames(tables["flows"], tables["balances"].query("month > 0"))


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
    for folder in (results.folder, str(results.folder), tmp_path):
        assert audit_folder(folder).empty
    assert audit_frames(*raw).empty
    assert audit_frames(results.flows, results.balances).empty
    raw[0].loc[raw[0].query("month == 2 and flow == 'final_sales'").index[0], "fen"] -= 7
    raw[0].to_parquet(results.folder / "flows.parquet")
    found = audit_folder(results.folder)
    assert found["run_id"].nunique() == 1
    assert sorted(found.query("check == 'balance'")["difference"]) == [-7, 7]
    (results.folder / "flows.parquet").unlink()
    with pytest.raises(ResultsError, match="no table 'flows'"):
        audit_folder(results.folder)
