"""Rules for pools and promises at work: bans, reserves, disclosure."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.agents.platform import WIND_DOWN
from sim.pools import uncovered_share
from tests.worlds import audit_now, differing, run, small, state

MONTHS = 8
# Half of the platforms pool, half promise; borrowers default, and loans are short.
RISKY = {
    "enterprise": {"demand_volatility": 0.25, "buffer_days": 10, "arrears_months": 2},
    "platform": {"pooling_share": 0.5, "promise_share": 0.6, "reserve_share": 0.05},
}


def watched(months=MONTHS, **supervision):
    """Run an economy with pools; keep what the last month shows and sums of all months."""
    size = {"investors": 90, "platforms": 10}
    model = run(small(100, population=size, parameters=RISKY, supervision=supervision), 0)
    seen, bound, cover, lent = {"ordered_closures": 0.0, "own_support": 0.0}, set(), [], []
    while model.month < months:
        model.step()
        world = model.world
        audit_now(world)
        for name, value in world.desk.tally.items():
            seen[name] = seen.get(name, 0.0) + value
        kinds = [i.kind for i in world.policy.instruments]
        bound |= {(question, kinds[at[0]]) for question, *_, at in world.desk.bound}
        loans, table = world.loans, world.platforms
        fresh = (loans.granted == model.month) & (loans.holder == 4)
        lent.append(float(loans.amount[fresh].sum()))
        share = table.reserve_cash / np.maximum(np.bincount(
            loans.provider, loans.principal, world.n_providers)[-table.n :], 1.0)  # fmt: skip
        cover.append(share[table.alive & (table.n > 0)])
    return SimpleNamespace(model=model, table=model.world.platforms, bound=bound, lent=lent,
                           reserve=cover[-1], seen=SimpleNamespace(**seen))  # fmt: skip


@pytest.fixture(scope="module")
def free():
    return watched()


def test_pooling_ban_binds(free):
    """From its month pools lend and take in nothing; after the run-off they wind down."""
    seen = watched(pooling_ban={"at": {4: {"months": 3}}})
    assert seen.lent[:3] == free.lent[:3]
    assert min(seen.lent[:3]) > 0
    assert not any(seen.lent[3:])
    assert any(free.lent[3:])
    pools = seen.table.is_pooling
    assert not seen.table.alive[pools].any()
    assert (seen.table.exit_mode[pools & (seen.table.ended == 7)] == WIND_DOWN).all()
    assert seen.seen.ordered_closures > 0
    assert seen.bound == {("may_pool", "pooling_ban")}
    assert not pools[seen.table.born >= 4].any(), "newcomers match instead"


def test_a_ban_of_a_later_month_changes_nothing_before_it(free):
    dated = watched(pooling_ban={"at": {MONTHS + 1: {}}}, guarantee_ban={"at": {MONTHS + 1: {}}})
    assert differing(state(free.model), state(dated.model)) == []


def test_guarantee_ban_binds(free):
    """What was promised before is honoured; nothing is promised from then on."""
    seen = watched(guarantee_ban={})
    loans = seen.model.world.loans
    noted = loans.holder == 5
    assert free.seen.own_support > 0
    assert free.model.world.loans.is_promised.any()
    assert not loans.is_promised[noted & (loans.granted >= 1)].any()
    assert seen.bound == {("may_promise", "guarantee_ban")}
    assert (seen.table.banned_in[seen.table.makes_promises & seen.table.alive] <= MONTHS).all()
    assert seen.seen.own_support < free.seen.own_support


def test_reserve_requirement_binds(free):
    seen = watched(reserve_requirement={"share": 0.02})
    assert np.median(seen.reserve) >= 0.019
    assert np.median(seen.reserve) > np.median(free.reserve)
    assert seen.bound == {("reserve_share", "reserve_requirement")}


def test_disclosure_binds(free):
    """Savers who see a hole ask more of it back."""
    shown = watched(disclosure={})
    assert uncovered_share(free.model.world).any()
    assert shown.bound == {("must_disclose", "disclosure")}
    assert shown.seen.redemptions_asked != free.seen.redemptions_asked
