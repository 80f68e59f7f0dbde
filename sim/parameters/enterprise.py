"""Parameters of enterprises: size, demand, trade, cost, investment and the three ends."""

from __future__ import annotations

from sim.params import Parameters, Share, parameter


class EnterpriseParameters(Parameters):
    """What small firms earn, owe, plan and survive."""

    # size
    median_revenue: float = parameter(
        600_000.0, "yuan/year", "Median annual revenue of the log-normal body.", low=1e4, high=1e8
    )
    size_sigma: float = parameter(
        0.8, "log units", "Spread of log revenue in the body.", low=0.0, high=3.0
    )
    tail_share: float = parameter(
        0.2, "share of firms", "Firms in the Pareto tail.", low=0.0, high=0.9
    )
    tail_exponent: float = parameter(
        1.1,
        "exponent",
        "Pareto exponent of the tail; near one in the data.",
        source="Axtell 2001: exponent about 1",
        low=0.8,
        high=5.0,
    )
    size_cut_ratio: float = parameter(
        200.0, "times the median", "Largest revenue a firm may have.", low=2.0, high=1e5
    )
    size_cut_share: float = parameter(
        0.02,
        "share of all sales",
        "Largest share of all sales one firm may have.",
        low=1e-4,
        high=1,
    )
    core_ratio: float = parameter(
        100.0,
        "times the median",
        "Firms above are core firms, which do not borrow on this market.",
        low=2.0,
        high=1e6,
    )
    sectors: int = parameter(8, "count", "Number of industrial sectors.", low=1, high=100)
    # demand
    demand_persistence: float = parameter(
        0.94, "1/month", "AR(1) coefficient of log demand of one firm.", low=0.0, high=0.999
    )
    demand_volatility: float = parameter(
        0.084, "log units/month", "Innovation of log demand of a mature firm.", low=0.0, high=1.0
    )
    demand_noise: float = parameter(
        0.12,
        "log units",
        "Monthly noise of sales that does not last; it makes sound firms borrow.",
        low=0,
        high=2,
    )
    young_volatility_ratio: float = parameter(
        1.2, "ratio", "Innovation of a young firm over that of a mature one.", low=1.0, high=3.0
    )
    common_persistence: float = parameter(
        0.95, "1/month", "AR(1) coefficient of the common and sector factors.", low=0.0, high=0.999
    )
    common_volatility: float = parameter(
        0.008, "log units/month", "Innovation of the common demand factor.", low=0.0, high=0.5
    )
    sector_volatility: float = parameter(
        0.012, "log units/month", "Innovation of each sector's demand factor.", low=0.0, high=0.5
    )
    founding_selection: float = parameter(
        0.4,
        "share",
        "Worst draws of quality and demand that mature founders lack: such firms have left.",
        low=0,
        high=0.9,
    )
    founding_projects: float = parameter(
        0.08,
        "share of normal revenue",
        "Monthly return of past projects that mature founders start with, on average.",
        low=0,
        high=1,
    )
    # cost and trade
    margin: float = parameter(
        0.0755,
        "share of normal revenue",
        "Cash margin of a firm of average quality.",
        low=-0.5,
        high=0.9,
    )
    margin_per_quality: float = parameter(
        0.025,
        "share of normal revenue",
        "Margin gained per unit of latent quality.",
        low=0,
        high=0.5,
    )
    fixed_cost_share: float = parameter(
        0.33, "share of normal revenue", "Costs that do not shrink with sales.", low=0.0, high=0.9
    )
    purchase_share_low: float = parameter(
        0.30,
        "share of revenue",
        "Least share of output bought from other firms.",
        low=0.0,
        high=0.6,
    )
    purchase_share_high: float = parameter(
        0.40,
        "share of revenue",
        "Largest share of output bought from other firms.",
        low=0.0,
        high=0.6,
    )
    business_seller_share: float = parameter(
        0.5, "share of firms", "Firms that sell to business customers.", low=0.0, high=1.0
    )
    network_sales_cap: float = parameter(
        0.8, "share of revenue", "Largest share of revenue sold to other firms.", low=0.0, high=0.95
    )
    suppliers_mean: float = parameter(
        3.0, "count", "Mean number of suppliers of a firm, between 1 and 10.", low=1.0, high=10.0
    )
    payment_months: tuple[Share, Share, Share, Share, Share] = parameter(
        (0.15, 0.20, 0.25, 0.20, 0.20),
        "share of links",
        "Links paid at once, and in one, two, three and four months.",
        source="Caixin 2023: receivables of small firms are paid after 3-6 months",
    )
    link_survival: float = parameter(
        0.92,
        "1/year",
        "Share of supplier links among living firms that last a year.",
        source="Mizuno et al. 2014 (PLOS ONE): 92-93 % a year",
        low=0.0,
        high=1.0,
    )
    search_months: int = parameter(
        3, "months", "Delay before a lost supplier is replaced.", low=0, high=36
    )
    search_premium: float = parameter(
        0.10,
        "share of price",
        "Extra price of inputs bought outside while searching.",
        low=0,
        high=2,
    )
    customer_memory_months: int = parameter(
        12,
        "months",
        "With the trade channel covered, how long a defaulted customer's orders are placed.",
        low=0,
        high=120,
    )
    market_adjustment: float = parameter(
        0.08,
        "1/month",
        "Speed at which final customers fill the room that business orders leave.",
        low=0,
        high=1,
    )
    plan_adjustment: float = parameter(
        0.5, "1/month", "Weight of last month's revenue in a firm's plan.", low=0.01, high=1.0
    )
    # cash, assets, owners
    buffer_days: float = parameter(
        27.0, "days of outflow", "Cash a firm wants to hold.", low=0.0, high=365.0
    )
    core_buffer_days: float = parameter(
        120.0, "days of outflow", "Cash a core firm wants to hold.", low=0.0, high=720.0
    )
    outflow_smoothing: float = parameter(
        0.25, "1/month", "Weight of the month in the outflow that buffers follow.", low=0.01, high=1
    )
    draw_buffers: float = parameter(
        1.25, "buffers", "Cash above which owners draw.", low=0.0, high=24.0
    )
    draw_share: float = parameter(
        0.7, "share of surplus", "Cash above the buffer that owners take each month.", low=0, high=1
    )
    asset_ratio: float = parameter(
        0.30, "years of revenue", "Normal fixed assets over annual revenue.", low=0.0, high=5.0
    )
    asset_sigma: float = parameter(
        0.5, "log units", "Spread of fixed assets over revenue.", low=0.0, high=3.0
    )
    depreciation_rate: float = parameter(
        0.08, "1/year", "Depreciation of fixed assets.", low=0.0, high=0.9
    )
    liquidation_value: float = parameter(
        0.15, "share of book value", "Price of fixed assets in liquidation.", low=0.0, high=1.0
    )
    # credit need
    investment_hazard: float = parameter(
        0.08, "1/month", "Chance that a firm meets an investment project.", low=0.0, high=1.0
    )
    investment_ratio: float = parameter(
        0.18, "years of revenue", "Median size of a project.", low=0.0, high=5.0
    )
    investment_sigma: float = parameter(
        0.5, "log units", "Spread of project sizes.", low=0.0, high=3.0
    )
    investment_return: float = parameter(
        0.58, "1/year", "Cash return of a project in its first year.", low=0.0, high=5.0
    )
    investment_return_sigma: float = parameter(
        0.4, "log units", "Spread of project returns.", low=0.0, high=3.0
    )
    investment_fading: float = parameter(
        0.03, "1/month", "Monthly decay of a project's return.", low=0.0, high=1.0
    )
    investment_patience: int = parameter(
        3, "months", "How long a project waits for finance.", low=1, high=36
    )
    minimum_loan: float = parameter(
        10_000.0, "yuan", "Smallest loan anyone asks for.", low=0.0, high=1e7
    )
    working_capital_months: float = parameter(
        2.0,
        "months of outflow",
        "Largest working-capital request of one month.",
        low=0.1,
        high=24.0,
    )
    online_share: float = parameter(
        0.6, "share of firms", "Firms that borrow on the internet at all.", low=0.0, high=1.0
    )
    circle_share: float = parameter(
        0.0,
        "share of firms",
        "Firms willing to join a circle of 3-8 that guarantee each other's loans.",
        low=0.0,
        high=1.0,
    )
    asking_share: float = parameter(
        0.35,
        "months of outflow",
        "Cash gap from which a firm asks for working capital.",
        low=0,
        high=12,
    )
    cushion_months: float = parameter(
        0.65,
        "months of outflow",
        "What it asks for beyond the gap, so as not to come back soon.",
        low=0,
        high=12,
    )
    reapply_months: int = parameter(
        3, "months", "Delay before a firm refused by all asks for new credit again.", low=1, high=24
    )
    # the ends
    arrears_months: int = parameter(
        3, "months", "Months in arrears after which a firm is in default.", low=1, high=24
    )
    opportunist_share: float = parameter(
        0.0, "share of owners", "Owners who walk away from debt where that pays.", low=0, high=1
    )
    draw_horizon: int = parameter(
        24, "months", "Months of draws an owner counts as his to lose.", low=0, high=240
    )
    draw_discount_rate: float = parameter(
        0.1, "1/year", "Rate at which an owner discounts these draws.", low=0, high=5
    )
    draw_smoothing: float = parameter(
        0.08, "1/month", "Weight of the month in the draws an owner expects.", low=0.01, high=1
    )
    # Terms of trade run to four months: a shorter estate would write off what is not yet due.
    estate_months: int = parameter(
        8, "months", "Life of a defaulted firm's estate.", low=4, high=60
    )
    estate_cost_share: float = parameter(
        0.25, "share of proceeds", "Cost of an estate, paid before all claims.", low=0.0, high=1.0
    )
    young_months: int = parameter(36, "months", "Age up to which a firm is young.", low=0, high=240)
    young_closure: float = parameter(
        0.039,
        "1/month",
        "Chance that the owner of a young solvent firm closes it.",
        source="Yi Gang 2018: a third of small firms still trade after three years",
        low=0.0,
        high=1.0,
    )
    mature_closure: float = parameter(
        0.0028, "1/month", "The same for a mature firm.", low=0.0, high=1.0
    )
    entry_rate: float = parameter(
        0.0115, "share of initial firms a month", "Exogenous entry of firms.", low=0.0, high=0.2
    )
    entry_size_ratio: float = parameter(
        0.7,
        "ratio",
        "Revenue of an entrant over that of a firm of the same draw.",
        low=0.05,
        high=2,
    )
    # the latent index of creditworthiness, frozen by calibration
    index_quality: float = parameter(
        0.50,
        "weight",
        "Weight of latent quality in the index.",
        source="calibrated on the baseline",
        low=0,
        high=10,
    )
    index_liquidity: float = parameter(
        1.67,
        "weight",
        "Weight of net liquidity (months of revenue).",
        source="calibrated on the baseline",
        low=0,
        high=10,
    )
    index_trading: float = parameter(
        3.9,
        "weight",
        "Weight of log current trading.",
        source="calibrated on the baseline",
        low=0,
        high=20,
    )
    index_mean: float = parameter(
        1.95,
        "index units",
        "Mean of the raw index.",
        source="calibrated on the baseline",
        low=-50,
        high=50,
    )
    index_sd: float = parameter(
        2.07,
        "index units",
        "Standard deviation of the raw index.",
        source="calibrated on the baseline",
        low=1e-3,
        high=50,
    )
