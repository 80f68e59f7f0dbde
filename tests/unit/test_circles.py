"""Guarantees called, paid and recovered, on worlds small enough for pencil and paper; in fen."""

import pytest
from by_hand import emptied, ids

from sim.ends import sell_assets
from sim.estates import pay_firm_estates
from sim.guaranteeing import close_settled_guarantees, pay_calls
from sim.measures.base import METRICS
from sim.phases.allocate_losses import allocate_losses
from sim.phases.seek_credit import _cash_gap
from sim.phases.settle import settle
from sim.postings import party

# ------------------------------------------------------------ calls
NAMED = {"market": {"provision_share": 0.5}, "enterprise": {"liquidation_value": 0.5,
         "estate_cost_share": 0.0, "arrears_months": 3}}  # fmt: skip


def answers(hands, loan, guarantor, limit):
    loans = hands.world.loans
    rows = hands.world.guarantees.append(1, {
        "loan": loans.serial[loan], "debtor": loans.borrower[loan], "guarantor": guarantor,
        "limit": limit})  # fmt: skip
    return int(rows[0])


def circle(kind="bank", limit=1000, cash=(0, 1000, 200, 0), **terms):
    """Firm 0, three months late, owes 1000 and a fen of interest; firms 1 to 3 answer for it."""
    hands = emptied(firms=5, banks=1, micro_lenders=1, **NAMED)
    loan = hands.lends(kind, 0, 0, 1000, interest=1, **terms)
    hands.cash("enterprise", *cash)
    for firm in (1, 2, 3):
        answers(hands, loan, firm, limit)
    hands.world.enterprises.months_late[0] = 3
    hands.world.enterprises.short_by[0] = 50.0
    return hands


def called(hands):
    return hands.world.guarantees.called.tolist()


def claimed(hands):
    return hands.world.guarantees.claim.tolist()


@pytest.mark.parametrize("kind", ["bank", "micro_lender"])
def test_guarantors_pay_what_they_can_of_equal_shares(kind):
    hands = circle(kind)
    world, table = hands.world, hands.world.tables[kind]
    before = table.cash[0]
    allocate_losses(world, hands.scenario)
    # 1001 in three: 333, 334, 334; the second has 200, the third nothing.
    assert called(hands) == [0, 134, 334]
    assert claimed(hands) == [333, 200, 0]
    assert table.cash[0] - before == 533
    assert world.loans.interest_due[0] == 0, "interest is paid first"
    assert world.loans.principal[0] == 1000 - 532
    assert hands.holds("enterprise")[:3] == [0, 667, 0]
    assert table.provisions[0] == 0, "nothing was left uncalled"
    assert world.guarantees.provision.tolist() == [333 / 2, 334 / 2, 334 / 2]
    metric = {name: METRICS[name].function(world) for name in METRICS if "guarant" in name}
    assert metric["guarantees_called"] == 10.01
    assert metric["guarantees_paid"] == 5.33
    assert metric["guaranteed_share"] == 0, "no loan performs"
    hands.checked()


def test_metrics_tell_how_much_is_guaranteed_and_how_many_are_called():
    hands = circle()
    hands.lends("bank", 0, 4, 3000)
    share = METRICS["guaranteed_share"].function
    assert share(hands.world) == 0.25
    hands.world.enterprises.alive[1:4] = False
    assert share(hands.world) == 0, "the dead answer for nothing"
    hands.world.enterprises.alive[1:4] = True
    allocate_losses(hands.world, hands.scenario)
    # Firms 0 and 3 default; three were called for the first.
    assert METRICS["calls_per_default"].function(hands.world) == 1.5


def test_who_cannot_pay_is_late_and_fails_if_the_call_is_more_than_it_has():
    hands = circle()
    world, firms = hands.world, hands.world.enterprises
    allocate_losses(world, hands.scenario)
    # Net worth less provisions: 1000 - 166.5, 200 - 167, 0 - 167.
    assert firms.alive.tolist() == [False, True, True, False, True]
    assert firms.months_late.tolist()[1:4] == [0, 1, 1]
    assert firms.short_by.tolist()[1:4] == [0, 134, 334]
    assert world.desk.tally["loss_rounds"] == 2
    first, second = world.desk.events
    assert (first["row"].tolist(), second["row"].tolist()) == ([0], [3])
    assert second["cause"].tolist() == ["contagious"]
    assert second["parent"].tolist() == party("enterprise", ids(0)).tolist()
    assert world.desk.tally["attributed_guarantee"] == 0, "no cohort yet"
    hands.checked()


def test_the_memory_holds_what_each_was_called_for():
    hands = circle()
    allocate_losses(hands.world, hands.scenario)
    at, channel, source, amount = hands.world.impairments.of(party("enterprise", ids(1, 2, 3)))
    assert at.tolist() == [0, 1, 2]
    assert set(channel.tolist()) == {1}
    assert set(source.tolist()) == set(party("enterprise", ids(0)).tolist())
    assert amount.tolist() == [333, 334, 334]


def test_limits_cap_a_call_and_the_lender_provisions_the_rest():
    hands = circle(limit=100)
    allocate_losses(hands.world, hands.scenario)
    assert claimed(hands) == [100, 100, 0]
    assert called(hands) == [0, 0, 100]
    assert hands.world.banks.provisions[0] == 0.5 * (1001 - 300)
    hands.checked()


def test_security_comes_off_the_call():
    hands = circle(pledged=1000.0)
    hands.assets(0, 1000)
    allocate_losses(hands.world, hands.scenario)
    # The pledge fetches half of its book value: 501 are called in three.
    assert hands.world.desk.tally["guarantee_called"] == 501
    assert claimed(hands) == [167, 167, 0]
    assert hands.world.banks.provisions[0] == 250
    hands.checked()


def test_the_dead_are_not_called_and_the_living_answer_for_their_shares():
    hands = circle(cash=(0, 1000, 1000, 0))
    hands.world.enterprises.alive[3] = False
    allocate_losses(hands.world, hands.scenario)
    assert claimed(hands) == [500, 501, 0]
    assert hands.world.loans.principal[0] == hands.world.loans.interest_due[0] == 0


def test_a_member_that_defaults_in_the_same_round_is_not_called():
    hands = circle(cash=(0, 1000, 1000, 1000))
    hands.world.enterprises.months_late[3] = 3
    allocate_losses(hands.world, hands.scenario)
    assert claimed(hands) == [500, 501, 0]
    hands.checked()


def test_calls_stay_due_and_age_like_arrears():
    hands = circle()
    world, firms = hands.world, hands.world.enterprises
    allocate_losses(world, hands.scenario)
    firms.outflow[:] = 0.0  # no buffer
    assert _cash_gap(world, hands.scenario)[2] == 134
    hands.cash("enterprise", 0, 667, 100)
    settle(world, hands.scenario)
    assert called(hands)[:2] == [0, 34]
    assert claimed(hands)[:2] == [333, 300]
    assert firms.short_by[2] == 34
    assert firms.months_late[2] == 0, "below a yuan"
    hands.cash("enterprise", 0, 667, 100)
    pay_calls(world)
    assert called(hands)[:2] == [0, 0]
    assert firms.cash[2] == 66
    assert hands.world.guarantees.provision[1] == 167, "paid or not, it is half lost"
    hands.checked()


def test_a_call_of_a_yuan_or_more_makes_late_month_by_month():
    hands = circle()
    allocate_losses(hands.world, hands.scenario)
    for months in (2, 3):
        settle(hands.world, hands.scenario)
        assert hands.world.enterprises.months_late[2] == months
    allocate_losses(hands.world, hands.scenario)
    assert not hands.world.enterprises.alive[2]


def test_two_calls_on_one_guarantor_share_its_cash():
    hands = emptied(firms=3, micro_lenders=1, **NAMED)
    loans = [hands.lends("micro_lender", 0, firm, fen) for firm, fen in ((0, 300), (1, 100))]
    hands.cash("enterprise", 0, 0, 201)
    for loan in loans:
        answers(hands, loan, 2, 1000)
    hands.world.enterprises.months_late[:2] = 3
    allocate_losses(hands.world, hands.scenario)
    assert claimed(hands) == [150, 51]  # floor(201 x 3/4), the rest
    assert called(hands) == [150, 49]
    hands.checked()


# ------------------------------------------------------------ covered
def covered(kind="bank", **options):
    hands = circle(kind, **options)
    hands.world.policy = hands.scenario.with_channels_off({"guarantee"}).policy(1)
    return hands


@pytest.mark.parametrize("kind", ["bank", "micro_lender"])
def test_with_the_channel_covered_outside_pays_and_has_the_recourse(kind):
    hands = covered(kind)
    world, table = hands.world, hands.world.tables[kind]
    before = table.cash[0]
    allocate_losses(world, hands.scenario)
    assert table.cash[0] - before == 1001
    assert world.guarantees.covered.tolist() == [333, 334, 334]
    assert not any(called(hands) + claimed(hands))
    assert hands.holds("enterprise")[1:] == [1000, 200, 0, 0]
    assert world.enterprises.alive.tolist() == [False, True, True, True, True]
    assert world.desk.cover["guarantee"] == 1001
    assert not world.impairments.keys.size
    assert not world.receivables_provision().any()
    hands.checked()
    hands.cash("enterprise", 600)
    pay_firm_estates(world, hands.scenario, ids(0))
    assert not world.guarantees.covered.any()
    assert world.ledger.flows["recourse_pay", "payment", "cash", "enterprise", "outside",
                              "cash>cash"] == 600  # fmt: skip
    hands.checked()


# ------------------------------------------------------------ recourse
def paid_up():
    """Firm 0 owes a bank 900; two guarantors have paid 300 each, the third is gone."""
    hands = emptied(firms=4, banks=1, micro_lenders=1, **NAMED)
    loan = hands.lends("bank", 0, 0, 900)
    hands.cash("enterprise", 0, 300, 300, 0)
    for firm in (1, 2):
        answers(hands, loan, firm, 300)
    hands.world.enterprises.months_late[0] = 3
    allocate_losses(hands.world, hands.scenario)
    assert claimed(hands) == [300, 300]
    return hands


def test_guarantors_rank_with_the_lender_in_the_estate():
    hands = paid_up()
    hands.cash("enterprise", 450)
    pay_firm_estates(hands.world, hands.scenario, ids(0))
    assert hands.holds("enterprise") == [0, 150, 150, 0]
    assert hands.world.enterprises.net_worth.tolist() == [0, 150, 150, 0]
    assert not any(claimed(hands))
    assert not hands.world.guarantees.provision.any()
    hands.world.loans.close(0)
    close_settled_guarantees(hands.world)
    assert not hands.world.guarantees.is_open.any()
    hands.checked()


def test_calls_lapse_with_the_estate_of_the_debtor():
    hands = circle()
    allocate_losses(hands.world, hands.scenario)
    pay_firm_estates(hands.world, hands.scenario, ids(0))
    assert not any(called(hands))
    hands.checked()


def test_estates_of_debtor_and_guarantor_that_close_together():
    hands = paid_up()
    firms = hands.world.enterprises
    hands.lends("micro_lender", 0, 1, 100)
    hands.cash("enterprise", 450, 0)
    firms.alive[1], firms.is_in_estate[1] = False, True
    sell_assets(hands.world, hands.scenario, ids(1))
    pay_firm_estates(hands.world, hands.scenario, ids(0, 1))
    # Of the 150 that firm 1 gets its lender takes 100, outside what is left.
    paid = hands.world.ledger.flows
    assert paid["recourse_pay", "payment", "cash", "enterprise", "enterprise", "cash>cash"] == 300
    assert paid["loan_principal", "payment", "cash", "enterprise", "micro_lender",
                "cash>cash"] == 100  # fmt: skip
    assert firms.cash.tolist() == [0, 0, 150, 0]
    assert firms.net_worth.tolist() == [0, 0, 150, 0]
    hands.checked()


def test_the_estate_of_a_guarantor_gives_up_recourse_it_cannot_wait_for():
    hands = paid_up()
    firms = hands.world.enterprises
    firms.alive[1], firms.is_in_estate[1] = False, True
    sell_assets(hands.world, hands.scenario, ids(1))
    pay_firm_estates(hands.world, hands.scenario, ids(1))
    assert claimed(hands) == [0, 300]
    assert firms.net_worth[1] == 0
    hands.checked()
