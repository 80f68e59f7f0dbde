"""Whom sources cover in a world, what is looked up for them, and who is reached through them."""

import copy
from types import SimpleNamespace

import numpy as np
import pytest

from sim import scoring
from sim.scenario_plugins import plugins
from sim.scoring import (
    applicant_columns,
    applicants,
    reached,
    sources_in_force,
    supplies_core,
    with_declared,
)
from tests.worlds import run, small, watch_phases

POPULATION = {"investors": 250, "micro_lenders": 4, "banks": 2}


def borrowing(**fields):
    return small(250, population=POPULATION, **fields)


@pytest.fixture(scope="module")
def world():
    return run(borrowing(credit={"preset": "integrated"}), 4).world


def looked_at(world, kind):
    """Columns of all firms, as a source of this kind sees them from provider 0."""
    firm = np.arange(world.enterprises.n)
    columns = applicant_columns(world, firm, np.zeros_like(firm))
    return applicants(plugins("credit")[kind](), columns, firm)


def test_suppliers_of_core_firms_are_those_a_plain_loop_finds(world):
    world = copy.deepcopy(world)
    firms, links = world.enterprises, world.links
    firms.is_core[:] = False
    busy = np.bincount(links.buyer).argsort()[-3:]
    firms.is_core[busy], firms.alive[busy[0]] = True, False
    links.is_active[np.flatnonzero(links.buyer == busy[1])[0]] = False
    wanted = {int(links.supplier[row]) for row in range(links.n)
              if links.is_active[row] and links.buyer[row] in busy[1:]}  # fmt: skip
    assert 0 < len(wanted) < firms.n
    assert set(np.flatnonzero(supplies_core(world)).tolist()) == wanted
    covered = plugins("credit")["logistics"]().coverage(looked_at(world, "logistics"))
    assert set(np.flatnonzero(covered).tolist()) == wanted


def test_transactions_cover_online_sellers(world):
    covered = plugins("credit")["transactions"]().coverage(looked_at(world, "transactions"))
    assert covered.tolist() == world.enterprises.is_online.tolist()
    assert 0.0 < covered.mean() < 1.0


def test_the_operator_covers_a_lasting_share_of_firms(world):
    for reach in (0.95, 0.5):
        source = plugins("credit")["telecom"](reach=reach)
        covered = source.coverage(looked_at(world, "telecom"))
        assert covered.mean() == pytest.approx(reach, abs=0.07)
        later = copy.deepcopy(world)
        later.month += 30
        assert source.coverage(looked_at(later, "telecom")).tolist() == covered.tolist()
    other = SimpleNamespace(kind="another_operator", columns=("coverage_draw",))
    firm = np.arange(world.enterprises.n)
    columns = with_declared(world, [other], firm, world.month, {})
    draw = applicants(other, columns, firm).coverage_draw
    assert abs(np.corrcoef(draw, looked_at(world, "telecom").coverage_draw)[0, 1]) < 0.2


def test_nothing_is_looked_up_that_no_source_in_force_declares(world, monkeypatch):
    asked = []
    for name, find in scoring._COLUMNS.items():
        monkeypatch.setitem(
            scoring._COLUMNS, name, lambda *a, n=name, f=find: asked.append(n) or f(*a)
        )
    firm = np.arange(world.enterprises.n)
    applicant_columns(world, firm, np.zeros_like(firm))
    assert sorted(asked) == ["has_past", "is_online", "supplies_core"], "each once"
    asked.clear()
    private = copy.deepcopy(world)
    private.policy = borrowing().policy(1)
    columns = applicant_columns(private, firm, np.zeros_like(firm))
    assert set(columns) == {"months_known", "fixed_assets"}
    assert not asked
    assert {s.kind for s in sources_in_force(private)} == {
        "application", "collateral", "relationship",
    }  # fmt: skip


# ------------------------------------------------------------ a way to firms that are offline
def asking_platforms(credit):
    """Marks of online firms, and rows of all who asked a platform in some month."""
    patch, asked = pytest.MonkeyPatch(), set()

    def look(world, name):
        if name == "seek_credit":
            papers = world.desk.applications
            first = world.first_number("platform")
            # A rollover asks its own lender whatever way led there.
            mine = (papers.candidates >= first).any(axis=1) & (papers.loan < 0)
            asked.update(papers.firm[mine].tolist())

    watch_phases(patch, look)
    world = run(borrowing(credit=credit), 4).world
    patch.undo()
    return world, sorted(asked)


def test_offline_firms_reach_platforms_only_through_an_operator():
    world, asked = asking_platforms({})
    assert asked
    assert world.enterprises.is_online[asked].all()
    banks = {"providers": {"bank": {"sources": {"telecom": True}}}}
    world, asked = asking_platforms(banks)
    assert world.enterprises.is_online[asked].all(), "the operator's partner is a bank"
    mute = {"auc": 0.5, "cost": 0.0, "reach": 0.6}
    world, asked = asking_platforms({"providers": {"platform": {"sources": {"telecom": mute}}}})
    covered = plugins("credit")["telecom"](**mute).coverage(looked_at(world, "telecom"))
    online = world.enterprises.is_online
    assert not online[asked].all()
    assert (online | covered)[asked].all()
    firm = np.arange(world.enterprises.n)
    assert reached(world, "platform", firm).tolist() == (online | covered).tolist()
    assert reached(world, "bank", firm).tolist() == online.tolist()


def test_a_way_that_reaches_nobody_changes_nothing():
    nobody = {"auc": 0.5, "cost": 0.0, "reach": 0.0}
    credit = {"providers": {"platform": {"sources": {"telecom": nobody}}}}
    one, other = run(borrowing(), 4).world, run(borrowing(credit=credit), 4).world
    assert one.loans.n == other.loans.n
    assert one.enterprises.cash.tolist() == other.enterprises.cash.tolist()
