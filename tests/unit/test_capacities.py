"""How much providers can lend, on balance sheets of round numbers; amounts in fen."""

import numpy as np
import pytest
from by_hand import emptied

from sim.capacities import capacities, platforms_money, wholesale_room
from sim.chart import OUTSIDE
from sim.limits import Limits

# Banks hold 10 % capital and lend a fifth of it to micro lenders, which want 0.1 of debt.
RULES = {
    "bank": {"capital_ratio": 0.10, "wholesale_share": 0.2, "target_capital": 1.0},
    "micro_lender": {"leverage": 0.10, "fixed_cost_share": 0.01, "target_capital": 1.0},
}
BANK, FIRST, SECOND, PLATFORM = range(4)


@pytest.fixture
def market():
    """A bank of 1000 with 3000 lent, lenders of 2000 and 500, a platform with clients' 700."""
    hands = emptied(firms=1, banks=1, micro_lenders=2, platforms=1, investors=1, **RULES)
    hands.lends("bank", 0, 0, 3000)
    capital(hands, "bank", 1000)
    capital(hands, "micro_lender", 2000, 500)
    hands.deposits(0, 0, 700)
    return hands


def capital(hands, kind, *amounts):
    """Bring capital, net of provisions, and paid-in capital to these amounts."""
    table = hands.world.tables[kind]
    want = np.array(amounts)
    # A bank's loans were paid out of paid-in cash: what is too much is provisioned.
    more = want - table.net_worth
    rows = np.arange(table.n)
    hands.world.ledger.pay("entry_equity", "outside", None, kind, rows, np.maximum(more, 0))
    table.provisions[:] = np.maximum(-more, 0)
    table.initial_capital[:] = want


def ceiling(hands, ratio, *numbers):
    """Let the regulator hold providers below this leverage; all of them without numbers."""
    columns = dict(hands.world.limits.columns)
    held = np.full(hands.world.n_providers, np.inf)
    held[list(numbers) or slice(None)] = ratio
    columns["leverage_ceiling"] = held
    setters = dict(hands.world.limits.setters)
    setters["leverage_ceiling"] = np.where(np.isfinite(held), 0, -1)
    hands.world.limits = Limits(columns, setters)


def room(hands):
    real, shadow = capacities(hands.world, hands.scenario)
    return real.tolist(), shadow.tolist()


def test_each_kind_lends_by_its_own_rule(market):
    # Bank: 10 x 1000 - 3000. Lenders: cash less two months of cost (1 % of capital) plus
    # wholesale money: wishes of 200 and 50; the bank's 200 give 100 to each of two clients.
    assert room(market)[0] == [7000, 1960 + 100, 490 + 50, 700]


def test_what_a_bank_lent_to_lenders_is_a_claim_too(market):
    world = market.world
    market.wholesale(0, 0, 80)
    world.banks.provisions += 80  # the bank was paid in what it lent on: capital stays 1000
    assert room(market)[0][BANK] == 10_000 - 3000 - 80
    # The first lender wants 120 more, the bank has 120 left for two.
    assert wholesale_room(world, market.scenario, world.capital()).tolist() == [60, 50]


def test_what_outside_took_over_leaves_a_bank_its_room(market):
    world = market.world
    market.wholesale(0, 0, 80)
    world.banks.provisions += 80
    world.wholesale.holder[0] = OUTSIDE
    assert room(market)[0][BANK] == 10_000 - 3000
    # The first lender still owes its 80; the bank has its whole 200 for two again.
    assert wholesale_room(world, market.scenario, world.capital()).tolist() == [100, 50]


def test_the_leverage_ceiling_holds_banks(market):
    ceiling(market, 4.0, BANK)
    assert room(market)[0][BANK] == 5 * 1000 - 3000
    ceiling(market, 20.0, BANK)
    assert room(market)[0][BANK] == 7000


def test_the_leverage_ceiling_holds_lenders(market):
    ceiling(market, 0.04, FIRST, SECOND)
    assert room(market)[0][FIRST : SECOND + 1] == [1960 + 80, 490 + 20]
    ceiling(market, 0.0)
    assert room(market)[0] == [0, 1960, 490, 700]


def test_a_ceiling_is_noted_where_it_binds(market):
    ceiling(market, 0.04, FIRST)
    room(market)
    ((question, firm, number, setter),) = market.world.desk.bound
    assert question == "leverage_ceiling"
    assert (firm.tolist(), number.tolist(), setter.tolist()) == ([-1], [FIRST], [0])
    market.world.desk.bound.clear()
    ceiling(market, 9.5)
    room(market)
    assert not market.world.desk.bound, "all would choose less"


def test_a_bank_over_its_limit_lends_nothing(market):
    market.world.banks.provisions += 800  # capital of 200 bears 2000 of the 3000
    assert room(market)[0][BANK] == 0
    market.world.banks.provisions += 800
    assert room(market)[0][BANK] == 0
    assert room(market)[0][FIRST] == 1960, "nothing is left for wholesale loans"


def test_only_the_living_lend(market):
    world = market.world
    world.micro_lenders.alive[0] = world.platforms.alive[0] = False
    # The other lender is the bank's only client now, and still wants 50 only.
    assert room(market)[0] == [7000, 0, 540, 0]
    world.banks.alive[0] = False
    assert room(market)[0] == [0, 0, 490, 0]


def test_without_banks_there_is_no_wholesale_money():
    hands = emptied(firms=1, micro_lenders=1, **RULES)
    capital(hands, "micro_lender", 2000)
    assert room(hands)[0] == [1960]


def test_the_shadow_has_what_excess_losses_took(market):
    world = market.world
    world.banks.provisions += 400
    world.banks.excess_loss[:] = 300
    world.micro_lenders.provisions[:] = [500, 0]
    world.micro_lenders.excess_loss[:] = [900, 50]
    world.platforms.lost_confidence[:], world.platforms.lost_notes[:] = 40, 2
    real, shadow = room(market)
    # Bank: capital 600, shadow 900. Wholesale: 120 and 180 for two.
    assert (real[BANK], shadow[BANK]) == (6000 - 3000, 9000 - 3000)
    # First: at most its initial 2000 in the shadow, 500 of them lost; second: nothing lost.
    assert (real[FIRST], shadow[FIRST]) == (1960 + 60, 1960 + 500 + 90)
    assert (real[SECOND], shadow[SECOND]) == (490 + 50, 490 + 50)
    assert (real[PLATFORM], shadow[PLATFORM]) == (700, 742)


def test_wholesale_money_lost_is_laid_on_the_desk(market):
    world = market.world
    world.banks.provisions += 700
    world.banks.excess_loss[:] = 700
    room(market)
    # The bank's 300 give 30 to each, its 1000 would give 100; wishes are 200 and 50.
    assert world.desk.wholesale_lost.tolist() == [70, 20]


def test_with_wholesale_covered_lenders_draw_as_if_nothing_were_lost(market):
    world = market.world
    world.banks.provisions += 700
    world.banks.excess_loss[:] = 700
    world.policy = market.scenario.with_channels_off({"wholesale"}).policy(1)
    assert room(market)[0][FIRST : SECOND + 1] == [1960 + 100, 490 + 50]


def test_money_of_platforms_is_that_of_their_own_clients():
    hands = emptied(firms=1, platforms=2, investors=2)
    hands.deposits(0, 1, 30)
    hands.deposits(4, 0, 5)
    hands.deposits(6, 1, 1)
    assert platforms_money(hands.world, hands.scenario, False).tolist() == [5, 31]
