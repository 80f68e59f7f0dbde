"""Parameters of the regulator."""

from __future__ import annotations

from sim.params import Parameters, parameter


class RegulatorParameters(Parameters):
    """What supervision may cost, and what it costs."""

    budget: float = parameter(
        100_000.0,
        "yuan/month",
        "What cases, inspections and emergency loans may take together, after standing costs; "
        "levies and fines of last month are added.",
        low=0.0,
        high=1e12,
    )
    closure_cost: float = parameter(
        20_000.0,
        "yuan",
        "Cost to the regulator of closing one institution by order.",
        low=0.0,
        high=1e8,
    )
    registration_cost: float = parameter(
        500.0,
        "yuan/month",
        "Cost to the regulator of one registered institution.",
        low=0.0,
        high=1e7,
    )
