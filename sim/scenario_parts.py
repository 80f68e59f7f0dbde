"""Parts of a scenario that say how credit is given, beside who may look at what.

Responsible for their fields; `sim/scenario_schema.py` puts the parts together.
"""

from __future__ import annotations

from pydantic import Field

from sim.scenario_study import Section


class Lines(Section):
    """Lines of credit that e-commerce lenders give to online sellers."""

    limit_factor: float = Field(
        default=1.0, ge=0, le=100, description="limits over those of the parameters; 0 cuts all"
    )
    mobile: bool = Field(
        default=True,
        description="mobile withdrawal: drawn in the month of need, not a month after asking",
    )


class Crowdfunding(Section):
    """What crowdfunding platforms may do and promise."""

    open: bool = Field(default=True, description="may firms start campaigns")
    guarantee: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="share of the cost of stakes that platforms make good if the firm defaults",
    )
