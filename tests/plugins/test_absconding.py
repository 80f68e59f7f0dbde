"""An owner whom a shock makes run takes what is not in custody, and others feel only the news."""

import numpy as np
import pytest

from sim.agents.platform import ABSCONDING
from sim.struck import absconding_platform
from tests.worlds import audit_now, differing, run, small, state

MONTH = 8


def economy(**fields):
    """A small economy whose owners are honest, each with money of clients."""
    return small(150, **fields)


def run_off(**said):
    return {"fraud": {"kind": "absconding", "month": MONTH, **said}}


def platform_of_rank(model, rank):
    """The platform of a rank in loans, found the slow way."""
    world = model.world
    numbers = world.first_number("platform") + np.arange(world.platforms.n)
    lent = [
        sum(int(fen) for fen, by in zip(world.loans.principal, world.loans.provider, strict=True)
            if by == number)
        for number in numbers
    ]  # fmt: skip
    living = np.flatnonzero(world.platforms.alive)
    return sorted(living, key=lambda row: (-lent[row], row))[rank - 1]


@pytest.mark.parametrize("rank", [1, 2])
def test_absconding_shock_is_felt(rank):
    """The owner of the platform of that rank takes its clients' money, and nobody else does."""
    model = run(economy(shocks=run_off(rank=rank)), MONTH)
    platforms = model.world.platforms
    (gone,) = np.flatnonzero(platforms.exit_mode == ABSCONDING)
    calm = run(economy(), MONTH)
    assert calm.world.platforms.alive[gone], "it lives where nobody makes its owner run"
    assert gone == platform_of_rank(calm, rank)
    assert model.world.desk.tally["abscondings"] == 1
    assert platforms.taken[gone] > 0
    assert not platforms.client_cash[gone]
    assert np.count_nonzero(platforms.taken) == 1
    audit_now(model.world)
    while model.month < 12:
        model.step()
        audit_now(model.world)


def test_an_owner_made_to_run_takes_nothing_out_of_custody():
    """The same platform runs with clients' money where that is within reach, and else without."""
    from_clients = {}
    for rules in ({}, {"custody": {}}):
        flows = run(economy(shocks=run_off(), supervision=rules), MONTH).world.ledger.flows
        taken = {key[-1]: fen for key, fen in flows.items() if key[0] == "abscond"}
        from_clients["custody" in rules] = taken.get("client_cash>cash", 0)
    assert from_clients[False] > 0
    assert from_clients[True] == 0


@pytest.mark.parametrize("rank", [0, 10_000])
def test_a_shock_that_makes_nobody_run_changes_no_bit(rank):
    assert differing(state(run(economy(shocks=run_off(rank=rank)))), state(run(economy()))) == []


def test_nobody_runs_whose_money_is_frozen():
    model = run(economy(shocks=run_off()), MONTH)
    world = model.world
    first = int(platform_of_rank(model, 1))
    assert absconding_platform(world).tolist() == [first]
    world.platforms.is_suspect[first] = True
    assert absconding_platform(world).tolist() == []
