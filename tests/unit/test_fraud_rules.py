"""When owners run, what the ledger refuses under custody, and who gets what is left."""

import numpy as np
import pytest

from sim.agents.platform import absconds, franchise_value
from sim.contracts.fraud_claims import hidden
from sim.fraud import abscond, misuse, pay_fake_notes, support_redemptions
from sim.fraud_estates import expose_claims, open_case, pay_fraud_estates
from sim.ledger import Claim, LedgerError
from sim.measures.base import METRICS
from sim.parameters.platform import PlatformParameters
from sim.pools import subscribe
from tests.unit.by_hand import YUAN, emptied, ids


def test_an_owner_runs_where_the_money_exceeds_what_he_leaves_behind():
    fen = ids(100, 100, 100, 0, 1)
    caught = np.array([0.5, 0.5, 0.0, 0.0, 0.0])
    worth = np.array([49.0, 20.0, -500.0, -500.0, -500.0])
    franchise = np.array([0.0, 30.0, 0.0, 0.0, 499.0])
    # 50 > 49, but not 50 > 50; a bankrupt owner still needs something to take.
    assert absconds(fen, caught, worth, franchise).tolist() == [True, False, True, False, True]


def test_a_loss_making_platform_has_no_franchise():
    p = PlatformParameters(franchise_months=10)
    assert franchise_value(np.array([5.0, -5.0]), p).tolist() == [50.0, 0.0]


def ponzi(**terms):
    """A fraudulent platform (row 0) and a sound one, with two clients of 600 and 400 yuan."""
    fraud = {"fake_months": 2, "fraud_bonus": 0.0, "service_fee": 0.0, "recovery_share": 0.5,
             "recovery_months": 1, **terms}  # fmt: skip
    hands = emptied(firms=2, platforms=2, investors=3, platform=fraud)
    table = hands.world.platforms
    table.is_fraud[0], table.posted_rate[:], table.born[:] = True, 0.12, -9
    hands.deposits(0, 0, 600 * YUAN)
    hands.deposits(4, 0, 400 * YUAN)
    hands.deposits(8, 1, 100 * YUAN)
    return hands


def test_misuse_turns_balances_into_fake_notes_and_leaves_all_claims_and_worth_as_they_were():
    hands = ponzi()
    world, before = hands.world, hands.world.platforms.net_worth.copy()
    misuse(world, hands.scenario, ids(500 * YUAN, 0))
    book = world.fraud_claims
    assert book.owed.tolist() == [300 * YUAN, 200 * YUAN]  # by balances
    assert world.accounts.balance[[0, 4]].tolist() == [300 * YUAN, 200 * YUAN]
    assert world.platforms.cash[0] == world.platforms.client_cash[0] == 500 * YUAN
    assert (world.platforms.net_worth == before).all()
    assert hidden(world.fraud_claims, world.platforms).tolist() == [500 * YUAN, 0]
    hands.checked()


def test_the_misused_share_is_one_at_most_whatever_interest_is_owed():
    hands = ponzi()
    world = hands.world
    misuse(world, hands.scenario, ids(1000 * YUAN, 0))
    book, rows = world.fraud_claims, np.arange(2)
    interest, platform, saver = book.owed.copy(), book.platform[rows], book.saver[rows]
    claim = Claim("fake_notes", book, "owed", rows, interest, "platform", "investor")
    enter = world.ledger.enter
    enter("fake_note_accrue", "platform", platform, "investor", saver, interest, claim)
    assert METRICS["misused_share"].function(world) == pytest.approx(1000 / 1100)
    world.platforms.pool_misused[1] = 10**9  # more than anybody has with it any more
    assert METRICS["misused_share"].function(world) == 1.0


@pytest.mark.parametrize("flow", ["misuse", "abscond", "estate_pool"])
def test_the_ledger_refuses_to_take_client_money_from_custody(flow):
    hands = ponzi()
    ledger = hands.world.ledger
    ledger.in_custody = np.array([False, True])
    to = "outside" if flow == "abscond" else "platform"
    own = {"payer_account": "client_cash"}
    with pytest.raises(LedgerError, match="custody"):
        ledger.pay(flow, "platform", ids(0, 1), to, None if to == "outside" else ids(0, 1),
                   ids(1, 1), **own)  # fmt: skip
    # Where nothing is asked of the platform in custody, nothing is refused.
    ledger.pay(flow, "platform", ids(0, 1), to, None if to == "outside" else ids(0, 1), ids(1, 0),
               **own)  # fmt: skip


def test_fake_notes_are_paid_from_own_cash_then_from_what_other_clients_put_in():
    hands = ponzi()
    world = hands.world
    misuse(world, hands.scenario, ids(500 * YUAN, 0))
    own = world.platforms.cash[0]
    pay_fake_notes(world, hands.scenario)  # a month's interest of 1 %
    assert own - world.platforms.cash[0] == 5 * YUAN
    assert not world.platforms.is_short[0]
    hands.cash("platform", 0, 0)
    world.month += 2  # all falls due: 500 + 5, and the clients' idle money is 505
    pay_fake_notes(world, hands.scenario)
    assert not world.platforms.is_short[0]
    assert world.fraud_claims.owed[2:].sum() == 505 * YUAN  # new fake notes for the old
    assert world.accounts.balance[[0, 4]].sum() == 505 * YUAN
    hands.checked()


def test_what_falls_due_beyond_all_cash_is_refused_and_ends_the_platform():
    hands = ponzi()
    world, table = hands.world, hands.world.platforms
    misuse(world, hands.scenario, ids(1000 * YUAN, 0))
    hands.cash("platform", 300 * YUAN, 0)  # the rest was spent
    world.month += 2
    pay_fake_notes(world, hands.scenario)
    assert table.is_short.tolist() == [True, False]
    assert table.cash[0] == 300 * YUAN
    abscond(world, hands.scenario)
    assert table.alive.tolist() == [False, True]
    assert table.exit_mode.tolist() == [3, 0]
    assert table.taken[0] == 300 * YUAN
    assert not table.cash[0]
    assert table.client_cash.tolist() == [0, 100 * YUAN]


def ended(custody):
    """Let the owner of a platform with 500 of 1,000 in fake notes run with own cash of 500."""
    hands = ponzi()
    world, table = hands.world, hands.world.platforms
    misuse(world, hands.scenario, ids(500 * YUAN, 0))
    columns, names = dict(world.limits.columns), ("custody",)
    columns |= {name: np.full(world.n_providers, custody) for name in names}
    world.limits.columns.update(columns)
    table.is_short[0] = True
    abscond(world, hands.scenario)
    expose_claims(world)
    return hands


def test_without_custody_all_client_money_goes_and_is_owed_with_the_fake_notes():
    hands = ended(custody=False)
    world = hands.world
    assert world.platforms.taken[0] == 1000 * YUAN
    assert not world.accounts.balance[[0, 4]].any()
    assert world.fraud_claims.owed.tolist() == [300 * YUAN, 200 * YUAN] * 2
    assert world.investors.loss_total.tolist() == [600 * YUAN, 400 * YUAN, 0]
    assert not world.accounts.invested[[0, 4]].any()
    hands.checked()


def test_balances_lost_are_a_loss_by_failure_and_no_loss_on_notes():
    savers = ended(custody=False).world.investors
    assert savers.loss_total.tolist() == [600 * YUAN, 400 * YUAN, 0]
    assert savers.loss_seen.tolist() == [300 * YUAN, 200 * YUAN, 0], "the fake notes"


def test_with_custody_the_owner_takes_his_own_cash_only():
    hands = ended(custody=True)
    world = hands.world
    assert world.platforms.taken[0] == world.platforms.claims_left[0] == 500 * YUAN
    assert world.accounts.balance[[0, 4]].sum() == world.platforms.client_cash[0] == 500 * YUAN
    hands.checked()


def test_what_the_police_find_is_shared_by_claims_and_the_rest_written_off():
    hands = ended(custody=False)
    world, table = hands.world, hands.world.platforms
    open_case(world, hands.scenario, ids(0))
    pay_fraud_estates(world, hands.scenario)
    assert table.is_dormant[0]
    assert not world.investors.cash.any()
    world.month += 1
    pay_fraud_estates(world, hands.scenario)
    # Half of the 1,000 taken.
    assert hands.holds("investor") == [300 * YUAN, 200 * YUAN, 0]
    assert table.claims_paid[0] == 500 * YUAN
    assert not world.fraud_claims.owed.any()
    assert not world.fraud_claims.is_open.any()
    hands.checked()


def test_without_a_case_claims_get_what_the_estate_holds_after_its_costs():
    hands = ended(custody=False)
    world, table = hands.world, hands.world.platforms
    table.case_until[0] = 0  # the dice may have caught him
    hands.cash("platform", 100 * YUAN, 0)
    pay_fraud_estates(world, hands.scenario)
    assert hands.holds("investor") == [60 * YUAN, 40 * YUAN, 0]
    assert world.investors.loss_total.tolist() == [540 * YUAN, 360 * YUAN, 0]
    assert not world.fraud_claims.is_open.any()
    hands.checked()


def pool():
    """A fraudulent pool and a sound one of 1,000 yuan each; 400 were taken out of the first."""
    hands = ponzi()
    world, table = hands.world, hands.world.platforms
    table.is_pooling[:] = True
    for platform in (0, 1):
        account = ids(1 + 4 * platform)
        world.accounts.platform[account] = platform
        hands.cash("investor", *(1000 * YUAN * (row == platform) for row in range(3)))
        subscribe(world, account, ids(1000 * YUAN))
    misuse(world, hands.scenario, ids(400 * YUAN, 0))
    return hands


def test_what_is_taken_out_of_a_pool_leaves_claims_and_shows_nowhere():
    hands = pool()
    world = hands.world
    assert world.accounts.claims[[1, 5]].tolist() == [1000 * YUAN] * 2
    assert hidden(world.fraud_claims, world.platforms).tolist() == [400 * YUAN, 0]
    assert not world.fraud_claims.n
    hands.checked()


def test_a_fraudulent_pool_pays_redemptions_from_own_cash_until_they_exceed_all_it_has():
    hands = pool()
    world, table = hands.world, hands.world.platforms
    there = table.client_cash[0]
    support_redemptions(world, ids(there + 300 * YUAN, table.client_cash[1] + 1))
    assert table.client_cash[0] == there + 300 * YUAN
    assert table.pool_misused[0] == table.cash[0] == 100 * YUAN
    assert not table.is_short.any()
    support_redemptions(world, ids(table.client_cash[0] + 101 * YUAN, 0))
    assert table.is_short.tolist() == [True, False]
    assert table.cash[0] == 100 * YUAN
    abscond(world, hands.scenario)
    assert table.exit_mode.tolist() == [3, 0]
    assert not table.client_cash[0]
    assert table.claims_left[0] == 1000 * YUAN
    hands.checked()
