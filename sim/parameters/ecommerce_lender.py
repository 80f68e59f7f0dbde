"""Parameters of e-commerce lenders."""

from __future__ import annotations

from sim.params import Parameters, parameter


class EcommerceLenderParameters(Parameters):
    """Lenders of own capital that give online sellers revolving lines on transaction data."""

    capital_share: float = parameter(
        0.003,
        "share of annual revenue",
        "Capital of all e-commerce lenders over all firms' revenue.",
        low=0,
        high=10,
    )
    price_base: float = parameter(
        0.11, "1/year", "Funding, operating cost and margin per amount lent.", low=0.0, high=1.0
    )
    online_sales_share: float = parameter(
        0.5,
        "share of sales",
        "Sales of an online seller that the lender sees and can sweep.",
        low=0.0,
        high=1.0,
    )
    limit_months: float = parameter(
        1.0, "months of online sales", "Limit of a line over recent online sales.", low=0.0, high=60
    )
    sweep_share: float = parameter(
        0.2,
        "share of online sales",
        "Incoming online sales kept each month for interest, then principal.",
        low=0.0,
        high=1.0,
    )
    minimum_loan: float = parameter(1_000.0, "yuan", "Smallest draw.", low=0.0, high=1e9)
    pd_cutoff: float = parameter(
        0.06,
        "1/year",
        "Probability of default above which a line is cut.",
        low=0.0,
        high=1.0,
    )
    fixed_cost_share: float = parameter(
        0.001,
        "share of initial capital a month",
        "Running cost whatever the business.",
        low=0,
        high=1,
    )
    variable_cost: float = parameter(
        0.020, "1/year", "Running cost per amount lent.", low=0.0, high=0.5
    )
    dividend_share: float = parameter(
        0.25, "share of excess a month", "Own capital above the target paid out.", low=0.0, high=1.0
    )
    target_capital: float = parameter(
        1.0, "times initial capital", "Capital above which dividends are paid.", low=0.0, high=100
    )
    technology: float = parameter(
        0.0,
        "share",
        "Storage, cloud and risk software: 0 as its sources say, 1 fully automatic.",
        low=0.0,
        high=1.0,
    )
