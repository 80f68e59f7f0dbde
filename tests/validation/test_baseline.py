"""What the baseline must show: its targets on several replications, and a healthy single run."""

from pathlib import Path

import pytest

from analysis.stylised_facts import FACTS, check, intensity_by_grade
from sim import load_scenario, simulate

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"
REPLICATIONS = 6

# Targets a few replications must meet. Those of ONLY_REPORTED are missed, or stand so close to an
# edge of their band, that a few replications cannot tell; `docs/validation.md` publishes them.
MET = (
    "platforms: neither all nor none survive",
    "firms: neither all nor none survive",
    "drift of enterprise",
    "drift of bank",
    "drift of micro_lender",
    "drift of platform",
    "drift of investor",
    "drift of cash of enterprise",
    "drift of cash of bank",
    "drift of cash of micro_lender",
    "drift of cash of platform",
    "drift of cash of investor",
    "default rate of firms",
    "exits of mature firms",
    "entrants trading after 36 months",
    "default intensity of bank loans",
    "default intensity of platform loans",
    "rate of bank loans",
    "rate of platform loans",
    "rate of micro loans",
    "loss given default, unsecured",
    "return of banks",
    "return of micro lenders",
    "return of savers on the median platform",
    "debt over revenue of non-core firms",
    "oracle financing gap, new credit",
    "default rises with grade",
    "size exponent of firms",
    "cascades of size one",
)
ONLY_REPORTED = (
    "lenders: neither all nor none survive",
    "default intensity of micro loans",
    "non-performing loans",
    "odds ratio, worst to best grade",
)


def test_every_target_is_either_asserted_or_known_to_be_in_doubt():
    assert sorted(MET + ONLY_REPORTED) == sorted(fact.name for fact in FACTS)


@pytest.mark.slow
def test_the_baseline_meets_its_targets(tmp_path):
    results = simulate(BASELINE, replications=REPLICATIONS, workers=2, out=tmp_path, progress=False)
    found = check(results).set_index("target")
    missed = found.loc[[name for name in MET if not found.loc[name, "met"]]]
    assert missed.empty, missed[["value", "low", "high"]].to_string()


@pytest.mark.slow
def test_a_single_short_run_is_healthy(tmp_path):
    scenario = load_scenario(BASELINE).but(**{"time.months": 48})
    results = simulate(scenario, replications=1, workers=1, out=tmp_path, progress=False)
    macro = results.macro
    value = check(results).set_index("target")["value"]
    # Some of each kind end, most stay, and the economy neither grows nor shrinks away.
    assert 0.015 < value["default rate of firms"] < 0.10
    assert macro["platform_failures"].sum() > 0
    assert macro["platforms_alive"].iloc[-1] > 20
    assert macro["lenders_alive"].iloc[-1] >= 20
    assert 0.8 < macro["output"].tail(12).mean() / macro["output"].head(12).mean() < 1.25
    # Dearer lenders serve riskier borrowers, and each one's own grades say who defaults.
    kinds = ("bank", "platform", "micro")
    for what in ("rate of {} loans", "default intensity of {} loans"):
        by_kind = [value[what.format(kind)] for kind in kinds]
        assert by_kind == sorted(by_kind), what
    assert value["default rises with grade"] > 0.9
    assert intensity_by_grade(results).iloc[-1] > 2 * intensity_by_grade(results).iloc[0]
    # Sizes have a heavy tail; contagion exists and cascades are short.
    assert 0.8 < value["size exponent of firms"] < 1.6
    assert 0 < macro["attributed_defaults"].sum() < 0.5 * macro["defaults"].sum()
    assert value["cascades of size one"] > 0.6
