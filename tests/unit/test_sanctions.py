"""What walking away costs and who does it, on a market of a few loans; in fen."""

from dataclasses import replace

import numpy as np
import pytest
from by_hand import emptied, ids

from sim.credit.application import Application
from sim.credit.registry import Registry
from sim.phases.allocate_losses import allocate_losses
from sim.phases.supervise import supervise
from sim.postings import party
from sim.sanctions import credit_behind_registry, walking_away
from sim.supervision.base import Instrument
from sim.supervision.blacklist import Blacklist

YUAN = 100
# V is ten draws; fixed assets fetch a tenth of their book value.
OWNERS = {"draw_horizon": 10, "draw_discount_rate": 0.0, "liquidation_value": 0.1}


class Files(Instrument):
    """Have micro lenders open their files."""

    kind = "files"

    def file_sharing(self, view):
        return view.is_kind(["micro_lender"])


def registry(**fields):
    return (Registry(**fields),)


def market(**policy):
    """A bank lends firm 0 600 yuan, a micro lender 100 and savers 300; firm 1 owes the bank 200.

    Firm 0 would save 600: it owes 1,000, and 300 of cash and 1,000 of assets can be seized.
    """
    hands = emptied(firms=4, banks=1, micro_lenders=1, platforms=1, investors=1, enterprise=OWNERS)
    world = hands.world
    hands.lends("bank", 0, 0, 600 * YUAN)
    hands.lends("micro_lender", 0, 0, 100 * YUAN)
    hands.funds(0, 0, (0, 300 * YUAN))
    hands.lends("bank", 0, 1, 200 * YUAN, is_bad=True)
    hands.cash("enterprise", 300 * YUAN, 0, 0, 0)
    hands.assets(0, 1000 * YUAN)
    world.enterprises.is_opportunist[0] = True
    set_policy(hands, **policy)
    return hands


def set_policy(hands, **policy):
    hands.world.policy = replace(hands.world.policy, **{"sources": {}, **policy})
    supervise(hands.world, hands.scenario)


def walkers(hands, draw):
    """Firms that walk away when owner 0 draws so many yuan a month."""
    hands.world.enterprises.owner_draw[0] = draw * YUAN
    return np.flatnonzero(walking_away(hands.world, hands.scenario)).tolist()


# ------------------------------------------------------------ the market's memory
@pytest.mark.parametrize(("policy", "share"), [
    ({}, 0.0),
    ({"sources": {"bank": registry()}}, 0.6),
    ({"sources": {"bank": registry(reports=0.5)}}, 0.3),
    ({"sources": {"bank": registry(reports=0.0), "platform": registry(reports=1.0)}}, 0.3),
    ({"sources": {kind: registry() for kind in ("bank", "micro_lender", "platform")}}, 1.0),
    ({"sources": {"bank": (Application(),)}}, 0.0),
    ({"instruments": (Files(),)}, 0.1),
    ({"instruments": (Files(),), "sources": {"micro_lender": registry(reports=0.5)}}, 0.1),
    ({"instruments": (Files(),), "sources": {"bank": registry()}}, 0.7),
])  # fmt: skip
def test_credit_behind_the_registry_is_that_of_lenders_who_would_hear(policy, share):
    assert credit_behind_registry(market(**policy).world) == pytest.approx(share)


def test_who_has_failed_lends_nobody_anything():
    hands = market(sources={"bank": registry()})
    hands.world.platforms.alive[0] = False
    assert credit_behind_registry(hands.world) == pytest.approx(6 / 7)
    hands.world.banks.alive[0] = False
    assert credit_behind_registry(hands.world) == 0


def test_a_market_without_loans_shuts_nobody_out():
    hands = emptied(firms=2, banks=1)
    set_policy(hands, sources={"bank": registry()})
    assert credit_behind_registry(hands.world) == 0


# ------------------------------------------------------------ who walks
def test_without_a_sanction_it_is_enough_to_save_anything():
    hands = market()
    assert walkers(hands, draw=1e6) == [0]
    hands.cash("enterprise", 900 * YUAN)
    assert walkers(hands, draw=0) == [], "what can be seized covers the debt"


def test_the_registry_keeps_owners_with_enough_to_lose():
    hands = market(sources={"bank": registry()})  # they lose 0.6 of ten draws
    assert walkers(hands, draw=99) == [0]
    assert walkers(hands, draw=101) == []
    tally = hands.world.desk.tally
    assert tally["sanctions_faced"] / tally["opportunists_in_debt"] == pytest.approx(0.6)


def test_the_blacklist_adds_to_it_and_says_whom_it_kept():
    hands = market(sources={"bank": registry()}, instruments=(Blacklist(weight=0.2),))
    assert walkers(hands, draw=74) == [0]
    assert not hands.world.desk.bound
    assert walkers(hands, draw=76) == []
    ((question, firm, number, setter),) = hands.world.desk.bound
    assert question == "blacklist_weight"
    assert (firm.tolist(), setter.tolist()) == ([0], [0])
    assert number[0] in (0, 1, 2)
    hands.world.desk.bound.clear()
    assert walkers(hands, draw=101) == []
    assert not hands.world.desk.bound, "the registry alone keeps him"


@pytest.mark.parametrize(("kind", "number"), [("bank", 0), ("micro_lender", 1), ("platform", 2)])
def test_one_creditor_that_lists_is_enough(kind, number):
    hands = market(instruments=(Blacklist(weight=0.5, kinds=(kind,)),))
    assert walkers(hands, draw=119) == [0]
    assert walkers(hands, draw=121) == []
    assert hands.world.desk.bound[0][2].tolist() == [number]


def test_the_list_of_a_lender_one_owes_nothing_is_no_threat():
    hands = market(instruments=(Blacklist(weight=1.0, kinds=("platform",)),))
    assert walkers(hands, draw=1e6) == []
    hands.world.loans.borrower[hands.world.loans.provider == 2] = 1
    assert walkers(hands, draw=1e6) == [0]


def test_honest_owners_and_the_dead_never_walk():
    hands = market()
    firms = hands.world.enterprises
    firms.is_opportunist[:] = [False, False, True, True]
    assert walkers(hands, draw=0) == [], "two who might owe nothing"
    firms.is_opportunist[0], firms.alive[0] = True, False
    assert walkers(hands, draw=0) == []


# ------------------------------------------------------------ the act
def end_of(hands, **columns):
    """Declare this month's defaults; return events and firms by name."""
    firms = hands.world.enterprises
    for name, values in columns.items():
        firms.column(name)[: len(values)] = values
    allocate_losses(hands.world, hands.scenario)
    hands.checked()
    return hands.world.desk.events, firms


def test_walking_away_is_a_default_without_parents():
    hands = market()
    world = hands.world
    world.impair("trade", ids(0), party("enterprise", ids(3)), np.array([500.0 * YUAN]))
    (event,), firms = end_of(hands, short_by=[100.0 * YUAN], is_in_cohort=[True])
    assert (event["event"].tolist(), event["cause"].tolist()) == (["default"], ["strategic"])
    assert (event["weight"].tolist(), event["parent"].tolist()) == ([0.0], [-1])
    assert not world.desk.causes
    assert firms.ended[0] == world.month
    assert firms.is_in_estate[0]
    assert not firms.alive[0]
    assert not firms.is_voluntary[0], "scorecards learn from it as from any default"
    assert firms.cash[0] == (300 + 100) * YUAN, "the owner takes nothing along"
    tally = world.desk.tally
    counts = [tally[k] for k in ("defaults", "cohort_defaults", "strategic_defaults",
                                 "cohort_strategic_defaults")]  # fmt: skip
    assert counts == [1, 1, 1, 1]
    assert tally["strategic_debt"] == 1000 * YUAN
    assert tally["attributed_defaults"] == 0


def test_creditors_of_one_who_walks_lose_as_in_any_default():
    hands = market()
    end_of(hands)
    world = hands.world
    assert world.loans.is_bad.all()
    assert world.banks.provisions[0] == world.loans.provision[0] == 300 * YUAN


def test_who_would_default_anyway_has_not_walked():
    hands = market()
    (event,), _ = end_of(hands, months_late=[3], short_by=[100.0 * YUAN])
    assert event["cause"].tolist() == ["fundamental"]
    assert hands.world.desk.tally["strategic_defaults"] == 0


def test_others_may_fall_with_one_who_walks_and_are_his_victims():
    hands = market()
    world, firms = hands.world, hands.world.enterprises
    hands.buys(0, 2, 400 * YUAN)
    hands.costs(2, 300 * YUAN)  # worth 100 before half of its claim is provisioned
    world.impair("trade", ids(2), party("enterprise", ids(0)), np.array([400.0 * YUAN]))
    firms.months_late[2], firms.short_by[2] = 1, 300.0 * YUAN
    (first, second), _ = end_of(hands)
    assert (first["cause"].tolist(), first["round"].tolist()) == (["strategic"], [1])
    assert (second["cause"].tolist(), second["round"].tolist()) == (["contagious"], [2])
    assert (second["row"].tolist(), second["parent"].tolist()) == ([2], [0 * 16 + 1])
    assert world.desk.tally["strategic_defaults"] == 1
