"""How a parameter is declared: default, unit, bounds, source and one sentence.

Responsible for the declaration and for refusing a parameter without unit or source.
The values live in `sim/parameters/`; how a file sets them is `sim/scenario.py`.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


def parameter(
    default: Any,
    unit: str,
    doc: str,
    source: str = "assumed",
    low: float | None = None,
    high: float | None = None,
    below: float | None = None,
) -> Any:
    """Declare one parameter of a `Parameters` class.

    unit : what one unit of the number is ("share of revenue", "months", "yuan", "1/year")
    source : author and year, or "assumed" (which is printed as such)
    low, high : inclusive bounds, None where there is none; below : exclusive upper bound instead
    """
    return Field(
        default,
        description=doc,
        ge=low,
        le=high,
        lt=below,
        json_schema_extra={"unit": unit, "source": source},
    )


Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Parameters(BaseModel):
    """Base of every group of parameters: frozen, refuses unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
