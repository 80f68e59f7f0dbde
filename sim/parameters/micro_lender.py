"""Parameters of micro lenders."""

from __future__ import annotations

from sim.params import Parameters, parameter


class MicroLenderParameters(Parameters):
    """Licensed lenders of own capital with some wholesale money."""

    capital_share: float = parameter(
        0.015,
        "share of annual revenue",
        "Capital of all micro lenders over all firms' revenue.",
        low=0,
        high=10,
    )
    size_sigma: float = parameter(
        0.8, "log units", "Spread of capital between lenders.", low=0.0, high=3.0
    )
    price_base: float = parameter(
        0.115,
        "1/year",
        "Funding, operating cost and margin per amount lent.",
        source="Yi Gang 2018: micro-loan companies lend at 15-20 %",
        low=0.0,
        high=1.0,
    )
    leverage: float = parameter(
        0.25,
        "debt over capital",
        "Wholesale debt a lender wants.",
        source="assumed, so that some lenders fail; micro-loan companies end of 2019: "
        "balance 1.06 times capital",
        low=0.0,
        high=10.0,
    )
    minimum_loan: float = parameter(
        30_000.0, "yuan", "Smallest new loan it makes.", low=0.0, high=1e9
    )
    pd_cutoff: float = parameter(
        0.05, "1/year", "Largest probability of default accepted.", low=0.0, high=1.0
    )
    fixed_cost_share: float = parameter(
        0.002,
        "share of initial capital a month",
        "Running cost whatever the business.",
        low=0,
        high=1,
    )
    variable_cost: float = parameter(
        0.030, "1/year", "Running cost per amount lent.", low=0.0, high=0.5
    )
    dividend_share: float = parameter(
        0.25, "share of excess a month", "Own capital above the target paid out.", low=0.0, high=1.0
    )
    technology: float = parameter(
        0.0,
        "share",
        "Storage, cloud and risk software: 0 as its sources say, 1 fully automatic.",
        low=0.0,
        high=1.0,
    )
    target_capital: float = parameter(
        1.0, "times initial capital", "Capital above which dividends are paid.", low=0.0, high=100
    )
    failure_months: int = parameter(
        3, "months", "Months late on its debts after which a lender fails.", low=1, high=24
    )
