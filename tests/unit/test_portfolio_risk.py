"""Risk of a portfolio of loans, against scikit-learn, scipy and counting by hand."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import brier_score_loss, roc_auc_score

from analysis import portfolio

few = settings(max_examples=40, deadline=None)
tenths = st.integers(0, 10).map(lambda k: k / 10)  # so that ties are the rule


@pytest.mark.filterwarnings("ignore:divide by zero")  # in a p-value of scipy, not used here
@few
@given(st.lists(st.tuples(st.booleans(), tenths, st.integers(0, 3)), min_size=2, max_size=30))
@pytest.mark.property
def test_discrimination_is_that_of_scikit_learn_with_ties_and_weights(rows):
    bad, score, weight = (np.array(column) for column in zip(*rows, strict=True))
    assume(weight[bad].sum() and weight[~bad].sum())
    found = portfolio.discrimination(bad, score, weight)
    assert found.auc == pytest.approx(roc_auc_score(bad, score, sample_weight=weight))
    assert found.gini == pytest.approx(2 * found.auc - 1)
    assert found.brier == pytest.approx(brier_score_loss(bad, score, sample_weight=weight))
    apart = np.repeat(score[bad], weight[bad]), np.repeat(score[~bad], weight[~bad])
    assert found.ks == pytest.approx(stats.ks_2samp(*apart, method="asymp").statistic)
    plain = portfolio.discrimination(np.repeat(bad, weight), np.repeat(score, weight))
    assert plain.auc == pytest.approx(found.auc)


def test_scores_that_are_no_probabilities_have_an_order_but_no_brier_score():
    for score in ([0.1, 1.2], [-0.1, 0.2]):
        found = portfolio.discrimination([0, 1], score)
        assert (found.auc, found.gini, found.ks) == (1.0, 1.0, 1.0)
        assert np.isnan(found.brier)
    assert portfolio.discrimination([0, 1], [0.0, 1.0]).brier == 0.0


@few
@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=30))
@pytest.mark.property
def test_lives_are_estimated_as_scipy_does_and_lost_at_an_event_are_at_risk(rows):
    time, event = (np.array(column) for column in zip(*rows, strict=True))
    found = portfolio.kaplan_meier(time, event)
    assert found.times.tolist() == sorted(set(time[event].tolist()))
    assert (found.at_risk == [(time >= t).sum() for t in found.times]).all()
    beyond = np.arange(-1, 14)
    if event.any() and not event.all():
        theirs = stats.ecdf(stats.CensoredData(time[event], right=time[~event])).sf
        np.testing.assert_allclose(found.beyond(beyond), theirs.evaluate(beyond), atol=1e-12)
    if event.all():  # nobody was lost: the share that lived longer
        np.testing.assert_allclose(found.beyond(beyond), [(time > t).mean() for t in beyond])


def test_without_censoring_greenwood_is_the_error_of_a_share():
    found = portfolio.kaplan_meier([1, 2, 3, 4])
    share = np.array([0.75, 0.5, 0.25, 0.0])
    np.testing.assert_allclose(found.survival, share)
    np.testing.assert_allclose(found.se, np.sqrt(share * (1 - share) / 4))


@few
@given(
    st.lists(st.integers(-5, 5), min_size=1, max_size=20),
    st.integers(1, 20).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
)
@pytest.mark.property
def test_tail_risk_at_atoms_and_between_them(losses, fraction):
    level = fraction[0] / fraction[1]
    n = len(losses)
    found = portfolio.tail_risk(losses, level)
    values, counts = np.unique(losses, return_counts=True)
    with_chances = portfolio.tail_risk(values, level, counts / n)
    assert (found.var, found.es) == pytest.approx((with_chances.var, with_chances.es))
    assert (found.var, found.es) == pytest.approx(tail_by_counting(losses, *fraction))
    assert found.es >= found.var - 1e-12


def tail_by_counting(losses, part, of):
    """The same in whole numbers: each loss repeated `of` times, `part` n of them lie below."""
    every = np.sort(np.repeat(losses, of))
    below = part * len(losses)
    if part == of:
        return every[-1], every[-1]
    return every[max(below - 1, 0)], every[below:].mean()


def test_a_level_that_decimals_cannot_hit_still_meets_its_atom():
    losses = np.arange(1, 11)
    for k in range(1, 10):
        assert portfolio.tail_risk(losses, k / 10).var == k
        assert portfolio.tail_risk(losses, k / 10, np.full(10, 0.1)).var == k
        assert portfolio.tail_risk(losses, 1 - (10 - k) / 10).var == k
    assert portfolio.tail_risk([9, 1, 5], 0.5, [0.0, 0.5, 0.5]).es == 5  # what never happens


def test_vasicek_is_the_quantile_of_its_own_simulation_and_knows_its_limits():
    factor = stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000)
    rates = stats.norm.cdf((stats.norm.ppf(0.02) + 0.5 * factor) / np.sqrt(0.75))
    assert portfolio.vasicek_quantile(0.02, 0.25, 0.99) == pytest.approx(
        np.quantile(rates, 0.99), rel=1e-4
    )
    assert portfolio.vasicek_quantile(0.02, 0.0, 0.99) == pytest.approx(0.02)
    both = portfolio.vasicek_quantile([0.0, 1.0], 0.2, 0.999)
    assert both.tolist() == [0.0, 1.0]


def test_par_counts_loans_later_than_the_days_and_their_whole_balance():
    assert portfolio.portfolio_at_risk([100, 50, 50], [30, 31, 0]) == 0.25
    assert portfolio.portfolio_at_risk([100, 50, 50], [30, 31, 0], 0) == 0.75
    assert portfolio.portfolio_at_risk([], []) == 0.0
    assert portfolio.portfolio_at_risk([0, 0], [90, 10]) == 0.0


def test_vintages_add_up_by_age_and_never_count_who_never_defaults():
    found = portfolio.vintage_curves([2, 1, 1, 2, 1, 1], [None, 0, 2, 3, -1, float("nan")], 3)
    assert list(found) == [1, 2]
    assert found[1].tolist() == [0.25, 0.25, 0.5, 0.5]
    assert found[2].tolist() == [0, 0, 0, 0.5]
    assert portfolio.vintage_curves(["b"], [9], 2)["b"].tolist() == [0, 0, 0]
    assert portfolio.vintage_curves([], [], 2) == {}


@pytest.mark.parametrize(("call", "says"), [
    (lambda: portfolio.discrimination([1, 1], [0.1, 0.2]), r"outcome no default \(0\)"),
    (lambda: portfolio.discrimination([0, 0], [0.1, 0.2]), r"outcome default \(1\)"),
    (lambda: portfolio.discrimination([0, 1], [0.5, 0.5], [1, 0]), r"outcome default \(1\)"),
    (lambda: portfolio.discrimination([0, 2], [0.1, 0.2]), r"is_bad\[1\] is 2"),
    (lambda: portfolio.discrimination([0, 1], [0.1, np.nan]), r"forecast\[1\] is nan"),
    (lambda: portfolio.discrimination([0, 1], [0.1]), r"forecast has shape \(1,\)"),
    (lambda: portfolio.kaplan_meier([3, -1], [1, 1]), r"durations\[1\] is -1"),
    (lambda: portfolio.kaplan_meier([3, 1], [1, 0.5]), r"events\[1\] is 0.5"),
    (lambda: portfolio.tail_risk([], 0.9), "none given"),
    (lambda: portfolio.tail_risk([1, 2], 99), "level is 99"),
    (lambda: portfolio.tail_risk([1, 2], 0.9, [0.5, 0.4]), "sum to 0.9"),
    (lambda: portfolio.tail_risk([1, 2], 0.9, [1.5, -0.5]), r"probabilities\[1\] is -0.5"),
    (lambda: portfolio.vasicek_quantile(0.1, 1.0, 0.9), "rho is 1"),
    (lambda: portfolio.vasicek_quantile(0.1, 0.1, 1.0), "level is 1"),
    (lambda: portfolio.vasicek_quantile(1.1, 0.1, 0.9), "pd is 1.1"),
    (lambda: portfolio.portfolio_at_risk([-5], [3]), r"outstanding\[0\] is -5"),
    (lambda: portfolio.portfolio_at_risk([5], [3], float("nan")), "days is nan"),
    (lambda: portfolio.vintage_curves([1, 1], [3, -2], 4), r"default_age\[1\] is -2"),
    (lambda: portfolio.vintage_curves([1], [3, 2], 4), "cohort has shape"),
    (lambda: portfolio.vintage_curves([1], [3], 2.5), "max_age is 2.5"),
])  # fmt: skip
def test_bad_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()
