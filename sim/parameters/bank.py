"""Parameters of banks."""

from __future__ import annotations

from sim.params import Parameters, parameter


class BankParameters(Parameters):
    """Traditional finance: collateral, deposits, wholesale loans to micro lenders."""

    capital_share: float = parameter(
        0.016,
        "share of annual revenue",
        "Capital of all banks over all firms' revenue.",
        low=0,
        high=10,
    )
    capital_ratio: float = parameter(
        0.10, "share of assets", "Least capital over claims.", low=0.01, high=1.0
    )
    price_base: float = parameter(
        0.046,
        "1/year",
        "Funding, operating cost and margin per amount lent.",
        source="Yi Gang 2018: banks lend to small firms near 6 %",
        low=0.0,
        high=1.0,
    )
    deposit_rate: float = parameter(0.018, "1/year", "Interest on deposits.", low=0.0, high=0.5)
    wholesale_rate: float = parameter(
        0.065, "1/year", "Interest on loans to micro lenders.", low=0.0, high=0.5
    )
    wholesale_months: int = parameter(12, "months", "Term of a wholesale loan.", low=1, high=120)
    wholesale_share: float = parameter(
        0.2, "share of capital", "Most that banks lend to micro lenders.", low=0.0, high=10.0
    )
    minimum_loan: float = parameter(
        80_000.0, "yuan", "Smallest new loan it makes.", low=0.0, high=1e9
    )
    pd_cutoff: float = parameter(
        0.03, "1/year", "Largest probability of default accepted.", low=0.0, high=1.0
    )
    fixed_cost_share: float = parameter(
        0.002,
        "share of initial capital a month",
        "Running cost whatever the business.",
        low=0,
        high=1,
    )
    variable_cost: float = parameter(
        0.008, "1/year", "Running cost per amount lent.", low=0.0, high=0.5
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
