"""Scores, prices and grades against hand-computed numbers; re-estimation against scipy."""

import numpy as np
import pytest
from scipy.optimize import minimize

from sim.agents.platform import prominence
from sim.agents.provider import (
    GRADE_EDGES,
    GRADES,
    default_probability,
    estimated_index,
    grade,
    is_sound,
    loan_rate,
    refit,
)
from sim.parameters.platform import PlatformParameters

PRIOR = np.array([-3.3, -1.3, 4.0])


# ------------------------------------------------------------ scores and prices
def test_the_estimate_is_the_posterior_mean():
    # Two signals of precision 1 and 2 that show 3 and 0: (1 x 3 + 2 x 0) / (1 + 1 + 2).
    found = estimated_index(np.array([3.0, 0.0, 1e9]), np.array([3.0, 0.0, 2e9]))
    assert found == pytest.approx([0.75, 0.0, 2.0])


def test_default_probability_is_a_logit():
    index, debt = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 0.5])
    found = default_probability(-2.0, -1.0, 4.0, index, debt)
    assert found == pytest.approx(1.0 / (1.0 + np.exp([2.0, 3.0, 0.0])))


def test_the_rate_earns_the_expected_loss():
    rate = loan_rate(np.array([0.06, 0.06, 0.0]), np.array([0.0, 0.2, 0.5]), np.array([1, 0.5, 1]))
    assert rate == pytest.approx([0.06, 0.2, 1.0])
    # What is paid on what is repaid, less what is lost, is the base: (1 - PD) r - PD LGD.
    assert (1 - 0.2) * rate[1] - 0.2 * 0.5 == pytest.approx(0.06)


def test_a_certain_default_still_has_a_price():
    assert loan_rate(np.array([0.1]), np.array([1.0]), np.array([0.9])) == pytest.approx([100.0])


def test_a_grade_begins_at_its_edge():
    assert len(GRADE_EDGES) == len(GRADES) - 1
    assert grade(np.array([0.0, 0.0099, 0.01, 0.02, 0.0449, 0.045, 0.09, 1.0])).tolist() == [
        0, 0, 1, 2, 3, 4, 6, 6
    ]  # fmt: skip


def test_a_sound_loan_is_worth_its_cost():
    # (1 - PD) 1.12 + PD 0.15 >= 1.06 where PD <= 0.06 / 0.97.
    edge = 0.06 / 0.97
    assert is_sound(np.array([0.0, edge - 1e-6, edge + 1e-6]), 0.85, 0.12, 0.06).tolist() == [
        True, True, False
    ]  # fmt: skip


def test_prominence_is_pareto_and_cut():
    p = PlatformParameters(size_exponent=2.0)
    assert prominence(np.array([0.0, 0.75, 0.9999]), p) == pytest.approx([1.0, 2.0, 30.0])


# ------------------------------------------------------------ re-estimation
def sample(n, share_bad, seed=0, spread=0.6):
    """Draw grants as a lender sees them: shrunken estimates, debts below a third of revenue."""
    random = np.random.default_rng(seed)
    index, debt = spread * random.standard_normal(n), 0.33 * random.random(n)
    return index, debt, random.random(n) < share_bad


def penalised(index, debt, bad, sd):
    """Minimise the penalised log-likelihood of one lender with scipy."""
    x = np.stack([np.ones(len(index)), index, debt], axis=1)

    def loss(beta):
        z = x @ beta
        return np.logaddexp(0, z).sum() - z[bad].sum() + ((beta - PRIOR) ** 2).sum() / (2 * sd**2)

    return minimize(loss, PRIOR, method="BFGS", options={"gtol": 1e-8}).x


def fitted(index, debt, bad, sd=1.0, **options):
    group = np.zeros(len(index), dtype=np.int64)
    return refit(PRIOR, sd, index, debt, bad, group, 1, **options)[0]


@pytest.mark.parametrize(("n", "share_bad"), [(1, 1.0), (30, 0.1), (400, 0.05), (3000, 0.02)])
@pytest.mark.parametrize("sd", [0.1, 1.0])
def test_refit_is_the_maximum_a_posteriori(n, share_bad, sd):
    data = sample(n, share_bad)
    assert fitted(*data, sd) == pytest.approx(penalised(*data, sd), abs=1e-4)


def test_without_data_the_prior_stands():
    nothing = np.empty(0)
    found = refit(PRIOR, 1.0, nothing, nothing, nothing > 0, np.empty(0, dtype=np.int64), 2)
    assert found.tolist() == [PRIOR.tolist()] * 2


def test_each_lender_learns_from_its_own_loans_alone():
    index, debt, bad = sample(200, 0.2)
    group = np.arange(200) % 2 * 2  # lenders 0 and 2; lender 1 has none
    found = refit(PRIOR, 1.0, index, debt, bad, group, 3)
    assert found[1] == pytest.approx(PRIOR)
    for lender in (0, 2):
        mine = group == lender
        assert found[lender] == pytest.approx(fitted(index[mine], debt[mine], bad[mine]))


def test_a_narrow_prior_holds_and_a_wide_one_lets_go():
    data = sample(300, 0.3)
    near = fitted(*data, sd=0.01)
    far = penalised(*data, sd=3.0)
    assert near == pytest.approx(PRIOR, abs=0.05)
    assert abs(far - PRIOR).max() > 1.0


def test_separable_outcomes_do_not_explode():
    index = np.linspace(-1.5, 1.5, 200)
    debt = np.full(200, 0.1)
    bad = index < 0
    found = fitted(index, debt, bad)
    assert found == pytest.approx(penalised(index, debt, bad, 1.0), abs=1e-3)
    assert abs(found).max() < 10.0


# Outcomes far from what the prior expects: a whole step of Newton's method overshoots here.
SURPRISES = {
    "the good default": (np.linspace(-2, 2, 200), np.full(200, 0.1), np.linspace(-2, 2, 200) > 0),
    "everybody defaults": (*sample(2000, 1.0)[:2], np.ones(2000, dtype=bool)),
    "a crisis": sample(3000, 0.5, seed=2),
}


@pytest.mark.parametrize("name", SURPRISES)
def test_surprising_outcomes_do_not_explode(name):
    data = SURPRISES[name]
    assert fitted(*data) == pytest.approx(penalised(*data, 1.0), abs=1e-2)
