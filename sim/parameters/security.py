"""Parameters of security: how attacks succeed, and what owners spend against them."""

from __future__ import annotations

from sim.params import Parameters, parameter


class SecurityParameters(Parameters):
    """How spending lowers the chance that an attack succeeds, and what owners reckon with."""

    # how attacks succeed
    vulnerability: float = parameter(
        0.5,
        "probability",
        "Chance that an attack succeeds where nothing is spent on security.",
        source="assumed; WooYun 2015: 56 % of the flaws found at lending platforms were grave",
        low=0.0,
        high=1.0,
    )
    productivity: float = parameter(
        0.002,
        "1/(yuan a month)",
        "What a yuan a month does against attacks: a of Gordon and Loeb.",
        low=0.0,
        high=10.0,
    )
    elasticity: float = parameter(
        1.0,
        "exponent",
        "How fast that works: b of Gordon and Loeb.",
        low=0.01,
        high=10.0,
    )
