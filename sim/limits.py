"""What a regulator may decide: a closed list of questions, and how answers combine.

Responsible for the questions, their folds and their neutral values, one value per provider.
Not responsible for who answers (`sim/supervision/`) nor for what the answers do (the phases
read the columns). Answers meet only in the fold, so their order never matters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.units import Ids

Fold = Literal["min", "max", "sum", "and", "or"]

# Provider kinds by the code of their population.
PROVIDER_KINDS: dict[str, int] = {
    "micro_lender": 2,
    "bank": 3,
    "platform": 4,
    "ecommerce_lender": 7,
}
# Kinds that look at firms through information sources: also those that lend nothing themselves.
CREDIT_KINDS: dict[str, int] = {**PROVIDER_KINDS, "crowdfunding_platform": 8}
# Kinds that can buy receivables: they lend on own account and with other people's money.
FACTOR_KINDS: tuple[str, ...] = ("bank",)


@dataclass(frozen=True)
class Question:
    """One thing a regulator may decide about a provider."""

    name: str
    unit: str
    fold: Fold
    neutral: float | bool
    doc: str


def _ask(name: str, unit: str, fold: Fold, neutral: float | bool, doc: str) -> tuple[str, Question]:
    return name, Question(name, unit, fold, neutral, doc)


QUESTIONS: dict[str, Question] = dict(
    (
        _ask("rate_ceiling", "1/year", "min", np.inf, "highest rate a new loan may carry"),
        _ask("loan_cap", "yuan per borrower", "min", np.inf, "most one borrower may owe it"),
        _ask(
            "total_debt_cap",
            "yuan per borrower",
            "min",
            np.inf,
            "most one borrower may owe all providers, as far as it sees",
        ),
        _ask(
            "concentration_ceiling",
            "share",
            "min",
            1.0,
            "most one borrower may owe it, of its capital or a platform's loans; 1 is no cap",
        ),
        _ask("leverage_ceiling", "ratio", "min", np.inf, "most it may owe per yuan of capital"),
        _ask("may_admit", "flag", "and", True, "may a potential entrant of its kind open"),
        _ask("needs_licence", "flag", "or", False, "must it have a licence"),
        _ask("licence_approval", "share", "min", 1.0, "share of those examined who are found fit"),
        _ask("licence_skill", "share", "max", 0.0, "share of planned frauds that it finds out"),
        _ask("licence_cost", "yuan", "max", 0.0, "what examining it costs the regulator"),
        _ask("capital_floor", "yuan", "max", 0.0, "least capital it must have, net of provisions"),
        _ask("capital_fine", "yuan a month", "sum", 0.0, "what it pays for being below that"),
        _ask("compliance_months", "months", "min", np.inf, "time it has to comply with either"),
        _ask("must_close", "flag", "or", False, "must it close now"),
        _ask(
            "closure_months", "months", "min", np.inf, "run-off of its bullets once it has closed"
        ),
        _ask("abrupt_exit", "flag", "or", False, "does an order to close freeze it"),
        _ask("emergency_access", "flag", "or", False, "may it borrow from the regulator"),
        _ask("emergency_rate", "1/year", "max", 0.0, "rate of such loans"),
        _ask("may_lend", "flag", "and", True, "may it make new loans"),
        _ask("must_register", "flag", "or", False, "must it register and report every month"),
        _ask("levy", "yuan a month", "sum", 0.0, "what it pays for being supervised"),
        _ask("file_sharing", "flag", "or", False, "must it join the registry and open its files"),
        _ask(
            "blacklist_weight",
            "share",
            "max",
            0.0,
            "what an owner who leaves it unpaid loses by being listed in public",
        ),
        _ask("custody", "flag", "or", False, "must its client money lie with a bank"),
        _ask("inspection_rate", "1/month", "max", 0.0, "chance of being inspected"),
        _ask("inspection_skill", "share", "max", 0.0, "chance that this finds a fraud"),
        _ask("inspection_error", "share", "max", 0.0, "chance that it suspects an innocent"),
        _ask("inspection_cost", "yuan", "max", 0.0, "what one inspection costs the regulator"),
        _ask("alarm", "flag", "or", False, "may investors report it to the police"),
        _ask("police_rate", "1/month", "max", 0.0, "chance that police look at it unasked"),
        _ask("complaint_weight", "factor", "max", 0.0, "what complaints add to that"),
        _ask("alarm_error", "share", "max", 0.0, "chance that they suspect an innocent"),
        _ask("alarm_cost", "yuan", "max", 0.0, "what a case costs the regulator"),
        _ask("frozen_share", "share", "max", 0.0, "of what its owner takes, stopped in time"),
        _ask("may_pool", "flag", "and", True, "may it pool its clients' money"),
        _ask("pool_months", "months", "min", np.inf, "run-off of a pool it may no longer run"),
        _ask("may_promise", "flag", "and", True, "may it promise principal to savers"),
        _ask("must_disclose", "flag", "or", False, "must it show what its assets cover of claims"),
        _ask("security_standard", "yuan a month", "max", 0.0, "least it must spend on security"),
        _ask("reporting_months", "months", "min", np.inf, "time it has to report an incident"),
        _ask("report_cost", "yuan", "max", 0.0, "what looking into an incident costs"),
        _ask("reserve_share", "share of loans", "max", 0.0, "what its reserve fund must hold"),
    )
)


@dataclass(frozen=True)
class ProviderView:
    """Show instruments the columns of providers they may read; none of them can be written.

    kind : (n_providers,) population code of `PROVIDER_KINDS`, or the kind's name
    capital : (n_providers,) yuan - own capital, net of provisions
    loans : (n_providers,) yuan - loans outstanding
    age_months : (n_providers,) months since it opened
    is_licensed : (n_providers,) whether it has a licence; nobody has, if not given
    months_since_report : (n_providers,) months since the last incident at it became known;
        infinite, if not given
    """

    kind: NDArray[Any]
    capital: NDArray[Any]
    loans: NDArray[Any]
    age_months: NDArray[Any]
    is_licensed: NDArray[Any] | None = None
    months_since_report: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        shape = np.shape(self.kind)
        if self.is_licensed is None:
            object.__setattr__(self, "is_licensed", np.zeros(shape, dtype=np.bool_))
        if self.months_since_report is None:
            object.__setattr__(self, "months_since_report", np.full(shape, np.inf))
        for column in fields(self):
            shown = np.asarray(getattr(self, column.name)).view()
            shown.flags.writeable = False
            object.__setattr__(self, column.name, shown)

    def is_kind(self, kinds: Sequence[str]) -> NDArray[np.bool_]:
        """Mark the providers of these kinds; an empty list means all of them."""
        return of_kind(self.kind, kinds)


@dataclass(frozen=True)
class Limits:
    """Hold the folded answers: one column per question, one row per provider."""

    columns: dict[str, NDArray[Any]] = field(default_factory=dict)
    setters: dict[str, Ids] = field(default_factory=dict)

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    def set_by(self, name: str) -> Ids:
        """Say which instrument set each value: its index, or -1 where nobody did."""
        return self.setters[name]


def of_kind(kind: NDArray[Any], kinds: Sequence[str]) -> NDArray[np.bool_]:
    """Mark the rows whose kind, given as name or as population code, is among `kinds`."""
    if not kinds:
        return np.ones(kind.shape, dtype=np.bool_)
    if kind.dtype.kind in "iu":
        return np.isin(kind, [PROVIDER_KINDS[name] for name in kinds])
    return np.isin(kind, list(kinds))


def answer(instruments: Sequence[Any], view: Any, month: int) -> Limits:
    """Ask every instrument every question it answers and fold the answers.

    instruments : those in force in `month`, in any order
    view : read-only provider columns (`ProviderView` or anything with its attributes)
    """
    limits = Limits()
    n_providers = len(view.kind)
    asked = [(instrument, questions_of(instrument.__class__)) for instrument in instruments]
    unset = {k: _shown(np.full(n_providers, *k)) for k in _DIFFERENT_NEUTRALS}
    nobody = _shown(np.full(n_providers, -1, dtype=np.int64))
    answered = frozenset().union(*(answers for _, answers in asked))
    for name, question in QUESTIONS.items():
        # Most questions are answered by nobody: these share one column for each neutral value.
        folded, setter = unset[_NEUTRALS[name]], nobody
        limits.columns[name], limits.setters[name] = folded, setter
        if name not in answered:
            continue
        for index, (instrument, answers) in enumerate(asked):
            if name not in answers:
                continue
            who = f"month {month}: {_name_of(instrument)} answered {name} with"
            given = _as_column(getattr(instrument, name)(view), folded, who)
            moved = _moves(question.fold, folded, given)
            setter = setter.copy() if setter is nobody else setter
            # A sum is named after its first contributor, the others after whoever moved it last.
            setter[moved & (setter < 0) if question.fold == "sum" else moved] = index
            folded = _FOLDS[question.fold](folded, given)
        limits.columns[name], limits.setters[name] = _shown(folded), _shown(setter)
    return limits


def _shown(column: NDArray[Any]) -> NDArray[Any]:
    """Return a column that nobody can write any more."""
    column.flags.writeable = False
    return column


@lru_cache(maxsize=256)
def questions_of(instrument: type) -> frozenset[str]:
    """Name the questions that instruments of a class answer: those it has methods for."""
    return frozenset(name for name in QUESTIONS if hasattr(instrument, name))


def _neutral(question: Question) -> tuple[float | bool, type]:
    is_flag = isinstance(question.neutral, bool)
    return question.neutral, np.bool_ if is_flag else np.float64


_NEUTRALS = {name: _neutral(question) for name, question in QUESTIONS.items()}
_DIFFERENT_NEUTRALS = frozenset(_NEUTRALS.values())


_FOLDS: dict[str, Callable[..., NDArray[Any]]] = {
    "min": np.minimum,
    "max": np.maximum,
    "sum": np.add,
    "and": np.logical_and,
    "or": np.logical_or,
}


def _moves(fold: Fold, folded: NDArray[Any], given: NDArray[Any]) -> NDArray[np.bool_]:
    """Mark where an answer changes what the others have said."""
    if fold == "min":
        return given < folded
    if fold == "max":
        return given > folded
    if fold == "sum":
        return given != 0
    return given != folded if fold == "or" else folded & ~given


def _as_column(given: Any, like: NDArray[Any], who: str) -> NDArray[Any]:
    """Turn an answer into one value per provider, refusing what is none."""
    try:
        column = np.asarray(given, dtype=like.dtype)
    except (TypeError, ValueError):
        raise ValueError(f"{who} {given!r:.40}, which is no number per provider") from None
    if column.ndim and column.shape != like.shape:
        wanted = f"one number, or one for each of {len(like)} providers"
        raise ValueError(f"{who} an array of shape {column.shape}; wanted is {wanted}")
    if given is None or _holds_nan(given):
        raise ValueError(f"{who} no number ({'nothing' if given is None else 'nan'})")
    return np.broadcast_to(column, like.shape)


def _holds_nan(given: Any) -> bool:
    values = np.asarray(given)
    return values.dtype.kind == "f" and bool(np.isnan(values).any())


def _name_of(instrument: Any) -> str:
    return str(getattr(instrument, "kind", type(instrument).__name__))
