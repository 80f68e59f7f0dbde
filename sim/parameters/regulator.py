"""Parameters of the regulator."""

from __future__ import annotations

from sim.params import Parameters, parameter


class RegulatorParameters(Parameters):
    """What supervision costs."""

    registration_cost: float = parameter(
        500.0,
        "yuan/month",
        "Cost to the regulator of one registered institution.",
        low=0.0,
        high=1e7,
    )
