"""Parameters of investors: wealth, beliefs and the choice of platforms."""

from __future__ import annotations

from sim.params import Parameters, Share, parameter

SLOTS = 4  # platforms a saver can watch at once


class InvestorParameters(Parameters):
    """Savers with income and consumption who hold notes on several platforms."""

    median_wealth: float = parameter(
        43000.0,
        "yuan",
        "Median wealth a saver aims at.",
        source="Platform statistics of May 2018: 61 % of tickets below 10,000 yuan, "
        "6 % above 100,000",
        low=0.0,
        high=1e9,
    )
    wealth_sigma: float = parameter(1.3, "log units", "Spread of target wealth.", low=0.0, high=4.0)
    income_ratio: float = parameter(
        0.10, "1/month", "Monthly income over target wealth.", low=0.0, high=10.0
    )
    consumption_speed: float = parameter(
        0.01, "1/month", "Share of wealth above target consumed.", low=0.0, high=1.0
    )
    cash_float: float = parameter(
        0.05, "share of target wealth", "Cash that is never invested.", low=0.0, high=1.0
    )
    watch_shares: tuple[Share, Share, Share, Share] = parameter(
        (0.14, 0.36, 0.30, 0.20),
        "share of investors",
        "Investors who watch one, two, three and four platforms.",
        source="Survey of P2P investors 2015: 86 % use two or more platforms",
    )
    exit_hazard: float = parameter(
        0.004, "1/month", "Constant hazard that an investor leaves for good.", low=0.0, high=1.0
    )
    watch_churn: float = parameter(
        0.03,
        "1/month",
        "Chance that one watched platform is exchanged for another.",
        low=0.0,
        high=1.0,
    )
    outside_yield: float = parameter(
        0.025,
        "1/year",
        "Yield of the savings account that is the outside option.",
        low=0.0,
        high=0.5,
    )
    return_sensitivity: float = parameter(
        60.0, "1/(1/year)", "Weight of expected net return in the choice.", low=0.0, high=1000.0
    )
    risk_aversion: float = parameter(
        0.5, "ratio", "Median extra weight of losses by platform failure.", low=0.0, high=20.0
    )
    tolerance_sigma: float = parameter(
        0.6, "log units", "Spread of risk aversion between investors.", low=0.0, high=3.0
    )
    belief_half_life: float = parameter(
        6.0, "months", "Half-life of what was seen.", low=0.5, high=240.0
    )
    prior_failure: float = parameter(
        0.04, "1/year", "Prior failure hazard of a platform.", low=0.0, high=2.0
    )
    prior_months: float = parameter(24.0, "months", "Weight of the priors.", low=0.1, high=1000.0)
    prior_loss: float = parameter(0.035, "1/year", "Prior loss rate of notes.", low=0.0, high=1.0)
    similarity: float = parameter(
        0.15, "weight", "Weight of a failure elsewhere relative to one watched.", low=0.0, high=1.0
    )
    incident_weight: float = parameter(
        0.1,
        "failures",
        "What an incident at a watched platform counts for once it is known; of a theft of records "
        "the attack itself says it.",
        low=0.0,
        high=1.0,
    )
    other_form: float = parameter(
        1.0,
        "factor",
        "Weight of that failure if one platform pools its clients' money and the other does not.",
        low=0.0,
        high=1.0,
    )
    other_licence: float = parameter(
        1.0,
        "factor",
        "Weight of that failure if one platform is licensed and the other is not.",
        low=0.0,
        high=1.0,
    )
    other_region: float = parameter(
        1.0,
        "factor",
        "Weight of that failure if the platforms are of different regions.",
        low=0.0,
        high=1.0,
    )
    loss_given_failure: float = parameter(
        0.4, "share of claims", "Expected loss if a platform fails.", low=0.0, high=1.0
    )
    withdrawal_speed: float = parameter(
        0.7,
        "1/month",
        "Chance that an investor who prefers the outside option withdraws.",
        low=0.0,
        high=1.0,
    )
    redemption_sensitivity: float = parameter(
        10.0,
        "1/(1/year)",
        "Weight of the expected net gain of staying in the share of a pool claim asked back.",
        source="assumed: neither all nor none of the pools last, and 14 to 18 % of claims are "
        "asked back in a calm month, where 13 % of investors left a platform in 2015",
        low=0.0,
        high=1000.0,
    )
    redemption_share: float = parameter(
        0.2,
        "share a month",
        "Share of a claim on a pool asked back by a saver to whom staying and leaving are alike.",
        source="Survey of 2015: 13 % of the investors of a platform leave in a normal month; "
        "who expects a gain asks less",
        low=0.001,
        high=0.999,
    )
    partial_withdrawal: bool = parameter(
        False,
        "flag",
        "Whether savers withdraw a share from each platform, by the return they expect there; else "
        "all or nothing.",
    )
    herding: float = parameter(
        0.0,
        "utility",
        "Utility a platform loses if all neighbours with money there took it off last month.",
        low=0.0,
        high=1000.0,
    )
    ring_neighbours: int = parameter(
        3,
        "count",
        "Neighbours by row on each side whom a saver knows before ties are rewired.",
        low=0,
        high=50,
    )
    rewiring: float = parameter(
        0.1,
        "probability",
        "Chance that a tie leads to a saver anywhere instead of to the neighbour.",
        source="Watts and Strogatz 1998: between 0.01 and 0.1 a ring becomes a small world",
        low=0.0,
        high=1.0,
    )

    @property
    def tells_apart(self) -> bool:
        """Tell whether savers weigh failures elsewhere by form, licence or region."""
        return (self.other_form, self.other_licence, self.other_region) != (1.0, 1.0, 1.0)
