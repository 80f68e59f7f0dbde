"""How much a study asks for, and which of its expectations no result could judge.

Responsible for what `check` says of a sound file before anything is run.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from sim.channels import ALL_OFF
from sim.experiment.plan import arms_of, reference_arm, sets_off_of
from sim.sampling import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario import Scenario

CONTAGIOUS = "contagious_defaults"


def n_points(scenario: Scenario) -> int:
    """Count the points of the design or sample; 1 without them."""
    if scenario.sample:
        return rows_of(scenario.sample.method, scenario.sample.n, len(scenario.sample.over))
    return prod(len(values) for values in scenario.design.values())


def n_twins(scenario: Scenario) -> int:
    """Count the repetitions of arms with channels switched off, at one point."""
    return sum(len(sets_off_of(scenario, arm)) for arm in arms_of(scenario))


def n_runs(scenario: Scenario) -> int:
    """Count all runs of a study; those that see the same are run once and counted each."""
    one = len(arms_of(scenario)) + n_twins(scenario) + bool(scenario.placebo)
    return one * n_points(scenario) * scenario.replications


def size_of(scenario: Scenario) -> str:
    """Say in a few words how much there is to run."""
    time = scenario.time
    parts = [f"{time.burn_in} + {time.months} months", f"{_firms(scenario)} enterprises"]
    if scenario.factors:
        sizes = " x ".join(f"{len(levels)} {name}" for name, levels in scenario.factors.items())
        parts += [f"{len(scenario.arms)} arms: {sizes}"]
    elif scenario.arms:
        names = [f"'{arm}'" if "," in arm or ";" in arm else arm for arm in scenario.arms]
        parts += [f"{_of(len(names), 'arm')}: {', '.join(names)}"]
    if scenario.design or scenario.sample:
        fields = len(scenario.design or scenario.sample.over)  # type: ignore[union-attr]
        how = "all combinations" if fields > 1 else "all values"
        how = scenario.sample.method if scenario.sample else how
        parts += [f"{_of(n_points(scenario), 'point')} ({how} of {_of(fields, 'field')})"]
    if n_twins(scenario):
        parts += [f"{_of(n_twins(scenario), 'twin')} with channels off"]
    if scenario.placebo:
        parts += ["a placebo"]
    parts += [_of(scenario.replications, "replication"), _of(n_runs(scenario), "run")]
    return "; ".join(parts)


def _firms(scenario: Scenario) -> str:
    counts = {scenario.resolve(arm).population.enterprises for arm in arms_of(scenario)}
    return f"{min(counts)} to {max(counts)}" if len(counts) > 1 else str(*counts)


def _of(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def beyond_judgement(scenario: Scenario) -> list[str]:
    """List expectations and primary contrasts that `compare` will be unable to judge, each once.

    On the closed cohort only arms of a common burn-in are compared, and contagious defaults need
    twins with all channels off.
    """
    found: dict[str, None] = {}
    for field, metric, arm, against in _contrasts(scenario):
        why = _what_is_missing(scenario, metric, arm, against)
        if why:
            found[f"{field}: {metric} of arm '{arm}' cannot be judged: {why}"] = None
    return list(found)


def _contrasts(scenario: Scenario) -> Iterator[tuple[str, str, str, str]]:
    for wish in scenario.expects:
        yield "expects", wish.metric, wish.arm, reference_arm(scenario)
    for aim in scenario.primary:
        yield "primary", aim.metric, aim.arm, aim.against


def _what_is_missing(scenario: Scenario, metric: str, arm: str, against: str) -> str:
    both = (arm, against)
    if arm == against:
        return "it is the arm that others are compared with"
    if metric.startswith("cohort_") or metric == CONTAGIOUS:
        grown = [scenario.resolve(each) for each in both]
        if len({(run.population.model_dump_json(), run.parameters.model_dump_json())
                for run in grown}) > 1:  # fmt: skip
            return (
                f"its burn-in is not that of '{against}', and so is its cohort; default_rate "
                "counts all living firms"
            )
    if metric == CONTAGIOUS:
        lacking = [each for each in both if ALL_OFF not in sets_off_of(scenario, each)]
        if lacking:
            return f"arm '{lacking[0]}' has no twin with all channels off"
    return ""
