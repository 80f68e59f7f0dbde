"""Notes sold among savers: who meets whom, at which price, and what it leaves as it was."""

import numpy as np
import pytest
from by_hand import YUAN, emptied, ids, metric

from sim.agents.investor import SLOTS, discount_demanded, required_return
from sim.note_market import meet, trade_notes
from sim.parameters.investor import InvestorParameters
from sim.saver_choice import Choices
from tests.worlds import FICKLE, audit_now, differing, run, small, state, watch_phases


# ------------------------------------------------------------ who meets whom
def plain_meet(platform, face, bid_platform, budget):
    found = []
    for i, (where, fen) in enumerate(zip(platform, face, strict=True)):
        start = sum(f for p, f in zip(platform[:i], face[:i], strict=True) if p == where)
        buyer, low = -1, 0
        for k, (of, money) in enumerate(zip(bid_platform, budget, strict=True)):
            if of != where:
                continue
            if low <= start and start + fen <= low + money:
                buyer = k
            low += money
        found.append(buyer)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_a_note_falls_to_the_buyer_whose_money_covers_it_whole(seed):
    dice = np.random.default_rng(seed)
    platform, bid_platform = (np.sort(dice.integers(0, 4, dice.integers(0, 12))) for _ in "ab")
    face = dice.integers(1, 9, len(platform))
    budget = dice.integers(0, 20, len(bid_platform))
    found = meet(platform, face, bid_platform, budget)
    assert found.tolist() == plain_meet(platform, face, bid_platform, budget)
    spent = np.bincount(found[found >= 0], face[found >= 0], len(budget))
    assert (spent <= budget).all()


# ------------------------------------------------------------ at which price
P = InvestorParameters(outside_yield=0.02)


def of(*values):
    return np.array(values, dtype=np.float64)


def test_a_buyer_requires_what_new_notes_bring_or_the_outside_above_risk():
    assert required_return(of(0.1, 0.1), of(0.05, 0.12), of(0.02, 0.02)).tolist() == pytest.approx(
        [0.1, 0.14]
    )


def test_the_discount_makes_up_for_a_low_rate_over_the_life_of_the_note():
    found = discount_demanded(of(0.14, 0.1, 5.0), of(0.10, 0.13, 0.1), of(0.5, 2.0, 1.0), 0.01)
    assert found.tolist() == pytest.approx([0.5 * 0.05, 0.0, 1.0])


# ------------------------------------------------------------ by hand
def market(largest=0.5, **savers):
    """Saver 0 holds a note of 600 yuan at 6 % net and leaves; savers 1 and 2 have 1000 and 500."""
    hands = emptied(
        firms=1, platforms=1, investors=3,
        platform={"secondary_market": True, "resale_premium": 0.02, "largest_discount": largest,
                  "service_fee": 0.0},
        investor={"outside_yield": 0.02, "prior_loss": 0.04, "prior_failure": 0.05,
                  "loss_given_failure": 0.4},
    )  # fmt: skip
    world = hands.world
    hands.funds(0, 0, (0, 600 * YUAN), rate=0.06, months_left=12, is_bullet=True)
    hands.deposits(SLOTS, 0, 1000 * YUAN)
    hands.deposits(2 * SLOTS, 0, 500 * YUAN)
    world.platforms.posted_rate[0], world.platforms.usage[0] = 0.05, 1.0
    world.investors.risk_aversion[:] = [0.0, 1.0, 3.0]
    world.investors.is_leaving[0] = True
    for name, values in savers.items():
        world.investors.column(name)[:] = values
    return hands


def choices_of(world, *outside):
    """Let these savers prefer the outside; the others a platform."""
    slot = np.zeros(world.investors.n, dtype=np.int64)
    slot[list(outside)] = SLOTS
    looks = np.isin(np.arange(world.investors.n), outside)
    calm = np.zeros_like(slot)
    return Choices(slot, calm, slot.copy(), looks, None, None)


def test_the_least_demanding_buyer_pays_the_price_it_demands():
    hands = market()
    world = hands.world
    worth = world.investors.net_worth.copy()
    trade_notes(world, hands.scenario, choices_of(world))
    # Required: outside 2 % + loss 4 % + (1 + 1) x 5 % x 0.4 = 10 %, and 2 % more: 6 % short.
    gap = round(600 * YUAN * 0.06)
    assert world.investors.cash.tolist() == [600 * YUAN - gap, 0, 0]
    assert world.accounts.balance[[0, SLOTS, 2 * SLOTS]].tolist() == [
        0,
        400 * YUAN + gap,
        500 * YUAN,
    ]
    assert (world.investors.net_worth - worth).tolist() == [-gap, gap, 0]
    assert world.notes.account.tolist() == [SLOTS]
    assert world.accounts.invested[[0, SLOTS]].tolist() == [0, 600 * YUAN]
    assert world.loans.principal.tolist() == [600 * YUAN]
    assert world.investors.loss_seen.tolist() == [gap, 0, 0], "who gains has not lost less than 0"
    assert world.platforms.lost_confidence.tolist() == [0], "who leaves for good does not flee"
    assert metric(hands, "note_discount") == pytest.approx(0.06)
    assert metric(hands, "notes_traded") == metric(hands, "notes_offered") == 600
    hands.checked()


def test_who_flees_sells_and_what_he_gets_is_lost_to_new_loans():
    hands = market(is_leaving=False)
    world = hands.world
    trade_notes(world, hands.scenario, choices_of(world, 0))
    price = int(world.investors.cash[0])
    assert price == 600 * YUAN - round(600 * YUAN * 0.06)
    # On the calm path he would have stayed; the losses he saw were those expected.
    assert world.platforms.lost_confidence.tolist() == [price]
    assert world.platforms.lost_notes.tolist() == [0]
    assert metric(hands, "savers_leaving") != metric(hands, "savers_leaving"), "nobody was asked"


def left_alone(change, **fields):
    hands = market(**fields)
    change(hands.world)
    trade_notes(hands.world, hands.scenario, choices_of(hands.world))
    return hands.world.notes.account.tolist() == [0]


def arrears(column):
    def change(world):
        world.loans.column(column)[0] = True

    return change


def test_bad_loans_dear_prices_and_the_dead_find_no_market():
    assert not left_alone(lambda world: None)
    assert left_alone(lambda world: None, largest=0.05), "6 % is more than owners accept"
    assert left_alone(arrears("is_bad"))
    assert left_alone(arrears("principal_due"))
    assert left_alone(lambda world: world.platforms.alive.fill(False))
    assert left_alone(lambda world: world.investors.alive[1:].fill(False)), "the dead do not buy"
    assert left_alone(lambda world: world.investors.is_leaving.fill(True))


# ------------------------------------------------------------ at work
def test_nothing_is_redeemed_and_the_books_balance(monkeypatch):
    before, traded = {}, []

    def look(world, phase):
        loans, notes = world.loans, world.notes
        if phase == "allocate_losses":
            before["loans"], before["shares"] = loans.principal.copy(), notes.shares.copy()
        if phase == "move_savings":
            assert (loans.principal == before["loans"]).all()
            assert (notes.shares == before["shares"]).all()
            invested = np.bincount(
                notes.account, notes.shares * (loans.principal // loans.shares)[notes.loan],
                world.accounts.n,
            )  # fmt: skip
            assert np.allclose(invested, world.accounts.invested, atol=0.5)
            assert (notes.saver == notes.account // SLOTS).all()
            traded.append(world.desk.tally.get("notes_traded", 0.0))
            audit_now(world)

    watch_phases(monkeypatch, look)
    months = {"months": 8, "burn_in": 3}
    run(small(60, time=months, population={"investors": 80}, parameters=FICKLE))
    assert np.count_nonzero(traded) > 5


def test_without_a_market_its_terms_change_nothing():
    terms = {"platform": {"resale_premium": 0.3, "largest_discount": 0.0}}
    months = {"months": 4, "burn_in": 2}
    base, other = state(run(small(time=months))), state(run(small(time=months, parameters=terms)))
    assert differing(base, other) == []
    assert ids(*base["notes.account"]).size
