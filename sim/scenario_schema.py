"""What a scenario file may say: fields with type, bounds and description, plug-ins included.

Responsible for the shape of a file on any one date and for finding the plug-ins by listing
their folders, so that files, notebooks and the JSON Schema speak of the same classes. Not
responsible for dates, merging and presets (`sim/scenario_tree.py`, `sim/scenario_policy.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, Union

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    create_model,
)
from pydantic_core import PydanticCustomError
from ruamel.yaml import YAML

from sim.channels import CHANNELS
from sim.limits import CREDIT_KINDS
from sim.parameters import AllParameters
from sim.scenario_parts import Crowdfunding, Lines
from sim.scenario_plugins import Plugin, plugins
from sim.scenario_study import (
    Attribution,
    Expectation,
    Outputs,
    Primary,
    Sample,
    Section,
    Target,
    Twins,
)

HERE = Path(__file__).parent
# Made after the run by `analysis.paired` and `analysis.tails`: unit and label.
BUILT_METRICS = {
    "cohort_default_rate": ("per 100 firm-years", "defaults of the closed cohort"),
    "contagious_defaults": ("per 100 firm-years", "contagious defaults K, from twins"),
    "cascade_size": ("count", "cascade size, mean"),
    "cascade_size_99": ("count", "cascade size, 99 % quantile"),
    "large_cascades": ("count", "cascades of 5 or more in the run"),
    "large_cascades_share": ("share", "cascades of 5 or more, of all cascades"),
}


@cache
def presets(family: str) -> dict[str, dict[str, Any]]:
    """Read the presets of a family (`credit`, `supervision`) by name."""
    data = YAML(typ="safe", pure=True).load(HERE / "presets" / f"{family}.yaml")
    return {str(name): body or {} for name, body in data.items()}


def unknown_metrics(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Find names that no metric of results has, each with all names there are.

    The text of `sim/measures` is looked at first: importing it loads Mesa, which takes a while
    and is done only for a name that is not written there.
    """
    rest = [name for name in names if name not in _metrics_in_text()]
    known = metric_names() if rest else ()
    return {name: known for name in rest if name not in known}


def metric_names() -> tuple[str, ...]:
    """List the metrics of results: those declared by `@measure`, and those built after the run."""
    for file in _measure_files():
        import_module(f"sim.measures.{file.stem}")
    declared = import_module("sim.measures.base").METRICS
    return (*declared, *BUILT_METRICS)


@cache
def _metrics_in_text() -> frozenset[str]:
    written = "".join(file.read_text(encoding="utf-8") for file in _measure_files())
    return frozenset({*re.findall(r"^@measure\(.*\)\ndef (\w+)", written, re.M), *BUILT_METRICS})


def _measure_files() -> list[Path]:
    return sorted(file for file in (HERE / "measures").glob("*.py") if file.stem != "__init__")


def _by_name(name: str, doc: str, members: dict[str, Plugin], extra: Any = None) -> type[Section]:
    """Make the class of a map from plug-in names to plug-ins, each optional."""
    fields: dict[str, Any] = {
        kind: (
            plugin | None,
            Field(default=None, description=(plugin.__doc__ or "").splitlines()[0]),
        )
        for kind, plugin in members.items()
    }
    return create_model(name, __base__=Section, __doc__=doc, **(extra or {}), **fields)


def _whole_level(level: Any) -> Any:
    """Refuse true and 1.0, which Python takes for 1."""
    if type(level) is int:
        return level
    expected = ", ".join(presets("supervision"))
    raise PydanticCustomError("literal_error", "no level", {"expected": expected})


if TYPE_CHECKING:
    # What the folders and presets hold is known at run time only.
    CreditPreset: TypeAlias = str
    Sources: TypeAlias = Any
    Supervision: TypeAlias = Any
    Channels: TypeAlias = Any
    Providers: TypeAlias = Any
    AnyShock: TypeAlias = Any
else:
    CreditPreset = Literal[tuple(presets("credit"))]
    _LEVELS = tuple(int(level) for level in presets("supervision"))
    Level = Annotated[Literal[_LEVELS], BeforeValidator(_whole_level)]
    AnyShock = Annotated[Union[tuple(plugins("shocks").values())], Discriminator("kind")]  # noqa: UP007
    Sources = _by_name("Sources", "Information sources by name.", plugins("credit"))
    Supervision = _by_name(
        "Supervision",
        "A level, and instruments by name on top of it.",
        plugins("supervision"),
        {"level": (Level, Field(default=1, description="preset bundle of instruments"))},
    )
    Channels = create_model(
        "Channels",
        __base__=Section,
        __doc__="Channels of contagion by name: false covers what passes through, from month 1.",
        **{name: (bool, Field(default=True, description=doc)) for name, doc in CHANNELS.items()},
    )


class ProviderCredit(Section):
    """What one kind of provider may look at, where it differs."""

    preset: CreditPreset | None = Field(
        default=None, description="credit system of this kind of provider; null: credit.preset"
    )
    sources: Sources = Field(default=Sources(), description="sources added or changed")
    factoring: bool | None = Field(
        default=None,
        description="buys verified receivables on core firms; null: if it has the source logistics",
    )


if not TYPE_CHECKING:
    Providers = create_model(
        "Providers",
        __base__=Section,
        __doc__="Kinds of provider by name.",
        **{
            kind: (ProviderCredit, Field(default=ProviderCredit(), description=f"every {kind}"))
            for kind in CREDIT_KINDS
        },
    )


class Credit(Section):
    """The credit system: which provider may look at what."""

    preset: CreditPreset = Field(default="private", description="credit system of everyone")
    sharing: bool | None = Field(
        default=None,
        description="do members of the registry pool files and outcomes for their scorecards; "
        "null: as credit.preset",
    )
    guarantees: bool = Field(
        default=False, description="do banks and micro lenders accept guarantees of circles"
    )
    grace: bool = Field(
        default=True,
        description="is what falls due while a creditor's systems are down not late",
    )
    sources: Sources = Field(default=Sources(), description="sources everyone may look at")
    providers: Providers = Field(default=Providers(), description="what differs by kind")
    lines: Lines = Field(default=Lines(), description="lines of credit of e-commerce lenders")
    crowdfunding: Crowdfunding = Field(
        default=Crowdfunding(), description="campaigns on crowdfunding platforms"
    )


class Time(Section):
    """How long a run is."""

    months: int = Field(
        default=96, ge=1, le=12_000, description="months of the run, numbered from 1"
    )
    burn_in: int = Field(
        default=24, ge=0, le=12_000, description="months before them, up to month 0"
    )


class Population(Section):
    """How many there are of each at the start."""

    enterprises: int = Field(default=5000, ge=1, le=50_000_000, description="small enterprises")
    micro_lenders: int = Field(default=20, ge=0, le=100_000, description="licensed micro lenders")
    ecommerce_lenders: int = Field(
        default=0, ge=0, le=100_000, description="lenders to online sellers, on lines of credit"
    )
    money_funds: int = Field(default=0, ge=0, le=1000, description="money-market funds")
    banks: int = Field(default=4, ge=0, le=100_000, description="banks")
    platforms: int = Field(default=60, ge=0, le=100_000, description="places for platforms")
    crowdfunding_platforms: int = Field(
        default=0, ge=0, le=100_000, description="places for platforms of crowdfunding"
    )
    vendors: int = Field(
        default=0, ge=0, le=1000, description="suppliers of technology that institutions share"
    )
    investors: int = Field(default=4000, ge=0, le=50_000_000, description="savers who fund loans")


class Experiment(Section):
    """What a scenario file says beside policy."""

    name: str = Field(default="base", min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][\w.+-]*$",
                      description="short name, used for the results folder")  # fmt: skip
    title: str = Field(default="", description="the question this experiment asks")
    time: Time = Field(default=Time(), description="length of a run")
    population: Population = Field(default=Population(), description="how many of each")
    parameters: AllParameters = Field(
        default=AllParameters(), description="parameters by population"
    )
    arms: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="variants by label; each says only what differs"
    )
    factors: dict[str, dict[str, dict[str, Any]]] = Field(
        default_factory=dict,
        description="levels by factor, each as an arm; the arms are all combinations of levels",
    )
    reference_arm: str | None = Field(
        default=None, description="arm others are compared with; the first"
    )
    twins: Twins | None = Field(default=None, description="repeat runs with channels off")
    attribution: Attribution | None = Field(
        default=None, description="repeat runs with combinations of channels off"
    )
    placebo: bool = Field(
        default=False, description="add the reference arm with one firm's cash +1 %"
    )
    design: dict[str, Annotated[list[Any], Field(min_length=1)]] = Field(
        default_factory=dict, description="full factorial: dotted field to list of values"
    )
    sample: Sample | None = Field(default=None, description="points drawn from ranges")
    expects: tuple[Expectation, ...] = Field(default=(), description="signs written before running")
    primary: tuple[Primary, ...] = Field(
        default=(), description="the few contrasts that count, corrected for their number"
    )
    replications: int = Field(
        default=8, ge=1, le=1_000_000, description="runs of each arm and point"
    )
    seed: int = Field(default=20261122, ge=0, le=2**63 - 1, description="master seed")
    outputs: Outputs = Field(default=Outputs(), description="optional tables")
    targets: tuple[Target, ...] = Field(default=(), description="bands metrics should meet")


class File(Experiment):
    """A scenario: one file, one experiment. Rates are fractions, amounts yuan."""

    credit: Credit = Field(default=Credit(), description="credit system")
    supervision: Supervision = Field(default=Supervision(), description="supervision")
    channels: Channels = Field(default=Channels(), description="channels of contagion")
    shocks: dict[str, AnyShock] = Field(default_factory=dict, description="shocks by label")
