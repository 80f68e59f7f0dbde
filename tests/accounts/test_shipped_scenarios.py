"""Every shipped scenario, shrunk, balances in every month, by its two tables alone."""

from pathlib import Path

import pytest

from analysis.audit import audit_folder
from sim.experiment.study import conduct
from sim.scenario import load

SHIPPED = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))
SIZE = {
    "population": {"enterprises": 120, "investors": 100, "platforms": 6, "micro_lenders": 3,
                   "banks": 2},
    "time.burn_in": 3,
}  # fmt: skip


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_month_of_every_run_balances_from_outside(path, tmp_path):
    scenario = load(path)
    small = scenario.but({**SIZE, "time.months": min(scenario.time.months, 52)})
    done = conduct(small, replications=1, workers=1, out=tmp_path)
    wrong = audit_folder(done.folder)
    assert wrong.empty, wrong.head()
