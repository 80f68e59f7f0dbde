"""Claims on pools by hand: at par while cash reaches, then in proportion; ranks of an exit."""

import numpy as np
import pytest
from by_hand import emptied, ids

from sim.agents.platform import (
    ABSCONDING,
    LIQUIDATION,
    POLICE,
    WIND_DOWN,
    promised_pool_rate,
    redemption_share,
)
from sim.chart import CODES
from sim.contracts.incidents import NEVER_DOWN, Downtime
from sim.estates import pay_lender_estates
from sim.ledger import Claim
from sim.liquidations import fail_platforms, pay_savers
from sim.note_posting import accrue_on_notes
from sim.parameters.platform import PlatformParameters
from sim.pools import credit_yields, lend_from_pools, subscribe, uncovered_share
from sim.postings import institution_due, release_provisions
from sim.promises import honour_promises
from sim.redemptions import (
    ask_redemptions,
    give_notice,
    leavers_ask_all,
    open_claims,
    pay_redemptions,
)

POOL = {"pooling_share": 1.0, "notice_months": 1, "liquidation_cost": 0.1}


def pool(*claims, lent=0, own=0, **fields):
    """A pool that owes savers these claims and has lent a part; its platform has `own` cash."""
    hands = emptied(1, 0, 0, 1, len(claims), platform={**POOL, **fields})
    hands.cash("platform", own)
    hands.cash("investor", *claims)
    rows = np.arange(len(claims)) * hands.world.slots
    hands.world.accounts.platform[rows] = 0
    subscribe(hands.world, rows, ids(*claims))
    if lent:
        number = hands.world.first_number("platform")
        terms = {"borrower": 0, "provider": number, "holder": 4, "holder_row": 0}
        row = hands.world.loans.append(1, terms)
        lend_from_pools(hands.world, hands.scenario, row, ids(lent))
    hands.checked()
    return hands


def month(hands, *asked):
    """Pay what is due, then give notice of these sums; a month passes."""
    world = hands.world
    pay_redemptions(world, hands.scenario)
    rows = np.flatnonzero(ids(*asked)) * world.slots
    give_notice(world, rows, ids(*asked)[ids(*asked) > 0])
    hands.checked()
    world.month += 1


def claims(hands):
    return hands.world.accounts.claims[:: hands.world.slots].tolist()


def test_notice_is_paid_at_par_a_month_later():
    hands = pool(1000, 600)
    month(hands, 300, 600)
    assert claims(hands) == [1000, 600]
    month(hands, 0, 0)
    assert claims(hands) == [700, 0]
    assert hands.holds("investor") == [300, 600]
    assert hands.world.platforms.redemption_late.tolist() == [0]


def test_short_of_cash_all_get_the_same_share_and_the_second_month_freezes():
    hands = pool(1000, 600, lent=800, own=50, origination_fee=0.0)
    month(hands, 1000, 600)
    month(hands, 0, 0)  # 800 of 1600 is there
    assert claims(hands) == [500, 300]
    fail_platforms(hands.world, hands.scenario)
    assert hands.world.platforms.alive[0]
    month(hands, 0, 0)
    fail_platforms(hands.world, hands.scenario)
    table = hands.world.platforms
    assert (table.alive[0], table.exit_mode[0], table.redemption_late[0]) == (False, LIQUIDATION, 2)
    event = hands.world.desk.events[0]
    assert event["shortfall"].tolist() == [800]


def test_a_month_paid_in_full_starts_the_count_anew():
    hands = pool(1000, lent=800, origination_fee=0.0)
    month(hands, 500)
    month(hands, 0)
    assert hands.world.platforms.redemption_late.tolist() == [1]
    hands.cash("investor", 900)
    subscribe(hands.world, ids(0), ids(700))
    month(hands, 0)
    assert hands.world.platforms.redemption_late.tolist() == [0]


def repaid(hands, fen):
    """Let the borrower repay the loan in part."""
    loans, world = hands.world.loans, hands.world
    claim = Claim("loans", loans, "principal", ids(0), ids(-fen), "enterprise", "platform")
    world.ledger.pay("loan_principal", "enterprise", ids(0), "platform", ids(0), ids(fen), claim,
                     receiver_account="client_cash")  # fmt: skip


def ended(hands, mode):
    table = hands.world.platforms
    table.alive[0], table.is_in_estate[0], table.exit_mode[0] = False, True, mode


@pytest.mark.parametrize(("mode", "paid"), [(WIND_DOWN, [150, 50]), (LIQUIDATION, [127, 43])])
def test_who_is_paid_what_as_loans_run_off(mode, paid):
    """200 come in. Wound down, they are the savers'. Liquidated, a tenth of them and of the own
    cash of 100 is cost (30), and running costs unpaid (100) are paid before the savers (170)."""
    hands = pool(900, 300, lent=1200, own=100, origination_fee=0.0)
    ended(hands, mode)
    institution_due(hands.world, "platform", ids(100))
    repaid(hands, 200)
    pay_savers(hands.world, hands.scenario)
    hands.checked()
    assert hands.holds("investor") == paid


def test_at_the_end_own_cash_meets_claims_and_the_rest_is_lost():
    hands = pool(900, 300, lent=1200, own=100, origination_fee=0.0)
    ended(hands, WIND_DOWN)
    institution_due(hands.world, "platform", ids(60))
    repaid(hands, 200)
    pay_savers(hands.world, hands.scenario)
    loans = hands.world.loans
    lost = ids(1000)
    claim = Claim("loans", loans, "principal", ids(0), -lost, "enterprise", "platform")
    hands.world.ledger.enter("write_off", "platform", ids(0), "enterprise", ids(0), lost, claim)
    loans.close(ids(0))
    pay_lender_estates(hands.world, hands.scenario)
    hands.checked()
    assert hands.holds("investor") == [150 + 30, 50 + 10]
    assert claims(hands) == [0, 0]
    assert not hands.world.platforms.is_in_estate[0]
    assert hands.world.investors.loss_total.tolist() == [720, 240]
    assert hands.world.desk.tally["pool_loss"] == 960
    assert not hands.world.platforms.net_worth[0]


@pytest.mark.parametrize(
    ("mode", "seen", "counted"),
    [(ABSCONDING, 700.9, 260), (POLICE, 2000.0, 0), (LIQUIDATION, 700.9, 960)],
)
def test_what_fraud_left_uncovered_is_not_counted_again_when_it_is_written_off(mode, seen, counted):
    hands = pool(720, 240)
    ended(hands, mode)
    world, table = hands.world, hands.world.platforms
    table.opened_loss[0] = seen
    world.ledger.pay("abscond", "platform", ids(0), "outside", None, ids(960),
                     payer_account="client_cash")  # fmt: skip
    pay_lender_estates(world, hands.scenario)
    hands.checked()
    assert claims(hands) == [0, 0]
    assert world.investors.loss_total.tolist() == [720, 240]
    assert world.desk.tally["pool_loss"] == counted


def test_margins_are_taken_from_what_is_above_the_claims():
    hands = pool(1_000_000, lent=600_000, own=0, origination_fee=0.0)
    world, table = hands.world, hands.world.platforms
    world.loans.rate[:], table.pool_rate[:] = 0.24, 0.06
    credit_yields(world, hands.scenario)
    assert claims(hands) == [1_005_000]
    assert hands.holds("platform") == [0]  # 12,000 earned is not yet there
    assert uncovered_share(world) == pytest.approx([5_000 / 1_005_000])
    due = Claim("interest_due", world.loans, "interest_due", ids(0), ids(12_000), "enterprise",
                "platform")  # fmt: skip
    world.ledger.enter("interest_accrue", "enterprise", ids(0), "platform", ids(0), ids(12_000),
                       due)  # fmt: skip
    credit_yields(world, hands.scenario)
    assert claims(hands) == [1_010_025]
    # Earned are 12,000 a month and promised 5,025; above the claims there are 1,975.
    assert hands.holds("platform") == [1_975]
    hands.checked()


def test_fear_asks_more_back_and_calm_no_more():
    calm, indifferent, afraid = redemption_share(np.array([3.0, 0.0, -3.0]), 0.2)
    assert indifferent == pytest.approx(0.2)
    assert calm == pytest.approx(1 / (1 + 4 * np.exp(3.0)))
    assert afraid == pytest.approx(1 / (1 + 4 * np.exp(-3.0)))
    p = PlatformParameters(service_fee=0.1)
    assert promised_pool_rate(0.12, 0.04, 0.5, p) == pytest.approx(0.034)
    assert promised_pool_rate(0.12, 0.40, 1.0, p) == 0.0


def test_what_fear_asks_beyond_calm_is_remembered_by_who_failed():
    hands = pool(1_000_000, 1_000_000)
    world, rows = hands.world, open_claims(hands.world)
    world.platforms.append(1, {"alive": False, "ended": 0})
    world.month = 3
    world.platforms.ended[1] = 2
    world.investors.failures_seen[:] = 0.0, 9.0
    ask_redemptions(world, hands.scenario)
    asked = world.accounts.asked[rows]
    assert asked[0] == pytest.approx(_asked_calmly(hands, 0), abs=1)
    beyond = float(asked[1]) - _asked_calmly(hands, 1)
    assert beyond > asked[0]
    assert world.platforms.lost_confidence.tolist() == pytest.approx([beyond, 0.0], abs=1)
    assert world.impairments.sources.tolist() == [1 * 16 + 4]
    assert world.impairments.amounts == pytest.approx([beyond], abs=1)


def down(hands, *hours):
    """Let the systems of the pool be down for some hours of the month."""
    party = ids(CODES["platform"])
    hands.world.downtime = Downtime(party, np.array([hours[0]]), np.array([hours[1]]), ids(0))


@pytest.mark.parametrize("leaves", [False, True], ids=["by fear", "for good"])
def test_no_notice_can_be_given_while_systems_are_down(leaves):
    hands = pool(1_000_000, 1_000_000)
    world, rows = hands.world, open_claims(hands.world)
    world.investors.failures_seen[:] = 9.0

    def ask():
        if leaves:
            leavers_ask_all(world, np.arange(2))
        else:
            ask_redemptions(world, hands.scenario)

    down(hands, 0.0, 720.0)
    ask()
    assert not world.accounts.asked.any()
    assert not world.platforms.notice_given.any()
    assert not world.platforms.lost_confidence.any(), "what is not asked, fear has not taken"
    world.downtime = NEVER_DOWN
    ask()
    assert (world.accounts.asked[rows] > 0).all(), "they ask when it is up again"


def test_notice_falls_into_downtime_at_the_hour_at_which_a_saver_deals_with_a_platform():
    hands = pool(1_000_000, 1_000_000)
    world, rows = hands.world, open_claims(hands.world)
    hours = 720.0 * world.draws.uniform("saver_hour", 0, np.arange(2), ids(0, 0))
    down(hands, 0.0, float(hours.mean()))
    ask_redemptions(world, hands.scenario)
    assert (world.accounts.asked[rows] > 0).tolist() == (hours > hours.mean()).tolist()


def _asked_calmly(hands, saver):
    p = hands.scenario.parameters.investor
    table, savers = hands.world.platforms, hands.world.investors
    gain = table.pool_rate[0] - p.outside_yield
    gain -= (1 + savers.risk_aversion[saver]) * p.prior_failure * p.loss_given_failure
    return 1_000_000 * float(redemption_share(p.redemption_sensitivity * gain, p.redemption_share))


# ------------------------------------------------------------ promises
def matched(reserve, own, promises=True):
    """A loan of 1000 through two notes of 600 and 400, in default; interest of 50 is owed."""
    hands = emptied(1, 0, 0, 1, 2, platform={"promise_share": float(promises)})
    world = hands.world
    row = hands.funds(0, 0, (0, 600), (4, 400), is_promised=promises)
    accrue_on_notes(world, ids(row), ids(50))
    hands.cash("platform", own + reserve)
    world.ledger.pay("reserve_fill", "platform", ids(0), "platform", ids(0), ids(reserve),
                     payer_account="cash", receiver_account="reserve_cash")  # fmt: skip
    world.loans.is_bad[row], world.loans.provision[row] = True, 500.0
    hands.checked()
    return hands


def balances(hands):
    return hands.world.accounts.balance[[0, 4]].tolist()


def test_a_promise_is_paid_from_the_reserve_and_then_from_own_cash():
    """Notes are bought whole: 630 for the first, from the reserve; 420 for the second."""
    hands = matched(reserve=700, own=430)
    world = hands.world
    honour_promises(world, hands.scenario)
    hands.checked()
    assert balances(hands) == [630, 420]
    assert world.platforms.reserve_cash.tolist() == [70]
    assert hands.holds("platform") == [10]
    assert world.loans.kept_shares[0] == world.loans.shares[0]
    assert world.platforms.provisions.tolist() == [500]
    assert world.platforms.redemption_late.tolist() == [0]
    assert world.impairments.amounts.tolist() == [500]  # beside the provision, on record already
    release_provisions(world, ids(0))
    assert world.platforms.provisions.tolist() == [0]


def test_a_promise_broken_two_months_running_freezes_a_matching_platform():
    """Of 640 the first note takes 630; 10 are left for the second note's 420, for costs of 50, and
    for idle money of 630 and 70 with the platform: costs first, then 660 in proportion."""
    hands = matched(reserve=0, own=640)
    world = hands.world
    hands.deposits(1, 0, 70)
    for _ in range(2):
        honour_promises(world, hands.scenario)
        assert world.platforms.alive[0]
        institution_due(world, "platform", ids(25))
        fail_platforms(world, hands.scenario)
        world.month += 1
    hands.checked()
    assert world.platforms.exit_mode.tolist() == [LIQUIDATION]
    assert world.desk.events[0]["shortfall"].tolist() == [400]
    assert balances(hands) == [0, 0]
    assert hands.holds("investor") == [660, 0]
    assert world.investors.loss_total.tolist() == [40, 0]
    assert world.desk.tally["balance_loss"] == 40
    assert world.investors.loss_total.sum() - world.investors.loss_seen.sum() == 40
    assert not world.platforms.client_cash[0]
    assert world.loans.is_open[0]  # the notes are serviced on


def test_without_a_promise_own_cash_is_not_touched():
    hands = matched(reserve=0, own=2000, promises=False)
    honour_promises(hands.world, hands.scenario)
    assert balances(hands) == [0, 0]
    assert hands.holds("platform") == [2000]


def test_notes_that_pay_are_never_redeemed_early():
    hands = matched(reserve=900, own=2000)
    hands.world.loans.is_bad[0] = False
    honour_promises(hands.world, hands.scenario)
    pay_redemptions(hands.world, hands.scenario)
    assert balances(hands) == [0, 0]
    assert hands.world.accounts.invested[[0, 4]].tolist() == [600, 400]


def test_a_promising_platform_refills_its_pool_unless_it_may_no_longer():
    for banned_in, paid in ((1_000_000, 1000), (0, 200)):
        hands = pool(1000, lent=800, own=900, origination_fee=0.0, promise_share=1.0)
        hands.world.platforms.banned_in[0] = banned_in
        month(hands, 1000)
        month(hands, 0)
        assert hands.holds("investor") == [paid]
        assert hands.holds("platform") == [100 if paid == 1000 else 900]
