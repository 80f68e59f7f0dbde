"""Parameters of the credit market: contracts, prices, scoring and the oracle."""

from __future__ import annotations

from sim.params import Parameters, parameter


class MarketParameters(Parameters):
    """Terms that all providers share."""

    rate_cap: float = parameter(
        0.24,
        "1/year",
        "Legal ceiling of loan rates; a dearer loan is refused, never cut in price.",
        source="Supreme People's Court 2015: 24 % a year is protected",
        low=0.0,
        high=5.0,
    )
    bullet_months: int = parameter(
        12, "months", "Term of a working-capital loan, repaid at once.", low=1, high=120
    )
    instalment_months: int = parameter(
        24, "months", "Term of an investment loan, repaid in equal parts.", low=1, high=240
    )
    runoff_months: int = parameter(
        24, "months", "Run-off of a bullet that nobody refinances.", low=1, high=240
    )
    capital_exponent: float = parameter(
        1.0,
        "exponent",
        "Chance that owners raise a floor under capital: what they have over it, to this power.",
        low=0.0,
        high=10.0,
    )
    abrupt_runoff_months: int = parameter(
        6, "months", "Run-off after an abrupt closure of the lender.", low=1, high=240
    )
    runoff_spread: float = parameter(
        0.02, "1/year", "Added to the rate of a loan in run-off.", low=0.0, high=1.0
    )
    penalty_rate: float = parameter(
        0.06, "1/year", "Added to the rate on what is overdue.", low=0.0, high=1.0
    )
    debt_cap: float = parameter(
        0.35, "years of revenue", "Largest visible debt a provider lends up to.", low=0.0, high=10.0
    )
    provision_share: float = parameter(
        0.5, "share of claim", "Provision that every holder makes at default.", low=0.0, high=1.0
    )
    lgd_unsecured: float = parameter(
        0.85,
        "share of balance",
        "Loss given default that lenders price on unsecured loans.",
        source="LendingClub loans of 2015, resolved: 0.75-0.9",
        low=0.0,
        high=1.0,
    )
    lgd_secured: float = parameter(
        0.45, "share of balance", "The same on secured loans.", low=0.0, high=1.0
    )
    collateral_value: float = parameter(
        0.5, "share of book value", "Loan against unpledged fixed assets.", low=0.0, high=1.0
    )
    guarantee_limit: float = parameter(
        0.1,
        "years of revenue",
        "Most that a member of a circle answers for at a time.",
        low=0.0,
        high=10.0,
    )
    guarantee_value: float = parameter(
        0.5,
        "share of the limit",
        "Bank loan against what guarantors may be called for.",
        low=0.0,
        high=1.0,
    )
    guarantee_lgd_cut: float = parameter(
        0.4,
        "share",
        "Cut of the priced loss given default of a loan guaranteed in full.",
        low=0.0,
        high=1.0,
    )
    factoring_minimum: float = parameter(
        5_000.0, "yuan", "Smallest invoice that a factor buys.", low=0.0, high=1e9
    )
    factoring_cost: float = parameter(
        50.0,
        "yuan per invoice",
        "Cost of verifying and buying an invoice, a part of the discount.",
        low=0.0,
        high=1e6,
    )
    signal_memory: int = parameter(
        12,
        "months",
        "Blocks between which the noise of a signal moves; correlation near 0.9 after a month.",
        low=1,
        high=120,
    )
    renewal_cost_share: float = parameter(
        0.2, "share", "Cost of deciding on a renewal over that of a new loan.", low=0.0, high=1.0
    )
    refusal_cost_share: float = parameter(
        0.2,
        "share",
        "Cost of a refusal over that of a new loan: most are clear early.",
        low=0.0,
        high=1.0,
    )
    # what technology does at level 1; in proportion below
    technology_precision: float = parameter(
        0.5, "share", "Precision that signals gain at full technology.", low=0.0, high=10.0
    )
    technology_saving: float = parameter(
        0.998,
        "share",
        "Cost of a decision saved at full technology: of 2,000 yuan a few are left.",
        low=0.0,
        high=1.0,
    )
    technology_cost: float = parameter(
        0.3,
        "share of fixed running cost",
        "What full technology adds to a provider's fixed running cost, paid to outside.",
        low=0.0,
        high=10.0,
    )
    # scorecards: pooled coefficients that every provider starts from
    pd_intercept: float = parameter(
        -3.3,
        "log odds",
        "Log odds of default in a year at estimate 0 and no visible debt.",
        source="calibrated on the baseline",
        low=-20,
        high=20,
    )
    pd_slope: float = parameter(
        -1.3,
        "log odds/index",
        "Effect of the estimated index.",
        source="calibrated on the baseline",
        low=-20,
        high=0,
    )
    pd_debt: float = parameter(
        4.0,
        "log odds/(years of revenue)",
        "Effect of visible debt over annual revenue.",
        source="calibrated on the baseline",
        low=-5,
        high=50,
    )
    # the oracle: the same with the index itself and all debt
    oracle_intercept: float = parameter(
        -5.37,
        "log odds",
        "Log odds at index 0 and no debt.",
        source="calibrated on the baseline",
        low=-20,
        high=20,
    )
    oracle_slope: float = parameter(
        -2.08,
        "log odds/index",
        "Effect of the index.",
        source="calibrated on the baseline",
        low=-20,
        high=0,
    )
    oracle_debt: float = parameter(
        3.94,
        "log odds/(years of revenue)",
        "Effect of total debt over annual revenue.",
        source="calibrated on the baseline",
        low=-5,
        high=50,
    )
    pd_prior_sd: float = parameter(
        1.0,
        "log odds",
        "Spread of the Gaussian prior around the pooled coefficients.",
        low=1e-3,
        high=10.0,
    )
    pd_window: int = parameter(
        36, "months", "Window of outcomes used to re-estimate scores.", low=13, high=240
    )
    pd_refit_months: int = parameter(
        12, "months", "Months between two re-estimations.", low=1, high=120
    )
    reference_cost: float = parameter(
        0.06, "1/year", "Cost of money and handling the oracle sets against it.", low=0.0, high=1.0
    )
    reference_rate: float = parameter(
        0.12, "1/year", "Rate at which the oracle judges a loan worth making.", low=0.0, high=1.0
    )
    cost_failure_months: int = parameter(
        2, "months", "Months of unpaid own costs after which a provider fails.", low=1, high=24
    )
    estate_running_cost: float = parameter(
        0.3,
        "share",
        "Running cost of a failed provider's estate over that of a living one.",
        low=0,
        high=1,
    )
    memory_half_life: float = parameter(
        6.0, "months", "Half-life of the memory of impairments.", low=0.5, high=120.0
    )
    memory_clear_months: int = parameter(
        6, "months", "Months without arrears after which the memory is cleared.", low=1, high=120
    )
    loss_rounds: int = parameter(
        50, "rounds", "Largest number of rounds of defaults inside one month.", low=1, high=1000
    )
