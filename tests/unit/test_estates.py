"""Estates paid by rank on worlds small enough for pencil and paper; all amounts in fen."""

import numpy as np
import pytest
from by_hand import emptied, ids

from sim.chart import BANK, OUTSIDE
from sim.ends import sell_assets
from sim.estates import pay_firm_estates, pay_lender_estates
from sim.parameters.enterprise import EnterpriseParameters
from sim.phases.resolve_failures import resolve_failures
from sim.postings import institution_due
from tests.worlds import STRESS, run, small

# Assets fetch half of their book value; a tenth of the proceeds is the cost of the estate.
FAIR = {"enterprise": {"liquidation_value": 0.5, "estate_cost_share": 0.1}}


def failed(hands, *rows, voluntary=False):
    """Stop firms and sell their assets, as a default or a closure does."""
    firms, rows = hands.world.enterprises, ids(*rows)
    firms.alive[rows], firms.is_in_estate[rows] = False, True
    firms.is_voluntary[rows] = voluntary
    sell_assets(hands.world, hands.scenario, rows)


def pay(hands, *rows):
    """Pay the estates and check that the books balance and the dead are gone."""
    pay_firm_estates(hands.world, hands.scenario, ids(*rows))
    firms = hands.world.enterprises
    assert not firms.is_in_estate[list(rows)].any()
    assert not firms.cash[list(rows)].any()
    assert not firms.net_worth[list(rows)].any()
    hands.checked()


def flow(hands, name):
    """Sum what a flow moved or changed, by instrument."""
    found = {}
    for (flow, _, instrument, *_), fen in hands.world.ledger.flows.items():
        if flow == name:
            found[instrument] = found.get(instrument, 0) + fen
    return {instrument: fen for instrument, fen in found.items() if fen}


@pytest.fixture
def estate():
    """A firm with 5000 cash, assets of 10,000 and four kinds of creditors; firm 1 supplies it."""
    hands = emptied(firms=3, banks=1, micro_lenders=1, **FAIR)
    hands.lends("bank", 0, 0, 7000, interest=1000, pledged=10_000)
    hands.lends("micro_lender", 0, 0, 1800, interest=200)
    hands.buys(0, 1, 1000)
    hands.costs(0, 1000)
    hands.assets(0, 10_000)
    hands.cash("enterprise", 5000)
    failed(hands, 0)
    return hands


def test_each_rank_gets_its_fen(estate):
    pay(estate, 0)
    # 10,000 - 1000 cost - 1000 arrears; 5000 secured; 3000 left for 3000 + 2000 + 1000.
    assert flow(estate, "estate_cost") == {"cash": 1000}
    assert flow(estate, "operating_cost") == {"cash": 1000, "operating_arrears": -1000}
    assert estate.holds("bank") == [5000 + 1500]
    assert estate.holds("micro_lender") == [1000]
    assert estate.holds("enterprise") == [0, 500, 0]
    assert flow(estate, "estate_residual") == {}


def test_interest_is_paid_before_principal_and_the_rest_is_written_off(estate):
    pay(estate, 0)
    assert flow(estate, "loan_interest") == {"cash": 1200, "interest_due": -1200}
    assert flow(estate, "loan_principal") == {"cash": 5500 + 800, "loans": -6300}
    assert flow(estate, "write_off") == {"loans": -1500 - 1000, "payables": -500}
    assert not estate.world.loans.principal.any()


def test_recoveries_are_tallied_by_security(estate):
    pay(estate, 0)
    tally = estate.world.desk.tally
    assert (tally["claims_secured"], tally["recovered_secured"]) == (8000, 6500)
    assert (tally["claims_unsecured"], tally["recovered_unsecured"]) == (2000, 1000)


def test_losses_are_the_creditors_and_provisions_end(estate):
    world = estate.world
    world.loans.provision[:] = [4000, 1000]
    world.banks.provisions[:], world.micro_lenders.provisions[:] = 4000, 1000
    before = world.banks.net_worth[0], world.micro_lenders.net_worth[0]
    pay(estate, 0)
    assert before[0] - world.banks.net_worth[0] == 1500
    assert before[1] - world.micro_lenders.net_worth[0] == 1000
    assert world.banks.provisions.tolist() == [0]
    assert world.micro_lenders.provisions.tolist() == [0]
    # Counted at default was half of the claim; now what was lost beyond, or less.
    assert world.banks.excess_loss.tolist() == [1500 - 4000]


def test_senior_arrears_may_take_all():
    hands = emptied(firms=2, micro_lenders=1, **FAIR)
    hands.lends("micro_lender", 0, 0, 500)
    hands.buys(0, 1, 500)
    hands.costs(0, 400)
    hands.cash("enterprise", 300)
    failed(hands, 0)
    pay(hands, 0)
    assert flow(hands, "estate_cost") == {"cash": 30}
    assert flow(hands, "operating_cost") == {"cash": 270, "operating_arrears": -270}
    lost = {"operating_arrears": -130, "loans": -500, "payables": -500}
    assert flow(hands, "write_off") == lost
    assert hands.holds("micro_lender") == [0]


def test_what_all_claims_leave_goes_to_outside():
    hands = emptied(firms=2, banks=1, **FAIR)
    hands.lends("bank", 0, 0, 600, pledged=10)
    hands.buys(0, 1, 100)
    hands.cash("enterprise", 1000)
    failed(hands, 0, voluntary=True)
    pay(hands, 0)
    assert flow(hands, "estate_cost") == {}, "a closure is no insolvency"
    assert flow(hands, "estate_residual") == {"cash": 300}
    assert hands.holds("enterprise") == [0, 100]
    assert hands.holds("bank") == [600]


def test_two_banks_share_collateral_by_what_is_pledged():
    hands = emptied(firms=1, banks=2, **FAIR)
    hands.lends("bank", 0, 0, 5000, pledged=3000)
    hands.lends("bank", 1, 0, 5000, pledged=1000)
    hands.assets(0, 4000)
    hands.cash("enterprise", 1000)
    failed(hands, 0, voluntary=True)
    pay(hands, 0)
    # 2000 from the assets: 1500 and 500; 1000 for deficiencies of 3500 and 4500, rounded down.
    assert hands.holds("bank") == [1500 + 437, 500 + 563]


def test_collateral_beyond_the_claim_is_for_all():
    hands = emptied(firms=2, banks=1, **FAIR)
    hands.lends("bank", 0, 0, 300, pledged=4000)
    hands.buys(0, 1, 5000)
    hands.assets(0, 4000)
    hands.cash("enterprise", 0)
    failed(hands, 0, voluntary=True)
    pay(hands, 0)
    assert hands.holds("bank") == [300]
    assert hands.holds("enterprise") == [0, 1700]


def test_a_bank_is_secured_by_its_own_collateral_only():
    hands = emptied(firms=2, banks=1, **FAIR)
    hands.lends("bank", 0, 0, 1000, pledged=400)
    hands.buys(0, 1, 1000)
    hands.assets(0, 2000)
    hands.cash("enterprise", 0)
    failed(hands, 0, voluntary=True)
    pay(hands, 0)
    # 1000 in all; 200 from what is pledged; 800 for 800 + 1000, rounded down.
    assert hands.holds("bank") == [200 + 355]
    assert hands.holds("enterprise") == [0, 445]


def test_notes_share_what_their_loan_gets():
    hands = emptied(firms=1, platforms=1, investors=2)
    hands.funds(0, 0, (0, 600), (4, 400))
    hands.cash("enterprise", 333)
    failed(hands, 0, voluntary=True)
    pay(hands, 0)
    balance = hands.world.accounts.balance
    # 333 for five shares are 66 a share; the rest goes with what is left of the estate.
    assert balance[[0, 4]].tolist() == [198, 132]
    assert hands.world.platforms.client_cash.tolist() == [330]
    assert hands.world.investors.loss_total.tolist() == [402, 268]
    assert hands.world.desk.tally["investor_loss"] == 670


def test_estates_of_one_month_do_not_mix():
    hands = emptied(firms=4, micro_lenders=1)
    hands.buys(2, 1, 900)
    hands.buys(0, 1, 100)
    hands.lends("micro_lender", 0, 2, 100)
    hands.cash("enterprise", 50, 0, 500, 7)
    failed(hands, 0, 2, voluntary=True)
    pay(hands, 0, 2)
    assert hands.holds("enterprise") == [0, 50 + 450, 0, 7]
    assert hands.holds("micro_lender") == [50]


def test_an_estate_shares_what_it_gets_from_another():
    hands = emptied(firms=3)
    hands.buys(0, 1, 1000)
    hands.buys(1, 2, 400)
    hands.cash("enterprise", 100)
    failed(hands, 0, 1, voluntary=True)
    pay(hands, 0, 1)
    assert hands.holds("enterprise") == [0, 0, 100]


def test_a_chain_of_estates_pays_by_rank():
    hands = emptied(firms=4, banks=1, **FAIR)
    hands.buys(0, 1, 1000)
    hands.buys(1, 2, 300)
    hands.buys(2, 3, 500)
    hands.costs(1, 250)
    hands.lends("bank", 0, 1, 450, pledged=400)
    hands.assets(1, 400)
    hands.cash("enterprise", 600, 0)
    failed(hands, 0, 1, 2, voluntary=True)
    pay(hands, 2, 0, 1)
    # 1 has 200 from its assets and 600 from 0: 250 for arrears, 200 secured, and 350 for a
    # deficiency of 250 and a payable of 300: 159 (rounded down) and 191, which 2 passes on.
    assert flow(hands, "operating_cost") == {"cash": 250, "operating_arrears": -250}
    assert hands.holds("bank") == [200 + 159]
    assert hands.holds("enterprise") == [0, 0, 0, 191]


def test_estates_in_a_ring_clear_at_once():
    hands = emptied(firms=3)
    hands.buys(0, 1, 1000)
    hands.buys(1, 0, 400)
    hands.buys(1, 2, 400)
    hands.cash("enterprise", 300)
    failed(hands, 0, 1, voluntary=True)
    pay(hands, 0, 1)
    # x = 300 + y / 2 and y = x: 0 pays 600, 1 passes on half of it to 0 and half to 2.
    assert hands.holds("enterprise") == [0, 0, 300]
    assert flow(hands, "payable_pay") == {"cash": 1200, "payables": -1200}


def test_what_an_estate_could_not_collect_is_written_off():
    hands = emptied(firms=2)
    link = hands.buys(1, 0, 300)
    hands.world.links.provision[link] = hands.world.links.overdue[link] = 150.0
    failed(hands, 0)
    pay(hands, 0)
    links = hands.world.links
    assert (links.due[link], links.provision[link], links.overdue[link]) == (0, 0, 0)


@pytest.mark.parametrize(("until", "is_paid"), [(1, True), (2, False)])
def test_an_estate_lasts_its_months(until, is_paid):
    hands = emptied(firms=1, **FAIR)
    hands.cash("enterprise", 100)
    failed(hands, 0)
    hands.world.enterprises.estate_until[0] = until
    resolve_failures(hands.world, hands.scenario)
    assert (hands.holds("enterprise") == [0]) == is_paid


def test_the_shortest_estate_allowed_waits_for_all_it_owes():
    known = EnterpriseParameters.model_fields["estate_months"].metadata
    bound = min(m.ge for m in known if hasattr(m, "ge"))
    hasty = {**STRESS, "enterprise": {**STRESS["enterprise"], "estate_months": bound}}
    run(small(150, parameters=hasty))


# ------------------------------------------------------------ institutions
def dues(hands, kind, fen):
    institution_due(hands.world, kind, np.full(hands.world.tables[kind].n, fen))


def test_a_failed_lender_pays_costs_then_its_banks_alike():
    hands = emptied(firms=1, banks=2, micro_lenders=1)
    hands.wholesale(0, 0, 400, interest=100)
    hands.wholesale(1, 0, 250, interest=249)
    dues(hands, "micro_lender", 200)
    hands.cash("micro_lender", 500)
    table = hands.world.micro_lenders
    table.alive[0], table.is_in_estate[0] = False, True
    pay_lender_estates(hands.world, hands.scenario)
    # 300 for claims of 500 and 499: 150 (rounded down from 150.15) and the rest.
    assert hands.holds("bank") == [150, 150]
    assert flow(hands, "wholesale_interest") == {"cash": 250, "wholesale_interest_due": -250}
    assert flow(hands, "wholesale_principal") == {"cash": 50, "wholesale": -50}
    assert not hands.world.wholesale.is_open.any()
    assert not table.is_in_estate.any()
    hands.checked()


def test_an_estate_waits_for_its_last_loan():
    hands = emptied(firms=1, micro_lenders=1)
    hands.lends("micro_lender", 0, 0, 100)
    hands.cash("micro_lender", 70)
    table = hands.world.micro_lenders
    table.alive[0], table.is_in_estate[0] = False, True
    pay_lender_estates(hands.world, hands.scenario)
    assert table.is_in_estate.tolist() == [True]
    assert hands.holds("micro_lender") == [70]


@pytest.mark.parametrize(("holder", "waits"), [(BANK, True), (OUTSIDE, False)])
def test_a_bank_s_estate_waits_for_its_own_claims_on_lenders(holder, waits):
    hands = emptied(firms=1, banks=1, micro_lenders=1)
    hands.wholesale(0, 0, 100)
    hands.world.wholesale.holder[0] = holder
    table = hands.world.banks
    table.alive[0], table.is_in_estate[0] = False, True
    pay_lender_estates(hands.world, hands.scenario)
    assert table.is_in_estate.tolist() == [waits]


def test_a_platform_s_estate_never_touches_client_money():
    hands = emptied(firms=1, platforms=1, investors=1)
    hands.deposits(0, 0, 900)
    hands.cash("platform", 70)
    table = hands.world.platforms
    table.alive[0], table.is_in_estate[0] = False, True
    pay_lender_estates(hands.world, hands.scenario)
    assert hands.world.platforms.client_cash.tolist() == [900]
    assert table.is_in_estate.tolist() == [True], "it waits until clients have their money"


def test_the_living_are_left_alone():
    hands = emptied(firms=1, banks=1, micro_lenders=1, platforms=1)
    for kind in ("bank", "micro_lender", "platform"):
        hands.cash(kind, 50)
    pay_lender_estates(hands.world, hands.scenario)
    assert [hands.holds(k) for k in ("bank", "micro_lender", "platform")] == [[50]] * 3
