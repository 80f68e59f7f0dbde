"""A kind of attack is added by adding its file: the model asks it what it does and needs."""

import sys
from typing import Literal

import numpy as np
import pytest

import sim.attacks
import sim.shocks
from sim import scenario_plugins
from sim.contracts.incidents import KINDS, attack_code
from sim.scenario_attacks import attacks_without_effect
from sim.scenario_plugins import plugins
from sim.shocks.base import EFFECTS, Attack
from tests.worlds import run, small

TEXT = '''"""An insider takes cash and copies records, and nobody sees it for a while."""

from typing import ClassVar, Literal

from sim.params import parameter
from sim.shocks.base import Attack


class Insider(Attack):
    """Take cash and records of some institutions."""

    kind: Literal["insider"] = "insider"
    effects: ClassVar[tuple[str, ...]] = ("theft", "breach", "outage")
    needs_cash: ClassVar[bool] = True
    is_hidden: ClassVar[bool] = True
    idle_at_zero: ClassVar[tuple[str, ...]] = ("share", "hours")

    share: float = parameter(0.5, "share", "of cash and records")
    hours: float = parameter(48.0, "hours", "systems are down")
    precision_lost: float = parameter(0.0, "share", "of precision")
    renewal_months: int = parameter(0, "months", "until renewed")
    identity_share: float = parameter(0.0, "share", "of records used")
    identity_months: int = parameter(1, "months", "over which they are")
    trust_lost: float = parameter(0.0, "failures", "it counts as")
    compensation: float = parameter(0.0, "yuan", "a record")

    @classmethod
    def weight(cls, cyber):
        return cyber.theft_weight
'''
SIZE = {"time": {"months": 4, "burn_in": 2}, "population": {"platforms": 6}}
STRUCK = {"month": 2, "target": "platform", "count": 6, "certain": True}


@pytest.fixture
def insider(tmp_path, monkeypatch):
    """Load a new kind of attack from its file, beside those that there are."""
    (tmp_path / "shocks").mkdir()
    (tmp_path / "shocks" / "insider.py").write_text(TEXT)
    monkeypatch.setattr("sim.shocks.__path__", [str(tmp_path / "shocks"), *sim.shocks.__path__])
    monkeypatch.setattr(scenario_plugins, "HERE", tmp_path)
    found = scenario_plugins.plugins.__wrapped__("shocks")["insider"]
    yield found
    sys.modules.pop("sim.shocks.insider", None)


def struck(attack):
    model = run(small(60, **SIZE).with_plugins(shocks=[attack]), 1)
    had = model.world.platforms.cash + model.world.platforms.client_cash
    model.step()
    return model.world.incidents, had, model


def test_a_new_kind_does_what_its_effects_say(insider):
    book, _, model = struck(insider(**STRUCK))
    assert book.n > 0
    assert set(book.kind.tolist()) == {attack_code("insider")}
    assert (book.stolen > 0).all()
    assert (book.hours == 48).all()
    assert book.records.sum() > 0
    assert book.is_hidden.all()
    assert model.world.desk.tally["incidents_insider"] == book.n


def test_an_attack_that_needs_cash_leaves_nothing_where_there_is_none(insider):
    book, had, _ = struck(insider(**STRUCK, share=1e-12))
    assert not book.n, "it finds less than a fen"
    greedy = type("Greedy", (insider,), {"needs_cash": False})
    book, had, _ = struck(greedy(**STRUCK, share=1e-12))
    assert book.n == len(had)


def test_a_new_kind_arrives_at_random_by_its_weight(insider, monkeypatch):
    alone = {"attack_rate": 5.0, **dict.fromkeys(("outage_weight", "breach_weight"), 0.0)}
    economy = small(60, **SIZE, parameters={"cyber": {**alone, "ransom_weight": 0.0}})
    known = plugins("shocks")
    kinds = set(run(economy, 2).world.incidents.kind.tolist())
    assert kinds == {attack_code("theft")}
    monkeypatch.setattr(sim.attacks, "plugins", lambda family: {**known, "insider": insider})
    kinds = set(run(economy, 2).world.incidents.kind.tolist())
    assert kinds == {attack_code("theft"), attack_code("insider")}


def test_an_idle_attack_is_told_by_its_own_fields(insider):
    for share, said in ((0.0, ["shocks: the insider of month 2 takes nothing; "
                               "share is 0 and hours is 0"]), (0.1, [])):  # fmt: skip
        economy = small(**SIZE).with_plugins(shocks=[insider(**STRUCK, share=share, hours=0.0)])
        assert list(attacks_without_effect(economy, economy.policy(2))) == said


def test_codes_of_kinds_are_their_own():
    assert [attack_code(kind) for kind in KINDS] == list(range(len(KINDS)))
    assert attack_code("insider") != attack_code("flood")
    assert 1 << 24 <= attack_code("insider") <= np.iinfo(np.int32).max


def test_shipped_attacks_say_what_they_do():
    attacks = {k: a for k, a in plugins("shocks").items() if issubclass(a, Attack)}
    assert set(attacks) == set(KINDS)
    assert {effect for a in attacks.values() for effect in a.effects} == set(EFFECTS)
    assert {k for k, a in attacks.items() if a.needs_cash} == {"theft"}
    assert {k for k, a in attacks.items() if a.is_hidden} == {"breach"}


@pytest.mark.parametrize(
    ("effects", "said"),
    [(("thefft",), "no such effect 'thefft'"), (("theft",), "needs the field 'share'")],
)
def test_effects_that_cannot_be_are_refused(effects, said):
    with pytest.raises(TypeError, match=said):
        type("Odd", (Attack,), {"effects": effects, "__annotations__": {"kind": Literal["odd"]}})
