"""Parameters of online platforms, matching and pooling."""

from __future__ import annotations

from sim.params import Parameters, parameter


class PlatformParameters(Parameters):
    """Online platforms that fund borrowers by notes on each loan, or out of a pool."""

    start_share: float = parameter(
        0.7, "share of places", "Places occupied at the start of the burn-in.", low=0.0, high=1.0
    )
    entrants_per_month: float = parameter(
        3.0, "count", "Potential entrants a month at 60 places.", low=0.0, high=100.0
    )
    entry_chance: float = parameter(
        0.5,
        "probability",
        "Chance of entry of a potential entrant when all places are free.",
        low=0,
        high=1,
    )
    size_exponent: float = parameter(
        1.0,
        "exponent",
        "Pareto exponent of how well platforms are known.",
        source="Platform statistics of May 2018: Hill exponent 0.83-0.95",
        low=0.5,
        high=5.0,
    )
    regions: int = parameter(
        4,
        "count",
        "Regions that platforms belong to, all equally likely.",
        source="Di-yi Wangdai 2018: Beijing, Guangdong and Shanghai had 67 % of volume; one for "
        "the rest",
        low=1,
        high=100,
    )
    capital: float = parameter(
        130000.0, "yuan", "Paid-in capital of a platform of size 1.", low=0.0, high=1e9
    )
    price_base: float = parameter(
        0.08,
        "1/year",
        "Investors' yield, fees and margin per amount lent.",
        source="Yi Gang 2018: online lending costs about 13 %",
        low=0.0,
        high=1.0,
    )
    origination_fee: float = parameter(
        0.025, "share of loan", "Paid by the borrower at the grant.", low=0.0, high=0.5
    )
    service_fee: float = parameter(
        0.10,
        "share of interest",
        "Kept by the platform from interest collected.",
        low=0.0,
        high=1.0,
    )
    reserve_share: float = parameter(
        0.15, "share of fees", "Own income put into the reserve fund.", low=0.0, high=1.0
    )
    minimum_loan: float = parameter(
        10_000.0, "yuan", "Smallest new loan it makes.", low=0.0, high=1e9
    )
    pd_cutoff: float = parameter(
        0.14, "1/year", "Largest probability of default accepted.", low=0.0, high=1.0
    )
    fixed_cost: float = parameter(
        2600.0,
        "yuan/month",
        "Running cost of a platform of size 1 whatever the business.",
        low=0,
        high=1e8,
    )
    variable_cost: float = parameter(
        0.010, "1/year", "Running cost per amount serviced.", low=0.0, high=0.5
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
        1.5, "times initial capital", "Capital above which dividends are paid.", low=0.0, high=100
    )
    note_face: float = parameter(
        100.0,
        "yuan",
        "Face of one share of a loan: loans are multiples of it, notes whole numbers of shares.",
        low=0.01,
        high=1e6,
    )
    notes_per_loan: int = parameter(
        14,
        "count",
        "Lots into which the mean loan is cut for funding.",
        low=1,
        high=1000,
    )
    secondary_market: bool = parameter(
        False, "flag", "Whether savers may sell notes to other savers of the platform."
    )
    resale_premium: float = parameter(
        0.02,
        "1/year",
        "Return that buyers of old notes want above that of new ones.",
        low=0.0,
        high=1.0,
    )
    largest_discount: float = parameter(
        0.2, "share of face", "Discount above which owners keep their notes.", low=0.0, high=1.0
    )
    fraud_share: float = parameter(
        0.0,
        "share of platforms",
        "Platforms whose owners plan fraud: fake loans, higher promises, misuse of inflow.",
        low=0.0,
        high=1.0,
    )
    temptation_share: float = parameter(
        0.0,
        "share of platforms",
        "Platforms whose owners abscond with clients' money where that pays.",
        low=0.0,
        high=1.0,
    )
    fraud_bonus: float = parameter(
        0.03, "1/year", "Promised by planned fraud above the rate of its loans.", low=0.0, high=1.0
    )
    misuse_share: float = parameter(
        0.95,
        "share of inflow",
        "Clients' new money that planned fraud turns into fake notes.",
        source="Global Times 2019: 95 % of the projects of Ezubao were fake",
        low=0.0,
        high=1.0,
    )
    skim_share: float = parameter(
        0.05,
        "share of own cash a month",
        "What the owner of a planned fraud takes out.",
        low=0.0,
        high=1.0,
    )
    fake_months: int = parameter(
        12,
        "months",
        "Term of fake notes.",
        source="Global Times 2019: Ezubao locked money up for 3, 6 or 12 months",
        low=1,
        high=60,
    )
    owner_detection: float = parameter(
        0.8,
        "probability",
        "Chance that an owner who absconds is caught, without any instrument.",
        low=0.0,
        high=1.0,
    )
    franchise_months: float = parameter(
        24.0, "months", "Months of its income at which an owner values a platform.", low=0, high=240
    )
    opening_months: int = parameter(
        6,
        "months",
        "In which an owner waits to see what a new platform brings before he thinks of running.",
        low=1,
        high=120,
    )
    income_smoothing: float = parameter(
        0.1, "1/month", "Weight of the month in the income an owner reckons with.", low=0, high=1
    )
    recovery_share: float = parameter(
        0.25,
        "share of money taken",
        "Returned by the police in the end.",
        source="Caixin and KrASIA on Ezubao 35 %, Tuandai 18 %, other cases 15-30 %",
        low=0.0,
        high=1.0,
    )
    recovery_months: int = parameter(
        48,
        "months",
        "Until money found by the police is paid out.",
        source="Ezubao and Tuandai after four years, others after five to eight",
        low=1,
        high=240,
    )
    rate_smoothing: float = parameter(
        0.3,
        "1/month",
        "Weight of the month's new loans in the rate shown to savers.",
        low=0,
        high=1,
    )
    usage_smoothing: float = parameter(
        0.2, "1/month", "Weight of the month in the share of client money at work.", low=0, high=1
    )
    pooling_share: float = parameter(
        0.0,
        "share of platforms",
        "Platforms that pool their clients' money, drawn at entry; the others match.",
        source="none in the baseline; the design of level 1 has one half",
        low=0.0,
        high=1.0,
    )
    promise_share: float = parameter(
        0.0,
        "share of platforms",
        "Platforms that promise principal out of own cash beyond the reserve, drawn at entry.",
        source="none in the baseline; nearly all gave guarantees in China (HKUST brief 61, 2022)",
        low=0.0,
        high=1.0,
    )
    notice_months: int = parameter(
        1, "months", "Notice after which claims on a pool are redeemed at par.", low=1, high=24
    )
    pool_liquidity: float = parameter(
        0.05, "share of claims", "Cash a pool does not lend.", low=0.0, high=1.0
    )
    freeze_months: int = parameter(
        2,
        "months",
        "Months running of promised redemptions not paid in full after which it freezes.",
        low=1,
        high=24,
    )
    liquidation_cost: float = parameter(
        0.05, "share of proceeds", "Cost of liquidating a frozen platform.", low=0.0, high=1.0
    )

    @property
    def first_rate(self) -> float:
        """Rate a platform shows before it has made loans, 1/year: its base and a usual risk."""
        return self.price_base + 0.04
