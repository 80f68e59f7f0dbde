"""Attacks on vendors, and what becomes known of them: who is hit, who learns, who may not lend."""

import numpy as np
import pytest

from sim.chart import CODES
from sim.measures.base import METRICS
from sim.postings import loans_of_provider
from sim.vendors import CLIENTS
from tests.worlds import differing, run, small, state

HIT = 4
ATTACK = {"kind": "vendor", "month": HIT, "hours": 100.0, "certain": True}
REPORTING = {"incident_reporting": {"months": 0, "suspension": 1, "kinds": ["platform"]}}


def economy(shock=None, supervision=None, **parameters):
    return small(
        90, time={"months": 6, "burn_in": 3}, shocks={"cloud": shock} if shock else {},
        population={"vendors": 4, "crowdfunding_platforms": 2, "investors": 120, "platforms": 8},
        supervision=supervision or {}, parameters=parameters,
    )  # fmt: skip


class Watched:
    """A run, with what was granted by platforms in the month of the attack and before."""

    def __init__(self, *given, **parameters):
        self.model = run(economy(*given, **parameters), HIT - 1)
        self.before = self.spent()
        self.model.step()
        self.limits = self.model.records().get("limits", {"question": np.zeros(0)})
        self.costs = self.model.records().get("supervision", {"purpose": [], "fen": []})
        loans, world = self.model.world.loans, self.model.world
        number = loans.provider[(loans.granted == HIT)] - world.first_number("platform")
        self.granting = set(number[number >= 0].tolist())
        self.after = self.spent()
        while self.model.month < 6:
            self.model.step()
        self.world, self.book = self.model.world, self.model.world.incidents

    def spent(self):
        world = self.model.world
        return sum(float(world.tables[kind].security_spending.sum()) for kind in CLIENTS)

    def hit(self):
        return set(zip(self.book.population.tolist(), self.book.row.tolist(), strict=True))


@pytest.fixture(scope="module")
def runs():
    return {
        "none": Watched(),
        "attacked": Watched(ATTACK),
        "two": Watched(ATTACK, vendor={"second_share": 1.0}),
        "reported": Watched(ATTACK, REPORTING),
    }


def clients(world, vendor):
    """Institutions that depended on a vendor and lived when it was struck."""
    found = set()
    for kind in CLIENTS:
        table = world.tables[kind]
        there = (table.born <= HIT - 1) & (table.ended >= HIT) & (table.initial_capital > 0)
        mine = there & ((table.vendor == vendor) | (table.second_vendor == vendor))
        found |= {(CODES[kind], row) for row in np.flatnonzero(mine).tolist()}
    return found


def test_one_attack_hits_exactly_the_clients_of_a_vendor(runs):
    for name, hours in (("attacked", 100.0), ("two", 25.0)):
        book = runs[name].book
        assert runs[name].hit() == clients(runs[name].world, 0), name
        assert len({population for population, _ in runs[name].hit()}) > 2, "of several kinds"
        assert (book.month == HIT).all()
        assert set(book.hours.tolist()) == {hours}, "who has a second vendor is down for less"
        assert len(set(book.start.tolist())) == len(set(book.cause.tolist())) == 1
        assert (book.vendor == 0).all()
    assert len(runs["two"].hit()) > len(runs["attacked"].hit()), "more depend on it a little"


def test_credit_is_down_for_the_hours_of_its_providers(runs):
    world = run(economy(ATTACK), HIT).world
    loans = loans_of_provider(world)
    struck = world.of_providers("vendor") == 0
    share = float(loans[struck].sum() / loans.sum())
    # One may have failed in the month of the attack, and its loans do not count.
    assert METRICS["credit_down"].function(world) == pytest.approx(share * 100 / 720, abs=0.02)
    assert share > 0.1
    assert METRICS["credit_down"].function(runs["none"].world) == 0.0


def test_an_attack_that_fails_changes_nothing(runs):
    failed = run(economy({**ATTACK, "certain": False}, security={"vulnerability": 0.0}))
    assert differing(state(runs["none"].model), state(failed)) == []


def test_a_vendor_of_any_rank_and_any_at_random(runs):
    third = run(economy({**ATTACK, "target": "vendor:3"}), HIT).world
    assert set(third.incidents.vendor.tolist()) <= {2}
    some = run(economy({**ATTACK, "target": "random", "count": 2}), HIT).world
    assert len(set(some.incidents.vendor.tolist())) <= 2


def test_without_a_duty_a_few_become_known_and_late(runs):
    book = runs["attacked"].book
    assert (book.found == HIT).all(), "systems that are down are seen at once"
    assert (book.known > HIT).all()
    assert (runs["attacked"].world.platforms.last_report < 0).all()


def test_reported_incidents_are_known_and_stop_new_loans(runs):
    seen, book = runs["reported"], runs["reported"].book
    mine = book.population == CODES["platform"]
    assert mine.any()
    assert (book.known[mine] == HIT).all()
    assert (book.known[~mine] > HIT).all(), "others need not report"
    struck = set(book.row[mine].tolist())
    assert (seen.world.platforms.last_report[sorted(struck)] == HIT).all()
    assert not struck & seen.granting
    assert struck & runs["none"].granting, "they would have lent"
    questions = seen.limits["question"] == "may_lend"
    assert set(seen.limits["provider_row"][questions]) == struck
    costs = dict(zip(seen.costs["purpose"], seen.costs["fen"], strict=True))
    assert costs["incident_reporting"] == 500_000 * len(struck)


def test_savers_hear_of_incidents_that_are_known(runs):
    told, untold = runs["reported"].world, run(economy(ATTACK, REPORTING, investor={
        "incident_weight": 0.0})).world  # fmt: skip
    more = told.investors.failures_seen - untold.investors.failures_seen
    assert (more >= -1e-9).all()
    assert (more > 0.05).any()


def test_who_is_hit_spends_on_security_from_then_on(runs):
    assert runs["none"].after == runs["attacked"].before == 0.0
    assert runs["attacked"].after > 0.0
    table = runs["attacked"].world.platforms
    mine = (table.vendor == 0) & (table.born < HIT) & table.alive
    assert mine.any()
    assert (table.attacks_seen[mine] > 0).all()


# ---------------------------------------------------------------- attacks that arrive
def stormy(rate=0.0, vendor_rate=0.0, **parameters):
    storm = {"kind": "wave", "month": HIT, "months": 2, "rate": rate, "vendor_rate": vendor_rate}
    return run(economy(storm, **parameters), HIT + 1)


SURE = {"security": {"vulnerability": 1.0, "productivity": 0.0}}


def told_of(world, by_vendor):
    """What is on record of incidents of the month of the storm, through vendors or not."""
    book = world.incidents
    mine = (book.month == HIT) & ((book.vendor >= 0) == by_vendor)
    names = ("population", "row", "kind", "start", "hours", "stolen")
    return sorted(zip(*(book.column(name)[mine].tolist() for name in names), strict=True))


def test_vendors_are_attacked_at_random_and_take_all_their_clients_down_at_once():
    world = stormy(vendor_rate=1.5, **SURE).world
    book = world.incidents
    assert book.n > 3
    assert (book.vendor >= 0).all()
    struck = book.month == HIT
    hit = set(zip(book.population[struck].tolist(), book.row[struck].tolist(), strict=True))
    assert hit == set().union(*(clients(world, v) for v in set(book.vendor[struck].tolist())))
    assert max(np.unique(book.cause, return_counts=True)[1]) > 3, "correlated"
    for cause in set(book.cause.tolist()):
        together = book.cause == cause
        for name in ("vendor", "start", "hours", "month"):
            assert len(set(book.column(name)[together].tolist())) == 1, name


def test_attacks_on_vendors_are_those_of_their_own_rate_and_spare_other_draws():
    neither, institutions, both = (
        stormy(rate, vendor_rate, **SURE).world for rate, vendor_rate in ((0, 0), (1, 0), (1, 2))
    )
    assert not neither.incidents.n
    assert told_of(institutions, by_vendor=False) == told_of(both, by_vendor=False) != []
    assert told_of(institutions, by_vendor=True) == [] != told_of(both, by_vendor=True)
    few = set(stormy(0, 0.2, **SURE).world.incidents.vendor.tolist())
    assert few <= set(stormy(0, 2, **SURE).world.incidents.vendor.tolist())


def test_a_rate_of_attacks_on_vendors_holds_from_the_start_and_at_zero_nothing_is_drawn():
    always = run(economy(cyber={"vendor_attack_rate": 0.3}, **SURE))
    months = set(always.world.incidents.month.tolist())
    assert min(months) < 1
    assert len(months) > 3
    rest = run(economy(cyber={"vendor_attack_rate": 0.0}))
    assert differing(state(run(economy())), state(rest)) == []


def test_without_vendors_none_are_attacked():
    storm = {"x": {"kind": "wave", "month": 2, "months": 3, "rate": 0.0, "vendor_rate": 9.0}}
    assert not run(small(40, shocks=storm), 4).world.incidents.n
