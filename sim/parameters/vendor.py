"""Parameters of vendors and of those who buy from them."""

from __future__ import annotations

from sim.params import Parameters, parameter


class VendorParameters(Parameters):
    """Suppliers of cloud and software that institutions share."""

    size_exponent: float = parameter(
        1.0,
        "exponent",
        "Size of a vendor: its rank to the power of minus this.",
        source="Canalys on China's cloud market, end of 2020: 40, 17, 15 and 8 % of spending; six "
        "vendors at exponent 1 have 41, 20, 14, 10, 8 and 7 %",
        low=0.0,
        high=5.0,
    )
    fee_share: float = parameter(
        0.1,
        "share of fixed running cost",
        "What of it goes to the vendor at technology 0; what technology adds goes there too.",
        low=0.0,
        high=1.0,
    )
    second_share: float = parameter(
        0.0,
        "share of institutions",
        "Institutions that buy from a second vendor as well.",
        source="none unless a scenario says so",
        low=0.0,
        high=1.0,
    )
    second_cost: float = parameter(
        0.5,
        "share of the vendor's fee",
        "What the second vendor costs on top.",
        low=0.0,
        high=10.0,
    )
    second_exposure: float = parameter(
        0.25,
        "share",
        "What is left of the trouble of a vendor for those who can turn to a second one.",
        low=0.0,
        high=1.0,
    )
