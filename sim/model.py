"""The Mesa model: builds a world, steps through the month and hands out records."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from numbers import Integral
from pathlib import Path
from typing import Any

import mesa
import numpy as np

from sim.agents.enterprise import dice_by_hand
from sim.draws import Draws
from sim.measures import (
    access,
    accounts,
    borrowers,
    contagion,
    credit_risk,
    crowdfunding,
    cyber,
    fraud,
    heists,
    lenders,
    money_funds,
    network,
    pools,
    portfolios,
    regulation,
    savers,
    scoring,
    stability,
    supply_chain,
    technology,
    welfare,
)
from sim.measures.base import METRICS, sharing
from sim.month import MONTH
from sim.phases.found_economy import found_economy
from sim.rows import RowAgent, RowModel
from sim.scenario import Scenario
from sim.table import Table
from sim.units import yuan
from sim.world import SCHEMAS, World

THEMES = (
    access,
    borrowers,
    contagion,
    credit_risk,
    crowdfunding,
    cyber,
    fraud,
    heists,
    lenders,
    money_funds,
    pools,
    savers,
    stability,
    supply_chain,
    technology,
    welfare,
)


def _value_of(name: str, model: MicroFinance) -> float:
    return METRICS[name].function(model.world)


def _whole(name: str, value: Any) -> int:
    """Return what fixes the draws of a run as an int, refusing what is no whole number from 0."""
    is_whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not is_whole or not 0 <= value < 2**63:
        raise ValueError(f"{name} must be a whole number from 0 to 2**63 - 1, not {value!r}")
    return int(value)


class Collector(mesa.DataCollector):
    """Mesa's collector, which takes the metrics of this project in one go.

    They are plain numbers: Mesa's way, a copy and a look at the kind of each reporter, takes half
    as long as the metrics themselves. Reporters that others add, also under a metric's name, are
    collected by Mesa.
    """

    model_reporters: dict[str, Any]

    def __init__(self) -> None:
        self._metrics = {name: partial(_value_of, name) for name in METRICS}
        super().__init__(model_reporters=self._metrics)

    def collect(self, model: MicroFinance) -> None:
        """Append a month to all that is collected."""
        reporters, rest, world = self.model_reporters, {}, model.world
        for name, reporter in reporters.items():
            if reporter is self._metrics.get(name):
                self.model_vars[name].append(METRICS[name].function(world))
            else:
                rest[name] = reporter
        self.model_reporters = rest
        try:
            super().collect(model)
        finally:
            self.model_reporters = reporters


class MicroFinance(RowModel):
    """One run: a scenario's arm under one seed and replication.

    scenario : a `Scenario`, the path of a scenario file, or None for the defaults
    seed : master seed, None for the scenario's own; (seed, replication) fix all draws, whole
        numbers from 0
    arm : name of an arm, None for the file without arms; overrides : dotted names -> values
    Raises ScenarioError for a bad scenario, ValueError for a bad seed or replication, AuditError if
    a month does not balance.
    """

    def __init__(
        self,
        scenario: Scenario | str | Path | None = None,
        seed: int | None = None,
        arm: str | None = None,
        replication: int = 0,
        placebo: bool = False,
        **overrides: Any,
    ) -> None:
        chosen = Scenario() if scenario is None else scenario
        if not isinstance(chosen, Scenario):
            chosen = Scenario.load(chosen)
        if overrides:
            chosen = chosen.but({k.replace("__", "."): v for k, v in overrides.items()})
        self.scenario = chosen.resolve(arm)
        master = self.scenario.seed if seed is None else _whole("seed", seed)
        replication = _whole("replication", replication)
        super().__init__(seed=master)
        self.placebo = placebo
        self.metric_info = {m.name: (m.unit, m.label, *m.over) for m in METRICS.values()}
        self.datacollector = Collector()
        self.column_info = {
            **accounts.COLUMN_INFO,
            **network.COLUMN_INFO,
            **portfolios.COLUMN_INFO,
            **regulation.COLUMN_INFO,
            "scoring": scoring.COLUMN_INFO,
            "platforms": fraud.COLUMN_INFO,
            "pools": pools.COLUMN_INFO,
        }
        self.vintages = portfolios.Vintages(self.scenario.time.months)
        self.scoring = scoring.ScoringRecord()
        self.world = World(self.scenario, Draws(master, replication))
        self.world.month = self.first_month - 1
        self.world.policy = self.scenario.policy(self.first_month)
        found_economy(self.world, self.scenario)
        for name, cls in SCHEMAS.items():
            if name != "outside":
                self.add_population(cls, self.world.tables[name])

    # ------------------------------------------------------------ time
    @property
    def first_month(self) -> int:
        """First month of the burn-in."""
        return 1 - self.scenario.time.burn_in

    @property
    def months(self) -> range:
        """All months of the run, burn-in included."""
        return range(self.first_month, self.scenario.time.months + 1)

    @property
    def month(self) -> int:
        """The month last run; before the first step, the month before the burn-in."""
        return self.world.month

    def step(self) -> None:
        """Run one month; after the last one raise, as `running` has told since."""
        world, last = self.world, self.scenario.time.months
        if world.month >= last:
            raise RuntimeError(
                f"the run has ended with month {last} (time.months: {last}); "
                f"build another model, with more months if these were too few"
            )
        world.month += 1
        world.policy = self.scenario.policy(world.month)
        for phase in MONTH:
            world.ledger.phase = phase.__name__
            phase(world, self.scenario)
            if world.month == 1 and phase is MONTH[0]:
                self._open_cohort()  # with the books open, so that the placebo is on record
        world.ledger.phase = "between months"
        self.vintages.observe(world)
        if self._is_asked("scoring"):
            self.scoring.observe(world, self.scenario)
        with sharing():
            self.datacollector.collect(self)
        self.running = world.month < last

    def run_model(self) -> None:
        """Run burn-in and all months."""
        while self.month < self.scenario.time.months:
            self.step()

    def _open_cohort(self) -> None:
        """Mark the closed cohort after the burn-in; the placebo gives one firm 1 % more cash."""
        firms = self.world.enterprises
        firms.is_in_cohort[:] = firms.alive
        self.world.investors.loss_total[:] = 0.0
        if self.placebo:
            living = np.flatnonzero(firms.alive & (firms.cash > 0))
            row = living[np.argsort(firms.dice[living])[:1]]  # of those made by hand the last
            self.world.ledger.pay(
                "entry_equity",
                "outside",
                None,
                "enterprise",
                row,
                np.maximum(firms.cash[row] // 100, 1),
            )

    # ------------------------------------------------------------ records
    def records(self) -> dict[str, dict[str, Any]]:
        """Rows of this month for the result tables; nothing during burn-in but opening balances."""
        world = self.world
        if world.month < 0:
            return {}
        positions = world.positions()
        found = {"balances": accounts.balances(world, positions)}
        if world.month == 0:
            return found
        macro = {"month": np.array([world.month], dtype=np.int32)}
        collected = self.datacollector.model_vars
        macro |= {name: np.array([collected[name][-1]]) for name in METRICS}
        found |= {
            "macro": macro,
            "flows": accounts.flows(world),
            "institutions": accounts.institutions(world),
            "pools": pools.pools(world),
            "events": accounts.events(world),
            "impairments": accounts.impairments(world),
            "limits": accounts.bound_limits(world),
            "supervision": regulation.costs(world),
            "grades": accounts.grades(world),
            "borrowers": portfolios.borrowers(world),
            "scoring": self.scoring.ripe(world),
        }
        if self._is_asked("loans"):
            found["loans"] = accounts.grants(world)
        if world.month in self.scenario.outputs.network_months:
            found |= network.snapshot(world, positions)
        return {
            name: columns for name, columns in found.items() if columns and self._is_asked(name)
        }

    def _is_asked(self, table: str) -> bool:
        """Tell whether the scenario wants a table; only optional ones can be declined."""
        return getattr(self.scenario.outputs, table, "all") != "none"

    def final_records(self) -> dict[str, dict[str, Any]]:
        """Rows written once: the closed cohort's potential firm-months, saver wealth, all firms."""
        world, months = self.world, self.scenario.time.months
        firms = world.enterprises
        mine = firms.is_in_cohort
        first = np.maximum(1, firms.entered[mine])
        savers = world.investors
        found = {
            "cohort": {
                "firms": np.array([int(mine.sum())]),
                "firm_months": np.array([int((months - first + 1).sum())]),
                "saver_loss": np.array([float(savers.loss_total.sum())]),
                "saver_wealth": np.array([float(savers.initial_wealth.sum())]),
            }
        }
        found |= {
            "firms": accounts.firms(world),
            "platforms": fraud.platforms(world),
            "vintages": self.vintages.counts(),
            "scoring": self.scoring.counts(world),
        }
        return {
            name: columns for name, columns in found.items() if columns and self._is_asked(name)
        }

    # ------------------------------------------------------------ Mesa's hooks
    def admit_from_outside(self, cls: type[RowAgent], values: Mapping[str, Any]) -> int:
        """Enter an agent made by hand before the first step; outside pays its endowment."""
        name = next(k for k, v in SCHEMAS.items() if v is cls)
        table = self.world.tables[name]
        money = {k: int(v) for k, v in values.items() if table.spec[k].is_money}
        if set(money) - {"cash"}:
            raise TypeError(
                f"{cls.__name__} can be made with cash only; "
                f"{sorted(set(money) - {'cash'})} arise from flows"
            )
        traits = {k: v for k, v in values.items() if k not in money}
        if name == "enterprise":
            if "dice" in traits:
                raise TypeError("dice cannot be chosen: each firm made by hand has its own")
            traits = {
                "dice": dice_by_hand(table.dice),
                "born": self.month,
                "entered": self.month,
                "ticket_end": self.world.tickets_issued,
                **traits,
            }
            scale = traits.setdefault("scale", yuan(50_000.0))
            traits = {"plan": scale, "final_demand": scale, "outflow": scale, **traits}
        rows = table.append(1, traits)
        if name == "investor":
            self.world.accounts.append(self.world.slots)
        fen = np.array([money.get("cash", 0)], dtype=np.int64)
        self.world.ledger.pay("endowment", "outside", None, name, rows, fen)
        return int(rows[0])

    def withdraw_row(self, table: Table, row: int) -> None:
        """Let a party leave by hand if it owes and owns no claim; its cash goes to outside."""
        world = self.world
        name = next(k for k, t in world.tables.items() if t is table)
        for p in world.positions():
            for sector, rows in ((p.debtor, p.debtor_rows), (p.holder, p.holder_rows)):
                if sector == name and rows is not None and p.amount[rows == row].any():
                    raise RuntimeError(
                        f"{name} {row} has open {p.instrument}: it can leave only through "
                        f"the phase resolve_failures, which pays by rank"
                    )
        cash = np.array([int(table.cash[row])])
        world.ledger.pay("estate_residual", name, np.array([row]), "outside", None, cash)
