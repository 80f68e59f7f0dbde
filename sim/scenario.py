"""A scenario: one experiment, checked as a whole, and what is in force in each of its months.

Responsible for arms, points and variants, and for `policy(month)`, the only view the model
has of policy. Not responsible for running anything (`sim/experiment/`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from pydantic import Field, PrivateAttr, computed_field

from sim import scenario_tree as tree
from sim.channels import CHANNELS
from sim.limits import CREDIT_KINDS
from sim.scenario_checks import beyond_shape, check_names, unnamed_arms
from sim.scenario_course import POLICY, with_burn_in
from sim.scenario_errors import Mistake, Place, ScenarioError, nearest, say, shown
from sim.scenario_factors import crossed, uncrossed
from sim.scenario_files import assignments, read
from sim.scenario_names import lay, wrong_nulls
from sim.scenario_policy import (
    Policy,
    family_of,
    on_date,
    policy_of,
    said_on_date,
    segments,
    validated,
    with_presets,
)
from sim.scenario_rules import contradictions, never_begun
from sim.scenario_schema import Experiment, File, Time
from sim.scenario_tree import EMPTY, Node

__all__ = ["CHANNELS", "Policy", "Scenario", "ScenarioError", "load"]

ONLY_ARM = "base"  # what results call the one arm of a file without arms
# What an arm or a point may say; everything else belongs to the experiment as a whole.
VARIED = ("population", "parameters", *POLICY)
STUDY = ("arms", "factors", "primary", "reference_arm", "twins", "attribution", "placebo", "design",
         "sample", "expects", "targets")  # fmt: skip


class Scenario(Experiment):
    """One experiment: values by name, policy by month.

    The four maps of policy hold what was written, dates included; `policy(month)` gives what
    they mean.
    """

    credit: dict[str, Any] = Field(default_factory=dict, description="credit system, as written")
    supervision: dict[str, Any] = Field(default_factory=dict, description="supervision, as written")
    channels: dict[str, Any] = Field(default_factory=dict, description="channels, as written")
    shocks: dict[str, Any] = Field(default_factory=dict, description="shocks, as written")

    _root: Node = PrivateAttr(default=EMPTY)
    _burn_in: Node | None = PrivateAttr(default=None)
    _extras: tuple[Any, ...] = PrivateAttr(default=())
    _policies: dict[int, Policy] = PrivateAttr(default_factory=dict)
    _segments: list[int] = PrivateAttr(default_factory=list)
    _arm_files: dict[str, File] = PrivateAttr(default_factory=dict)  # arms as they were checked
    _file: File | None = PrivateAttr(default=None)  # values in month 1, where they are known
    _resolved: dict[str | None, Self] = PrivateAttr(default_factory=dict)

    def __init__(self, **data: Any) -> None:
        root = crossed(lay(EMPTY, tree.grow(data)))
        values, arms = _checked(root)
        super().__init__(**values)
        self._root, self._arm_files = root, arms

    @classmethod
    def load(cls, path: str | Path, sets: Sequence[str] = ()) -> Self:
        """Read and check a scenario file; `sets` are texts like `credit.preset=none`."""
        return cls._of(crossed(lay(read(path), assignments(list(sets)))))

    @classmethod
    def _of(
        cls,
        root: Node,
        burn_in: Node | None = None,
        extras: tuple[Any, ...] = (),
        file: File | None = None,
    ) -> Self:
        """Make a scenario of a tree; file : its values in month 1, of a tree that was checked."""
        values, arms = (_values(file, root), {}) if file else _checked(root, burn_in is not None)
        scenario = cls.__new__(cls)
        Experiment.__init__(scenario, **values)
        scenario._root, scenario._burn_in, scenario._extras = root, burn_in, extras
        scenario._arm_files, scenario._file = arms, file
        return scenario

    @computed_field  # type: ignore[prop-decorator]
    @property
    def burn_in_policy(self) -> dict[str, Any] | None:
        """Say what is in force during the burn-in, if that is no longer the file's own policy."""
        return None if self._burn_in is None else dict(tree.plain(self._burn_in))

    @property
    def extra_plugins(self) -> tuple[Any, ...]:
        """Give the plug-ins that came from Python, not from a file."""
        return self._extras

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Scenario):
            return NotImplemented
        return self.model_dump() == other.model_dump() and self._extras == other._extras

    __hash__ = None  # type: ignore[assignment]

    def policy(self, month: int) -> Policy:
        """Say what is in force in a month; the same object as long as nothing changes.

        Months up to 0 are the burn-in: undated values of the file without arms and points.
        """
        dates = self.dates()
        key = 0 if month < 1 else dates[bisect_right(dates, month) - 1]
        if key not in self._policies:
            root = self._root
            if key == 0:
                burn_in = self._burn_in or _burn_in_part(root)
                root = Node({**root.value, **burn_in.value}, root.place)
            file = self._file if key == 1 else None
            if file is None:
                file, mistakes = validated(on_date(_without(root, STUDY), key or None))
                tree.refuse(mistakes)
            assert file is not None
            self._policies[key] = policy_of(file, key == 0, self._extras)
        return self._policies[key]

    def dates(self) -> list[int]:
        """List the months from which policy may be another; the first is month 1."""
        if not self._segments:
            self._segments.extend(segments(self._root))
        return self._segments

    def resolve(self, arm: str | None = None, point: Mapping[str, Any] | None = None) -> Self:
        """Give the view of one run: the file with an arm and a point laid over, and no others.

        The burn-in keeps the undated policy of the file without them. Without a point, the view
        is the same object each time.
        """
        over = EMPTY
        if arm == ONLY_ARM and not self.arms:
            arm = None
        if arm is not None:
            if arm not in self.arms:
                raise say(f"there is no arm '{arm}'{nearest(arm, self.arms or [ONLY_ARM])}")
            over = _root_level(self._root.get("arms", arm) or EMPTY)
        if point:
            over = tree.merge(over, tree.grow(point))
        if arm is None and not point and self._burn_in is not None:
            return self
        if point or arm not in self._resolved:
            root = _without(self._root, STUDY)
            burn_in = self._burn_in or _burn_in_part(root)
            file = None if point else self._arm_files.get(arm or "")
            seen = self._of(tree.merge(root, over), burn_in, self._extras, file)
            if point:
                return seen
            self._resolved[arm] = seen
        return self._resolved[arm]

    def but(self, changes: Mapping[str, Any] | None = None, **fields: Any) -> Self:
        """Give a variant: dotted or nested names, as in a file."""
        over = tree.grow({**(changes or {}), **fields})
        root = uncrossed(self._root, "arms" in over.value)
        return self._of(crossed(lay(root, over)), self._burn_in, self._extras)

    def with_channels_off(self, names: Iterable[str] | str) -> Self:
        """Give a variant with these channels off from month 1; `all` names them all."""
        off = tuple(CHANNELS) if names == "all" else (names,) if isinstance(names, str) else names
        return self.but({"channels": dict.fromkeys(off, False)})

    def with_plugins(
        self,
        instruments: Iterable[Any] = (),
        sources: Iterable[Any] = (),
        shocks: Iterable[Any] = (),
    ) -> Self:
        """Give a variant with plug-in objects beside those of the file.

        Sources are open to every kind of provider that may hold them. Like undated values of a
        file, instruments and sources are in force during the burn-in too.
        """
        given = {"supervision": instruments, "credit": sources, "shocks": shocks}
        extras = [*self._extras]
        for family, objects in given.items():
            for plugin in objects:
                if family_of(plugin) != family:
                    raise TypeError(f"{type(plugin).__name__} does not belong to {family}")
                if family == "credit" and not any(map(plugin.may_hold, CREDIT_KINDS)):
                    raise say(
                        f"may be held by {', '.join(plugin.holders)} only", Place(plugin.kind)
                    )
                extras.append(plugin)
        return self._of(self._root, self._burn_in, tuple(extras))

    def changes_population(
        self, arm: str | None = None, point: Mapping[str, Any] | None = None
    ) -> bool:
        """Tell whether an arm or point alters population or parameters.

        Such runs have their own burn-in and are not compared on the closed cohort.
        """
        changed = self.resolve(arm, point)
        return (changed.population, changed.parameters) != (self.population, self.parameters)

    def written(self) -> dict[str, Any]:
        """Give the merged scenario as plain data: what files and overrides say, and no defaults.

        Of one arm, what differs from the burn-in is dated to month 1.
        """
        root = self._root if self._burn_in is None else with_burn_in(self._root, self._burn_in)
        return dict(tree.plain(uncrossed(root)))


def load(path: str | Path, sets: Sequence[str] = ()) -> Scenario:
    """Read and check a scenario file."""
    return Scenario.load(path, sets)


def _burn_in_part(root: Node) -> Node:
    """Give what is in force before month 1: undated values, no shocks, all channels on."""
    found = {name: root.value.get(name, EMPTY) for name in ("credit", "supervision")}
    undated = {name: tree.at_month(node, None) or EMPTY for name, node in found.items()}
    return Node({**undated, "channels": EMPTY, "shocks": EMPTY}, root.place)


def _without(root: Node, names: Iterable[str]) -> Node:
    return Node({k: v for k, v in root.value.items() if k not in names}, root.place)


def _root_level(arm: Node) -> Node:
    """Give what an arm says; an arm that is null or {} says nothing."""
    return arm if arm.is_map else EMPTY


def _checked(root: Node, resolved: bool = False) -> tuple[dict[str, Any], dict[str, File]]:
    """Check a tree, its dates, arms and points: its values by field and arms, or all mistakes."""
    file, mistakes = _check_dates(root, [1] if resolved else [0, 1])
    arms: dict[str, File] = {}
    if not resolved:
        arms, wrong = _check_arms(root)
        mistakes += wrong
        if file is not None:
            mistakes += _check_points(root, file) + check_names(root, file, ONLY_ARM)
    if file is None or mistakes:
        raise ScenarioError(mistakes)
    return _values(file, root), arms


def _values(file: File, root: Node) -> dict[str, Any]:
    """Give the values of a scenario by field; policy as it is written."""
    values = {name: getattr(file, name) for name in Experiment.model_fields}
    return {**values, **{name: tree.plain(root.value.get(name, EMPTY)) or {} for name in POLICY}}


def _check_dates(root: Node, first: Sequence[int]) -> tuple[File | None, list[Mistake]]:
    """Check a tree on every date it knows; 0 stands for the burn-in."""
    months = root.get("time", "months")
    default = Time.model_fields["months"].default
    given = default if months is None or type(months.value) is not int else months.value
    mistakes = [*wrong_nulls(root), *tree.check_dates(root, given)]
    some: File | None = None
    for date in sorted({*first, *segments(root)}):
        said = said_on_date(root, date or None)
        at_date = with_presets(said)
        file, found = validated(at_date)
        mistakes += found
        if file is not None:
            mistakes += beyond_shape(at_date, file, said) + contradictions(at_date, file)
        some = some or file
    unique = list(dict.fromkeys([*mistakes, *never_begun(root)]))
    return (None if unique else some), unique


def _check_arms(root: Node) -> tuple[dict[str, File], list[Mistake]]:
    base = _without(root, STUDY)
    arms = root.value.get("arms", EMPTY)
    files: dict[str, File] = {}
    mistakes = unnamed_arms(arms)
    for label, arm in arms.value.items() if arms.is_map else ():
        file, wrong = _check_variant(base, _root_level(arm), f"arms.{label}")
        mistakes += wrong
        if file is not None:
            files[label] = file
    return files, mistakes


def _check_variant(base: Node, over: Node, where: str) -> tuple[File | None, list[Mistake]]:
    """Check what an arm or point says, laid over the file; without what the file itself says."""
    foreign = [(name, item) for name, item in over.value.items() if name not in VARIED]
    if foreign:
        known = set(Experiment.model_fields)
        return None, [
            Mistake(
                replace(item.place, field=item.place.field or f"{where}.{name}"),
                "belongs to the whole experiment, not to an arm or point"
                if name in known
                else f"unknown field{nearest(name, VARIED)}",
            )
            for name, item in foreign
        ]
    return _check_dates(tree.merge(base, over), [1])


def _check_points(root: Node, file: File) -> list[Mistake]:
    """Try every value of a design, and both ends of each range of a sample, one at a time."""
    base = _without(root, STUDY)
    mistakes: list[Mistake] = []
    if file.design and file.sample:
        place = tree.place_at(root, ("sample",))
        mistakes.append(Mistake(place, "give either a design or a sample, not both"))
    ranges: dict[str, Sequence[Any]] = {**(file.sample.over if file.sample else {}), **file.design}
    for path, values in ranges.items():
        section = ("design", path) if path in file.design else ("sample", "over", path)
        place = tree.place_at(root, section)
        if section[0] == "sample" and not values[0] < values[1]:
            mistakes.append(Mistake(place, f"{values[0]} is not below {values[1]}"))
            continue
        for i, value in enumerate(values):
            here = tree.place_at(root, (*section, i))
            if section[0] == "design" and value in values[:i]:
                mistakes.append(Mistake(here, f"{shown(value)} is there already"))
            if section[0] == "sample":
                value = _like_default(file, path, value)
            try:
                found = _check_variant(base, tree.grow({path: value}, here), path)[1]
            except ScenarioError as error:
                found = error.mistakes
            mistakes += [Mistake(here, f"{path}: {_short(m, path)}") for m in found]
    return list(dict.fromkeys(mistakes))


def _like_default(file: File, path: str, value: float) -> Any:
    """Round an end of a range where the field is a whole number."""
    found: Any = file.model_dump()
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return round(value) if type(found) is int else value


def _short(mistake: Mistake, path: str) -> str:
    return mistake.message if mistake.place.field else shown(path)
