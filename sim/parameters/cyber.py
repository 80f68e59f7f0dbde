"""Parameters of cyber attacks: how often they arrive, of which kinds, how long systems are down."""

from __future__ import annotations

from sim.params import Parameters, parameter


class CyberParameters(Parameters):
    """How attacks arrive at institutions, and what an outage is."""

    # arrivals
    attack_rate: float = parameter(
        0.0,
        "1/month",
        "Attacks that could do harm on an institution without technology, on the mean of its "
        "kind; how many succeed is for `security`.",
        source="none in the baseline; CNCERT to 2016: 425,700 attempts on 8,490 platforms, most of "
        "them harmless; in China to the end of 2014 some 165 platforms were said to be hit, a "
        "vendor's claim: near 0.02 a month at vulnerability 0.5",
        low=0.0,
        high=10.0,
    )
    vendor_attack_rate: float = parameter(
        0.0,
        "1/month",
        "The same on a vendor: an attack that gets in takes all its clients down.",
        source="none in the baseline; no rate for vendors is on record",
        low=0.0,
        high=10.0,
    )
    size_exponent: float = parameter(
        0.5,
        "exponent",
        "Attacks grow with size to this power, their mean over the kind being the rate: loans "
        "served, of vendors how widely they are used.",
        low=0.0,
        high=3.0,
    )
    technology_surface: float = parameter(
        0.5,
        "share",
        "Further attacks on an institution of technology 1, over those on one of 0.",
        low=0.0,
        high=10.0,
    )
    outage_weight: float = parameter(
        0.6,
        "weight",
        "How often an attack that arrives is an outage.",
        source="assumed; notices of platforms to 2015 tell of floods of requests above all",
        low=0.0,
        high=1.0,
    )
    breach_weight: float = parameter(
        0.2, "weight", "How often it is a theft of records.", low=0.0, high=1.0
    )
    theft_weight: float = parameter(
        0.1,
        "weight",
        "How often it is a theft of money.",
        source="assumed; WooYun 2015: 46 % of the flaws found at lending platforms touch money",
        low=0.0,
        high=1.0,
    )
    ransom_weight: float = parameter(0.1, "weight", "How often ransom is asked.", low=0.0, high=1.0)
    # outages
    outage_median: float = parameter(
        24.0,
        "hours",
        "Median time that systems are down, log-normal.",
        source="notices of platforms: 22 hours in June 2015, over 26 in August 2014",
        low=0.1,
        high=720.0,
    )
    outage_p95: float = parameter(
        72.0,
        "hours",
        "Time that 95 % of outages do not exceed; not below the median.",
        low=0.1,
        high=8_760.0,
    )
    outage_cost: float = parameter(
        200.0,
        "yuan per hour",
        "What an outage costs the victim to end, out of own cash.",
        source="assumed; Legal Daily 2016: defence of a platform, 160,000 yuan for three hours",
        low=0.0,
        high=1e6,
    )
