"""Numbers that figures work out, against known answers."""

import numpy as np
import pandas as pd
import pytest

from analysis.figures import defaults_by_grade, size_distribution


def test_hill_finds_the_exponent_of_a_pareto_tail():
    ranks = np.arange(1, 20_001)
    assert size_distribution.tail_exponent(ranks ** (-1 / 1.3)) == pytest.approx(1.3, rel=0.02)
    assert np.isnan(size_distribution.tail_exponent(np.ones(20)))


def test_odds_ratio_passes_over_thin_grades():
    found = pd.DataFrame({"grade": list("ABC"), "loan_months": [9000, 9000, 10],
                          "rate": [0.02, 0.2, 0.9]})  # fmt: skip
    best, worst, ratio = defaults_by_grade.odds_ratio(found)
    assert (best, worst) == ("A", "B")
    assert ratio == pytest.approx((0.2 / 0.8) / (0.02 / 0.98))
