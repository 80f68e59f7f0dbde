"""Parameters of money-market funds, of who parks idle cash in them and of stress."""

from __future__ import annotations

from sim.params import Parameters, parameter


class MoneyFundParameters(Parameters):
    """Funds that pay a low yield, redeem at once and hold short paper of the outside."""

    size_exponent: float = parameter(
        1.1, "exponent", "Pareto exponent of how well funds are known.", low=0.5, high=5.0
    )
    # the one yield process
    mean_yield: float = parameter(
        0.045,
        "1/year",
        "Mean yield of paper, before the fee.",
        source="Kapronasia 2014: money funds paid 4.27 % on average in 2013; "
        "CGTN 2017: near 4 % after fees",
        low=0.0,
        high=0.5,
    )
    yield_persistence: float = parameter(
        0.95, "1/month", "AR(1) coefficient of the yield.", low=0.0, high=0.999
    )
    yield_volatility: float = parameter(
        0.003,
        "1/year",
        "Innovation of the yield; the spread of levels is near one point.",
        source="Quartz 2014: 6.5 % at the peak; yields near 1.4 % ten years later",
        low=0.0,
        high=0.1,
    )
    fee_share: float = parameter(
        0.11,
        "share of interest",
        "Fee of manager, custodian and seller.",
        source="China Internet Watch 2014: 11 % of the income of Yu'e Bao in 2013",
        low=0.0,
        high=1.0,
    )
    # firms
    firm_share: float = parameter(
        0.3, "share of firms", "Firms that park idle cash in a fund.", low=0.0, high=1.0
    )
    kept_share: float = parameter(
        0.5,
        "share of surplus",
        "Surplus that these firms leave in the fund instead of its being drawn.",
        low=0.0,
        high=1.0,
    )
    # stress
    paper_months: float = parameter(
        4.0,
        "months",
        "Mean life of paper, whose inverse is paid back at par each month.",
        low=1.0,
        high=60.0,
    )
    limit_trigger: float = parameter(
        0.5,
        "share of shares",
        "Asked back in a month above which a fund limits redemptions while paper sells below par.",
        source="Shenzhen Daily 2014: in calm some 50 % of the shares of Yu'e Bao a month",
        low=0.0,
        high=10.0,
    )
    limit_months: int = parameter(
        1, "months", "Months for which such a limit stays after that month.", low=0, high=60
    )
    redemption_limit: float = parameter(
        10_000.0,
        "yuan a month",
        "Most that a holder may redeem while a limit is in force.",
        source="China 2018: 10,000 yuan a day at once for each holder; for a month: assumed",
        low=0.0,
        high=1e12,
    )
    # banks
    funding_pass_through: float = parameter(
        1.0,
        "ratio",
        "Rise of banks' deposit rate over the share of savings in funds x their yield's lead.",
        source="China Construction Bank 2013: spread 4 basis points down, blamed on funds; China "
        "Daily 2014: funds had 1 % of deposits; they paid some 4 points more",
        low=0.0,
        high=10.0,
    )
