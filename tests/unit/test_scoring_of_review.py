"""Review of crowdfunding platforms, measured in a run beside the sources of lenders."""

import numpy as np
import pytest

from analysis.scoring import auc_of_counts
from sim import campaigning
from sim.measures import scoring
from tests.worlds import differing, run, small, state

CROWD = {"population": {"crowdfunding_platforms": 2}}
KEEN = {"providers": {"crowdfunding_platform": {"sources": {"application": {"auc": 0.55},
                                                            "review": {"auc": 0.84}}}}}  # fmt: skip


def by_name(model):
    return {j.name[:2]: j for j in model.scoring.waiting}


def test_the_review_of_crowdfunding_platforms_is_judged_by_its_outcomes_as_other_sources_are():
    """The AUC realised is near the one asked, and its order is that of the precision asked."""
    found = []
    for replication in range(4):
        scenario = small(400, time={"months": 19, "burn_in": 6}, credit=KEEN, **CROWD)
        model = run(scenario, 0, replication=replication)
        while model.month < 19:
            model.step()
            part = model.records().get("scoring")  # told once
            found += [part] if part else []
    good, bad = {}, {}
    for part in found:
        for at in np.flatnonzero(part["kind"] == "crowdfunding_platform"):
            name, place = part["source"][at], part["bin"][at] + scoring.LAST_BIN
            for into, column in ((good, "good"), (bad, "bad")):
                into.setdefault(name, np.zeros(scoring.N_BINS))[place] += part[column][at]
            if name in ("application", "review"):
                assert part["auc_asked"][at] == {"application": 0.55, "review": 0.84}[name]
    assert set(good) == {"application", "review", "together"}
    assert bad["review"].sum() > 30
    realised = {name: float(auc_of_counts(good[name], bad[name])) for name in good}
    assert realised["review"] == pytest.approx(0.84, abs=0.09)
    assert realised["application"] == pytest.approx(0.55, abs=0.09)
    assert realised["together"] > realised["application"]


def test_what_is_judged_is_what_review_would_say_of_a_project_now():
    easy = {"prefer_share": 1.0, "minimum_target": 100.0, "pd_cutoff": 1.0, "capital_share": 0.02}
    model = run(small(150, parameters={"crowdfunding_platform": easy},
                      population={**CROWD["population"], "investors": 900}), 7)  # fmt: skip
    world, judged = model.world, by_name(model)["crowdfunding_platform", "together"]
    assert judged.month == 7
    firm = judged.firm
    terms = campaigning._review(world, model.scenario, firm, np.full(len(firm), 1_000_000))
    lgd = model.scenario.parameters.crowdfunding_platform.loss_given_default
    assert judged.pd == pytest.approx(terms.loss_rate / lgd)
    has = np.isin(firm, world.stakes.firm[world.stakes.invested > 0])
    assert judged.is_client.tolist() == has.tolist()
    assert 0 < has.sum() < len(has)


@pytest.mark.parametrize("how", [{}, {"credit": {"crowdfunding": {"open": False}}, **CROWD}])
def test_nobody_reviews_where_there_is_no_platform_or_its_doors_are_shut(how):
    model = run(small(60, **how), 7)
    assert "crowdfunding_platform" not in {kind for kind, _ in by_name(model)}


def test_to_judge_by_review_changes_no_bit():
    looked, blind = (run(small(80, **CROWD, outputs={"scoring": how}), 8)
                     for how in ("all", "none"))  # fmt: skip
    assert differing(state(looked), state(blind)) == []
