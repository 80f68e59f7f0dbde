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
        0.01,
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
    # how often owners expect to be attacked
    prior_rate: float = parameter(
        0.0,
        "1/month",
        "Attacks on an institution that owners expect before they have seen any; 0: nobody thinks "
        "of attacks before the first one is heard of.",
        source="none in the baseline; in China to the end of 2014 some 165 platforms of 1,500 to "
        "2,000 were said to be hit (a vendor's claim): near 0.01 successful ones a month",
        low=0.0,
        high=10.0,
    )
    prior_months: float = parameter(
        24.0, "months", "Weight of that expectation, in months seen.", low=0.1, high=1000.0
    )
    memory_half_life: float = parameter(
        12.0, "months", "Half-life of what owners remember of attacks.", low=0.5, high=240.0
    )
    others_weight: float = parameter(
        0.2,
        "weight",
        "Weight of incidents of other institutions against own ones.",
        low=0.0,
        high=1.0,
    )
    # what becomes known of incidents
    detection_months: float = parameter(
        6.0,
        "months",
        "Mean time until the victim of a theft of records finds out; other incidents are seen at "
        "once.",
        source="IBM 2023, finance: 177 days to identify a breach",
        low=0.0,
        high=60.0,
    )
    voluntary_share: float = parameter(
        0.3,
        "share of incidents",
        "Incidents that become known although nobody has to report them.",
        low=0.0,
        high=1.0,
    )
    rumour_months: int = parameter(
        6, "months", "How long after it was found such an incident becomes known.", low=0, high=120
    )
    # what an owner loses himself in an attack that succeeds
    cash_at_risk: float = parameter(
        0.3, "share of own cash", "Own cash that he reckons to lose.", low=0.0, high=1.0
    )
    income_at_risk: float = parameter(
        0.03,
        "months",
        "Income of fees and interest lost while systems are down.",
        source="notice of a platform, 2015: down for 22 hours",
        low=0.0,
        high=12.0,
    )
    franchise_at_risk: float = parameter(
        0.1, "share", "Value of carrying on that is lost with clients who leave.", low=0.0, high=1.0
    )
    charter_value: float = parameter(
        0.2,
        "share of own capital",
        "Value of carrying on, of lenders and crowdfunding platforms; of other platforms "
        "franchise_months of income.",
        low=0.0,
        high=10.0,
    )
    compensation: float = parameter(
        20.0, "yuan per client", "Paid to clients, as he reckons.", low=0.0, high=1e6
    )
