"""Parameters of crowdfunding platforms, of campaigns and of the stakes that come of them."""

from __future__ import annotations

from sim.params import Parameters, parameter


class CrowdfundingPlatformParameters(Parameters):
    """Platforms on which savers finance projects of firms for a share of revenue."""

    capital_share: float = parameter(
        0.0003,
        "share of annual revenue",
        "Capital of crowdfunding platforms over all firms' revenue, if all places are filled.",
        low=0,
        high=10,
    )
    # which platforms come
    start_share: float = parameter(
        1.0, "share of places", "Places occupied at the start of the burn-in.", low=0.0, high=1.0
    )
    entrants_per_place: float = parameter(
        0.6,
        "1/year",
        "Potential entrants for each place, filled or not.",
        source="assumed: as of lending platforms, 3 a month at 60 places",
        low=0.0,
        high=100.0,
    )
    entry_chance: float = parameter(
        0.5,
        "probability",
        "Chance of entry of a potential entrant when all places are free.",
        source="assumed: as of lending platforms",
        low=0.0,
        high=1.0,
    )
    # which firms come
    prefer_share: float = parameter(
        0.15,
        "share of online firms",
        "Owners who try a campaign before they ask lenders for a project.",
        low=0.0,
        high=1.0,
    )
    minimum_target: float = parameter(
        20_000.0, "yuan", "Smallest sum a campaign may ask for.", low=0.0, high=1e9
    )
    maximum_target: float = parameter(
        500_000.0, "yuan", "Largest sum a campaign may ask for.", low=0.0, high=1e12
    )
    rest_months: int = parameter(
        12, "months", "Wait of a firm after a campaign before the next.", low=0, high=240
    )
    # campaigns
    campaign_months: int = parameter(
        3, "months", "Months a campaign has to reach its target.", low=1, high=60
    )
    milestones: int = parameter(
        3, "count", "Equal parts in which escrow is released to the firm.", low=1, high=24
    )
    milestone_months: int = parameter(
        3, "months", "Time between two releases of escrow.", low=1, high=24
    )
    milestone_patience: int = parameter(
        6,
        "months",
        "Delay of a milestone, the firm being in arrears, after which escrow goes back.",
        low=0,
        high=60,
    )
    # terms
    price_base: float = parameter(
        0.12,
        "1/year",
        "Return that stakes promise beyond the expected loss.",
        low=0.0,
        high=1.0,
    )
    loss_given_default: float = parameter(
        0.95, "share of cost", "Loss on a stake if its firm defaults, as priced.", low=0.0, high=1.0
    )
    stake_months: int = parameter(
        48, "months", "Months for which a stake has its share of revenue.", low=1, high=480
    )
    most_revenue_share: float = parameter(
        0.10, "share of revenue", "Largest share of revenue that stakes may take.", low=0, high=1
    )
    kept_buffer: float = parameter(
        0.5,
        "share of the cash buffer",
        "Cash of the firm that payouts on stakes leave untouched.",
        low=0.0,
        high=10.0,
    )
    pd_cutoff: float = parameter(
        0.14, "1/year", "Largest probability of default that review lets pass.", low=0.0, high=1.0
    )
    # fees and costs
    origination_fee: float = parameter(
        0.07,
        "share of the target",
        "Paid by the firm at the first release, cost of payments included.",
        low=0.0,
        high=0.5,
    )
    guarantee_fee: float = parameter(
        0.03,
        "share of the sum guaranteed",
        "Paid by the firm at the first release for a project guarantee.",
        low=0.0,
        high=0.5,
    )
    fixed_cost_share: float = parameter(
        0.01,
        "share of initial capital a month",
        "Running cost while campaigns are allowed or money is in custody.",
        low=0,
        high=1,
    )
    technology: float = parameter(
        0.0,
        "share",
        "Storage, cloud and risk software: 0 as its sources say, 1 fully automatic.",
        low=0.0,
        high=1.0,
    )
    dividend_share: float = parameter(
        0.25, "share of excess a month", "Own capital above the target paid out.", low=0.0, high=1.0
    )
    target_capital: float = parameter(
        1.5, "times initial capital", "Capital above which dividends are paid.", low=0.0, high=100
    )
    # savers
    attention: float = parameter(
        0.3, "1/month", "Chance that a saver looks at running campaigns.", low=0.0, high=1.0
    )
    considered: int = parameter(
        20,
        "count",
        "Running campaigns that a saver who looks weighs: about one page of a list.",
        low=1,
        high=100_000,
    )
    wealth_share: float = parameter(
        0.10,
        "share of wealth",
        "Most of its wealth that a saver has in pledges and stakes.",
        low=0.0,
        high=1.0,
    )
    pledge_share: float = parameter(
        0.03, "share of target wealth", "Most that a saver pledges at a time.", low=0.0, high=1.0
    )
    minimum_pledge: float = parameter(100.0, "yuan", "Smallest pledge.", low=0.01, high=1e6)
    prior_loss: float = parameter(
        0.06,
        "1/year",
        "Loss rate of stakes that savers expect where no review is disclosed.",
        low=0.0,
        high=1.0,
    )
