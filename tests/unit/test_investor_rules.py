"""What savers believe and spend, against numbers worked out by hand."""

import numpy as np
import pytest

from sim.agents.investor import (
    consumption,
    expected_return,
    perceived_hazard,
    perceived_loss_rate,
)
from sim.parameters.investor import InvestorParameters

# With a half-life of one month what was seen lives two months on average.
P = InvestorParameters(
    belief_half_life=1.0, prior_months=10.0, prior_loss=0.06, prior_failure=0.12,
    similarity=0.5, loss_given_failure=0.4, consumption_speed=0.1,
)  # fmt: skip


def of(*values):
    return np.array(values, dtype=np.float64)


def test_the_prior_loss_weighs_its_months_at_the_money_at_work():
    # 1000 fen at work for two months: prior exposure 10 x 1000, own 2000.
    found = perceived_loss_rate(of(0, 300), of(2000, 2000), of(4000, 0), P)
    assert found == pytest.approx([600 / 12_000, (600 + 3600) / 12_000])


def test_a_saver_without_notes_believes_the_prior():
    assert perceived_loss_rate(of(0, 0), of(0, 0), of(0, 900), P) == pytest.approx([0.06, 0.06])


def test_a_loss_as_large_as_expected_changes_nothing():
    monthly = 0.06 / 12 * 5000
    assert perceived_loss_rate(of(monthly), of(5000), of(0), P) == pytest.approx([0.06])


def test_the_prior_weighs_no_less_than_at_a_place_on_one_platform():
    # 100 fen at work, 1000 = a quarter of target wealth: prior exposure 10 x 1000, own 200.
    found = perceived_loss_rate(of(300), of(200), of(4000), P)
    assert found == pytest.approx([(600 + 3600) / 10_200])


def test_who_has_left_forgets_losses_by_the_half_life():
    # Half of a wealth of 100,000 was at work and lost; nothing is at work since.
    p = InvestorParameters()
    life = 1.0 / (1.0 - 0.5 ** (1.0 / p.belief_half_life))
    months = of(0, 12, 24, 60, 120)
    faded = 0.5 ** (months / p.belief_half_life)
    seen = perceived_loss_rate(50_000 * faded, 50_000 * life * faded, np.full(5, 100_000.0), p)
    beyond = seen - p.prior_loss
    assert (np.diff(seen) < 0).all()
    halved = 0.5 ** ((months[3:] - months[2]) / p.belief_half_life)
    assert beyond[3:] / beyond[2] == pytest.approx(halved, rel=0.3)
    assert beyond[-1] < 1e-5


def test_failures_elsewhere_count_by_similarity():
    # Prior: 0.1 failures in 10 months. Own: 1 in 4. Others: 2 in 12, half of it.
    found = perceived_hazard(of(0, 1), of(0, 4), 0.0, 0.0, P)
    assert found == pytest.approx([0.12, 12 * 1.1 / 14])
    assert perceived_hazard(of(1), of(4), 2.0, 12.0, P) == pytest.approx([12 * 2.1 / 20])


def test_expected_return_is_what_works_less_losses_and_fear():
    found = expected_return(of(0.12, 0.06), of(0.02, 0.0), of(0.1, 0.0), of(0.5), P)
    assert found == pytest.approx([0.12 - 0.02 - 1.5 * 0.1 * 0.4, 0.06])


def test_consumption_is_income_interest_and_a_part_of_what_is_above_target():
    wealth, target, cash = of(1000, 1000, 0, 9000), of(800, 1200, 5000, 0), of(500, 500, 500, 50)
    found = consumption(of(100, 100, 100, 100), of(10, 10, 0, 0), wealth, target, cash, P)
    assert found.tolist() == pytest.approx([130, 90, 0, 50])
