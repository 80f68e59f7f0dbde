"""What the dice promise of whole runs: what does not bind, is not there yet or asks nobody
changes nothing, bit for bit; arms share all dice and replications none."""

import copy
import pickle
from collections import defaultdict

import numpy as np
import pytest

import sim.world
from sim.agents.enterprise import Enterprise
from sim.draws import Draws
from sim.model import MicroFinance
from sim.units import yuan
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
    "loan_cap": {"amount": 1000.0, "kinds": EVERYONE},
    "leverage_cap": {"ratio": 0.0, "kinds": EVERYONE},
    "registration": {"fee": 2000.0, "kinds": EVERYONE},
}
DATED = {
    **{name: ({"supervision": {name: {"at": {13: body}}}}) for name, body in NEAR.items()},
    "credit": {"credit": {"preset": {"at": {13: "none"}}}},
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
    for name in ("registration", "rate_ceiling", "credit", "demand"):
        assert differing(base, state(run(world_of(**DATED[name], **fields), 13))), name


# ------------------------------------------------------------ one more who asks nothing
def test_one_more_enterprise_without_tickets_changes_nobody_else():
    """Entry is stopped: later entrants would take the next rows, and with them other dice.

    The newcomer neither borrows nor trades, so that it stands in no queue others stand in.
    """
    scenario = world_of(parameters={"enterprise": {"entry_rate": 0.0}})
    base, more = MicroFinance(scenario, seed=1), MicroFinance(scenario, seed=1)
    fifty_yuan = yuan(50)
    Enterprise(more, cash=yuan(20_000), scale=fifty_yuan, is_core=True, sells_to_business=False,
               final_demand=0)  # fmt: skip
    for model in (base, more):
        model.run_model()
    one, other = state(base), state(more)
    n = base.world.enterprises.n
    assert more.world.enterprises.n == n + 1
    for name, values in other.items():
        # The rest of the economy is on the other side of its endowment and its costs.
        if name in ("outside.cash", "outside.net_worth"):
            other[name] = one[name]
        elif name.startswith("enterprise."):
            other[name] = values[:n]
    assert differing(one, other) == []


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
        "banks",
        "platforms",
        "investors",
        "regulator",
    }
    assert stores - named == set(BOOKS)
