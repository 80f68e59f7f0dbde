"""Scoring measured in a run: who is judged, by which signals, and what is counted when."""

import numpy as np
import pytest
from by_hand import emptied

from analysis.scoring import auc_of_counts
from sim.agents.enterprise import NEVER
from sim.agents.provider import default_probability
from sim.kernels import auc, logit
from sim.measures import scoring
from sim.scoring import applicant_columns, estimates
from tests.worlds import differing, run, small, state

YUAN = 100
SHARP = {"providers": {"bank": {"sources": {"application": {"auc": 0.55}}},
                       "platform": {"sources": {"application": {"auc": 0.84}}}}}  # fmt: skip


def by_name(record):
    return {j.name[:2]: j for j in record.waiting}


@pytest.fixture
def hands():
    """Four firms: 0 owes the bank, 1 asks for credit, 2 does neither, 3 asks but is a core firm."""
    hands = emptied(firms=4, banks=2, micro_lenders=1)
    firms = hands.world.enterprises
    firms.is_core[:] = [False, False, False, True]
    firms.need_purpose[:] = [-1, 1, -1, 1]
    hands.lends("bank", 1, 0, 600 * YUAN)
    return hands


def test_firms_with_debt_or_an_application_are_judged_by_all_kinds_that_live(hands):
    record = scoring.ScoringRecord()
    record.observe(hands.world, hands.scenario)
    found = by_name(record)
    assert {kind for kind, _ in found} == {"oracle", "bank", "micro_lender"}  # there is no platform
    assert all(j.firm.tolist() == [0, 1] for j in (found["oracle", "oracle"],
                                                   found["bank", "together"]))  # fmt: skip
    assert found["oracle", "oracle"].is_client.tolist() == [True, False]
    assert found["bank", "together"].is_client.tolist() == [True, False]
    assert found["micro_lender", "together"].is_client.tolist() == [False, False]
    assert ("bank", "relationship") not in found  # nobody has been a client for a month
    assert ("bank", "collateral") not in found  # nobody has fixed assets


def test_judgements_come_twice_a_year_and_never_during_burn_in(hands):
    record, months = scoring.ScoringRecord(), set()
    for month in range(-12, 26):
        hands.world.month = month
        record.observe(hands.world, hands.scenario)
        months |= {j.month for j in record.waiting}
    assert sorted(months) == [1, 7, 13, 19, 25]
    assert min(j.month for j in record.waiting) == 7  # older ones have been forgotten


def test_outcomes_are_defaults_within_a_year_and_not_closures(hands):
    world, firms = hands.world, hands.world.enterprises
    firms.is_core[:], firms.need_purpose[:] = False, 1
    record = scoring.ScoringRecord()
    record.observe(world, hands.scenario)  # in month 1
    assert record.counts(world) == {}
    firms.ended[:] = [13, 14, 5, NEVER]
    firms.is_voluntary[2] = True
    world.month = 13
    found = record.counts(world)
    oracle = found["kind"] == "oracle"
    assert (found["bad"][oracle].sum(), found["good"][oracle].sum()) == (1, 3)
    assert found["pd_of_bad"].sum() < found["pd"].sum()
    assert record.waiting == []
    assert record.counts(world) == {}


def test_a_year_is_written_when_its_last_outcome_is_known():
    model = run(small(20, time={"months": 31, "burn_in": 1}), 18)
    written = {}
    while model.month < 31:
        model.step()
        found = model.records().get("scoring")
        if found:
            written[model.month] = set(found["year"].tolist())
    assert written == {19: {1}, 31: {2}}
    assert "scoring" not in model.final_records()
    # The judgements of the third year that are ripe when a run ends early are not lost.
    short = run(small(20, time={"months": 14, "burn_in": 1}))
    assert set(short.final_records()["scoring"]["year"].tolist()) == {1}


def test_signals_are_those_that_scorecards_and_underwriters_draw():
    model = run(small(80), 7)
    world, record = model.world, by_name(model.scoring)
    judged = record["bank", "together"]
    assert judged.month == 7
    firm = judged.firm
    number, owes = scoring._adviser(world, "bank", firm)
    columns = applicant_columns(world, firm, number)
    index, _ = estimates(world, model.scenario, firm, number, 7, world.enterprises.index[firm],
                         columns)  # fmt: skip
    own = np.array([world.loans.principal[(world.loans.borrower == f)
                                          & (world.loans.provider == n)].sum()
                    for f, n in zip(firm, number, strict=True)])  # fmt: skip
    card = [world.of_providers(f"pd_{c}")[number] for c in ("intercept", "slope", "debt")]
    pd = default_probability(*card, index, own / (12.0 * world.enterprises.scale[firm]))
    assert judged.pd == pytest.approx(pd)
    assert judged.bin.tolist() == np.rint(logit(pd) / scoring.ODDS_WIDTH).astype(int).tolist()
    assert owes.any()
    assert (own[owes] > 0).all()
    clients = record["bank", "relationship"]
    assert clients.is_client.all()
    assert 0 < clients.is_as_asked.sum() < len(clients.firm)  # known for about 12 months


def test_bins_lose_less_than_a_thousandth_of_the_auc():
    rng = np.random.default_rng(1)
    is_bad = np.repeat([True, False], [4_000, 60_000])
    for shift, width in ((0.43, scoring.SIGNAL_WIDTH), (1.7, scoring.SIGNAL_WIDTH)):
        risk = rng.standard_normal(len(is_bad)) + shift * is_bad
        assert _auc_of(risk, width, is_bad) == pytest.approx(auc(is_bad, risk), abs=0.001)
    for spread in (0.4, 1.5):  # a weak scorecard and the oracle
        odds = -3.5 + spread * rng.standard_normal(len(is_bad)) + spread**2 * is_bad
        found = _auc_of(odds, scoring.ODDS_WIDTH, is_bad)
        assert found == pytest.approx(auc(is_bad, odds), abs=0.001)


def _auc_of(risk, width, is_bad):
    bins = scoring._bin(risk, width) + scoring.LAST_BIN
    bad, every = np.bincount(bins[is_bad], minlength=1001), np.bincount(bins, minlength=1001)
    return float(auc_of_counts(every - bad, bad))


def test_measuring_changes_no_outcome():
    calm = {"time": {"months": 14, "burn_in": 2}}
    one = run(small(60, **calm))
    other = run(small(60, **calm, outputs={"scoring": "none", "borrowers": "none"}))
    assert differing(state(one), state(other)) == []
    assert other.scoring.waiting == []
    assert len(one.scoring.waiting) > 0
    assert "scoring" not in other.final_records()


def test_a_sharper_source_tells_more():
    scenario = small(
        150, credit=SHARP, time={"months": 20, "burn_in": 4},
        parameters={"enterprise": {"demand_volatility": 0.3}},
    )  # fmt: skip
    model = run(scenario, 19)
    found = model.records()["scoring"]
    aucs = {}
    for kind in ("bank", "platform"):
        mine = (found["kind"] == kind) & (found["source"] == "application")
        order = np.argsort(found["bin"][mine], kind="stable")
        good, bad = found["good"][mine][order], found["bad"][mine][order]
        both = np.unique(found["bin"][mine][order], return_inverse=True)[1]
        aucs[kind] = float(auc_of_counts(np.bincount(both, good), np.bincount(both, bad)))
        assert set(found["auc_asked"][mine]) == {0.55 if kind == "bank" else 0.84}
    assert aucs["platform"] - aucs["bank"] > 0.15


def test_very_large_economies_are_thinned(hands, monkeypatch):
    firms = hands.world.enterprises
    firms.is_core[:], firms.need_purpose[:] = False, 1
    monkeypatch.setattr(scoring, "MOST", 2)
    assert scoring._judged(hands.world).tolist() == [0, 2]
