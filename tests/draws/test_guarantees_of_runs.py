"""What the dice promise of whole runs: what does not bind, is not there yet or asks nobody
changes nothing, bit for bit; arms share all dice and replications none."""

import copy
import pickle
from collections import defaultdict

import numpy as np
import pytest

import sim.world
from sim.agents.enterprise import MADE_BY_HAND, Enterprise
from sim.chart import ENTERPRISE
from sim.draws import Draws
from sim.model import MicroFinance
from sim.rows import ID_STRIDE
from sim.scenario_plugins import plugins
from sim.units import FEN_PER_YUAN, yuan
from tests.worlds import BOOKS, STRESS, differing, run, small, state

EVERYONE = ["bank", "micro_lender", "platform"]
# Instruments at which nobody ever arrives.
FAR = {
    "rate_ceiling": {"rate": 2.0, "kinds": EVERYONE},
    "loan_cap": {"amount": 1e10, "kinds": EVERYONE},
    "leverage_cap": {"ratio": 100.0, "kinds": EVERYONE},
    "registration": {"fee": 0.0, "kinds": EVERYONE},
}
# The same, where everybody meets them.
NEAR = {
    "rate_ceiling": {"rate": 0.05, "kinds": EVERYONE},
    "loan_cap": {"amount": 30_000.0, "kinds": EVERYONE},
    "leverage_cap": {"ratio": 0.0, "kinds": EVERYONE},
    "registration": {"fee": 2000.0, "kinds": EVERYONE},
}
DATED = {
    **{name: ({"supervision": {name: {"at": {13: body}}}}) for name, body in NEAR.items()},
    "every instrument": {"supervision": {n: {"at": {13: {}}} for n in plugins("supervision")}},
    "credit": {"credit": {"preset": {"at": {13: "none"}}}},
    "registry": {"credit": {"preset": {"at": {13: "registry"}}}},
    "integrated": {"credit": {"preset": {"at": {13: "integrated"}}}},
    "delay": {"credit": {"sources": {"application": {"delay": {"at": {13: 2}}}}}},
    "channels": {"channels": {c: {"at": {13: False}} for c in ("trade", "funding", "notes")}},
    "demand": {"shocks": {"slump": {"kind": "demand", "month": 13, "months": 2, "size": -0.5}}},
    "funding": {"shocks": {"dear": {"kind": "funding", "month": 13, "months": 9, "size": 0.2}}},
}


def world_of(enterprises=200, **fields):
    return small(enterprises, population={"investors": 200}, **fields)


@pytest.fixture(scope="module")
def plain():
    return run(world_of(time={"months": 12, "burn_in": 4}))


# ------------------------------------------------------------ what does not bind
@pytest.mark.parametrize("name", [*FAR, "all"])
def test_an_instrument_nobody_arrives_at_changes_nothing(plain, name):
    named = FAR if name == "all" else {name: FAR[name]}
    arm = run(world_of(supervision=named, time={"months": 12, "burn_in": 4}))
    assert arm.scenario.policy(1).instruments
    assert differing(state(plain), state(arm)) == []
    assert not arm.world.desk.bound


def test_an_instrument_that_binds_nobody_who_is_there_changes_nothing(plain):
    without = {"micro_lenders": 0}
    fields = {"time": {"months": 12, "burn_in": 4}}
    base = small(200, population={"investors": 200, **without}, **fields)
    near = {name: {**body, "kinds": ["micro_lender"]} for name, body in NEAR.items()}
    # Registration belongs to level 1 for everyone; on its own here it costs micro lenders only.
    near.pop("registration")
    assert differing(state(run(base)), state(run(base.but({"supervision": near})))) == []


# ------------------------------------------------------------ what is not there yet
@pytest.mark.parametrize("name", DATED)
def test_what_is_dated_month_13_changes_nothing_before(plain, name):
    arm = MicroFinance(world_of(**DATED[name], time={"months": 16, "burn_in": 4}), seed=1)
    while arm.month < 12:
        arm.step()
    assert differing(state(plain), state(arm)) == []


def test_what_is_dated_month_13_is_felt_in_month_13():
    fields = {"time": {"months": 14, "burn_in": 4}}
    base = state(run(world_of(**fields), 13))
    for name in ("every instrument", "registration", "rate_ceiling", "credit", "delay", "demand"):
        assert differing(base, state(run(world_of(**DATED[name], **fields), 13))), name


# ------------------------------------------------------------ one more who asks nothing
IDLE = {"scale": 0.0}
# These sell, earn or fail; yet they stand in no queue, and owe to outside only.
APART = {"cash": yuan(90_000), "scale": 5e4 * FEN_PER_YUAN, "is_core": True, "born": -200}
POOR = {"scale": 5e4 * FEN_PER_YUAN, "final_demand": 0.0, "is_core": True}


@pytest.mark.parametrize("parameters", [{}, STRESS], ids=["default", "stress"])
@pytest.mark.parametrize("firms", [[IDLE], [APART, POOR, IDLE]], ids=["idle", "active"])
def test_more_enterprises_without_tickets_change_nobody_else(monkeypatch, firms, parameters):
    """Entrants, whose rows are later by those made by hand, keep their draws and what they do."""
    monkeypatch.setattr("sim.model.Draws", Noted)
    scenario = world_of(parameters=parameters)
    base, more = MicroFinance(scenario, seed=1), MicroFinance(scenario, seed=1)
    founders = base.world.enterprises.n
    for values in firms:
        Enterprise(more, **values)
    for model in (base, more):
        model.run_model()
    n = base.world.enterprises.n
    assert n > founders + 10, "nobody entered"
    assert more.world.enterprises.n == n + len(firms)
    assert (base.world.enterprises.dice == np.arange(n)).all()
    one, other = state(base), without_rows(state(more), founders, len(firms))
    # The rest of the economy is on the other side of what they get, sell and pay.
    assert set(differing(one, other)) <= {"outside.cash", "outside.net_worth"}
    others = {
        name: {key: u for key, u in given.items() if key[0] < MADE_BY_HAND}
        for name, given in more.world.draws.given.items()
    }
    assert others == base.world.draws.given


def without_rows(found, first, count):
    """Take `count` enterprises out of a state, and number those behind them as without them."""

    def earlier(rows):
        return np.where(rows < first, rows, rows - count)

    def earlier_party(ids):
        mapped = earlier(ids // ID_STRIDE) * ID_STRIDE + ENTERPRISE
        return np.where(ids % ID_STRIDE == ENTERPRISE, mapped, ids)

    gone = np.arange(first, first + count)
    found = {
        name: np.delete(values, gone) if name.startswith("enterprise.") else values
        for name, values in found.items()
    }
    for name in ("links.buyer", "links.supplier", "loans.borrower", "score_records.firm"):
        assert not np.isin(found[name], gone).any()
        found[name] = earlier(found[name])
    keys = found["relations.keys"]
    found["relations.keys"] = (earlier(keys >> 24) << 24) | (keys & 0xFFFFFF)
    keys = found["impairments.keys"]
    victims, channels, sources = keys >> 33, keys & (15 << 29), keys & ((1 << 29) - 1)
    found["impairments.keys"] = earlier_party(victims) << 33 | channels | earlier_party(sources)
    return found


def test_each_firm_made_by_hand_has_dice_of_its_own():
    model = MicroFinance(world_of(), seed=1)
    made = [Enterprise(model, scale=0.0) for _ in range(2)]
    assert [firm.dice for firm in made] == [MADE_BY_HAND, MADE_BY_HAND + 1]
    assert [firm.row for firm in made] == [200, 201]
    with pytest.raises(TypeError, match="dice"):
        Enterprise(model, dice=5)


@pytest.mark.parametrize("founders_live", [True, False])
def test_the_placebo_goes_to_no_firm_made_by_hand_while_others_live(founders_live):
    model = MicroFinance(world_of(), seed=1, placebo=True)
    made = Enterprise(model, cash=yuan(100), scale=0.0)
    while model.month < 0:
        model.step()
    firms = model.world.enterprises
    firms.alive[:200] &= founders_live
    cash = firms.cash.copy()
    model._open_cohort()
    marked = np.flatnonzero(firms.cash != cash)
    assert len(marked) == 1
    assert (marked[0] < made.row) if founders_live else (marked[0] > made.row)


# ------------------------------------------------------------ arms, replications, order
class Noted(Draws):
    """Dice that write down what they gave to whom."""

    def __init__(self, *names):
        super().__init__(*names)
        self.given = defaultdict(dict)

    def uniform(self, purpose, month, ids, options=None, round=0):
        u = super().uniform(purpose, month, ids, options, round)
        who, what = np.broadcast_arrays(np.asarray(ids), 0 if options is None else options)
        keys = zip(who.ravel().tolist(), what.ravel().tolist(), strict=True)
        self.given[purpose, month, round].update(zip(keys, u.ravel().tolist(), strict=True))
        return u


def noted(scenario, replication=0, seed=1):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.model.Draws", Noted)
        return run(scenario, seed=seed, replication=replication).world.draws.given


def test_two_arms_share_all_dice():
    fields = {"parameters": STRESS, "arms": {
        "blind": {"credit": {"preset": "none"}, "supervision": {"registration": {"fee": 2000.0}}},
        "open": {"channels": {"trade": False, "confidence": False}}}}  # fmt: skip
    scenario = small(80, **fields)
    blind, open_ = (noted(scenario.resolve(arm)) for arm in ("blind", "open"))
    shared = apart = 0
    for name in blind.keys() & open_.keys():
        one, other = blind[name], open_[name]
        common = one.keys() & other.keys()
        assert all(one[k] == other[k] for k in common), name
        shared += len(common)
        apart += len(one.keys() ^ other.keys())
    assert shared > 10_000
    assert apart, "the arms never asked for different dice: they were no arms"


def test_replications_and_seeds_share_nothing():
    scenario = small(60)
    base = noted(scenario)
    for other in (noted(scenario, replication=1), noted(scenario, seed=2)):
        for name in base.keys() & other.keys():
            assert not set(base[name].values()) & set(other[name].values()), name
        pairs = [(u, other[n][k]) for n in base.keys() & other.keys()
                 for k, u in base[n].items() if k in other[n]]  # fmt: skip
        assert abs(np.corrcoef(np.array(pairs).T)[0, 1]) < 4.0 / np.sqrt(len(pairs))
        assert len(pairs) > 5000


class Shuffled(Draws):
    """Dice that are asked in another order, with others' questions in between."""

    def uniform(self, purpose, month, ids, options=None, round=0):
        who, what = np.broadcast_arrays(np.asarray(ids), 0 if options is None else options)
        shape, who, what = who.shape or (1,), who.ravel(), what.ravel()
        order = np.argsort((who * 7919 + what * 104_729) % 1009, kind="stable")
        super().uniform("demand", 77, np.arange(5))
        u = np.empty(len(who))
        for half in np.array_split(order, 2):
            asked = None if options is None else what[half]
            u[half] = super().uniform(purpose, month, who[half], asked, round)
        return u.reshape(shape)


def test_the_order_of_draws_is_irrelevant(monkeypatch):
    scenario = world_of(parameters=STRESS)
    base = state(run(scenario))
    monkeypatch.setattr("sim.model.Draws", Shuffled)
    shuffled = run(scenario)
    assert isinstance(shuffled.world.draws, Shuffled)
    assert differing(base, state(shuffled)) == []


def test_the_same_seed_gives_the_same_run_and_another_does_not(plain):
    fields = {"time": {"months": 12, "burn_in": 4}}
    assert differing(state(plain), state(run(world_of(**fields)))) == []
    assert differing(state(plain), state(run(world_of(**fields), replication=1)))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_goes_on_as_the_original(copied):
    model = run(world_of(parameters=STRESS), 3)
    other = copied(model)
    for one in (model, other):
        one.run_model()
    assert differing(state(model), state(other)) == []


def test_states_hold_every_store_of_the_world():
    world = MicroFinance(small(5), seed=1).world
    stores = {k for k, v in vars(world).items() if isinstance(v, sim.world.Columns)}
    named = {
        "outside",
        "enterprises",
        "micro_lenders",
        "ecommerce_lenders",
        "banks",
        "platforms",
        "investors",
        "money_funds",
        "vendors",
        "crowdfunding_platforms",
        "regulator",
    }
    assert stores - named == set(BOOKS)
