"""Which runs a scenario asks for: arms x points x channels x replications, in a fixed order.

Responsible for the list of runs, their names and their `run_id`. A `run_id` is the hash of
what a run sees, so two arms that say the same share one run, and a finished run is found
again whatever the file calls it. Not responsible for running anything.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

from sim import sampling
from sim.channels import ALL_OFF, CHANNELS, label_off
from sim.experiment.coalitions import sets_of
from sim.experiment.hashes import hash_of
from sim.scenario import ONLY_ARM
from sim.scenario_errors import say
from sim.shocks.base import Attack

if TYPE_CHECKING:
    from sim.scenario import Scenario

AS_SET, PLACEBO = "as set", "placebo"
MOST_NAMED = 6  # fields that a point is named by; points of more have a number


@dataclass(frozen=True)
class Run:
    """One simulation: what it sees and what the study calls it."""

    run_id: str
    arm: str
    point: str
    channels: str
    replication: int
    scenario: Scenario
    is_placebo: bool = False
    own_burn_in: bool = False
    burn_in: str = ""  # stands for population and parameters: runs with the same share their firms
    swept: Mapping[str, Any] = field(default_factory=dict)

    @property
    def n_months(self) -> int:
        """Months to simulate, burn-in included."""
        return int(self.scenario.time.months) + int(self.scenario.time.burn_in)

    @property
    def labels(self) -> dict[str, Any]:
        """The columns that name this run in the macro table."""
        return {
            "run_id": self.run_id,
            "arm": self.arm,
            "point": self.point,
            "channels": self.channels,
            "replication": self.replication,
        }


def plan(scenario: Scenario, replications: int | None = None, code: str = "") -> list[Run]:
    """Return every run of a study, ordered by arm, point, channels and replication.

    code : hash of the code that will run, part of every `run_id`
    """
    count = scenario.replications if replications is None else replications
    runs: list[Run] = []
    for arm, point_name, point, channels, off, is_placebo in _cells(scenario):
        seen = scenario.resolve(arm=arm, point=point)
        if off:
            seen = seen.with_channels_off(off)
        facts = what_is_seen(seen)
        changed = scenario.changes_population(arm, point)
        burn_in = hash_of([_plain(seen.population), _plain(seen.parameters)])[:8]
        label = PLACEBO if is_placebo else (arm or ONLY_ARM)
        for replication in range(count):
            run_id = hash_of([facts, scenario.seed, replication, is_placebo, code])
            names = (run_id, label, point_name, channels, replication)
            runs.append(Run(*names, seen, is_placebo, changed, burn_in, point))
    return runs


def scenario_hash(scenario: Scenario) -> str:
    """Return 8 digits that stand for everything the file says."""
    return hash_of([_dump(scenario), plugin_facts(scenario.extra_plugins)])[:8]


def outputs_hash(scenario: Scenario) -> str:
    """Return the hash of what a run is asked to write down."""
    return hash_of(_dump(scenario).get("outputs"))


def arms_of(scenario: Scenario) -> list[str | None]:
    """Return the arms of a study; a file without arms has one, which is None."""
    return list(scenario.arms) or [None]


def reference_arm(scenario: Scenario) -> str:
    """Return the arm the others are compared with: the one named, else the first."""
    return str(scenario.reference_arm or arms_of(scenario)[0] or ONLY_ARM)


Cell = tuple[str | None, str, Mapping[str, Any], str, tuple[str, ...], bool]


def _cells(scenario: Scenario) -> Iterator[Cell]:
    """Yield (arm, point name, point, channels label, channels off, placebo) in final order."""
    points = points_of(scenario)
    for arm in arms_of(scenario):
        sets_off = sets_off_of(scenario, arm)
        for name, point in points.items():
            yield arm, name, point, AS_SET, (), False
            for label, off in sets_off.items():
                yield arm, name, point, label, off, False
    if scenario.placebo:
        reference = scenario.reference_arm or arms_of(scenario)[0]
        for name, point in points.items():
            yield reference, name, point, AS_SET, (), True


def sets_off_of(scenario: Scenario, arm: str | None) -> dict[str, tuple[str, ...]]:
    """Return the sets of channels that an arm is repeated with switched off, by label."""
    found: dict[str, tuple[str, ...]] = {}
    if scenario.twins and arm in (scenario.twins.arms or arms_of(scenario)):
        found |= twin_sets(scenario)
    told = scenario.attribution
    if told and (arm or ONLY_ARM) in (told.arms or [a or ONLY_ARM for a in arms_of(scenario)]):
        found |= sets_of(told, scenario.seed)
    return found


def twin_sets(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """Return the sets of channels to switch off, by label.

    `off: all` gives one twin, `off: [trade, notes]` one with both off, and `off: each` one
    for every channel alone and one with all off.
    """
    if scenario.twins is None:
        return {}
    off = scenario.twins.off
    names = tuple(CHANNELS)
    if off == "all":
        return {ALL_OFF: names}
    if off == "each":
        return {**{label_off((name,)): (name,) for name in names}, ALL_OFF: names}
    chosen = tuple(name for name in names if name in off)
    return {label_off(chosen): chosen}


def points_of(scenario: Scenario) -> dict[str, Mapping[str, Any]]:
    """Return the points of the design or sample by name; one nameless point without them."""
    if scenario.design:
        paths = list(scenario.design)
        combinations = product(*(scenario.design[path] for path in paths))
        points = [dict(zip(paths, values, strict=True)) for values in combinations]
    elif scenario.sample:
        points = sampled_points(scenario)
    else:
        return {"": {}}
    names = _short_names(list(points[0]))
    if len(names) > MOST_NAMED:
        return {f"point {i + 1}": point for i, point in enumerate(points)}
    return {
        ", ".join(f"{names[path]}={value}" for path, value in point.items()): point
        for point in points
    }


def sampled_points(scenario: Scenario) -> list[dict[str, Any]]:
    """Return the points of a sample (`sim.sampling`); whole where the field is whole."""
    sample = scenario.sample
    if sample is None:
        return []
    over = {path: (low, high) for path, (low, high) in sample.over.items()}
    try:
        unit = sampling.unit_sample(sample.method, sample.n, len(over), scenario.seed)
    except sampling.MissingPackageError as error:
        raise say(str(error)) from None
    whole = {path: isinstance(_value_at(scenario, path), int) for path in over}
    return sampling.values_in(unit, over, whole)


def _short_names(paths: Sequence[str]) -> dict[str, str]:
    """Name each path by its last piece where that is unambiguous."""
    ends = [path.rsplit(".", 1)[-1] for path in paths]
    return {p: e if ends.count(e) == 1 else p for p, e in zip(paths, ends, strict=True)}


def _value_at(scenario: Scenario, path: str) -> Any:
    value: Any = _dump(scenario)
    for piece in path.split("."):
        value = value.get(piece) if isinstance(value, Mapping) else None
    return value


def _plain(part: Any) -> Any:
    return part.model_dump(mode="json") if hasattr(part, "model_dump") else part


def _dump(scenario: Scenario) -> dict[str, Any]:
    return dict(scenario.model_dump(mode="json"))


def what_is_seen(resolved: Scenario) -> dict[str, Any]:
    """Return all that one run reads of a scenario: sizes, parameters and policy by month.

    Policy enters as the objects in force, so two ways to write the same policy are the same.
    """
    whole = _dump(resolved)
    policies: list[Any] = []
    for month in range(resolved.time.months + 1):
        policy = resolved.policy(month)
        if not policies or policy is not policies[-1][1]:
            policies.append((month, policy))
    told = [(month, _policy_facts(policy)) for month, policy in policies]
    kept = [item for i, item in enumerate(told) if i == 0 or item[1] != told[i - 1][1]]
    return {**{k: whole[k] for k in ("time", "population", "parameters")}, "policy": kept}


def _policy_facts(policy: Any) -> list[Any]:
    sources = {kind: plugin_facts(held) for kind, held in policy.sources.items()}
    plugins = [plugin_facts(policy.instruments), plugin_facts(policy.shocks)]
    # An attack draws by its name.
    attacks = [(n, shock) for n, shock in policy.named_shocks() if isinstance(shock, Attack)]
    plugins += [sorted([n, plugin_facts([shock])] for n, shock in attacks)] if attacks else []
    lines = policy.lines.model_dump(mode="json")
    crowdfunding = policy.crowdfunding.model_dump(mode="json")
    rest = [policy.guarantees, list(policy.factors), crowdfunding, policy.grace]
    return [sources, policy.sharing, *plugins, sorted(policy.off), lines, *rest]


def plugin_facts(plugins: Sequence[Any]) -> list[Any]:
    """Describe plug-ins by name, parameters and, if they are not ours, source text."""
    facts = [
        [type(plugin).__name__, plugin.model_dump(mode="json"), _source_of(type(plugin))]
        for plugin in plugins
    ]
    return sorted(facts, key=str)  # the order of plug-ins never matters


def _source_of(kind: type) -> str:
    """Return the source text of a user's class; our own code has its hash."""
    if kind.__module__.startswith("sim."):
        return ""
    try:
        return inspect.getsource(kind)
    except (OSError, TypeError):
        return f"{kind.__module__}.{kind.__qualname__}"  # typed at a prompt: no text is kept
