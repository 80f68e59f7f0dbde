"""Metrics of borrowers and lenders, and tables of portfolios, on a world of a few contracts."""

import math
from dataclasses import fields

import numpy as np
import pytest
from by_hand import YUAN, emptied, four_loans, ids, metric

from sim.contracts.impairments import RELATION_OFFSET
from sim.contracts.loans import LINE, WORKING
from sim.measures import portfolios
from sim.world import KINDS, Applications, Offers


@pytest.fixture
def books():
    return four_loans()


# ------------------------------------------------------------ borrowers
def test_who_is_served_and_at_what_rate_by_size(books):
    firms = books.world.enterprises
    firms.is_core[:] = False
    firms.scale[:] = np.array([999_999, 1_000_001, 4_999_999, 5_000_001]) / 12 * YUAN
    # Firm 0 owes the bank; firm 1 is in default; firm 2 owes a micro lender and through notes.
    served = [metric(books, f"served_{size}") for size in ("micro", "small", "larger")]
    assert served == [1.0, 0.5, 0.0]
    assert metric(books, "mean_rate_micro_firms") == pytest.approx(0.06)
    assert metric(books, "mean_rate_small_firms") == pytest.approx(0.14)
    assert math.isnan(metric(books, "mean_rate_larger_firms"))
    assert metric(books, "mean_rate") == pytest.approx((36 + 72 + 96) / 1800)


def test_lenders_of_a_borrower_are_counted_once_each(books):
    assert metric(books, "loans_per_borrower") == pytest.approx(3 / 2)
    assert metric(books, "lenders_per_borrower") == pytest.approx(3 / 2)
    assert metric(books, "many_lenders") == 0
    books.lends("bank", 0, 2, 100 * YUAN)
    books.lends("bank", 0, 2, 100 * YUAN)
    assert metric(books, "loans_per_borrower") == pytest.approx(5 / 2)
    assert metric(books, "lenders_per_borrower") == pytest.approx(4 / 2)
    assert metric(books, "many_lenders") == pytest.approx(1 / 2)


def filled(schema, n, **given):
    """Make papers of `n` rows: zeros but for the columns given."""
    return schema(**{f.name: np.zeros(n, dtype=np.int64) for f in fields(schema)} | given)


def answered(hands):
    """Three requests for new credit and two rollovers; of each one is granted."""
    desk = hands.world.desk
    desk.applications = filled(Applications, 5, purpose=ids(1, 2, 1, 0, 0))
    # Nobody was asked for the third.
    desk.offers = filled(Offers, 5, application=ids(0, 0, 1, 3, 4))
    desk.granted = np.array([False, True, False, True, False])
    desk.put_off = np.zeros(5, dtype=bool)


def test_refused_by_all_is_a_share_of_applications():
    hands = emptied(firms=5, banks=1)
    assert math.isnan(metric(hands, "rejection_rate"))
    answered(hands)
    assert (metric(hands, "applications"), metric(hands, "rejections")) == (3, 2)
    assert metric(hands, "rejection_rate") == pytest.approx(2 / 3)
    assert metric(hands, "rejection_rate_rollover") == pytest.approx(1 / 2)
    hands.world.desk.put_off[2] = True  # decided for, and paid in a later month
    assert (metric(hands, "applications"), metric(hands, "rejections")) == (3, 1)


def test_first_time_borrowers_are_followed_for_a_year():
    hands = emptied(firms=5, banks=2)
    world, firms = hands.world, hands.world.enterprises
    world.month = 14
    # Firms 0 to 2 had their first loan in month 2, firm 3 in month 1 and firm 4 in month 3.
    pairs = [(0, 0, 2), (0, 1, 5), (1, 1, 2), (2, 0, 2), (3, 0, 1), (3, 1, 2), (4, 0, 3)]
    keys, since = zip(*(((f << 24) | n, m + RELATION_OFFSET) for f, n, m in pairs), strict=True)
    world.relations.add(ids(*keys), np.array(since, dtype=float))
    firms.ended[:] = [14, 15, 8, 10, 10]
    firms.is_voluntary[2] = True
    assert metric(hands, "first_borrowers") == 3
    assert metric(hands, "first_borrowers_bad") == 1
    assert metric(hands, "first_time_default_rate") == pytest.approx(1 / 3)


# ------------------------------------------------------------ lenders
def test_credit_and_arrears_by_who_granted(books):
    shares = {kind: metric(books, f"credit_share_{kind}") for kind in KINDS}
    owed = {"bank": 600, "micro_lender": 400, "ecommerce_lender": 0, "platform": 800}
    assert shares == pytest.approx({kind: fen / 1800 for kind, fen in owed.items()})
    assert metric(books, "par30_bank") == pytest.approx(1.0)
    assert metric(books, "par90_bank") == pytest.approx(200 / 800)
    assert metric(books, "par90_micro_lender") == 0
    assert metric(books, "par30_platform") == 0


def test_a_loan_costs_what_all_decisions_cost():
    hands = emptied(firms=5, banks=1, micro_lenders=1)
    assert math.isnan(metric(hands, "cost_per_loan"))
    answered(hands)
    hands.world.banks.decision_cost[:] = 900 * YUAN
    hands.world.micro_lenders.decision_cost[:] = 100 * YUAN
    assert metric(hands, "loans_granted") == 2
    assert metric(hands, "decision_cost") == 1000
    assert metric(hands, "cost_per_loan") == 500


# ------------------------------------------------------------ tables
def test_borrowers_are_listed_by_kind_at_the_end_of_a_year(books):
    world = books.world
    books.lends("bank", 0, 2, 100 * YUAN, rate=0.05)
    books.lends("bank", 0, 2, 300 * YUAN, rate=0.09)
    world.enterprises.plan[2] = 7 * YUAN
    books.assets(2, 55 * YUAN)
    world.enterprises.asset_target[2] = 30 * YUAN
    assert portfolios.borrowers(world) == {}  # in month 1
    for month, is_listed in ((12, True), (24, False), (36, True)):
        world.month = month
        assert bool(portfolios.borrowers(world)) == is_listed
    found = portfolios.borrowers(world)
    keys = list(zip(found["row"].tolist(), found["kind"], strict=True))
    assert keys == [(0, "bank"), (2, "micro_lender"), (2, "bank"), (2, "platform")]
    at = keys.index((2, "bank"))
    assert (found["credit"][at], found["loans"][at], found["lenders"][at]) == (400 * YUAN, 2, 1)
    assert found["rate"][at] == pytest.approx(0.08)
    assert (found["sales"][at], found["fixed_assets"][at]) == (84 * YUAN, 55 * YUAN)
    assert found["own_assets"][at] == 30 * YUAN, "a project bought the rest"
    world.enterprises.alive[2] = False
    assert portfolios.borrowers(world)["row"].tolist() == [0]


def test_vintages_leave_lines_of_credit_out(books):
    world, loans = books.world, books.world.loans
    loans.granted[:] = 1
    counted = {}
    for name, purpose, is_line in (
        ("loan", WORKING, False), ("line", LINE, True), ("line of a dead lender", LINE, False),
    ):  # fmt: skip
        loans.purpose[:], loans.is_line[:] = purpose, is_line
        vintages = portfolios.Vintages(12)
        world.month = 3
        vintages.observe(world)
        counted[name] = int((vintages.performing + vintages.gone_bad).sum())
    assert counted.pop("loan") > 0
    assert counted == {"line": 0, "line of a dead lender": 0}


def test_vintages_count_loans_by_months_since_the_grant(books):
    world, loans = books.world, books.world.loans
    loans.granted[:], loans.grade[:] = [-3, 2, 14, 1], [0, 2, 1, 2]
    counted = portfolios.Vintages(24)
    for month in (14, 15):
        world.month = month
        world.enterprises.ended[1] = 14
        counted.observe(world)
    found = counted.counts()
    rows = set(zip(*(found[name].tolist() for name in found), strict=True))
    assert rows == {
        (0, "bank", "A", 17, 1, 0), (0, "bank", "A", 18, 1, 0),  # granted during burn-in
        (1, "bank", "C", 12, 0, 1),  # bad in month 14, counted once
        (2, "micro_lender", "B", 0, 1, 0), (2, "micro_lender", "B", 1, 1, 0),
        (1, "platform", "C", 13, 1, 0), (1, "platform", "C", 14, 1, 0),
    }  # fmt: skip
    world.month = 60  # older than what is followed
    counted.observe(world)
    assert counted.counts()["performing"].sum() == found["performing"].sum()
