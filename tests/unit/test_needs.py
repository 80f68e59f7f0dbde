"""What firms need and what is met of it: rollovers loan by loan, new credit spell by spell."""

import numpy as np
import pytest

from analysis import paired
from analysis.reading import mean_over_months
from sim.contracts.loans import INVESTMENT, ROLLOVER, WORKING
from sim.measures.base import METRICS
from sim.phases import adapt, seek_credit
from sim.units import yuan
from tests.unit.by_hand import emptied, ids
from tests.worlds import run, small

MONTHS = 20


@pytest.fixture(scope="module")
def economy():
    """A run of a strained economy, with the papers of each month and what stood beside them."""
    model, months = (
        run(
            small(
                400, parameters={"enterprise": {"demand_volatility": 0.25}}, time={"months": MONTHS}
            ),
            0,
        ),
        [],
    )
    while model.month < MONTHS:
        model.step()
        world = model.world
        months.append((world.desk, world.enterprises.need_purpose.copy()))
    return months


def granted(desk):
    """Amounts granted by application, whoever grants them."""
    offers = desk.offers
    return np.bincount(
        offers.application[desk.granted], offers.amount[desk.granted], len(desk.applications)
    )


def test_of_rollovers_every_loan_is_judged_and_met_by_itself(economy):
    need = met = 0.0
    for desk, _ in economy:
        papers = desk.applications
        sound = desk.sound_rollover
        assert not (sound & (papers.purpose != ROLLOVER)).any()
        need += papers.amount[sound].sum()
        met += np.minimum(granted(desk), papers.amount)[sound].sum()
    tally = {
        n: sum(d.tally.get(n, 0.0) for d, _ in economy) for n in ("need_rollover", "met_rollover")
    }
    assert tally == {"need_rollover": need, "met_rollover": met}
    assert 0 < met < need


def test_a_rollover_does_not_take_the_place_of_a_need_for_new_credit(economy):
    both = 0
    for desk, purpose in economy:
        papers = desk.applications
        rolls = np.unique(papers.firm[papers.purpose == ROLLOVER])
        works = np.unique(papers.firm[papers.purpose == WORKING])
        two = np.intersect1d(rolls, works)
        both += len(two)
        assert (purpose[two] != ROLLOVER).all()
        assert (purpose[two] >= 0).all()
    assert both > 5


def test_no_more_is_met_of_new_credit_than_was_needed_until_then(economy):
    for name in ("working", "investment"):
        need = np.cumsum([desk.tally.get(f"need_{name}", 0.0) for desk, _ in economy])
        met = np.cumsum([desk.tally.get(f"met_{name}", 0.0) for desk, _ in economy])
        assert (met <= need).all()
        assert met[-1] > 0


def test_who_asks_again_after_a_need_was_met_has_another():
    hands = emptied(firms=3)
    firms = hands.world.enterprises
    least = int(yuan(hands.scenario.parameters.enterprise.minimum_loan))
    firms.need[:] = [least - 1, least, 0]  # met but for a trifle, met in part, none
    firms.need_purpose[:] = [WORKING, WORKING, -1]
    asked = ids(3 * least, 3 * least, 3 * least)
    purpose = np.full(3, INVESTMENT)
    seek_credit._open_spells(hands.world, hands.scenario, np.arange(3), purpose, asked)
    assert firms.need_purpose.tolist() == [INVESTMENT, WORKING, INVESTMENT]
    assert firms.need.tolist() == [3 * least, least, 3 * least]


def test_what_falls_due_of_bullets_is_not_there_to_invest(monkeypatch):
    """The gap left on the desk holds the bullets that firms repay themselves."""
    model, seen = run(small(400, time={"months": MONTHS}), 0), []
    file = seek_credit._file_applications

    def watched(world, scenario, gap, months):
        def due():
            loans = world.loans
            return np.bincount(loans.borrower, loans.principal_due, world.enterprises.n)

        before, n_loans = due(), world.loans.n
        file(world, scenario, gap, months)
        assert world.loans.n == n_loans
        grown = due() - before
        assert np.allclose(world.desk.gap - gap, grown)
        seen.append((grown > 0).sum())

    monkeypatch.setattr(seek_credit, "_file_applications", watched)
    while model.month < MONTHS:
        model.step()
    assert sum(seen) > 5, "some firms repay a bullet of their own"


def test_scorecards_learn_of_defaults_in_the_month_of_the_grant(monkeypatch):
    model = run(small(200, time={"months": 14}), 13)
    world, seen = model.world, []
    book = world.score_records
    row = int(np.flatnonzero(book.month == 1)[0])
    firm = int(book.firm[row])
    world.enterprises.ended[firm], world.enterprises.is_voluntary[firm] = 1, False
    known = adapt.refit

    def watched(prior, sd, index, debt, is_bad, group, n):
        seen.append(is_bad)
        return known(prior, sd, index, debt, is_bad, group, n)

    monkeypatch.setattr(adapt, "refit", watched)
    adapt._refit_scores(world, model.scenario)
    ripe = np.flatnonzero(book.month <= world.month - 12)
    assert seen[0][ripe == row].all()


def test_what_is_named_a_gap_or_rate_of_months_is_one_of_their_sums():
    model = run(small(400, population={"crowdfunding_platforms": 2}, time={"months": 30}), 30)
    months = model.datacollector.get_model_vars_dataframe()
    found = {
        name: mean_over_months(months.assign(run=0), name, ["run"], METRICS[name].over).item()
        for name in ("financing_gap", "first_time_default_rate", "campaign_success_rate")
    }
    # Months without the metric itself, like those of the burn-in, count for nothing.
    s = months[months["financing_gap"].notna()].sum()
    met, need = s["met_working"] + s["met_investment"], s["need_working"] + s["need_investment"]
    assert found["financing_gap"] == pytest.approx(1.0 - met / need)
    s = months.sum()
    rate = s["first_borrowers_bad"] / s["first_borrowers"]
    assert found["first_time_default_rate"] == pytest.approx(rate)
    ended = s["campaigns_funded"] + s["campaigns_failed"]
    assert found["campaign_success_rate"] == pytest.approx(s["campaigns_funded"] / ended)


def test_default_rates_of_those_who_are_funded_are_marked_as_of_other_borrowers():
    for name in ("first_time_default_rate", "funded_default_rate"):
        assert paired._hindrance(name, is_apart=False) == "other borrowers"


def test_gaps_are_averaged_by_need_and_costs_of_decisions_count_draws():
    weights = {name: METRICS[name].over for name in METRICS if "financing_gap" in name}
    assert weights == {
        "financing_gap": ("need_working", "need_investment"),
        "financing_gap_working": ("need_working",),
        "financing_gap_investment": ("need_investment",),
        "financing_gap_rollover": ("need_rollover",),
    }
    model = run(small(400, population={"ecommerce_lenders": 1}), 6)
    desk, world = model.world.desk, model.world
    drawn = desk.tally["new_loans_ecommerce_lender"]
    lent = drawn + float(desk.offers.amount[desk.granted].sum())
    assert drawn > 0
    cost = float(world.of_providers("decision_cost").sum())
    assert METRICS["decision_cost_share"].function(world) == pytest.approx(cost / lent)
