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


LEAST, AFTER = 12, 4  # months in all, and months after the last change of policy


def months_needed(scenario):
    """Months in which everything that the arms say has begun."""
    begun = [LEAST]
    for arm in scenario.arms or [None]:
        seen = scenario.resolve(arm)
        months = range(2, seen.time.months + 1)
        begun += [m + AFTER for m in months if seen.policy(m) is not seen.policy(m - 1)]
        begun += [shock.month + AFTER for shock in seen.policy(1).shocks]
    return min(scenario.time.months, max(begun))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_month_of_every_run_balances_from_outside(path, tmp_path):
    scenario = load(path)
    small = scenario.but({**SIZE, "time.months": months_needed(scenario)})
    done = conduct(small, replications=1, workers=1, out=tmp_path)
    wrong = audit_folder(done.folder)
    assert wrong.empty, wrong.head()
