"""A model and a scenario that cost nothing, with the same interface as the real ones.

Numbers depend on replication, arm and channels alone, so a test knows what must come out.
"""

import copy
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import numpy as np

from sim.experiment import study


class Bag(SimpleNamespace):
    def model_dump(self, mode="json"):
        return dict(vars(self))


class FakeScenario:
    """Fields of a scenario, arms that set `effect`, channels that can be off."""

    def __init__(self, **changes):
        self.name, self.title, self.seed = "fake", "Does the fake work?", 7
        self.time = Bag(months=30, burn_in=3)
        self.population, self.parameters = {"enterprises": 100}, {}
        self.arms = {"base case": {}, "better": {"effect": -0.01}}
        self.reference_arm = self.twins = self.sample = self.attribution = None
        self.placebo, self.design, self.expects = False, {}, ()
        self.replications, self.outputs = 3, {"events": "all"}
        self.effect, self.off, self.trouble, self.pause = 0.0, [], "", 0.0
        self.trouble_in = 0
        self.extra_plugins = self.primary = ()
        self.factors = {}
        vars(self).update(changes)

    def model_dump(self, mode="json"):
        fields = {k: v for k, v in vars(self).items() if k not in ("extra_plugins", "time")}
        unknown = ("effect", "off", "trouble", "pause", "trouble_in")
        parameters = {k: fields.pop(k) for k in unknown}
        told = self.attribution and vars(self.attribution)
        simple = {"twins": None, "sample": None, "attribution": told, "expects": []}
        return {**fields, **simple, "parameters": parameters, "time": vars(self.time)}

    def policy(self, month):
        return SimpleNamespace(
            sources={},
            sharing=False,
            instruments=(),
            shocks=(),
            named_shocks=lambda: (),
            off=self.off,
            lines=Bag(),
            guarantees=False,
            factors=(),
            crowdfunding=Bag(),
            grace=None,
        )

    def written(self):
        return {"name": self.name}

    def but(self, **changes):
        other = copy.copy(self)
        vars(other).update(changes)
        return other

    def resolve(self, arm=None, point=None):
        changes = dict(self.arms[arm]) if arm else {}
        point = dict(point or {})
        if "population.enterprises" in point:
            changes["population"] = {"enterprises": point["population.enterprises"]}
        if "effect" in point:
            changes["effect"] = point["effect"]
        return self.but(arms={}, design={}, **changes)

    def with_channels_off(self, names):
        return self.but(off=sorted(names))

    def changes_population(self, arm=None, point=None):
        return self.resolve(arm, point).population != self.population


class FakeModel:
    """Writes macro, balances, events and cohort tables of a few rows a month."""

    metric_info: ClassVar = {
        "default_rate": ("share", "default rate"),
        "output": ("fen", "output of firms"),
        "par30": ("share", "loans late by 30 days"),
        "cohort_firms": ("firms", "potential firms of the cohort"),
        "cohort_defaults": ("firms", "defaults of the cohort"),
        "attributed_defaults": ("firms", "defaults attributed to others"),
    }
    column_info: ClassVar = {"events": {"loss": ("fen", "loss of creditors")}}

    def __init__(self, scenario, replication=0, placebo=False):
        self.s, self.replication = scenario, replication
        self.months = range(1 - scenario.time.burn_in, scenario.time.months + 1)
        self.month = self.months[0] - 1
        self.noise = np.random.default_rng([scenario.seed, replication])
        if not isinstance(scenario, FakeScenario):  # a real one: every instrument in force helps
            policy = scenario.policy(1)
            effect = -0.01 * len(policy.instruments)
            scenario = FakeScenario(
                effect=effect, off=policy.off, seed=scenario.seed, time=scenario.time
            )
            self.s = scenario
        self.shift = scenario.effect + (0.0005 * (1 + replication) if placebo else 0.0)

    def step(self):
        self.month += 1
        if self.s.pause:
            time.sleep(self.s.pause)
        gate = os.environ.get("FAKE_RUNS_GATE")
        while gate and self.replication >= 2 and not Path(gate).exists():
            time.sleep(0.01)  # later replications wait, so that an interruption finds them at work
        if self.s.trouble == "raise" and self.replication == self.s.trouble_in and self.month == 5:
            raise ValueError("a fen is missing")
        if self.s.trouble == "disk" and self.replication == self.s.trouble_in and self.month == 5:
            from sim.experiment.store import StoreError

            raise StoreError("cannot write here: No space left on device")
        if self.s.trouble == "die" and self.replication == self.s.trouble_in and self.month == 5:
            os._exit(9)
        if self.s.trouble == "interrupt" and self.replication == 1 and self.month == 5:
            raise KeyboardInterrupt

    def records(self):
        if self.month < 0:
            return {}
        balances = {
            "month": np.array([self.month]),
            "sector": np.array(["enterprise"]),
            "instrument": np.array(["cash"], dtype=object),
            "fen": np.array([12345 + self.replication], dtype=np.int64),
        }
        if self.month == 0:
            return {"balances": balances}
        base = 0.05 + 0.01 * self.noise.standard_normal()
        defaults = 10 - 4 * bool(self.s.off) + 100 * self.s.effect + self.replication
        macro = {
            "cohort_firms": np.array([1200]),
            "month": np.array([self.month]),
            "default_rate": np.array([base + self.shift]),
            "output": np.array([1_000_000], dtype=np.int64),
            "par30": np.array([0.02]),
            "cohort_defaults": np.array([defaults]),
            "attributed_defaults": np.array([3.0]),
        }
        odd = self.month % 2
        events = {
            "month": np.full(odd, self.month),
            "kind": np.array(["default"] * odd, dtype=object),
            "loss": np.full(odd, 250, dtype=np.int64),
        }
        return {"balances": balances, "macro": macro, "events": events}

    def final_records(self):
        return {"cohort": {"firm_months": np.array([1200 * self.s.time.months])}}


def build(run):
    return FakeModel(run.scenario, run.replication, run.is_placebo)


def conduct(scenario, folder: Path, **options):
    options = {"workers": 1, "out": folder, "build": build, **options}
    return study.conduct(scenario, **options)
