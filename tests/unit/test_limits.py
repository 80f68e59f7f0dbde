"""Limits: folds, neutral values, who set what; two instruments never meet."""

from itertools import permutations

import numpy as np
import pytest

from sim.limits import QUESTIONS, ProviderView, answer
from sim.supervision.leverage_cap import LeverageCap
from sim.supervision.loan_cap import LoanCap
from sim.supervision.rate_ceiling import RateCeiling
from sim.supervision.registration import Registration


def view(kind=("bank", "micro_lender", "platform")) -> ProviderView:
    n = len(kind)
    return ProviderView(np.array(kind), np.ones(n), np.ones(n), np.ones(n))


class Halt:
    def may_lend(self, view):
        return [True, False, True]


class Open:
    def may_lend(self, view):
        return True


def test_without_instruments_everything_is_neutral():
    limits = answer([], view(), 1)
    for name, question in QUESTIONS.items():
        assert (limits[name] == question.neutral).all()
        assert (limits.set_by(name) == -1).all()


def test_tightest_ceiling_wins_and_says_who_set_it():
    ceilings = [RateCeiling(rate=0.2), RateCeiling(rate=0.15, kinds=("bank",))]
    limits = answer(ceilings, view(), 1)
    assert limits["rate_ceiling"].tolist() == [0.15, 0.2, 0.2]
    assert limits.set_by("rate_ceiling").tolist() == [1, 0, 0]


def test_order_never_matters():
    all_of_them = [
        RateCeiling(rate=0.2),
        LoanCap(amount=5.0),
        LeverageCap(),
        Halt(),
        Registration(),
    ]
    wanted = answer(all_of_them, view(), 1)
    for order in permutations(all_of_them):
        found = answer(order, view(), 1)
        assert all((found[name] == wanted[name]).all() for name in QUESTIONS)


def test_flags_fold_by_and_and_or():
    limits = answer([Open(), Halt(), Registration(kinds=("platform",))], view(), 1)
    assert limits["may_lend"].tolist() == [True, False, True]
    assert limits.set_by("may_lend").tolist() == [-1, 1, -1]
    assert limits["must_register"].tolist() == [False, False, True]


def test_kinds_by_name_and_by_population_code():
    by_code = answer([LoanCap(amount=5.0)], view((3, 2, 4)), 1)
    by_name = answer([LoanCap(amount=5.0)], view(), 1)
    assert by_code["loan_cap"].tolist() == by_name["loan_cap"].tolist() == [np.inf, np.inf, 5.0]


def test_columns_are_read_only():
    limits = answer([], view(), 1)
    with pytest.raises(ValueError, match="read-only"):
        limits["loan_cap"][0] = 3.0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (np.nan, "no number (nan)"),
        ([1.0, np.nan, 2.0], "no number (nan)"),
        (None, "no number (nothing)"),
        ([1.0, 2.0], "an array of shape (2,)"),
        (np.ones((3, 3)), "an array of shape (3, 3)"),
        ("much", "'much', which is no number per provider"),
    ],
)
def test_an_answer_that_is_none_names_instrument_and_question(given, said):
    class Broken:
        kind = "broken"

        def loan_cap(self, view):
            return given

    with pytest.raises(ValueError, match="month 7: broken answered loan_cap") as caught:
        answer([Broken()], view(), 7)
    assert said in str(caught.value)


def test_instruments_cannot_write_into_what_they_see():
    capital = np.ones(3)
    shown = ProviderView(np.array([2, 3, 4]), capital, capital, capital)
    for name in ("kind", "capital", "loans", "age_months"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(shown, name)[:] = 0
    capital[:] = 2.0
    assert shown.capital.tolist() == [2.0, 2.0, 2.0], "no copy is made"


def test_levies_add_up_and_name_the_first_who_asks():
    fees = [LoanCap(), Registration(fee=5.0), Registration(fee=7.0, kinds=("bank",))]
    limits = answer(fees, view(), 1)
    assert limits["levy"].tolist() == [12.0, 5.0, 5.0]
    assert limits.set_by("levy").tolist() == [1, 1, 1]
