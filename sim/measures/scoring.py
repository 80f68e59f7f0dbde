"""Scoring: how well sources and scorecards tell good from bad, counted once outcomes are known.

Twice a year each source and each scorecard judges the firms with debt or an application,
refused ones included, as it stands at the close of the month. A year after the last judgement of a
policy year all are counted by bins of risk, so that counts can be added up over runs. Noise of
signals is keyed, so that to look is to change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.agents.provider import default_probability, estimated_index
from sim.campaigning import FIRST_VIEWER, platform_of, review_columns, seen_debt
from sim.kernels import logit, true_at
from sim.scoring import applicant_columns, applicants, look
from sim.stake_posting import KIND as CROWDFUNDING
from sim.units import Floats, Ids, Mask
from sim.visibility import files
from sim.world import KINDS, World

if TYPE_CHECKING:
    from sim.scenario import Scenario

EVERY, HORIZON, YEAR = 6, 12, 12  # months
SIGNAL_WIDTH = 0.1  # of a bin of a source's estimate, in its standard deviations
ODDS_WIDTH = 0.05  # of a bin of log odds of default
LAST_BIN = 500  # bins are numbered -500 .. 500
N_BINS = 2 * LAST_BIN + 1
MOST = 20_000  # firms judged at a time; in larger economies every second, third, ... firm
NEAR = 0.25  # share by which precision may differ from that of the AUC asked
ORACLE, TOGETHER = "oracle", "together"

COLUMN_INFO = {
    "year": ("year", "policy year of the judgement"),
    "kind": ("", "kind of provider or platform that judges, or the oracle"),
    "source": ("", "source judging alone, or all of the kind together"),
    "auc_asked": ("probability", "AUC asked of the source"),
    "is_client": (
        "",
        "owes a loan to a provider of this kind (oracle: to anyone); of crowdfunding: has stakes",
    ),
    "is_as_asked": ("", "precision within a quarter of that of the AUC asked"),
    "bin": ("", "bin of risk, ascending"),
    "good": ("firms", "did not default within 12 months"),
    "bad": ("firms", "defaulted within 12 months"),
    "pd": ("1/year", "sum of the probabilities of default forecast"),
    "pd_squared": ("1/year", "sum of their squares"),
    "pd_of_bad": ("1/year", "sum of the probabilities of those that defaulted"),
}


@dataclass
class Judgement:
    """What one source or scorecard says of firms in one month, (m,) each."""

    name: tuple[str, str, float]  # kind, source, AUC asked
    firm: Ids
    bin: Ids
    pd: Floats
    is_client: Mask
    is_as_asked: Mask
    month: int


@dataclass
class ScoringRecord:
    """Judgements that wait for their outcomes; at most two years of them."""

    waiting: list[Judgement] = field(default_factory=list)

    def observe(self, world: World, scenario: Scenario) -> None:
        """Let every source and scorecard judge, in the first and seventh month of a policy year."""
        if world.month < 1 or (world.month - 1) % EVERY:
            return
        self.waiting = [j for j in self.waiting if j.month > world.month - 2 * YEAR]
        firm = _judged(world)
        if not len(firm):
            return
        self.waiting.append(_oracle(world, scenario, firm))
        for kind in KINDS:
            self.waiting += _judgements(world, scenario, kind, firm)
        self.waiting += _reviews(world, scenario, firm)

    def ripe(self, world: World) -> dict[str, Any]:
        """Return the counts of a policy year when its last outcome is known, else nothing."""
        year = (world.month - HORIZON - 1) // YEAR
        last = YEAR * (year + 1) - EVERY + 1
        return self.counts(world) if world.month == last + HORIZON else {}

    def counts(self, world: World) -> dict[str, Any]:
        """Return the counts of all judgements whose outcome is known, and forget these."""
        known = [j for j in self.waiting if j.month + HORIZON <= world.month]
        self.waiting = [j for j in self.waiting if j.month + HORIZON > world.month]
        return _counts(world, known) if known else {}


def _judged(world: World) -> Ids:
    """List living firms with debt or a need for credit, thinned where they are very many."""
    firms = world.enterprises
    asks = (world.debt_of_firms() > 0) | (firms.need_purpose >= 0)
    rows = true_at(firms.alive & ~firms.is_core & asks)
    step = -(-len(rows) // MOST)
    return rows if step < 2 else rows[firms.dice[rows] % step == 0]


def _revenue(world: World, firm: Ids) -> Floats:
    return np.maximum(12.0 * world.enterprises.scale[firm], 1.0)


def _oracle(world: World, scenario: Scenario, firm: Ids) -> Judgement:
    m, debt = scenario.parameters.market, world.debt_of_firms()[firm]
    index, ratio = world.enterprises.index[firm], debt / _revenue(world, firm)
    pd = default_probability(m.oracle_intercept, m.oracle_slope, m.oracle_debt, index, ratio)
    return _scorecard(world, (ORACLE, ORACLE, np.nan), firm, pd, debt > 0)


def _judgements(world: World, scenario: Scenario, kind: str, firm: Ids) -> list[Judgement]:
    """Let each source of a kind judge alone, then all together with the debts the kind sees."""
    number, owes = _adviser(world, kind, firm)
    if number is None:
        return []
    card = [world.of_providers(f"pd_{name}")[number] for name in ("intercept", "slope", "debt")]
    debt, columns = files(world, firm, number).seen_debt, applicant_columns(world, firm, number)
    judge = _Judge(kind, number, np.stack(card), debt / _revenue(world, firm), columns, owes)
    return _judged_by(world, scenario, judge, firm)


def _reviews(world: World, scenario: Scenario, firm: Ids) -> list[Judgement]:
    """Let the crowdfunding platform each firm would turn to judge it by the pooled scorecard.

    Nobody reviews while doors are shut.
    """
    if not (world.policy.crowdfunding.open and world.crowdfunding_platforms.alive.any()):
        return []
    m, firms, stakes = scenario.parameters.market, world.enterprises, world.stakes
    has = np.zeros(firms.n, dtype=np.bool_)
    has[stakes.firm[true_at(stakes.is_open & (stakes.invested > 0))]] = True
    card = np.repeat([[m.pd_intercept], [m.pd_slope], [m.pd_debt]], len(firm), axis=1)
    number = FIRST_VIEWER + platform_of(world, firm)
    ratio = seen_debt(world, firm) / _revenue(world, firm)
    columns = review_columns(world, firm)
    judge = _Judge(CROWDFUNDING, number, card, ratio, columns, has[firm])
    return _judged_by(world, scenario, judge, firm)


class _Judge(NamedTuple):
    """Who judges firms, and what it knows: scorecard (3, m), debts over revenue, columns, (m,)."""

    kind: str
    number: Ids
    card: Floats
    debt_ratio: Floats
    columns: dict[str, Any]
    is_client: Mask


def _judged_by(world: World, scenario: Scenario, judge: _Judge, firm: Ids) -> list[Judgement]:
    """Return the judgements of each source of a kind alone, and of all together."""
    kind, number, card, ratio, columns, owes = judge
    index, when = world.enterprises.index[firm], np.full(len(firm), world.month)
    precision, signals, found = np.zeros(len(firm)), np.zeros(len(firm)), []
    for source in world.policy.sources.get(kind, ()):
        view = applicants(source, columns, np.arange(len(firm)))
        p, error = look(world, scenario, source, firm, number, when, view)
        signal = p * index + np.sqrt(p) * error
        precision, signals = precision + p, signals + signal
        rows, usual = true_at(p > 0), source.p
        if not len(rows) or usual <= 0:
            continue
        estimate = estimated_index(p, signal)[rows]
        found.append(
            Judgement(
                (kind, source.kind, source.auc),
                firm[rows],
                _bin(-estimate / np.sqrt(usual / (1.0 + usual)), SIGNAL_WIDTH),
                _default_probability(card[:, rows], estimate, ratio[rows]),
                owes[rows],
                np.abs(p[rows] / usual - 1.0) <= NEAR,
                world.month,
            )
        )
    pd = _default_probability(card, estimated_index(precision, signals), ratio)
    return [*found, _scorecard(world, (kind, TOGETHER, np.nan), firm, pd, owes)]


def _default_probability(card: Floats, estimate: Floats, debt_ratio: Floats) -> Floats:
    return default_probability(card[0], card[1], card[2], estimate, debt_ratio)


def _scorecard(
    world: World, name: tuple[str, str, float], firm: Ids, pd: Floats, owes: Mask
) -> Judgement:
    every = np.ones(len(firm), dtype=np.bool_)
    risk = _bin(logit(np.clip(pd, 1e-12, 1.0 - 1e-12)), ODDS_WIDTH)
    return Judgement(name, firm, risk, pd, owes, every, world.month)


def _bin(risk: Floats, width: float) -> Ids:
    return np.rint(risk / width).clip(-LAST_BIN, LAST_BIN).astype(np.int64)


def _adviser(world: World, kind: str, firm: Ids) -> tuple[Ids | None, Mask]:
    """Name the provider of a kind that judges each firm, and mark the firms that owe it a loan.

    It is the one the firm owes (the latest loan), else one by its dice. None where none lives.
    """
    first, table = world.first_number(kind), world.tables[kind]
    living = first + true_at(table.alive)
    if not len(living):
        return None, np.zeros(len(firm), dtype=np.bool_)
    loans, creditor = world.loans, np.full(world.enterprises.n, -1)
    rows = true_at((loans.provider >= first) & (loans.provider < first + table.n))
    rows = rows[(loans.principal[rows] > 0) & ~loans.is_bad[rows]]
    creditor[loans.borrower[rows]] = loans.provider[rows]
    owes = creditor[firm] >= 0
    other = living[world.enterprises.dice[firm] % len(living)]
    return np.where(owes, creditor[firm], other), owes


def _counts(world: World, known: list[Judgement]) -> dict[str, Any]:
    firm = np.concatenate([j.firm for j in known])
    month = np.repeat([j.month for j in known], [len(j.firm) for j in known])
    after = world.enterprises.ended[firm] - month
    is_bad = (after > 0) & (after <= HORIZON) & ~world.enterprises.is_voluntary[firm]
    names = list(dict.fromkeys((_year(j.month), *j.name) for j in known))
    place = {name: i for i, name in enumerate(names)}
    key = np.concatenate(
        [
            ((place[(_year(j.month), *j.name)] * 2 + j.is_client) * 2 + j.is_as_asked) * N_BINS
            + (j.bin + LAST_BIN)
            for j in known
        ]
    )
    pd, n = np.concatenate([j.pd for j in known]), 4 * N_BINS * len(names)
    counted = np.bincount(key, minlength=n)
    found = true_at(counted)
    bad = np.bincount(key, is_bad, n)[found]
    which, bins = np.divmod(found, N_BINS)
    columns = zip(*(names[i] for i in which // 4), strict=True)
    year, kind, source, asked = (list(column) for column in columns)
    return {
        "year": np.array(year, dtype=np.int32),
        "kind": np.array(kind, dtype=object),
        "source": np.array(source, dtype=object),
        "auc_asked": np.array(asked),
        "is_client": which // 2 % 2 == 1,
        "is_as_asked": which % 2 == 1,
        "bin": (bins - LAST_BIN).astype(np.int32),
        "good": (counted[found] - bad).astype(np.int32),
        "bad": bad.astype(np.int32),
        "pd": np.bincount(key, pd, n)[found],
        "pd_squared": np.bincount(key, pd**2, n)[found],
        "pd_of_bad": np.bincount(key, pd * is_bad, n)[found],
    }


def _year(month: int) -> int:
    return (month - 1) // YEAR + 1
