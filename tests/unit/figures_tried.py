"""The figures that `test_figures` tries, and on which runs."""

import pytest

from sim import simulate
from sim.scenario import Scenario
from tests.worlds import STRESS

SMALL = {
    "name": "pictured", "title": "Do caps and slumps show?",
    "time": {"months": 8, "burn_in": 3},
    "population": {"enterprises": 120, "investors": 60, "platforms": 5, "micro_lenders": 2,
                   "banks": 2},
    "parameters": STRESS, "replications": 2, "outputs": {"network_months": [6]},
}  # fmt: skip
# What must stand on some axis of each figure.
UNITS = {
    "attributed_reproduction": ("month of the fall", "per fall (R)"),
    "attribution": ("per 100 firm-years: added by the channel",),
    "attribution_quality": ("% of defaults",),
    "auc_by_source": ("AUC", "% (root scale)"),
    "beliefs_and_flows": ("month", "% a year", "yuan a month"),
    "cascade_tree": (),
    "cascade_sizes": ("parties", "per 1000 firm-years"),
    "channels": ("defaults per 100 firm-years",),
    "defaults_and_closures": ("month", "firms per month"),
    "defaults_by_grade": ("grade", "% a year"),
    "elasticities": ("% more credit",),
    "factorial": (),
    "financing_gap": ("%", "purpose"),
    "effects": ("per 100 firm-years", "percentage points", "yuan"),
    "flows_of_month": (),
    "headline": ("month", "% a year", "%", "number"),
    "incident_timeline": ("month", "yuan"),
    "instrument_effects": ("per 100 firm-years", "percentage points", "yuan"),
    "losses": ("in the worst month", "runs with a month at least as bad, %"),
    "metric": ("month", "% a year"),
    "network": (),
    "platform_exits": ("month", "% of platforms a year", "months since it opened"),
    "platform_run_months": ("month", "%", "yuan"),
    "removals": ("rank in size", "defaults of others"),
    "replay": ("year", "platforms at the end of the year", "billion yuan a year"),
    "savings": ("month", "% of savers' wealth"),
    "sensitivity": ("mu*, per 100 firm-years", "sigma"),
    "size_distribution": ("yuan a month", "rank"),
    "supervision_ladder": ("per 100 platform-years", "sound new requests met, %"),
    "vintages": ("months since the grant", "% of loans"),
    "who_is_served": ("% of the class", "kind of lender"),
}
NEEDS = {"factorial": "factors", "incident_timeline": "struck", "platform_run_months": "episode",
         "removals": "closed", "replay": "episode", "sensitivity": "walks"}  # fmt: skip
NEED_ARMS = ("attribution", "attribution_quality", "channels", "effects", "factorial",
             "instrument_effects", "supervision_ladder")  # fmt: skip
YEARLY = ("auc_by_source", "elasticities", "vintages", "who_is_served")  # need more than a year


def sampled(method, tmp_path_factory):
    """Run a small sample over two fields, in two arms."""
    over = {"parameters.enterprise.buffer_days": [5, 60], "parameters.bank.pd_cutoff": [0.02, 0.05]}
    fields = {**SMALL, "time": {"months": 4, "burn_in": 2}, "outputs": {}}
    fields |= {"arms": {"private": {}, "none": {"credit.preset": "none"}}}
    fields |= {"sample": {"method": method, "n": 2, "over": over}}
    return simulate(Scenario(**fields), replications=1, workers=1, progress=False,
                    out=tmp_path_factory.mktemp(method))  # fmt: skip


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """Close lenders of two kinds one by one, beside a run that closes nobody."""
    strike = {"kind": "liquidation", "month": 3, "target": "micro_lender", "rank": 0}
    fields = {**SMALL, "time": {"months": 5, "burn_in": 2}, "outputs": {}, "shocks": {"x": strike}}
    fields |= {"arms": {"micro": {}, "bank": {"shocks.x.target": "bank"}}}
    fields |= {"design": {"shocks.x.rank": [0, 1, 2]}}
    return simulate(Scenario(**fields), replications=1, workers=1, progress=False,
                    out=tmp_path_factory.mktemp("closed"))  # fmt: skip
