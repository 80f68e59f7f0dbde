"""The causal reproduction number by hand, and in paired runs of a small economy."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis import contagion_report, reproduction
from analysis.results import ResultsError
from sim import simulate
from sim.scenario import Scenario
from tests.worlds import STRESS

# Month, event, row, parent's row (-1 for none) of firms.
BASE = [(3, "default", 9, -1), (6, "default", 4, -1), (7, "default", 2, -1), (50, "default", 8, -1)]
STRUCK = [
    (3, "default", 9, -1),  # before the shock
    (5, "liquidation", 1, -1),
    (5, "liquidation", 2, -1),
    (6, "default", 4, -1),  # would have come anyway
    (6, "default", 5, 1),  # brought down by firm 1
    (8, "default", 6, 5),  # by the one that firm 1 brought down
    (9, "default", 7, -1),  # extra, though its parents do not say so
    (31, "default", 8, 1),  # too late
]
CUT = [(5, "liquidation", 1, -1), (5, "liquidation", 2, -1), (6, "default", 5, 1)]


def table(run, rows):
    month, event, row, parent = (np.array(x) for x in zip(*rows, strict=True))
    party = np.where(parent < 0, -1, parent * 16 + 1)
    return pd.DataFrame({"run_id": run, "month": month, "event": event, "kind": "enterprise",
                         "row": row, "parent": party, "in_cohort": row != 99})  # fmt: skip


@pytest.fixture
def results():
    names = [("b", "base", "as set"), ("s", "struck", "as set"), ("bt", "base", "trade off"),
             ("st", "struck", "trade off")]  # fmt: skip
    runs = pd.DataFrame(names, columns=["run_id", "arm", "channels"])
    runs = runs.assign(point="", replication=0, status="done")
    rows = {"b": BASE, "s": STRUCK, "bt": BASE[:1], "st": CUT}
    events = pd.concat([table(run, told) for run, told in rows.items()], ignore_index=True)
    return SimpleNamespace(runs=runs, events=events, months=60, reference_arm="base",
                           tables=["events", "macro", "runs"])  # fmt: skip


def test_reproduction_number_by_hand(results):
    """Firms 5, 6 and 7 default besides; firm 2 is closed in one run and left out of both."""
    found = reproduction.by_run(results).set_index("channels")
    whole = found.loc["as set"]
    assert (whole["k"], whole["month"], whole["months"]) == (2, 5, 24)
    assert (whole["extra"], whole["r"]) == (3, 1.5)
    assert whole["attributed"] == 1.0  # firms 5 and 6
    assert found.loc["trade off", "r"] == 0.5
    table = reproduction.reproduction(results).set_index("channels")
    assert table.loc["trade off", "carried"] == 1.0
    assert np.isnan(table.loc["as set", "carried"])


def test_horizon_and_reference_can_be_chosen(results):
    assert reproduction.by_run(results, horizon=1).set_index("channels").loc["as set", "r"] == 0.5
    assert not len(reproduction.by_run(results, reference="struck"))
    with pytest.raises(ResultsError, match="no arm 'bas'"):
        reproduction.by_run(results, reference="bas")


def test_runs_without_liquidations_have_no_such_number(results):
    results.events = results.events[results.events["event"] == "default"]
    assert not reproduction.has_liquidations(results)
    assert not len(reproduction.reproduction(results))


def test_paired_runs_of_a_small_economy(tmp_path):
    """The two runs are the same until the shock; `compare` prints the number."""
    shock = {"kind": "liquidation", "month": 4, "share": 0.1}
    scenario = Scenario(
        name="small", time={"months": 10, "burn_in": 3}, parameters=STRESS,
        population={"enterprises": 150, "investors": 60, "platforms": 5, "micro_lenders": 2,
                    "banks": 2},
        arms={"untouched": {}, "struck": {"shocks": {"strike": shock}}}, twins={"off": ["trade"]},
    )  # fmt: skip
    results = simulate(scenario, 1, workers=1, out=tmp_path, progress=False)
    macro = results.macro[results.macro["channels"] == "as set"].set_index("month")
    one, other = (macro[macro["arm"] == arm]["output"] for arm in ("untouched", "struck"))
    assert (one[:4] == other[:4]).all()
    assert (one[5:] > other[5:]).all()
    found = contagion_report.found_on_contagion(results, "untouched", (1, 10))
    assert found["reproduction"]["channels"].tolist() == ["as set", "trade off"]
    assert (found["reproduction"]["k"] > 4).all()
    titles = [str(t.title) for t in contagion_report.tables_of(found, "untouched")]
    assert "Others brought down by a firm closed by lot within 6 months, struck" in titles
