"""What a scenario file says of the study: twins, samples, expectations, targets, tables to write.

Responsible for the shape of these parts. Not responsible for policy, population and parameters
(`sim/scenario_schema.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    WithJsonSchema,
    create_model,
    field_validator,
)

from sim.channels import CHANNELS, GROUPS, channels_named
from sim.scenario_errors import nearest, shown


class Section(BaseModel):
    """Base of every part of a scenario: frozen, refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Twins(Section):
    """Runs repeated with channels off."""

    off: Annotated[
        Literal["all", "each"] | tuple[str, ...],
        WithJsonSchema(
            {
                "anyOf": [
                    {"enum": ["all", "each"]},
                    {"type": "array", "items": {"enum": [*CHANNELS]}},
                ]
            }
        ),
    ] = Field(
        default="all", description="'all' at once, 'each' in turn and all, or a list of channels"
    )
    arms: tuple[str, ...] = Field(
        default=(), description="arms to repeat; none named means every arm"
    )

    @field_validator("off", mode="before")
    @classmethod
    def _known_channels(cls, off: Any) -> Any:
        """Refuse anything but all, each or a list of channels."""
        names = off if isinstance(off, list | tuple) else []
        unknown = [name for name in names if name not in list(CHANNELS)]
        if off not in ("all", "each") and (unknown or not names):
            raise ValueError(_no_channels(off, unknown))
        return off if isinstance(off, str) else tuple(names)


def _no_channels(off: Any, unknown: Sequence[Any]) -> str:
    """Say what is wrong with the channels of twins, with the nearest name if there is one."""
    if off in list(CHANNELS):
        return f"{shown(off)} is not a list: write [{off}]"
    wanted = f"; write all, each or a list of channels: {', '.join(CHANNELS)}"
    if not unknown and not isinstance(off, str):
        return wanted.removeprefix("; ")
    name = unknown[0] if unknown else off
    near = nearest(str(name), ("all", "each", *CHANNELS))
    return f"unknown channel {shown(name)}{near if 'did you mean' in near else wanted}"


class Attribution(Section):
    """Runs that tell what each channel did: Shapley values over channels or groups of them."""

    channels: Annotated[
        Literal["groups", "each"] | tuple[str, ...],
        WithJsonSchema(
            {
                "anyOf": [
                    {"enum": ["groups", "each"]},
                    {"type": "array", "items": {"type": "string"}},
                ]
            }
        ),
    ] = Field(
        default="groups",
        description="'groups' of channels, 'each' channel, or a list: [trade, notes+confidence]",
    )
    permutations: int | None = Field(
        default=None, ge=2, le=100_000, description="orders drawn; null: every combination is run"
    )
    arms: tuple[str, ...] = Field(
        default=(), description="arms to attribute; none named means every arm"
    )

    @field_validator("channels", mode="before")
    @classmethod
    def _known_players(cls, channels: Any) -> Any:
        """Refuse anything but groups, each or a list of channels, groups and sums of them."""
        if channels in ("groups", "each"):
            return channels
        players = [*channels] if isinstance(channels, list | tuple) else []
        named = [name for player in players for name in channels_named(str(player))]
        offered = ("groups", "each") if isinstance(channels, str) else (*CHANNELS, *GROUPS)
        unknown = [name for name in named if name not in CHANNELS]
        if unknown or not players:
            wrong = str(unknown[0] if unknown else channels)
            near = nearest(wrong, offered)
            known = f"; write groups, each or a list of {', '.join((*CHANNELS, *GROUPS))}"
            message = f"unknown channel {shown(wrong)}"
            raise ValueError(f"{message}{near if 'did you mean' in near else known}")
        twice = [name for i, name in enumerate(named) if name in named[:i]]
        if twice:
            raise ValueError(f"channel {shown(twice[0])} is named twice")
        return tuple(str(player) for player in players)


class Sample(Section):
    """Points drawn from ranges instead of a full factorial."""

    method: Literal["sobol", "lhs", "morris", "saltelli"] = Field(
        default="sobol",
        description="low-discrepancy, Latin, or for the indices of Morris and of Sobol (saltelli)",
    )
    n: int = Field(
        default=64, ge=1, le=1_000_000, description="points; walks of morris, pairs of saltelli"
    )
    over: dict[str, tuple[float, float]] = Field(
        ..., min_length=1, description="dotted field to [low, high]"
    )


class _Wish(Section):
    """A sign written down before running."""

    metric: str = Field(..., min_length=1, description="metric of the results")
    arm: str = Field(..., description="arm it is about")
    sign: Literal["lower", "higher", "none"] = Field(..., description="expected sign")
    why: str = Field(default="", description="mechanism expected")
    source: str = Field(default="assumed", description="author and year, or assumed")


if TYPE_CHECKING:
    Expectation: TypeAlias = Any  # `from` cannot be the name of an attribute in a class body
else:
    Expectation = create_model(
        "Expectation",
        __base__=_Wish,
        __doc__=_Wish.__doc__,
        **{
            "from": (
                int | None,
                Field(default=None, ge=1, description="first month that counts; null: month 1"),
            )
        },
    )


class Primary(_Wish):
    """A contrast named before running; `compare` corrects for how many there are."""

    against: str = Field(..., description="arm it is compared with")


class Target(Section):
    """A band a metric should meet."""

    metric: str = Field(..., min_length=1, description="metric of the results")
    low: float | None = Field(default=None, description="lower end of the band")
    high: float | None = Field(default=None, description="upper end of the band")
    source: str = Field(default="assumed", description="author and year, or assumed")


Written = Literal["all", "none"]


class Outputs(Section):
    """Which optional tables a run writes."""

    borrowers: Written = Field(
        default="all", description="who owes how much to which kind of provider, every other year"
    )
    events: Written = Field(default="all", description="defaults, closures and exits one by one")
    firms: Written = Field(default="all", description="size, life and end of every enterprise")
    impairments: Written = Field(default="all", description="who owed whom what he could not pay")
    institutions: Written = Field(default="all", description="balance sheets of institutions")
    limits: Written = Field(default="all", description="where a limit bound")
    loans: Written = Field(default="none", description="every loan granted, with its terms; large")
    network_months: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        default=(),
        description="months at whose end all claims and balance sheets are recorded; large",
    )
    scoring: Written = Field(
        default="all", description="how well sources and scorecards tell good from bad"
    )
